"""The page ranking: which page groups cost most, how sure that is, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from docops_desktop.analysis.results.pages import PageRow, PagesResult
from docops_desktop.model.errors import KnownError
from docops_desktop.ui import format as fmt
from docops_desktop.ui.count_words import page_views
from docops_desktop.ui.dialogs.page_story import PageStoryDialog, open_story, question
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.models import pages_model
from docops_desktop.ui.models.pages_model import RankedPage, status_word
from docops_desktop.ui.models.sheet import Cell, Sheet
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.panels.table_panel import TablePanel
from docops_desktop.ui.widgets import push_button

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk
    from docops_desktop.engine.state import Results


class PagesPanel(TablePanel):
    """Page groups, worst first; a click keeps one."""

    panel_id: ClassVar[str] = "pages"
    narrowest: ClassVar[int] = 118

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        definition = tr(
            "Page groups by what they lose against a target load time, worst first. The figures are adjusted and carry a 95 % interval; the raw ones "
            "stand beside them. Click a row to keep it, Ctrl+click to add one, Return and Delete keep and exclude."
        )
        super().__init__(desk, tr("Page ranking"), definition, parent)
        self.make_view(TableModel(lambda row: (row.page.page_group,), parent=self), lines=2)
        self._ranks: dict[str, int] = {}
        self.tools.addStretch(1)
        self.why_button = push_button(tr("Why?"), self.explain, "quiet")
        self.why_button.setToolTip(tr("Why does the page group under the cursor have its status? (Alt+Return)"))
        self.tools.addWidget(self.why_button)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._enable())
        self._enable()
        self.connect_desk()

    def dimensions(self) -> tuple[str, ...]:
        """Rows are page groups."""
        return ("page_group",)

    def stretched_column(self) -> int:
        """The name."""
        return 1

    def page_under_cursor(self) -> PageRow | None:
        """Return the row under the cursor; without one the first row is meant."""
        place = max(self.table.currentIndex().row(), 0)
        return self.model.rows[place].page if place < len(self.model.rows) else None

    def explain(self) -> PageStoryDialog | None:
        """Open the explanation of the row under the cursor."""
        page = self.page_under_cursor()
        try:
            return None if page is None else open_story(self.desk, page.page_group, self.stamp()[1:], self)
        except KnownError as error:
            self.tell(error)
            return None

    def _enable(self) -> None:
        self.why_button.setEnabled(self.page_under_cursor() is not None)

    def add_own_actions(self, menu: QMenu) -> None:
        """Offer the explanation."""
        page = self.page_under_cursor()
        if page is not None:
            menu.addAction(f"{question(page.page_group, page.status)}\tAlt+Return").triggered.connect(
                lambda _=False: self.explain()
            )
            menu.addSeparator()

    def _act_on(self, event: QKeyEvent) -> bool:
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if alt and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.explain()
            return True
        return super()._act_on(event)

    def read(self, results: Results) -> Any:
        """The ranking has a place of its own in the results."""
        return results.pages

    def show_result(self, result: PagesResult) -> None:
        """Show a ranking."""
        before = [column.name for column in self.model.columns]
        with self.same_row():
            groups = tuple(row.page_group for row in result.rows) if self._previews else None
            rows = pages_model.ranked(result, self._ranks)
            self.model.set_table(pages_model.columns(result, self.currency), rows, steady=groups)
        if not pages_model.is_moving(result):
            self._ranks = {row.page.page_group: row.rank for row in rows if row.rank is not None}
        for name in ("conversions_at_stake", "revenue_at_stake"):
            column = [c.name for c in self.model.columns].index(name)
            useless = name == "revenue_at_stake" and all(row.revenue_at_stake.value is None for row in result.rows)
            self.table.setColumnHidden(column, useless and result.ranked_by != name)
        if not before:
            self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
            self.fit()
        elif not self._previews:
            self.fit_soon()
        self.selection_changed(self.desk.selection)
        self._enable()

    def empty_text(self) -> str:
        """No page groups: nothing matches."""
        return "" if self.result.rows else self.nothing_matches()

    def n_text(self) -> str:
        """Page views behind the ranking."""
        views = sum(row.page_views for row in self.result.rows)
        n = tr("n = {n}").format(n=page_views(views))
        return tr("{n} · first estimate").format(n=n) if self.result.first_estimate else n

    def n_tip(self) -> str:
        """How the figures were found."""
        method = (f"{name}: {text}" for name, text in self.result.method.items())
        return "\n".join((*self.result.warnings, *method))

    def description(self) -> str:
        """Name the worst."""
        if self.result is None or not self.result.rows:
            return tr("The ranking is empty.")
        red = [row.page_group for row in self.result.rows if row.status == "red"]
        worst = self.result.rows[0]
        by_revenue = self.result.ranked_by == "revenue_at_stake"
        stake = worst.revenue_at_stake if by_revenue else worst.conversions_at_stake
        text = tr("{groups}, worst first. {worst}: {stake} at stake ({status}).").format(
            groups=tr_n(len(self.result.rows), "%n page group", "%n page groups"),
            worst=worst.page_group,
            stake=fmt.interval(stake, self._money if by_revenue else fmt.count, plus=False),
            status=status_word(worst.status),
        )
        return f"{text} {tr('Act on: {names}.').format(names=', '.join(red))}" if red else text

    def _money(self, value: float) -> str:
        return fmt.money(value, self.currency)

    def people_of(self, row: int) -> int | None:
        """Sessions that saw the group."""
        return self.model.rows[row].page.sessions

    def sheet(self) -> Sheet | None:
        """Everything that the rows hold."""
        if self.result is None:
            return None
        rows: tuple[RankedPage, ...] = pages_model.ranked(self.result)
        notes = (*self.result.warnings, *(f"{name}: {text}" for name, text in self.result.method.items()))
        people = tuple(row.page.sessions for row in rows)
        return Sheet(self.title, _HEADERS, tuple(_cells(row) for row in rows), people, notes=notes)


_HEADERS = (
    "rank", "page_group", "status", "page_views", "share", "sessions", "exposed_sessions", "conversions", "conversion_rate", "revenue",
    "load_p50_ms", "load_p75_ms", "load_p95_ms", "impact_score", "impact_score_p", "target_ms",
    "conversions_at_stake", "conversions_at_stake_low", "conversions_at_stake_high", "raw_conversions_at_stake",
    "revenue_at_stake", "revenue_at_stake_low", "revenue_at_stake_high", "raw_revenue_at_stake", "why",
)  # fmt: skip


def _cells(row: RankedPage) -> tuple[Cell, ...]:
    page: PageRow = row.page
    conversions, revenue = page.conversions_at_stake, page.revenue_at_stake
    return (
        row.rank, page.page_group, page.status, page.page_views, page.share, page.sessions, page.exposed, page.conversions, page.conversion_rate, page.revenue,
        page.load_p50, page.load_p75, page.load_p95, page.impact_score, page.impact_score_p, page.target_ms,
        conversions.value, conversions.low, conversions.high, page.raw_conversions_at_stake,
        revenue.value, revenue.low, revenue.high, page.raw_revenue_at_stake, page.why,
    )  # fmt: skip
