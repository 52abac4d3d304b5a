"""The page groups with their status: shape, colour and word, speed, and what is at stake. A click keeps only that page group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import Theme, current_theme, on_theme_changed
from docops_desktop.ui.widgets import frame, label

if TYPE_CHECKING:
    from docops_desktop.analysis.results.pages import PageRow, PagesResult

LOOSEST = 1.6
"""How many times the usual height a row has at most where there is room."""
NUMBERS_FROM = 2
"""Columns from this one on hold figures."""


class StatusList(QWidget):
    """Page groups, worst first.

    Args:
        choose: gets the page group that was activated.
    """

    def __init__(self, choose: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[PageRow] = ()
        self._by_revenue, self._currency = True, ""
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        panel = frame("panel", tr("Page groups by status"))
        outer.addWidget(panel)
        layout = QVBoxLayout(panel)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.addWidget(label(tr("Page groups"), "title"))
        self._note = label("", "small", wrap=True)
        layout.addWidget(self._note)
        self._table = QTableWidget(0, 4)
        self._table.setAccessibleName(tr("Page groups by status"))
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setShowGrid(False)
        self._table.setTabKeyNavigation(False)  # Tab leads out of the table
        self._table.setWordWrap(False)  # a second line would not show
        self._table.verticalHeader().hide()
        self._table.itemActivated.connect(lambda item: choose(self._rows[item.row()].page_group))
        self._table.itemDoubleClicked.connect(lambda item: choose(self._rows[item.row()].page_group))
        layout.addWidget(self._table, 1)
        self._row_height = 0
        on_theme_changed(self, self.dress)

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours and row height."""
        self._row_height = theme.spacing.row + 4
        self._fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the rows use the height that there is."""
        super().resizeEvent(event)
        self._spread()

    def _spread(self) -> None:
        room = self._table.viewport().height() // max(len(self._rows), 1)
        height = min(max(room, self._row_height), round(LOOSEST * self._row_height))
        for number in range(self._table.rowCount()):
            self._table.setRowHeight(number, height)

    def show_pages(self, pages: PagesResult | None, currency: str) -> None:
        """Show a ranking."""
        self._rows = () if pages is None else pages.rows
        self._by_revenue = pages is None or pages.ranked_by == "revenue_at_stake"
        self._currency = currency
        reds = sum(row.status == "red" for row in self._rows)
        ambers = sum(row.status == "amber" for row in self._rows)
        words = tr("{red} to act on, {amber} to watch, of {all}. Enter keeps only that page group.")
        if pages is not None and pages.first_estimate:
            words = f"{words} {tr('First estimate.')}"
        text = words.format(red=reds, amber=ambers, all=len(self._rows)) if self._rows else tr("Nothing to rank yet.")
        if self._rows and all(row.status == "n/a" for row in self._rows):
            text = fmt.prose(self._rows[0].why)
        self._note.setText(text)
        self._fill()

    def _fill(self) -> None:
        stake = tr("Revenue at stake") if self._by_revenue else tr("Conversions at stake")
        self._table.setHorizontalHeaderLabels([tr("Status"), tr("Page group"), tr("Load p75"), stake])
        header = self._table.horizontalHeader()
        for column in range(4):
            side = Qt.AlignmentFlag.AlignRight if column >= NUMBERS_FROM else Qt.AlignmentFlag.AlignLeft
            title = self._table.horizontalHeaderItem(column)
            if title is not None:
                title.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        # Measured once at the end: a header that follows its contents measures all rows at every cell.
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._table.setRowCount(len(self._rows))
        for number, row in enumerate(self._rows):
            for column, item in enumerate(self._items(row)):
                self._table.setItem(number, column, item)
        self._spread()
        self._table.resizeColumnsToContents()
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)

    def _items(self, row: PageRow) -> tuple[QTableWidgetItem, ...]:
        style = current_theme().status[row.status]
        status = QTableWidgetItem(f"{style.glyph} {tr(style.word)}")
        status.setForeground(QColor(style.colour))
        group = QTableWidgetItem(row.page_group)
        load = _right(fmt.duration(row.load_p75))
        estimate = row.revenue_at_stake if self._by_revenue else row.conversions_at_stake
        wording = (lambda value: fmt.money(value, self._currency)) if self._by_revenue else fmt.count
        stake = _right(fmt.interval(estimate, wording, plus=False))
        for item in (status, group, load, stake):
            item.setToolTip(fmt.prose(row.why))
        return status, group, load, stake


def _right(text: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item
