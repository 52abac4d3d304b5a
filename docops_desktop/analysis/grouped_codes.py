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
        low = self.starts[self.groups]
        counts = self.starts[self.groups + 1] - low
        at = np.repeat(low - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        place = np.repeat(np.arange(len(self.groups)) * N_CODES, counts) + self.codes[at]
        return np.bincount(place, minlength=len(self.groups) * N_CODES).reshape(-1, N_CODES)
