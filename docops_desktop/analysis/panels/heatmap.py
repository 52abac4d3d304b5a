"""Heatmap: one measure over two dimensions, top rows x top columns plus "(other)", beside the same over the baseline.

Which values are the top ones is counted in the first look; the cells are summed in a second look at the kept sessions, unless both dimensions are
small enough to show whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.percentiles import CoarseBins
from docops_desktop.analysis.figures.sums import Sums, metrics_of
from docops_desktop.analysis.plan.blocks import BASELINE, WINDOW
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.handle import Handle
from docops_desktop.analysis.plan.question import Context, Question, dimension_key
from docops_desktop.analysis.requests import HeatmapRequest
from docops_desktop.analysis.results.heatmap import HeatmapResult
from docops_desktop.kernels.layout import ScanOutput
from docops_desktop.model.dimensions import OTHER
from docops_desktop.model.measures import measure
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import FactsHeader

Floats = npt.NDArray[np.float64]
_OUTCOMES = ("conversions", "conversion_rate", "revenue", "revenue_per_session", "bounce_rate")
_WHOLE_CELLS = 2_000
"""Two dimensions with at most this many cells are summed whole in the first look."""


@dataclass(frozen=True)
class Axis:
    """Bins of a dimension's codes (-1 = dropped) and the bins' texts."""

    bins: npt.NDArray[np.int32]
    labels: tuple[str, ...]


class HeatmapQuestion(Question):
    """Answers a ``HeatmapRequest``."""

    def __init__(self, context: Context, request: HeatmapRequest) -> None:
        super().__init__(context)
        self.request = request
        self._sizes = [len(self.index.labels(name)) for name in (request.rows, request.columns)]
        self._tops = (request.top_rows, request.top_columns)
        self._whole = self._sizes[0] * self._sizes[1] <= _WHOLE_CELLS and all(
            size <= top for size, top in zip(self._sizes, self._tops, strict=True)
        )
        self._marginals: list[Handle] = []
        self._axes: list[Axis] = []
        self._cells: Handle | None = None
        self._sides: list[Sums] = []
        self._coarse: CoarseBins | None = None

    def may_follow(self) -> bool:
        """Tell whether a second look may be needed."""
        return not self._whole

    def ask(self, builder: PlanBuilder) -> None:
        """Add the panels of the first look."""
        author = self.request.panel_id
        names = (self.request.rows, self.request.columns)
        if self._whole:
            self._axes = [
                Axis(np.arange(size, dtype=np.int32), self.index.labels(n))
                for n, size in zip(names, self._sizes, strict=True)
            ]
            self._cells = self._add_cells(builder)
            return
        spans = WINDOW | (BASELINE if self.context.baseline else 0)
        builder.reserve(author, spans, by_list=self._by_list(), dimensions=names)
        self._marginals = [
            builder.add([dimension_key(self.index, name)], author=author, count_views=False, outcomes=False)
            for name in names
        ]

    def read(self, out: ScanOutput) -> None:
        """Take the sums of the first look."""
        if self._whole:
            self._take(out)
            return
        names = (self.request.rows, self.request.columns)
        self._axes = [
            top_axis(marginal.sums(out, self.facts).sessions, self.index.labels(name), top)
            for marginal, name, top in zip(self._marginals, names, self._tops, strict=True)
        ]

    def follow(self, builder: PlanBuilder) -> bool:
        """Add the panels of the second look."""
        if self._whole or not all(axis.labels for axis in self._axes):
            return False
        self._cells = self._add_cells(builder)
        return True

    def read_followed(self, out: ScanOutput) -> None:
        """Take the sums of the second look."""
        if self._cells is not None and not self._whole:
            self._take(out)

    def result(self) -> HeatmapResult:
        """Return the frozen answer."""
        request = self.request
        if not self._sides or not int(self._sides[0].sessions.sum()):
            return self._empty()
        window = self._sides[0]
        order = [
            self._order(axis, axis_sums) for axis, axis_sums in zip((0, 1), self._axis_sessions(window), strict=True)
        ]
        shape = (len(order[0]), len(order[1]))
        place = (order[1][None, :] * len(self._axes[0].labels) + order[0][:, None]).ravel()
        sessions = window.sessions[place]
        enough = sessions >= request.min_sessions
        shown = _spread(window.values(request.measure, place[enough]), enough)
        labels = [tuple([axis.labels[i] for i in o.tolist()]) for axis, o in zip(self._axes, order, strict=True)]
        nothing_i, nothing_f = np.zeros((0, 0), dtype=np.int64), np.zeros((0, 0))
        baseline_sessions, baseline_values, change, z = nothing_i, nothing_f, nothing_f, nothing_f
        if len(self._sides) > 1:
            before = self._sides[1]
            enough_before = before.sessions[place] >= request.min_sessions
            baseline_sessions = before.sessions[place].reshape(shape)
            baseline_values = _spread(before.values(request.measure, place[enough_before]), enough_before)
            both = enough & enough_before
            cells = place[both]
            parts = compare(window.take(cells), before.take(cells), request.measure, self._time_ratio())
            change, z = (_spread(part, both).reshape(shape) for part in parts)
        return HeatmapResult(
            row_dimension=request.rows,
            column_dimension=request.columns,
            measure=request.measure,
            row_labels=labels[0],
            column_labels=labels[1],
            sessions=sessions.reshape(shape),
            values=shown.reshape(shape),
            baseline_sessions=baseline_sessions,
            baseline_values=baseline_values.reshape(baseline_sessions.shape),
            change=change,
            z=z,
            min_sessions=request.min_sessions,
            baseline=self.context.baseline,
        )

    def _by_list(self) -> bool:
        """Tell whether the cells need nothing but histograms of their sessions' page views."""
        of_sessions = all(
            self.index.dimension(n).level != "page_view" for n in (self.request.rows, self.request.columns)
        )
        return of_sessions and measure(self.request.measure).kind == "percentile"

    def _add_cells(self, builder: PlanBuilder) -> Handle:
        keys = [
            dimension_key(self.index, name, axis.bins, max(len(axis.labels), 1))
            for name, axis in zip((self.request.rows, self.request.columns), self._axes, strict=True)
        ]
        return builder.add(
            keys,
            author=self.request.panel_id,
            metrics=metrics_of((self.request.measure,)),
            baseline=bool(self.context.baseline),
            errors=self.request.measure == "errors",
            count_views=self.request.measure == "page_views",
            outcomes=self.request.measure in _OUTCOMES,
            coarse=self._coarse,
        )

    def _take(self, out: ScanOutput) -> None:
        assert self._cells is not None
        sides = 2 if self._cells.has_baseline else 1
        self._sides = [self._cells.sums(out, self.facts, side) for side in range(sides)]

    def _axis_sessions(self, sums: Sums) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        cells = sums.sessions.reshape(len(self._axes[1].labels), len(self._axes[0].labels))
        return cells.sum(axis=0), cells.sum(axis=1)

    def _order(self, axis: int, sessions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the bins that have sessions, biggest first, the remainder last."""
        labels = self._axes[axis].labels
        place = -sessions
        if not self._whole and labels and labels[-1] == OTHER:
            place[-1] = 1
        order = place.argsort(kind="stable")
        return order[sessions[order] > 0]

    def _time_ratio(self) -> float:
        header = self.facts.header
        window = [self.context.selection.span or TimeSpan(header.first_ms, header.last_ms + 1)]
        before = covered_ms(self.context.baseline, header)
        return covered_ms(window, header) / before if before else float("nan")

    def _empty(self) -> HeatmapResult:
        request = self.request
        i, f = np.zeros((0, 0), dtype=np.int64), np.zeros((0, 0))
        return HeatmapResult(
            request.rows,
            request.columns,
            request.measure,
            (),
            (),
            i,
            f,
            i,
            f,
            f,
            f,
            request.min_sessions,
            self.context.baseline,
        )


def _spread(values: Floats, where: npt.NDArray[np.bool_]) -> Floats:
    """Return the values at the places where ``where`` holds, NaN elsewhere; percentiles are read only for cells that are shown."""
    result = np.full(len(where), np.nan)
    result[where] = values
    return result


def top_axis(sessions: npt.NDArray[np.int64], labels: tuple[str, ...], top: int) -> Axis:
    """Return bins for the ``top`` codes with most sessions, and one for the rest where a rest has sessions."""
    chosen, rest = top_codes(sessions, top)
    bins = np.full(len(sessions), len(chosen) if rest else -1, dtype=np.int32)
    bins[chosen] = np.arange(len(chosen))
    texts = tuple([labels[code] for code in chosen.tolist()])
    return Axis(bins, (*texts, OTHER) if rest else texts)


def top_codes(sessions: npt.NDArray[np.int64], top: int) -> tuple[npt.NDArray[np.int64], bool]:
    """Return the ``top`` codes with most sessions, most first, ties by code, and whether others have sessions too."""
    sessions = np.ascontiguousarray(sessions)  # of every eighth number, each look would take eight times the memory
    found, least = int(np.count_nonzero(sessions)), 1
    if found > 2 * top:  # only what may be among them is sorted
        ascending = sessions.copy()
        ascending.partition(len(sessions) - top)
        least = int(ascending[len(sessions) - top])
    codes = (sessions >= least).nonzero()[0]
    chosen: npt.NDArray[np.int64] = codes[(-sessions[codes]).argsort(kind="stable")[:top]]
    return chosen, found > top


def compare(window: Sums, before: Sums, name: str, time_ratio: float) -> tuple[Floats, Floats]:
    """Return the change of a measure by group, and the same in standard errors.

    Rates: difference, standard error with the pooled proportion. Load times and counts: (window - baseline) / baseline, with the first-order
    (delta method) standard error of a ratio; additive measures are first scaled by ``time_ratio`` = covered time of window / of baseline. NaN where
    either side is missing.
    """
    what = measure(name)
    now, then = window.values(name), before.values(name)
    now_error, then_error = window.errors_of(name), before.errors_of(name)
    with np.errstate(divide="ignore", invalid="ignore"):
        if what.unit == "%":
            change = now - then
            n, m = window.sessions.astype(np.float64), before.sessions.astype(np.float64)
            pooled = (now * n + then * m) / (n + m)
            error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
        else:
            if what.kind == "additive":
                then, then_error = then * time_ratio, then_error * time_ratio
            change = (now - then) / then
            error = np.sqrt((now_error / then) ** 2 + (now * then_error / then**2) ** 2)
        z = np.where(error > 0, change / error, np.nan)
    finite = np.isfinite(change)
    return np.where(finite, change, np.nan), np.where(finite & np.isfinite(z), z, np.nan)


def covered_ms(spans: Any, header: FactsHeader) -> int:
    """Return the time that the spans cover together, within the span of the data; overlaps count once."""
    total, reached = 0, header.first_ms
    for span in sorted(spans):
        low, high = max(span.start_ms, reached), min(span.end_ms, header.last_ms + 1)
        total += max(high - low, 0)
        reached = max(reached, high)
    return total
