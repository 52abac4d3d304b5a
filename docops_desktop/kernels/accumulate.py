"""Compiled helpers that add rows to the accumulators.

They are compiled into the fused pass (never called from Python). Sums are integers, so that the order of rows and threads doesn't matter; only the
sum of squared revenue is a float. Counts, which every session has, are narrow and lie apart from conversions and revenue, which one in twenty has: of the
thousands of groups most lines stay in the processor's cache. Each loop is written out: a compiled call per row costs twenty times the addition, because
it counts references to the arrays that it is given.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from docops_desktop.kernels.layout import (
    EXPOSURE_FIRST_OF_GROUP,
    FLAG_BEFORE_CONVERSION,
    FLAG_FIRST_MEASURED,
    FLAG_FIRST_OF_GROUP,
    PANEL_ACC,
    PANEL_EXPOSURE,
    PANEL_FINAL_REMAP,
    PANEL_GROUPS,
    PANEL_LOAD_BINS,
    PANEL_OUTCOMES,
    PANEL_STAMP,
    RECORD_BOUNCES,
    RECORD_SESSIONS,
    TALLIES,
    TALLY,
)
from docops_desktop.kernels.records import (
    AMOUNTS,
    BOUNCES,
    CONVERSIONS,
    CONVERTING,
    FIELDS,
    REVENUE,
    SESSIONS,
    TOUCHED,
    VIEWS,
    add_amounts,
)
from docops_desktop.kernels.rows import list_marked
from docops_desktop.kernels.vector import add_record, prefetch

AHEAD = np.uint64(16)
"""Rows that are asked for before something is added to them."""
EXPOSED = np.uint64(RECORD_SESSIONS | RECORD_BOUNCES)
"""Counts of a session that are added where views are counted one by one, or not at all."""


@njit(nogil=True, _nrt=False)
def add_sessions(  # type: ignore[no-untyped-def]
    panel, key_lut, base, m, shift, records, fields, with_outcome, n_outcomes, own_amounts, sums, amounts, squares
):
    """Add these fields of the sessions' counts, and the amounts of those listed, for a panel whose keys are all of the session."""
    offset = panel[PANEL_ACC] + shift
    remap = panel[PANEL_FINAL_REMAP]
    for j in range(np.uint64(m)):
        prefetch(sums, np.uint64(offset + base[j + AHEAD]) * FIELDS)
        group = np.int64(base[j])
        if group >= 0 and remap >= 0:
            group = np.int64(key_lut[remap + group])
        if group >= 0:
            add_record(records, j * FIELDS, sums, np.uint64(offset + group) * FIELDS, fields)
    if panel[PANEL_OUTCOMES] == 0:
        return
    for i in range(n_outcomes):
        slot = np.uint64(with_outcome[i])
        group = np.int64(base[slot])
        if group >= 0 and remap >= 0:
            group = np.int64(key_lut[remap + group])
        if group >= 0:
            add_amounts(own_amounts, slot, amounts, squares, np.uint64(offset + group))


@njit(nogil=True, _nrt=False)
def add_one_group(  # type: ignore[no-untyped-def]
    panel, group, m, shift, of_all, views, with_outcome, n_outcomes, own_amounts, sums, amounts, squares
):
    """Add m sessions that are all of one group, and their page views where ``views`` is set; ``of_all`` are their sums, see ``make_records``."""
    row = panel[PANEL_ACC] + group + shift
    sessions, seen, bounces = of_all
    at = np.uint64(row) * FIELDS
    sums[at + SESSIONS] += sessions
    sums[at + TOUCHED] += m
    if views:
        sums[at + VIEWS] += seen
    if panel[PANEL_OUTCOMES] != 0:
        sums[at + BOUNCES] += bounces
        for i in range(n_outcomes):
            add_amounts(own_amounts, np.uint64(with_outcome[i]), amounts, squares, np.uint64(row))


@njit(nogil=True, _nrt=False)
def add_sums(panel, group, n, seen, bounces, converting, converted, money, squared, sums, amounts, squares):  # type: ignore[no-untyped-def]
    """Add the sums of n sessions to a group."""
    row = np.uint64(panel[PANEL_ACC] + group)
    at = row * FIELDS
    sums[at + SESSIONS] += n
    sums[at + VIEWS] += seen
    sums[at + BOUNCES] += bounces
    sums[at + TOUCHED] += n
    at = row * AMOUNTS
    amounts[at + CONVERTING] += converting
    amounts[at + CONVERSIONS] += converted
    amounts[at + REVENUE] += money
    squares[row] += squared


@njit(nogil=True, _nrt=False)
def count_views(panel, group, view_weight, weighted, t, shift, tally, sums):  # type: ignore[no-untyped-def]
    """Count each page view in its group."""
    offset = panel[PANEL_ACC] + shift
    if weighted:
        for v in range(t):
            if group[v] >= 0:
                sums[np.uint64(offset + group[v]) * FIELDS + VIEWS] += view_weight[v]
    elif panel[PANEL_GROUPS] < TALLY:
        for i in range(TALLIES * TALLY):
            tally[i] = 0
        for v in range(np.uint64(t)):  # those of no group have place 0
            tally[(v % np.uint64(TALLIES)) * np.uint64(TALLY) + np.uint64(group[v] + 1)] += 1
        for g in range(panel[PANEL_GROUPS]):
            seen = 0
            for k in range(TALLIES):
                seen += tally[k * TALLY + g + 1]
            sums[np.uint64(offset + g) * FIELDS + VIEWS] += seen
    else:
        for v in range(t):
            if group[v] >= 0:
                sums[np.uint64(offset + group[v]) * FIELDS + VIEWS] += 1


