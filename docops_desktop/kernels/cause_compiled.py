"""The compiled twins of ``cause_reference``: same names, same arguments, same sums.

Importing this module compiles it (seconds) or loads it from the cache; only ``cause_runner`` imports it. The interpreter lock is released, nothing is
shared but what the caller passes, and each call does the rows ``low .. high - 1``.
"""

from __future__ import annotations

import numpy as np
from numba import njit, types

_U16 = types.Array(types.uint16, 1, "C", readonly=True)
_F32 = types.Array(types.float32, 1, "C", readonly=True)
_F32_OUT = types.Array(types.float32, 1, "C")
_VALUES = types.Array(types.float32, 2, "C")
_TABLE = types.Array(types.float64, 2, "C")
_I32 = types.Array(types.int32, 1, "C")
_I64 = types.Array(types.int64, 1, "C", readonly=True)
_I64_OUT = types.Array(types.int64, 1, "C")
_I = types.int64


def _speeds_signature(offset: types.Type, group: types.Type) -> types.Type:
    return types.void(
        types.Array(offset, 1, "C", readonly=True), types.Array(types.int64, 1, "C", readonly=True),
        types.Array(group, 1, "C", readonly=True), _U16, types.Array(types.uint8, 1, "C", readonly=True),
        _I, types.Array(types.float32, 2, "C", readonly=True), _I, _I, _F32_OUT,
    )  # fmt: skip


@njit(
    [_speeds_signature(o, g) for o in (types.uint32, types.uint64) for g in (types.uint8, types.uint16, types.uint32)],
    nogil=True,
    cache=True,
)
def speeds(offset, rows, group, load, flags, wanted, residual, low, high, out):  # type: ignore[no-untyped-def]
    """See ``cause_reference.speeds``."""
    for i in range(low, high):
        total = 0.0
        n = 0
        for v in range(np.int64(offset[rows[i]]), np.int64(offset[rows[i] + 1])):
            if (flags[v] & wanted) != 0 and load[v] > 0:
                total += residual[group[v], load[v]]
                n += 1
        out[i] = total / n if n > 0 else np.nan


@njit([types.void(_VALUES, _U16, _F32, _F32, _U16, _I, _I, _TABLE)], nogil=True, cache=True)
def apply_and_sum(values, before, factor, shift, after, low, high, sums):  # type: ignore[no-untyped-def]
    """See ``cause_reference.apply_and_sum``."""
    flat, cells = sums.reshape(-1), values.reshape(-1)
    one, two, three, four = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
    for i in range(np.uint64(low), np.uint64(high)):
        row, k, at = i * four, np.uint64(before[i]), np.uint64(after[i]) * two
        expected = cells[row + two] * factor[k]
        residual = cells[row + three] - shift[k]
        cells[row + two] = expected
        cells[row + three] = residual
        flat[at] += expected
        flat[at + one] += np.float32(0) if np.isnan(residual) else cells[row] * residual


@njit(inline="always")
def _add(table, at, values, row):  # type: ignore[no-untyped-def]
    """Add the four values of a row at a flat place of a table; unsigned numbers spare the check for negative ones, which costs a third of the time."""
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    place = row * np.uint64(4)
    table[at] += values[place]
    table[at + one] += values[place + one]
    table[at + two] += values[place + two]
    table[at + three] += values[place + three]


@njit([types.void(_VALUES, _U16, _I, _I, _TABLE, _I)], nogil=True, cache=True)
def sum_levels(values, ranks, low, high, table, column):  # type: ignore[no-untyped-def]
    """See ``cause_reference.sum_levels``."""
    flat, cells = table.reshape(-1), values.reshape(-1)
    width, first = np.uint64(table.shape[1]), np.uint64(column)
    for i in range(np.uint64(low), np.uint64(high)):
        _add(flat, np.uint64(ranks[i]) * width + first, cells, i)


@njit([types.void(_U16, _U16, _I, _F32, _I, _I, _I32)], nogil=True, cache=True)
def count_pairs(a, b, stride, weight, low, high, counts):  # type: ignore[no-untyped-def]
    """See ``cause_reference.count_pairs``."""
    weighted = len(weight) > 0
    for i in range(np.uint64(low), np.uint64(high)):
        key = np.uint64(a[i]) * np.uint64(stride) + np.uint64(b[i])
        counts[key] += np.int32(weight[i]) if weighted else np.int32(1)


