"""Find the cause: ranked combinations behind a drop (or that stand out), why, and the evidence. Click or Return filters all panels by one.

The question is the desk's; its answer comes by the topic "cause". While a search runs, and once something else is selected, the last answer stays and
says that it is old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QStackedWidget, QVBoxLayout, QWidget

from docops_desktop.analysis.results.cause import ExplainResult, Finding
from docops_desktop.ui import format as fmt
from docops_desktop.ui.baseline_words import baseline_text
from docops_desktop.ui.charts.course_chart import CourseChart
from docops_desktop.ui.charts.table_view import fit_columns, make_table
from docops_desktop.ui.count_words import sessions
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.models import cause_course, cause_model
from docops_desktop.ui.models.cause_model import RankedFinding, loss_text, ranked
from docops_desktop.ui.models.sheet import Sheet
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.panels import cause_acts
from docops_desktop.ui.panels.cause_detail import CauseDetail
from docops_desktop.ui.panels.cause_sheet import sheet_of
from docops_desktop.ui.panels.cause_status import CauseStatus
from docops_desktop.ui.panels.chooser import Chooser
from docops_desktop.ui.panels.marks import Mark
from docops_desktop.ui.panels.panel import Panel
from docops_desktop.ui.splitter import Splitter
from docops_desktop.ui.theme import Theme, current_theme
from docops_desktop.ui.widgets import beside_icon, label, push_button, tool_button

if TYPE_CHECKING:
    from docops_desktop.engine.cause_jobs import CauseState
    from docops_desktop.engine.desk import Desk
    from docops_desktop.engine.state import Results
    from docops_desktop.model.selection import Selection


_NAMES = 320
"""Up to this width, in pixels at the usual type size as the next, a combination is shown in full and other columns scroll: it is the answer."""
_NARROW, _TALL = 820, 440
"""Width below which the panel is narrow; height from which on the evidence then stands beneath the findings."""


class CausePanel(Panel):
    """The findings, their evidence, the change."""

    panel_id: ClassVar[str] = cause_acts.AUTHOR

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        definition = tr(
            "The shortest combination of one to three dimensions that explains a drop in the window against its baseline; without a window, the one that "
            "loads slower and converts worse than its attributes explain. Found among all combinations, one cause after the other."
        )
        super().__init__(desk, tr("Find the cause"), definition, parent)
        self._shown: ExplainResult | None = None
        self.status = CauseStatus(desk)
        self.detail = CauseDetail()
        self.course = CourseChart()
        self.why = label("", wrap=True)
        self.why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.why.setMargin(4)
        self.why.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.nothing = QLabel()
        self.nothing.setWordWrap(True)
        self.nothing.setMargin(16)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._make_table()
        self._make_tools()
        self._place()
        ends = [
            desk.subscribe("cause", self._take_state),
            desk.subscribe("jobs", lambda _: self._jobs_changed()),
            desk.subscribe("workspace", lambda _: self.status.update_state()),
        ]
        self.destroyed.connect(lambda: [end() for end in ends] and None)
        self.connect_desk()
        self._take_state(desk.cause.state)

    # --- placing

    def _make_table(self) -> None:
        self.model: TableModel[RankedFinding] = TableModel(lambda row: row.key, parent=self)
        self.table = make_table(self.model, self.title, lines=2)
        self.view = self.table
        self.table.clicked.connect(self._clicked)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._show_current())

    def _make_tools(self) -> None:
        self.measure_box = Chooser(tr("What dropped"), measures(), self._choose_measure)
        self.again_button = push_button(tr("Find again"), self.desk.cause.ask, "quiet", "search")
        self.again_button.setToolTip(tr("Search again, for what is selected now"))
        self.repair_button = push_button(tr("What if repaired"), self._repair, "quiet", "whatif")
        self.save_button = push_button(tr("Save finding …"), self._save, "quiet")
        self.saved_button = push_button(tr("Saved …"), self._show_saved, "quiet")
        self.saved_button.setToolTip(tr("Saved findings of this workspace"))
        self.close_button = tool_button("close", tr("Close the cause panel"), self.desk.cause.close)
        self.tools.addStretch(1)
        for part in (self.measure_box, self.again_button, self.repair_button, self.save_button, self.saved_button):
            self.tools.addWidget(part)
        self.header.addWidget(self.close_button)

    def _place(self) -> None:
        left = QWidget()
        layout = QVBoxLayout(left)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.table, 3)
        layout.addWidget(self.course, 2)
        layout.addWidget(self.why)
        self.pages = QStackedWidget()
        self.pages.addWidget(left)
        self.pages.addWidget(self.nothing)
        self.split = Splitter(Qt.Orientation.Horizontal)
        self.split.setAccessibleName(tr("Findings and evidence"))
        self.split.setFrameShape(QFrame.Shape.NoFrame)
        for part, stretch in ((self.pages, 31), (self.detail, 19)):
            self.split.addWidget(part)
            self.split.setStretchFactor(self.split.count() - 1, stretch)
        self.split.setSizes([1550, 950])
        self.add_to_body(self.status)
        self.add_to_body(self.split, 1)

    # --- what the desk tells

    def read(self, _results: Results) -> Any:
        """The answer comes by a topic of its own."""
        return None

    def _take_busy(self, _busy: bool) -> None:
        """A refresh of the other panels doesn't touch the answer."""

    def _take_state(self, state: CauseState) -> None:
        self.measure_box.choose(state.measure)
        self.status.update_state()
        if state.result is not self._shown:
            self._shown = state.result
            if state.result is not None:
                self.present(state.result)
        if state.result is None:
            self._show_none(state)
        self.again_button.setEnabled(not state.busy)
        self._update_buttons()

    def _jobs_changed(self) -> None:
        if self.desk.cause.state.busy:
            self.status.update_state()

    def _show_none(self, state: CauseState) -> None:
        self._result = None
        self.n_label.clear()
        self.model.set_table(self.model.columns, ())
        self.course.show_course(None, self.time_zone)
        self.detail.show_finding(None, self.time_zone)
        self.detail.show_change(None)
        self.say("")
        self.nothing.setText("" if state.busy else tr("Choose a window on the timeline and press “Find the cause”."))
        self.pages.setCurrentWidget(self.nothing)
        self._describe()

    def selection_changed(self, selection: Selection) -> None:
        """Mark the finding that everything is filtered by, and say when the answer is old."""
        self.status.update_state()
        kept = {row.key for row in self.model.rows if cause_acts.is_kept(selection, row.finding.where)}
        self.model.set_marked(frozenset(kept))

    # --- showing

    def show_result(self, result: ExplainResult) -> None:
        """Show an answer."""
        self.model.set_table(cause_model.columns(result), ranked(result))
        self.pages.setCurrentIndex(0 if result.findings else 1)
        self.nothing.setText(nothing_text(result))
        self.detail.show_change(result)
        if result.findings:
            self.table.setCurrentIndex(self.model.index(0, 0))
        self._show_current()
        self.fit()
        self.selection_changed(self.desk.selection)

    def _show_current(self) -> None:
        finding = self.current_finding()
        self.detail.show_finding(finding, self.time_zone)
        course = (
            None
            if finding is None or self._result is None
            else cause_course.course(self._result, finding, self.time_zone)
        )
        self.course.show_course(course, self.time_zone)
        self.why.setText("" if finding is None else fmt.prose(finding.why))
        self._update_buttons()

    def _update_buttons(self) -> None:
        finding = self.current_finding()
        self.save_button.setEnabled(finding is not None)
        repair = () if finding is None else cause_acts.repair_of(finding)
        self.repair_button.setEnabled(bool(repair))
        self.repair_button.setToolTip(
            cause_acts.repair_text(finding, self.currency)
            if finding is not None and repair
            else tr("No page group of the finding slowed down")
        )

    def current_finding(self) -> Finding | None:
        """Return the finding under the cursor."""
        index = self.table.currentIndex()
        return self.model.rows[index.row()].finding if 0 <= index.row() < len(self.model.rows) else None

    def fit(self) -> None:
        """Give the columns the widths that they need."""
        if self.model.columns:
            fit_columns(self.table, 0, _NAMES)
            self._cap_table()
        self.detail.fit()

    def _cap_table(self) -> None:
        """Let the table take no more height than its rows: the rest is the course's."""
        rows = max(len(self.model.rows), 1) * self.table.verticalHeader().defaultSectionSize()
        bar = self.table.horizontalScrollBar().sizeHint().height()
        self.table.setMaximumHeight(rows + self.table.horizontalHeader().sizeHint().height() + bar + 4)

    def theme_changed(self, _theme: Theme) -> None:
        """Paint the cells anew."""
        self.model.retranslate()
        self.detail.retranslate()
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the room to the combination; what has an icon shows only that where the panel is narrow."""
        narrow = self.width() < current_theme().px(_NARROW)
        self.again_button.setText(beside_icon("" if narrow else tr("Find again")))
        self.repair_button.setText(beside_icon("" if narrow else tr("What if repaired")))
        below = narrow and self.height() >= current_theme().px(_TALL)
        self.split.setOrientation(Qt.Orientation.Vertical if below else Qt.Orientation.Horizontal)
        super().resizeEvent(event)
        self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit once shown; nothing of it is computed with the other panels."""
        QFrame.showEvent(self, event)
        self.fit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing to stop."""
        QFrame.hideEvent(self, event)

    def n_text(self) -> str:
        """What was compared with what, and how much was searched."""
        result: ExplainResult = self.result
        text = tr_n(result.combinations, "%n combination", "{n} combinations").format(n=fmt.count(result.combinations))
        return tr("n = {n} sessions · {searched}").format(n=fmt.count(result.sessions), searched=text)

    def n_tip(self) -> str:
        """The same, and all that was compared."""
        return "\n".join((self.n_text(), *compared_lines(self.result, self.time_zone), *self.result.warnings))

    def description(self) -> str:
        """Tell the answer in words."""
        result: ExplainResult | None = self.result
        if result is None:
            return tr("The cause was not asked for yet.")
        if not result.findings:
            return nothing_text(result)
        count = tr_n(len(result.findings), "%n finding.", "%n findings.")
        return " ".join((count, *(finding.why for finding in result.findings), *result.warnings))

    def stamp(self) -> tuple[str, ...]:
        """The answer's own window and filters, which need not be those of now."""
        request, result = self.desk.cause.state.request, self.result
        lines = super().stamp()
        if request is None or result is None:
            return lines
        asked = request.selection.with_span(None)
        filters = tr("Filters: {filters}").format(filters=tr("none") if asked.is_empty else asked.text())
        return (lines[0], filters, *compared_lines(result, self.time_zone), lines[-1])

    def sheet(self) -> Sheet | None:
        """One row per finding."""
        return None if self.result is None else sheet_of(self.result, self.title)

    # --- gestures

    def _clicked(self, index: QModelIndex) -> None:
        mark = self._mark_of(index)
        if mark is not None:
            mark.keep()

    def mark_at(self, point: QPoint) -> Mark | None:
        """The finding under the pointer."""
        viewport: QWidget = self.table.viewport()
        return self._mark_of(self.table.indexAt(viewport.mapFrom(self, point)))

    def current_mark(self) -> Mark | None:
        """The finding under the cursor."""
        return self._mark_of(self.table.currentIndex())

    def _mark_of(self, index: QModelIndex) -> Mark | None:
        if not 0 <= index.row() < len(self.model.rows):
            return None
        return cause_acts.mark_of(self.desk, self.model.rows[index.row()].finding.where)

    def add_own_actions(self, menu: QMenu) -> None:
        """Heatmap, what-if, saving."""
        finding = self.current_finding()
        where = {} if finding is None else finding.where
        heatmap = menu.addAction(tr("Show in the heatmap"), lambda: cause_acts.show_in_heatmap(self.desk, where))
        heatmap.setEnabled(cause_acts.can_show_in_heatmap(self.desk, where))
        for button in (self.repair_button, self.save_button, self.saved_button):
            action = menu.addAction(button.text(), button.click)
            action.setEnabled(button.isEnabled())
        menu.addSeparator()

    def _choose_measure(self, name: str) -> None:
        if name != self.desk.cause.state.measure or self.desk.cause.state.error:
            self.desk.cause.ask(name)

    def _repair(self) -> None:
        finding = self.current_finding()
        if finding is not None:
            cause_acts.ask_repair(self.desk, finding)

    def _save(self) -> None:
        from docops_desktop.ui.panels.cause_findings import SaveFindingDialog

        finding = self.current_finding()
        if finding is not None:
            SaveFindingDialog(self.desk, finding, self).open()

    def _show_saved(self) -> None:
        from docops_desktop.ui.panels.cause_findings import SavedFindingsDialog

        SavedFindingsDialog(self.desk, self.window()).open()


