"""Compiled helpers that find the group of each row.

They are compiled into the fused pass (never called from Python).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from docops_desktop.kernels.decode import gather
from docops_desktop.kernels.layout import (
    KEY_COLUMN,
    KEY_LISTED,
    KEY_LUT,
    KEY_N_RUNS,
    KEY_RUNS,
    KEY_SOURCE,
    KEY_STRIDE,
    NOT_KEPT,
    NOT_LISTED,
    PANEL_FIRST_KEY,
    PANEL_N_KEYS,
    PANEL_REMAP_STRIDE,
    PANEL_SESSION_REMAP,
    PANEL_VARIANT,
    SOURCE_PAGE_VIEW,
    SOURCE_RUNS,
)
from docops_desktop.kernels.rows import view_column


@njit(nogil=True, _nrt=False)
def session_keys(  # type: ignore[no-untyped-def]
    data, extra, columns, panel, keys, key_lut, run_edges, run_codes, start, rows, m, smask, kept, place, scratch, base
):
    """Write the session's part of each group number to ``base``; -1 where the session doesn't count for this panel.

    ``place`` is where the list ``kept`` has the block's sessions, NOT_KEPT where it hasn't.
    """
    bit = panel[PANEL_VARIANT]
    for j in range(m):
        base[j] = 0 if smask[j] & bit else -1
    first = panel[PANEL_FIRST_KEY]
    for k in range(first, first + panel[PANEL_N_KEYS]):
        if keys[k, KEY_SOURCE] == SOURCE_PAGE_VIEW:
            continue
        if keys[k, KEY_SOURCE] == SOURCE_RUNS:
            _run_key(keys[k], run_edges, run_codes, start, rows, m, base)
            continue
        if keys[k, KEY_LISTED] != NOT_LISTED and place != NOT_KEPT:
            _code_key(keys[k], key_lut, kept[keys[k, KEY_LISTED], place : place + m], m, base)
            continue
        gather(data, extra, columns, keys[k, KEY_COLUMN], start, rows, m, scratch)
        _code_key(keys[k], key_lut, scratch, m, base)
    if panel[PANEL_SESSION_REMAP] >= 0:
        remap = key_lut[panel[PANEL_SESSION_REMAP] :]
        stride = panel[PANEL_REMAP_STRIDE]
        for j in range(m):
            if base[j] >= 0:
                to = remap[base[j]]
                base[j] = to * stride if to >= 0 else -1


@njit(nogil=True, _nrt=False)
def one_base(base, m):  # type: ignore[no-untyped-def]
    """Return what all m sessions have in ``base``, -1 when it is several numbers or none."""
    lowest = base[0]
    highest = base[0]
    for j in range(m):
        lowest = min(lowest, base[j])
        highest = max(highest, base[j])
    return np.int64(lowest) if lowest == highest else np.int64(-1)


@njit(nogil=True, _nrt=False)
def view_keys(  # type: ignore[no-untyped-def]
    data, extra, columns, panel, keys, key_lut, first_view, by_view, vrow, t, low, counts, m, scratch, part
):
    """Write the page view's part of each group number to ``part``; -1 where the view doesn't count."""
    for v in range(t):
        part[v] = 0
    first = panel[PANEL_FIRST_KEY]
    for k in range(first, first + panel[PANEL_N_KEYS]):
        if keys[k, KEY_SOURCE] == SOURCE_PAGE_VIEW:
            view_column(
                data, extra, columns, keys[k, KEY_COLUMN], first_view, by_view, vrow, t, low, counts, m, scratch
            )
            _code_key(keys[k], key_lut, scratch, t, part)


@njit(nogil=True, _nrt=False)
def _code_key(key, key_lut, codes, m, base):  # type: ignore[no-untyped-def]
    stride = np.int32(key[KEY_STRIDE])
    if key[KEY_LUT] < 0:
        for j in range(m):
            base[j] = base[j] + codes[j] * stride if base[j] >= 0 else -1
        return
    lut = key_lut[key[KEY_LUT] :]
    for j in range(m):  # without branches: the processor does many at once
        code = lut[codes[j]]
        base[j] = base[j] + code * stride if (code >= 0) & (base[j] >= 0) else -1


@njit(nogil=True, _nrt=False)
def find_run(key, run_edges, row):  # type: ignore[no-untyped-def]
    """Return the number of the key's last run that starts at or before the row."""
    low = 0
    high = key[KEY_N_RUNS] - 1
    while low < high:
        middle = (low + high + 1) // 2
        if run_edges[key[KEY_RUNS] + middle] <= row:
            low = middle
        else:
            high = middle - 1
    return low


@njit(nogil=True, _nrt=False)
def _run_key(key, run_edges, run_codes, start, rows, m, base):  # type: ignore[no-untyped-def]
    stride = key[KEY_STRIDE]
    offset = key[KEY_RUNS]
    low = find_run(key, run_edges, start + rows[0])
    last = key[KEY_N_RUNS] - 1
    if low == last or start + rows[m - 1] < run_edges[offset + low + 1]:  # all rows are of one run
        code = run_codes[offset + low]
        if code < 0:
            for j in range(m):
                base[j] = -1
        else:
            for j in range(m):
                base[j] = base[j] + code * stride if base[j] >= 0 else -1
        return
    for j in range(m):
        row = start + rows[j]
        while low < last and run_edges[offset + low + 1] <= row:
            low += 1
        if base[j] >= 0:
            code = run_codes[offset + low]
            base[j] = base[j] + code * stride if code >= 0 else -1
