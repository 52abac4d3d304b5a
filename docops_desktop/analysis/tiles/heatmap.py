"""The heatmap's part of a tile: cells of the values that are biggest over all the time, summed per time bin.

While a hand drags, rows and columns stay those that were shown, in their order, and everything else is in the remainder: a cell can be watched, and a step
costs no choice of values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.percentiles import coarse_bins
from docops_desktop.analysis.figures.sums import metrics_of
from docops_desktop.analysis.panels.heatmap import Axis, HeatmapQuestion, top_axis, top_codes
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.handle import Handle
from docops_desktop.analysis.plan.question import dimension_key
from docops_desktop.analysis.results.heatmap import HeatmapResult
from docops_desktop.analysis.tiles import panel_tile as tile
from docops_desktop.analysis.tiles.panel_tile import CannotServe, Kept, PanelTile, roughly
from docops_desktop.analysis.tiles.prefix_sums import SpanOutput
from docops_desktop.analysis.tiles.steady_list import SteadyList, codes_of
from docops_desktop.kernels import layout as lay
from docops_desktop.kernels.layout import ScanOutput
from docops_desktop.model.dimensions import OTHER
from docops_desktop.model.selection import Selection

_COUNTED = {
    "page_views": lay.ACC_VIEWS,
    "conversions": lay.ACC_CONVERSIONS,
    "conversion_rate": lay.ACC_CONVERTING,
    "bounce_rate": lay.ACC_BOUNCES,
    "errors": lay.ACC_ERRORS,
}
"""What a measure is read from besides sessions, revenue and histograms."""
_MONEY = ("revenue", "revenue_per_session")


class HeatmapTile(PanelTile):
    """Heatmap: counts by value of each axis, cells of the values that are biggest over all the time."""

    def __init__(self, question: HeatmapQuestion) -> None:
        self.question: HeatmapQuestion = question
        q = question
        self._names = (q.request.rows, q.request.columns)
        for name, size, top in zip(self._names, q._sizes, q._tops, strict=True):
            if size > top and q.index.dimension(name).level == "page_view":
                raise CannotServe(f"sessions with several values of {name} would count more than once in its remainder")
        self._marginals: list[Handle] = []
        self._holding = False
        self._steady: _Steady | None = None

    def hold(self, shown: Any) -> None:
        """The rows and columns that are shown."""
        self.let_go()
        self._holding, request = True, self.question.request
        if (
            isinstance(shown, HeatmapResult)
            and (shown.row_dimension, shown.column_dimension) == self._names
            and shown.measure == request.measure
            and shown.row_labels
        ):
            self._hold_labels(shown)

    def let_go(self) -> None:
        """See the interface."""
        self._holding, self._steady = False, None

    def _hold_labels(self, shown: HeatmapResult) -> None:
        q = self.question
        self._steady = _Steady(
            *(
                _SteadyAxis(q.index.codes(name), q.index.labels(name), axis, labels, top, whole=q._whole)
                for name, axis, labels, top in zip(
                    self._names, q._axes, (shown.row_labels, shown.column_labels), q._tops, strict=True
                )
            )
        )

    def look(self, builder: PlanBuilder) -> None:
        """Count sessions by value of each axis."""
        self._marginals = self._add_marginals(builder)

    def looked(self, out: ScanOutput, load: npt.NDArray[Any], bins: int) -> None:
        """Choose the values with cells, and the histograms' bins."""
        q = self.question
        if q._whole:
            q._axes = [
                Axis(np.arange(s, dtype=np.int32), q.index.labels(n))
                for n, s in zip(self._names, q._sizes, strict=True)
            ]
        else:
            q._axes = [
                top_axis(m.sums(out, q.facts).sessions, q.index.labels(n), top + top // tile.SPARE)
                for m, n, top in zip(self._marginals, self._names, q._tops, strict=True)
            ]
        cells = max(len(q._axes[0].labels) * len(q._axes[1].labels), 1)
        values = sum(q._sizes) * 4 + cells * tile.COUNT_BYTES_PER_GROUP
        if values * (bins + 1) > tile.COUNT_BYTES:
            raise CannotServe(f"{sum(q._sizes):,} values and {cells:,} cells in {bins} time bins")
        if metrics_of((q.request.measure,)):
            at_most = tile.HISTOGRAM_BYTES // (cells * (bins + 1) * 4)
            if at_most < tile.FEWEST_BINS:
                raise CannotServe(f"percentiles of {cells:,} cells in {bins} time bins")
            q._coarse = coarse_bins(load, at_most)

    def ask(self, builder: PlanBuilder) -> tuple[Kept, ...]:
        """Values of the axes, and cells."""
        q = self.question
        q._cells = q._add_cells(builder)
        name = q.request.measure
        counts = (lay.ACC_SESSIONS, *((_COUNTED[name],) if name in _COUNTED else ()))
        cells = Kept(q._cells, counts, money=name in _MONEY)
        if q._whole:
            return (cells,)
        self._marginals = self._add_marginals(builder)
        return cells, *(Kept(m, (lay.ACC_SESSIONS,), money=False) for m in self._marginals)

    def answer(self, out: SpanOutput, selection: Selection) -> tuple[Any, str]:
        """The cells of the span."""
        q = self._question_at(selection)
        if self._steady is not None:
            return self._steadily(q, out, self._steady)
        result, note = self._biggest(q, out)
        if self._holding and result.row_labels:
            self._hold_labels(result)
        return result, note

    def _steadily(self, q: HeatmapQuestion, out: SpanOutput, steady: _Steady) -> tuple[HeatmapResult, str]:
        """The rows and columns that were shown before."""
        assert q._cells is not None
        for place, axis in enumerate((steady.rows, steady.columns)):
            if axis.open:
                axis.follow(self._sessions_by(q, out, place))
        shape = len(steady.rows.labels), len(steady.columns.labels)
        sums = out.placed(q._cells.acc, steady.cells(), shape[0] * shape[1], q.facts)
        sessions = sums.sessions.reshape(shape)
        values = sums.values(q.request.measure).reshape(shape)
        values[sessions < q.request.min_sessions] = np.nan
        nothing, none = np.zeros((0, 0), dtype=np.int64), np.zeros((0, 0))
        result = HeatmapResult(
            *self._names,
            q.request.measure,
            steady.rows.labels,
            steady.columns.labels,
            sessions,
            values,
            nothing,
            none,
            none,
            none,
            q.request.min_sessions,
            q.context.baseline,
        )
        return result, roughly(q._coarse, other_rows=not (steady.rows.all_shown and steady.columns.all_shown))

    def _sessions_by(self, q: HeatmapQuestion, out: SpanOutput, place: int) -> npt.NDArray[np.int64]:
        """Return the sessions by value of the rows (0) or columns (1)."""
        if not q._whole:
            return out.sessions_of(self._marginals[place].acc)
        assert q._cells is not None
        cells = out.sessions_of(q._cells.acc).reshape(len(q._axes[1].labels), len(q._axes[0].labels))
        found: npt.NDArray[np.int64] = cells.sum(axis=place)
        return found

    def _biggest(self, q: HeatmapQuestion, out: SpanOutput) -> tuple[HeatmapResult, str]:
        """The values that are biggest in the span."""
        assert q._cells is not None
        if q._whole:
            q._sides = [q._cells.sums(out, q.facts)]
            return q.result(), roughly(q._coarse, other_rows=False)
        listed = [
            _listed(out.sessions_of(marginal.acc), axis, q.index.labels(name), top)
            for axis, marginal, name, top in zip(q._axes, self._marginals, self._names, q._tops, strict=True)
        ]
        q._axes = [one.axis for one in listed]
        if not all(axis.labels for axis in q._axes):
            return q._empty(), ""
        rows, columns = listed
        cells = np.where(
            (columns.places[:, None] >= 0) & (rows.places >= 0),
            columns.places[:, None] * len(rows.axis.labels) + rows.places,
            -1,
        )
        n = len(rows.axis.labels) * len(columns.axis.labels)
        q._sides = [out.placed(q._cells.acc, cells.ravel(), n, q.facts)]
        return q.result(), roughly(q._coarse, other_rows=not (rows.whole and columns.whole))

    def _add_marginals(self, builder: PlanBuilder) -> list[Handle]:
        q = self.question
        if q._whole:
            return []
        author = q.request.panel_id
        return [builder.add([dimension_key(q.index, n)], author=author, count_views=False) for n in self._names]


@dataclass(frozen=True)
class _Listed:
    """What an axis shows of a span.

    Attributes:
        axis: the values shown; its bins are not used.
        places: the place among them of each value that has cells (-1: not shown), the kept values' own remainder last.
        whole: every value that a pass would show has cells.
    """

    axis: Axis
    places: npt.NDArray[np.int64]
    whole: bool


def _listed(sessions: npt.NDArray[np.int64], kept: Axis, labels: tuple[str, ...], top: int) -> _Listed:
    """Choose the values that a span shows, among those that have cells."""
    codes, rest = top_codes(sessions, top)
    own = kept.labels[-1:] == (OTHER,) and bool(kept.bins.min() >= 0)
    cells = len(kept.labels) - own
    found = kept.bins[codes].astype(np.int64)
    has = (found >= 0) & (found < cells)
    whole = bool(has.all())
    remainder = rest or not whole
    texts = tuple([labels[code] for code in codes[has].tolist()])
    places = np.full(len(kept.labels), len(texts) if remainder else -1, dtype=np.int64)
    places[found[has]] = np.arange(len(texts))
    return _Listed(Axis(kept.bins, (*texts, OTHER) if remainder else texts), places, whole)


class _SteadyAxis:
    """The values that one side shows while the brush moves.

    Args:
        codes: the code of each text, ``texts`` the other way round.
        kept: the values that have cells.
        labels: what is shown at the beginning.
        whole: every value has cells of its own.

    Attributes:
        labels: what is shown now, (n,); the remainder last.
        places: the place among them of each value that has cells (-1: nowhere).
        all_shown: every value that was shown has cells.
    """

    def __init__(
        self,
        codes: dict[str, int],
        texts: tuple[str, ...],
        kept: Axis,
        labels: tuple[str, ...],
        top: int,
        *,
        whole: bool,
    ) -> None:
        self._texts, self._kept, self._whole = texts, kept, whole
        own = not whole and kept.labels[-1:] == (OTHER,) and bool(kept.bins.min() >= 0)
        self._cells = len(kept.labels) - own
        wanted = codes_of(labels, codes) if whole else codes_of((text for text in labels if text != OTHER), codes)
        self._list = SteadyList(wanted, len(texts) if whole else top, (kept.bins >= 0) & (kept.bins < self._cells))
        self._remainder = not whole and labels[-1:] == (OTHER,)
        self.all_shown = len(self._list.codes) == len(wanted)
        self.labels: tuple[str, ...] = ()
        self.places: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._lay_out()

    @property
    def open(self) -> bool:
        """Something may come in."""
        return not self._list.full or not (self._remainder or self._whole)

    def follow(self, sessions: npt.NDArray[np.int64]) -> None:
        """Take in what has ``sessions`` (by code) and finds room; for the rest, show the remainder from now on."""
        before = self._list.codes
        codes = self._list.follow(sessions)
        rest = not self._remainder and not self._whole and int(sessions.sum()) > int(sessions[codes].sum())
        if codes is not before or rest:
            self._remainder = self._remainder or rest
            self._lay_out()

    def _lay_out(self) -> None:
        codes = self._list.codes
        texts = tuple([self._texts[code] for code in codes.tolist()])
        self.labels = (*texts, OTHER) if self._remainder else texts
        self.places = np.full(len(self._kept.labels), len(texts) if self._remainder else -1, dtype=np.int64)
        self.places[self._kept.bins[codes]] = np.arange(len(texts))


class _Steady:
    """Both sides of the heatmap while the brush moves."""

    def __init__(self, rows: _SteadyAxis, columns: _SteadyAxis) -> None:
        self.rows, self.columns = rows, columns
        self._cells: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._for: tuple[Any, ...] = ()

    def cells(self) -> npt.NDArray[np.int64]:
        """Return the place, row by row, of each cell that is summed, column by column; -1: nowhere."""
        rows, columns = self.rows.places, self.columns.places
        if self._for != (id(rows), id(columns)):
            shown = (columns[:, None] >= 0) & (rows >= 0)
            self._cells = np.where(shown, rows * len(self.columns.labels) + columns[:, None], -1).ravel()
            self._for = id(rows), id(columns)
        return self._cells
