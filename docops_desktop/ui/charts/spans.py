"""Shaded spans of a chart's horizontal axis, over its whole height."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from docops_desktop.ui.charts.layers import Frame, Layer
from docops_desktop.ui.charts.legend import hatch


class Spans(Layer):
    """Hatched spans with dotted edges.

    Attributes:
        spans: (low, high) of each in units of the axis.
    """

    def __init__(self) -> None:
        super().__init__()
        self.spans: tuple[tuple[float, float], ...] = ()
        self._brush, self._pen = QBrush(), QPen()

    def set_spans(self, spans: Sequence[tuple[float, float]]) -> None:
        """Show these spans and no others."""
        self.spans = tuple(spans)
        self.changed()

    def dress(self, colour: QColor) -> None:
        """Take this colour for hatching and edges."""
        self._brush = hatch(colour)
        self._pen = QPen(colour, 1, Qt.PenStyle.DotLine)
        self.changed()

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paint the spans."""
        top, bottom = frame.box.top(), frame.box.bottom()
        painter.setPen(self._pen)
        for low, high in self.spans:
            left, right = frame.x(low), frame.x(high)
            painter.fillRect(QRectF(left, top, right - left, bottom - top), self._brush)
            painter.drawLines([QLineF(x, top, x, bottom) for x in (left, right)])
