"""A panel's figures as a table in a window of its own: what a screen reader, or a reader in doubt, wants to see."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.table_view import make_table
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.sheet import Sheet, sheet_model
from docops_desktop.ui.theme import set_role
from docops_desktop.ui.widgets import size_dialog


class SheetDialog(QDialog):
    """A sheet, sortable; closing it disposes of it."""

    def __init__(
        self,
        sheet: Sheet,
        stamp: Sequence[str],
        copy: Callable[[], None],
        save: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(sheet.title)
        size_dialog(self, 860, 520)
        model = sheet_model(sheet)
        model.setParent(self)
        self.table = make_table(model, sheet.title)
        self.table.resizeColumnsToContents()
        layout = QVBoxLayout(self)
        layout.addWidget(_small("\n".join(stamp)))
        layout.addWidget(self.table, 3)
        if sheet.notes:
            notes = QTextBrowser()
            notes.setAccessibleName(tr("How to read it"))
            notes.setPlainText(fmt.prose("\n".join(sheet.notes)))
            set_role(notes, "plain")
            layout.addWidget(notes, 1)
        layout.addWidget(self._buttons(copy, save))
        self.table.setFocus()

    def _buttons(self, copy: Callable[[], None], save: Callable[[], None]) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for text, run in ((tr("Copy"), copy), (tr("Save as CSV…"), save)):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked=False, run=run: run())
            box.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        box.rejected.connect(self.close)
        return box


def _small(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    set_role(label, "small")
    return label
