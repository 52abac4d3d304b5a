"""Brushing an axis: drag to make a range, drag it or its edges to change it, double-click to clear it, arrow keys to nudge it.

While the hand moves, ``moving`` tells the live range; only release (or a key) tells ``committed``. The brush knows positions on its axis, not what they mean;
the plot that it lies on hands in where the hand is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QLineF, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from docops_desktop.ui.charts.layers import Frame
from docops_desktop.ui.theme import Theme

REACH = 5.0
"""Pixels around an edge where it can be taken, and that a hand must move to drag."""
_GRIP = 2.5, 9.0
Part = Literal["", "low", "high", "inside"]


class Brush(QObject):
    """The range on an axis.

    Attributes:
        snap: rounds a position to what can be chosen.
        changed: is called before and after it looks otherwise, so that both places can be painted anew.
    """

    moving = Signal(float, float)
    committed = Signal(float, float)
    cleared = Signal()

    def __init__(self, parent: QObject, changed: Callable[[], None] = lambda: None) -> None:
        super().__init__(parent)
        self.snap: Callable[[float], float] = lambda x: x
        self.changed = changed
        self.range: tuple[float, float] | None = None
        self._limits = (0.0, 1.0)
        self._under: Part = ""
        self._taken: tuple[Part, float, tuple[float, float]] | None = None
        self._dragged = False
        self._fill, self._brighter = QColor(), QColor()
        self._edge, self._hovered = QPen(), QPen()

    @property
    def held(self) -> bool:
        """The hand drags it: results must not move it."""
        return self._dragged

    def set_limits(self, low: float, high: float) -> None:
        """Set the ends of the axis."""
        self._limits = (low, high)

    def show_range(self, ends: tuple[float, float] | None) -> None:
        """Show a range that somebody else set, without telling it on; ignored while the hand drags."""
        if not self.held:
            self._set(ends)

    # --- the hand, at ``x`` on the axis; ``reach`` is how far ``REACH`` pixels go there

    def hover(self, x: float, reach: float) -> None:
        """The pointer is here."""
        self._point_at(self._part_at(x, reach))

    def leave(self) -> None:
        """The pointer is elsewhere."""
        self._point_at("")

    def press(self, x: float, reach: float) -> None:
        """Take what is here: an edge, the range, or the empty axis."""
        x = self._clamp(x)
        self._taken = self._part_at(x, reach), x, self.range or (x, x)

    def drag(self, x: float, reach: float) -> None:
        """Follow the hand."""
        if self._taken is None:
            return
        part, start, (low, high) = self._taken
        if not self._dragged and abs(x - start) < reach:
            return
        self._dragged = True
        x = self._clamp(x)
        if part == "inside":
            shift = min(max(x - start, self._limits[0] - low), self._limits[1] - high)
            self._set((low + shift, high + shift))
        else:
            fixed = {"low": high, "high": low}.get(part, start)
            self._set((min(fixed, x), max(fixed, x)))
        assert self.range is not None
        self.moving.emit(self.snap(self.range[0]), self.snap(self.range[1]))

    def release(self) -> None:
        """The hand lets go: what it dragged holds."""
        dragged, self._taken, self._dragged = self._dragged, None, False
        if dragged and self.range is not None:
            self._commit(*self.range)

    def cancel(self) -> bool:
        """Let go of what the hand holds, and put the range back where it was taken; False when it holds nothing."""
        if self._taken is None:
            return False
        _, _, (low, high) = self._taken
        self._taken, self._dragged = None, False
        self._set((low, high) if high > low else None)
        return True

    def nudge(self, low_steps: int, high_steps: int, step: float) -> None:
        """Move the ends by steps and commit; without a range, begin with one step in the middle."""
        low, high = self.range or self._middle(step)
        if self.range is not None:
            low, high = low + low_steps * step, high + high_steps * step
        if high - low >= step * 0.5 and low >= self._limits[0] - step * 0.01 and high <= self._limits[1] + step * 0.01:
            self._commit(low, high)

    def clear(self) -> None:
        """Take the range away and tell it."""
        self._taken, self._dragged = None, False
        if self.range is not None:
            self._set(None)
            self.cleared.emit()

    # --- looks

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._fill, self._brighter = QColor(theme.accent), QColor(theme.accent)
        self._fill.setAlpha(38)
        self._brighter.setAlpha(64)
        self._edge, self._hovered = QPen(QColor(theme.accent), 1.5), QPen(QColor(theme.text), 2)
        self.changed()

    def area(self, frame: Frame) -> QRectF:
        """Return the pixels that range, edges and grips take, none without a range."""
        if self.range is None:
            return QRectF()
        left, right = (frame.x(end) for end in self.range)
        return QRectF(left, frame.box.top(), right - left, frame.box.height()).adjusted(-4, 0, 4, 0)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paint the range, and a grip on each edge that shows what can be dragged."""
        if self.range is None:
            return
        box, (left, right) = frame.box, (frame.x(end) for end in self.range)
        fill = self._brighter if self._under == "inside" else self._fill
        painter.fillRect(QRectF(left, box.top(), right - left, box.height()), fill)
        for part, x in (("low", left), ("high", right)):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self._hovered if self._under == part else self._edge)
            painter.drawLine(QLineF(x, box.top(), x, box.bottom()))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.setPen(QPen(self._edge.color(), 0))
            painter.setBrush(self._edge.color())
            painter.drawRect(QRectF(x - _GRIP[0], box.center().y() - _GRIP[1], 2 * _GRIP[0], 2 * _GRIP[1]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    # --- inside

    def _part_at(self, x: float, reach: float) -> Part:
        if self.range is None:
            return ""
        low, high = self.range
        to_low, to_high = abs(x - low), abs(x - high)
        if min(to_low, to_high) <= reach:
            return "low" if to_low < to_high else "high"
        return "inside" if low < x < high else ""

    def _point_at(self, part: Part) -> None:
        if part != self._under:
            self._under = part
            self.changed()

    def _set(self, ends: tuple[float, float] | None) -> None:
        if ends != self.range:
            self.changed()
            self.range = ends
            self.changed()

    def _middle(self, step: float) -> tuple[float, float]:
        low = self.snap((self._limits[0] + self._limits[1]) / 2)
        return low, low + step

    def _clamp(self, x: float) -> float:
        return min(max(x, self._limits[0]), self._limits[1])

    def _commit(self, low: float, high: float) -> None:
        low, high = self.snap(low), self.snap(high)
        if high <= low:
            self._set(None)
            self.cleared.emit()
            return
        self.show_range((low, high))
        self.committed.emit(low, high)
