"""The timeline: sessions over time with the unfiltered whole behind, one more measure as a line, the window as a brush, the baseline shaded.

It ignores the window itself (it is where the window is chosen). While it is dragged the other panels preview; release commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from docops_desktop.analysis.results.timeline import TimelineResult
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.band_plot import bin_at, nearest
from docops_desktop.ui.charts.hover_card import HoverCard
from docops_desktop.ui.charts.layers import Numbers
from docops_desktop.ui.count_words import no_sessions
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.sheet import Sheet
from docops_desktop.ui.panels import timeline_words as words
from docops_desktop.ui.panels.chooser import Chooser
from docops_desktop.ui.panels.marks import Mark
from docops_desktop.ui.panels.panel import Panel
from docops_desktop.ui.panels.small_bins import without_small
from docops_desktop.ui.panels.timeline_chart import TimelineChart
from docops_desktop.ui.panels.turns import Turns

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk
    from docops_desktop.engine.state import ViewSettings
    from docops_desktop.model.selection import Selection


class TimelinePanel(Panel):
    """Sessions per time bin; the brush is the window under investigation."""

    panel_id: ClassVar[str] = "timeline"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, tr("Timeline"), words.definition(), parent)
        self.chart = TimelineChart()
        self.view = self.chart
        self.add_to_body(self.chart, 1)
        self.live = HoverCard(self)
        self.line_box = Chooser(tr("Line"), words.line_choices(), self._choose_line)
        self.tools.addWidget(self.chart.legend, 1)
        self.tools.addWidget(self.line_box)
        self.chart.brush.snap = lambda x: nearest(self.edges(), x)
        self.chart.brush.moving.connect(self._moving)
        self.chart.brush.committed.connect(self._committed)
        self.chart.brush.cleared.connect(self._cleared)
        self.chart.hovered.connect(self._hover)
        self.chart.left.connect(self.card.hide)
        self.connect_desk()

    def edges(self) -> Numbers:
        """Return the bins' edges, none before the first result."""
        return self.result.edges_ms if self.result is not None else np.empty(0)

    # --- showing

    def show_result(self, result: TimelineResult) -> None:
        """Show a result; the window comes from the desk, which may be ahead of the result."""
        self._draw(result)
        self.selection_changed(self.desk.selection)

    def _draw(self, result: TimelineResult) -> None:
        self.chart.show_result(result, words.line_of(self.desk.view.timeline_measure), self.currency)

    def suppress_below(self, k: int) -> None:
        """Take bins of fewer than k sessions out of the picture."""
        if self.result is not None:
            self._draw(without_small(self.result, k) if k else self.result)

    def selection_changed(self, selection: Selection) -> None:
        """Show window and baseline as they are now."""
        window = selection.span
        self.chart.brush.show_range(None if window is None else (window.start_ms, window.end_ms))
        self.chart.show_baseline(self.desk.baseline)
        if self.result is not None:
            self.write_n()
            self._describe()

    def view_changed(self, view: ViewSettings) -> None:
        """Take over which line is drawn."""
        self.line_box.choose(words.line_of(view.timeline_measure))
        if self.result is not None:
            self._draw(self.result)
            self._describe()

    def empty_text(self) -> str:
        """No bins: no data."""
        return "" if len(self.result.edges_ms) > 1 else no_sessions(self.desk.workspace_info)

    def n_text(self) -> str:
        """Sessions in the window, or in all."""
        results, kept = self.desk.results, None
        if results is not None and not self._previews and results.selection == self.desk.selection:
            kept = None if results.totals is None else results.totals.selected.values.get("sessions")
        return words.n_text(self.result, self.desk.selection.span, kept)

    def n_tip(self) -> str:
        """The window."""
        window = self.desk.selection.span
        return "" if window is None else fmt.span(window, self.result.time_zone)

    def sheet(self) -> Sheet | None:
        """One row per bin."""
        return None if self.result is None else words.sheet(self.result, self.title, self.currency)

    def description(self) -> str:
        """Tell the course in a few sentences."""
        return words.description(self.result, self.desk.selection.span) if self.result is not None else ""

    # --- gestures

    def _choose_line(self, name: str) -> None:
        if name != words.line_of(self.desk.view.timeline_measure):
            self.desk.set_view(timeline_measure=name)

    def _moving(self, low: float, high: float) -> None:
        self.card.hide()
        if self.result is None or high <= low:
            return
        span = TimeSpan(int(low), int(high))
        title, lines = words.span_lines(self.result, span, self.currency)
        middle = self.chart.to_pixels((low + high) / 2)
        self.live.show_at(self.chart.mapTo(self, QPoint(int(middle) - 60, 0)), title, lines)
        self.desk.brush(span)
        Turns.of(self.desk).now()
        self.live.repaint()  # and with it all that has changed in the window: left to the event loop, it would be painted up to 5 ms later

    def _committed(self, low: float, high: float) -> None:
        self.live.hide()
        self.desk.end_brush(TimeSpan(int(low), int(high)))

    def _cleared(self) -> None:
        self.live.hide()
        self.desk.end_brush(None)

    def _hover(self, x: float, point: QPointF) -> None:
        self.desk.begin_brush()
        found = None if self.result is None or self.live.isVisible() else bin_at(self.result.edges_ms, x)
        if found is None:
            self.card.hide()
            return
        title, lines = words.bin_lines(self.result, found, self.currency)
        self.card.show_at(self.chart.mapTo(self, point.toPoint()), title, lines)

    def _act_on(self, event: QKeyEvent) -> bool:
        if self.result is None:
            return super()._act_on(event)
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self._nudge(step, event.modifiers())
            return True
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
            return True
        return super()._act_on(event)

    def _escape(self) -> None:
        """End a drag where it began, else take the window away; other filters stay."""
        if self.chart.brush.cancel():
            self.live.hide()
            self.desk.end_brush(self.desk.selection.span)
        elif self.desk.selection.span is not None:
            self.desk.set_window(None)

    def _nudge(self, step: int, keys: Qt.KeyboardModifier) -> None:
        """Arrows move the window; with Shift its end, with Ctrl its start."""
        low = 0 if keys & Qt.KeyboardModifier.ShiftModifier else step
        high = 0 if keys & Qt.KeyboardModifier.ControlModifier else step
        self.chart.brush.nudge(low, high, float(self.result.bin_ms))

    # --- menu

    def mark_at(self, point: QPoint) -> Mark | None:
        """The bin under the pointer."""
        if self.result is None:
            return None
        found = bin_at(self.result.edges_ms, self.chart.from_pixels(self.chart.mapFrom(self, point).x()))
        if found is None:
            return None
        edges = self.result.edges_ms
        span = TimeSpan(int(edges[found]), int(edges[found + 1]))
        return Mark(fmt.span(span, self.result.time_zone), lambda: self.desk.set_window(span))

    def add_own_actions(self, menu: QMenu) -> None:
        """Window and baseline."""
        window = self.desk.selection.span
        clear = menu.addAction(tr("Clear the window"))
        clear.setEnabled(window is not None)
        clear.triggered.connect(lambda: self.desk.set_window(None))
        find = menu.addAction(tr("Find the cause") if window is not None else tr("Find what stands out"))
        find.triggered.connect(lambda: self.desk.cause.ask())  # noqa: PLW0108 - Qt hands in "checked"
        choices = menu.addMenu(tr("Baseline"))
        as_baseline = choices.addAction(tr("This window"))
        as_baseline.setEnabled(window is not None)
        as_baseline.triggered.connect(lambda: self.desk.set_baseline((window,)) if window else None)
        choices.addAction(tr("Same hours of earlier days of the same kind")).triggered.connect(
            lambda: self.desk.set_baseline(None)
        )
        choices.addAction(tr("None")).triggered.connect(lambda: self.desk.set_baseline(()))
        menu.addSeparator()
