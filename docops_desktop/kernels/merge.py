"""The compiled steps round a pass: adding up what the threads counted, and clearing accumulators for the next pass.

Only groups that something was added to are looked at: of the thousands of histograms that a refresh has room for, most are empty. Importing this
module compiles it or loads it from the cache.
"""

from __future__ import annotations

import numpy as np
from numba import njit, types

from docops_desktop.kernels import layout
from docops_desktop.kernels.layout import (
    HIST_CODES,
    HIST_OFFSET,
    PANEL_ACC,
    PANEL_BASELINE_SPANS,
    PANEL_FIRST_HIST,
    PANEL_GROUPS,
    PANEL_N_HISTS,
)
from docops_desktop.kernels.records import (
    AMOUNTS,
    BOUNCES,
    CONVERSIONS,
    CONVERTING,
    ERRORS,
    FIELDS,
    REVENUE,
    SESSIONS,
    TOUCHED,
    VIEWS,
)

_I64 = types.Array(types.int64, 1, "C")
_F64 = types.Array(types.float64, 1, "C")
_U32 = types.Array(types.uint32, 1, "C")
_TABLE = types.Array(types.int64, 2, "C")
_FOLD = types.void(_TABLE, _TABLE, _U32, _I64, _F64, _U32, _TABLE, _F64, _U32, types.int64, types.int64)
# fields of what is handed out, as unsigned numbers
_TO_SESSIONS, _TO_VIEWS, _TO_BOUNCES = np.uint64(layout.ACC_SESSIONS), np.uint64(layout.ACC_VIEWS), np.uint64(layout.ACC_BOUNCES)
_TO_CONVERTING, _TO_CONVERSIONS = np.uint64(layout.ACC_CONVERTING), np.uint64(layout.ACC_CONVERSIONS)
_TO_REVENUE, _TO_ERRORS, _TO_TOUCHED = np.uint64(layout.ACC_REVENUE), np.uint64(layout.ACC_ERRORS), np.uint64(layout.ACC_TOUCHED)


@njit([_FOLD], nogil=True, cache=True, _nrt=False)
def fold(panels, hists, sums, amounts, squares, hist, to, to_squares, to_hist, share, shares):  # type: ignore[no-untyped-def]
    """Add one thread's sums to ``to`` (ACC_FIELDS, rows), and clear them: share number ``share`` of the groups, when ``shares`` threads do it together.

    The thread whose ``hist`` is ``to_hist`` gives an empty one.
    """
    for p in range(panels.shape[0]):
        sides = 2 if panels[p, PANEL_BASELINE_SPANS] != 0 else 1
        for r in range(share, sides * panels[p, PANEL_GROUPS], shares):
            row = np.uint64(panels[p, PANEL_ACC] + r)
            at = row * FIELDS
            if sums[at + TOUCHED] == 0:
                continue
            to[_TO_SESSIONS, row] += np.int64(sums[at + SESSIONS])
            to[_TO_VIEWS, row] += np.int64(sums[at + VIEWS])
            to[_TO_BOUNCES, row] += np.int64(sums[at + BOUNCES])
            to[_TO_TOUCHED, row] += np.int64(sums[at + TOUCHED])
            for f in range(FIELDS):
                sums[at + f] = 0
            at = row * AMOUNTS
            to[_TO_CONVERTING, row] += amounts[at + CONVERTING]
            to[_TO_CONVERSIONS, row] += amounts[at + CONVERSIONS]
            to[_TO_REVENUE, row] += amounts[at + REVENUE]
            to[_TO_ERRORS, row] += amounts[at + ERRORS]
            for f in range(AMOUNTS):
                amounts[at + f] = 0
            to_squares[row] += squares[row]
            squares[row] = 0.0
            if len(hist) == 0:
                continue
            for h in range(panels[p, PANEL_FIRST_HIST], panels[p, PANEL_FIRST_HIST] + panels[p, PANEL_N_HISTS]):
                codes = hists[h, HIST_CODES]
                low = hists[h, HIST_OFFSET] + r * codes
                source = hist[low : low + codes]
                target = to_hist[low : low + codes]
                for c in range(codes):
                    target[c] += source[c]
                    source[c] = 0


_CLEAR = types.void(_TABLE, _TABLE, _U32, _I64, _F64, _TABLE, _F64, _U32)


@njit([_CLEAR], nogil=True, cache=True, _nrt=False)
def clear(panels, hists, sums, amounts, squares, to, to_squares, hist):  # type: ignore[no-untyped-def]
    """Set the accumulators of these panels to zero, a thread's own and those that were handed out."""
    for p in range(panels.shape[0]):
        sides = 2 if panels[p, PANEL_BASELINE_SPANS] != 0 else 1
        for r in range(sides * panels[p, PANEL_GROUPS]):
            row = np.uint64(panels[p, PANEL_ACC] + r)
            if sums[row * FIELDS + TOUCHED] == 0 and to[_TO_TOUCHED, row] == 0:
                continue
            for f in range(FIELDS):
                sums[row * FIELDS + f] = 0
            for f in range(AMOUNTS):
                amounts[row * AMOUNTS + f] = 0
            for f in range(to.shape[0]):
                to[np.uint64(f), row] = 0
            squares[row] = 0.0
            to_squares[row] = 0.0
            for h in range(panels[p, PANEL_FIRST_HIST], panels[p, PANEL_FIRST_HIST] + panels[p, PANEL_N_HISTS]):
                low = hists[h, HIST_OFFSET] + r * hists[h, HIST_CODES]
                hist[low : low + hists[h, HIST_CODES]] = 0
