"""The plot behind timeline and distribution: layers over a left axis, others over a right one, a brush, a line under the pointer.

It positions and dresses; what is drawn is the panel's affair. pyqtgraph lays out and draws the axes. They are kept as a picture, with the layers that hardly
ever change, and all layers as another one: while a hand drags the brush, nothing but the brush is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from docops_desktop.ui.charts.axes import Axis, CountAxis
from docops_desktop.ui.charts.brush import REACH, Brush
from docops_desktop.ui.charts.ink import keeps_lines, pixel_ratio
from docops_desktop.ui.charts.layers import Frame, Layer, Numbers
from docops_desktop.ui.theme import Theme, on_theme_changed

_SMALL_PART = 0.08
"""A part lower than this share of the whole is small."""
_ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)


class BandPlot(pg.PlotWidget):
    """A chart over one horizontal axis.

    Signals: ``hovered(x)`` in axis units while the pointer is inside, ``left()`` when it leaves.
    """

    hovered = Signal(float, QPointF)
    left = Signal()

    _axes: QPixmap | None = None
    _below: QPixmap | None = None
    _drawn: QPixmap | None = None
    _axes_box = QRectF()

    def __init__(self, bottom: Axis, parent: QWidget | None = None) -> None:
        self.box = pg.ViewBox(enableMenu=False, enableMouse=False)
        self.x_axis, self.y_axis, self.second_axis = bottom, CountAxis("left"), Axis("right")
        axes = {"bottom": bottom, "left": self.y_axis, "right": self.second_axis}
        super().__init__(parent, viewBox=self.box, axisItems=axes, enableMenu=False)
        self._second = pg.ViewBox(enableMenu=False, enableMouse=False)
        self._link_second()
        self._layers: list[tuple[Layer, bool]] = []
        self._still: list[tuple[Layer, bool]] = []
        self._x_range = (0.0, 1.0)
        self._heights = (1.0, 1.0, True)
        self._cursor: float | None = None
        self._cursor_pen = QPen()
        self.brush = Brush(self, self._update_brush)
        self.hideButtons()
        self.setMinimumSize(160, 90)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.getPlotItem().layout.setContentsMargins(2, 4, 2, 0)
        self.scene().changed.connect(lambda _: self._draw_axes_if_moved())
        on_theme_changed(self, self.dress)

    def _link_second(self) -> None:
        self.second_axis.linkToView(self._second)
        self.scene().addItem(self._second)
        self._second.setXLink(self.box)
        self.box.sigResized.connect(lambda: self._second.setGeometry(self.box.sceneBoundingRect()))
        for box in (self.box, self._second):
            box.setDefaultPadding(0.0)
            box.disableAutoRange()

    def add(self, layer: Layer, *, second: bool = False, still: bool = False) -> None:
        """Draw a layer over those before.

        Args:
            second: its heights are those of the right axis.
            still: it stays while a brush elsewhere moves; it lies below those that don't.
        """
        (self._still if still else self._layers).append((layer, second))
        layer.changed = self._draw_below_anew if still else self._draw_anew
        layer.changed()

    def set_x_range(self, low: float, high: float) -> None:
        """Show this part of the axis, and no other."""
        if (low, high) != self._x_range:
            self._x_range = low, high
            self.box.setXRange(low, high, padding=0)
            self.brush.set_limits(low, high)
            self._draw_axes_anew()

    def set_heights(self, first: float, second: float, *, steady: bool = False, most: float = math.inf) -> None:
        """Show both vertical axes from zero to a little above these values; without a second value its axis goes away.

        The second one ends at a round number.

        Args:
            steady: ends that are still good enough stay, so that numbers stand still while a brush moves.
            most: what the first value can't exceed then.
        """
        known = math.isfinite(second) and second > 0
        ends = (first * 1.08 if first > 0 else 1.0, _round_up(second * 1.05) if known else 1.0)
        if steady and known == self._heights[2]:
            ends = min(_steady(self._heights[0], ends[0]), most * 1.08), _steady(self._heights[1], ends[1])
        heights = (*ends, known)
        if heights != self._heights:
            self._heights = heights
            self.box.setYRange(0, heights[0], padding=0)
            self.second_axis.setVisible(known)
            self._second.setYRange(0, heights[1], padding=0)
            self._draw_axes_anew()

    def word_second(self, wording: Callable[[float], str]) -> None:
        """Word the numbers of the right axis."""
        self.second_axis.set_wording(wording)
        self._draw_axes_anew()

    def frame(self, *, second: bool = False) -> Frame:
        """Return where figures stand, in this widget's pixels."""
        return Frame(self.box.sceneBoundingRect(), *self._x_range, self._heights[1 if second else 0])

    def to_pixels(self, x: float) -> float:
        """Return the pixel in this widget of a position on the axis."""
        return float(self.frame().x(x))

    def from_pixels(self, x: float) -> float:
        """Return the position on the axis at a pixel of this widget."""
        return self.frame().at(x)

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.setBackground(theme.surface)
        for axis in (self.x_axis, self.y_axis):
            axis.dress(theme)
        self.second_axis.dress(theme, theme.series[1])
        self._cursor_pen = QPen(QColor(theme.text_muted), 1, Qt.PenStyle.DotLine)
        self.brush.dress(theme)
        self._draw_axes_anew()

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what has changed; everything is drawn by itself where text must stay text."""
        painter = QPainter(self.viewport())
        if keeps_lines(painter):
            painter.end()
            super().paintEvent(event)
            painter = QPainter(self.viewport())
            self._paint_layers(painter, (*self._still, *self._layers))
        else:
            painter.drawPixmap(0, 0, self._picture(pixel_ratio(painter)))
        frame = self.frame()
        painter.setClipRect(frame.box.toAlignedRect(), Qt.ClipOperation.IntersectClip)
        self.brush.paint(painter, frame)
        if self._cursor is not None:
            painter.setPen(self._cursor_pen)
            x = frame.x(self._cursor)
            painter.drawLine(QLineF(x, frame.box.top(), x, frame.box.bottom()))
        painter.end()

    def _picture(self, ratio: float) -> QPixmap:
        """Return axes and layers."""
        size = (self.viewport().size().toSizeF() * ratio).toSize()
        if self._axes is None or self._axes.size() != size:
            self._axes, self._below, self._drawn = QPixmap(size), None, None
            self._axes.setDevicePixelRatio(ratio)
            painter = QPainter(self._axes)
            self._axes_box = self.box.sceneBoundingRect()
            self.render(painter, QRectF(self.viewport().rect()), self.viewport().rect())
            painter.end()
        if self._below is None:
            self._below, self._drawn = self._over(self._axes, self._still), None
        if self._drawn is None:
            self._drawn = self._over(self._below, self._layers)
        return self._drawn

    def _over(self, ground: QPixmap, layers: Sequence[tuple[Layer, bool]]) -> QPixmap:
        found = QPixmap(ground)
        painter = QPainter(found)
        self._paint_layers(painter, layers)
        painter.end()
        return found

    def _paint_layers(self, painter: QPainter, layers: Sequence[tuple[Layer, bool]]) -> None:
        frames = self.frame(), self.frame(second=True)
        for layer, second in layers:
            painter.save()
            painter.setClipRect(frames[second].box.toAlignedRect(), Qt.ClipOperation.IntersectClip)
            layer.paint(painter, frames[second])
            painter.restore()

    def _draw_anew(self) -> None:
        self._drawn = None
        self.viewport().update()

    def _draw_below_anew(self) -> None:
        self._below = None
        self._draw_anew()

    def _draw_axes_anew(self) -> None:
        self._axes = None
        self._draw_below_anew()

    def _draw_axes_if_moved(self) -> None:
        """The scene tells late of what was drawn already, and of room that axes took while they were drawn."""
        if self._axes_box != self.box.sceneBoundingRect():
            self._draw_axes_anew()

    def _update_brush(self) -> None:
        self.viewport().update(self.brush.area(self.frame()).toAlignedRect())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out and draw anew."""
        super().resizeEvent(event)
        self._axes = None

    # --- the hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the brush, or begin one."""
        inside = self.frame().box.contains(event.position())
        if event.button() == Qt.MouseButton.LeftButton and inside:
            self.brush.press(*self._place(event))
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the brush, or tell where the pointer is."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._show_cursor(None)  # what the hand does is told by the brush
            self.brush.drag(*self._place(event))
        elif self.frame().box.contains(event.position()):
            x, reach = self._place(event)
            self.brush.hover(x, reach)
            self._show_cursor(x)
            self.hovered.emit(x, event.position())
        else:
            self._leave()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the brush go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.brush.release()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Clear the brush."""
        if event.button() == Qt.MouseButton.LeftButton and self.frame().box.contains(event.position()):
            self.brush.clear()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to whatever scrolls around the chart."""
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the line away with the pointer."""
        super().leaveEvent(event)
        self._leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave every key to the panel."""
        event.ignore()

    def _place(self, event: QMouseEvent) -> tuple[float, float]:
        """Return where the pointer is on the axis, and how far the brush's reach goes there."""
        frame = self.frame()
        return frame.at(event.position().x()), REACH * (frame.high - frame.low) / frame.box.width()

    def _show_cursor(self, x: float | None) -> None:
        if x != self._cursor:
            self._cursor = x
            self.viewport().update()

    def _leave(self) -> None:
        self._show_cursor(None)
        self.brush.leave()
        self.left.emit()