def measures() -> dict[str, str]:
    """Return what can be explained, by name."""
    return {
        "conversions": tr("Conversions"),
        "conversion_rate": tr("Conversion rate"),
        "revenue": tr("Revenue"),
        "sessions": tr("Sessions"),
        "load_p75": tr("Load time"),
    }


def compared_lines(result: ExplainResult, zone: str) -> tuple[str, ...]:
    """Return the window and what it was compared with."""
    window = tr("all data") if result.window is None else fmt.span(result.window, zone)
    lines = [tr("Window: {span} ({zone})").format(span=window, zone=zone)]
    if not result.baseline:
        lines.append(tr("Compared with the rest of the sessions"))
        return tuple(lines)
    spans = "; ".join(fmt.span(span, zone) for span in result.baseline[:2])
    more = tr(" and {n} more").format(n=len(result.baseline) - 2) if len(result.baseline) > 2 else ""
    text = tr("Baseline: {kind} ({spans}); n = {n}")
    kind = "" if result.window is None else baseline_text(result.window, result.baseline, zone)
    return (*lines, text.format(kind=kind, spans=spans + more, n=sessions(result.baseline_sessions)))


def nothing_text(result: ExplainResult) -> str:
    """Return that nothing stands out, and the largest loss that could have been missed; or why nothing could be searched."""
    if not result.searched:
        return "\n\n".join((f"○ {sentence(result.answer)}", *result.warnings))
    lines = [f"● {tr('Nothing stands out.')}"]
    if result.missed is not None:
        loss = loss_text(result.measure, result.missed, result.currency)
        text = tr("The largest loss in one combination that could have been missed: {loss}.")
        if result.missed_effect is not None:
            text = tr(
                "The largest loss in one combination that could have been missed: {loss}, {effect} of what was to be expected there."
            )
        lines.append(text.format(loss=loss, effect=fmt.percent(abs(result.missed_effect or 0.0), 0)))
    if result.window is not None and not result.baseline:
        lines.append(tr("Compared with earlier days, the window would show smaller losses: choose a baseline."))
    lines.append(
        tr("Searched {combinations} of {dimensions} in {n}.").format(
            combinations=tr_n(result.combinations, "%n combination", "%n combinations", fmt.count(result.combinations)),
            dimensions=tr_n(len(result.searched), "%n dimension", "%n dimensions"),
            n=sessions(result.sessions),
        )
    )
    return "\n\n".join((*lines, *result.warnings))


def sentence(text: str) -> str:
    """Return the text as a sentence."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
