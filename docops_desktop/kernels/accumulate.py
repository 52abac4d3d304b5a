"""Compiled helpers that add rows to the accumulators.

They are compiled into the fused pass (never called from Python). Sums are integers, so that the order of rows and threads doesn't matter; only the
sum of squared revenue is a float. Each loop is written out: a compiled call per row costs twenty times the addition, because it counts references
to the arrays that it is given. A weighted row counts as many converting sessions as it has conversions, at most its weight.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from docops_desktop.kernels.layout import (
    ACC_BOUNCES,
    ACC_CONVERSIONS,
    ACC_CONVERTING,
    ACC_FIELDS,
    ACC_REVENUE,
    ACC_SESSIONS,
    ACC_VIEWS,
    EXPOSURE_FIRST_OF_GROUP,
    FLAG_BEFORE_CONVERSION,
    FLAG_FIRST_OF_GROUP,
    PANEL_ACC,
    PANEL_EXPOSURE,
    PANEL_FINAL_REMAP,
    PANEL_LOAD_STRIDE,
    PANEL_STAMP,
)


@njit(nogil=True)
def add_sessions(  # type: ignore[no-untyped-def]
    panel, key_lut, base, m, shift, weight, views, bounce, conversions, revenue, count_views, acc, squares
):
    """Add the sessions of a panel whose keys are all of the session."""
    offset = panel[PANEL_ACC] + shift
    remap = panel[PANEL_FINAL_REMAP]
    for j in range(m):
        group = base[j]
        if group < 0:
            continue
        if remap >= 0:
            group = key_lut[remap + group]
            if group < 0:
                continue
        row = offset + group
        at = row * ACC_FIELDS
        acc[at + ACC_SESSIONS] += weight[j]
        acc[at + ACC_BOUNCES] += bounce[j]
        if conversions[j] > 0 or revenue[j] != 0:
            acc[at + ACC_CONVERTING] += min(conversions[j], weight[j])
            acc[at + ACC_CONVERSIONS] += conversions[j]
            acc[at + ACC_REVENUE] += revenue[j]
            squares[row] += float(revenue[j]) * float(revenue[j])
        if count_views:
            acc[at + ACC_VIEWS] += views[j]


@njit(nogil=True)
def add_distinct(  # type: ignore[no-untyped-def]
    panel,
    group,
    part,
    vslot,
    view_weight,
    t,
    shift,
    start,
    rows,
    weight,
    bounce,
    conversions,
    revenue,
    stamps,
    acc,
    squares,
):
    """Add each counted view to its page-level group, and its session once."""
    offset = panel[PANEL_ACC] + shift
    stamp = stamps[panel[PANEL_STAMP] :]
    for v in range(t):
        if group[v] < 0:
            continue
        j = vslot[v]
        session = np.int32(start + rows[j] + 1)
        # No branch on "first view of this group in this session": that is a coin toss, and a wrong guess costs more than adding nothing.
        new = np.int64(stamp[part[v]] != session)
        stamp[part[v]] = session
        row = offset + group[v]
        at = row * ACC_FIELDS
        acc[at + ACC_VIEWS] += view_weight[v]
        acc[at + ACC_SESSIONS] += new * weight[j]
        acc[at + ACC_BOUNCES] += new * bounce[j]
        if (conversions[j] > 0 or revenue[j] != 0) and new:
            acc[at + ACC_CONVERTING] += min(conversions[j], weight[j])
            acc[at + ACC_CONVERSIONS] += conversions[j]
            acc[at + ACC_REVENUE] += revenue[j]
            squares[row] += float(revenue[j]) * float(revenue[j])


@njit(nogil=True)
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
    shift,
    weight,
    bounce,
    conversions,
    revenue,
    found,
    listed,
    acc,
    squares,
):
    """Add each exposure once: by first view of the page group, or by the session's first measured matching view."""
    offset = panel[PANEL_ACC] + shift
    by_group = panel[PANEL_EXPOSURE] == EXPOSURE_FIRST_OF_GROUP
    stride = panel[PANEL_LOAD_STRIDE]
    for j in range(m):
        found[j] = 0
    kept = np.int64(0)
    for v in range(t):  # list the exposures without branches: none of the conditions can be guessed
        candidate = np.uint8(group[v] >= 0) & np.uint8(load[v] > 0)
        if by_group:
            candidate &= np.uint8((flags[v] & FLAG_FIRST_OF_GROUP) != 0)
        else:
            first = candidate & np.uint8(1 - found[vslot[v]])
            found[vslot[v]] |= candidate
            candidate = first
        listed[kept] = v
        kept += np.int64(candidate & np.uint8((flags[v] & FLAG_BEFORE_CONVERSION) != 0))
    for k in range(kept):
        v = listed[k]
        j = vslot[v]
        load_bin = key_lut[load_lut + load[v]]
        if load_bin >= 0:
            row = offset + group[v] + load_bin * stride
            at = row * ACC_FIELDS
            acc[at + ACC_SESSIONS] += weight[j]
            acc[at + ACC_BOUNCES] += bounce[j]
            if conversions[j] > 0 or revenue[j] != 0:
                acc[at + ACC_CONVERTING] += min(conversions[j], weight[j])
                acc[at + ACC_CONVERSIONS] += conversions[j]
                acc[at + ACC_REVENUE] += revenue[j]
                squares[row] += float(revenue[j]) * float(revenue[j])


@njit(nogil=True)
def add_histogram(group, codes, view_weight, t, offset, n_codes, key_lut, lut, hist):  # type: ignore[no-untyped-def]
    """Count the code (or, by the table at ``lut``, the coarser bin) of each counted page view in its group's histogram."""
    if lut >= 0:
        coarse = key_lut[lut:]
        for v in range(t):
            if group[v] >= 0:
                hist[offset + group[v] * n_codes + coarse[codes[v]]] += view_weight[v]
        return
    for v in range(t):
        if group[v] >= 0:
            hist[offset + group[v] * n_codes + codes[v]] += view_weight[v]
