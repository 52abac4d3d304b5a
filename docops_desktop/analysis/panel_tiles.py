"""How each panel takes part in a tile: what is summed per time bin, and how a span's sums become the panel's result.

Results come from the panels' own questions, fed with a span's sums instead of a pass' output; only what would be too large per time bin is done
differently: histograms get coarser bins, and long axes and lists keep the values that are biggest over all the time. Whatever is then not exactly what a
pass would give is said in words (``approximate``); what can't be served at all is left to the pass.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.distribution import DistributionQuestion
from docops_desktop.analysis.heatmap import Axis, HeatmapQuestion, top_axis, top_codes
from docops_desktop.analysis.percentiles import CoarseBins, coarse_bins
from docops_desktop.analysis.plan_builder import Handle, PlanBuilder
from docops_desktop.analysis.prefix_sums import ALL_COUNTS, SpanOutput
from docops_desktop.analysis.question import Question, dimension_key
from docops_desktop.analysis.results.common import Totals
from docops_desktop.analysis.segments import SegmentsQuestion
from docops_desktop.analysis.sums import Sums, metrics_of
from docops_desktop.analysis.totals import TotalsQuestion
from docops_desktop.kernels import layout as lay
from docops_desktop.kernels.layout import ScanOutput
from docops_desktop.model.dimensions import OTHER
from docops_desktop.model.load_bins import N_CODES
from docops_desktop.model.measures import measure
from docops_desktop.model.selection import Selection
from docops_desktop.model.wording import percent

HISTOGRAM_BYTES = 128 << 20
"""Memory that one panel's histograms may take over all time bins; above it, bins get coarser."""
COUNT_BYTES = 256 << 20
"""Memory that one panel's counts may take over all time bins; above it, the panel waits for the pass."""
_FEWEST_BINS = 24
_SPARE = 4
"""One more value in ``_SPARE`` is kept per axis than is shown, because another span has other biggest values."""
ON_RELEASE = "known when the brush is released"
_COUNT_BYTES_PER_GROUP = 4 * len(ALL_COUNTS) + 8


class CannotServe(Exception):  # noqa: N818 - an outcome, not a fault
    """The panel has no tile; the text says why."""


@dataclass(frozen=True)
class Kept:
    """Sums that are kept per time bin."""

    handle: Handle
    counts: tuple[int, ...] = ALL_COUNTS
    money: bool = True


class PanelTile(ABC):
    """One panel's part of a tile."""

    question: Question

    def look(self, builder: PlanBuilder) -> None:  # noqa: B027 - most need no first look
        """Add what has to be known over all the time before the bins are summed."""

    def looked(self, out: ScanOutput, load: npt.NDArray[Any], bins: int) -> None:  # noqa: B027
        """Take the first look's sums.

        Args:
            load: load histogram of the whole selection, (N_CODES,).
            bins: time bins.
        """

    @abstractmethod
    def ask(self, builder: PlanBuilder) -> tuple[Kept, ...]:
        """Add the panels that are summed per time bin."""

    def answer(self, out: SpanOutput, selection: Selection) -> tuple[Any, str]:
        """Return the result for a span's sums and in what way it is approximate ("" when it is exactly a pass' result)."""
        question = self._question_at(selection)
        question.read(out)
        return question.result(), ""

    def _question_at(self, selection: Selection) -> Any:
        question = copy.copy(self.question)
        question.context = replace(question.context, selection=selection)
        return question


class TotalsTile(PanelTile):
    """Totals."""

    def __init__(self, question: TotalsQuestion) -> None:
        self.question: TotalsQuestion = question
        self._result: Totals | None = None

    def ask(self, builder: PlanBuilder) -> tuple[Kept, ...]:
        """All of it."""
        self.question.ask(builder)
        assert self.question._handle is not None
        return (Kept(self.question._handle),)

    def answer(self, out: SpanOutput, selection: Selection) -> tuple[Any, str]:
        """The span's totals beside those of everything, which stay as they are."""
        question: TotalsQuestion = self._question_at(selection)
        question.read(out)
        if self._result is None:
            self._result = question.result()
        assert question._sums is not None
        selected = question._sums.rows([()], question.request.measures)[0]
        return replace(self._result, selected=selected), ""


