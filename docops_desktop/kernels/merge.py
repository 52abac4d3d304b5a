"""The compiled steps round a pass: adding up what the threads counted, and clearing accumulators for the next pass.

What few groups have, amounts and histograms, is looked at only where there is any. Importing this module compiles it or loads it from the cache.
"""

from __future__ import annotations

import numpy as np
from numba import njit, types

from docops_desktop.kernels.layout import (
    HIST_CODES,
    HIST_OFFSET,
    PANEL_ACC,
    PANEL_BASELINE_SPANS,
    PANEL_FIRST_HIST,
    PANEL_GROUPS,
    PANEL_N_HISTS,
    SUM_FIELDS,
    SUM_TOUCHED,
)
from docops_desktop.kernels.records import AMOUNTS, CONVERSIONS, CONVERTING, ERRORS, REVENUE

_I64 = types.Array(types.int64, 1, "C")
_F64 = types.Array(types.float64, 1, "C")
_U32 = types.Array(types.uint32, 1, "C")
_TABLE = types.Array(types.int64, 2, "C")


@njit(nogil=True, _nrt=False)
def _fold_amounts(amounts, squares, low, high, to, to_squares):  # type: ignore[no-untyped-def]
    for row in range(low, high):
        at = row * AMOUNTS
        if amounts[at + CONVERTING] | amounts[at + CONVERSIONS] | amounts[at + REVENUE] | amounts[at + ERRORS] != 0:
            for f in range(AMOUNTS):
                to[at + f] += amounts[at + f]
                amounts[at + f] = 0
    for row in range(low, high):
        to_squares[row] += squares[row]
        squares[row] = 0.0


@njit(nogil=True, _nrt=False)
def _fold_histograms(panel, hists, counts, hist, to_hist, skipped):  # type: ignore[no-untyped-def]
    for h in range(panel[PANEL_FIRST_HIST], panel[PANEL_FIRST_HIST] + panel[PANEL_N_HISTS]):
        codes = hists[h, HIST_CODES]
        for r in range(len(counts) // SUM_FIELDS):
            if counts[r * SUM_FIELDS + SUM_TOUCHED] == 0:
                continue
            low = hists[h, HIST_OFFSET] + (skipped + r) * codes
            source = hist[low : low + codes]
            target = to_hist[low : low + codes]
            for c in range(codes):
                target[c] += source[c]
                source[c] = 0


_FOLD = types.void(_TABLE, _TABLE, _U32, _I64, _F64, _U32, _U32, _I64, _F64, _U32, types.int64, types.int64)


@njit([_FOLD], nogil=True, cache=True, _nrt=False)
def fold(  # type: ignore[no-untyped-def]
    panels, hists, sums, amounts, squares, hist, to_sums, to_amounts, to_squares, to_hist, share, shares
):
    """Add one thread's accumulators to another's, and clear them: share number ``share`` of the groups, when ``shares`` threads do it together."""
    for p in range(panels.shape[0]):
        groups = panels[p, PANEL_GROUPS] * (2 if panels[p, PANEL_BASELINE_SPANS] != 0 else 1)
        skipped = groups * share // shares
        low = panels[p, PANEL_ACC] + skipped
        high = panels[p, PANEL_ACC] + groups * (share + 1) // shares
        counts = sums[low * SUM_FIELDS : high * SUM_FIELDS]
        _fold_histograms(panels[p], hists, counts, hist, to_hist, skipped)
        to = to_sums[low * SUM_FIELDS : high * SUM_FIELDS]
        for i in range(np.uint64(len(counts))):
            to[i] += counts[i]
            counts[i] = 0
        _fold_amounts(amounts, squares, np.uint64(low), np.uint64(high), to_amounts, to_squares)


@njit([types.void(_TABLE, _TABLE, _U32, _I64, _F64, _U32)], nogil=True, cache=True, _nrt=False)
def clear(panels, hists, sums, amounts, squares, hist):  # type: ignore[no-untyped-def]
    """Set the accumulators of these panels to zero."""
    for p in range(panels.shape[0]):
        groups = panels[p, PANEL_GROUPS] * (2 if panels[p, PANEL_BASELINE_SPANS] != 0 else 1)
        low, high = panels[p, PANEL_ACC], panels[p, PANEL_ACC] + groups
        for h in range(panels[p, PANEL_FIRST_HIST], panels[p, PANEL_FIRST_HIST] + panels[p, PANEL_N_HISTS]):
            for r in range(groups):
                if sums[(low + r) * SUM_FIELDS + SUM_TOUCHED] != 0:
                    at = hists[h, HIST_OFFSET] + r * hists[h, HIST_CODES]
                    hist[at : at + hists[h, HIST_CODES]] = 0
        sums[low * SUM_FIELDS : high * SUM_FIELDS] = 0
        amounts[low * np.int64(AMOUNTS) : high * np.int64(AMOUNTS)] = 0
        squares[low:high] = 0.0
