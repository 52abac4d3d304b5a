"""The what-if: sliders for all pages, each big page group and segments, the answer while they move, and its parts.

Moving asks (cheap); releasing sets the scenario, which is what undo takes back and the workspace keeps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QScrollArea, QTextBrowser, QWidget

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.support import WhatIfReady
from docops_desktop.analysis.results.whatif import WhatIfPart, WhatIfResult
from docops_desktop.model.scenario import ALL_PAGES, Change, Scenario, Segment
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.table_view import fit_columns, make_table
from docops_desktop.ui.count_words import no_sessions
from docops_desktop.ui.dialogs.evidence import EvidenceDialog, checks_html, others_html
from docops_desktop.ui.dialogs.segment_editor import SegmentEditor, choose_segment
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models import whatif_model
from docops_desktop.ui.models.sheet import Cell, Sheet
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.panels.chooser import Chooser
from docops_desktop.ui.panels.dimension_choices import dimension_choices
from docops_desktop.ui.panels.panel import Panel
from docops_desktop.ui.panels.whatif_answer import Answer, adjusted_text
from docops_desktop.ui.panels.whatif_prospects import Prospects
from docops_desktop.ui.panels.whatif_row import TRAVELS, WhatIfRow, Who
from docops_desktop.ui.panels.whatif_scenarios import ScenarioMenu
from docops_desktop.ui.theme import Theme, current_theme, set_role
from docops_desktop.ui.widgets import beside_icon, push_button

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from docops_desktop.engine.desk import Desk
    from docops_desktop.engine.state import Results, ViewSettings, WorkspaceInfo
    from docops_desktop.model.selection import Selection

TOP_GROUPS = 12
_NAMES = 84
"""Least width of the rows' names, in pixels at the usual type size, as the two below."""
_NARROW = 540
"""Below this width of the panel, what has an icon shows only that."""
_WRITE_MS = 150
_PARTS = 110
"""Height that the parts of an answer have at least, if they need as much."""
_PROSPECTS = 190
"""Least height of the table of what each slider would do, and of what others measured beneath it."""
_ROOMY = 1000
"""From this height of the panel on, the checks behind the answer stand beneath it."""
_FIRST = 1000
"""A share beside which the others only get what is left."""
_UNBOUND = (1 << 24) - 1
"""Qt's greatest height of a widget."""
_BESIDE = 1150
"""From this width on, what others measured stands beside what each slider would do."""


