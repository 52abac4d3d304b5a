"""The segment table: measures by one to three dimensions, with total, search, a choice of columns, and a filter on click."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton, QWidget

from docops_desktop.analysis.results.common import MeasureRow
from docops_desktop.analysis.results.segments import SegmentsResult
from docops_desktop.model.dimensions import dimension
from docops_desktop.model.measures import MEASURES
from docops_desktop.ui import format as fmt
from docops_desktop.ui.count_words import sessions
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.models import segments_model
from docops_desktop.ui.models.sheet import Cell, Sheet
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.panels.chooser import Chooser
from docops_desktop.ui.panels.dimension_choices import dimension_choices
from docops_desktop.ui.panels.table_panel import TablePanel
from docops_desktop.ui.theme import on_theme_changed

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk
    from docops_desktop.engine.state import ViewSettings, WorkspaceInfo

_NONE = ""


class SegmentsPanel(TablePanel):
    """Groups by the chosen dimensions; a click keeps one."""

    panel_id: ClassVar[str] = "segments"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        definition = tr(
            "Measures of every group by one to three dimensions. Click a row to keep it, Ctrl+click to add one; click a header to sort; the total counts each "
            "session once."
        )
        super().__init__(desk, tr("Segments"), definition, parent)
        self.make_view(TableModel(lambda row: row.keys, pinned=segments_model.is_total, parent=self))
        self._by: tuple[str, ...] = desk.view.segments_by
        self.dimension_boxes = [
            Chooser(tr("Dimension {n}").format(n=i + 1), {}, lambda name, i=i: self._choose_dimension(i, name))  # type: ignore[misc]
            for i in range(3)
        ]
        self.search = self._make_search()
        self.columns_button = self._make_columns_button()
        self.tools.addStretch(1)
        for widget in (*self.dimension_boxes, self.search, self.columns_button):
            self.tools.addWidget(widget)
        self.desk_choices(desk.workspace_info)
        self._unsubscribe = desk.subscribe("workspace", self.desk_choices)
        self.destroyed.connect(self._unsubscribe)
        self.connect_desk()

    def _make_search(self) -> QLineEdit:
        box = QLineEdit()
        box.setPlaceholderText(tr("Search"))
        box.setAccessibleName(tr("Search the segments"))
        box.setClearButtonEnabled(True)
        on_theme_changed(box, lambda theme: box.setMaximumWidth(theme.px(140)))
        on_theme_changed(box, lambda theme: box.setMinimumWidth(theme.px(70)))
        box.textChanged.connect(self._search)
        return box

    def _make_columns_button(self) -> QToolButton:
        button = QToolButton()
        button.setText(tr("Columns"))
        button.setAccessibleName(tr("Columns"))
        button.setToolTip(tr("Which measures are shown"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.aboutToShow.connect(lambda: self._fill_columns(menu))
        button.setMenu(menu)
        return button

    # --- choices

    def desk_choices(self, info: WorkspaceInfo | None) -> None:
        """Offer the dimensions that this workspace has values of."""
        choices = dimension_choices(info, self.desk.view.segments_by)
        for i, box in enumerate(self.dimension_boxes):
            box.set_choices(choices if i == 0 else {_NONE: tr("+ by"), **choices})
        self._show_dimensions(self.desk.view.segments_by)

    def _show_dimensions(self, by: tuple[str, ...]) -> None:
        for i, box in enumerate(self.dimension_boxes):
            box.choose(by[i] if i < len(by) else _NONE)
            box.setVisible(i <= len(by))

    def _choose_dimension(self, position: int, name: str) -> None:
        names = list(self.desk.view.segments_by)
        names[position : position + 1] = [name] if name else []
        by = tuple(dict.fromkeys(names))
        if by and by != self.desk.view.segments_by:
            self.desk.set_view(segments_by=by)
        self._show_dimensions(self.desk.view.segments_by)

    def _fill_columns(self, menu: QMenu) -> None:
        menu.clear()
        shown = self.desk.view.segments_measures
        for name, found in MEASURES.items():
            action = menu.addAction(tr(found.label))
            action.setCheckable(True)
            action.setChecked(name in shown)
            action.setToolTip(tr(found.definition))
            action.setEnabled(name not in shown or len(shown) > 1)
            action.toggled.connect(lambda on, name=name: self._choose_column(name, on))
        menu.setToolTipsVisible(True)

    def _choose_column(self, name: str, on: bool) -> None:
        shown = self.desk.view.segments_measures
        wanted = {*shown, name} if on else set(shown) - {name}
        self.desk.set_view(segments_measures=tuple(m for m in MEASURES if m in wanted))

    def view_changed(self, view: ViewSettings) -> None:
        """Take over dimensions and columns."""
        self._show_dimensions(view.segments_by)
        if self.result is not None:
            self._show_table()

    def _search(self, text: str) -> None:
        self.model.search(text)
        if self.result is not None:
            self.n_label.setText(self.n_text())

    # --- showing

    def dimensions(self) -> tuple[str, ...]:
        """The dimensions of the result at hand, which may lag behind the choice."""
        return self._by

    def stretched_column(self) -> int:
        """The first dimension."""
        return 0

    def show_result(self, result: SegmentsResult) -> None:
        """Show a result."""
        self._by = result.by
        self._show_table()
        self.selection_changed(self.desk.selection)

    def _show_table(self) -> None:
        before = [column.name for column in self.model.columns]
        shown = self.desk.view.segments_measures
        if not set(shown) & set(self.result.measures):
            shown = self.result.measures
        columns = segments_model.columns(self.result, shown, self.currency)
        steady = segments_model.groups_of(self.result) if self._previews else None
        self.model.set_table(columns, segments_model.rows(self.result), steady=steady)
        names = [column.name for column in columns]
        if names != before:
            order = self.result.order if self.result.order in names else names[-1]
            self.table.sortByColumn(names.index(order), Qt.SortOrder.DescendingOrder)
            self.fit()
        else:
            self.fit_soon()

    def empty_text(self) -> str:
        """No groups: nothing matches."""
        return "" if self.result.rows else self.nothing_matches()

    def n_text(self) -> str:
        """Groups shown, and sessions behind them."""
        n = self.result.total.values.get("sessions")
        shown, groups = self.model.rowCount() - 1, self.result.groups
        text = (
            tr_n(groups, "%n group", "%n groups")
            if shown == groups or self._previews  # a moving brush leaves groups in the list that have no sessions now
            else tr("{shown} of {groups} groups").format(shown=fmt.exact(shown), groups=fmt.exact(groups))
        )
        return text if n is None else tr("n = {n} · {groups}").format(n=sessions(n), groups=text)

    def n_tip(self) -> str:
        """What a reader must know."""
        return str(self.result.note)

    def description(self) -> str:
        """Name the first groups."""
        if self.result is None or not self.result.rows:
            return tr("The segment table is empty.")
        by = " x ".join(tr(dimension(name).label) for name in self.result.by)
        first = ", ".join(" · ".join(row.keys) for row in self.result.rows[:3])
        text = tr("{groups} segments by {by}; first: {first}.")
        return text.format(groups=self.result.groups, by=by, first=first) + (
            f" {self.result.note}" if self.result.note else ""
        )

    def people_of(self, row: int) -> int | None:
        """Sessions of a group."""
        found = self.model.rows[row]
        return None if segments_model.is_total(found) else _people(found)

    def sheet(self) -> Sheet | None:
        """Every group and measure of the result, the total first."""
        if self.result is None:
            return None
        result: SegmentsResult = self.result
        headers = (*result.by, *(_header(name, self.currency) for name in result.measures))
        total = ("Total", *("" for _ in result.by[1:]), *_values(result.total, result.measures))
        rows = tuple((*row.keys, *_values(row, result.measures)) for row in result.rows)
        people = tuple(_people(row) for row in result.rows)
        notes = (result.note,) if result.note else ()
        return Sheet(self.title, headers, rows, people, (total,), notes)


def _people(row: MeasureRow) -> int | None:
    n = row.values.get("sessions", row.values.get("page_views"))
    return None if n is None else int(n)


def _values(row: MeasureRow, measures: tuple[str, ...]) -> tuple[Cell, ...]:
    return tuple(row.values.get(name) for name in measures)


def _header(name: str, currency: str) -> str:
    unit = {"ms": "ms", "money": currency}.get(MEASURES[name].unit, "")
    return f"{name}_{unit}" if unit else name
