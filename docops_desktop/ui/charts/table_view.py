"""The table view that panels share: sortable, whole rows, keyboard, inline pictures, one look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QAccessible, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from docops_desktop.ui.charts.ink import colour
from docops_desktop.ui.charts.inline_delegate import InlineDelegate
from docops_desktop.ui.charts.table_header import TableHeader
from docops_desktop.ui.models.columns import LOOK_ROLE, Bar, IntervalBar
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.theme import Theme, current_theme, on_theme_changed


@dataclass(frozen=True)
class _Spread:
    """How the room is shared: the column that takes what is left, its least and its needed width, and those with pictures with what they need."""

    stretch: int
    least: int
    needed: int
    pictures: Mapping[int, int]


class TableView(QTableView):
    """A read-only table of rows."""

    def __init__(self, lines: int = 1) -> None:
        super().__init__()
        self._delegate = InlineDelegate(lines, self)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(10)
        self.setHorizontalHeader(TableHeader(self))
        self.setCornerWidget(QWidget())
        self._spread: _Spread | None = None
        self._stale: list[tuple[int, int, QRect]] = []
        self._stale_region = QRegion()
        # Every pixel of cells is painted here, so that Qt doesn't paint all that lies beneath, up to the window, first.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        on_theme_changed(self, self._dress)

    def _dress(self, _theme: Theme) -> None:
        self.verticalHeader().setDefaultSectionSize(self._delegate.row_height())
        self.viewport().update()

    def keep_spread(self, stretch: int, least: int, pictures: Sequence[int] = ()) -> None:
        """Let the column ``stretch`` have what room the others leave, ``least`` pixels in any case; also when a scroll bar comes or goes.

        Columns with ``pictures`` share what it doesn't need: a longer bar tells more, and a name stands nearer to its figures. All have now what they need.
        """
        widths = {column: self.columnWidth(column) for column in pictures if column != stretch}
        self._spread = _Spread(stretch, least, self.columnWidth(stretch), widths)
        self._share_out(self._spread)

    def _share_out(self, spread: _Spread) -> None:
        grown = sum(self.columnWidth(column) - width for column, width in spread.pictures.items())
        left = self.viewport().width() - self.horizontalHeader().length() + self.columnWidth(spread.stretch) + grown
        each = max(left - spread.needed, 0) // (len(spread.pictures) + 1)
        for column, width in spread.pictures.items():
            self.setColumnWidth(column, width + each)
        self.setColumnWidth(spread.stretch, max(left - each * len(spread.pictures), spread.least))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the new room to the column that can use it."""
        super().resizeEvent(event)
        if self._spread is not None and event.size().width() != event.oldSize().width():
            self._share_out(self._spread)

    def dataChanged(
        self,
        first: QModelIndex | QPersistentModelIndex,
        last: QModelIndex | QPersistentModelIndex,
        roles: Sequence[int] = (),
    ) -> None:
        """Paint those cells anew that look otherwise than they do on screen: of a step of a brush, most don't."""
        model = self.model()
        if not isinstance(model, TableModel) or QAccessible.isActive():
            super().dataChanged(first, last, list(roles))
            return
        if not self._stale_region.isEmpty():  # not painted yet: whatever it was, it may lie elsewhere by now
            self._stale = []
        columns, painted = self._columns_shown(), self._delegate.painted
        numbers = [column for column, _, _ in columns]
        stale, region = [], QRegion()
        for row in self._rows_shown():
            if not first.row() <= row <= last.row():
                continue
            top, height = self.rowViewportPosition(row), self.rowHeight(row)
            run = 0, 0  # neighbours in a row make one rectangle: a region of many takes long to put together
            for (column, left, width), look in zip(columns, model.looks_at(row, numbers), strict=True):
                if painted.get((row, column)) != look:
                    stale.append((row, column, QRect(left, top, width, height)))
                    if left != run[1]:
                        region += QRect(run[0], top, run[1] - run[0], height)
                        run = left, left
                    run = run[0], left + width
            region += QRect(run[0], top, run[1] - run[0], height)
        if stale:
            region &= self.viewport().rect()
            self._stale = stale if self._stale_region.isEmpty() else []
            self._stale_region += region
            self.viewport().update(region)

    def _rows_shown(self) -> range:
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        return range(max(first, 0), (last if last >= 0 else self.model().rowCount() - 1) + 1)

    def _columns_shown(self) -> list[tuple[int, int, int]]:
        """Return column, left edge and width of those that are in sight."""
        header, end = self.horizontalHeader(), self.viewport().width()
        found = []
        for column in range(header.count()):
            left, width = header.sectionViewportPosition(column), header.sectionSize(column)
            if width and left < end and left + width > 0:
                found.append((column, left, width))
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground and cells; only the cells that a step of a brush has changed, if there is nothing else to paint."""
        stale, region = self._stale, self._stale_region
        self._stale, self._stale_region = [], QRegion()
        painter = QPainter(self.viewport())
        ground = colour(current_theme().surface)
        if stale and self._is_plain() and event.region() == region:
            # the view would make an option and an index for each cell, and ask the model through them: most of the time that a step takes
            model = self.model()
            assert isinstance(model, TableModel)
            for row, column, rect in stale:
                painter.fillRect(rect, ground)
                self._delegate.paint_look(painter, rect, model.look_at(row, column), row, column)
            painter.end()
            return
        painter.fillRect(event.rect(), ground)
        painter.end()
        super().paintEvent(event)

    def _is_plain(self) -> bool:
        """Tell whether no cell has anything on it but its look: no cursor, no selection, no pointer over it."""
        return not (self.underMouse() or self.currentIndex().isValid() or self.selectionModel().hasSelection())


def make_table(model: QAbstractItemModel, name: str, lines: int = 1) -> TableView:
    """Return a view of the model that sorts when a header is clicked."""
    view = TableView(lines)
    view.setModel(model)
    view.setSortingEnabled(True)
    view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    view.setAccessibleName(name)
    return view


def fit_columns(view: TableView, stretch: int, narrowest: int = 170, rows: int = 24) -> None:
    """Give each column what its header and first rows need; ``stretch`` and columns with bars take the rest, ``stretch`` shrinks down to ``narrowest``.

    Args:
        narrowest: in pixels at the usual type size.
        rows: how many are looked at.
    """
    header = view.horizontalHeader()
    header.setResizeContentsPrecision(rows)
    shown = [column for column in range(view.model().columnCount()) if not view.isColumnHidden(column)]
    for column in shown:
        view.resizeColumnToContents(column)
    pictures = [column for column in shown if _has_bars(view.model(), column, rows)]
    view.keep_spread(stretch, min(view.columnWidth(stretch), current_theme().px(narrowest)), pictures)


def _has_bars(model: QAbstractItemModel, column: int, rows: int) -> bool:
    looks = (model.index(row, column).data(LOOK_ROLE) for row in range(min(rows, model.rowCount())))
    return any(isinstance(look.graphic, Bar | IntervalBar) for look in looks)
