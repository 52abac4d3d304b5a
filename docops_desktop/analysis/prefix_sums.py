"""Running sums over time bins: what makes the sums of any span of whole bins one subtraction.

One ``PrefixSums`` per panel of a pass; ``SpanOutput`` stands in for the output of a pass over the rows of a span, so that the panels' own code reads it.
Nothing here runs a pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.percentiles import CoarseBins
from docops_desktop.analysis.sums import Sums
from docops_desktop.kernels import layout as lay
from docops_desktop.kernels.layout import ScanOutput
from docops_desktop.store.facts import Facts

ALL_COUNTS = (
    lay.ACC_SESSIONS,
    lay.ACC_VIEWS,
    lay.ACC_CONVERTING,
    lay.ACC_CONVERSIONS,
    lay.ACC_BOUNCES,
    lay.ACC_ERRORS,
)


class PrefixSums:
    """Sums of G groups over the bins before each edge; wide: counts may exceed 32 bits.

    The sum of squared revenue isn't kept (differences of running float sums would not be exact): no panel without a baseline reads it.
    """

    def __init__(
        self,
        bins: int,
        groups: int,
        hists: Mapping[str, int],
        coarse: CoarseBins | None,
        counts: tuple[int, ...] = ALL_COUNTS,
        *,
        money: bool = True,
        wide: bool = False,
    ) -> None:
        dtype = np.int64 if wide else np.uint32
        self._fields = counts
        self._groups = groups
        self._counts = np.zeros((bins + 1, len(counts), groups), dtype=dtype)
        self._revenue = np.zeros((bins + 1, groups if money else 0), dtype=np.int64)
        self._hists = {metric: np.zeros((bins + 1, groups, codes), dtype=dtype) for metric, codes in hists.items()}
        self._coarse = coarse

    @property
    def nbytes(self) -> int:
        """Memory."""
        return self._counts.nbytes + self._revenue.nbytes + sum(hist.nbytes for hist in self._hists.values())

    def add(self, at: int, sums: Sums) -> None:
        """Put the sums of bin ``at`` on top of those before; bins come in order."""
        for place, field in enumerate(self._fields):
            np.add(self._counts[at, place], sums.acc[:, field], out=self._counts[at + 1, place], casting="unsafe")
        if self._revenue.size:
            np.add(self._revenue[at], sums.revenue_minor, out=self._revenue[at + 1])
        for metric, hist in self._hists.items():
            np.add(hist[at], sums.hists[metric], out=hist[at + 1], casting="unsafe")

    def between(self, low: int, high: int, facts: Facts) -> Sums:
        """Return the sums of the bins ``low .. high - 1``."""
        return self._of(slice(None), self._groups, low, high, facts)

    def present(self, low: int, high: int, facts: Facts) -> tuple[npt.NDArray[np.int64], Sums]:
        """Return the groups that have sessions in these bins, and their sums."""
        at = self._fields.index(lay.ACC_SESSIONS)
        groups = np.flatnonzero(self._counts[high, at] != self._counts[low, at])
        return groups, self._of(groups, len(groups), low, high, facts)

    def _of(self, groups: Any, n: int, low: int, high: int, facts: Facts) -> Sums:
        acc = np.zeros((n, lay.ACC_FIELDS), dtype=np.int64)
        for place, field in enumerate(self._fields):
            acc[:, field] = self._counts[high, place, groups] - self._counts[low, place, groups]
        if self._revenue.size:
            acc[:, lay.ACC_REVENUE] = self._revenue[high, groups] - self._revenue[low, groups]
        hists = {metric: hist[high, groups] - hist[low, groups] for metric, hist in self._hists.items()}
        return Sums(acc, np.zeros(n), hists, facts, self._coarse)


_NOTHING: npt.NDArray[Any] = np.zeros(0)


class SpanOutput(ScanOutput):
    """What a pass over the rows of a span of bins would have given, by the panels' places in the accumulators."""

    def __init__(self, tiles: Mapping[int, PrefixSums], low: int, high: int) -> None:
        super().__init__(_NOTHING.astype(np.int64), _NOTHING, _NOTHING.astype(np.int64))
        self._tiles = tiles
        self._low, self._high = low, high

    def sums_of(self, place: int, facts: Facts) -> Sums:
        """Return the sums of the panel at that place."""
        return self._tiles[place].between(self._low, self._high, facts)

    def present(self, place: int, facts: Facts) -> tuple[npt.NDArray[np.int64], Sums]:
        """Return the groups of the panel at that place that have sessions, and their sums."""
        return self._tiles[place].present(self._low, self._high, facts)
