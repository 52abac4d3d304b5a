"""How one column of a table words its rows: text, sort key, tooltip and an optional small picture beside the text.

A model is a list of such columns over frozen rows, so that each table is declared rather than programmed. No widget, no painting here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from PySide6.QtCore import Qt

Row = TypeVar("Row")

SORT_ROLE = Qt.ItemDataRole.UserRole + 1
"""Number or text to order by; None goes last, whichever way the column is sorted."""
GRAPHIC_ROLE = Qt.ItemDataRole.UserRole + 2
"""A ``Graphic`` to draw in the cell, or None."""
NOTE_ROLE = Qt.ItemDataRole.UserRole + 3
"""A second, muted text in the cell, or ""."""
PINNED_ROLE = Qt.ItemDataRole.UserRole + 4
"""True for a row that stays on top and is never filtered away (the total)."""
KEY_ROLE = Qt.ItemDataRole.UserRole + 5
"""What identifies the row: a tuple of texts."""
MARKED_ROLE = Qt.ItemDataRole.UserRole + 6
"""True for a row that the selection's own clause keeps."""
LOOK_ROLE = Qt.ItemDataRole.UserRole + 7
"""A ``Look``: all that is painted of a cell, in one question instead of six."""


class Bar(NamedTuple):
    """A bar from the left edge; ``fraction`` of the full width, 0-1."""

    fraction: float


@dataclass(frozen=True, slots=True)
class IntervalBar:
    """A point with its 95 % interval on an axis from ``minimum`` to ``maximum`` that holds zero; all in the figure's own unit."""

    value: float
    low: float
    high: float
    minimum: float
    maximum: float

    def position(self, figure: float) -> float:
        """Return where a figure stands on the axis, 0-1."""
        width = self.maximum - self.minimum
        return min(1.0, max(0.0, (figure - self.minimum) / width)) if width > 0 else 0.0


@dataclass(frozen=True, slots=True)
class StatusMark:
    """A status by its name ("red", "amber", "green", "n/a"): drawn as shape and colour beside its word."""

    status: str


Graphic = Bar | IntervalBar | StatusMark


class Look(NamedTuple):
    """What is painted of a cell: its text, picture and muted note, and whether it is a number, of a pinned row, of a marked row.

    A tuple: while a brush moves, hundreds are made and compared in every frame.
    """

    text: str
    graphic: Graphic | None
    note: str
    numeric: bool
    pinned: bool
    marked: bool


def _nothing(_row: object) -> None:
    return None


def _no_text(_row: object) -> str:
    return ""


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column.

    Attributes:
        name: stable name (measure, dimension); label: on screen; definition: what the header's tooltip says.
        text, graphic, note, tooltip: from the row; sort_key: number or text to order by, None goes last whichever way.
        numeric: right-aligned.
    """

    name: str
    label: str
    definition: str
    text: Callable[[Row], str]
    sort_key: Callable[[Row], float | str | None]
    numeric: bool = True
    graphic: Callable[[Row], Graphic | None] = _nothing
    note: Callable[[Row], str] = _no_text
    tooltip: Callable[[Row], str] = _no_text


def share_of(value: float | None, largest: float) -> Bar | None:
    """Return a bar of ``value`` against the largest one."""
    if value is None or math.isnan(value) or largest <= 0:
        return None
    return Bar(min(1.0, max(0.0, value / largest)))
