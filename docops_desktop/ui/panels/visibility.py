"""Counts which panels are on screen, so that the desk computes a panel exactly as long as at least one of its copies is shown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary, ref

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class VisiblePanels:
    """The panels of one desk that are on screen; a perspective may show another copy of the same panel."""

    _of_desk: ClassVar[WeakKeyDictionary[Desk, VisiblePanels]] = WeakKeyDictionary()

    def __init__(self, desk: Desk) -> None:
        self._desk = ref(desk)
        self._shown: Counter[str] = Counter()

    @classmethod
    def of(cls, desk: Desk) -> VisiblePanels:
        """Return the counter of this desk."""
        found = cls._of_desk.get(desk)
        if found is None:
            found = cls._of_desk[desk] = cls(desk)
        return found

    def show(self, panel_id: str) -> None:
        """One more copy is on screen."""
        self._shown[panel_id] += 1
        desk = self._desk()
        if desk is not None:
            desk.show_panel(panel_id)

    def hide(self, panel_id: str) -> None:
        """One copy less is on screen."""
        self._shown[panel_id] -= 1
        if self._shown[panel_id] <= 0:
            del self._shown[panel_id]
            desk = self._desk()
            if desk is not None:
                desk.hide_panel(panel_id)
