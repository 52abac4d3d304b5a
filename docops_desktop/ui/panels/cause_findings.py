"""Saving a finding with a note, and the list of those saved in the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from docops_desktop.analysis.results.cause import Finding
from docops_desktop.engine.cause_jobs import KIND
from docops_desktop.model.selection import Selection
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.table_view import fit_columns, make_table
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.cause_model import short_text
from docops_desktop.ui.models.columns import Column
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.panels.cause_acts import AUTHOR
from docops_desktop.ui.panels.marks import apply
from docops_desktop.ui.widgets import EmptyState, label, push_button, row, size_dialog

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class SaveFindingDialog(QDialog):
    """Asks for a title and a note."""

    def __init__(self, desk: Desk, finding: Finding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Save finding"))
        size_dialog(self, 520, 320)
        self._desk, self._finding = desk, finding
        self.title_edit = QLineEdit(short_text(finding.where))
        self.title_edit.setAccessibleName(tr("Title"))
        self.note_edit = QPlainTextEdit()
        self.note_edit.setAccessibleName(tr("Note"))
        self.note_edit.setPlaceholderText(tr("Note: who was told, what was decided"))
        self.note_edit.setTabChangesFocus(True)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for part in (label(finding.why, "muted", wrap=True), self.title_edit):
            layout.addWidget(part)
        layout.addWidget(self.note_edit, 1)
        layout.addWidget(box)
        self.note_edit.setFocus()

    def accept(self) -> None:
        """Save it."""
        title = self.title_edit.text().strip() or short_text(self._finding.where)
        self._desk.cause.save(self._finding, self.note_edit.toPlainText().strip(), title)
        super().accept()


class SavedFindingsDialog(QDialog):
    """The saved findings: filter by one again, or remove it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Saved findings"))
        size_dialog(self, 820, 440)
        self._desk = desk
        self.model: TableModel[Any] = TableModel(lambda saved: (str(saved.finding_id),), parent=self)
        self.table = make_table(self.model, tr("Saved findings"))
        self.table.doubleClicked.connect(lambda _: self.use())
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._show_current())
        self.text = label(tr("Reading …"), wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.use_button = push_button(tr("Filter by it"), self.use, "primary")
        self.remove_button = push_button(tr("Remove"), self.remove)
        close = push_button(tr("Close"), self.close)
        layout = QVBoxLayout(self)
        self.nothing = EmptyState(
            tr("No findings are saved yet"), tr("Find the cause of a drop (Ctrl+E), then choose “Save finding”.")
        )
        self.nothing.hide()
        layout.addWidget(self.table, 1)
        layout.addWidget(self.nothing, 1)
        layout.addWidget(self.text)
        layout.addLayout(row(self.remove_button, None, self.use_button, close))
        end = desk.subscribe("findings", lambda _: self._read())
        self.destroyed.connect(end)
        self._alive = [True]
        alive = self._alive
        self.destroyed.connect(alive.clear)
        for button in (self.use_button, self.remove_button):
            button.setEnabled(False)
        self._read()

    def _read(self) -> None:
        alive = self._alive
        self._desk.cause.saved(lambda found: self.show_findings(found) if alive else None)

    def show_findings(self, findings: tuple[Any, ...]) -> None:
        """Show these."""
        self.model.set_table(_columns(self._zone()), findings)
        fit_columns(self.table, 1, 240)
        if findings and not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.model.index(0, 0))
        self.table.setVisible(bool(findings))
        self.nothing.setVisible(not findings)
        self._show_current()

    def current(self) -> Any:
        """Return the saved finding under the cursor, None when there is none."""
        index = self.table.currentIndex()
        return self.model.rows[index.row()] if 0 <= index.row() < len(self.model.rows) else None

    def _show_current(self) -> None:
        saved = self.current()
        for button in (self.use_button, self.remove_button):
            button.setEnabled(saved is not None)
        self.use_button.setEnabled(saved is not None and _selection_of(saved) is not None)
        if saved is None:
            self.text.clear()
        else:
            why = str(saved.payload.get("why", ""))
            self.text.setText("\n".join(part for part in (why, saved.note) if part))

    def use(self) -> None:
        """Filter by it as it was found: its filters, its window, its combination; one undo step."""
        saved = self.current()
        selection = None if saved is None else _selection_of(saved)
        if selection is not None:
            apply(self._desk, selection)
            self._desk.set_view(perspective="investigate")
            self.close()

    def remove(self) -> None:
        """Remove it from the workspace."""
        saved = self.current()
        if saved is not None:
            self._desk.cause.remove(saved.finding_id)

    def _zone(self) -> str:
        info = self._desk.workspace_info
        return info.time_zone if info is not None else "UTC"


def _selection_of(saved: Any) -> Selection | None:
    """Return what a saved finding is about; None when it is of another kind."""
    where = saved.payload.get("where")
    if saved.kind != KIND or not isinstance(where, dict):
        return None
    selection = Selection.from_json(saved.payload["selection"])
    for name, value in where.items():
        selection = selection.keep(name, (value,), AUTHOR)
    return selection


def _columns(zone: str) -> tuple[Column[Any], ...]:
    def lost(saved: Any) -> float | None:
        found = saved.payload.get("lost_conversions")
        return found[0] if isinstance(found, list) and found else None

    return (
        Column("created", tr("Saved"), "", lambda s: fmt.moment(s.created_ms - s.created_ms % 60_000, zone),
               lambda s: float(s.created_ms), numeric=False),
        Column("title", tr("Finding"), "", lambda s: s.title, lambda s: s.title.casefold(), numeric=False),
        Column("lost", tr("Conversions lost"), "", lambda s: fmt.count(lost(s)), lost),
        Column("note", tr("Note"), "", lambda s: " ".join(s.note.split()), lambda s: s.note.casefold(), numeric=False),
    )  # fmt: skip
