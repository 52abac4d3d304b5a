"""The plot behind timeline and distribution: an area on the left axis, a curve on a second axis, a brush, a line under the pointer.

It positions and dresses; what is drawn is the panel's affair.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from docops_desktop.ui.charts.axes import Axis
from docops_desktop.ui.charts.brush import Brush, BrushBox
from docops_desktop.ui.theme import Theme, on_theme_changed

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[Any]
_ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)


class BandPlot(pg.PlotWidget):
    """A chart over one horizontal axis.

    Signals: ``hovered(x)`` in axis units while the pointer is inside, ``left()`` when it leaves.
    """

    hovered = Signal(float, QPointF)
    left = Signal()
    dressed = Signal(object)

    def __init__(self, bottom: Axis, parent: QWidget | None = None) -> None:
        self.box = BrushBox()
        self.x_axis, self.y_axis, self.second_axis = bottom, Axis("left"), Axis("right")
        axes = {"bottom": bottom, "left": self.y_axis, "right": self.second_axis}
        super().__init__(parent, viewBox=self.box, axisItems=axes, enableMenu=False)
        self.second = _OverlaidBox(enableMenu=False, enableMouse=False)
        self._make_second()
        self.brush = Brush(self.box)
        self._x_range: tuple[float, float] | None = None
        self._heights: tuple[float, float, bool] | None = None
        self.cursor_line = pg.InfiniteLine(angle=90, movable=False)
        self.cursor_line.hide()
        self.box.addItem(self.cursor_line, ignoreBounds=True)
        self.hideButtons()
        self.setMinimumSize(160, 90)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.getPlotItem().layout.setContentsMargins(2, 4, 2, 0)
        self.scene().sigMouseMoved.connect(self._moved)
        on_theme_changed(self, self.dress)

    def _make_second(self) -> None:
        self.second_axis.linkToView(self.second)
        self.scene().addItem(self.second)
        self.second.setXLink(self.box)
        self.second.setZValue(10)
        self.box.sigResized.connect(lambda: self.second.setGeometry(self.box.sceneBoundingRect()))
        for box in (self.box, self.second):
            box.setDefaultPadding(0.0)
            box.disableAutoRange()

    def set_x_range(self, low: float, high: float) -> None:
        """Show this part of the axis, and no other."""
        if (low, high) != self._x_range:  # telling the same again would have every item placed and painted anew
            self._x_range = low, high
            self.box.setXRange(low, high, padding=0)
            self.brush.set_limits(low, high)

    def set_heights(self, first: float, second: float) -> None:
        """Show both vertical axes from zero to a little above these values; without a second value its axis goes away.

        The second one ends at a round number: while a brush moves, its numbers stand still most of the time.
        """
        known = math.isfinite(second) and second > 0
        heights = (first * 1.08 if first > 0 else 1.0, _round_up(second * 1.05) if known else 1.0, known)
        if heights != self._heights:
            self._heights = heights
            self.box.setYRange(0, heights[0], padding=0)
            self.second_axis.setVisible(known)
            self.second.setYRange(0, heights[1], padding=0)
            for box in (self.box, self.second):
                box.updateMatrix()  # now rather than while painting, which would have everything painted twice

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.setBackground(theme.surface)
        for axis in (self.x_axis, self.y_axis):
            axis.dress(theme)
        self.second_axis.dress(theme, theme.series[1])
        self.cursor_line.setPen(pg.mkPen(theme.text_muted, width=1, style=Qt.PenStyle.DotLine))
        self.brush.dress(theme)
        self.dressed.emit(theme)

    def _moved(self, scene_point: QPointF) -> None:
        if not self.box.sceneBoundingRect().contains(scene_point):
            self._leave()
            return
        if self.brush.held:  # what the hand does is told by the brush; a line under it would be painted at every move
            self.cursor_line.hide()
            return
        x = float(self.box.mapSceneToView(scene_point).x())
        self.cursor_line.setPos(x)
        self.cursor_line.show()
        self.hovered.emit(x, QPointF(self.mapFromScene(scene_point)))

    def _leave(self) -> None:
        self.cursor_line.hide()
        self.left.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the line away with the pointer."""
        super().leaveEvent(event)
        self._leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave every key to the panel."""
        event.ignore()


class _OverlaidBox(pg.ViewBox):
    """The second axis' box lies over the first one: it must let the pointer through, or there would be nothing to brush."""

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:  # noqa: ARG002 - pyqtgraph's interface
        """Leave drags to the box below."""
        ev.ignore()

    def mouseClickEvent(self, ev: Any) -> None:
        """Leave clicks to the box below."""
        ev.ignore()

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:  # noqa: ARG002 - pyqtgraph's interface
        """Leave the wheel to the box below."""
        ev.ignore()


