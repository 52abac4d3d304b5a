"""Running sums over time bins: what makes the sums of any span of whole bins one subtraction.

One ``PrefixSums`` per panel of a pass; ``SpanOutput`` stands in for the output of a pass over the rows of a span, so that the panels' own code reads it.
Nothing here runs a pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.percentiles import CoarseBins
from docops_desktop.analysis.figures.sums import Sums
from docops_desktop.kernels import layout as lay
from docops_desktop.kernels.layout import ScanOutput
from docops_desktop.kernels.prefix import kernels
from docops_desktop.store.facts import Facts

ALL_COUNTS = (
    lay.ACC_SESSIONS,
    lay.ACC_VIEWS,
    lay.ACC_CONVERTING,
    lay.ACC_CONVERSIONS,
    lay.ACC_BOUNCES,
    lay.ACC_ERRORS,
)


_REVENUE: npt.NDArray[np.int64] = np.array([lay.ACC_REVENUE], dtype=np.int64)


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
        # sessions and revenue lie apart: sessions are read of all groups at every step, the rest of those that are listed
        fields = [(lay.ACC_SESSIONS,), tuple(field for field in counts if field != lay.ACC_SESSIONS)]
        self._groups = groups
        self._counts = [
            (np.array(some, dtype=np.int64), np.zeros((bins + 1, groups, len(some)), dtype=dtype))
            for some in fields
            if set(some) & set(counts)
        ]
        if money:
            self._counts.append((_REVENUE, np.zeros((bins + 1, groups, 1), dtype=np.int64)))
        self._hists = {metric: np.zeros((bins + 1, groups, codes), dtype=dtype) for metric, codes in hists.items()}
        self._coarse = coarse

    @property
    def nbytes(self) -> int:
        """Memory."""
        return sum(counts.nbytes for _, counts in self._counts) + sum(hist.nbytes for hist in self._hists.values())

    def add(self, at: int, sums: Sums) -> None:
        """Put the sums of bin ``at`` on top of those before; bins come in order."""
        for fields, counts in self._counts:
            np.add(counts[at], sums.acc[:, fields], out=counts[at + 1], casting="unsafe")
        for metric, hist in self._hists.items():
            np.add(hist[at], sums.hists[metric], out=hist[at + 1], casting="unsafe")

    def sessions(self, low: int, high: int) -> npt.NDArray[np.int64]:
        """Return the sessions of each group in the bins ``low .. high - 1``, (groups,); only where sessions are counted."""
        counts = self._counts[0][1]
        return (counts[high, :, 0] - counts[low, :, 0]).astype(np.int64)

    def between(self, low: int, high: int, facts: Facts) -> Sums:
        """Return the sums of the bins ``low .. high - 1``."""
        acc = np.zeros((self._groups, lay.ACC_FIELDS), dtype=np.int64)
        for fields, counts in self._counts:
            acc[:, fields] = counts[high] - counts[low]
        hists = {metric: hist[high] - hist[low] for metric, hist in self._hists.items()}
        return Sums(acc, np.zeros(self._groups), hists, facts, self._coarse)

    def chosen(self, low: int, high: int, groups: npt.NDArray[np.int64], facts: Facts) -> Sums:
        """Return the sums of some groups only, in that order; -1 is a group without anything."""
        acc = np.zeros((len(groups), lay.ACC_FIELDS), dtype=np.int64)
        for fields, counts in self._counts:
            acc[:, fields] = counts[high, groups] - counts[low, groups]
        hists = {metric: hist[high, groups] - hist[low, groups] for metric, hist in self._hists.items()}
        nobody = groups < 0
        if nobody.any():
            acc[nobody] = 0
            for hist in hists.values():
                hist[nobody] = 0
        return Sums(acc, np.zeros(len(groups)), hists, facts, self._coarse)

    def placed(self, low: int, high: int, places: npt.NDArray[np.int64], n: int, facts: Facts) -> Sums:
        """Return the sums of ``n`` new groups: each old one is added to the group ``places`` (groups,) says, -1 drops it."""
        add = kernels()
        acc = np.zeros((n, lay.ACC_FIELDS), dtype=np.int64)
        for fields, counts in self._counts:
            add.add_fields(counts[high], counts[low], places, fields, acc)
        hists = {}
        for metric, hist in self._hists.items():
            hists[metric] = np.zeros((n, hist.shape[2]), dtype=np.int64)
            add.add_rows(hist[high], hist[low], places, hists[metric])
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

    def sessions_of(self, place: int) -> npt.NDArray[np.int64]:
        """Return the sessions of each group of the panel at that place."""
        return self._tiles[place].sessions(self._low, self._high)

    def chosen(self, place: int, groups: npt.NDArray[np.int64], facts: Facts) -> Sums:
        """Return the sums of some groups of the panel at that place, in that order; -1 is a group without anything."""
        return self._tiles[place].chosen(self._low, self._high, groups, facts)

    def placed(self, place: int, places: npt.NDArray[np.int64], n: int, facts: Facts) -> Sums:
        """Return the sums of ``n`` groups that those of the panel at that place are added to (-1: dropped)."""
        return self._tiles[place].placed(self._low, self._high, places, n, facts)
