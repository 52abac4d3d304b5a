"""Compiled helpers that add rows to the accumulators.

They are compiled into the fused pass (never called from Python). Sums are integers, so that the order of rows and threads doesn't matter; only the
sum of squared revenue is a float. Each loop is written out: a compiled call per row costs twenty times the addition, because it counts references
to the arrays that it is given.
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
    PANEL_STAMP,
    RECORD_OUTCOMES,
    RECORD_SESSIONS,
    TALLIES,
    TALLY,
)
from docops_desktop.kernels.records import (
    BOUNCES,
    CONVERSIONS,
    CONVERTING,
    FIELDS,
    REVENUE,
    SESSIONS,
    TOUCHED,
    VIEWS,
)
from docops_desktop.kernels.rows import list_marked
from docops_desktop.kernels.vector import add_record, prefetch

AHEAD = np.uint64(16)
"""Rows that are asked for before something is added to them."""
EXPOSED = np.uint64(RECORD_SESSIONS | RECORD_OUTCOMES)
"""Fields of a session's record that are added where views are counted one by one, or not at all."""
APART = np.uint64(8)
"""Sums that records of one group take turns in: an addition waits for the one before to the same sum."""


@njit(nogil=True, _nrt=False)
def add_sessions(panel, key_lut, base, m, shift, records, fields, acc, squares):  # type: ignore[no-untyped-def]
    """Add these fields of the records of a panel whose keys are all of the session."""
    offset = panel[PANEL_ACC] + shift
    remap = panel[PANEL_FINAL_REMAP]
    money = fields & (np.uint64(1) << REVENUE) != 0
    for j in range(np.uint64(m)):
        prefetch(acc, np.uint64(offset + base[j + AHEAD]) * FIELDS)
        group = np.int64(base[j])
        if group < 0:
            continue
        if remap >= 0:
            group = np.int64(key_lut[remap + group])
            if group < 0:
                continue
        row = np.uint64(offset + group)
        add_record(records, j * FIELDS, acc, row * FIELDS, fields)
        revenue = records[j * FIELDS + REVENUE]
        if money and revenue != 0:
            squares[row] += float(revenue) * float(revenue)


@njit(nogil=True, _nrt=False)
def add_one_group(panel, group, m, shift, records, fields, sums, acc, squares):  # type: ignore[no-untyped-def]
    """Add these fields of records that are all of one group; ``sums`` has room for ``APART`` records."""
    row = np.uint64(panel[PANEL_ACC] + group + shift)
    for i in range(APART * FIELDS):
        sums[i] = 0
    for j in range(np.uint64(m)):
        add_record(records, j * FIELDS, sums, (j % APART) * FIELDS, fields)
    for i in range(APART):
        add_record(sums, i * FIELDS, acc, row * FIELDS, fields)
    if fields & (np.uint64(1) << REVENUE) != 0:
        squared = 0.0
        for j in range(np.uint64(m)):
            revenue = float(records[j * FIELDS + REVENUE])
            squared += revenue * revenue
        squares[row] += squared


@njit(nogil=True, _nrt=False)
def add_sums(panel, group, n, seen, bounces, converting, converted, money, squared, acc, squares):  # type: ignore[no-untyped-def]
    """Add the sums of n sessions to a group."""
    row = np.uint64(panel[PANEL_ACC] + group)
    at = row * FIELDS
    acc[at + SESSIONS] += n
    acc[at + VIEWS] += seen
    acc[at + BOUNCES] += bounces
    acc[at + CONVERTING] += converting
    acc[at + CONVERSIONS] += converted
    acc[at + REVENUE] += money
    acc[at + TOUCHED] += n
    squares[row] += squared


@njit(nogil=True, _nrt=False)
def count_views(panel, group, view_weight, weighted, t, shift, tally, acc):  # type: ignore[no-untyped-def]
    """Count each page view in its group."""
    offset = panel[PANEL_ACC] + shift
    if weighted:
        for v in range(t):
            if group[v] >= 0:
                acc[np.uint64(offset + group[v]) * FIELDS + VIEWS] += view_weight[v]
    elif panel[PANEL_GROUPS] < TALLY:
        for i in range(TALLIES * TALLY):
            tally[i] = 0
        for v in range(np.uint64(t)):  # those of no group have place 0
            tally[(v % np.uint64(TALLIES)) * np.uint64(TALLY) + np.uint64(group[v] + 1)] += 1
        for g in range(panel[PANEL_GROUPS]):
            seen = 0
            for k in range(TALLIES):
                seen += tally[k * TALLY + g + 1]
            acc[np.uint64(offset + g) * FIELDS + VIEWS] += seen
    else:
        for v in range(t):
            if group[v] >= 0:
                acc[np.uint64(offset + group[v]) * FIELDS + VIEWS] += 1


@njit(nogil=True, _nrt=False)
def add_distinct(  # type: ignore[no-untyped-def]
    panel, group, part, vslot, t, by_flag, flags, found, shift, start, rows, records, stamps, listed, acc, squares
):
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
    for k in range(kept):
        v = listed[k]
        record = np.uint64(vslot[v]) * FIELDS
        row = np.uint64(offset + group[v])
        add_record(records, record, acc, row * FIELDS, EXPOSED)
        revenue = records[record + REVENUE]
        if revenue != 0:
            squares[row] += float(revenue) * float(revenue)


@njit(nogil=True, _nrt=False)
def add_exposures(  # type: ignore[no-untyped-def]
    panel,
    group,
    flags,
    load,
    key_lut,
    load_lut,
    vslot,
    t,
    m,
    by_view,
    shift,
    records,
    found,
    listed,
    places,
    acc,
    squares,
):
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
    for k in range(kept):
        v = listed[k]
        load_bin = np.int64(coarse[load[v]])
        place = offset + group[v] * bins + load_bin if load_bin >= 0 else -1
        prefetch(acc, np.uint64(place) * FIELDS)
        places[k] = place
    for k in range(kept):
        if places[k] >= 0:
            row = np.uint64(places[k])
            record = np.uint64(vslot[listed[k]]) * FIELDS
            add_record(records, record, acc, row * FIELDS, EXPOSED)
            revenue = records[record + REVENUE]
            if revenue != 0:
                squares[row] += float(revenue) * float(revenue)


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
