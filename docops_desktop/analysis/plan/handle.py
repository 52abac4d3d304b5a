"""By what a panel reads its sums, whatever answered it: a pass, a second look or a tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from docops_desktop.analysis.figures.grouped_codes import GroupedCodes
from docops_desktop.analysis.figures.percentiles import CoarseBins
from docops_desktop.analysis.figures.sums import Sums
from docops_desktop.analysis.tiles.prefix_sums import SpanOutput
from docops_desktop.kernels import layout as lay
from docops_desktop.kernels.layout import ScanOutput
from docops_desktop.kernels.second_look import LookOutput
from docops_desktop.model.load_bins import N_CODES
from docops_desktop.store.facts import Facts


@dataclass(frozen=True)
class Handle:
    """Where a panel's sums are."""

    groups: int
    acc: int
    hists: tuple[tuple[str, int], ...]
    has_baseline: bool
    coarse: CoarseBins | None = None

    @property
    def codes(self) -> int:
        """Bins per histogram."""
        return N_CODES if self.coarse is None else len(self.coarse.middles)

    def sums(self, out: ScanOutput, facts: Facts, side: int = 0) -> Sums:
        """Return the sums of the window (0) or the baseline (1)."""
        if isinstance(out, SpanOutput):
            return out.sums_of(self.acc, facts)
        if isinstance(out, LookOutput):
            return self._listed(out, facts, side)
        low = self.acc + side * self.groups
        hists = {}
        for metric, offset in self.hists:
            start = offset + side * self.groups * self.codes
            hists[metric] = out.hist[start : start + self.groups * self.codes].reshape(self.groups, self.codes)
        return Sums(
            out.acc[low : low + self.groups], out.revenue_squared[low : low + self.groups], hists, facts, self.coarse
        )

    def _listed(self, out: LookOutput, facts: Facts, side: int) -> Sums:
        """Return what a second look found: sessions and codes, nothing else."""
        found = out.groups[self.acc + side * self.groups]
        acc = np.zeros((lay.ACC_FIELDS, self.groups), dtype=np.int64).T
        acc[:, lay.ACC_SESSIONS] = found.sessions
        every = np.arange(self.groups)
        hists = {
            metric: GroupedCodes(codes, found.starts, every)
            for (metric, _), codes in zip(self.hists, found.codes, strict=True)
        }
        return Sums(acc, np.zeros(self.groups), hists, facts)
