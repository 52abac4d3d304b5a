"""What a plot draws over its axes: areas, curves and bands, each painted in the plot's pixels at once.

As items of a graphics scene they would be told as changed, collected and painted in a cycle of their own; while a brush moves, that costs more than the
drawing. A layer knows figures and colours, the ``Frame`` where they stand; when to paint is the plot's affair.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from docops_desktop.ui.charts.ink import keeps_lines

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where figures stand: ``box`` in pixels shows ``low`` .. ``high`` of the horizontal axis, and 0 .. ``top`` upwards."""

    box: QRectF
    low: float
    high: float
    top: float

    def x(self, values: Any) -> Any:
        """Return the pixels of places on the horizontal axis, for a number or an array."""
        return self.box.left() + (values - self.low) * (self.box.width() / (self.high - self.low))

    def y(self, values: Any) -> Any:
        """Return the pixels of heights, for a number or an array."""
        return self.box.bottom() - values * (self.box.height() / self.top)

    def at(self, x: float) -> float:
        """Return the place on the horizontal axis of a pixel."""
        return self.low + (x - self.box.left()) * (self.high - self.low) / self.box.width()


class Layer(ABC):
    """One drawing.

    Attributes:
        changed: is called when it looks otherwise; set by the plot.
    """

    def __init__(self) -> None:
        self.changed: Callable[[], None] = lambda: None

    @abstractmethod
    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paint within the frame; the painter is clipped to it, and its state is restored afterwards."""


class Area(Layer):
    """Counts per bin as a filled step line."""

    def __init__(self) -> None:
        super().__init__()
        self._edges: Floats = np.empty(0)
        self._values: Floats = np.empty(0)
        self._fill, self._pen = QColor(), QPen()

    @property
    def values(self) -> Floats:
        """What is shown, (n,)."""
        return self._values

    def set_bins(self, edges: Numbers, values: Numbers) -> None:
        """Show ``values`` (n,) over ``edges`` (n + 1,); NaN counts as nothing."""
        before = self._edges, self._values
        self._edges, self._values = np.asarray(edges, float), np.nan_to_num(np.asarray(values, float))
        if not (np.array_equal(before[0], self._edges) and np.array_equal(before[1], self._values)):
            self.changed()

    def dress(self, colour: str, fill_alpha: int) -> None:
        """Take a colour."""
        self._fill = QColor(colour)
        self._fill.setAlpha(fill_alpha)
        self._pen = QPen(QColor(colour), 1)
        self.changed()

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paint fill and line."""
        if not len(self._values):
            return
        x, y = np.repeat(frame.x(self._edges), 2), np.repeat(frame.y(self._values), 2)
        closed_y = np.concatenate([[frame.box.bottom()], y, [frame.box.bottom()]])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._fill)
        painter.drawPolygon(polygon(x, closed_y))
        painter.setPen(self._pen)
        painter.drawPolyline(polygon(x[1:-1], y))


class Curve(Layer):
    """A line through the middles of bins that breaks where there is nothing; a lonely point is a dot."""

    def __init__(self) -> None:
        super().__init__()
        self._pen = QPen()
        self.points: tuple[Floats, Floats] = (np.empty(0), np.empty(0))

    def set_points(self, x: Numbers, y: Numbers) -> None:
        """Show the points."""
        self.points = np.asarray(x, float), np.asarray(y, float)
        self.changed()

    def dress(self, colour: str, width: float = 2.0) -> None:
        """Take a colour."""
        self._pen = QPen(QColor(colour), width)
        # square ends are drawn faster, but make knots where the pieces of a thick line meet
        self._pen.setCapStyle(Qt.PenCapStyle.SquareCap if width <= 2 else Qt.PenCapStyle.RoundCap)
        self.changed()

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paint the line."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        known = np.isfinite(self.points[1])
        x, y = frame.x(self.points[0]), frame.y(self.points[1])
        if keeps_lines(painter):
            painter.drawPath(pg.arrayToQPath(x, y, connect="finite"))
        else:  # a thick jagged line costs ten times as much as its pieces, whose ends meet
            ends = np.column_stack([x[:-1], y[:-1], x[1:], y[1:]])[known[:-1] & known[1:]]
            painter.drawLines([QLineF(*piece) for piece in ends.tolist()])
        known = np.concatenate([[False], known, [False]])
        lonely = known[1:-1] & ~known[:-2] & ~known[2:]
        painter.drawPoints([QPointF(*point) for point in zip(x[lonely].tolist(), y[lonely].tolist(), strict=True)])


class IntervalBand(Layer):
    """The interval round a curve: a translucent band that breaks where there is nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._x: Floats = np.empty(0)
        self._low, self._high = self._x, self._x
        self._colour = QColor()

    def set_band(self, x: Floats, low: Floats, high: Floats) -> None:
        """Show the band between ``low`` and ``high`` at ``x`` (all (n,))."""
        self._x, self._low, self._high = x, low, high
        self.changed()

    def dress(self, colour: str, alpha: int = 56) -> None:
        """Take a colour."""
        self._colour = QColor(colour)
        self._colour.setAlpha(alpha)
        self.changed()

    def path(self, frame: Frame) -> QPainterPath:
        """Return the band's outline in pixels."""
        found = QPainterPath()
        x, low, high = frame.x(self._x), frame.y(self._low), frame.y(self._high)
        for run in finite_runs(self._low + self._high):
            found.addPolygon(
                polygon(np.concatenate([x[run], x[run][::-1]]), np.concatenate([high[run], low[run][::-1]]))
            )
            found.closeSubpath()
        return found

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paint the band."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawPath(self.path(frame))


def polygon(x: Floats, y: Floats) -> QPolygonF:
    """Return the points (n,), (n,) as Qt wants them, without a Python object for each."""
    found = pg.functions.create_qpolygonf(len(x))
    points = pg.functions.ndarray_from_qpolygonf(found)
    points[:, 0], points[:, 1] = x, y
    return found


def finite_runs(values: Floats) -> list[slice]:
    """Return the runs of at least two finite values."""
    known = np.concatenate([[False], np.isfinite(values), [False]])
    turns = np.flatnonzero(known[1:] != known[:-1])
    return [slice(int(a), int(b)) for a, b in turns.reshape(-1, 2) if b - a >= 2]
