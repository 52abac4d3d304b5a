"""Compiled helpers that read columns of any width from the byte buffers.

They are compiled into the fused pass (never called from Python) and touch only the rows that they are given.
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


@njit(nogil=True)
def column_bytes(data, extra, columns, c, first):  # type: ignore[no-untyped-def]
    """Return the bytes of column ``c`` from row ``first`` to its end."""
    size = columns[c, COLUMN_SIZE]
    low = columns[c, COLUMN_OFFSET] + first * size
    high = columns[c, COLUMN_OFFSET] + columns[c, COLUMN_LENGTH] * size
    if columns[c, COLUMN_BUFFER] == 0:
        return data[low:high]
    return extra[low:high]


@njit(nogil=True)
def gather(data, extra, columns, c, first, rel, m, out):  # type: ignore[no-untyped-def]
    """``out[j] = column[first + rel[j]]`` for m rows."""
    raw = column_bytes(data, extra, columns, c, first)
    size = columns[c, COLUMN_SIZE]
    if size == 1:
        for j in range(m):
            out[j] = raw[rel[j]]
    elif size == 2:
        half = raw.view(np.uint16)
        for j in range(m):
            out[j] = half[rel[j]]
    elif size == 4:
        word = raw.view(np.uint32)
        for j in range(m):
            out[j] = word[rel[j]]
    else:
        wide = raw.view(np.int64)
        for j in range(m):
            out[j] = wide[rel[j]]


@njit(nogil=True)
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


@njit(nogil=True)
def _equal(codes, code, same, other, n, mask):  # type: ignore[no-untyped-def]
    for i in range(n):
        mask[i] &= same if codes[i] == code else other


@njit(nogil=True)
def mask_views(data, extra, columns, clause, mask_lut, first, rel, m, scratch, mask):  # type: ignore[no-untyped-def]
    """Narrow the masks of the listed page views by one clause."""
    gather(data, extra, columns, clause[CLAUSE_COLUMN], first, rel, m, scratch)
    if clause[CLAUSE_KIND] == KIND_LUT:
        lut = mask_lut[clause[CLAUSE_A] :]
        for t in range(m):
            mask[t] &= lut[scratch[t]]
        return
    low = clause[CLAUSE_A]
    high = clause[CLAUSE_B]
    fail = np.uint8(clause[CLAUSE_FAIL])
    for t in range(m):
        if scratch[t] < low or scratch[t] >= high:
            mask[t] &= fail