class WhatIfPanel(Panel):
    """What faster pages would be worth."""

    panel_id: ClassVar[str] = "whatif"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        definition = tr(
            "Changes of load time by page group and what they would do to conversions and revenue of the sessions selected, adjusted for who the visitors "
            "are, with 95 % intervals. Only inside the observed range of load times. A change of a page group takes the place of that for all pages."
        )
        super().__init__(desk, tr("What if"), definition, parent)
        self.rows: list[WhatIfRow] = []
        self.answer = Answer(self.explain)
        self.slider_box = QScrollArea()
        self.slider_box.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it takes it
        self.slider_box.setAccessibleName(tr("Sliders of page groups"))
        self.by_box = Chooser(tr("Parts by"), {}, self._choose_by)
        self.scenario_menu = ScenarioMenu(desk, self)
        self.segment_button = push_button(tr("Segment…"), self.choose_segment, "quiet", "add")
        self.segment_button.setToolTip(
            tr("Change only a segment, for example one carrier to the median of everybody else")
        )
        self.reset_button = push_button(tr("Reset"), lambda: self._set_scenario(()), "quiet")
        self.tools.addStretch(1)
        for widget in (self.scenario_menu, self.segment_button, self.by_box, self.reset_button):
            self.tools.addWidget(widget)
        self._make_parts()
        self.add_to_body(self.answer)
        self.add_to_body(self.slider_box, _FIRST)
        self.add_to_body(self.table, 9)
        self.prospects = Prospects(desk)
        self.prospects.chosen.connect(lambda change: self._set_scenario((change,)))
        self.prospects.answered.connect(self._prospects_came)
        self.checks = QTextBrowser()
        set_role(self.checks, "plain")
        self.checks.document().setDocumentMargin(0)
        self.checks.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.checks.setAccessibleName(tr("How far the answer may be relied on"))
        self.below = QWidget()
        self._below = QBoxLayout(QBoxLayout.Direction.TopToBottom, self.below)
        self._below.setContentsMargins(0, 0, 0, 0)
        self._below.addWidget(self.prospects)
        self._below.addWidget(self.checks)
        self.add_to_body(self.below, 12)
        self._writer = QTimer(self)  # a slider that moves asks sixty times a second
        self._writer.setSingleShot(True)
        self._writer.setInterval(_WRITE_MS)
        self._writer.timeout.connect(self._write_late)
        self._unwritten = False
        self._body_layout.addStretch(0)
        self._whos: tuple[Who, ...] = ()
        self._kept: tuple[Who, ...] = ()
        self._make_rows(desk.scenario)
        ends = [
            desk.subscribe("whatif", self._take_answer),
            desk.subscribe("whatif_model", self._take_support),
            desk.subscribe("scenario", self._take_scenario),
            desk.subscribe("workspace", self._workspace_changed),
        ]
        self.destroyed.connect(lambda: [end() for end in ends] and None)
        self.connect_desk()
        self._workspace_changed(desk.workspace_info)
        self._take_answer(desk.whatif)

    def _make_parts(self) -> None:
        self.model: TableModel[WhatIfPart] = TableModel(lambda part: (part.key,), parent=self)
        self.table = make_table(self.model, tr("Parts of the answer"), lines=2)
        self.view = self.table

    # --- sliders

    def _make_rows(self, scenario: Scenario) -> None:
        """Offer all pages, the segments that the scenario names, and the page groups that are big or named."""
        info = self.desk.workspace_info
        biggest = info.dictionaries.get("page_group", ())[:TOP_GROUPS] if info is not None else ()
        by_who = {Who(group, change.segment): change for change in scenario.changes for group in change.page_groups}
        plain = (who for who in by_who if who.segment is None)
        segments = (who for who in by_who if who.segment is not None)
        whos = tuple(dict.fromkeys((Who(ALL_PAGES), *self._kept, *segments, *map(Who, biggest), *plain)))
        if whos != self._whos:
            self._whos = whos
            self._build_rows(whos)
        for row in self.rows:
            change = by_who.get(row.who)
            row.show_change(None if change is None else replace(change, page_groups=(row.page_group,)))
        self.reset_button.setEnabled(bool(scenario.changes))

    def _build_rows(self, whos: tuple[Who, ...]) -> None:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(2, 6, 8, 6)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        grid.setRowStretch(len(whos), 1)
        for row in self.rows:
            row.deleteLater()
        self.rows = [WhatIfRow(who, grid, i, self) for i, who in enumerate(whos)]
        for row in self.rows:
            row.moved.connect(self._moved)
            row.released.connect(self._released)
            row.removed.connect(lambda row=row: self._remove(row.who))
        self._take_support(self.desk.whatif_ready)
        old = self.slider_box.takeWidget()  # may hold the very slider or button whose signal leads here
        if old is not None:
            old.hide()
            old.deleteLater()
        self.slider_box.setWidget(holder)
        self.slider_box.setWidgetResizable(True)
        self.slider_box.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fit_sliders(current_theme())

    def _fit_sliders(self, theme: Theme) -> None:
        """No more room than all sliders need, and some in any case."""
        holder = self.slider_box.widget()
        grid = holder.layout() if holder is not None else None
        if isinstance(grid, QGridLayout):
            grid.setColumnMinimumWidth(0, theme.px(_NAMES))
            grid.activate()
            self.slider_box.setMinimumHeight(theme.px(90))
            self.slider_box.setMaximumHeight(grid.sizeHint().height() + 4)

    def choose_segment(self) -> SegmentEditor | None:
        """Ask for a segment and bring it to the others on all pages."""
        info = self.desk.workspace_info
        return None if info is None else choose_segment(self, info.dictionaries, self.add_segment)

    def add_segment(self, segment: Segment) -> None:
        """Bring a segment to the median of everybody else, as one step; its row offers the other kinds."""
        change = Change((ALL_PAGES,), "to_rest", float(TRAVELS["to_rest"].first), segment)
        others = tuple(c for c in self.desk.scenario.changes if (c.page_groups, c.segment) != ((ALL_PAGES,), segment))
        self._set_scenario((*others, change))

    def _remove(self, who: Who) -> None:
        self._set_scenario(
            tuple(c for c in self.changes() if (c.page_groups, c.segment) != ((who.page_group,), who.segment))
        )
        self._make_rows(
            self.desk.scenario
        )  # a row that stood at nothing is no part of the scenario, and goes all the same

    def _take_support(self, ready: WhatIfReady | None) -> None:
        for row in self.rows:
            row.set_support(None if ready is None else ready.support.get(row.page_group))
        self._ask_prospects()

    def _ask_prospects(self) -> None:
        """While no change is set: what each slider would do."""
        if self.desk.scenario.changes or not self.isVisible():
            return
        groups = tuple(row.page_group for row in self.rows if row.who.segment is None and row.page_group != ALL_PAGES)
        if groups:
            self.prospects.ask(groups)
            self._arrange()

    def _prospects_came(self) -> None:
        if self.result is None:
            self.answer.clear(self.prospects.refusal, self.prospects.whole)
        self._arrange()

    def changes(self) -> tuple[Change, ...]:
        """Return what the sliders say, all pages first: a change of one group takes its place there, one of a segment both."""
        found = [change for row in self.rows if (change := row.change()) is not None]
        return tuple(sorted(found, key=lambda change: change.segment is not None))

    def _moved(self) -> None:
        self.desk.what_if(self.changes())

    def _released(self) -> None:
        # a segment whose slider was pushed back to nothing keeps its row
        self._kept = tuple(who for who in self._whos if who.segment is not None)
        self._set_scenario(self.changes())
        self._kept = ()

    def _set_scenario(self, changes: tuple[Change, ...]) -> None:
        if changes != self.desk.scenario.changes:
            self.desk.set_scenario(Scenario(self.desk.scenario.name, changes))

    # --- what the desk tells

    def read(self, _results: Results) -> Any:
        """The answer comes by a topic of its own."""
        return None

    def _take_answer(self, result: WhatIfResult | None) -> None:
        if result is not None:
            self.present(result)
            return
        self._result = None
        self.answer.clear(self.prospects.refusal, self.prospects.whole)
        self.n_label.clear()
        self.model.set_table(self.model.columns, ())
        self._ask_prospects()
        self._arrange()
        self._describe()

    def _take_scenario(self, scenario: Scenario) -> None:
        self._make_rows(scenario)

    def explain(self) -> EvidenceDialog | None:
        """Open what explains the answer."""
        if self.result is None:
            return None
        dialog = EvidenceDialog(self.desk, self.result, self)
        dialog.show()
        return dialog

    def _workspace_changed(self, info: WorkspaceInfo | None) -> None:
        if info is None:
            self.say(tr("No workspace is open"))
        else:
            self.say("" if info.sessions else no_sessions(info))
        self.prospects.clear()
        self.by_box.set_choices(dimension_choices(info, (self.desk.view.whatif_by,)))
        self.by_box.choose(self.desk.view.whatif_by)
        self._make_rows(self.desk.scenario)

    def view_changed(self, view: ViewSettings) -> None:
        """Take over the breakdown."""
        self.by_box.choose(view.whatif_by)

    def _choose_by(self, name: str) -> None:
        if name != self.desk.view.whatif_by:
            self.desk.set_view(whatif_by=name)

    def selection_changed(self, _selection: Selection) -> None:
        """What each slider would do is another question now."""
        self.prospects.wait()

    # --- showing

    def show_result(self, result: WhatIfResult) -> None:
        """Show an answer."""
        self.answer.show_result(result)
        # by what doesn't change while a slider moves, so that rows stay where they are
        self.model.set_table(whatif_model.columns(result), sorted(result.parts, key=lambda part: -part.sessions))
        self.fit()
        self._arrange()

    def _arrange(self) -> None:
        """Show what there is to show, and the checks where there is room."""
        answered, px = self.result is not None, current_theme().px
        self.table.setVisible(answered)
        left = self.height() - px(60) - self.answer.sizeHint().height() - self.slider_box.maximumHeight()
        prospects = not answered and bool(self.prospects.rows) and not self.prospects.refusal and left >= px(_PROSPECTS)
        tall = self.height() >= px(_ROOMY)
        beside = prospects and tall and self.width() >= px(_BESIDE)
        roomy = tall and (
            answered or beside or (prospects and left - self.prospects.height_of_rows() >= px(_PROSPECTS))
        )
        self._arrange_below(prospects=prospects, checks=roomy, beside=beside)
        rows = self._rows_height()
        self.table.setMinimumHeight(min(px(_PARTS), rows))
        self.table.setMaximumHeight(rows)
        self._unwritten = roomy
        if roomy and not self._writer.isActive():
            self._write_late()

    def _arrange_below(self, *, prospects: bool, checks: bool, beside: bool) -> None:
        """Show what each slider would do and the checks, those that are to be shown, side by side or one above the other."""
        self.prospects.setVisible(prospects)
        self.checks.setVisible(checks)
        self.below.setVisible(prospects or checks)
        across = QBoxLayout.Direction
        self._below.setDirection(across.LeftToRight if beside else across.TopToBottom)
        self._below.setSpacing(current_theme().px(24) if beside else 4)
        shares = (11, 10) if beside else (40, 12)
        for place, share in enumerate(shares):
            self._below.setStretch(place, share)
        whole = self.prospects.height_of_rows()
        self.prospects.setMaximumHeight(_UNBOUND if beside else whole)
        self.below.setMaximumHeight(_UNBOUND if checks else whole)

    def _rows_height(self) -> int:
        header, bar = self.table.horizontalHeader(), self.table.horizontalScrollBar()
        scrolls = header.length() > self.table.viewport().width()
        rows = self.table.verticalHeader().length() + header.sizeHint().height() + 4
        return rows + bar.sizeHint().height() if scrolls else rows

    def _write_late(self) -> None:
        if self._unwritten:
            self._unwritten = False
            result = self.result
            self.checks.setHtml(others_html(self.prospects.whole) if result is None else checks_html(result))
            self._writer.start()

    def fit(self) -> None:
        """Give the columns the widths that they need."""
        if self.model.columns:
            fit_columns(self.table, 0, 84)

    def theme_changed(self, theme: Theme) -> None:
        """Paint the cells anew, and give sliders and table the room that the type needs."""
        self.model.retranslate()
        self._fit_sliders(theme)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what is shown only here."""
        super().showEvent(event)
        self._ask_prospects()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the room to the names."""
        super().resizeEvent(event)
        self.segment_button.setText(beside_icon("" if self.width() < current_theme().px(_NARROW) else tr("Segment…")))
        self.fit()
        self._arrange()

    def n_text(self) -> str:
        """The line below the figures has it."""
        return ""

    def description(self) -> str:
        """Tell the answer in words."""
        if self.result is None:
            return fmt.prose(self.prospects.refusal) or tr("No change is set. Move a slider.")
        result: WhatIfResult = self.result
        text = tr("{changes}: conversions {conversions}, revenue {revenue}. {method}").format(
            changes="; ".join(change.text() for change in result.changes),
            conversions=_worded(result.conversions, fmt.count),
            revenue=_worded(result.revenue, lambda value: fmt.money(value, result.currency)),
            method=adjusted_text(result),
        )
        return " ".join((text, *result.warnings))

    def sheet(self) -> Sheet | None:
        """One row per part, the whole first."""
        if self.result is None:
            return None
        result: WhatIfResult = self.result
        notes = ("; ".join(change.text() for change in result.changes), adjusted_text(result), *result.warnings)
        whole = ("Total", result.sessions, *_cells(result), "")
        rows = tuple((part.key, part.sessions, *_cells(part), part.reason) for part in result.parts)
        headers = (result.by, *_HEADERS)
        return Sheet(self.title, headers, rows, tuple(part.sessions for part in result.parts), (whole,), notes)


_HEADERS = (
    "sessions", "conversions", "conversions_low", "conversions_high", "raw_conversions",
    "revenue", "revenue_low", "revenue_high", "raw_revenue", "reason",
)  # fmt: skip


def _cells(part: WhatIfPart | WhatIfResult) -> tuple[Cell, ...]:
    c, r = part.conversions, part.revenue
    return (c.value, c.low, c.high, part.raw_conversions, r.value, r.low, r.high, part.raw_revenue)


def _worded(estimate: Estimate, wording: Any) -> str:
    return fmt.with_reason(fmt.interval(estimate, wording), estimate.reason)
