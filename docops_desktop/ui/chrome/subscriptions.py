"""Ties subscriptions to the life of a widget: when it goes, the desk stops calling it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class Subscriptions:
    """Subscriptions that end with their owner."""

    def __init__(self, owner: QObject, desk: Desk) -> None:
        self._desk = desk
        self._ends: list[Callable[[], None]] = []
        ends = self._ends
        owner.destroyed.connect(lambda: _end_all(ends))

    def on(self, topic: str, callback: Callable[[Any], None]) -> None:
        """Call back at each publication of the topic."""
        self._ends.append(self._desk.subscribe(topic, callback))

    def end(self) -> None:
        """End them now."""
        _end_all(self._ends)


def _end_all(ends: list[Callable[[], None]]) -> None:
    while ends:
        ends.pop()()
