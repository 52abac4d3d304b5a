"""Dashed upright lines with a label each, for percentiles on a chart: one item for all, painted in pixels, that never asks for a second painting."""

from __future__ import annotations

from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from docops_desktop.ui.charts.ink import colour, face
from docops_desktop.ui.theme import Theme, current_theme

_GAP, _PADDING = 4.0, 2.0


@dataclass(frozen=True, slots=True)
class UprightMark:
    """A line at ``x`` (axis units) with its label at ``height`` (share of the chart's height, from below)."""

    x: float
    label: str
    height: float


class UprightMarks(pg.GraphicsObject):
    """Lives in a view box; covers all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: tuple[UprightMark, ...] = ()
        self._pen = QPen()

    def set_marks(self, marks: tuple[UprightMark, ...]) -> None:
        """Show these."""
        if marks != self.marks:
            self.marks = marks
            self.update()

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._pen = QPen(QColor(theme.text_muted), 1, Qt.PenStyle.DashLine)
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the part of the axes that is shown."""
        return QRectF(self.viewRect())

    def viewRangeChanged(self) -> None:
        """Cover what is shown now."""
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, *_args: object) -> None:
        """Paint lines, then labels."""
        box = self.getViewBox()
        if box is None or not self.marks:
            return
        width, height = (float(size) for size in box.viewPixelSize())
        shown = self.boundingRect()
        painter.translate(shown.left(), max(shown.top(), shown.bottom()))
        painter.scale(width, -height)  # from here on pixels, from the upper left corner
        lower = abs(shown.height() / height)
        places = [((mark.x - shown.left()) / width, mark) for mark in self.marks]
        painter.setPen(self._pen)
        for x, _ in places:
            painter.drawLine(QPointF(x, 0), QPointF(x, lower))
        theme = current_theme()
        letters = face(theme.fonts.small)
        painter.setFont(letters.font)
        painter.setPen(colour(theme.text))
        lowest = 0.0
        for x, mark in sorted(places, key=lambda place: -place[1].height):
            top = max(
                lower * (1 - mark.height) - letters.height / 2, lowest
            )  # large type on a low chart: one below the other
            lowest = top + letters.height
            ground = QRectF(x + _GAP - _PADDING, top, letters.width_of(mark.label) + 2 * _PADDING, letters.height)
            painter.fillRect(ground, colour(theme.surface))
            painter.drawText(QPointF(x + _GAP, letters.baseline(top, letters.height)), mark.label)