@njit([types.void(_U16, _U16, _I, _I32, _VALUES, _I, _I, _TABLE, _I)], nogil=True, cache=True)
def sum_pairs(a, b, stride, ids, values, low, high, table, column):  # type: ignore[no-untyped-def]
    """See ``cause_reference.sum_pairs``."""
    flat, cells = table.reshape(-1), values.reshape(-1)
    width, first = np.uint64(table.shape[1]), np.uint64(column)
    for i in range(np.uint64(low), np.uint64(high)):
        k = ids[np.uint64(a[i]) * np.uint64(stride) + np.uint64(b[i])]
        _add(flat, np.uint64(k) * width + first, cells, i)


@njit([_I(_U16, _U16, _I, _I32, _I, _I, _I, _I32, _I32, _I)], nogil=True, cache=True)
def pack_pairs(a, b, stride, pair_ids, known, low, high, rows, pairs, kept):  # type: ignore[no-untyped-def]
    """See ``cause_reference.pack_pairs``."""
    for i in range(low, high):
        pair = pair_ids[np.int64(a[i]) * stride + b[i]]
        rows[kept] = i
        pairs[kept] = pair
        kept += np.int64(pair < known)
    return kept


@njit([types.void(_I32, _I32, _U16, _I, _F32, _I, _I, _I32)], nogil=True, cache=True)
def count_triples(rows, pairs, c, levels, weight, low, high, counts):  # type: ignore[no-untyped-def]
    """See ``cause_reference.count_triples``."""
    weighted = len(weight) > 0
    for j in range(np.uint64(low), np.uint64(high)):
        i = np.uint64(rows[j])
        key = np.uint64(pairs[j]) * np.uint64(levels) + np.uint64(c[i])
        counts[key] += np.int32(weight[i]) if weighted else np.int32(1)


@njit([types.void(_I32, _I32, _U16, _I, _I32, _VALUES, _I, _I, _TABLE, _I)], nogil=True, cache=True)
def sum_triples(rows, pairs, c, levels, ids, values, low, high, table, column):  # type: ignore[no-untyped-def]
    """See ``cause_reference.sum_triples``."""
    flat, cells = table.reshape(-1), values.reshape(-1)
    width, first = np.uint64(table.shape[1]), np.uint64(column)
    for j in range(np.uint64(low), np.uint64(high)):
        i = np.uint64(rows[j])
        k = ids[np.uint64(pairs[j]) * np.uint64(levels) + np.uint64(c[i])]
        _add(flat, np.uint64(k) * width + first, cells, i)


@njit([types.void(_I64, _U16, _U16, _VALUES, _I, _I, _TABLE, _TABLE)], nogil=True, cache=True)
def sum_stretches(rows, ranks, bucket, values, low, high, weights, totals):  # type: ignore[no-untyped-def]
    """See ``cause_reference.sum_stretches``."""
    for j in range(low, high):
        i = rows[j]
        weights[ranks[i], bucket[i]] += values[i, 0]
        totals[ranks[i], bucket[i]] += values[i, 3]


@njit(
    [types.void(_TABLE, _TABLE, types.float64, types.float64, types.float64, types.float64[::1], _I64_OUT, _I64_OUT)],
    nogil=True,
    cache=True,
)
def best_stretches(n, total, sd, fewest, outside, z, first, end):  # type: ignore[no-untyped-def]
    """See ``cause_reference.best_stretches``."""
    buckets = n.shape[1]
    for k in range(n.shape[0]):
        z[k], first[k], end[k] = 0.0, 0, buckets
        whole_n, whole_t = n[k].sum(), total[k].sum()
        for low in range(buckets):
            inside, sums = 0.0, 0.0
            for high in range(low, buckets):
                inside += n[k, high]
                sums += total[k, high]
                others = whole_n - inside
                if inside >= fewest and others > 0 and others >= outside * whole_n:
                    gap = sums / inside - (whole_t - sums) / others
                    score = gap / (sd * np.sqrt(1 / inside + 1 / others))
                    if score > z[k]:
                        z[k], first[k], end[k] = score, low, high + 1
