"""Brushing an axis: drag to make a range, drag it or its edges to change it, double-click to clear it, arrow keys to nudge it.

While the hand moves, ``moving`` tells the live range; only release (or a key) tells ``committed``. The brush knows positions on its axis, not what they mean.
"""

from __future__ import annotations

from collections.abc import Callable

import pyqtgraph as pg
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from docops_desktop.ui.theme import Theme

_GRIP = QPointF(2.5, 9.0)


class BrushBox(pg.ViewBox):
    """A view box without pan, zoom or menu; a drag on it makes a brush."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False, enableMouse=False)
        self.brush: Brush | None = None

    def mouseDragEvent(self, ev: object, axis: int | None = None) -> None:  # noqa: ARG002 - pyqtgraph's interface
        """Make a new range from where the drag began."""
        if self.brush is None or ev.button() != Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            return
        ev.accept()  # type: ignore[attr-defined]
        start = self.mapSceneToView(ev.buttonDownScenePos()).x()  # type: ignore[attr-defined]
        here = self.mapSceneToView(ev.scenePos()).x()  # type: ignore[attr-defined]
        self.brush.drag_new(start, here, done=ev.isFinish())  # type: ignore[attr-defined]

    def mouseClickEvent(self, ev: object) -> None:
        """Clear on a double click."""
        if self.brush is not None and ev.double() and ev.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            ev.accept()  # type: ignore[attr-defined]
            self.brush.clear()

    def wheelEvent(self, ev: object, axis: int | None = None) -> None:  # noqa: ARG002 - pyqtgraph's interface
        """Leave the wheel to whatever scrolls around the chart."""
        ev.ignore()  # type: ignore[attr-defined]


class _Region(pg.LinearRegionItem):
    """The range itself, with a grip on each edge that shows what can be dragged."""

    def paint(self, p: QPainter, *args: object) -> None:
        super().paint(p, *args)
        box, area = self.getViewBox(), self.boundingRect()
        if box is None:
            return
        width, height = (abs(size) for size in box.viewPixelSize())
        p.setPen(QPen(self.lines[0].pen.color(), 0))
        p.setBrush(self.lines[0].pen.color())
        for x in self.getRegion():
            grip = QRectF(0, 0, 2 * _GRIP.x() * width, 2 * _GRIP.y() * height)
            grip.moveCenter(QPointF(x, area.center().y()))
            p.drawRect(grip)


class Brush(QObject):
    """The range on an axis.

    Args:
        box: where it lives.
        snap: rounds a position to what can be chosen.
    """

    moving = Signal(float, float)
    committed = Signal(float, float)
    cleared = Signal()

    def __init__(self, box: BrushBox, snap: Callable[[float], float] = lambda x: x) -> None:
        super().__init__(box)
        self.snap = snap
        self._held = False
        self._limits = (0.0, 1.0)
        self.region = _Region(values=(0, 0), swapMode="sort")
        self.region.setZValue(20)
        self.region.hide()
        box.addItem(self.region, ignoreBounds=True)
        box.brush = self
        self.region.sigRegionChanged.connect(self._dragged)
        self.region.sigRegionChangeFinished.connect(self._released)

    @property
    def range(self) -> tuple[float, float] | None:
        """The range shown now, None when there is none."""
        if not self.region.isVisible():
            return None
        low, high = self.region.getRegion()
        return float(low), float(high)

    @property
    def held(self) -> bool:
        """The hand is on it: results must not move it."""
        return self._held or any(line.moving for line in self.region.lines) or self.region.moving

    def set_limits(self, low: float, high: float) -> None:
        """Set the ends of the axis."""
        self._limits = (low, high)
        self.region.setBounds((low, high))

    def show_range(self, ends: tuple[float, float] | None) -> None:
        """Show a range that somebody else set, without telling it on; ignored while the hand is on the brush."""
        if self.held:
            return
        self.region.blockSignals(True)
        if ends is not None:
            self.region.setRegion(ends)
        self.region.setVisible(ends is not None)
        self.region.blockSignals(False)

    def drag_new(self, start: float, here: float, *, done: bool) -> None:
        """Follow a drag on the empty axis."""
        low, high = sorted((self._clamp(start), self._clamp(here)))
        self._held = not done
        self.region.blockSignals(True)
        self.region.setRegion((low, high))
        self.region.setVisible(True)
        self.region.blockSignals(False)
        if done:
            self._commit(low, high)
        else:
            self.moving.emit(self.snap(low), self.snap(high))

    def nudge(self, low_steps: int, high_steps: int, step: float) -> None:
        """Move the ends by steps and commit; without a range, begin with one step in the middle."""
        low, high = self.range or self._middle(step)
        if self.range is not None:
            low, high = low + low_steps * step, high + high_steps * step
        if high - low >= step * 0.5 and low >= self._limits[0] - step * 0.01 and high <= self._limits[1] + step * 0.01:
            self._commit(low, high)

    def clear(self) -> None:
        """Take the range away and tell it."""
        if self.region.isVisible():
            self.region.hide()
            self.cleared.emit()

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        fill = QColor(theme.accent)
        fill.setAlpha(38)
        edge = pg.mkPen(theme.accent, width=1.5)
        self.region.setBrush(fill)
        brighter = QColor(fill)
        brighter.setAlpha(64)
        self.region.setHoverBrush(brighter)
        for line in self.region.lines:
            line.setPen(edge)
            line.setHoverPen(pg.mkPen(theme.text, width=2))

    def _middle(self, step: float) -> tuple[float, float]:
        low = self.snap((self._limits[0] + self._limits[1]) / 2)
        return low, low + step

    def _clamp(self, x: float) -> float:
        return min(max(x, self._limits[0]), self._limits[1])

    def _dragged(self) -> None:
        low, high = self.region.getRegion()
        self.moving.emit(self.snap(low), self.snap(high))

    def _released(self) -> None:
        self._commit(*self.region.getRegion())

    def _commit(self, low: float, high: float) -> None:
        low, high = self.snap(low), self.snap(high)
        if high <= low:
            self.region.hide()
            self.cleared.emit()
            return
        self.show_range((low, high))
        self.committed.emit(low, high)
