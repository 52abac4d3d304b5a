"""Timeline: measures per time bin, for the selection without its window and for everything.

A time bin is a run of rows, because sessions are sorted by start: no column is read for it. The figures don't depend on the window, so they are kept
for the next refresh, and dragging the window costs only the rows inside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.percentiles import quantile_columns
from docops_desktop.analysis.figures.sums import Sums, empty_sums
from docops_desktop.analysis.plan.blocks import ALWAYS
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.handle import Handle
from docops_desktop.analysis.plan.keys import Key
from docops_desktop.analysis.plan.question import Ask, Context, Question
from docops_desktop.analysis.requests import TimelineRequest
from docops_desktop.analysis.results.timeline import TimelineResult
from docops_desktop.kernels.layout import ScanOutput
from docops_desktop.store.facts import Facts

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
WIDTHS_MS = (
    *(k * _SECOND for k in (1, 5, 15, 30)),
    *(k * _MINUTE for k in (1, 5, 15, 30)),
    *(k * _HOUR for k in (1, 2, 3, 6, 12)),
    *(k * _DAY for k in (1, 7, 14, 28, 91, 364, 3_640)),
)
"""Round bin widths, each a multiple of a divisor of the one before, so that bins start at round times."""


class TimelineQuestion(Question):
    """Answers a ``TimelineRequest``."""

    def __init__(self, context: Context, request: TimelineRequest) -> None:
        super().__init__(context)
        self.request = request
        self.bin_ms, self.edges_ms = time_bins(self.facts, request.bins)
        clauses = tuple(c for c in context.selection.clauses if not c.author or c.author != request.panel_id)
        self._key = ("timeline", self.bin_ms, frozenset(clauses))
        self._handle: Handle | None = None
        self._sums: Sums | None = self.index.recall(self._key)

    def unfiltered(self) -> Mapping[Any, Ask]:
        """Name the same figures of the whole workspace."""
        return {("timeline", self.bin_ms, frozenset()): lambda builder: self._add(builder, "")}

    def ask(self, builder: PlanBuilder) -> None:
        """Add the panels of the first look."""
        if self._sums is None and len(self.edges_ms) > 1:
            self._handle = self._add(builder, self.request.panel_id)

    def is_late(self) -> bool:
        """The timeline looks beyond the window."""
        return self._handle is not None

    def read(self, out: ScanOutput) -> None:
        """Take the sums of the first look."""
        if self._handle is not None:
            self.index.remember(self._key, self._handle.sums(out, self.facts))
            self._sums = self.index.recall(self._key)  # a copy: the result mustn't hold the memory of the pass

    def result(self) -> TimelineResult:
        """Return the frozen answer."""
        selection, header = self.context.selection, self.facts.header
        sums = self._sums or empty_sums(self.facts)
        everything = self.context.everything.get(("timeline", self.bin_ms, frozenset()), sums)
        load = quantile_columns(sums.hists["load"], (0.50, 0.75))
        return TimelineResult(
            bin_ms=self.bin_ms,
            edges_ms=self.edges_ms,
            sessions=sums.sessions,
            conversions=sums.conversions,
            revenue=sums.revenue,
            page_views=sums.page_views,
            load_p50=load[:, 0],
            load_p75=load[:, 1],
            all_sessions=everything.sessions,
            all_conversions=everything.conversions,
            window=selection.span,
            baseline=self.context.baseline,
            time_zone=header.time_zone,
        )

    def _add(self, builder: PlanBuilder, author: str) -> Handle:
        def first_rows() -> npt.NDArray[np.int64]:
            return np.searchsorted(self.facts.session("start_ms"), self.edges_ms[:-1]).astype(np.int64)

        edges: npt.NDArray[np.int64] = self.index.once(("timeline rows", self.bin_ms), first_rows)
        key = Key("", len(edges), runs=(edges, np.arange(len(edges), dtype=np.int32)))
        return builder.add([key], author=author, metrics=["load"], spans=ALWAYS)


def time_bins(facts: Facts, bins: int) -> tuple[int, npt.NDArray[np.int64]]:
    """Return the width and the edges (n + 1) of at most about ``bins`` equal bins over all sessions, starting at a round local time."""
    header = facts.header
    if facts.n_sessions == 0:
        return _MINUTE, np.zeros(1, dtype=np.int64)
    extent = header.last_ms + 1 - header.first_ms
    width = next((w for w in WIDTHS_MS if extent <= w * bins), WIDTHS_MS[-1])
    first = header.base_quarter_ms + (header.first_ms - header.base_quarter_ms) // width * width
    count = -(-(header.last_ms + 1 - first) // width)
    return width, first + width * np.arange(count + 1, dtype=np.int64)
