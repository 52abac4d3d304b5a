"""The table model that every panel's table uses: it sorts and searches its rows itself.

A proxy model would call back into Python for every comparison: tenths of a second for 500 rows, in which the window stands still. New rows are told as
changed, inserted or removed at the end, not as a reset: the view keeps its place while results stream in. While a hand drags a brush, rows stand still:
their order is that of before until the brush is released.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from docops_desktop.ui.models.columns import (
    GRAPHIC_ROLE,
    KEY_ROLE,
    LOOK_ROLE,
    MARKED_ROLE,
    NOTE_ROLE,
    PINNED_ROLE,
    SORT_ROLE,
    Column,
    Look,
)
from docops_desktop.ui.models.steady_rows import SteadyRows

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex
_ALIGN_NUMBER = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ALIGN_TEXT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class TableModel(QAbstractTableModel, Generic[Row]):
    """Frozen rows worded by columns.

    Args:
        key: identifies a row, for clicks and marks.
        pinned: tells the rows that stay on top.
    """

    def __init__(
        self,
        key: Callable[[Row], tuple[str, ...]],
        pinned: Callable[[Row], bool] = lambda _row: False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._key = key
        self._pinned = pinned
        self._columns: tuple[Column[Row], ...] = ()
        self._all: Sequence[Row] = ()
        self._rows: Sequence[Row] = ()
        self._places: list[int] = []
        self._placed: Hashable = None
        self._sorted_by: str | None = None
        self._descending = False
        self._needle = ""
        self._marked: frozenset[tuple[str, ...]] = frozenset()
        self._looks: dict[tuple[int, int], Look] = {}

    @property
    def rows(self) -> Sequence[Row]:
        """The rows as shown: those that match the search, in the order of sorting."""
        return self._rows

    @property
    def columns(self) -> tuple[Column[Row], ...]:
        """The columns from left to right."""
        return self._columns

    def set_table(self, columns: Sequence[Column[Row]], rows: Sequence[Row], *, steady: Hashable = None) -> None:
        """Show other rows, and other columns when their names differ.

        Args:
            steady: says that a brush moves: rows keep their places, groups that are new come last. The same value again says the same groups in the same
                order as before, so that nobody has to look; None: rows are sorted.
        """
        if [c.name for c in columns] != [c.name for c in self._columns]:
            self.beginResetModel()
            self._looks.clear()
            self._columns, self._all = tuple(columns), rows
            self._rows = self._arranged()
            self.endResetModel()
            return
        other_words = [(c.label, c.definition) for c in columns] != [(c.label, c.definition) for c in self._columns]
        self._columns, self._all = tuple(columns), rows
        self._replace_rows(self._arranged() if steady is None else self._in_their_places(steady))
        if other_words:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._columns) - 1)

    def _in_their_places(self, steady: Hashable) -> Sequence[Row]:
        """Return the rows that match the search in the order in which they are shown, new ones last."""
        if self._placed is None or steady != self._placed:
            shown = {self._key(row): place for place, row in enumerate(self._rows)}
            keys = {i: self._key(row) for i, row in enumerate(self._all) if self._matches(row)}
            self._places = sorted(keys, key=lambda i: (shown.get(keys[i], len(shown)), i))
            self._placed = steady
        return SteadyRows(self._all, self._places)

    def _replace_rows(self, rows: Sequence[Row]) -> None:
        before, after = len(self._rows), len(rows)
        self._looks.clear()
        if after < before:
            self.beginRemoveRows(QModelIndex(), after, before - 1)
            self._rows = self._rows[:after]
            self.endRemoveRows()
        self._rows = rows if after <= before else rows[:before]
        self._all_changed()
        if after > before:
            self.beginInsertRows(QModelIndex(), before, after - 1)
            self._rows = rows
            self.endInsertRows()

    def search(self, text: str) -> None:
        """Show only pinned rows and rows whose key holds the text, in any case of letters."""
        self._needle = text.casefold().strip()
        self._replace_rows(self._arranged())

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column (-1: as given): pinned rows first and missing figures last, whichever way."""
        self._sorted_by = self._columns[column].name if 0 <= column < len(self._columns) else None
        self._descending = order == Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        keys = [self._key(self._rows[index.row()]) for index in before]
        self._rows = self._arranged()
        self._looks.clear()
        places = {self._key(row): place for place, row in enumerate(self._rows)}
        moved = [self.index(places[key], index.column()) for key, index in zip(keys, before, strict=True)]
        self.changePersistentIndexList(before, moved)
        self.layoutChanged.emit()

    def _arranged(self) -> tuple[Row, ...]:
        """Return the rows that match the search, in order; equal ones keep the order in which they were given."""
        self._placed = None
        rows = [row for row in self._all if self._matches(row)]
        column = next((c for c in self._columns if c.name == self._sorted_by), None)
        if column is None:
            return tuple(rows)
        pinned = [row for row in rows if self._pinned(row)]
        keyed = [(column.sort_key(row), row) for row in rows if not self._pinned(row)]
        known = [(key, row) for key, row in keyed if key is not None]
        known.sort(key=lambda pair: pair[0], reverse=self._descending)
        return (*pinned, *(row for _, row in known), *(row for key, row in keyed if key is None))

    def _matches(self, row: Row) -> bool:
        if not self._needle or self._pinned(row):
            return True
        return any(self._needle in part.casefold() for part in self._key(row))

    def set_marked(self, keys: frozenset[tuple[str, ...]]) -> None:
        """Mark the rows that the selection keeps."""
        if keys != self._marked:
            self._marked = keys
            self._all_changed()

    def retranslate(self) -> None:
        """Word everything again (other theme, other language)."""
        self._all_changed()

    def _all_changed(self) -> None:
        self._looks.clear()
        if self._rows and self._columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self._columns) - 1))

    # Qt's interface
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Count rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Count columns."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Give a column's label, and its definition as tooltip."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN_NUMBER if column.numeric else _ALIGN_TEXT
        return {
            Qt.ItemDataRole.DisplayRole: column.label,
            Qt.ItemDataRole.ToolTipRole: f"{column.label}: {column.definition}" if column.definition else column.label,
            Qt.ItemDataRole.AccessibleTextRole: column.label,
            Qt.ItemDataRole.AccessibleDescriptionRole: column.definition,
        }.get(Qt.ItemDataRole(role) if role < Qt.ItemDataRole.UserRole else role)  # type: ignore[call-overload]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Give a cell's text, note, picture, sort key, tooltip or alignment."""
        if not index.isValid() or not (0 <= index.row() < len(self._rows) and 0 <= index.column() < len(self._columns)):
            return None
        if role == LOOK_ROLE:
            return self.look_at(index.row(), index.column())
        read = _ROLES.get(role)
        return read(self, self._columns[index.column()], self._rows[index.row()]) if read else None

    def accessible_text(self, column: Column[Row], row: Row) -> str:
        """Return what a screen reader says of a cell."""
        parts = (column.text(row), column.note(row))
        return f"{column.label}: {', '.join(part for part in parts if part)}"

    def look_at(self, row: int, column: int) -> Look:
        """Return all that is painted of the cell at a place that exists."""
        look = self._looks.get((row, column))
        return self.looks_at(row, (column,))[0] if look is None else look

    def looks_at(self, place: int, columns: Iterable[int]) -> list[Look]:
        """Return all that is painted of some cells of the row at a place that exists."""
        row, looks, found = self._rows[place], self._looks, []
        pinned, marked = self._pinned(row), bool(self._marked) and self._key(row) in self._marked
        for number in columns:
            look = looks.get((place, number))
            if look is None:
                column = self._columns[number]
                look = Look(column.text(row), column.graphic(row), column.note(row), column.numeric, pinned, marked)
                looks[place, number] = look
            found.append(look)
        return found

    def is_marked(self, row: Row) -> bool:
        """Tell whether the selection keeps this row."""
        return self._key(row) in self._marked

    def key_of(self, row: Row) -> tuple[str, ...]:
        """Return what identifies the row."""
        return self._key(row)

    def is_pinned(self, row: Row) -> bool:
        """Tell whether the row stays on top."""
        return self._pinned(row)


_ROLES: dict[int, Callable[[TableModel[Any], Column[Any], Any], Any]] = {
    Qt.ItemDataRole.DisplayRole: lambda _model, column, row: column.text(row),
    Qt.ItemDataRole.ToolTipRole: lambda _model, column, row: column.tooltip(row) or column.text(row),
    Qt.ItemDataRole.TextAlignmentRole: lambda _model, column, _row: _ALIGN_NUMBER if column.numeric else _ALIGN_TEXT,
    Qt.ItemDataRole.AccessibleTextRole: lambda model, column, row: model.accessible_text(column, row),
    SORT_ROLE: lambda _model, column, row: column.sort_key(row),
    GRAPHIC_ROLE: lambda _model, column, row: column.graphic(row),
    NOTE_ROLE: lambda _model, column, row: column.note(row),
    PINNED_ROLE: lambda model, _column, row: model.is_pinned(row),
    KEY_ROLE: lambda model, _column, row: model.key_of(row),
    MARKED_ROLE: lambda model, _column, row: model.is_marked(row),
}
