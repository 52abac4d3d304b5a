"""The heatmap of any two dimensions: who is hurt. Values, or the change against the baseline; a click keeps a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from docops_desktop.analysis.results.heatmap import HeatmapResult
from docops_desktop.model.dimensions import NOT_SET, dimension
from docops_desktop.ui.charts.colour_legend import ColourLegend
from docops_desktop.ui.charts.colour_scale import ColourScale
from docops_desktop.ui.charts.heatmap_picture import HeatmapPicture
from docops_desktop.ui.charts.heatmap_view import HeatmapView
from docops_desktop.ui.count_words import sessions
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.sheet import Sheet
from docops_desktop.ui.panels import heatmap_words as words
from docops_desktop.ui.panels.chooser import Chooser
from docops_desktop.ui.panels.dimension_choices import dimension_choices
from docops_desktop.ui.panels.marks import Mark, Values, apply, can_filter, extended, kept, toggled, values_mark
from docops_desktop.ui.panels.panel import Panel
from docops_desktop.ui.panels.steady_grid import SteadyGrid
from docops_desktop.ui.theme import Theme, current_theme

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk
    from docops_desktop.engine.state import ViewSettings, WorkspaceInfo
    from docops_desktop.model.selection import Selection


class HeatmapPanel(Panel):
    """A measure over two dimensions."""

    panel_id: ClassVar[str] = "heatmap"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, tr("Heatmap"), words.definition(), parent)
        self.chart, self.legend = HeatmapView(), ColourLegend()
        self.view = self.chart
        self.add_to_body(self.chart, 1)
        self.add_to_body(self.legend)
        self.rows_box = Chooser(tr("Rows"), {}, lambda name: self._choose_dimension("heatmap_rows", name))
        self.columns_box = Chooser(tr("Columns"), {}, lambda name: self._choose_dimension("heatmap_columns", name))
        self.measure_box = Chooser(tr("Measure"), words.measures(), lambda name: self._set("heatmap_measure", name))
        self.mode_box = Chooser(tr("Shows"), words.modes(), lambda name: self._set("heatmap_mode", name))
        self.tools.addStretch(1)
        for box in (self.rows_box, self.columns_box, self.measure_box, self.mode_box):
            self.tools.addWidget(box)
        self._least = 0
        self.shown: HeatmapResult
        self._steady: SteadyGrid | None = None
        self._scale: ColourScale | None = None
        self.offer_dimensions(desk.workspace_info)
        self.destroyed.connect(desk.subscribe("workspace", self.offer_dimensions))
        self.chart.hovered.connect(self._hover)
        self.chart.label_hovered.connect(self._hover_label)
        self.chart.left.connect(self.card.hide)
        self.chart.chosen.connect(self._chosen)
        self.connect_desk()

    # --- choices

    def offer_dimensions(self, info: WorkspaceInfo | None) -> None:
        """Offer the dimensions that this workspace has values of."""
        view = self.desk.view
        choices = dimension_choices(info, (view.heatmap_rows, view.heatmap_columns))
        self.rows_box.set_choices(choices)
        self.columns_box.set_choices(choices)
        self.view_changed(view)

    def view_changed(self, view: ViewSettings) -> None:
        """Take over dimensions, measure and mode."""
        self.rows_box.choose(view.heatmap_rows)
        self.columns_box.choose(view.heatmap_columns)
        self.measure_box.choose(view.heatmap_measure)
        self.mode_box.choose(view.heatmap_mode)
        if self.result is not None:
            self._draw()
            self.say(self.empty_text())
            self._describe()

    def _set(self, name: str, value: str) -> None:
        if getattr(self.desk.view, name) != value:
            self.desk.set_view(**{name: value})

    def _choose_dimension(self, name: str, value: str) -> None:
        """Choosing for one side what the other side has swaps the two."""
        view = self.desk.view
        other = "heatmap_columns" if name == "heatmap_rows" else "heatmap_rows"
        if value == getattr(view, other):
            self.desk.set_view(**{name: value, other: getattr(view, name)})
        else:
            self._set(name, value)

    @property
    def mode(self) -> str:
        """``value``, ``change`` or ``z``."""
        return self.desk.view.heatmap_mode

    # --- showing

    def show_result(self, _result: HeatmapResult) -> None:
        """Show a result."""
        self._draw()

    def _draw(self) -> None:
        whole: HeatmapResult = self.result
        least = max(whole.min_sessions, self._least)
        result = self.shown = self._part_shown(whole, least)
        values = words.shown_values(result, self.mode)
        visible = np.where(result.sessions >= least, values, np.nan)
        scale = self._scale
        if not self._previews or scale is None or not words.still_fits(scale, visible):
            scale = self._scale = words.scale_of(result, self.mode, current_theme())
        compared = words.has_baseline(result)
        outlined = np.nan_to_num(np.abs(result.z)) >= words.OUTLINE_Z if compared else np.zeros(values.shape, bool)
        picture = HeatmapPicture(
            result.row_labels,
            result.column_labels,
            scale.rgba(visible),
            np.isnan(visible) & (result.sessions > 0),
            outlined & ~np.isnan(visible),
            lambda row, column: words.word(result, self.mode, float(visible[row, column]), self.currency),
            self._kept_places(result.row_dimension, result.row_labels),
            self._kept_places(result.column_dimension, result.column_labels),
        )
        self.chart.show_picture(picture)
        signs = [("hatch", f"n < {least}")] + ([("outline", f"|z| ≥ {words.OUTLINE_Z:g}")] if compared else [])
        left_out = words.left_out_text(whole, result, steady=self._previews)
        signs += [("", left_out)] if left_out else []
        title = words.legend_title(result, self.mode)
        self.legend.set_scale(scale, title, lambda v: words.word(result, self.mode, v, self.currency), tuple(signs))

    def _part_shown(self, whole: HeatmapResult, least: int) -> HeatmapResult:
        """Leave out rows and columns of thin cells; while a brush moves, those that were left out before it did."""
        if self._previews and self._steady is not None:
            return self._steady.part_of(whole)
        shown = words.with_values(
            whole,
            least,
            self._kept_places(whole.row_dimension, whole.row_labels),
            self._kept_places(whole.column_dimension, whole.column_labels),
        )
        self._steady = SteadyGrid(whole, shown)
        return shown

    def _kept_places(self, dimension: str, labels: tuple[str, ...]) -> frozenset[int]:
        wanted = kept(self.desk.selection, dimension)
        if not wanted:
            return frozenset()
        return frozenset(i for i, label in enumerate(labels) if label in wanted)

    def selection_changed(self, _selection: Selection) -> None:
        """Frame the cells that the selection keeps; a moved window alone frames no others."""
        drawn = self.chart.picture
        if self.result is not None and (drawn is None or (drawn.kept_rows, drawn.kept_columns) != self._framed()):
            self._draw()

    def _framed(self) -> tuple[frozenset[int], frozenset[int]]:
        shown = self.shown
        rows = self._kept_places(shown.row_dimension, shown.row_labels)
        return rows, self._kept_places(shown.column_dimension, shown.column_labels)

    def theme_changed(self, _theme: Theme) -> None:
        """Colour the cells anew."""
        if self.result is not None:
            self._draw()

    def empty_text(self) -> str:
        """Say why there is no picture."""
        if not self.result.values.size or not (self.result.sessions > 0).any():
            return self.nothing_matches()
        if self.result.row_labels == self.result.column_labels == (NOT_SET,):
            rows, columns = (
                tr(dimension(name).label) for name in (self.result.row_dimension, self.result.column_dimension)
            )
            text = tr("These data have neither {rows} nor {columns}. Choose other dimensions above.")
            return text.format(rows=rows.lower(), columns=columns.lower())
        if self.mode != "value" and not words.has_baseline(self.result):
            return tr("There is no baseline to compare with. Brush a window on the timeline, or choose one there.")
        return ""

    def n_text(self) -> str:
        """Sessions in all cells."""
        return tr("n = {n}").format(n=sessions(int(self.result.sessions.sum())))

    def sheet(self) -> Sheet | None:
        """One row per cell."""
        return None if self.result is None else words.sheet(self.result, self.title, self.currency)

    def description(self) -> str:
        """Tell the cell that stands out most."""
        return words.description(self.result, self.mode, self.currency) if self.result is not None else ""

    def suppress_below(self, k: int) -> None:
        """Hatch cells smaller than k."""
        if self.result is not None and k != self._least:
            self._least = k
            self._draw()

    # --- gestures

    def _hover(self, row: int, column: int, point: QPointF) -> None:
        if self.result is None:
            return
        title, lines, foot = words.cell_lines(self.shown, row, column, self.currency)
        self.card.show_at(self.chart.mapTo(self, point.toPoint()), title, lines, foot)

    def _hover_label(self, text: str, point: QPointF) -> None:
        self.card.show_at(self.chart.mapTo(self, point.toPoint()), text, [])

    def _values(self, rows: tuple[int, ...], columns: tuple[int, ...]) -> Values:
        result = self.shown
        values: dict[str, tuple[str, ...]] = {}
        if rows:
            values[result.row_dimension] = tuple(result.row_labels[i] for i in rows)
        if columns:
            values[result.column_dimension] = tuple(result.column_labels[i] for i in columns)
        return values

    def _chosen(self, rows: tuple[int, ...], columns: tuple[int, ...], more: bool) -> None:
        if self.result is None:
            return
        values = self._values(rows, columns)
        if not can_filter(values):
            self.card.show_at(QPoint(20, 40), tr("(other) is what is left over; it can't be filtered by"), [])
            return
        change = extended if more else toggled
        apply(self.desk, change(self.desk.selection, values, self.panel_id))

    def mark_at(self, point: QPoint) -> Mark | None:
        """The cell, or the row or column label, under the pointer."""
        grid = self.chart.grid
        if self.result is None or grid is None:
            return None
        at = QPointF(self.chart.mapFrom(self, point))
        row, column = grid.row_at(at.y()), grid.column_at(at.x())
        values = self._values(() if row is None else (row,), () if column is None else (column,))
        return values_mark(self.desk, values, self.panel_id) if values else None

    def current_mark(self) -> Mark | None:
        """The cell under the cursor."""
        cell = self.chart.cursor_cell
        if self.result is None or cell is None:
            return None
        return values_mark(self.desk, self._values((cell[0],), (cell[1],)), self.panel_id)

    def _act_on(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape and self.card.isVisible():
            self.card.hide()
            return True
        return super()._act_on(event)
