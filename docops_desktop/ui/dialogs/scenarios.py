"""Scenarios side by side, about the present selection: compare, take up, rename, delete, export. Each act is one undo step of the desk."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QInputDialog, QVBoxLayout
from shiboken6 import isValid

from docops_desktop.analysis.results.whatif import WhatIfResult
from docops_desktop.model.errors import KnownError, RequestError
from docops_desktop.ui.charts.table_view import fit_columns, make_table
from docops_desktop.ui.chrome.subscriptions import Subscriptions
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models import scenarios_model
from docops_desktop.ui.models.scenarios_model import Compared
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.widgets import label, push_button, row, size_dialog

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk
    from docops_desktop.ui.panels.panel import Panel

TOPICS = ("scenarios", "scenario", "whatif_model", "selection")


class ScenarioDialog(QDialog):
    """A table of the saved scenarios, and of the present one when it isn't saved."""

    def __init__(self, desk: Desk, panel: Panel) -> None:
        super().__init__(panel)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Scenarios side by side"))
        size_dialog(self, 880, 460)
        self._desk, self._panel = desk, panel
        self.rows: tuple[Compared, ...] = ()
        self.model: TableModel[Compared] = TableModel(lambda line: (line.name,), parent=self)
        self.table = make_table(self.model, self.windowTitle(), lines=2)
        self.table.doubleClicked.connect(lambda _: self.use())
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._enable())
        said = tr(
            "Changes of conversions and revenue over the time span and filters that are set, adjusted with 95 % intervals; the raw figure below."
        )
        self.use_button = push_button(tr("Set"), self.use)
        self.rename_button = push_button(tr("Rename…"), self.rename)
        self.delete_button = push_button(tr("Delete"), self.delete)
        self.csv_button = push_button(tr("Save as CSV…"), lambda: self._ask_and_save("csv"))
        self.json_button = push_button(tr("Save as JSON…"), lambda: self._ask_and_save("json"))
        self.box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.box.rejected.connect(self.close)
        buttons = (self.use_button, self.rename_button, self.delete_button, self.csv_button, self.json_button)
        for button in buttons:
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.addWidget(label(said, "muted", wrap=True))
        layout.addWidget(self.table, 1)
        layout.addLayout(row(*buttons[:3], None, *buttons[3:], self.box))
        self._subscriptions = Subscriptions(self, desk)
        for topic in TOPICS:
            self._subscriptions.on(topic, lambda _: self.ask())
        self.ask()

    def ask(self) -> None:
        """Show what is to be compared, and ask for the answers."""
        shelf, present = self._desk.scenarios, self._desk.scenario
        wanted = [Compared(scenario, None) for scenario in shelf.saved]
        if present.changes and not shelf.present_is_saved:
            wanted.insert(0, Compared(present, None, saved=False))
        self._show(tuple(wanted))
        asked = tuple(line.scenario for line in wanted)
        if asked:
            self._desk.scenarios.compare(asked, lambda answers: self._take(tuple(wanted), answers))

    def _take(self, asked: tuple[Compared, ...], answers: tuple[WhatIfResult | RequestError, ...]) -> None:
        if isValid(self):
            self._show(tuple(_with(line, answer) for line, answer in zip(asked, answers, strict=True)))

    def _show(self, rows: tuple[Compared, ...]) -> None:
        self.rows = rows
        self.model.set_table(scenarios_model.columns(rows, self._panel.currency), rows)
        self._fit()
        if rows and not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.model.index(0, 0))
        self._enable()

    def _fit(self) -> None:
        if self.model.columns:
            fit_columns(self.table, 0, 160)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the room to the names."""
        super().resizeEvent(event)
        self._fit()

    def current(self) -> Compared | None:
        """Return the scenario under the cursor."""
        place = self.table.currentIndex().row()
        return self.model.rows[place] if 0 <= place < len(self.model.rows) else None

    def _enable(self) -> None:
        current = self.current()
        for button in (self.use_button, self.rename_button, self.delete_button):
            button.setEnabled(current is not None and current.saved)
        answered = bool(self.rows) and all(line.answer is not None or line.error for line in self.rows)
        for button in (self.csv_button, self.json_button):
            button.setEnabled(answered)

    # --- acts

    def use(self) -> None:
        """Set the scenario under the cursor."""
        current = self.current()
        if current is not None and current.saved:
            self._do(lambda: self._desk.scenarios.use(current.scenario.name))

    def rename(self) -> None:
        """Ask for another name."""
        current = self.current()
        if current is None or not current.saved:
            return
        name, given = QInputDialog.getText(self, tr("Rename scenario"), tr("Name"), text=current.scenario.name)
        if given:
            self._do(lambda: self._desk.scenarios.rename(current.scenario.name, name))

    def delete(self) -> None:
        """Delete the scenario under the cursor; undo brings it back."""
        current = self.current()
        if current is not None and current.saved:
            self._do(lambda: self._desk.scenarios.delete(current.scenario.name))

    def _do(self, act: Callable[[], object]) -> None:
        try:
            act()
        except KnownError as error:
            self._panel.tell(error)

    def _ask_and_save(self, kind: str) -> None:
        filters = {"csv": tr("CSV table (*.csv)"), "json": tr("JSON for --scenarios (*.json)")}
        proposed = f"docops-scenarios-{time.strftime('%Y%m%d-%H%M')}.{kind}"
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save scenarios"), proposed, filters[kind])
        if chosen:
            path = Path(chosen)
            self._do(lambda: self.save(path if path.suffix else path.with_suffix(f".{kind}"), kind))

    def save(self, path: Path, kind: str) -> None:
        """Write the comparison as ``csv``, or as ``json`` that ``whatif --scenarios`` reads.

        Raises:
            KnownError: it can't be written.
        """
        stamp, currency = self._panel.stamp(), self._panel.currency
        if kind == "csv":
            text = scenarios_model.sheet(self.rows).suppressed(self._panel.k).to_csv(stamp)
        else:
            found = scenarios_model.document(self.rows, stamp, currency, self._panel.k)
            text = json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        try:
            path.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            fix = tr("Choose a folder that you may write to")
            raise KnownError(tr("the scenarios can't be written"), str(path), fix) from error


def _with(line: Compared, answer: WhatIfResult | RequestError) -> Compared:
    if isinstance(answer, RequestError):
        return replace(line, error=str(answer))
    return replace(line, answer=answer)
