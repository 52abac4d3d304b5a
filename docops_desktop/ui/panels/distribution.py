"""The load-time distribution with the conversion curve; a brush on it keeps a range of load times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from docops_desktop.analysis.results.distribution import DistributionResult
from docops_desktop.model.scenario import ALL_PAGES
from docops_desktop.model.selection import RangeClause, Selection
from docops_desktop.ui.charts.band_plot import bin_at, nearest
from docops_desktop.ui.charts.hover_card import HoverCard
from docops_desktop.ui.count_words import sessions
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.sheet import Sheet
from docops_desktop.ui.panels import distribution_words as words
from docops_desktop.ui.panels.distribution_chart import DistributionChart, log_edges
from docops_desktop.ui.panels.marks import Mark
from docops_desktop.ui.panels.panel import Panel
from docops_desktop.ui.panels.small_bins import without_small

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk
    from docops_desktop.engine.state import ViewSettings

NUMBER = "load_ms"


class DistributionPanel(Panel):
    """Sessions by load time, and how many of them converted."""

    panel_id: ClassVar[str] = "distribution"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, tr("Load time"), words.definition(), parent)
        self.chart = DistributionChart()
        self.view = self.chart
        self.add_to_body(self.chart, 1)
        self.tools.addWidget(self.chart.legend, 1)
        self.live = HoverCard(self)
        brush = self.chart.brush
        brush.snap = lambda x: nearest(self.edges(), x)
        brush.moving.connect(self._moving)
        brush.committed.connect(self._committed)
        brush.cleared.connect(self._cleared)
        self.chart.hovered.connect(self._hover)
        self.chart.left.connect(self.card.hide)
        ends = [desk.subscribe(topic, lambda _: self._show_support()) for topic in ("whatif_model", "scenario")]
        self.destroyed.connect(lambda: [end() for end in ends] and None)
        self.connect_desk()

    def edges(self) -> np.ndarray:
        """Return the bins' edges on the axis, none before the first result."""
        return log_edges(self.result) if self.result is not None else np.empty(0)

    def clause(self) -> RangeClause | None:
        """Return the condition on load time that holds now."""
        return next((c for c in self.desk.selection.clauses if isinstance(c, RangeClause) and c.number == NUMBER), None)

    # --- showing

    def show_result(self, result: DistributionResult) -> None:
        """Show a result."""
        self.chart.show_result(result, steady=self._previews)
        if not self._previews:  # what is kept stays where it is while a brush moves elsewhere
            self.selection_changed(self.desk.selection)

    def view_changed(self, _view: ViewSettings) -> None:
        """The observed range belongs to the what-if."""
        self._show_support()

    def _show_support(self) -> None:
        """Beside the what-if's sliders: where the load times that answers stay within end, of the page group that changes or of all."""
        ready, groups = self.desk.whatif_ready, {g for c in self.desk.scenario.changes for g in c.page_groups}
        found = None
        if ready is not None and self.desk.view.perspective == "whatif":
            found = ready.support.get(groups.pop() if len(groups) == 1 else ALL_PAGES)
        self.chart.show_support(None if found is None else (found.floor_ms, found.ceiling_ms))

    def suppress_below(self, k: int) -> None:
        """Take bins of fewer than k sessions out of the picture."""
        if self.result is not None:
            self.chart.show_result(without_small(self.result, k) if k else self.result)

    def selection_changed(self, _selection: Selection) -> None:
        """Show the range that is kept."""
        clause, edges = self.clause(), self.edges()
        if clause is None or not len(edges):
            self.chart.brush.show_range(None)
            return
        low = edges[0] if math.isinf(clause.low) else math.log10(max(clause.low, 1.0))
        high = edges[-1] if math.isinf(clause.high) else math.log10(max(clause.high, 1.0))
        self.chart.brush.show_range((max(low, edges[0]), min(high, edges[-1])))

    def empty_text(self) -> str:
        """Nothing measured, or nobody there: say so."""
        if int(self.result.all_sessions.sum()):
            return ""
        info = self.desk.workspace_info
        measured = tr("No load times were measured in these page views.")
        return measured if info is not None and info.page_views else self.nothing_matches()

    def n_text(self) -> str:
        """Exposed sessions, and that there is no curve where nothing is known of conversions."""
        text = tr("n = {n}").format(n=sessions(int(self.result.sessions.sum())))
        return tr("{n} · conversion rate n/a").format(n=text) if self.result.rate_missing else text

    def sheet(self) -> Sheet | None:
        """One row per bin."""
        return None if self.result is None else words.sheet(self.result, self.title)

    def description(self) -> str:
        """Tell percentiles and how the rate goes."""
        return words.description(self.result) if self.result is not None else ""

    # --- gestures

    def _milliseconds(self, x: float) -> float:
        """Return the exact edge that a position on the axis stands for."""
        edges = self.edges()
        return float(round(float(self.result.edges_ms[int(np.argmin(np.abs(edges - x)))])))

    def _range_of(self, low: float, high: float) -> RangeClause:
        """Return the condition of a range; at the ends of the axis it stays open."""
        edges = self.edges()
        return RangeClause(
            NUMBER,
            -math.inf if low <= edges[0] else self._milliseconds(low),
            math.inf if high >= edges[-1] else self._milliseconds(high),
            self.panel_id,
        )

    def _moving(self, low: float, high: float) -> None:
        self.card.hide()
        if self.result is None or high <= low:
            return
        title, lines = words.span_lines(self.result, 10**low, 10**high)
        middle = self.chart.to_pixels((low + high) / 2)
        self.live.show_at(self.chart.mapTo(self, QPoint(int(middle) - 60, 0)), title, lines)

    def _committed(self, low: float, high: float) -> None:
        self.live.hide()
        clause = self._range_of(low, high)
        if math.isinf(clause.low) and math.isinf(clause.high):
            self._cleared()
        elif self.result is not None:
            self.desk.add(clause)

    def _cleared(self) -> None:
        self.live.hide()
        clause = self.clause()
        if clause is not None:
            self.desk.remove(clause)
        self.selection_changed(self.desk.selection)

    def _hover(self, x: float, point: QPointF) -> None:
        found = None if self.result is None or self.live.isVisible() else bin_at(self.edges(), x)
        if found is None:
            self.card.hide()
            return
        title, lines, foot = words.bin_lines(self.result, found)
        self.card.show_at(self.chart.mapTo(self, point.toPoint()), title, lines, foot)

    def _act_on(self, event: QKeyEvent) -> bool:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self.result is not None:
            keys, edges = event.modifiers(), self.edges()
            low = 0 if keys & Qt.KeyboardModifier.ShiftModifier else step
            high = 0 if keys & Qt.KeyboardModifier.ControlModifier else step
            self.chart.brush.nudge(low, high, float(edges[-1] - edges[0]) / (len(edges) - 1))
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.live.hide()
            if not self.chart.brush.cancel():
                self._cleared()
            return True
        return super()._act_on(event)

    def mark_at(self, point: QPoint) -> Mark | None:
        """The bin under the pointer."""
        edges = self.edges()
        found = bin_at(edges, self.chart.from_pixels(self.chart.mapFrom(self, point).x())) if len(edges) else None
        if found is None:
            return None
        clause = self._range_of(float(edges[found]), float(edges[found + 1]))
        text = words.range_text(self.result.edges_ms[found], self.result.edges_ms[found + 1])
        return Mark(tr("load time {range}").format(range=text), lambda: self.desk.add(clause))