@njit(nogil=True, _nrt=False)
def add_distinct(  # type: ignore[no-untyped-def]
    panel, group, part, vslot, t, by_flag, flags, found, shift, start, rows, records, has, own_amounts, stamps, listed, sums, amounts, squares
):  # fmt: skip
    """Add each session once to every page-level group that it has a counted view in.

    ``by_flag``: the view's flag tells whether it is the session's first one of its group.
    """
    offset = panel[PANEL_ACC] + shift
    if by_flag:
        for v in range(t):
            found[v] = (np.uint32(flags[v] & np.uint32(FLAG_FIRST_OF_GROUP)) != 0) & (group[v] >= 0)
        kept = list_marked(found, t, listed)
    else:
        stamp = stamps[panel[PANEL_STAMP] :]
        kept = np.uint64(0)
        for v in range(t):
            if group[v] < 0:
                continue
            session = np.int32(start + rows[vslot[v]] + 1)
            # No branch on "first view of this group in this session": that is a coin toss, and a wrong guess costs more than listing nothing.
            p = np.uint64(part[v])
            listed[kept] = v
            kept += np.uint64(stamp[p] != session)
            stamp[p] = session
    with_outcome = np.uint64(0)
    for k in range(kept):
        view = np.uint64(listed[k])
        slot = np.uint64(vslot[view])
        add_record(records, slot * FIELDS, sums, np.uint64(offset + group[view]) * FIELDS, EXPOSED)
        listed[with_outcome] = view  # not before k: that place has been read
        with_outcome += np.uint64(has[slot])
    for i in range(with_outcome):
        view = np.uint64(listed[i])
        add_amounts(own_amounts, np.uint64(vslot[view]), amounts, squares, np.uint64(offset + group[view]))


@njit(nogil=True, _nrt=False)
def add_exposures(  # type: ignore[no-untyped-def]
    panel, group, flags, load, key_lut, load_lut, vslot, t, m, by_view, shift, records, has, own_amounts, found, listed, places, sums, amounts, squares
):  # fmt: skip
    """Add each exposure once: by first view of the page group, or by the session's first measured matching view."""
    offset = panel[PANEL_ACC] + shift
    bins = panel[PANEL_LOAD_BINS]
    # List the exposures without branches: none of the conditions can be guessed.
    if panel[PANEL_EXPOSURE] == EXPOSURE_FIRST_OF_GROUP or not by_view:
        wanted = np.uint32(FLAG_BEFORE_CONVERSION | FLAG_FIRST_MEASURED)  # when every view matches, its flag tells
        if panel[PANEL_EXPOSURE] == EXPOSURE_FIRST_OF_GROUP:
            wanted = np.uint32(FLAG_BEFORE_CONVERSION | FLAG_FIRST_OF_GROUP)
        for v in range(t):
            found[v] = (np.uint32(flags[v] & wanted) == wanted) & (group[v] >= 0) & (load[v] > 0)
        kept = list_marked(found, t, listed)
    else:
        kept = np.uint64(0)
        for j in range(m):
            found[j] = 0
        for v in range(t):
            candidate = np.uint8(group[v] >= 0) & np.uint8(load[v] > 0)
            first = candidate & np.uint8(1 - found[vslot[v]])
            found[vslot[v]] |= candidate
            listed[kept] = v
            kept += np.uint64(first & np.uint8((flags[v] & np.uint32(FLAG_BEFORE_CONVERSION)) != 0))
    coarse = key_lut[load_lut:]
    exposed = np.uint64(0)
    for k in range(kept):
        view = np.uint64(listed[k])
        load_bin = np.int64(coarse[load[view]])
        place = offset + group[view] * bins + load_bin
        prefetch(sums, np.uint64(place) * FIELDS)
        places[exposed] = place
        listed[exposed] = vslot[view]
        exposed += np.uint64(load_bin >= 0)
    with_outcome = np.uint64(0)
    for k in range(exposed):
        place, slot = places[k], np.uint64(listed[k])
        add_record(records, slot * FIELDS, sums, np.uint64(place) * FIELDS, EXPOSED)
        places[with_outcome], listed[with_outcome] = place, slot
        with_outcome += np.uint64(has[slot])
    for i in range(with_outcome):
        add_amounts(own_amounts, np.uint64(listed[i]), amounts, squares, np.uint64(places[i]))


@njit(nogil=True, _nrt=False)
def add_histogram(group, codes, view_weight, weighted, t, offset, n_codes, key_lut, lut, hist):  # type: ignore[no-untyped-def]
    """Count the code (or, by the table at ``lut``, the coarser bin) of each counted page view in its group's histogram."""
    if lut >= 0:
        coarse = key_lut[lut:]
        for v in range(t):
            if group[v] >= 0:
                hist[np.uint64(offset + group[v] * n_codes + coarse[codes[v]])] += view_weight[v] if weighted else 1
    elif weighted:
        for v in range(t):
            if group[v] >= 0:
                hist[np.uint64(offset + group[v] * n_codes + codes[v])] += view_weight[v]
    else:
        for v in range(t):
            if group[v] >= 0:
                hist[np.uint64(offset + group[v] * n_codes + codes[v])] += np.uint32(1)


@njit(nogil=True, _nrt=False)
def add_one_histogram(codes, view_weight, weighted, t, offset, n_codes, key_lut, lut, hist):  # type: ignore[no-untyped-def]
    """Count the codes of page views that are all of one group, whose histogram begins at ``offset``."""
    counts = hist[offset : offset + n_codes]
    if lut >= 0:
        coarse = key_lut[lut:]
        for v in range(t):
            counts[np.uint64(coarse[codes[v]])] += view_weight[v] if weighted else 1
    elif weighted:
        for v in range(t):
            counts[codes[v]] += view_weight[v]
    else:
        for v in range(t):
            counts[codes[v]] += np.uint32(1)
