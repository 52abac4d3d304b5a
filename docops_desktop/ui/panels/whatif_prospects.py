"""What each slider would do: all pages and each page group 100 ms faster, one row each. It stands in the answer's place while no change is set.

Asks the desk and words what comes; a row sets its change. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.whatif import WhatIfResult
from docops_desktop.model.errors import RequestError
from docops_desktop.model.presets import HUNDRED_MS
from docops_desktop.model.scenario import ALL_PAGES, Change, Scenario
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.table_view import fit_columns, make_table
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.columns import Column
from docops_desktop.ui.models.scenarios_model import standing_column
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.models.whatif_model import delta, raw_of
from docops_desktop.ui.panels.whatif_row import Who
from docops_desktop.ui.widgets import label

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

_WAITING = Estimate(None)


@dataclass(frozen=True, slots=True)
class Prospect:
    """One row: the change, and its answer, None while it is being computed; ``error``: why there can't be one."""

    change: Change
    answer: WhatIfResult | None = None
    error: str = ""

    @property
    def name(self) -> str:
        """Whose pages."""
        return Who(self.change.page_groups[0]).label()

    @property
    def reason(self) -> str:
        """Why there is no figure."""
        if self.answer is None:
            return self.error or tr("being computed")
        return self.answer.conversions.reason


class Prospects(QWidget):
    """The table of prospects.

    Signals: ``chosen`` with the change of a row that was activated; ``answered`` when the answers have come.
    """

    chosen = Signal(object)
    answered = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.rows: tuple[Prospect, ...] = ()
        title = tr("What 100 ms would be worth")
        self.model: TableModel[Prospect] = TableModel(lambda row: row.change.page_groups, parent=self)
        self.table = make_table(self.model, title, lines=2)
        self.table.activated.connect(self._activated)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(label(title, "title"))
        layout.addWidget(label(tr("Each row alone. Enter or a double click sets it."), "small"))
        layout.addWidget(self.table, 1)

    @property
    def waiting(self) -> bool:
        """Answers are still to come."""
        return any(row.answer is None and not row.error for row in self.rows)

    @property
    def whole(self) -> WhatIfResult | None:
        """The answer to all pages 100 ms faster."""
        return next((row.answer for row in self.rows if row.change in HUNDRED_MS), None)

    @property
    def refusal(self) -> str:
        """Why there is no answer for anybody, "" where there is one, or may be."""
        told = {row.reason for row in self.rows}
        unanswered = all(row.error or (row.answer and row.answer.conversions.value is None) for row in self.rows)
        return " ".join(sorted(told)) if self.rows and unanswered and len(told) == 1 else ""

    def ask(self, page_groups: Sequence[str]) -> None:
        """Show what is asked, and ask."""
        changes = tuple(Change((group,), "ms", -100.0) for group in (ALL_PAGES, *page_groups))
        if changes != tuple(row.change for row in self.rows):
            self._show(tuple(Prospect(change) for change in changes))
        scenarios = tuple(Scenario("", (change,)) for change in changes)
        self._desk.scenarios.compare(scenarios, lambda answers: self._take(changes, answers))

    def wait(self) -> None:
        """The figures are about another selection than the one that is set now: say that they are being computed."""
        self._show(tuple(Prospect(row.change) for row in self.rows))

    def clear(self) -> None:
        """Forget the rows: they are about another selection."""
        self.rows = ()
        self.model.set_table(self.model.columns, ())

    def _take(self, changes: tuple[Change, ...], answers: tuple[WhatIfResult | RequestError, ...]) -> None:
        if not isValid(self) or changes != tuple(row.change for row in self.rows):
            return
        pairs = zip(changes, answers, strict=True)
        self._show(
            tuple(
                Prospect(change, None, str(answer)) if isinstance(answer, RequestError) else Prospect(change, answer)
                for change, answer in pairs
            )
        )
        self.answered.emit()

    def _show(self, rows: tuple[Prospect, ...]) -> None:
        self.rows = rows
        currency = next((row.answer.currency for row in rows if row.answer is not None), "")
        self.model.set_table(columns(rows, currency), rows)
        self.fit()

    def fit(self) -> None:
        """Give the columns the widths that they need."""
        if self.model.columns:
            fit_columns(self.table, 0, 96)

    def height_of_rows(self) -> int:
        """The height at which no row is hidden."""
        inside = self.table.verticalHeader().length() + self.table.horizontalHeader().sizeHint().height() + 4
        return self.sizeHint().height() - self.table.sizeHint().height() + inside

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the room to the names."""
        super().resizeEvent(event)
        self.fit()

    def _activated(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self.model.rows):
            self.chosen.emit(self.model.rows[index.row()].change)


def columns(rows: Sequence[Prospect], currency: str) -> tuple[Column[Prospect], ...]:
    """Return the columns, worded for these rows."""

    def estimates(name: str) -> tuple[Callable[[Prospect], Estimate], Callable[[Prospect], Estimate]]:
        return (
            lambda row: getattr(row.answer, name) if row.answer else _WAITING,
            lambda row: (
                raw_of(getattr(row.answer, f"raw_{name}"), getattr(row.answer, f"raw_{name}_estimate"))
                if row.answer
                else _WAITING
            ),
        )

    def who(row: Prospect) -> tuple[str, str]:
        return row.name, row.reason

    return (
        Column(
            "page_group",
            tr("100 ms faster"),
            tr("All pages, or this page group alone."),
            lambda row: row.name,
            lambda row: row.name.casefold(),
            numeric=False,
        ),
        delta("conversions", tr("Conversions"), rows, *estimates("conversions"), fmt.count, who),
        delta("revenue", tr("Revenue"), rows, *estimates("revenue"), lambda value: fmt.money(value, currency), who),
        standing_column(lambda row: fmt.prose(row.answer.statement) if row.answer else row.reason),
    )
