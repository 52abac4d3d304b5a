"""Lets panels show their new results in few turns of the event loop: together while that is quick, so that the window is painted once, and in further turns
when it isn't, so that no single one holds up the hand on the mouse.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, ClassVar, Protocol
from weakref import WeakKeyDictionary, ref

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

TURN_SECONDS = 0.006
"""A turn begins with no further panel after this."""


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
        self._timer.timeout.connect(self.now)

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
        """Have ``panel.take_turn()`` called in one of the next turns; asking twice is asking once."""
        if not any(waiting() is panel for waiting in self._waiting):
            self._waiting.append(ref(panel))
        self._timer.start()

    def now(self) -> None:
        """Begin a turn at once, for what a hand is waiting for: it is painted together with what the hand itself has moved."""
        end = perf_counter() + TURN_SECONDS
        try:
            while self._waiting:
                panel = self._waiting.pop(0)()
                if panel is not None and isValid(panel):
                    panel.take_turn()
                if perf_counter() > end:
                    break
        finally:
            if (
                self._waiting
            ):  # started anew rather than left running: what this turn changed is painted before it fires again
                self._timer.start()
