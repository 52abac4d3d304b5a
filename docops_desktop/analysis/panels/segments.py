"""Segment table: measures by one to three dimensions.

Few groups are summed with all their histograms in the first look. Many groups get their histograms in a second look, only those that are listed. More
combinations than fit a dense table are numbered first, by the sessions that were kept.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.sums import Sums, empty_sums, metrics_of
from docops_desktop.analysis.plan.blocks import WINDOW
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.handle import Handle
from docops_desktop.analysis.plan.keys import Key
from docops_desktop.analysis.plan.question import Context, Question, dimension_key
from docops_desktop.analysis.requests import SegmentsRequest
from docops_desktop.analysis.results.measure_rows import GroupKeys
from docops_desktop.analysis.results.segments import SegmentsResult
from docops_desktop.kernels.layout import ScanOutput
from docops_desktop.model.load_bins import N_CODES
from docops_desktop.model.measures import measure

DENSE_GROUPS = 400_000
"""Combinations up to this many are summed in one table (56 bytes each, per thread)."""
HISTOGRAM_CELLS = 4_000_000
"""Counters of the histograms that one look may fill (4 bytes each, per thread)."""


class SegmentsQuestion(Question):
    """Answers a ``SegmentsRequest``."""

    def __init__(self, context: Context, request: SegmentsRequest) -> None:
        super().__init__(context)
        self.request = request
        self.measures = tuple(dict.fromkeys((*request.measures, request.order)))
        self.metrics = metrics_of(self.measures)
        self._sizes = [len(self.index.labels(name)) for name in request.by]
        self._combinations = math.prod(self._sizes)
        self._sparse = self._combinations > DENSE_GROUPS
        per_group = N_CODES * max(len(self.metrics), 1)
        self._at_once = max(HISTOGRAM_CELLS // per_group, 1)
        self._one_look = not self._sparse and (not self.metrics or self._combinations <= self._at_once)
        self._handle: Handle | None = None
        self._total: Handle | None = None
        self._sums: Sums | None = None
        self._total_sums: Sums | None = None
        self._codes: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._numbers = self._codes
        self._groups = 0
        self._builder: PlanBuilder | None = None
        self._histograms_follow = False
        self._listed: Handle | None = None

    def may_follow(self) -> bool:
        """Tell whether a second look may be needed."""
        return not self._one_look

    def ask(self, builder: PlanBuilder) -> None:
        """Add the panels of the first look."""
        author = self.request.panel_id
        self._builder = builder
        errors = "errors" in self.measures
        self._total = builder.add(author=author, metrics=self.metrics, errors=errors)
        if self.may_follow():
            builder.reserve(author, WINDOW, by_list=self._by_list(), dimensions=self.request.by)
        if self._sparse:
            return
        keys = [dimension_key(self.index, name) for name in self.request.by]
        self._handle = builder.add(keys, author=author, metrics=self.metrics if self._one_look else (), errors=errors)

    def read(self, out: ScanOutput) -> None:
        """Take the sums of the first look, and have the second where one is needed."""
        assert self._total is not None
        self._total_sums = self._total.sums(out, self.facts)
        by_percentile = measure(self.request.order).kind == "percentile"
        at_once = self._one_look or not by_percentile
        if self._handle is None:
            self._sums = self._number_combinations(out)
            self._groups = len(self._codes)
            if at_once:
                self._list()
        else:
            sums = self._handle.sums(out, self.facts)
            self._codes = (sums.sessions > 0).nonzero()[0]
            self._groups = len(self._codes)
            if at_once:  # of thousands of groups only those that are listed are copied
                self._codes = self._codes[self._first(sums.values(self.request.order, self._codes))]
            self._sums = sums.take(self._codes)
        if self._one_look or not self.metrics:
            return
        if by_percentile or self._sparse or (out.kept is None and len(self._codes) > self._at_once):
            self._add_histograms(out)
            if by_percentile:
                self._list()
        elif len(self._codes):
            self._histograms_follow = True
        else:
            self._sums = empty_sums(self.facts, self.metrics)

    def follow(self, builder: PlanBuilder) -> bool:
        """Add the histograms of the listed groups to the second look."""
        if self._histograms_follow:
            self._listed = self._add_listed(builder, np.arange(len(self._codes)))
        return self._histograms_follow

    def read_followed(self, out: ScanOutput) -> None:
        """Take the histograms of the second look."""
        if self._listed is not None and self._sums is not None:
            hists = self._listed.sums(out, self.facts).hists
            self._sums = Sums(self._sums.acc, self._sums.revenue_squared, hists, self.facts)

    def result(self) -> SegmentsResult:
        """Return the frozen answer."""
        assert self._sums is not None
        assert self._total_sums is not None
        request = self.request
        return SegmentsResult(
            by=request.by,
            measures=self.measures,
            order=request.order,
            rows=self._sums.rows(self._keys(), self.measures),
            total=self._total_sums.rows([()], self.measures)[0],
            groups=self._groups,
            note=self._note(len(self._codes)),
        )

    def _by_list(self) -> bool:
        """Tell whether the second look needs nothing but histograms of the sessions' page views."""
        of_sessions = all(self.index.dimension(name).level != "page_view" for name in self.request.by)
        return of_sessions and not self._sparse and measure(self.request.order).kind != "percentile"

    def _list(self) -> None:
        """Keep the groups that are listed."""
        assert self._sums is not None
        order = self._first(self._sums.values(self.request.order))
        self._codes, self._sums = self._codes[order], self._sums.take(order)
        if self._sparse:
            self._numbers = self._numbers[order]

    def _first(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return the places of the groups that are listed: highest value first, unanswerable ones last, ties by their texts."""
        key = np.fmin(-values, np.inf)  # not a number: last
        codes, limit = self._codes, self.request.limit
        first = None
        if limit and len(key) > 2 * limit:  # only what may be listed is sorted
            ascending = key.copy()
            ascending.partition(limit - 1)
            first = (key <= ascending[limit - 1]).nonzero()[0]
            codes, key = codes[first], key[first]
        ranks = []
        for name, size in zip(self.request.by, self._sizes, strict=True):
            ranks.append(self.index.text_ranks(name)[codes % size])
            codes = codes // size
        order: npt.NDArray[np.int64] = np.lexsort((*reversed(ranks), key))[: limit or None]
        return order if first is None else first[order]

    def _note(self, listed: int) -> str:
        notes = []
        overlapping = [n for n in self.request.by if self.index.dimension(n).level == "page_view"]
        if overlapping:
            notes.append(
                "a session counts once in every group that it has a matching page view in; the total counts it once"
            )
        if listed < self._groups:
            notes.append(f"{listed} of {self._groups} groups are listed; the total covers all")
        return "; ".join(notes)

    def _keys(self) -> GroupKeys:
        parts = []
        codes = self._codes
        for size in self._sizes:
            parts.append(codes % size)
            codes = codes // size
        return GroupKeys(parts, [self.index.labels(name) for name in self.request.by])

    # a second look

    def _add_histograms(self, out: ScanOutput) -> None:
        """Fill the histograms of the groups that are left."""
        assert self._sums is not None
        hists = {metric: np.zeros((len(self._codes), N_CODES), dtype=np.int64) for metric in self.metrics}
        for low in range(0, len(self._codes), self._at_once):
            part = np.arange(low, min(low + self._at_once, len(self._codes)))
            for metric, hist in self._histograms_of(part, out).items():
                hists[metric][part] = hist
        self._sums = Sums(self._sums.acc, self._sums.revenue_squared, hists, self.facts)

    def _histograms_of(self, part: npt.NDArray[np.int64], out: ScanOutput) -> Any:
        builder = self._second_builder(out)
        handle = self._add_listed(builder, part)
        return handle.sums(self.context.run(builder), self.facts).hists

    def _add_listed(self, builder: PlanBuilder, part: npt.NDArray[np.int64]) -> Handle:
        """Add the histograms of these of the groups that are left."""
        if self._sparse:
            keys, remap = [self._virtual], np.full(self._virtual.size, -1, dtype=np.int32)
            remap[self._numbers[part]] = np.arange(len(part))
        else:
            keys = [dimension_key(self.index, name) for name in self.request.by]
            remap = np.full(self._combinations, -1, dtype=np.int32)
            remap[self._codes[part]] = np.arange(len(part))
        return builder.add(
            keys,
            author=self.request.panel_id,
            metrics=self.metrics,
            count_views=False,
            outcomes=False,
            final_remap=(remap, len(part)),
        )

    def _second_builder(self, out: ScanOutput) -> PlanBuilder:
        assert self._builder is not None
        builder = PlanBuilder(self.facts, self.context.selection)
        builder.follow(self._builder, out)
        return builder

    def _number_combinations(self, out: ScanOutput) -> Sums:
        """Number the combinations that kept sessions have, and sum them by that number."""
        import pandas as pd

        at_view = any(self.index.dimension(name).level == "page_view" for name in self.request.by)
        kept = np.flatnonzero(out.mask)
        packed, rows, n_rows = self._packed_codes(kept, at_view)
        numbers, codes = pd.factorize(packed)
        column = np.zeros(n_rows, dtype=np.uint32)  # rows that nobody kept are never counted: any number will do
        column[rows] = numbers
        level: Any = "page_view" if at_view else "session"
        self._virtual = Key("", max(len(codes), 1), virtual=column, level=level)
        builder = self._second_builder(out)
        handle = builder.add([self._virtual], author=self.request.panel_id, errors="errors" in self.measures)
        sums = handle.sums(self.context.run(builder), self.facts)
        present = np.flatnonzero(sums.sessions)
        self._codes, self._numbers = np.asarray(codes, dtype=np.int64)[present], present
        return sums.take(present)

    def _packed_codes(self, kept: npt.NDArray[np.int64], at_view: bool) -> tuple[Any, Any, int]:
        """Return the packed combination of each kept session (or of each of its page views), their rows, and the rows of the table."""
        rows, owner, n_rows = kept, kept, self.facts.n_sessions
        if at_view:
            offset = self.facts.session("view_offset").astype(np.int64)
            counts = offset[kept + 1] - offset[kept]
            owner = np.repeat(kept, counts)
            before = np.cumsum(counts) - counts
            rows = np.arange(counts.sum()) - np.repeat(before, counts) + np.repeat(offset[kept], counts)
            n_rows = self.facts.n_page_views
        packed = np.zeros(len(rows), dtype=np.int64)
        stride = 1
        for name, size in zip(self.request.by, self._sizes, strict=True):
            what = self.index.dimension(name)
            if what.coding == "calendar":
                runs = self.index.runs(name)
                codes = runs.codes[np.searchsorted(runs.edges, owner, side="right") - 1]
            elif what.level == "page_view":
                codes = self.facts.page_view(name)[rows]
            else:
                codes = self.facts.session(name)[owner]
            packed += codes.astype(np.int64) * stride
            stride *= size
        return packed, rows, n_rows
