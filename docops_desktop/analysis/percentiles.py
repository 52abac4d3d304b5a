"""Percentiles read from mergeable log-spaced histograms.

The value that stands for a bin is its middle, which is within 1 % of every value in the bin (``load_bins``); interpolating would look smoother but
could be off by the bin's whole width, so it isn't done.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.model.load_bins import EDGES, N_CODES, RELATIVE_ERROR, middle

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[Any]


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


def measured(hist: Counts) -> npt.NDArray[np.int64]:
    """Return the number of measured values of each histogram; ``hist`` is (..., N_CODES)."""
    total: npt.NDArray[np.int64] = hist[..., 1:].sum(axis=-1, dtype=np.int64)
    return total


def quantile(hist: Counts, q: float) -> Floats:
    """Return the q-quantile (0 < q < 1) of each histogram: the smallest value at or below which at least q of the measured values lie.

    Args:
        hist: counts by code, (..., N_CODES); code 0 doesn't count.
        q: one quantile, or an array that broadcasts with ``hist``'s leading axes.

    Returns:
        float64 (...): within 1 % of the exact quantile for values below MAX_VALUE; NaN where nothing was measured.
    """
    return quantiles(hist, np.float64(q))


def quantiles(hist: Counts, q: Any) -> Floats:
    """Like ``quantile``, with one q per histogram."""
    return _at_ranks(np.cumsum(hist[..., 1:], axis=-1, dtype=np.int64), q)


def quantile_error(hist: Counts, q: float) -> Floats:
    """Return the standard error of each quantile: half the distance between the quantiles one standard error of the rank away.

    The binomial error of the rank is sqrt(q (1 - q) / n); views of one session are taken as independent, which makes it a little small. At least half
    a bin is assumed. NaN where fewer than two values were measured.
    """
    cumulated = np.cumsum(hist[..., 1:], axis=-1, dtype=np.int64)
    n = cumulated[..., -1]
    delta = np.sqrt(q * (1 - q) / np.maximum(n, 1))
    low = _at_ranks(cumulated, np.clip(q - delta, 0, 1))
    high = _at_ranks(cumulated, np.clip(q + delta, 0, 1))
    return np.where(n > 1, np.maximum((high - low) / 2, RELATIVE_ERROR / 2 * (low + high) / 2), np.nan)


def _at_ranks(cumulated: npt.NDArray[np.int64], q: Any) -> Floats:
    total = cumulated[..., -1]
    rank = np.maximum(np.ceil(np.asarray(q) * total - 1e-9), 1)
    code = 1 + (cumulated < rank[..., None]).sum(axis=-1)
    return np.where(total > 0, bin_middles()[np.minimum(code, N_CODES - 1)], np.nan)
