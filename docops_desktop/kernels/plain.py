"""The compiled short cut for blocks whose kept sessions are all of one group in every panel that looks at them: a bin of time, or no grouping at all.

Most blocks of a refresh are such: only the timeline looks beyond the window. Nothing is written per session then, and conversions and revenue are read only
of sessions that have any. What a block adds is what the general way in ``fused`` would add, which also serves everything that isn't plain: weights,
clauses on page views, panels of their own clauses.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from docops_desktop.kernels.accumulate import add_one_histogram, add_sums
from docops_desktop.kernels.decode import column_bytes, gather_ranges
from docops_desktop.kernels.keys import find_run
from docops_desktop.kernels.layout import (
    AT_LOAD,
    AT_PLAIN,
    AT_VIEWS,
    AT_WRITE_MASK,
    BLOCK_END,
    BLOCK_KEEP_AT,
    BLOCK_MASK,
    BLOCK_SPANS,
    BLOCK_START,
    BLOCK_VIEWS_FROM,
    COLUMN_SIZE,
    COUNT_MATCHING_VIEWS,
    COUNT_SESSION_VIEWS,
    EXPOSURE_NONE,
    HIST_CODES,
    HIST_COLUMN,
    HIST_LUT,
    HIST_OFFSET,
    KEY_N_RUNS,
    KEY_RUNS,
    KEY_SOURCE,
    KEY_STRIDE,
    NOT_KEPT,
    PANEL_BASELINE_SPANS,
    PANEL_COUNT_VIEWS,
    PANEL_ERRORS,
    PANEL_EXPOSURE,
    PANEL_FINAL_REMAP,
    PANEL_FIRST_HIST,
    PANEL_FIRST_KEY,
    PANEL_GROUPS,
    PANEL_N_HISTS,
    PANEL_N_KEYS,
    PANEL_OUTCOMES,
    PANEL_PAGE_KEYED,
    PANEL_SESSION_REMAP,
    PANEL_SPANS,
    PANEL_VARIANT,
    SOURCE_RUNS,
)
from docops_desktop.kernels.records import outcome_place
from docops_desktop.kernels.rows import expand, list_ranges, list_rows
from docops_desktop.kernels.vector import MANY, lowest_bit, prefetch


@njit(nogil=True, _nrt=False)
def is_plain(at, block, panels, keys, run_edges):  # type: ignore[no-untyped-def]
    """Tell whether the short cut serves for this block."""
    if at[AT_PLAIN] == 0 or block[BLOCK_MASK] & (block[BLOCK_MASK] - 1) != 0:
        return False
    if at[AT_WRITE_MASK] & block[BLOCK_SPANS] != 0 or block[BLOCK_KEEP_AT] != NOT_KEPT:
        return False
    for p in range(panels.shape[0]):
        panel = panels[p]
        if (panel[PANEL_SPANS] | panel[PANEL_BASELINE_SPANS]) & block[BLOCK_SPANS] == 0:
            continue
        if panel[PANEL_VARIANT] != block[BLOCK_MASK] or panel[PANEL_COUNT_VIEWS] == COUNT_MATCHING_VIEWS:
            return False
        if panel[PANEL_PAGE_KEYED] != 0 or panel[PANEL_EXPOSURE] != EXPOSURE_NONE or panel[PANEL_ERRORS] != 0:
            return False
        if panel[PANEL_SESSION_REMAP] >= 0 or panel[PANEL_FINAL_REMAP] >= 0:
            return False
        for k in range(panel[PANEL_FIRST_KEY], panel[PANEL_FIRST_KEY] + panel[PANEL_N_KEYS]):
            if keys[k, KEY_SOURCE] != SOURCE_RUNS:
                return False
            run = find_run(keys[k], run_edges, block[BLOCK_START])
            after = keys[k, KEY_RUNS] + run + 1
            if run + 1 < keys[k, KEY_N_RUNS] and run_edges[after] < block[BLOCK_END]:
                return False
    return True


@njit(nogil=True, _nrt=False)
def add_plain(  # type: ignore[no-untyped-def]
    data, extra, columns, at, has_outcome, outcomes_before, figures, block, panels, keys, key_lut, run_edges, run_codes, hists, bits, rows, gathered, low,
    counts, starts, lengths, codes, load, view_weight, sums, amounts, squares, hist,
):  # fmt: skip
    """Add the kept sessions of a plain block, and their page views."""
    spans = block[BLOCK_SPANS]
    outcomes = False
    for p in range(panels.shape[0]):
        if (panels[p, PANEL_SPANS] | panels[p, PANEL_BASELINE_SPANS]) & spans:
            outcomes = outcomes or panels[p, PANEL_OUTCOMES] != 0
    first_view, m = kept_ranges(data, extra, columns, at, block, bits, rows, gathered, low, counts, starts, lengths)
    t, bounces, converting, converted, money_sum, squared = 0, 0, 0, 0, 0, 0.0
    for j in range(m):
        t += lengths[j]
    if outcomes:
        for j in range(m):
            bounces += 1 if lengths[j] == 1 else 0
        found = list_outcomes(has_outcome, outcomes_before, figures, block, bits, low, gathered)
        for i in range(found):
            converts, money = figures[np.uint64(gathered[i]), 0], figures[np.uint64(gathered[i]), 1]
            converting += min(converts, 1)
            converted += converts
            money_sum += money
            squared += float(money) * float(money)
    load_ready = False
    for p in range(panels.shape[0]):
        panel = panels[p]
        if (panel[PANEL_SPANS] | panel[PANEL_BASELINE_SPANS]) & spans == 0:
            continue
        group = 0
        for k in range(panel[PANEL_FIRST_KEY], panel[PANEL_FIRST_KEY] + panel[PANEL_N_KEYS]):
            code = run_codes[keys[k, KEY_RUNS] + find_run(keys[k], run_edges, block[BLOCK_START])]
            group = group + code * keys[k, KEY_STRIDE] if code >= 0 and group >= 0 else -1
        if group < 0:
            continue
        for side in range(2):
            if ((panel[PANEL_SPANS] if side == 0 else panel[PANEL_BASELINE_SPANS]) & spans) == 0:
                continue
            shift = side * panel[PANEL_GROUPS]
            seen = t if panel[PANEL_COUNT_VIEWS] == COUNT_SESSION_VIEWS else 0
            if panel[PANEL_OUTCOMES] != 0:
                add_sums(
                    panel, group + shift, m, seen, bounces, converting, converted, money_sum, squared, sums, amounts, squares
                )  # fmt: skip
            else:
                add_sums(panel, group + shift, m, seen, 0, 0, 0, 0, 0.0, sums, amounts, squares)
            for h in range(panel[PANEL_FIRST_HIST], panel[PANEL_FIRST_HIST] + panel[PANEL_N_HISTS]):
                is_load = hists[h, HIST_COLUMN] == at[AT_LOAD]
                if not (is_load and load_ready):
                    gather_ranges(
                        data, extra, columns, hists[h, HIST_COLUMN], first_view, starts, lengths, m, load if is_load else codes
                    )  # fmt: skip
                    load_ready = load_ready or is_load
                place = hists[h, HIST_OFFSET] + (shift + group) * hists[h, HIST_CODES]
                add_one_histogram(
                    load if is_load else codes, view_weight, False, t, place, hists[h, HIST_CODES], key_lut, hists[h, HIST_LUT],
                    hist,
                )  # fmt: skip


@njit(nogil=True, _nrt=False)
def kept_ranges(  # type: ignore[no-untyped-def]
    data, extra, columns, at, block, bits, rows, gathered, low, counts, starts, lengths
):
    """Find the page views of the kept sessions: ``starts`` after the block's first one and ``lengths``. Return that first view and how many sessions."""
    start = block[BLOCK_START]
    n = block[BLOCK_END] - start
    if columns[at[AT_VIEWS], COLUMN_SIZE] == 1:
        m = list_ranges(bits, column_bytes(data, extra, columns, at[AT_VIEWS], start), n, starts, lengths)
        return block[BLOCK_VIEWS_FROM], m
    m = list_rows(bits, n, rows)
    first, _ = expand(data, extra, columns, at, block, rows, m, gathered, low, counts)
    for j in range(m):
        starts[j] = low[j]
        lengths[j] = counts[j]
    return first, m


