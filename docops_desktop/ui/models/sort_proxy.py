"""Sorting and searching over a model that must keep its own order, for lists of some dozen rows whose row numbers mean something to their owner.

The panels' tables have hundreds of rows and sort inside ``TableModel``: a proxy calls into Python for every comparison.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from docops_desktop.ui.models.columns import KEY_ROLE, PINNED_ROLE, SORT_ROLE

Index = QModelIndex | QPersistentModelIndex


class SortProxy(QSortFilterProxyModel):
    """Sorts by ``SORT_ROLE`` with missing figures last and pinned rows first, and searches the rows' keys."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._needle = ""
        self.setSortRole(SORT_ROLE)
        self.setDynamicSortFilter(True)

    def search(self, text: str) -> None:
        """Show only rows whose key holds the text, in any case of letters."""
        self.beginFilterChange()
        self._needle = text.casefold().strip()
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Accept pinned rows and rows that match the search."""
        if not self._needle:
            return True
        index = self.sourceModel().index(source_row, 0, source_parent)
        if index.data(PINNED_ROLE):
            return True
        return any(self._needle in part.casefold() for part in index.data(KEY_ROLE) or ())

    def lessThan(self, left: Index, right: Index) -> bool:
        """Order two cells."""
        ascending = self.sortOrder() == Qt.SortOrder.AscendingOrder
        if left.data(PINNED_ROLE) != right.data(PINNED_ROLE):
            return bool(left.data(PINNED_ROLE)) == ascending
        one, other = left.data(SORT_ROLE), right.data(SORT_ROLE)
        if one is None or other is None:
            return (one is not None) == ascending and (one is None) != (other is None)
        return bool(one < other)
