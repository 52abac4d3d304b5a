"""Shaded spans of a chart's horizontal axis, over its whole height: one item for all of them, so that another set of spans costs one repaint."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from docops_desktop.ui.charts.legend import hatch


class Spans(pg.GraphicsObject):
    """Hatched spans with dotted edges, behind the curves.

    Attributes:
        spans: (low, high) of each in units of the axis.
    """

    def __init__(self) -> None:
        super().__init__()
        self.spans: tuple[tuple[float, float], ...] = ()
        self._brush, self._pen = QBrush(), pg.mkPen(None)
        self.setZValue(-5)

    def set_spans(self, spans: Sequence[tuple[float, float]]) -> None:
        """Show these spans and no others."""
        self.prepareGeometryChange()
        self.spans = tuple(spans)
        self.update()

    def dress(self, colour: QColor) -> None:
        """Take this colour for hatching and edges."""
        self._brush = hatch(colour)
        self._pen = pg.mkPen(colour, width=1, style=Qt.PenStyle.DotLine)
        self.update()

    def viewRangeChanged(self) -> None:
        """Reach over the whole height again."""
        self.prepareGeometryChange()

    def boundingRect(self) -> QRectF:
        """Return from the first span's start to the last one's end, over the visible height."""
        if not self.spans:
            return QRectF()
        low, high = min(low for low, _ in self.spans), max(high for _, high in self.spans)
        seen = self.viewRect()
        return QRectF(low, seen.top(), high - low, seen.height())

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Paint the spans."""
        seen = self.viewRect()
        brush = QBrush(self._brush)
        brush.setTransform(painter.transform().inverted()[0])  # hatches keep their width in pixels
        for low, high in self.spans:
            painter.fillRect(QRectF(low, seen.top(), high - low, seen.height()), brush)
            painter.setPen(self._pen)
            painter.drawLines([QLineF(x, seen.top(), x, seen.bottom()) for x in (low, high)])
