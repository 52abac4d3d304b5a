"""The first rows of an export, cells as they stand in the file."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableWidget, QTableWidgetItem

from docops_desktop.ui.theme import current_theme

_WIDEST = 320


class RowsTable(QTableWidget):
    """A table to look at."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(current_theme().spacing.row)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setTabKeyNavigation(False)

    def show_rows(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show these rows."""
        self.setColumnCount(len(header))
        self.setHorizontalHeaderLabels(list(header))
        self.setRowCount(len(rows))
        for line, cells in enumerate(rows):
            for column, cell in enumerate(cells[: len(header)]):
                item = QTableWidgetItem(str(cell)[:500])
                item.setToolTip(str(cell)[:1000])
                self.setItem(line, column, item)
        self.resizeColumnsToContents()
        for column in range(len(header)):
            self.setColumnWidth(column, min(self.columnWidth(column) + 8, _WIDEST))
