"""Tiles: the figures of every passive panel per time bin, as running sums, so that each step of a brush along time costs a subtraction.

While a hand drags the window, the selection's clauses stay as they are; only the span changes, by whole bins of the timeline. One pass over all the time
(in the background, when the pointer comes near) gives every panel's sums by bin; the sums of any span are then the difference of two rows. Idea: Falcon
(Moritz et al. 2019). Results are those of ``refresh`` to the last count, unless ``approximate`` says otherwise; panels in ``waiting`` have no tile.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.sums import Sums
from docops_desktop.analysis.panels.distribution import DistributionQuestion
from docops_desktop.analysis.panels.heatmap import HeatmapQuestion
from docops_desktop.analysis.panels.segments import SegmentsQuestion
from docops_desktop.analysis.panels.timeline import time_bins
from docops_desktop.analysis.panels.totals import TotalsQuestion
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.facts_index import index_of
from docops_desktop.analysis.plan.question import Context
from docops_desktop.analysis.refresh import Passes, question_of, unfiltered
from docops_desktop.analysis.requests import PageCellsRequest, PanelRequest, RefreshRequest, TimelineRequest
from docops_desktop.analysis.tiles.heatmap import HeatmapTile
from docops_desktop.analysis.tiles.pages import PagesTile
from docops_desktop.analysis.tiles.panel_tile import (
    CannotServe,
    DistributionTile,
    PanelTile,
    SegmentsTile,
    TotalsTile,
)
from docops_desktop.analysis.tiles.prefix_sums import PrefixSums, SpanOutput
from docops_desktop.kernels import layout as lay
from docops_desktop.kernels.cancel import CancelFlag
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import Facts

_OWN_PANELS = ("pages",)


@dataclass(frozen=True, slots=True)
class BrushStep:
    """Results of one span by panel id.

    Attributes:
        approximate: panel id -> in what way its result isn't exactly that of a refresh.
        waiting: panels that only a refresh can answer.
    """

    span: TimeSpan
    results: Mapping[str, Any]
    approximate: Mapping[str, str]
    waiting: tuple[str, ...]
    seconds: float


class BrushTiles:
    """Tiles of all panels of one request for brushing along time.

    Attributes:
        request: what they were built for (its window counts for nothing).
        edges_ms: the time bins' edges; spans that end on them can be answered.
        waiting: panel id -> why it has no tile.
    """

    def __init__(self, facts: Facts, request: RefreshRequest, bins: int) -> None:
        self.facts, self.request = facts, request
        self.edges_ms: npt.NDArray[np.int64] = time_bins(facts, bins)[1]
        self.waiting: dict[str, str] = {}
        self._selection = request.selection.with_span(None)
        self._tiles: dict[str, PanelTile] = {}
        self._sums: dict[int, PrefixSums] = {}

    @classmethod
    def build(cls, facts: Facts, request: RefreshRequest, cancel: CancelFlag | None = None) -> BrushTiles:
        """Sum every panel but the timeline per bin of the timeline (of the request's ``TimelineRequest``, else 200 bins).

        Raises:
            Cancelled: ``cancel`` was set meanwhile.
            RequestError: as for ``refresh``.
        """
        bins = next((panel.bins for panel in request.panels if isinstance(panel, TimelineRequest)), 200)
        tiles = cls(facts, request, bins)
        tiles._build(Passes(index_of(facts), cancel or CancelFlag()))
        return tiles

    @property
    def nbytes(self) -> int:
        """Memory that the tiles take."""
        return sum(sums.nbytes for sums in self._sums.values())

    def hold(self, shown: Mapping[str, Any]) -> None:
        """A hand takes the brush: from now on panels list what they list in ``shown`` (by panel id), in that order; what comes up is added at the end.

        Panels that aren't in it keep what their next answer lists. ``let_go`` ends it.
        """
        for panel_id, tile in self._tiles.items():
            tile.hold(shown.get(panel_id))

    def let_go(self) -> None:
        """The brush was released: panels list what is biggest in each span again."""
        for tile in self._tiles.values():
            tile.let_go()

    def covers(self, span: TimeSpan) -> bool:
        """Tell whether the span's ends are edges of time bins, or beyond the data."""
        return self._bins_of(span) is not None

    def answer(self, span: TimeSpan) -> BrushStep | None:
        """Return the results for this window, None when it doesn't end on the bins' edges. Cost doesn't depend on the number of sessions."""
        started = time.perf_counter()
        ends = self._bins_of(span)
        if ends is None:
            return None
        out = SpanOutput(self._sums, *ends)
        selection = self._selection.with_span(span)
        results, approximate = {}, {}
        for panel_id, tile in self._tiles.items():
            results[panel_id], note = tile.answer(out, selection)
            if note:
                approximate[panel_id] = note
        return BrushStep(span, results, approximate, tuple(self.waiting), time.perf_counter() - started)

    def _bins_of(self, span: TimeSpan) -> tuple[int, int] | None:
        edges = self.edges_ms
        ends = np.clip([span.start_ms, span.end_ms], edges[0], edges[-1])
        low, high = np.searchsorted(edges, ends)
        return (int(low), int(high)) if (edges[[low, high]] == ends).all() else None

    def _build(self, passes: Passes) -> None:
        facts, index = self.facts, index_of(self.facts)
        everything: dict[Any, Sums] = {}
        context = Context(facts, index, self._selection, (), everything, passes.run)
        for panel in self.request.panels:
            self._add_tile(context, panel)
        self._look(passes)
        everything.update(unfiltered(context, [tile.question for tile in self._tiles.values() if _asks(tile)]))

        builder = PlanBuilder(facts, self._selection)
        kept = [one for tile in self._tiles.values() for one in tile.ask(builder)]
        n_bins, wide = len(self.edges_ms) - 1, index.wide()
        for one in kept:
            handle = one.handle
            hists = dict.fromkeys((metric for metric, _ in handle.hists), handle.codes)
            self._sums[handle.acc] = PrefixSums(
                n_bins, handle.groups, hists, handle.coarse, one.counts, money=one.money, wide=wide
            )
        if not kept:
            return
        rows = np.searchsorted(facts.session("start_ms"), self.edges_ms).astype(np.int64)
        plan = builder.build(cuts=rows)
        places = np.searchsorted(plan.blocks[:, lay.BLOCK_START], rows)
        for at in range(n_bins):
            passes.check()
            out = passes.run_plan(replace(plan, blocks=plan.blocks[places[at] : places[at + 1]]))
            for one in kept:
                self._sums[one.handle.acc].add(at, one.handle.sums(out, facts))

    def _look(self, passes: Passes) -> None:
        """The first look: which values are big over all the time, and where load times lie."""
        builder = PlanBuilder(self.facts, self._selection)
        load = builder.add(metrics=["load"])
        for tile in self._tiles.values():
            tile.look(builder)
        out = passes.run(builder)
        hist = load.sums(out, self.facts).hists["load"][0]
        for panel_id, tile in list(self._tiles.items()):
            try:
                tile.looked(out, hist, len(self.edges_ms) - 1)
            except CannotServe as reason:
                self.waiting[panel_id] = str(reason)
                del self._tiles[panel_id]

    def _add_tile(self, context: Context, panel: PanelRequest) -> None:
        if isinstance(panel, TimelineRequest):
            return
        try:
            self._tiles[panel.panel_id] = _tile_of(context, panel)
        except CannotServe as reason:
            self.waiting[panel.panel_id] = str(reason)


def _asks(tile: PanelTile) -> bool:
    return not isinstance(tile, PagesTile)


def _tile_of(context: Context, panel: PanelRequest) -> PanelTile:
    if isinstance(panel, PageCellsRequest):
        if panel.panel_id not in _OWN_PANELS:
            raise CannotServe("the what-if model is fitted on release")
        return PagesTile(context, panel)
    question = question_of(context, panel)
    if isinstance(question, TotalsQuestion):
        return TotalsTile(question)
    if isinstance(question, DistributionQuestion):
        return DistributionTile(question)
    if isinstance(question, SegmentsQuestion):
        return SegmentsTile(question)
    assert isinstance(question, HeatmapQuestion)
    return HeatmapTile(question)


def same_question(tiles: BrushTiles, request: RefreshRequest) -> bool:
    """Tell whether the tiles answer this request but for its window."""
    asked, selection = tiles.request, request.selection.with_span(None)
    return asked.panels == request.panels and asked.selection.with_span(None) == selection
