"""Dashed upright lines with a label each, for percentiles and targets on a chart."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from docops_desktop.ui.charts.ink import colour, face
from docops_desktop.ui.charts.layers import Frame, Layer
from docops_desktop.ui.theme import Theme, current_theme

_GAP, _PADDING = 4.0, 2.0


@dataclass(frozen=True, slots=True)
class UprightMark:
    """A line at ``x`` (axis units) with its label at ``height`` (share of the chart's height, from below)."""

    x: float
    label: str
    height: float


class UprightMarks(Layer):
    """Lines over the whole height; labels stand beside them on a ground of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: tuple[UprightMark, ...] = ()
        self._pen = QPen()

    def set_marks(self, marks: tuple[UprightMark, ...]) -> None:
        """Show these."""
        if marks != self.marks:
            self.marks = marks
            self.changed()

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._pen = QPen(QColor(theme.text_muted), 1, Qt.PenStyle.DashLine)
        self.changed()

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paint lines, then labels."""
        if not self.marks:
            return
        box = frame.box
        painter.setPen(self._pen)
        for mark in self.marks:
            x = frame.x(mark.x)
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
        theme = current_theme()
        letters = face(theme.fonts.small)
        painter.setFont(letters.font)
        painter.setPen(colour(theme.text))
        lowest = box.top()
        for mark in sorted(self.marks, key=lambda mark: -mark.height):
            top = max(
                box.top() + box.height() * (1 - mark.height) - letters.height / 2, lowest
            )  # large type on a low chart: one below the other
            lowest = top + letters.height
            x, width = frame.x(mark.x), letters.width_of(mark.label)
            left = x + _GAP if x + _GAP + width + _PADDING <= box.right() else x - _GAP - width
            painter.fillRect(QRectF(left - _PADDING, top, width + 2 * _PADDING, letters.height), colour(theme.surface))
            painter.drawText(QPointF(left, letters.baseline(top, letters.height)), mark.label)
