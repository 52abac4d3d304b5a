"""Percentiles read from mergeable log-spaced histograms.

The value that stands for a bin is its middle, which is within 1 % of every value in the bin (``load_bins``); interpolating would look smoother but
could be off by the bin's whole width, so it isn't done.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.grouped_codes import GroupedCodes
from docops_desktop.kernels.prefix import kernels
from docops_desktop.model.load_bins import EDGES, N_CODES, RELATIVE_ERROR, middle

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[Any] | GroupedCodes


@cache
def bin_middles() -> Floats:
    """Return the value that stands for each code, float64 (N_CODES,); NaN for code 0 (not measured)."""
    values = np.array([np.nan, *(middle(code) for code in range(1, N_CODES))])
    values.flags.writeable = False
    return values


@cache
def edges() -> npt.NDArray[np.int64]:
    """Return the bin edges as an array, int64 (N_CODES - 1,)."""
    values = np.asarray(EDGES, dtype=np.int64)
    values.flags.writeable = False
    return values


@dataclass(frozen=True, eq=False)
class CoarseBins:
    """Bins that each hold several neighbouring codes, for histograms of many groups.

    Attributes:
        of: int32 (N_CODES,), the bin of each code; bin 0 holds code 0 (not measured) alone.
        middles: float64 (bins,), the value that stands for each bin; NaN for bin 0.
        error: largest relative distance between a value and its bin's middle, between the outermost bins.
    """

    of: npt.NDArray[np.int32]
    middles: Floats
    error: float


_TAIL = 0.001
_COUNTED = (np.dtype(np.uint32), np.dtype(np.int64))


def coarse_bins(counts: npt.NDArray[Any], at_most: int) -> CoarseBins | None:
    """Return at most ``at_most`` (>= 8) bins for values distributed like ``counts`` (N_CODES,); None when every code can have its own.

    Codes are log-spaced, so each bin joins the same number of them; all but the outermost 0.1 % on each side lies between the outermost bins.
    """
    if at_most >= N_CODES:
        return None
    used = np.asarray(counts[1:], dtype=np.float64)
    share = np.cumsum(used) / max(used.sum(), 1.0)
    low = 1 + int(np.searchsorted(share, _TAIL))
    high = 1 + int(np.searchsorted(share, 1 - _TAIL))
    low, high = min(low, N_CODES - 2), min(max(high, low + 1), N_CODES - 1)
    per_bin = -(-(high - low + 1) // (at_most - 3))
    codes = np.arange(N_CODES)
    inner = -(-(high - low + 1) // per_bin)
    of = np.clip(2 + (codes - low) // per_bin, 1, 2 + inner).astype(np.int32)
    of[0] = 0
    n = int(of.max()) + 1
    firsts = np.searchsorted(of, np.arange(n))
    lasts = np.searchsorted(of, np.arange(n), side="right") - 1
    middles = np.sqrt(np.maximum(bin_middles()[firsts], 0.5) * bin_middles()[lasts])
    with np.errstate(invalid="ignore"):
        spread = np.where(bin_middles()[firsts] > 0, bin_middles()[lasts] / middles - 1, 0.0)[2 : n - 1]
    return CoarseBins(of, middles, float(np.max(spread, initial=0.0)) + RELATIVE_ERROR)


def measured(hist: Counts) -> npt.NDArray[np.int64]:
    """Return the number of measured values of each histogram; ``hist`` is (..., N_CODES)."""
    if isinstance(hist, GroupedCodes):
        hist = hist.histograms()
    total: npt.NDArray[np.int64] = hist[..., 1:].sum(axis=-1, dtype=np.int64)
    return total


def quantile(hist: Counts, q: float, coarse: CoarseBins | None = None) -> Floats:
    """Return the q-quantile (0 < q < 1) of each histogram: the smallest value at or below which at least q of the measured values lie.

    Args:
        hist: counts by code, (..., N_CODES); code 0 doesn't count.
        q: one quantile, or an array that broadcasts with ``hist``'s leading axes.
        coarse: what the bins are, where they aren't the codes; then the error is this one's.

    Returns:
        float64 (...): within 1 % of the exact quantile for values below MAX_VALUE; NaN where nothing was measured.
    """
    if isinstance(hist, GroupedCodes):
        return quantile_columns(hist, (float(q),), coarse)[:, 0]
    if np.ndim(q):
        return quantiles(hist, q, coarse)
    found: Floats = quantile_columns(hist.reshape(-1, hist.shape[-1]), (float(q),), coarse)
    return found.reshape(hist.shape[:-1])


def quantile_columns(hist: Counts, shares: tuple[float, ...], coarse: CoarseBins | None = None) -> Floats:
    """Return several quantiles of each histogram at once, in ascending order: float64 (G, len(shares)); ``hist`` is (G, N_CODES)."""
    if isinstance(hist, GroupedCodes):
        sorted_out: Floats = _middles(coarse)[hist.quantile_codes(_ascending(shares))]
        return sorted_out
    rows = np.ascontiguousarray(hist if hist.dtype in _COUNTED else hist.astype(np.int64))
    codes = np.empty((len(rows), len(shares)), dtype=np.int64)
    kernels().codes_at(rows, _ascending(shares), codes)
    found: Floats = _middles(coarse)[codes]
    return found


@lru_cache(maxsize=64)
def _ascending(shares: tuple[float, ...]) -> Floats:
    assert list(shares) == sorted(shares)
    return np.array(shares)


def quantiles(hist: npt.NDArray[Any], q: Any, coarse: CoarseBins | None = None) -> Floats:
    """Like ``quantile``, with one q per histogram."""
    return _at_ranks(np.cumsum(hist[..., 1:], axis=-1, dtype=np.int64), q, coarse)


def quantile_error(
    hist: Counts, q: float, coarse: CoarseBins | None = None, sessions: npt.NDArray[Any] | None = None
) -> Floats:
    """Return the standard error of each quantile: half the distance between the quantiles one standard error of the rank away.

    The binomial error of the rank is sqrt(q (1 - q) / n). At least half a bin is assumed. NaN where fewer than two values were measured.

    Args:
        hist: (..., N_CODES) counts by load code.
        q: 0 to 1.
        coarse: the display bins that ``hist`` is in, if so.
        sessions: (...,) that the values come from. Views of one session are alike, so n is at most their number: an error that is rather too large
            than too small.
    """
    if isinstance(hist, GroupedCodes):
        hist = hist.histograms()
    cumulated = np.cumsum(hist[..., 1:], axis=-1, dtype=np.int64)
    n = cumulated[..., -1]
    independent = n if sessions is None else np.minimum(n, sessions)
    delta = np.sqrt(q * (1 - q) / np.maximum(independent, 1))
    low = _at_ranks(cumulated, np.clip(q - delta, 0, 1), coarse)
    high = _at_ranks(cumulated, np.clip(q + delta, 0, 1), coarse)
    return np.where(n > 1, np.maximum((high - low) / 2, RELATIVE_ERROR / 2 * (low + high) / 2), np.nan)


def _middles(coarse: CoarseBins | None) -> Floats:
    return bin_middles() if coarse is None else coarse.middles


def _at_ranks(cumulated: npt.NDArray[np.int64], q: Any, coarse: CoarseBins | None = None) -> Floats:
    middles = _middles(coarse)
    total = cumulated[..., -1]
    rank = np.maximum(np.ceil(np.asarray(q) * total - 1e-9), 1)
    code = 1 + (cumulated < rank[..., None]).sum(axis=-1)
    return np.where(total > 0, middles[np.minimum(code, len(middles) - 1)], np.nan)
