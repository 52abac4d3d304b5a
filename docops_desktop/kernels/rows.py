"""Compiled helpers that find the rows that count: sessions by their clauses, page views of those sessions, views by theirs.

They are compiled into the fused pass (never called from Python).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from docops_desktop.kernels.decode import (
    column_bytes,
    gather,
    gather_bounds,
    gather_ranges,
    mask_block,
    mask_views,
    number_ranges,
    one_value,
)
from docops_desktop.kernels.layout import (
    AT_VIEW_OFFSET,
    AT_VIEWS,
    AT_VIEWS_ARE_ROWS,
    BLOCK_END,
    BLOCK_MASK,
    BLOCK_START,
    CLAUSE_COLUMN,
    COLUMN_SIZE,
    PANEL_FINAL_REMAP,
    PANEL_VARIANT,
)
from docops_desktop.kernels.vector import (
    GROUP,
    LANES,
    MANY,
    compresses,
    count_bits,
    lowest_bit,
    nonzero,
    put_places,
    running_sums,
)

ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
FEWEST_IN = 24
"""Of so many sessions at least one must be kept for adding up all counts to pay."""
LANE_BITS = np.uint64((1 << LANES) - 1)


@njit(nogil=True, _nrt=False)
def select(data, extra, columns, block, clauses, mask_lut, mask, rows, smask):  # type: ignore[no-untyped-def]
    """Fill ``rows`` (relative to the block) and ``smask`` with the sessions that at least one variant keeps; return how many.

    ``mask`` and ``rows`` have ``MANY`` places more than the block has rows.
    """
    start = block[BLOCK_START]
    n = block[BLOCK_END] - start
    full = np.uint8(block[BLOCK_MASK])
    for i in range(n):
        mask[i] = full
    for i in range(n, n + MANY):
        mask[i] = 0
    for c in range(clauses.shape[0]):
        mask_block(data, extra, columns, clauses[c], mask_lut, start, n, mask)
    m = np.uint64(0)
    for first in range(np.uint64(0), np.uint64(n), np.uint64(MANY)):
        kept = nonzero(mask, first)
        if kept == 0:
            continue
        if compresses():
            for k in range(np.uint64(0), np.uint64(MANY), np.uint64(LANES)):
                put_places(kept >> k, first + k, rows, m)
                m += count_bits((kept >> k) & LANE_BITS)
        elif kept == ALL:
            for k in range(np.uint64(MANY)):
                rows[m + k] = first + k
            m += np.uint64(MANY)
        else:
            while kept != 0:
                rows[m] = first + lowest_bit(kept)
                kept &= kept - np.uint64(1)
                m += np.uint64(1)
    for j in range(m):
        smask[j] = mask[rows[j]]
    return np.int64(m)


@njit(nogil=True, _nrt=False)
def expand(data, extra, columns, at, block, rows, m, scratch, low, counts):  # type: ignore[no-untyped-def]
    """Find the page views of the kept sessions: ``low`` after the block's first one and ``counts``. Return that first view and how many there are."""
    start = block[BLOCK_START]
    n = block[BLOCK_END] - start
    c = at[AT_VIEWS]
    total = 0
    if at[AT_VIEWS_ARE_ROWS] != 0 and columns[c, COLUMN_SIZE] == 1 and m * FEWEST_IN > n:
        # Most lines of the offsets would be read anyhow: adding up the counts reads a fourth of that.
        first = one_value(data, extra, columns, at[AT_VIEW_OFFSET], start)
        views = column_bytes(data, extra, columns, c, start)
        add_up(views, n, scratch)
        for j in range(m):
            low[j] = scratch[rows[j]]
            counts[j] = views[rows[j]]
            total += counts[j]
        return first, total
    gather_bounds(data, extra, columns, at[AT_VIEW_OFFSET], start, rows, m, low, counts)
    first = low[0]
    for j in range(m):
        low[j] -= first
        total += counts[j]
    return first, total


@njit(nogil=True, _nrt=False)
def add_up(counts, n, out):  # type: ignore[no-untyped-def]
    """``out[i] = sum(counts[:i])`` for n counts."""
    whole = np.uint64(n) // np.uint64(GROUP) * np.uint64(GROUP)
    total = np.uint64(0)
    for i in range(np.uint64(0), whole, np.uint64(GROUP)):
        total = running_sums(counts, i, total, out, i)
    for i in range(whole, np.uint64(n)):
        out[i] = total
        total += np.uint64(counts[i])


@njit(nogil=True, _nrt=False)
def list_views(low, counts, m, vrow, vslot):  # type: ignore[no-untyped-def]
    """Write each page view's row after the block's first view, and the slot of its session."""
    number_ranges(counts, m, vslot)
    t = np.uint64(0)
    for j in range(m):
        for q in range(np.uint64(counts[j])):
            vrow[t] = np.uint64(low[j]) + q
            t += np.uint64(1)


@njit(nogil=True, _nrt=False)
def view_column(data, extra, columns, c, first_view, by_view, vrow, t, low, counts, m, out):  # type: ignore[no-untyped-def]
    """Read a column of the kept page views: of all views of the kept sessions, or (``by_view``) of those that are listed."""
    if by_view:
        gather(data, extra, columns, c, first_view, vrow, t, out)
    else:
        gather_ranges(data, extra, columns, c, first_view, low, counts, m, out)


@njit(nogil=True, _nrt=False)
def match_views(  # type: ignore[no-untyped-def]
    data, extra, columns, clauses, mask_lut, first, vrow, vslot, vmask, t, low, counts, scratch, m, rows, smask, free
):
    """Apply the page-view clauses: drop views and then sessions that nobody keeps; return the new counts of both."""
    for v in range(t):
        vmask[v] = smask[vslot[v]]
    for c in range(clauses.shape[0]):
        gather_ranges(data, extra, columns, clauses[c, CLAUSE_COLUMN], first, low, counts, m, scratch)
        mask_views(clauses[c], mask_lut, scratch, t, vmask)
    for j in range(m):
        smask[j] &= free
    for v in range(t):
        smask[vslot[v]] |= vmask[v]
    kept = np.uint64(0)
    for j in range(m):  # scratch: old slot -> new slot
        scratch[j] = kept
        rows[kept] = rows[j]
        smask[kept] = smask[j]
        kept += np.uint64(smask[j] != 0)
    views = np.uint64(0)
    for v in range(t):
        vrow[views] = vrow[v]
        vslot[views] = scratch[vslot[v]]
        vmask[views] = vmask[v]
        views += np.uint64(vmask[v] != 0)
    return np.int64(kept), np.int64(views)


@njit(nogil=True, _nrt=False)
def view_groups(panel, key_lut, base, part, vslot, vmask, t, page_keyed, by_view, group):  # type: ignore[no-untyped-def]
    """Write the group of each page view, -1 where it doesn't count for this panel."""
    bit = panel[PANEL_VARIANT]
    if by_view:
        for v in range(t):
            group[v] = base[vslot[v]] if vmask[v] & bit else -1
    else:  # the session's mask has decided already
        for v in range(t):
            group[v] = base[vslot[v]]
    if page_keyed:
        for v in range(t):
            group[v] = group[v] + part[v] if group[v] >= 0 and part[v] >= 0 else -1
    remap = panel[PANEL_FINAL_REMAP]
    if remap >= 0:
        for v in range(t):
            if group[v] >= 0:
                group[v] = key_lut[remap + group[v]]
