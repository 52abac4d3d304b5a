"""A titled frame with a table or a form, as the data perspective uses it several times."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from docops_desktop.ui.charts.table_header import TableHeader
from docops_desktop.ui.models.sort_proxy import SortProxy
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.theme import Theme, cell_padding, current_theme, on_theme_changed, set_role
from docops_desktop.ui.widgets import label


class Section(QFrame):
    """A frame with a title (none, where a tab names it), buttons beside it, and a note beneath."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self.setAccessibleName(title)
        self._buttons: dict[QPushButton, str] = {}
        self.content = QVBoxLayout(self)
        self.content.setContentsMargins(12, 10, 12, 10)
        self.content.setSpacing(6)
        self._head = QHBoxLayout()
        if title:
            self._head.addWidget(label(title, "title"))
        self._head.addStretch(1)
        self.content.addLayout(self._head)
        self.note = label("", "small", wrap=True)
        self.content.addWidget(self.note)
        self.note.hide()

    def add_button(self, button: QPushButton) -> None:
        """Put a button at the right of the title."""
        self._head.addWidget(button)
        self._buttons[button] = button.text()
        button.setToolTip(button.toolTip() or button.accessibleName())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where not all buttons find room, those with an icon lose their words; the tooltips have them."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        for short in (False, True):
            for button, text in self._buttons.items():
                button.setText("" if short and not button.icon().isNull() else text)
            self._head.invalidate()
            if self._head.sizeHint().width() <= self.contentsRect().width() - 24:
                return

    def say(self, text: str) -> None:
        """Show a sentence beneath the title; nothing for an empty one."""
        self.note.setText(text)
        self.note.setVisible(bool(text))


class FittedTable(QTableView):
    """A table whose columns have the room that their texts need; where not all find it, the widest give up what is missing, down to a limit each."""

    widest = 360
    """The limit, in pixels at the usual type size."""

    def fit(self) -> None:
        """Share the room out."""
        if self.model() is None:
            return
        self.horizontalHeader().setStretchLastSection(False)  # else the last one keeps the room that it was given
        self.resizeColumnsToContents()
        columns = range(self.model().columnCount())
        limit = current_theme().px(self.widest)
        missing = sum(self.columnWidth(column) for column in columns) - self.viewport().width()
        for column in sorted(columns, key=self.columnWidth, reverse=True):
            given = min(max(self.columnWidth(column) - limit, 0), max(missing, 0))
            self.setColumnWidth(column, self.columnWidth(column) - given)
            missing -= given
        self.horizontalHeader().setStretchLastSection(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the new room."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()

    def dress(self, theme: Theme) -> None:
        """Take the theme's row height."""
        self.verticalHeader().setDefaultSectionSize(theme.spacing.row)
        self.fit()


def table_view(model: TableModel, name: str, widest: int = FittedTable.widest) -> FittedTable:
    """Return a sortable, read-only view on a model."""
    view = FittedTable()
    view.setHorizontalHeader(TableHeader(view, lambda: cell_padding(current_theme())))
    view.widest = widest
    proxy = SortProxy(view)
    proxy.setSourceModel(model)
    view.setModel(proxy)
    view.setAccessibleName(name)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setSortingEnabled(True)
    header = view.horizontalHeader()
    header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    view.verticalHeader().hide()
    view.setTabKeyNavigation(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    header.setStretchLastSection(True)
    on_theme_changed(view, view.dress)
    return view


def chosen_row(view: QTableView) -> int | None:
    """Return the chosen row's number in the source model, None when nothing is chosen."""
    rows = view.selectionModel().selectedRows()
    if not rows:
        return None
    return view.model().mapToSource(rows[0]).row()  # type: ignore[attr-defined]
