"""Distribution of the load time that sessions were exposed to, with the conversion rate per bin.

Exposures are counted per load code (2 %) and drawn in coarser bins whose edges are code edges, so that no session is split between two bins.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.intervals import wilson
from docops_desktop.analysis.figures.percentiles import edges, measured, quantile_columns
from docops_desktop.analysis.figures.sums import Sums, why_missing
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.handle import Handle
from docops_desktop.analysis.plan.question import Ask, Context, Question
from docops_desktop.analysis.requests import DistributionRequest
from docops_desktop.analysis.results.distribution import DistributionResult
from docops_desktop.kernels.layout import EXPOSURE_FIRST_MEASURED, ScanOutput
from docops_desktop.model.load_bins import N_CODES

MIN_SESSIONS = 20
"""A bin with fewer exposed sessions shows no conversion rate."""
_KEY = ("exposures",)
_TAIL = 0.002


class DistributionQuestion(Question):
    """Answers a ``DistributionRequest``."""

    def __init__(self, context: Context, request: DistributionRequest) -> None:
        super().__init__(context)
        self.request = request
        self._exposures: Handle | None = None
        self._views: Handle | None = None
        self._sums: Sums | None = None
        self._load: Sums | None = None

    def unfiltered(self) -> Mapping[Any, Ask]:
        """Name the same figures of the whole workspace."""
        return {_KEY: lambda builder: _add_exposures(builder, "")}

    def ask(self, builder: PlanBuilder) -> None:
        """Add the panels of the first look."""
        self._exposures = _add_exposures(builder, self.request.panel_id)
        self._views = builder.add(author=self.request.panel_id, metrics=["load"])

    def read(self, out: ScanOutput) -> None:
        """Take the sums of the first look."""
        assert self._exposures is not None
        assert self._views is not None
        self._sums = self._exposures.sums(out, self.facts)
        self._load = self._views.sums(out, self.facts)
        if self.context.selection.is_empty:
            self.index.remember(_KEY, self._sums)

    def _display(self, counts: npt.NDArray[Any], selected: npt.NDArray[Any]) -> _Bins:
        """Return the display bins over unfiltered exposures; they change only when the selection has values further out than before."""
        used = ((counts + selected) > 0).nonzero()[0]
        ends = (int(used[0]), int(used[-1])) if len(used) else (0, 0)
        bins = self.request.bins
        found: _Bins = self.index.once(
            ("display bins", bins, ends), lambda: _begins(*display_bins(counts, selected, bins))
        )
        return found

    def result(self) -> DistributionResult:
        """Return the frozen answer."""
        assert self._sums is not None
        assert self._load is not None
        everything: Sums = self.context.everything.get(_KEY, self._sums)
        begins, edges_ms = self._display(everything.sessions, self._sums.sessions)
        n = len(begins)
        sessions, conversions, all_sessions = (
            np.add.reduceat(counts, begins)
            for counts in (self._sums.sessions, self._sums.converting, everything.sessions)
        )
        low, high = wilson(conversions, sessions)
        unknown = why_missing("conversion_rate", self.facts)
        thin = (sessions < MIN_SESSIONS) | bool(unknown)
        rate = np.divide(conversions, sessions, out=np.full(n, np.nan), where=~thin)
        hist = self._load.hists["load"]
        p50, p75, p95 = (
            None if isnan(value) else value for value in quantile_columns(hist, (0.50, 0.75, 0.95))[0].tolist()
        )
        return DistributionResult(
            edges_ms=edges_ms,
            sessions=sessions,
            conversions=conversions,
            rate=rate,
            rate_low=np.where(thin, np.nan, low),
            rate_high=np.where(thin, np.nan, high),
            all_sessions=all_sessions,
            min_sessions=MIN_SESSIONS,
            p50=p50,
            p75=p75,
            p95=p95,
            page_views=int(measured(hist)[0]),
            rate_missing=unknown,
        )


_Bins = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]
"""The first code of each bin, and the bins' edges in ms."""


def _add_exposures(builder: PlanBuilder, author: str) -> Handle:
    codes = np.arange(N_CODES, dtype=np.int32)
    return builder.add(author=author, exposure=EXPOSURE_FIRST_MEASURED, load_bins=(codes, N_CODES), count_views=False)


def display_bins(
    counts: npt.NDArray[Any], selected: npt.NDArray[Any], bins: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the display bin of each code (0 for code 0, which is empty) and the bins' edges in ms.

    Args:
        counts: unfiltered exposures by code, (N_CODES,): the range covers all but the outermost 0.2 % on each side, which join the outermost bins.
        selected: exposures of the selection by code; with page conditions they may lie outside the unfiltered ones, and widen the outermost bins.
        bins: about how many bins.

    Returns:
        int64 (N_CODES,), int64 (n + 1,): log-spaced edges, each of them a code's edge; the first bin begins and the last one ends at the data's own.
    """
    total = counts.sum()
    if total == 0:
        low, high = 100.0, 20_000.0
    else:
        share = np.cumsum(counts) / total
        low = float(edges()[max(int(np.searchsorted(share, _TAIL)) - 1, 0)])
        high = float(edges()[min(int(np.searchsorted(share, 1 - _TAIL)), N_CODES - 2)])
    low = max(low, 10.0)
    high = max(high, low * 1.5)
    places = np.unique(np.searchsorted(edges(), np.geomspace(low, high, bins + 1)))
    inner = np.minimum(places, N_CODES - 2)[1:-1]
    used = np.flatnonzero(counts + selected)
    first = min(int(places[0]), int(used[0]) - 1 if len(used) else int(places[0]))
    last = max(int(places[-1]), int(used[-1]) if len(used) else int(places[-1]))
    ends = np.unique(np.concatenate([[first], inner, [min(last, N_CODES - 2)]]))
    bin_of = np.searchsorted(ends[1:-1] + 1, np.arange(N_CODES), side="right")
    return bin_of, edges()[ends]


def _begins(bin_of: npt.NDArray[np.int64], edges_ms: npt.NDArray[np.int64]) -> _Bins:
    """Return display bins as their first codes; each has some, in ascending order."""
    return np.searchsorted(bin_of, np.arange(len(edges_ms) - 1)), edges_ms.astype(np.float64)
