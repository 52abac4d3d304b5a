"""Lets panels show their new results one per turn of the event loop, so that no single turn draws them all and holds up the hand on the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol
from weakref import WeakKeyDictionary, ref

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class TakesTurns(Protocol):
    """A widget with something to show."""

    def take_turn(self) -> None:
        """Show it."""


class Turns(QObject):
    """The panels of one desk that wait for their turn, in the order in which they asked."""

    _of_desk: ClassVar[WeakKeyDictionary[Desk, Turns]] = WeakKeyDictionary()

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[ref[TakesTurns]] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._next)

    @classmethod
    def of(cls, desk: Desk) -> Turns:
        """Return the queue of this desk."""
        found = cls._of_desk.get(desk)
        if found is None:
            found = cls._of_desk[desk] = cls()
        return found

    @property
    def idle(self) -> bool:
        """No panel waits: what is on screen is the newest result."""
        return not self._waiting

    def ask(self, panel: TakesTurns) -> None:
        """Have ``panel.take_turn()`` called in a turn of its own; asking twice is asking once."""
        if not any(waiting() is panel for waiting in self._waiting):
            self._waiting.append(ref(panel))
        self._timer.start()

    def _next(self) -> None:
        # the timer is started anew rather than left running: what this panel changed is painted before it fires again
        panel = self._waiting.pop(0)() if self._waiting else None
        if self._waiting:
            self._timer.start()
        if panel is not None and isValid(panel):
            panel.take_turn()
