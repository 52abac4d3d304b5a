"""The compiled fused pass: every panel of a refresh from one visit to each block of rows.

Importing this module compiles it (seconds) or loads it from the cache (tenths of a second); only ``warmup`` imports it, in the background. It releases
the interpreter lock and keeps no shared state, so that ``runner`` runs one call per thread on its own share of the blocks with its own accumulators;
no threading layer is involved. The NumPy twin is ``reference.scan``; the plan's tables are described in ``layout``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from docops_desktop.kernels.accumulate import (
    add_distinct,
    add_exposures,
    add_histogram,
    add_one_group,
    add_one_histogram,
    add_sessions,
    count_views,
)
from docops_desktop.kernels.decode import gather, gather_ranges, number_ranges
from docops_desktop.kernels.keys import one_base, session_keys, view_keys
from docops_desktop.kernels.layout import (
    AMOUNT_ERRORS,
    AMOUNT_FIELDS,
    AT_CAP,
    AT_ERRORS,
    AT_FLAGS,
    AT_FREE,
    AT_LOAD,
    AT_VIEW_WEIGHT,
    AT_VIEWS,
    AT_VIEWS_ARE_ROWS,
    AT_WEIGHT,
    AT_WRITE_MASK,
    BLOCK_CODES_AT,
    BLOCK_KEEP_AT,
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
    NOT_KEPT,
    PANEL_ACC,
    PANEL_BASELINE_SPANS,
    PANEL_BY_FLAG,
    PANEL_COUNT_VIEWS,
    PANEL_ERRORS,
    PANEL_EXPOSURE,
    PANEL_FINAL_REMAP,
    PANEL_FIRST_HIST,
    PANEL_GROUPS,
    PANEL_N_HISTS,
    PANEL_OUTCOMES,
    PANEL_PAGE_KEYED,
    PANEL_SAME_KEYS,
    PANEL_SPANS,
    PANEL_STAMP,
    RECORD_BOUNCES,
    RECORD_SESSIONS,
    RECORD_VIEWS,
    SCRATCH_BYTES,
    SCRATCH_HALVES,
    SCRATCH_WORDS,
    SUM_FIELDS,
    TALLIES,
    TALLY,
)
from docops_desktop.kernels.plain import add_plain, is_plain
from docops_desktop.kernels.records import list_outcomes, make_records
from docops_desktop.kernels.rows import (
    expand,
    keep,
    list_views,
    match_views,
    select,
    select_bits,
    view_column,
    view_groups,
)
from docops_desktop.kernels.vector import take_turn

_C = "C"
_U8 = types.Array(types.uint8, 1, _C)
_BYTES = types.Array(types.uint8, 1, _C, readonly=True)  # a file may be mapped read-only
_I32 = types.Array(types.int32, 1, _C)
_I64 = types.Array(types.int64, 1, _C)
_TABLE = types.Array(types.int64, 2, _C)
_F64 = types.Array(types.float64, 1, _C)


def signature(hist: Any) -> Any:
    """Return the signature of the pass for counts and histograms of the Numba type ``hist``."""
    return types.int64(
        _BYTES, _BYTES, _TABLE, _I64, types.Array(types.uint64, 1, _C), types.Array(types.uint32, 1, _C), _TABLE, types.Array(types.uint64, 2, _C),
        _TABLE, _I64, types.int64, _TABLE, _TABLE, _U8, _TABLE, _I32, _I64, _I32, _TABLE, _TABLE, types.Array(hist, 1, _C), _I64, _F64,
        types.Array(hist, 1, _C), _I32, _U8, _I64, types.Array(types.uint32, 2, _C), types.Array(types.uint16, 1, _C), _I64, _U8,
    )  # fmt: skip


@njit([signature(types.uint32)], nogil=True, cache=True, _nrt=False)
def scan(  # type: ignore[no-untyped-def]
    data, extra, columns, at, has_outcome, outcomes_before, outcomes, value_bits, blocks, turns, end_block, session_clauses, view_clauses, mask_lut,
    keys, key_lut, run_edges, run_codes, panels, hists, sums, amounts, squares, hist, stamps, out_mask, keep_columns, kept, kept_codes, scratch, cancel,
):  # fmt: skip
    """Add blocks to the accumulators, each the next that no thread has taken from ``turns`` yet; return ``end_block``, or one not wholly added (cancelled)."""
    size = BLOCK_ROWS
    cap = at[AT_CAP]
    words = scratch[: SCRATCH_WORDS * size].reshape(SCRATCH_WORDS, size)
    low, counts, figures, bits = words[0], words[1], words[2], words[3].view(np.uint64)
    after = SCRATCH_WORDS * size
    records = scratch[after : after + SUM_FIELDS * size].view(sums.dtype)
    after += SUM_FIELDS * size
    own_amounts = scratch[after : after + AMOUNT_FIELDS * size]
    after += AMOUNT_FIELDS * size
    tally = scratch[after : after + TALLIES * TALLY]
    after += TALLIES * TALLY
    view_weight = scratch[after : after + cap]
    after += cap
    halves = scratch[after:].view(np.uint32)[: SCRATCH_HALVES * cap].reshape(SCRATCH_HALVES, cap)
    rows, listed, gathered, vrow, vslot = halves[0], halves[1], halves[2], halves[3], halves[4]
    codes, load, flags = halves[5].view(np.uint16), halves[6].view(np.uint16), halves[7].view(np.uint16)
    base, group, part = halves[8].view(np.int32), halves[9].view(np.int32), halves[10].view(np.int32)
    places, with_outcome = halves[11].view(np.int32), halves[12]
    after += (SCRATCH_HALVES * cap + 1) // 2
    octets = scratch[after:].view(np.uint8)[: SCRATCH_BYTES * cap].reshape(SCRATCH_BYTES, cap)
    mask, smask, found, vmask, has = octets[0], octets[1], octets[2], octets[3], octets[4]
    weighted = at[AT_WEIGHT] >= 0
    weighted_views = at[AT_VIEW_WEIGHT] >= 0
    by_view = view_clauses.shape[0] > 0

    while True:
        b = take_turn(turns)
        if b >= end_block:
            return end_block
        if cancel[0] != 0:
            return b
        block = blocks[b]
        spans = block[BLOCK_SPANS]
        start = block[BLOCK_START]
        if is_plain(at, block, panels, keys, run_edges):
            select_bits(data, extra, columns, value_bits, block, session_clauses, mask_lut, mask, bits)
            add_plain(
                data, extra, columns, at, has_outcome, outcomes_before, outcomes, block, panels, keys, key_lut, run_edges, run_codes, hists, bits,
                rows, gathered, low, counts, vrow, vslot, codes, load, view_weight, sums, amounts, squares,
                hist,
            )  # fmt: skip
            continue
        m = select(data, extra, columns, value_bits, block, session_clauses, mask_lut, mask, bits, rows, smask)
        if m == 0:
            continue
        need_views = by_view or block[BLOCK_KEEP_AT] != NOT_KEPT
        need_outcomes = False
        for p in range(panels.shape[0]):
            if (panels[p, PANEL_SPANS] | panels[p, PANEL_BASELINE_SPANS]) & spans:
                by_page = panels[p, PANEL_PAGE_KEYED] != 0 or panels[p, PANEL_EXPOSURE] != EXPOSURE_NONE
                need_views = need_views or panels[p, PANEL_N_HISTS] > 0 or by_page or panels[p, PANEL_ERRORS] != 0
                need_outcomes = need_outcomes or by_page or panels[p, PANEL_OUTCOMES] != 0
        first_view = 0
        t = 0
        slots_ready = False
        if need_views:
            first_view, t = expand(data, extra, columns, at, block, rows, m, gathered, low, counts)
            if by_view:
                list_views(low, counts, m, vrow, vslot)
                slots_ready = True
                m, t = match_views(
                    data, extra, columns, view_clauses, mask_lut, first_view, vrow, vslot, vmask, t, low, counts, gathered, m, rows,
                    smask, np.uint8(at[AT_FREE]),
                )  # fmt: skip
                if m == 0:
                    continue
        if block[BLOCK_KEEP_AT] != NOT_KEPT:
            keep(data, extra, columns, keep_columns, block, first_view, rows, low, counts, smask, m, kept)
            gather_ranges(data, extra, columns, at[AT_LOAD], first_view, low, counts, m, load)
            codes_of = kept_codes[block[BLOCK_CODES_AT] :]
            for v in range(t):
                codes_of[v] = load[v]
        if at[AT_WRITE_MASK] & spans:
            for j in range(m):
                out_mask[start + rows[j]] = smask[j]

        if need_views and at[AT_VIEWS_ARE_ROWS] != 0 and not by_view:
            for j in range(m):
                listed[j] = counts[j]
        else:
            gather(data, extra, columns, at[AT_VIEWS], start, rows, m, listed)
        of_all = make_records(data, extra, columns, at, start, rows, m, listed, figures, records)
        n_outcomes = np.uint64(0)
        if need_outcomes:
            n_outcomes = list_outcomes(
                data, extra, columns, at, has_outcome, outcomes_before, outcomes, start, rows, m, records, figures, has, with_outcome,
                own_amounts,
            )  # fmt: skip
        load_ready = block[BLOCK_KEEP_AT] != NOT_KEPT
        flags_ready = False
        keyed = -1  # the last panel whose keys were found
        if t > 0 and weighted_views:
            view_column(
                data, extra, columns, at[AT_VIEW_WEIGHT], first_view, by_view, vrow, t, low, counts, m, view_weight
            )

        for p in range(panels.shape[0]):
            panel = panels[p]
            if ((panel[PANEL_SPANS] | panel[PANEL_BASELINE_SPANS]) & spans) == 0:
                continue
            if cancel[0] != 0:  # nobody looks at the sums of a pass that was cancelled
                return b
            exposure = panel[PANEL_EXPOSURE] != EXPOSURE_NONE
            page_keyed = panel[PANEL_PAGE_KEYED] != 0
            views_by_view = panel[PANEL_COUNT_VIEWS] == COUNT_MATCHING_VIEWS
            if panel[PANEL_SAME_KEYS] == 0 or keyed != p - 1:
                session_keys(
                    data, extra, columns, panel, keys, key_lut, run_edges, run_codes, start, rows, m, smask, kept, block[BLOCK_KEEP_AT],
                    gathered, base,
                )  # fmt: skip
            keyed = p
            # All rows of one group (a bin of time, no key at all): sums stay in registers, no slot is needed.
            whole = one_base(base, m)
            single = np.int64(-1)
            if not (page_keyed or exposure or by_view) and whole >= 0:
                single = np.int64(key_lut[panel[PANEL_FINAL_REMAP] + whole]) if panel[PANEL_FINAL_REMAP] >= 0 else whole
            wants_views = panel[PANEL_N_HISTS] > 0 or panel[PANEL_ERRORS] != 0 or page_keyed or exposure
            if single < 0 and (wants_views or views_by_view):
                if not slots_ready:
                    number_ranges(counts, m, vslot)
                    slots_ready = True
                if page_keyed:
                    view_keys(
                        data, extra, columns, panel, keys, key_lut, first_view, by_view, vrow, t, low, counts, m, gathered, part
                    )  # fmt: skip
                view_groups(panel, key_lut, base, whole, part, vslot, vmask, t, page_keyed, by_view, group)
            by_flag = page_keyed and panel[PANEL_BY_FLAG] != 0 and not (by_view or weighted or weighted_views)
            if (exposure or by_flag) and not flags_ready:
                view_column(data, extra, columns, at[AT_FLAGS], first_view, by_view, vrow, t, low, counts, m, flags)
                flags_ready = True
            if exposure and not load_ready:
                view_column(data, extra, columns, at[AT_LOAD], first_view, by_view, vrow, t, low, counts, m, load)
                load_ready = True
            for side in range(2):
                wanted = panel[PANEL_SPANS] if side == 0 else panel[PANEL_BASELINE_SPANS]
                if (wanted & spans) == 0:
                    continue
                shift = side * panel[PANEL_GROUPS]
                offset = panel[PANEL_ACC] + shift
                if exposure:
                    add_exposures(
                        panel, group, flags, load, key_lut, panel[PANEL_STAMP], vslot, t, m, by_view, shift, records, has, own_amounts, found,
                        listed, places, sums, amounts, squares,
                    )  # fmt: skip
                    continue
                if page_keyed or views_by_view:
                    count_views(panel, group, view_weight, weighted_views, t, shift, tally, sums)
                fields = np.uint64(RECORD_SESSIONS)
                if panel[PANEL_OUTCOMES] != 0:
                    fields |= np.uint64(RECORD_BOUNCES)
                views_of_session = panel[PANEL_COUNT_VIEWS] == COUNT_SESSION_VIEWS
                if views_of_session:
                    fields |= np.uint64(RECORD_VIEWS)
                if page_keyed:
                    add_distinct(
                        panel, group, part, vslot, t, by_flag, flags, found, shift, start, rows, records, has, own_amounts,
                        stamps[side * (stamps.size // 2) :], listed, sums, amounts, squares,
                    )  # fmt: skip
                elif single >= 0:
                    add_one_group(
                        panel, single, m, shift, of_all, views_of_session, with_outcome, n_outcomes, own_amounts, sums, amounts, squares
                    )  # fmt: skip
                else:
                    add_sessions(
                        panel, key_lut, base, m, shift, records, fields, with_outcome, n_outcomes, own_amounts, sums, amounts, squares
                    )  # fmt: skip
                if panel[PANEL_ERRORS] != 0:
                    view_column(
                        data, extra, columns, at[AT_ERRORS], first_view, by_view, vrow, t, low, counts, m, codes
                    )
                    if single >= 0:
                        place = (offset + single) * AMOUNT_FIELDS + AMOUNT_ERRORS
                        for v in range(t):
                            amounts[place] += codes[v]
                    else:
                        for v in range(t):
                            if group[v] >= 0 and codes[v] != 0:
                                amounts[np.uint64((offset + group[v]) * AMOUNT_FIELDS + AMOUNT_ERRORS)] += codes[v]
                for h in range(panel[PANEL_FIRST_HIST], panel[PANEL_FIRST_HIST] + panel[PANEL_N_HISTS]):
                    n_codes = hists[h, HIST_CODES]
                    lut = hists[h, HIST_LUT]
                    place = hists[h, HIST_OFFSET] + shift * n_codes
                    is_load = hists[h, HIST_COLUMN] == at[AT_LOAD]
                    if not (is_load and load_ready):
                        view_column(
                            data, extra, columns, hists[h, HIST_COLUMN], first_view, by_view, vrow, t, low, counts, m,
                            load if is_load else codes,
                        )  # fmt: skip
                        load_ready = load_ready or is_load
                    values = load if is_load else codes
                    if single >= 0:
                        place += single * n_codes
                        add_one_histogram(values, view_weight, weighted_views, t, place, n_codes, key_lut, lut, hist)
                    else:
                        add_histogram(group, values, view_weight, weighted_views, t, place, n_codes, key_lut, lut, hist)
