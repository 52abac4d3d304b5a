"""Edits the ordered URL rules that give a page its page group: the first pattern that matches a path wins. A trial path shows which."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from docops_desktop.model.definitions import PageRule, page_group_of
from docops_desktop.model.errors import RequestError
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import Theme, on_theme_changed
from docops_desktop.ui.widgets import label, row, tool_button


class PageRulesEditor(QWidget):
    """A table of pattern and page group; ``changed`` after every edit."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = QTableWidget(0, 2)
        self._table.setAccessibleName(tr("Page rules"))
        self._table.setHorizontalHeaderLabels([tr("Path matches"), tr("Page group")])
        self._table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._table.setWordWrap(False)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setShowGrid(False)
        self._table.setTabKeyNavigation(False)
        self._table.itemChanged.connect(lambda _: self._edited())
        buttons = (
            tool_button("add", tr("Add a rule"), self.add),
            tool_button("trash", tr("Remove the chosen rule"), self.remove),
            tool_button("up", tr("Move the chosen rule up"), lambda: self.move_rule(-1)),
            tool_button("down", tr("Move the chosen rule down"), lambda: self.move_rule(1)),
        )
        self._trial = QLineEdit()
        self._trial.setPlaceholderText(tr("Try a path, for example /product/123"))
        self._trial.setAccessibleName(tr("Try a path"))
        self._trial.textChanged.connect(lambda _: self._try())
        self._answer = label("", "small", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._table, 1)
        layout.addLayout(row(*buttons, 8, self._trial, gap=2))
        layout.addWidget(self._answer)
        on_theme_changed(self, self._dress)

    def _dress(self, theme: Theme) -> None:
        rows = self._table.verticalHeader()
        rows.setDefaultSectionSize(theme.spacing.row)
        self._table.setMinimumHeight(5 * theme.spacing.row)

    def set_rules(self, rules: tuple[PageRule, ...]) -> None:
        """Show these rules."""
        self._table.blockSignals(True)
        self._table.setRowCount(0)
        for rule in rules:
            self._append(rule.pattern, rule.page_group)
        self._table.blockSignals(False)
        self._try()

    def rules(self) -> tuple[PageRule, ...]:
        """Return the rules as edited; empty lines are left out.

        Raises:
            RequestError: a pattern is no regular expression, or a rule names no page group.
        """
        found = []
        for number in range(self._table.rowCount()):
            pattern, group = (self._text(number, column) for column in (0, 1))
            if not pattern and not group:
                continue
            if not pattern or not group:
                raise RequestError(tr("rule {n} is not complete").format(n=number + 1), fix=tr("Fill in both columns"))
            found.append(PageRule(pattern, group))
        return tuple(found)

    def add(self) -> None:
        """Add an empty rule after the chosen one and edit it."""
        at = self._table.currentRow() + 1 if self._table.currentRow() >= 0 else self._table.rowCount()
        self._table.insertRow(at)
        pattern = QTableWidgetItem("")
        self._table.setItem(at, 0, pattern)
        self._table.setItem(at, 1, QTableWidgetItem(""))
        self._table.setCurrentCell(at, 0)
        self._table.editItem(pattern)

    def remove(self) -> None:
        """Take the chosen rule away."""
        if self._table.currentRow() >= 0:
            self._table.removeRow(self._table.currentRow())
            self._edited()

    def move_rule(self, step: int) -> None:
        """Move the chosen rule up (-1) or down (1): the order decides."""
        here = self._table.currentRow()
        there = here + step
        if here < 0 or not 0 <= there < self._table.rowCount():
            return
        self._table.blockSignals(True)
        for column in (0, 1):
            one, other = self._text(here, column), self._text(there, column)
            self._table.setItem(here, column, QTableWidgetItem(other))
            self._table.setItem(there, column, QTableWidgetItem(one))
        self._table.blockSignals(False)
        self._table.setCurrentCell(there, 0)
        self._edited()

    def _append(self, pattern: str, group: str) -> None:
        at = self._table.rowCount()
        self._table.insertRow(at)
        self._table.setItem(at, 0, QTableWidgetItem(pattern))
        self._table.setItem(at, 1, QTableWidgetItem(group))

    def _text(self, number: int, column: int) -> str:
        item = self._table.item(number, column)
        return item.text().strip() if item is not None else ""

    def _edited(self) -> None:
        self._try()
        self.changed.emit()

    def _try(self) -> None:
        path = self._trial.text().strip()
        try:
            rules = self.rules()
        except RequestError as error:
            self._answer.setText(str(error))
            return
        if not path:
            self._answer.setText(tr("The first rule that matches wins; no match is “Other pages”."))
            return
        group = page_group_of(re.sub(r"[?#].*", "", path), rules)
        self._answer.setText(tr("{path} belongs to {group}").format(path=path, group=group))
