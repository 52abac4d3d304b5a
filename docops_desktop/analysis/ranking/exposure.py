"""Exposures of one page group: its cells, the load time that stands for each bin, quartiles, and whether it can answer at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.model.wording import percent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MIN_EXPOSED = 200
MIN_CONVERSIONS = 20
MAX_CONVERTER_SHARE = 0.9
SUPPORT_SESSIONS = 50
"""Exposed sessions that must lie beyond each end of the observed range, so that something is known of load times up to there."""
SUPPORT_SHARES = (0.001, 0.01)
"""Of the sessions: at least and at most this share lies beyond each end."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Cells of one page group, (strata, bins) each; ``load_ms`` (bins,) are the bins' geometric middles."""

    page_group: str
    n: Ints
    conversions: Ints
    revenue: Ints
    revenue_squared: Floats
    edges_ms: Ints
    load_ms: Floats
    reason: str

    @property
    def answerable(self) -> bool:
        """The group has what an effect can be estimated from; otherwise ``reason`` says what is missing."""
        return not self.reason

    def quantile_ms(self, q: float) -> float | None:
        """Return the load time below which a share ``q`` of the exposed sessions lies; log-linear within a bin; None without sessions."""
        by_bin = self.n.sum(axis=0)
        total = by_bin.sum()
        if total == 0:
            return None
        cumulative = np.cumsum(by_bin)
        k = int(np.searchsorted(cumulative, q * total))
        inside = (q * total - (cumulative[k] - by_bin[k])) / by_bin[k] if by_bin[k] else 0.0
        low, high = max(float(self.edges_ms[k]), 1.0), float(self.edges_ms[k + 1])
        return float(low * (high / low) ** min(max(inside, 0.0), 1.0))

    def support_ms(self) -> tuple[float, float] | None:
        """Return the range of load times that an answer may use (see ``SUPPORT_SESSIONS``), None without sessions."""
        share = min(max(SUPPORT_SESSIONS / max(int(self.n.sum()), 1), SUPPORT_SHARES[0]), SUPPORT_SHARES[1])
        low, high = self.quantile_ms(share), self.quantile_ms(1 - share)
        return None if low is None or high is None else (low, high)


def exposures(cells: PageCells) -> tuple[Exposure, ...]:
    """Split the cells by page group, in the cells' order."""
    low = np.maximum(cells.bin_edges_ms[:-1].astype(np.float64), 1.0)
    load_ms = np.sqrt(low * cells.bin_edges_ms[1:])
    return tuple(
        Exposure(
            name,
            cells.n[g],
            cells.conversions[g],
            cells.revenue[g],
            cells.revenue_squared[g],
            cells.bin_edges_ms,
            load_ms,
            cells.outcomes_missing
            or _why_not(int(cells.n[g].sum()), int(cells.conversions[g].sum()), float(cells.converter_share[g])),
        )
        for g, name in enumerate(cells.page_groups)
    )


def _why_not(exposed: int, conversions: int, converter_share: float) -> str:
    if exposed == 0:
        return "no session has a measured load time of this page group before its conversion"
    if converter_share > MAX_CONVERTER_SHARE:
        return (
            f"{percent(converter_share, 0)} of the sessions that see this page group convert: it follows the decision"
        )
    if exposed < MIN_EXPOSED:
        return f"only {exposed} exposed session{'' if exposed == 1 else 's'}; at least {MIN_EXPOSED} are needed"
    if conversions < MIN_CONVERSIONS:
        return f"only {conversions} conversion{'' if conversions == 1 else 's'} after an exposure; at least {MIN_CONVERSIONS} are needed"
    return ""
