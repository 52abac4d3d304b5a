"""Compiled helpers that add rows to the accumulators.

They are compiled into the fused pass (never called from Python). Sums are integers, so that the order of rows and threads doesn't matter; only the
sum of squared revenue is a float. Each loop is written out: a compiled call per row costs twenty times the addition, because it counts references
to the arrays that it is given. A weighted row counts as many converting sessions as it has conversions, at most its weight.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from docops_desktop.kernels import layout
from docops_desktop.kernels.layout import (
    EXPOSURE_FIRST_OF_GROUP,
    FLAG_BEFORE_CONVERSION,
    FLAG_FIRST_MEASURED,
    FLAG_FIRST_OF_GROUP,
    PANEL_ACC,
    PANEL_EXPOSURE,
    PANEL_FINAL_REMAP,
    PANEL_LOAD_BINS,
    PANEL_OUTCOMES,
    PANEL_STAMP,
)
from docops_desktop.kernels.rows import list_marked
from docops_desktop.kernels.vector import prefetch

# Unsigned, because Numba checks signed indices for counting from the end.
SESSIONS = np.uint64(layout.ACC_SESSIONS)
VIEWS = np.uint64(layout.ACC_VIEWS)
CONVERTING = np.uint64(layout.ACC_CONVERTING)
CONVERSIONS = np.uint64(layout.ACC_CONVERSIONS)
REVENUE = np.uint64(layout.ACC_REVENUE)
BOUNCES = np.uint64(layout.ACC_BOUNCES)
TOUCHED = np.uint64(layout.ACC_TOUCHED)
FIELDS = np.uint64(layout.ACC_FIELDS)
AHEAD = np.uint64(16)
"""Rows that are asked for before something is added to them."""


@njit(nogil=True, _nrt=False)
def add_sessions(  # type: ignore[no-untyped-def]
    panel, key_lut, base, m, shift, weight, views, bounce, conversions, revenue, count_views, acc, squares
):
    """Add the sessions of a panel whose keys are all of the session."""
    offset = panel[PANEL_ACC] + shift
    remap = panel[PANEL_FINAL_REMAP]
    outcomes = panel[PANEL_OUTCOMES] != 0
    for j in range(m):
        prefetch(acc, np.uint64(offset + base[np.uint64(j) + AHEAD]) * FIELDS)
        group = np.int64(base[j])
        if group < 0:
            continue
        if remap >= 0:
            group = np.int64(key_lut[remap + group])
            if group < 0:
                continue
        row = np.uint64(offset + group)
        at = row * FIELDS
        acc[at + SESSIONS] += weight[j]
        acc[at + TOUCHED] = 1
        if outcomes:
            acc[at + BOUNCES] += bounce[j]
            if conversions[j] > 0 or revenue[j] != 0:
                acc[at + CONVERTING] += min(conversions[j], weight[j])
                acc[at + CONVERSIONS] += conversions[j]
                acc[at + REVENUE] += revenue[j]
                squares[row] += float(revenue[j]) * float(revenue[j])
        if count_views:
            acc[at + VIEWS] += views[j]


@njit(nogil=True, _nrt=False)
def add_one_group(  # type: ignore[no-untyped-def]
    panel, group, m, shift, weight, views, bounce, conversions, revenue, count_views, acc, squares
):
    """Add sessions that are all of one group."""
    n, seen, bounces, converting, converted, money, squared = 0, 0, 0, 0, 0, 0, 0.0
    for j in range(m):
        n += weight[j]
    if count_views:
        for j in range(m):
            seen += views[j]
    if panel[PANEL_OUTCOMES] != 0:
        for j in range(m):
            bounces += bounce[j]
            converting += min(conversions[j], weight[j])
            converted += conversions[j]
            money += revenue[j]
        for j in range(m):
            squared += float(revenue[j]) * float(revenue[j])
    add_sums(panel, group + shift, n, seen, bounces, converting, converted, money, squared, acc, squares)


@njit(nogil=True, _nrt=False)
def add_sums(panel, group, n, seen, bounces, converting, converted, money, squared, acc, squares):  # type: ignore[no-untyped-def]
    """Add the sums of many sessions to a group."""
    row = np.uint64(panel[PANEL_ACC] + group)
    at = row * FIELDS
    acc[at + SESSIONS] += n
    acc[at + VIEWS] += seen
    acc[at + BOUNCES] += bounces
    acc[at + CONVERTING] += converting
    acc[at + CONVERSIONS] += converted
    acc[at + REVENUE] += money
    acc[at + TOUCHED] = 1
    squares[row] += squared


@njit(nogil=True, _nrt=False)
def add_distinct(  # type: ignore[no-untyped-def]
    panel,
    group,
    part,
    vslot,
    view_weight,
    t,
    by_flag,
    flags,
    found,
    shift,
    start,
    rows,
    weight,
    bounce,
    conversions,
    revenue,
    stamps,
    listed,
    acc,
    squares,
):
    """Add each counted view to its page-level group, and its session once.

    ``by_flag``: the view's flag tells whether it is the session's first one of its group.
    """
    offset = panel[PANEL_ACC] + shift
    if by_flag:
        for v in range(t):
            found[v] = (np.uint32(flags[v] & np.uint32(FLAG_FIRST_OF_GROUP)) != 0) & (group[v] >= 0)
        kept = list_marked(found, t, listed)
        for v in range(t):
            if group[v] >= 0:
                acc[np.uint64(offset + group[v]) * FIELDS + VIEWS] += view_weight[v]
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
            acc[np.uint64(offset + group[v]) * FIELDS + VIEWS] += view_weight[v]
    for k in range(kept):
        v = listed[k]
        j = vslot[v]
        row = np.uint64(offset + group[v])
        at = row * FIELDS
        acc[at + SESSIONS] += weight[j]
        acc[at + BOUNCES] += bounce[j]
        acc[at + TOUCHED] = 1
        if conversions[j] > 0 or revenue[j] != 0:
            acc[at + CONVERTING] += min(conversions[j], weight[j])
            acc[at + CONVERSIONS] += conversions[j]
            acc[at + REVENUE] += revenue[j]
            squares[row] += float(revenue[j]) * float(revenue[j])


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
    weight,
    bounce,
    conversions,
    revenue,
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
        j = vslot[listed[k]]
        if places[k] >= 0:
            row = np.uint64(places[k])
            at = row * FIELDS
            acc[at + SESSIONS] += weight[j]
            acc[at + BOUNCES] += bounce[j]
            acc[at + TOUCHED] = 1
            if conversions[j] > 0 or revenue[j] != 0:
                acc[at + CONVERTING] += min(conversions[j], weight[j])
                acc[at + CONVERSIONS] += conversions[j]
                acc[at + REVENUE] += revenue[j]
                squares[row] += float(revenue[j]) * float(revenue[j])


@njit(nogil=True, _nrt=False)
def add_histogram(group, codes, view_weight, weighted, t, offset, n_codes, key_lut, lut, hist):  # type: ignore[no-untyped-def]
    """Count the code (or, by the table at ``lut``, the coarser bin) of each counted page view in its group's histogram."""
    if lut >= 0:
        coarse = key_lut[lut:]
        for v in range(t):
            if group[v] >= 0:
                hist[np.uint64(offset + group[v] * n_codes + coarse[codes[v]])] += view_weight[v]
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
            counts[np.uint64(coarse[codes[v]])] += view_weight[v]
    elif weighted:
        for v in range(t):
            counts[codes[v]] += view_weight[v]
    else:
        for v in range(t):
            counts[codes[v]] += np.uint32(1)
