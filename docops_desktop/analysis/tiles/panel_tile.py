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

from docops_desktop.analysis.figures.percentiles import CoarseBins, coarse_bins
from docops_desktop.analysis.figures.sums import Sums
from docops_desktop.analysis.panels.distribution import DistributionQuestion
from docops_desktop.analysis.panels.segments import SegmentsQuestion
from docops_desktop.analysis.panels.totals import TotalsQuestion
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.handle import Handle
from docops_desktop.analysis.plan.question import Question, dimension_key
from docops_desktop.analysis.results.common import Totals
from docops_desktop.analysis.results.measure_rows import GroupKeys
from docops_desktop.analysis.results.segments import SegmentsResult
from docops_desktop.analysis.tiles.prefix_sums import ALL_COUNTS, SpanOutput
from docops_desktop.analysis.tiles.steady_list import SteadyList, codes_of
from docops_desktop.kernels import layout as lay
from docops_desktop.kernels.layout import ScanOutput
from docops_desktop.model.load_bins import N_CODES
from docops_desktop.model.measures import measure
from docops_desktop.model.selection import Selection
from docops_desktop.model.wording import percent

HISTOGRAM_BYTES = 128 << 20
"""Memory that one panel's histograms may take over all time bins; above it, bins get coarser."""
COUNT_BYTES = 256 << 20
"""Memory that one panel's counts may take over all time bins; above it, the panel waits for the pass."""
FEWEST_BINS = 24
SPARE = 4
"""One more value in ``SPARE`` is kept per axis than is shown, because another span has other biggest values."""
ON_RELEASE = "known when the brush is released"
COUNT_BYTES_PER_GROUP = 4 * len(ALL_COUNTS) + 8


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

    def hold(self, shown: Any) -> None:  # noqa: B027 - most list nothing
        """List from now on what ``shown`` lists, in its order; None: what the next answer lists."""

    def let_go(self) -> None:  # noqa: B027
        """List what is biggest in each span again."""

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
        self._holding = False
        self._steady: SteadyList | None = None
        self._steady_keys: tuple[npt.NDArray[np.int64], GroupKeys] | None = None

    def hold(self, shown: Any) -> None:
        """The groups that are shown."""
        self.let_go()
        self._holding = True
        q, request = self.question, self.question.request
        if isinstance(shown, SegmentsResult) and shown.by == request.by and shown.order == request.order and shown.rows:
            codes = [q.index.codes(name) for name in request.by]
            sizes = np.cumprod([1, *q._sizes[:-1]])
            texts = zip(*(row.keys for row in shown.rows), strict=True)
            parts = [codes_of(some, of) for some, of in zip(texts, codes, strict=True)]
            if all(len(part) == len(shown.rows) for part in parts):
                self._hold_codes(np.asarray(sum(p * size for p, size in zip(parts, sizes, strict=True))))

    def let_go(self) -> None:
        """See the interface."""
        self._holding, self._steady, self._steady_keys = False, None, None

    def _hold_codes(self, codes: npt.NDArray[np.int64]) -> None:
        q = self.question
        self._steady = SteadyList(codes, q.request.limit, np.ones(q._combinations, dtype=np.bool_))

    def look(self, builder: PlanBuilder) -> None:
        """Count sessions by group."""
        self._look = builder.add(self._keys(), author=self.question.request.panel_id, count_views=False)

    def looked(self, out: ScanOutput, load: npt.NDArray[Any], bins: int) -> None:
        """Choose the groups with histograms, and the histograms' bins."""
        q = self.question
        assert self._look is not None
        if q._combinations * (bins + 1) * COUNT_BYTES_PER_GROUP > COUNT_BYTES:
            raise CannotServe(f"{q._combinations:,} groups in {bins} time bins")
        metrics = max(len(q.metrics), 1)
        per_code = metrics * (bins + 1) * 4
        self._full = q._one_look and q._combinations * N_CODES * per_code <= HISTOGRAM_BYTES
        if self._full or not q.metrics:
            return
        sessions = self._look.sums(out, q.facts).sessions
        order = np.lexsort((np.arange(len(sessions)), -sessions))
        order = order[sessions[order] > 0]
        most = max(HISTOGRAM_BYTES // (FEWEST_BINS * 4 * per_code), 1)
        wanted = q.request.limit + q.request.limit // SPARE if q.request.limit else len(order)
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
        if self._steady is not None:
            return self._steadily(q, out, self._steady)
        q._groups, q._codes = self._present(out.sessions_of(q._handle.acc))
        q._sums = out.chosen(q._handle.acc, q._codes, q.facts)
        by_percentile = measure(q.request.order).kind == "percentile"
        if not by_percentile:
            q._list()
        unknown = self._add_percentiles(q, out)
        if by_percentile:
            q._list()
            unknown = self._without_histogram(q._codes)
        if self._holding:
            self._hold_codes(q._codes)
        return _say_unknown(q.result(), unknown), roughly(self._coarse, bool(unknown.any()))

    def _steadily(self, q: SegmentsQuestion, out: SpanOutput, steady: SteadyList) -> tuple[Any, str]:
        """The groups that were listed before, in their order."""
        assert q._handle is not None
        assert q._total_sums is not None
        sessions = out.sessions_of(q._handle.acc)
        q._groups, q._codes = int(np.count_nonzero(sessions)), steady.follow(sessions)
        q._sums = out.chosen(q._handle.acc, q._codes, q.facts)
        unknown = self._add_percentiles(q, out)
        if self._steady_keys is None or self._steady_keys[0] is not q._codes:
            self._steady_keys = q._codes, q._keys()
        result = SegmentsResult(
            q.request.by,
            q.measures,
            q.request.order,
            q._sums.rows(self._steady_keys[1], q.measures),  # the same keys tell a table that the groups are the same
            q._total_sums.rows([()], q.measures)[0],
            q._groups,
            q._note(int(np.count_nonzero(q._sums.sessions))),
        )
        return _say_unknown(result, unknown), roughly(self._coarse, bool(unknown.any()))

    def _add_percentiles(self, q: SegmentsQuestion, out: SpanOutput) -> npt.NDArray[np.bool_]:
        """Add the histograms of the groups that are listed; return which of them have none."""
        assert q._sums is not None
        if self._hist is not None:
            found = out.chosen(self._hist.acc, self._place[q._codes], q.facts).hists
        elif self._full or not q.metrics:
            return self._without_histogram(q._codes)
        else:  # no group has sessions at any time
            found = {metric: np.zeros((len(q._codes), N_CODES), dtype=np.int64) for metric in q.metrics}
        q._sums = Sums(q._sums.acc, q._sums.revenue_squared, found, q.facts, self._coarse)
        return self._without_histogram(q._codes)

    def _without_histogram(self, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        return self._place[codes] < 0 if self._hist is not None else np.zeros(len(codes), dtype=np.bool_)

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


def roughly(coarse: CoarseBins | None, other_rows: bool) -> str:
    """Return in words in what way a result isn't exactly a pass' one, "" for in no way."""
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