def _steady(old: float, new: float) -> float:
    """Return the old end of an axis as long as what is shown fits in and fills 40 % of it, else a round one with room to grow, so that few are passed."""
    return old if 0.4 * old <= new <= old else _round_up(new * 1.5)


def drawn_smaller(part: float, whole: float, before: float = 1.0) -> float:
    """Return by how much the grey whole is drawn smaller behind a part that would be a flat line otherwise: 1, or one by a round number.

    ``before``: what it is so far while a brush moves; a part that grows is not judged anew at once.
    """
    least = _SMALL_PART * (2 if before < 1 else 1)
    return 1 / _round_up(whole / part) if 0 < part < least * whole else 1.0


def _round_up(value: float) -> float:
    """Return the next round number that isn't smaller (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten)."""
    unit = 10.0 ** math.floor(math.log10(value))
    return next((step * unit for step in _ROUND if step * unit >= value), 10 * unit)


def bin_at(edges: Numbers, x: float) -> int | None:
    """Return the bin that holds ``x``, None outside."""
    if len(edges) < 2 or not edges[0] <= x < edges[-1]:
        return None
    return int(np.searchsorted(edges, x, side="right")) - 1


def nearest(edges: Numbers, x: float) -> float:
    """Return the edge nearest to ``x``."""
    return float(edges[int(np.argmin(np.abs(np.asarray(edges, float) - x)))]) if len(edges) else x
