"""The waterfall: how a figure went from before to after, one step under the other. Draws given steps; computes none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import Theme, current_theme, on_theme_changed

ROW_PIXELS = 25
_GAP = 10
_CUT_BELOW = 0.4
_LEAST_PIXELS = 2.0


@dataclass(frozen=True, slots=True)
class Step:
    """One bar from ``start`` to ``end``; a total stands on zero. ``text``: the figure in words; ``good``: up is an improvement."""

    label: str
    start: float
    end: float
    text: str
    total: bool = False
    good: bool = True
    tooltip: str = ""


class Waterfall(QWidget):
    """Steps from top to bottom; sign and arrow say what the colour says."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.steps: tuple[Step, ...] = ()
        self._name = name
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        on_theme_changed(self, lambda _: self.update())

    def set_steps(self, steps: Sequence[Step]) -> None:
        """Show other steps."""
        self.steps = tuple(steps)
        text = "; ".join(f"{step.label} {step.text}" for step in self.steps)
        self.setAccessibleDescription(text)
        self.setToolTip("\n".join(f"{s.label}: {s.tooltip or s.text}" for s in self.steps))
        self.updateGeometry()
        self.update()

    def axis(self) -> tuple[float, float]:
        """Return the ends of the axis; it begins above zero when the steps would be too small to see, which is then said."""
        ends = [end for step in self.steps for end in (step.start, step.end)]
        moving = [end for step in self.steps if not step.total for end in (step.start, step.end)]
        low, high = min([0.0, *ends]), max([0.0, *ends])
        if low >= 0 and moving and min(moving) > 0 and max(moving) - min(moving) < _CUT_BELOW * high:
            spread = max(max(moving) - min(moving), high * 1e-6)
            low = max(0.0, min(moving) - 0.35 * spread)
        return low, high if high > low else low + 1.0

    @property
    def is_cut(self) -> bool:
        """The axis doesn't begin at zero."""
        return bool(self.steps) and self.axis()[0] > 0

    def sizeHint(self) -> QSize:
        """Return the room for all steps."""
        return QSize(320, len(self.steps) * ROW_PIXELS + 4)

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(240, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the steps."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _Drawing(painter, self).draw()
        painter.end()


class _Drawing:
    def __init__(self, painter: QPainter, chart: Waterfall) -> None:
        self.painter, self.chart, self.theme = painter, chart, current_theme()
        font = QFont(QApplication.font())
        font.setPixelSize(self.theme.fonts.body)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        self.metrics = metrics
        labels = max((metrics.horizontalAdvance(step.label) for step in chart.steps), default=0.0)
        self.figures = max((metrics.horizontalAdvance(_figure(step)) for step in chart.steps), default=0.0)
        self.labels = min(labels, chart.width() * 0.42)
        self.low, self.high = chart.axis()

    def x(self, value: float) -> float:
        left = self.labels + _GAP
        width = max(10.0, self.chart.width() - left - self.figures - 2 * _GAP)
        return left + width * (value - self.low) / (self.high - self.low)

    def draw(self) -> None:
        for row, step in enumerate(self.chart.steps):
            box = QRectF(0, row * ROW_PIXELS, self.chart.width(), ROW_PIXELS)
            self.draw_texts(step, box)
            self.draw_bar(step, box)
            if row + 1 < len(self.chart.steps):
                self.draw_link(step, box)

    def draw_texts(self, step: Step, box: QRectF) -> None:
        self.painter.setPen(QColor(self.theme.text))
        middle = Qt.AlignmentFlag.AlignVCenter
        text = self.metrics.elidedText(step.label, Qt.TextElideMode.ElideRight, self.labels + 1)
        self.painter.drawText(QRectF(0, box.top(), self.labels + 1, box.height()), middle, text)
        right = QRectF(box.right() - self.figures - 1, box.top(), self.figures + 1, box.height())
        self.painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, _figure(step))

    def draw_bar(self, step: Step, box: QRectF) -> None:
        start, end = (max(self.low, value) for value in ((0.0 if step.total else step.start), step.end))
        left, right = sorted((self.x(start), self.x(end)))
        bar = QRectF(left, box.top() + 5, max(right - left, _LEAST_PIXELS), box.height() - 10)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(_colour(step, self.theme)))
        self.painter.drawRect(bar)
        if step.total and self.low > 0:
            self.tear(bar)

    def tear(self, bar: QRectF) -> None:
        """A slanted gap near the foot: the bar is longer than it can be shown."""
        x = bar.left() + 9
        self.painter.setPen(QPen(QColor(self.theme.surface), 3))
        self.painter.drawLine(QPointF(x - 3, bar.bottom() + 1), QPointF(x + 3, bar.top() - 1))

    def draw_link(self, step: Step, box: QRectF) -> None:
        x = self.x(max(self.low, step.end))
        self.painter.setPen(QPen(QColor(self.theme.control_border), 1, Qt.PenStyle.DotLine))
        self.painter.drawLine(QPointF(x, box.bottom() - 5), QPointF(x, box.bottom() + 5))


def _colour(step: Step, theme: Theme) -> str:
    if step.total:
        return theme.context_grey
    better = (step.end >= step.start) == step.good
    return theme.series[0] if better else theme.diverging_stops[-1]


def _figure(step: Step) -> str:
    if step.total or step.end == step.start:
        return step.text
    return f"{'▲' if step.end > step.start else '▼'} {step.text}"


def cut_note(chart: Waterfall, figure: str) -> str:
    """Return what must be said below a chart whose axis doesn't begin at zero."""
    return tr("The axis begins at {figure}.").format(figure=figure) if chart.is_cut else ""
