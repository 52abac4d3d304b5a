"""The compiled steps round a pass: adding up what the threads counted, and clearing accumulators for the next pass.

Only groups that something was added to are looked at: of the thousands of histograms that a refresh has room for, most are empty. Importing this
module compiles it or loads it from the cache.
"""

from __future__ import annotations

import numpy as np
from numba import njit, types

from docops_desktop.kernels.layout import (
    ACC_FIELDS,
    ACC_TOUCHED,
    HIST_CODES,
    HIST_OFFSET,
    PANEL_ACC,
    PANEL_BASELINE_SPANS,
    PANEL_FIRST_HIST,
    PANEL_GROUPS,
    PANEL_N_HISTS,
)

_I64 = types.Array(types.int64, 1, "C")
_F64 = types.Array(types.float64, 1, "C")
_U32 = types.Array(types.uint32, 1, "C")
_TABLE = types.Array(types.int64, 2, "C")


_FOLD = types.void(_TABLE, _TABLE, _I64, _F64, _U32, _I64, _F64, _U32, types.int64, types.int64)


@njit([_FOLD], nogil=True, cache=True, _nrt=False)
def fold(panels, hists, acc, squares, hist, to_acc, to_squares, to_hist, share, shares):  # type: ignore[no-untyped-def]
    """Add one thread's accumulators to another's, and clear them: share number ``share`` of the groups, when ``shares`` threads do it together."""
    for p in range(panels.shape[0]):
        sides = 2 if panels[p, PANEL_BASELINE_SPANS] != 0 else 1
        for r in range(share, sides * panels[p, PANEL_GROUPS], shares):
            row = np.uint64(panels[p, PANEL_ACC] + r)
            at = row * np.uint64(ACC_FIELDS)
            if acc[at + np.uint64(ACC_TOUCHED)] == 0:
                continue
            for f in range(np.uint64(ACC_FIELDS)):
                to_acc[at + f] += acc[at + f]
                acc[at + f] = 0
            to_squares[row] += squares[row]
            squares[row] = 0.0
            for h in range(panels[p, PANEL_FIRST_HIST], panels[p, PANEL_FIRST_HIST] + panels[p, PANEL_N_HISTS]):
                codes = hists[h, HIST_CODES]
                low = hists[h, HIST_OFFSET] + r * codes
                source = hist[low : low + codes]
                target = to_hist[low : low + codes]
                for c in range(codes):
                    target[c] += source[c]
                    source[c] = 0


@njit([types.void(_TABLE, _TABLE, _I64, _F64, _U32)], nogil=True, cache=True, _nrt=False)
def clear(panels, hists, acc, squares, hist):  # type: ignore[no-untyped-def]
    """Set the accumulators of these panels to zero."""
    for p in range(panels.shape[0]):
        sides = 2 if panels[p, PANEL_BASELINE_SPANS] != 0 else 1
        for r in range(sides * panels[p, PANEL_GROUPS]):
            row = np.uint64(panels[p, PANEL_ACC] + r)
            at = row * np.uint64(ACC_FIELDS)
            if acc[at + np.uint64(ACC_TOUCHED)] == 0:
                continue
            for f in range(np.uint64(ACC_FIELDS)):
                acc[at + f] = 0
            squares[row] = 0.0
            for h in range(panels[p, PANEL_FIRST_HIST], panels[p, PANEL_FIRST_HIST] + panels[p, PANEL_N_HISTS]):
                low = hists[h, HIST_OFFSET] + r * hists[h, HIST_CODES]
                hist[low : low + hists[h, HIST_CODES]] = 0