class DistributionTile(PanelTile):
    """Load-time distribution."""

    def __init__(self, question: DistributionQuestion) -> None:
        self.question: DistributionQuestion = question

    def ask(self, builder: PlanBuilder) -> tuple[Kept, ...]:
        """All of it."""
        self.question.ask(builder)
        assert self.question._exposures is not None
        assert self.question._views is not None
        sessions = (lay.ACC_SESSIONS, lay.ACC_CONVERTING)
        return Kept(self.question._exposures, sessions, money=False), Kept(self.question._views, (), money=False)


class SegmentsTile(PanelTile):
    """Segment table: counts of all groups, histograms of all, or of those that are biggest over all the time."""

    def __init__(self, question: SegmentsQuestion) -> None:
        self.question: SegmentsQuestion = question
        q = question
        if q._sparse:
            raise CannotServe("too many combinations for one table")
        self._full = False
        self._coarse: CoarseBins | None = None
        self._candidates: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._place: npt.NDArray[np.int64] = self._candidates
        self._hist: Handle | None = None
        self._look: Handle | None = None
        self._least = 0

    def look(self, builder: PlanBuilder) -> None:
        """Count sessions by group."""
        self._look = builder.add(self._keys(), author=self.question.request.panel_id, count_views=False)

    def looked(self, out: ScanOutput, load: npt.NDArray[Any], bins: int) -> None:
        """Choose the groups with histograms, and the histograms' bins."""
        q = self.question
        assert self._look is not None
        if q._combinations * (bins + 1) * _COUNT_BYTES_PER_GROUP > COUNT_BYTES:
            raise CannotServe(f"{q._combinations:,} groups in {bins} time bins")
        metrics = max(len(q.metrics), 1)
        per_code = metrics * (bins + 1) * 4
        self._full = q._one_look and q._combinations * N_CODES * per_code <= HISTOGRAM_BYTES
        if self._full or not q.metrics:
            return
        sessions = self._look.sums(out, q.facts).sessions
        order = np.lexsort((np.arange(len(sessions)), -sessions))
        order = order[sessions[order] > 0]
        most = max(HISTOGRAM_BYTES // (_FEWEST_BINS * 4 * per_code), 1)
        wanted = q.request.limit + q.request.limit // _SPARE if q.request.limit else len(order)
        self._candidates = order[: min(wanted, most)]
        if measure(q.request.order).kind == "percentile" and len(self._candidates) < len(order):
            raise CannotServe("ordered by a percentile of more groups than a tile holds")
        self._coarse = coarse_bins(load, max(HISTOGRAM_BYTES // (per_code * max(len(self._candidates), 1)), 8))
        self._place = np.full(q._combinations, -1, dtype=np.int64)
        self._place[self._candidates] = np.arange(len(self._candidates))

    def ask(self, builder: PlanBuilder) -> tuple[Kept, ...]:
        """Total, groups, and histograms."""
        q = self.question
        author, errors = q.request.panel_id, "errors" in q.measures
        q._total = builder.add(author=author, metrics=q.metrics, errors=errors)
        metrics = q.metrics if self._full else ()
        q._handle = builder.add(self._keys(), author=author, metrics=metrics, errors=errors)
        kept = [Kept(q._total), Kept(q._handle)]
        if len(self._candidates):
            self._hist = builder.add(
                self._keys(),
                author=author,
                metrics=q.metrics,
                count_views=False,
                final_remap=(self._place.astype(np.int32), len(self._candidates)),
                coarse=self._coarse,
            )
            kept.append(Kept(self._hist, (), money=False))
        return tuple(kept)

    def answer(self, out: SpanOutput, selection: Selection) -> tuple[Any, str]:
        """The listed groups of the span."""
        q = self._question_at(selection)
        q._total_sums = q._total.sums(out, q.facts)
        q._groups, q._codes = self._present(out.sessions_of(q._handle.acc))
        q._sums = out.chosen(q._handle.acc, q._codes, q.facts)
        by_percentile = measure(q.request.order).kind == "percentile"
        if self._hist is None:
            q._list()
            return q.result(), ""
        if not by_percentile:
            q._list()
        candidates = self._place[q._codes]
        unknown = candidates < 0
        found = out.chosen(self._hist.acc, candidates, q.facts).hists
        q._sums = Sums(q._sums.acc, q._sums.revenue_squared, found, q.facts, self._coarse)
        if by_percentile:
            q._list()
            unknown = self._place[q._codes] < 0
        return _say_unknown(q.result(), unknown), _roughly(self._coarse, unknown.any())

    def _present(self, sessions: npt.NDArray[np.int64]) -> tuple[int, npt.NDArray[np.int64]]:
        """Return how many groups have sessions, and those of them that may be listed."""
        limit, found = self.question.request.limit, int(np.count_nonzero(sessions))
        if self.question.request.order != "sessions" or not limit or found <= 2 * limit:
            return found, np.flatnonzero(sessions > 0)  # ten times as fast as on the numbers themselves
        groups = np.flatnonzero(sessions >= max(self._least, 1))
        if len(groups) < limit:
            groups = np.flatnonzero(sessions > 0)
        counts = sessions[groups]
        last = np.partition(counts, len(counts) - limit)[len(counts) - limit]
        self._least = int(last) * 3 // 4  # in the next step the last one listed is hardly much smaller
        return found, groups[counts >= last]

    def _keys(self) -> list[Any]:
        return [dimension_key(self.question.index, name) for name in self.question.request.by]


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
                top_axis(m.sums(out, q.facts).sessions, q.index.labels(n), top + top // _SPARE)
                for m, n, top in zip(self._marginals, self._names, q._tops, strict=True)
            ]
        cells = max(len(q._axes[0].labels) * len(q._axes[1].labels), 1)
        values = sum(q._sizes) * 4 + cells * _COUNT_BYTES_PER_GROUP
        if values * (bins + 1) > COUNT_BYTES:
            raise CannotServe(f"{sum(q._sizes):,} values and {cells:,} cells in {bins} time bins")
        if metrics_of((q.request.measure,)):
            at_most = HISTOGRAM_BYTES // (cells * (bins + 1) * 4)
            if at_most < _FEWEST_BINS:
                raise CannotServe(f"percentiles of {cells:,} cells in {bins} time bins")
            q._coarse = coarse_bins(load, at_most)

    def ask(self, builder: PlanBuilder) -> tuple[Kept, ...]:
        """Values of the axes, and cells."""
        q = self.question
        q._cells = q._add_cells(builder)
        if q._whole:
            return (Kept(q._cells),)
        self._marginals = self._add_marginals(builder)
        return Kept(q._cells), *(Kept(m, (lay.ACC_SESSIONS,), money=False) for m in self._marginals)

    def answer(self, out: SpanOutput, selection: Selection) -> tuple[Any, str]:
        """The cells of the span."""
        q = self._question_at(selection)
        if q._whole:
            q._sides = [q._cells.sums(out, q.facts)]
            return q.result(), _roughly(q._coarse, other_rows=False)
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
        return q.result(), _roughly(q._coarse, other_rows=not (rows.whole and columns.whole))

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


def _roughly(coarse: CoarseBins | None, other_rows: bool) -> str:
    notes = [] if coarse is None else [f"percentiles within {percent(coarse.error, 0)}"]
    if other_rows:
        notes.append("values that are rare over all the time are in the remainder or without percentiles")
    return "; ".join(notes)


def _say_unknown(result: Any, unknown: npt.NDArray[np.bool_]) -> Any:
    """Say of the groups without histograms that their percentiles come later."""
    if not unknown.any():
        return result
    late = [name for name in result.measures if measure(name).kind == "percentile"]
    rows = result.rows.also_absent(np.flatnonzero(unknown).tolist(), dict.fromkeys(late, ON_RELEASE))
    return replace(result, rows=rows)
