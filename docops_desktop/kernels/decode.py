"""Compiled helpers that read columns of any width from the byte buffers.

They are compiled into the fused pass (never called from Python) and touch only the rows that they are given. Row numbers are unsigned, because Numba
checks signed ones for counting from the end.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from docops_desktop.kernels.layout import (
    CLAUSE_A,
    CLAUSE_B,
    CLAUSE_COLUMN,
    CLAUSE_FAIL,
    CLAUSE_KIND,
    COLUMN_BUFFER,
    COLUMN_LENGTH,
    COLUMN_OFFSET,
    COLUMN_SIZE,
    KIND_EQUAL,
    KIND_LUT,
    KIND_MASK,
)
from docops_desktop.kernels.vector import WIDE, copy_wide, prefetch

AHEAD = np.uint64(128)
"""Rows and ranges that are asked for before they are copied: of sessions ten apart the next 2 to 8 KB, what memory delivers while it answers."""


@njit(nogil=True, _nrt=False, inline="always")  # without reference counts an array can't be returned from a call
def column_bytes(data, extra, columns, c, first):  # type: ignore[no-untyped-def]
    """Return the bytes of column ``c`` from row ``first`` to its end."""
    size = columns[c, COLUMN_SIZE]
    low = columns[c, COLUMN_OFFSET] + first * size
    high = columns[c, COLUMN_OFFSET] + columns[c, COLUMN_LENGTH] * size
    if columns[c, COLUMN_BUFFER] == 0:
        return data[low:high]
    return extra[low:high]


@njit(nogil=True, _nrt=False)
def gather(data, extra, columns, c, first, rel, m, out):  # type: ignore[no-untyped-def]
    """``out[j] = column[first + rel[j]]`` for m rows."""
    raw = column_bytes(data, extra, columns, c, first)
    size = columns[c, COLUMN_SIZE]
    if size == 1:
        for j in range(np.uint64(m)):
            prefetch(raw, np.uint64(rel[j + AHEAD]))
            out[j] = raw[rel[j]]
    elif size == 2:
        half = raw.view(np.uint16)
        for j in range(np.uint64(m)):
            prefetch(half, np.uint64(rel[j + AHEAD]))
            out[j] = half[rel[j]]
    elif size == 4:
        word = raw.view(np.uint32)
        for j in range(m):
            out[j] = word[rel[j]]
    else:
        wide = raw.view(np.int64)
        for j in range(m):
            out[j] = wide[rel[j]]


@njit(nogil=True, _nrt=False)
def gather_bounds(data, extra, columns, c, first, rel, m, low, counts):  # type: ignore[no-untyped-def]
    """Read the offset of m rows, and how far it is to the next row's."""
    raw = column_bytes(data, extra, columns, c, first)
    if columns[c, COLUMN_SIZE] == 4:
        word = raw.view(np.uint32)
        for j in range(m):
            a = np.int64(word[rel[j]])
            low[j] = a
            counts[j] = np.int64(word[np.uint64(rel[j]) + np.uint64(1)]) - a
    else:
        wide = raw.view(np.int64)
        for j in range(m):
            low[j] = wide[rel[j]]
            counts[j] = wide[np.uint64(rel[j]) + np.uint64(1)] - wide[rel[j]]


@njit(nogil=True, _nrt=False)
def gather_ranges(data, extra, columns, c, first, low, counts, m, out):  # type: ignore[no-untyped-def]
    """Write the rows ``first + low[j] ..`` of m ranges of ``counts[j]`` rows one after the other to ``out``; the ``WIDE`` places behind may hold anything.

    ``WIDE`` items are copied at once, needed or not: one instruction, where the end of a loop over so few would be guessed wrongly.
    """
    raw = column_bytes(data, extra, columns, c, first)
    size = columns[c, COLUMN_SIZE]
    if size == 1:
        _copy_ranges(raw, low, counts, m, out)
    elif size == 2:
        _copy_ranges(raw.view(np.uint16), low, counts, m, out)
    else:
        _copy_ranges(raw.view(np.uint32), low, counts, m, out)


@njit(nogil=True, _nrt=False)
def _copy_ranges(values, low, counts, m, out):  # type: ignore[no-untyped-def]
    last = np.int64(len(values)) - WIDE
    t = np.uint64(0)
    for j in range(m):
        prefetch(values, np.uint64(low[np.uint64(j) + AHEAD]))
        a = np.uint64(low[j])
        n = np.uint64(counts[j])
        if np.int64(a) <= last:
            copy_wide(values, a, out, t)
            for q in range(np.uint64(WIDE), n):
                out[t + q] = values[a + q]
        else:
            for q in range(np.uint64(0), n):
                out[t + q] = values[a + q]
        t += n


@njit(nogil=True, _nrt=False)
def number_ranges(counts, m, out):  # type: ignore[no-untyped-def]
    """Write ``j`` for each row of range j; the ``WIDE`` places behind may hold anything."""
    t = np.uint64(0)
    for j in range(m):
        k = np.uint32(j)
        n = np.uint64(counts[j])
        for q in range(WIDE):
            out[t + np.uint64(q)] = k
        for q in range(np.uint64(WIDE), n):
            out[t + q] = k
        t += n


@njit(nogil=True, _nrt=False)
def mask_block(data, extra, columns, clause, mask_lut, first, n, mask):  # type: ignore[no-untyped-def]
    """Narrow the masks of n consecutive session rows by one clause."""
    c = clause[CLAUSE_COLUMN]
    raw = column_bytes(data, extra, columns, c, first)
    if clause[CLAUSE_KIND] == KIND_MASK:
        for i in range(n):
            mask[i] &= raw[i]
        return
    size = columns[c, COLUMN_SIZE]
    if clause[CLAUSE_KIND] == KIND_EQUAL:
        same = np.uint8(clause[CLAUSE_B])
        other = np.uint8(clause[CLAUSE_FAIL])
        if size == 1:
            _equal(raw, np.uint8(clause[CLAUSE_A]), same, other, n, mask)
        elif size == 2:
            _equal(raw.view(np.uint16), np.uint16(clause[CLAUSE_A]), same, other, n, mask)
        else:
            _equal(raw.view(np.uint32), np.uint32(clause[CLAUSE_A]), same, other, n, mask)
        return
    lut = mask_lut[clause[CLAUSE_A] :]
    if size == 1:
        for i in range(n):
            mask[i] &= lut[raw[i]]
    elif size == 2:
        half = raw.view(np.uint16)
        for i in range(n):
            mask[i] &= lut[half[i]]
    else:
        word = raw.view(np.uint32)
        for i in range(n):
            mask[i] &= lut[word[i]]


@njit(nogil=True, _nrt=False)
def _equal(codes, code, same, other, n, mask):  # type: ignore[no-untyped-def]
    for i in range(n):
        mask[i] &= same if codes[i] == code else other


@njit(nogil=True, _nrt=False)
def mask_views(clause, mask_lut, values, t, mask):  # type: ignore[no-untyped-def]
    """Narrow the masks of t page views by one clause about ``values``."""
    if clause[CLAUSE_KIND] == KIND_LUT:
        lut = mask_lut[clause[CLAUSE_A] :]
        for v in range(t):
            mask[v] &= lut[values[v]]
        return
    low = clause[CLAUSE_A]
    high = clause[CLAUSE_B]
    fail = np.uint8(clause[CLAUSE_FAIL])
    for v in range(t):
        if values[v] < low or values[v] >= high:
            mask[v] &= fail