@njit(nogil=True, _nrt=False)
def list_outcomes(has_outcome, before, figures, block, bits, words, listed):  # type: ignore[no-untyped-def]
    """List the places in ``figures`` of the kept sessions that have an outcome, and ask for them; return how many.

    ``words`` (int64) is room for twice as many words of 64 sessions as the block has.
    """
    start = np.uint64(block[BLOCK_START])
    n = (np.uint64(block[BLOCK_END]) - start + np.uint64(MANY - 1)) // np.uint64(MANY)
    first = start // np.uint64(MANY)
    shift = start % np.uint64(MANY)
    some = np.uint64(0)
    for g in range(
        n
    ):  # two words of three have none: they are passed over without a branch, which would be guessed wrongly
        has = has_outcome[first + g] >> shift
        if shift != 0:
            has |= has_outcome[first + g + np.uint64(1)] << (np.uint64(MANY) - shift)
        kept = bits[g] & has
        words[some] = kept
        words[n + some] = g
        some += np.uint64(kept != 0)
    found = np.uint64(0)
    for i in range(some):
        kept = np.uint64(words[i])
        row = start + np.uint64(words[n + i]) * np.uint64(MANY)
        while kept != 0:
            place = outcome_place(has_outcome, before, row + lowest_bit(kept))
            prefetch(figures, place * np.uint64(2))
            listed[found] = place
            found += np.uint64(1)
            kept &= kept - np.uint64(1)
    return np.int64(found)
