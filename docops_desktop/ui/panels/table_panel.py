"""What the panels with a table of groups share: click keeps a row, ctrl-click adds one, the kept rows are marked, keys do the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QWidget

from docops_desktop.ui.charts.table_view import fit_columns, make_table
from docops_desktop.ui.models.columns import KEY_ROLE, PINNED_ROLE
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.panels.marks import Mark, Values, apply, can_filter, extended, kept, toggled, values_mark
from docops_desktop.ui.panels.panel import Panel
from docops_desktop.ui.theme import Theme

if TYPE_CHECKING:
    from docops_desktop.model.selection import Selection


_FIT_AFTER_MS = 150


class TablePanel(Panel):
    """A table whose rows are groups by one or more dimensions."""

    narrowest: ClassVar[int] = 150
    """Least width of the column that takes the room left over."""

    def make_view(self, model: TableModel[Any], lines: int = 1) -> None:
        """Build the view; call it from the constructor."""
        self.model = model
        self.table = make_table(model, self.title, lines)
        self.view = self.table
        self._fitter = QTimer(self)
        self._fitter.setSingleShot(True)
        self._fitter.setInterval(_FIT_AFTER_MS)
        self._fitter.timeout.connect(self.fit)
        self.table.clicked.connect(self._clicked)
        self.add_to_body(self.table, 1)

    def dimensions(self) -> tuple[str, ...]:
        """Return the dimensions that a row's key is about."""
        raise NotImplementedError

    def stretched_column(self) -> int:
        """Return the column that takes the room left over."""
        return 0

    def values_of(self, index: QModelIndex) -> Values | None:
        """Return the values of a row; None for the total, and for rows that can't be filtered by."""
        key = index.data(KEY_ROLE)
        if not index.isValid() or index.data(PINNED_ROLE) or not key:
            return None
        values = {name: (text,) for name, text in zip(self.dimensions(), key, strict=True)}
        return values if can_filter(values) else None

    def selection_changed(self, selection: Selection) -> None:
        """Mark the rows that the selection keeps."""
        names = self.dimensions()
        wanted = {name: kept(selection, name) for name in names}
        if not any(wanted.values()):
            self.model.set_marked(frozenset())
            return
        keys = (self.model.key_of(row) for row in self.model.rows)
        self.model.set_marked(
            frozenset(
                key
                for key in keys
                if key and all(not wanted[n] or v in wanted[n] for n, v in zip(names, key, strict=True))
            )
        )

    def theme_changed(self, _theme: Theme) -> None:
        """Paint and size the cells anew."""
        self.model.retranslate()
        self.fit()

    def fit_soon(self) -> None:
        """Fit the columns when results have stopped coming in: not in every step of somebody's brush."""
        self._fitter.start()

    def fit(self) -> None:
        """Give the columns the widths that they need."""
        self._fitter.stop()
        if self.model.columns:
            fit_columns(self.table, self.stretched_column(), self.narrowest)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the room to the column that can use it."""
        super().resizeEvent(event)
        self.fit()

    @contextmanager
    def same_row(self) -> Iterator[None]:
        """While other rows are set: the cursor stays on its group, wherever that goes, and the table doesn't scroll."""
        index = self.table.currentIndex()
        key = index.data(KEY_ROLE) if index.isValid() else None
        yield
        place = next((i for i, row in enumerate(self.model.rows) if key and self.model.key_of(row) == key), None)
        if place is None or place == index.row():
            return
        follows = self.table.hasAutoScroll()
        self.table.setAutoScroll(False)
        self.table.setCurrentIndex(self.model.index(place, index.column()))
        self.table.setAutoScroll(follows)

    def _clicked(self, index: QModelIndex) -> None:
        values = self.values_of(index)
        if values is None:
            return
        more = QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier
        change = extended if more else toggled
        apply(self.desk, change(self.desk.selection, values, self.panel_id))

    def mark_at(self, point: QPoint) -> Mark | None:
        """The row under the pointer."""
        viewport: QWidget = self.table.viewport()
        return self._mark_of(self.table.indexAt(viewport.mapFrom(self, point)))

    def current_mark(self) -> Mark | None:
        """The row under the cursor."""
        return self._mark_of(self.table.currentIndex())

    def _mark_of(self, index: QModelIndex) -> Mark | None:
        values = self.values_of(index)
        return None if values is None else values_mark(self.desk, values, self.panel_id)

    def suppress_below(self, k: int) -> None:
        """Hide the rows of groups smaller than k."""
        for row in range(self.model.rowCount()):
            n = self.people_of(row)
            self.table.setRowHidden(row, bool(k) and n is not None and 0 < n < k)

    def people_of(self, _row: int) -> int | None:
        """Return the sessions behind a row as shown."""
        return None
