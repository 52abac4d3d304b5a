"""The compiled fused pass: every panel of a refresh from one visit to each block of rows.

Importing this module compiles it (seconds) or loads it from the cache (tenths of a second); only ``warmup`` imports it, in the background. It releases
the interpreter lock and keeps no shared state, so that ``runner`` runs one call per thread on its own share of the blocks with its own accumulators;
no threading layer is involved. The NumPy twin is ``reference.scan``; the plan's tables are described in ``layout``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from docops_desktop.kernels.accumulate import add_distinct, add_exposures, add_histogram, add_sessions
from docops_desktop.kernels.decode import gather, mask_block, mask_views
from docops_desktop.kernels.keys import session_keys, view_keys
from docops_desktop.kernels.layout import (
    ACC_ERRORS,
    ACC_FIELDS,
    ACC_VIEWS,
    AT_CONVERSIONS,
    AT_ERRORS,
    AT_FLAGS,
    AT_FREE,
    AT_LOAD,
    AT_MAX_VIEWS,
    AT_REVENUE,
    AT_REVENUE_ONLY_CONVERTING,
    AT_VIEW_OFFSET,
    AT_VIEW_WEIGHT,
    AT_VIEWS,
    AT_WEIGHT,
    AT_WRITE_MASK,
    BLOCK_END,
    BLOCK_MASK,
    BLOCK_ROWS,
    BLOCK_SPANS,
    BLOCK_START,
    COUNT_MATCHING_VIEWS,
    COUNT_SESSION_VIEWS,
    EXPOSURE_NONE,
    HIST_CODES,
    HIST_COLUMN,
    HIST_LUT,
    HIST_OFFSET,
    PANEL_ACC,
    PANEL_BASELINE_SPANS,
    PANEL_COUNT_VIEWS,
    PANEL_ERRORS,
    PANEL_EXPOSURE,
    PANEL_FINAL_REMAP,
    PANEL_FIRST_HIST,
    PANEL_GROUPS,
    PANEL_N_HISTS,
    PANEL_PAGE_KEYED,
    PANEL_SPANS,
    PANEL_STAMP,
    PANEL_VARIANT,
)


@njit(nogil=True)
def _select(data, extra, columns, block, clauses, mask_lut, mask, rows, smask):  # type: ignore[no-untyped-def]
    """Fill ``rows`` (relative to the block) and ``smask`` with the sessions that at least one variant keeps; return how many."""
    start = block[BLOCK_START]
    n = block[BLOCK_END] - start
    full = np.uint8(block[BLOCK_MASK])
    for i in range(n):
        mask[i] = full
    for c in range(clauses.shape[0]):
        mask_block(data, extra, columns, clauses[c], mask_lut, start, n, mask)
    m = 0
    eights = mask.view(np.uint64)
    for w in range((n + 7) // 8):
        if eights[w] == 0:  # eight rows that nobody keeps, at one glance; bytes beyond n may hold anything
            continue
        for i in range(8 * w, min(8 * w + 8, n)):
            rows[m] = i
            smask[m] = mask[i]
            m += 1 if mask[i] != 0 else 0
    return m


@njit(nogil=True)
def _expand(data, extra, columns, at, start, rows, m, vrow, vslot, low, high):  # type: ignore[no-untyped-def]
    """List the page views of the kept sessions: row after the block's first view, and slot of the session. Return that first view and the count.

    No loop per session (its length can't be guessed): mark where each session's views begin, then a running sum gives the slots.
    """
    gather(data, extra, columns, at[AT_VIEW_OFFSET], start, rows, m, low)
    gather(data, extra, columns, at[AT_VIEW_OFFSET], start + 1, rows, m, high)
    first = low[0]
    total = 0
    for j in range(m):
        total += high[j] - low[j]
    for v in range(total + 1):
        vslot[v] = 0
    t = 0
    for j in range(m):
        vslot[t] += 1
        begin = low[j] - first - t
        t += high[j] - low[j]
        low[j] = begin
    slot = np.int32(-1)
    for v in range(total):
        slot += vslot[v]
        vslot[v] = slot
    for v in range(total):
        vrow[v] = v + low[vslot[v]]
    return first, total


@njit(nogil=True)
def _match_views(  # type: ignore[no-untyped-def]
    data, extra, columns, clauses, mask_lut, first, vrow, vslot, vmask, t, scratch, m, rows, smask, free
):
    """Apply the page-view clauses: drop views and then sessions that nobody keeps; return the new counts of both."""
    for v in range(t):
        vmask[v] = smask[vslot[v]]
    for c in range(clauses.shape[0]):
        mask_views(data, extra, columns, clauses[c], mask_lut, first, vrow, t, scratch, vmask)
    for j in range(m):
        smask[j] &= free
    for v in range(t):
        smask[vslot[v]] |= vmask[v]
    kept = 0
    for j in range(m):  # scratch: old slot -> new slot
        scratch[j] = kept
        rows[kept] = rows[j]
        smask[kept] = smask[j]
        kept += 1 if smask[j] != 0 else 0
    views = 0
    for v in range(t):
        vrow[views] = vrow[v]
        vslot[views] = scratch[vslot[v]]
        vmask[views] = vmask[v]
        views += 1 if vmask[v] != 0 else 0
    return kept, views


@njit(nogil=True)
def _view_groups(panel, key_lut, base, part, vslot, vmask, t, page_keyed, by_view, group):  # type: ignore[no-untyped-def]
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


_C = "C"
_U8 = types.Array(types.uint8, 1, _C)
_BYTES = types.Array(types.uint8, 1, _C, readonly=True)  # a file may be mapped read-only
_I32 = types.Array(types.int32, 1, _C)
_I64 = types.Array(types.int64, 1, _C)
_TABLE = types.Array(types.int64, 2, _C)
_F64 = types.Array(types.float64, 1, _C)


def signature(hist: Any) -> Any:
    """Return the signature of the pass for histograms of the Numba type ``hist``."""
    return types.int64(
        _BYTES, _BYTES, _TABLE, _I64, _TABLE, types.int64, types.int64, _TABLE, _TABLE, _U8, _TABLE, _I32, _I64, _I32, _TABLE,
        _TABLE, _I64, _F64, types.Array(hist, 1, _C), _I32, _U8, _U8,
    )  # fmt: skip


@njit([signature(types.uint32)], nogil=True, cache=True)
def scan(  # type: ignore[no-untyped-def]
    data, extra, columns, at, blocks, first_block, end_block, session_clauses, view_clauses, mask_lut, keys, key_lut,
    run_edges, run_codes, panels, hists, acc, squares, hist, stamps, out_mask, cancel,
):  # fmt: skip
    """Add the blocks ``first_block .. end_block - 1`` to the accumulators; return the first block that was not visited (cancelled) or ``end_block``."""
    size = BLOCK_ROWS
    cap = max(at[AT_MAX_VIEWS], size)
    mask = np.empty(size, np.uint8)
    smask = np.empty(size + 1, np.uint8)
    rows = np.empty(size + 1, np.int32)
    low = np.empty(size, np.int64)
    high = np.empty(size, np.int64)
    base = np.empty(size, np.int32)
    found = np.empty(size, np.uint8)
    weight = np.ones(size, np.int64)
    views = np.zeros(size, np.int64)
    bounce = np.zeros(size, np.int64)
    conversions = np.zeros(size, np.int64)
    revenue = np.zeros(size, np.int64)
    listed = np.empty(cap + 1, np.int32)
    scratch = np.empty(cap, np.int32)
    vrow = np.empty(cap + 1, np.int32)
    vslot = np.empty(cap + 1, np.int32)
    vmask = np.empty(cap + 1, np.uint8)
    group = np.empty(cap, np.int32)
    part = np.empty(cap, np.int32)
    codes = np.empty(cap, np.int32)
    load = np.empty(cap, np.int32)
    flags = np.empty(cap, np.int32)
    view_weight = np.ones(cap, np.int64)
    weighted = at[AT_WEIGHT] >= 0
    by_view = view_clauses.shape[0] > 0

    for b in range(first_block, end_block):
        if cancel[0] != 0:
            return b
        block = blocks[b]
        spans = block[BLOCK_SPANS]
        start = block[BLOCK_START]
        m = _select(data, extra, columns, block, session_clauses, mask_lut, mask, rows, smask)
        if m == 0:
            continue
        need_views = view_clauses.shape[0] > 0
        for p in range(panels.shape[0]):
            if (panels[p, PANEL_SPANS] | panels[p, PANEL_BASELINE_SPANS]) & spans:
                need_views = need_views or panels[p, PANEL_N_HISTS] > 0 or panels[p, PANEL_PAGE_KEYED] != 0
                need_views = need_views or panels[p, PANEL_EXPOSURE] != EXPOSURE_NONE or panels[p, PANEL_ERRORS] != 0
        first_view = 0
        t = 0
        if need_views:
            first_view, t = _expand(data, extra, columns, at, start, rows, m, vrow, vslot, low, high)
            if view_clauses.shape[0] > 0:
                m, t = _match_views(
                    data,
                    extra,
                    columns,
                    view_clauses,
                    mask_lut,
                    first_view,
                    vrow,
                    vslot,
                    vmask,
                    t,
                    scratch,
                    m,
                    rows,
                    smask,
                    np.uint8(at[AT_FREE]),
                )
                if m == 0:
                    continue
        if at[AT_WRITE_MASK] != 0:
            for j in range(m):
                out_mask[start + rows[j]] = smask[j]

        if weighted:
            gather(data, extra, columns, at[AT_WEIGHT], start, rows, m, weight)
        gather(data, extra, columns, at[AT_VIEWS], start, rows, m, views)
        if not weighted:
            for j in range(m):
                bounce[j] = 1 if views[j] == 1 else 0
        gather(data, extra, columns, at[AT_CONVERSIONS], start, rows, m, conversions)
        if at[AT_REVENUE_ONLY_CONVERTING] != 0:
            n_converting = 0
            for j in range(m):
                revenue[j] = 0
                if conversions[j] > 0:
                    scratch[n_converting] = rows[j]
                    vslot_j = j
                    codes[n_converting] = vslot_j
                    n_converting += 1
            if n_converting > 0:
                gather(data, extra, columns, at[AT_REVENUE], start, scratch, n_converting, low)
                for i in range(n_converting):
                    revenue[codes[i]] = low[i]
        else:
            gather(data, extra, columns, at[AT_REVENUE], start, rows, m, revenue)
        load_ready = False
        flags_ready = False
        if t > 0 and at[AT_VIEW_WEIGHT] >= 0:
            gather(data, extra, columns, at[AT_VIEW_WEIGHT], first_view, vrow, t, view_weight)

        for p in range(panels.shape[0]):
            panel = panels[p]
            if ((panel[PANEL_SPANS] | panel[PANEL_BASELINE_SPANS]) & spans) == 0:
                continue
            exposure = panel[PANEL_EXPOSURE] != EXPOSURE_NONE
            page_keyed = panel[PANEL_PAGE_KEYED] != 0
            wants_views = panel[PANEL_N_HISTS] > 0 or panel[PANEL_ERRORS] != 0 or page_keyed or exposure
            views_by_view = panel[PANEL_COUNT_VIEWS] == COUNT_MATCHING_VIEWS
            session_keys(
                data, extra, columns, panel, keys, key_lut, run_edges, run_codes, start, rows, m, smask, scratch, base
            )
            if wants_views or views_by_view:
                if page_keyed:
                    view_keys(data, extra, columns, panel, keys, key_lut, first_view, vrow, t, scratch, part)
                _view_groups(panel, key_lut, base, part, vslot, vmask, t, page_keyed, by_view, group)
            if exposure and not flags_ready:
                gather(data, extra, columns, at[AT_FLAGS], first_view, vrow, t, flags)
                flags_ready = True
            if exposure and not load_ready:
                gather(data, extra, columns, at[AT_LOAD], first_view, vrow, t, load)
                load_ready = True
            for side in range(2):
                wanted = panel[PANEL_SPANS] if side == 0 else panel[PANEL_BASELINE_SPANS]
                if (wanted & spans) == 0:
                    continue
                shift = side * panel[PANEL_GROUPS]
                if exposure:
                    add_exposures(
                        panel, group, flags, load, key_lut, panel[PANEL_STAMP], vslot, t, m, shift, weight, bounce,
                        conversions, revenue, found, listed, acc, squares,
                    )  # fmt: skip
                    continue
                if page_keyed:
                    add_distinct(
                        panel, group, part, vslot, view_weight, t, shift, start, rows, weight, bounce, conversions, revenue,
                        stamps[side * (stamps.size // 2) :], acc, squares,
                    )  # fmt: skip
                else:
                    count_views = panel[PANEL_COUNT_VIEWS] == COUNT_SESSION_VIEWS
                    add_sessions(
                        panel,
                        key_lut,
                        base,
                        m,
                        shift,
                        weight,
                        views,
                        bounce,
                        conversions,
                        revenue,
                        count_views,
                        acc,
                        squares,
                    )
                offset = panel[PANEL_ACC] + shift
                if views_by_view and not page_keyed:
                    for v in range(t):
                        if group[v] >= 0:
                            acc[(offset + group[v]) * ACC_FIELDS + ACC_VIEWS] += view_weight[v]
                if panel[PANEL_ERRORS] != 0:
                    gather(data, extra, columns, at[AT_ERRORS], first_view, vrow, t, codes)
                    for v in range(t):
                        if group[v] >= 0 and codes[v] != 0:
                            acc[(offset + group[v]) * ACC_FIELDS + ACC_ERRORS] += codes[v]
                for h in range(panel[PANEL_FIRST_HIST], panel[PANEL_FIRST_HIST] + panel[PANEL_N_HISTS]):
                    n_codes = hists[h, HIST_CODES]
                    lut = hists[h, HIST_LUT]
                    at_hist = hists[h, HIST_OFFSET] + shift * n_codes
                    if hists[h, HIST_COLUMN] == at[AT_LOAD]:
                        if not load_ready:
                            gather(data, extra, columns, at[AT_LOAD], first_view, vrow, t, load)
                            load_ready = True
                        add_histogram(group, load, view_weight, t, at_hist, n_codes, key_lut, lut, hist)
                    else:
                        gather(data, extra, columns, hists[h, HIST_COLUMN], first_view, vrow, t, codes)
                        add_histogram(group, codes, view_weight, t, at_hist, n_codes, key_lut, lut, hist)
    return end_block
