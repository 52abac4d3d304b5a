"""A finding over time: above what was seen against what was expected, below how much slower than usual; the hit time is shaded. Draws, computes nothing."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.cause_course import Course, CourseStep
from docops_desktop.ui.theme import current_theme, on_theme_changed

_LEAST_HEIGHT = 104
_NICE_HEIGHT = 150
_GAP = 6.0
_LEAST_LOAD_AXIS = 0.2
"""The load axis reaches at least to +20 %, so that noise doesn't look like an incident."""


class CourseChart(QWidget):
    """Bars of what was seen under a line of what was expected; a line of the slowdown. Nothing to show: takes no room."""

    def __init__(self) -> None:
        super().__init__()
        self.course: Course | None = None
        self.zone = "UTC"
        self.setAccessibleName(tr("The finding over time"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(_LEAST_HEIGHT)
        self.setMaximumHeight(2 * _NICE_HEIGHT)
        on_theme_changed(self, lambda _: self.update())
        self.hide()

    def show_course(self, course: Course | None, zone: str) -> None:
        """Show another finding's course."""
        self.course, self.zone = course, zone
        text = "" if course is None else course.text
        self.setAccessibleDescription(text)
        self.setToolTip(text)
        self.setVisible(course is not None and len(course.steps) > 1)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a good size."""
        return QSize(320, _NICE_HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw both bands."""
        if self.course is None or len(self.course.steps) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _Drawing(painter, self.course, QRectF(self.rect()), self.zone).draw()
        painter.end()


class _Drawing:
    def __init__(self, painter: QPainter, course: Course, room: QRectF, zone: str) -> None:
        self.painter, self.course, self.zone, self.theme = painter, course, zone, current_theme()
        font = QFont(QApplication.font())
        font.setPixelSize(self.theme.fonts.small)
        painter.setFont(font)
        self.metrics = QFontMetricsF(font)
        line = self.metrics.height()
        self.first, self.last = course.steps[0].start_ms, course.steps[-1].end_ms
        top, bottom = room.top() + line + 2, room.bottom() - line - 3
        split = top + (0.56 * (bottom - top) if course.outcome else -line - _GAP)
        self.above = QRectF(room.left() + 4, top, room.width() - 8, max(split - top, 0.0))
        self.below = QRectF(room.left() + 4, split + line + _GAP, room.width() - 8, bottom - split - line - _GAP)

    def x(self, time_ms: float) -> float:
        return self.above.left() + self.above.width() * (time_ms - self.first) / (self.last - self.first)

    def draw(self) -> None:
        self.shade()
        if self.course.outcome:
            self.draw_outcome()
        self.draw_load()
        self.draw_times()

    def shade(self) -> None:
        """The hit time behind both bands, with a line at its beginning."""
        if self.course.hit is None:
            return
        left, right = (self.x(min(max(t, self.first), self.last)) for t in self.course.hit)
        colour = QColor(self.theme.status["red"].colour)
        self.painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
        self.painter.drawLine(QPointF(left, self.above.top()), QPointF(left, self.below.bottom()))
        colour.setAlpha(28)
        self.painter.fillRect(
            QRectF(left, self.above.top(), right - left, self.below.bottom() - self.above.top()), colour
        )

    def draw_outcome(self) -> None:
        steps = self.course.steps
        rates = [v / _hours(s) for s in steps for v in (s.observed, s.expected or 0.0)]
        high = max(*rates, 1e-9)
        compared = steps[0].expected is not None
        text = tr("{what} per hour: bars seen, line expected") if compared else tr("{what} per hour")
        self.label(self.above, text.format(what=self.course.outcome))
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(self.theme.accent))
        for step in steps:
            left, right = self.x(step.start_ms), self.x(step.end_ms)
            height = self.above.height() * step.observed / _hours(step) / high
            self.painter.drawRect(QRectF(left + 0.5, self.above.bottom() - height, max(right - left - 1, 1.0), height))
        self.axis_line(self.above)
        self.painter.setPen(QPen(QColor(self.theme.text), 1.6))
        for step in steps if compared else ():
            y = self.above.bottom() - self.above.height() * (step.expected or 0.0) / _hours(step) / high
            self.painter.drawLine(QPointF(self.x(step.start_ms), y), QPointF(self.x(step.end_ms), y))

    def draw_load(self) -> None:
        steps = self.course.steps
        known = [s.slowdown for s in steps if s.slowdown is not None]
        if not known:
            return
        high, low = max(*known, _LEAST_LOAD_AXIS), min(*known, 0.0)
        box = self.below
        text = tr("Load time against what is usual there, up to {high}")
        self.label(box, text.format(high=fmt.signed(high, lambda v: fmt.percent(v, 0))))

        def y(value: float) -> float:
            return box.bottom() - box.height() * (value - low) / (high - low)

        self.painter.setPen(QPen(QColor(self.theme.control_border), 1))
        self.painter.drawLine(QPointF(box.left(), y(0.0)), QPointF(box.right(), y(0.0)))
        self.painter.setPen(QPen(QColor(self.theme.status["amber"].colour), 1.8))
        for a, b in itertools.pairwise(steps):
            if a.slowdown is not None and b.slowdown is not None and b.start_ms <= a.end_ms:
                self.painter.drawLine(QPointF(self.middle(a), y(a.slowdown)), QPointF(self.middle(b), y(b.slowdown)))
        self.painter.setBrush(QColor(self.theme.status["amber"].colour))
        for step in steps:
            if step.slowdown is not None:
                self.painter.drawEllipse(QPointF(self.middle(step), y(step.slowdown)), 1.2, 1.2)

    def middle(self, step: CourseStep) -> float:
        return self.x((step.start_ms + step.end_ms) / 2)

    def axis_line(self, box: QRectF) -> None:
        self.painter.setPen(QPen(QColor(self.theme.control_border), 1))
        self.painter.drawLine(box.bottomLeft(), box.bottomRight())

    def label(self, box: QRectF, text: str) -> None:
        self.painter.setPen(QColor(self.theme.text_muted))
        shown = self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        self.painter.drawText(QPointF(box.left(), box.top() - 3), shown)

    def draw_times(self) -> None:
        """Both ends, and the beginning of the hit time where there is room for it."""
        base = self.below.bottom() + self.metrics.ascent() + 2
        first, last = (fmt.moment(t - t % 60_000, self.zone) for t in (self.first, self.last))
        self.painter.setPen(QColor(self.theme.text_muted))
        self.painter.drawText(QPointF(self.below.left(), base), first)
        width = self.metrics.horizontalAdvance(last)
        self.painter.drawText(QPointF(self.below.right() - width, base), last)
        if self.course.hit is None:
            return
        since = tr("since {moment}").format(
            moment=fmt.moment(self.course.hit[0] - self.course.hit[0] % 60_000, self.zone)
        )
        mine = self.metrics.horizontalAdvance(since)
        left = self.x(max(self.course.hit[0], self.first)) - mine / 2
        if (
            left > self.below.left() + self.metrics.horizontalAdvance(first) + 12
            and left + mine < self.below.right() - width - 12
        ):
            self.painter.setPen(QColor(self.theme.text))
            self.painter.drawText(QPointF(left, base), since)


def _hours(step: CourseStep) -> float:
    return max((step.end_ms - step.start_ms) / 3_600_000, 1e-9)
