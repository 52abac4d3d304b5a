"""Where the cells of a grid lie: plain geometry between pixels and (row, column), for drawing, hovering and hit tests alike."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF


@dataclass(frozen=True, slots=True)
class CellGrid:
    """Equal cells that fill ``area``, from row ``first_row`` on.

    Attributes:
        rows, columns: of the whole grid; ``shown``: rows that fit into the area.
    """

    area: QRectF
    rows: int
    columns: int
    first_row: int
    shown: int

    @property
    def cell_width(self) -> float:
        """Width of a cell in pixels."""
        return self.area.width() / self.columns if self.columns else 0.0

    @property
    def cell_height(self) -> float:
        """Height of a cell in pixels."""
        return self.area.height() / self.shown if self.shown else 0.0

    @property
    def last_row(self) -> int:
        """One after the last row shown."""
        return min(self.rows, self.first_row + self.shown)

    def rect(self, row: int, column: int) -> QRectF:
        """Return where a cell lies; rows that are scrolled away lie outside the area."""
        top = self.area.top() + (row - self.first_row) * self.cell_height
        return QRectF(self.area.left() + column * self.cell_width, top, self.cell_width, self.cell_height)

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """Return the cell that holds a point."""
        row, column = self.row_at(point.y()), self.column_at(point.x())
        return None if row is None or column is None else (row, column)

    def row_at(self, y: float) -> int | None:
        """Return the row at a height, None outside."""
        if not self.cell_height or not self.area.top() <= y < self.area.bottom():
            return None
        row = self.first_row + int((y - self.area.top()) / self.cell_height)
        return row if row < self.rows else None

    def column_at(self, x: float) -> int | None:
        """Return the column at a place, None outside."""
        if not self.cell_width or not self.area.left() <= x < self.area.right():
            return None
        return min(int((x - self.area.left()) / self.cell_width), self.columns - 1)


def labels_that_fit(count: int, size: float, text_height: float, first: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Return which of ``count`` labels, ``size`` pixels apart, can be written without touching each other.

    Labels in ``first`` (what stands out, what is selected) come before the others, then the big ones at the beginning.
    """
    reach = max(1, -(-int(text_height) // max(int(size), 1))) if size < text_height else 1
    taken: set[int] = set()
    for i in (*first, *range(count)):
        if 0 <= i < count and all(abs(i - other) >= reach for other in taken if abs(i - other) < reach):
            taken.add(i)
    return tuple(sorted(taken))
