"""The import preview: which system's export a file is, what each column becomes, what is personal, what would happen. Then: import, or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from docops_desktop.ui.dialogs.preview_text import PreviewText, preview_text
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.places import SUFFIX, documents_folder, free_path, with_suffix
from docops_desktop.ui.theme import current_theme, set_role
from docops_desktop.ui.widgets import ElidedLabel, label, push_button, row

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

PRIVACY = ("strict", "keyed", "off")
ImportAct = Callable[[Sequence[Path], str, Path | None], object]


class ImportPreview(QDialog):
    """Shows one file at a time; the import takes all of them.

    Args:
        act: gets the paths, the privacy level, and where to make a workspace (None: into the open one).
    """

    def __init__(self, desk: Desk, paths: Sequence[Path], act: ImportAct, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Import"))
        self.resize(900, 640)
        self._desk, self._paths, self._act = desk, tuple(paths), act
        self._target = None if desk.workspace_info else free_path(documents_folder(), paths[0].stem or tr("Workspace"))
        self._alive = True
        self._file = QComboBox()
        self._file.setAccessibleName(tr("File"))
        for path in self._paths:
            self._file.addItem(path.name, path)
            self._file.setItemData(self._file.count() - 1, str(path), Qt.ItemDataRole.ToolTipRole)
        self._system, self._grain, self._reading = label("", "title"), label(""), label("", "small", wrap=True)
        self._outcome, self._warning = label("", wrap=True), label("", "warning", wrap=True)
        self._columns = _table(tr("Columns"))
        self._rows = _table(tr("First rows"))
        self._privacy = QComboBox()
        self._privacy.setAccessibleName(tr("Personal data"))
        for level, text in zip(PRIVACY, _privacy_texts(), strict=True):
            self._privacy.addItem(text, level)
        self._where = ElidedLabel(str(self._target or ""), limit=420, mode=Qt.TextElideMode.ElideMiddle)
        self._import = push_button(tr("Import"), self._accepted, "primary", "import")
        self._import.setDefault(True)
        self._build()
        self.finished.connect(lambda _: self._close())
        self._file.currentIndexChanged.connect(lambda _: self._ask())
        self._ask()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        files = tr_n(len(self._paths), "File", "File (of %n)")
        form.addRow(files, self._file)
        form.addRow(tr("Recognised as"), self._system)
        form.addRow(tr("One row is a"), self._grain)
        form.addRow(tr("Read as"), self._reading)
        layout.addLayout(form)
        layout.addWidget(self._warning)
        tabs = QTabWidget()
        tabs.setAccessibleName(tr("Preview"))
        tabs.addTab(self._columns, tr("Columns"))
        tabs.addTab(self._rows, tr("First rows"))
        layout.addWidget(tabs, 1)
        layout.addWidget(self._outcome)
        layout.addLayout(row(label(tr("Personal data")), self._privacy, None))
        if self._target is not None:
            change = push_button(tr("Change …"), self._choose_target, "quiet")
            layout.addLayout(row(label(tr("New workspace")), self._where, change, None))
        name = self._desk.workspace_info.name if self._desk.workspace_info else ""
        into = label(tr("Into workspace “{name}”").format(name=name) if name else "", "muted")
        layout.addLayout(row(into, None, push_button(tr("Cancel"), self.reject), self._import))

    @property
    def import_button(self) -> QWidget:
        """The button that imports."""
        return self._import

    @property
    def system(self) -> str:
        """What the file was recognised as, "" while that isn't known."""
        return self._system.text()

    def column_texts(self) -> tuple[tuple[str, ...], ...]:
        """What the table of columns says."""
        table = self._columns
        return tuple(
            tuple(str(table.model().index(line, column).data() or "") for column in range(table.columnCount()))
            for line in range(table.rowCount())
        )

    def _ask(self) -> None:
        path: Path = self._file.currentData()
        self._say(tr("Reading …"), "muted")
        for part in (self._grain, self._reading, self._outcome, self._warning):
            part.clear()
        self._warning.hide()
        self._import.setEnabled(False)
        for table in (self._columns, self._rows):
            table.setRowCount(0)
        if path.is_dir():
            self._say(tr("A folder: every file in it is recognised on its own"), "title")
            self._import.setEnabled(True)
            return
        self._desk.preview(path, lambda found: self._show(path, found), lambda error: self._failed(path, error))

    def _wanted(self, path: Path) -> bool:
        return self._alive and self._file.currentData() == path

    def _failed(self, path: Path, error: BaseException) -> None:
        if not self._wanted(path):
            return
        self._say(tr("Can't be imported"), "title")
        self._warning.setText(str(error))
        self._warning.show()
        self._import.setEnabled(len(self._paths) > 1)

    def _show(self, path: Path, found: Any) -> None:
        if not self._wanted(path):
            return
        text = preview_text(found)
        self._say(tr("{system}, {sure}").format(system=text.system, sure=text.sure), "title")
        self._grain.setText(text.grain)
        self._reading.setText(text.reading)
        self._outcome.setText(text.outcome)
        self._warning.setText(text.warning)
        self._warning.setVisible(bool(text.warning))
        self._import.setEnabled(True)
        _fill_columns(self._columns, text)
        _fill(self._rows, text.header, text.rows)

    def _say(self, text: str, role: str) -> None:
        self._system.setText(text)
        set_role(self._system, role)

    def _choose_target(self) -> None:
        dialog = QFileDialog(self, tr("New workspace"), str(self._target))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("Workspaces (*{suffix})").format(suffix=SUFFIX)])
        dialog.fileSelected.connect(self._set_target)
        dialog.open()

    def _set_target(self, name: str) -> None:
        self._target = with_suffix(Path(name))
        self._where.setText(str(self._target))
        self._where.updateGeometry()

    def _accepted(self) -> None:
        self._act(self._paths, str(self._privacy.currentData()), self._target)
        self.accept()

    def _close(self) -> None:
        self._alive = False


def _privacy_texts() -> tuple[str, ...]:
    return (
        tr("drop it, keep join keys as keyed hashes (recommended)"),
        tr("keep all of it as keyed hashes"),
        tr("keep it as it is"),
    )


def _table(name: str) -> QTableWidget:
    table = QTableWidget()
    table.setAccessibleName(name)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(current_theme().spacing.row)
    table.horizontalHeader().setStretchLastSection(True)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.setTabKeyNavigation(False)
    return table


def _fill_columns(table: QTableWidget, text: PreviewText) -> None:
    header = (tr("Column"), tr("Becomes"), tr("Unit"), tr("Personal data"), tr("First values"))
    rows = tuple(
        (
            column.name,
            column.target or tr("— not loaded"),
            column.unit,
            f"▲ {column.personal}" if column.personal else "",
            column.examples,
        )
        for column in text.columns
    )
    _fill(table, header, rows)


def _fill(table: QTableWidget, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table.setColumnCount(len(header))
    table.setHorizontalHeaderLabels(list(header))
    table.setRowCount(len(rows))
    for line, cells in enumerate(rows):
        for column, cell in enumerate(cells[: len(header)]):
            item = QTableWidgetItem(str(cell))
            item.setToolTip(str(cell)[:1000])
            table.setItem(line, column, item)
    table.resizeColumnsToContents()
    for column in range(len(header)):
        table.setColumnWidth(column, min(table.columnWidth(column) + 8, 320))
