"""Codes of page views, group by group: what stands in for histograms where groups are many and their page views few.

Whoever wants quantiles gets them without histograms; for all else the histograms of the wanted groups are made. Nothing here reads a column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.kernels.second_look import kernels
from docops_desktop.model.load_bins import N_CODES

PIECE = 1 << 17
"""Codes that are counted at once: NumPy holds the interpreter meanwhile, and the window's thread would wait for all of them (0.1 s for 4 million)."""


@dataclass(frozen=True, eq=False)
class GroupedCodes:
    """The codes of some groups' page views.

    Attributes:
        codes: uint16 (n,), 0 = not measured.
        starts: int64 (G + 1,), where each group's codes begin.
        groups: int64, which of the groups are meant, in that order.
    """

    codes: npt.NDArray[np.uint16]
    starts: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]

    def __getitem__(self, which: Any) -> GroupedCodes:
        return GroupedCodes(self.codes, self.starts, np.atleast_1d(self.groups[which]))

    def quantile_codes(self, shares: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return the codes of these quantiles, which ascend: int64 (groups, len(shares)), 0 where nothing was measured."""
        found = np.empty((len(self.groups), len(shares)), dtype=np.int64)
        counts = np.zeros(N_CODES, dtype=np.uint32)
        kernels().quantile_codes(self.codes, self.starts, self.groups, shares, counts, found)
        return found

    def histograms(self) -> npt.NDArray[np.int64]:
        """Return counts by code, (groups, N_CODES)."""
        lows, highs = self.starts[self.groups], self.starts[self.groups + 1]
        found = np.zeros((len(self.groups), N_CODES), dtype=np.int64)
        before, first = np.append(0, np.cumsum(highs - lows)), 0
        while first < len(found):
            last = max(int(np.searchsorted(before, before[first] + PIECE, side="right")) - 1, first + 1)
            self._add(found[first:last], lows[first:last], highs[first:last])
            first = last
        return found

    def _add(self, found: npt.NDArray[np.int64], lows: npt.NDArray[np.int64], highs: npt.NDArray[np.int64]) -> None:
        """Count the codes of some groups, or of one that is larger than a piece."""
        if len(found) == 1:
            for low in range(int(lows[0]), int(highs[0]), PIECE):
                found[0] += np.bincount(self.codes[low : min(low + PIECE, int(highs[0]))], minlength=N_CODES)
            return
        counts = highs - lows
        at = np.repeat(lows - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        place = np.repeat(np.arange(len(found)) * N_CODES, counts) + self.codes[at]
        found += np.bincount(place, minlength=found.size).reshape(found.shape)