class Area(pg.GraphicsObject):
    """Counts per bin as a filled step line; one path and one polyline, several times cheaper than a general curve."""

    def __init__(self) -> None:
        super().__init__()
        self._edges: Floats = np.empty(0)
        self._values: Floats = np.empty(0)
        self._fill, self._line = QPainterPath(), QPainterPath()
        self._brush, self._pen = QColor(), pg.mkPen(None)

    @property
    def values(self) -> Floats:
        """What is shown, (n,)."""
        return self._values

    def set_bins(self, edges: Numbers, values: Numbers) -> None:
        """Show ``values`` (n,) over ``edges`` (n + 1,); NaN counts as nothing."""
        self.prepareGeometryChange()
        self._edges, self._values = np.asarray(edges, float), np.nan_to_num(np.asarray(values, float))
        x, y = np.repeat(self._edges, 2)[1:-1], np.repeat(self._values, 2)
        self._line = pg.arrayToQPath(x, y, connect="all", finiteCheck=False)
        if len(x):
            closed_x, closed_y = np.concatenate([x[:1], x, x[-1:]]), np.concatenate([[0.0], y, [0.0]])
            self._fill = pg.arrayToQPath(closed_x, closed_y, connect="all", finiteCheck=False)
        else:
            self._fill = QPainterPath()
        self.update()

    def dress(self, colour: str, fill_alpha: int) -> None:
        """Take a colour."""
        self._brush = QColor(colour)
        self._brush.setAlpha(fill_alpha)
        self._pen = pg.mkPen(colour, width=1)
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the extent of the filled part."""
        return self._fill.boundingRect()

    def paint(self, painter: QPainter, *_args: object) -> None:
        """Paint fill and line."""
        painter.fillPath(self._fill, self._brush)
        painter.setPen(self._pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._line)


class Curve(pg.GraphicsObject):
    """A line through the middles of bins that breaks where there is nothing; a lonely point is a dot."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self._pen = QPen()
        self.points: tuple[Floats, Floats] = (np.empty(0), np.empty(0))

    def set_points(self, x: Numbers, y: Numbers) -> None:
        """Show the points."""
        self.prepareGeometryChange()
        self.points = np.asarray(x, float), np.asarray(y, float)
        self._path = pg.arrayToQPath(*self.points, connect="finite")
        self.update()

    def dress(self, colour: str, width: float = 2.0) -> None:
        """Take a colour."""
        self._pen = pg.mkPen(colour, width=width)
        self._pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the line's extent."""
        return self._path.boundingRect()

    def paint(self, painter: QPainter, *_args: object) -> None:
        """Paint the line."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)


class IntervalBand(pg.GraphicsObject):
    """The interval round a curve: a translucent band that breaks where there is nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self._colour = QColor()

    def set_band(self, x: Floats, low: Floats, high: Floats) -> None:
        """Show the band between ``low`` and ``high`` at ``x`` (all (n,))."""
        self.prepareGeometryChange()
        self._path = QPainterPath()
        for run in finite_runs(low + high):
            points = [*zip(x[run], high[run], strict=True), *reversed([*zip(x[run], low[run], strict=True)])]
            self._path.moveTo(*map(float, points[0]))
            for point in points[1:]:
                self._path.lineTo(*map(float, point))
            self._path.closeSubpath()
        self.update()

    def dress(self, colour: str, alpha: int = 56) -> None:
        """Take a colour."""
        self._colour = QColor(colour)
        self._colour.setAlpha(alpha)
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the band's extent."""
        return self._path.boundingRect()

    def paint(self, painter: QPainter, *_args: object) -> None:
        """Paint the band."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawPath(self._path)


def _round_up(value: float) -> float:
    """Return the next round number that isn't smaller (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten)."""
    unit = 10.0 ** math.floor(math.log10(value))
    return next((step * unit for step in _ROUND if step * unit >= value), 10 * unit)


def finite_runs(values: Floats) -> list[slice]:
    """Return the runs of at least two finite values."""
    known = np.concatenate([[False], np.isfinite(values), [False]])
    turns = np.flatnonzero(known[1:] != known[:-1])
    return [slice(int(a), int(b)) for a, b in turns.reshape(-1, 2) if b - a >= 2]


def bin_at(edges: Numbers, x: float) -> int | None:
    """Return the bin that holds ``x``, None outside."""
    if len(edges) < 2 or not edges[0] <= x < edges[-1]:
        return None
    return int(np.searchsorted(edges, x, side="right")) - 1


def nearest(edges: Numbers, x: float) -> float:
    """Return the edge nearest to ``x``."""
    return float(edges[int(np.argmin(np.abs(np.asarray(edges, float) - x)))]) if len(edges) else x
