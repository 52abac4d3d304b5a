"""The columns of an export as a table: what each becomes can be corrected in place; a correction is told, and kept by who listens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont

from docops_desktop.ui.dialogs.mapping.words import not_loaded, unit_word
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import current_theme

Index = QModelIndex | QPersistentModelIndex
NAME, TARGET, UNIT, PERSONAL, EXAMPLES = range(5)
MANY = 30
"""More columns than this are not shown in the order of the file, but what is loaded first, then what is personal."""


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of the export.

    Attributes:
        target: "" = not loaded.
        corrected: by the user.
        has_unit: what it becomes can be given in several units.
        personal: the kind of personal data and what is done with it, "" for none.
    """

    name: str
    target: str
    unit: str = ""
    personal: str = ""
    examples: str = ""
    corrected: bool = False
    has_unit: bool = False


class ColumnsModel(QAbstractTableModel):
    """Rows of ColumnRow; target and unit can be edited."""

    corrected = Signal(str, str, str)
    """A column was corrected: name, target, unit."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ColumnRow, ...] = ()

    @property
    def rows(self) -> tuple[ColumnRow, ...]:
        """What is shown."""
        return self._rows

    def show(self, rows: Sequence[ColumnRow]) -> None:
        """Show these columns; when they are the same columns as before, the view keeps its place."""
        rows = tuple(rows)
        by_name = {row.name: row for row in rows}
        if len(by_name) == len(rows) and by_name.keys() == {row.name for row in self._rows}:
            self._rows = tuple(by_name[row.name] for row in self._rows)
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, self.columnCount() - 1))
            return
        self.beginResetModel()
        self._rows = tuple(sorted(rows, key=_notability)) if len(rows) > MANY else rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """One row per column of the export."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Name, target, unit, personal data, first values."""
        return 0 if parent.isValid() else 5

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole and 0 <= section < 5:
            return (tr("Column"), tr("Becomes"), tr("Unit"), tr("Personal data"), tr("First values"))[section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Targets can be edited, and units where there are several."""
        flags = super().flags(index)
        if index.isValid() and (
            index.column() == TARGET or (index.column() == UNIT and self._rows[index.row()].has_unit)
        ):
            return flags | Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts, raw values for editing, and looks: what the user corrected is bold, what isn't loaded is muted."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.EditRole:
            return (row.name, row.target, row.unit, row.personal, row.examples)[column]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(row, column)
        if role == Qt.ItemDataRole.FontRole and row.corrected and column in (TARGET, UNIT):
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.ForegroundRole:
            return _colour(row, column)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take a correction over."""
        if role != Qt.ItemDataRole.EditRole or not self.flags(index) & Qt.ItemFlag.ItemIsEditable:
            return False
        row = self._rows[index.row()]
        changed = (
            replace(row, target=str(value), unit="") if index.column() == TARGET else replace(row, unit=str(value))
        )
        if changed == row:
            return False
        changed = replace(changed, corrected=True)
        self._rows = (*self._rows[: index.row()], changed, *self._rows[index.row() + 1 :])
        self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), self.columnCount() - 1))
        self.corrected.emit(changed.name, changed.target, changed.unit)
        return True

    @staticmethod
    def _text(row: ColumnRow, column: int) -> str:
        personal = f"▲ {row.personal}" if row.personal else ""
        texts = (row.name, row.target or not_loaded(), unit_word(row.unit), personal, row.examples)
        return texts[column]


def _notability(row: ColumnRow) -> int:
    return 0 if row.target else 1 if row.personal else 2


def _colour(row: ColumnRow, column: int) -> QColor | None:
    theme = current_theme()
    if column == PERSONAL:
        return QColor(theme.status["amber"].colour)
    if not row.target and column != EXAMPLES:
        return QColor(theme.text_muted)
    return None
