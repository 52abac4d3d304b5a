"""The compiled twins of ``second_look_reference``: same names, same arguments, same results.

Importing this module compiles it (seconds) or loads it from the cache; only the warm-up does. The interpreter lock is released, nothing is shared but
what the caller passes.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, types

from docops_desktop.kernels.decode import column_bytes
from docops_desktop.kernels.keys import session_keys
from docops_desktop.kernels.layout import (
    BLOCK_CODES_AT,
    BLOCK_FIRST_VIEW,
    BLOCK_KEEP_AT,
    BLOCK_KEPT,
    BLOCK_START,
    KEPT_LOW,
    KEPT_MASK,
    KEPT_ROW,
    KEPT_VIEWS,
    PANEL_FINAL_REMAP,
)
from docops_desktop.kernels.vector import FEW, copy_few, prefetch

_BYTES = types.Array(types.uint8, 1, "C", readonly=True)
_U16 = types.Array(types.uint16, 1, "C")
_U32 = types.Array(types.uint32, 1, "C")
_I32 = types.Array(types.int32, 1, "C")
_I64 = types.Array(types.int64, 1, "C")
_F64 = types.Array(types.float64, 1, "C", readonly=True)
_TABLE = types.Array(types.int64, 2, "C")
_KEPT = types.Array(types.uint32, 2, "C")
_AHEAD = np.uint64(24)
_MOST = 65_535
_ONE_SESSION = np.int64(1 << 40)
"""Sessions are counted above so many page views: a list has at most some millions of the one, and fewer than 2^40 of the other."""


@njit(
    [types.void(_BYTES, _TABLE, _I64, _TABLE, _I32, _I64, _I32, _TABLE, _KEPT, _U32, _I32, _I64, _I64)],
    nogil=True,
    cache=True,
    _nrt=False,
)
def find_groups(  # type: ignore[no-untyped-def]
    data, columns, panel, keys, key_lut, run_edges, run_codes, blocks, kept, scratch, of, sessions, starts
):
    """See ``second_look_reference.find_groups``."""
    done = np.uint64(0)
    for b in range(blocks.shape[0]):
        n = np.uint64(blocks[b, BLOCK_KEPT])
        place = np.uint64(blocks[b, BLOCK_KEEP_AT])
        if n == 0:
            continue
        rows = kept[KEPT_ROW, place : place + n]
        mask = kept[KEPT_MASK, place : place + n]
        base = of[done : done + n]
        session_keys(
            data, data, columns, panel, keys, key_lut, run_edges, run_codes, blocks[b, BLOCK_START], rows, n, mask, kept, np.int64(place), scratch,
            base,
        )  # fmt: skip
        remap = panel[PANEL_FINAL_REMAP]
        for j in range(n):
            group = np.int64(base[j])
            if group >= 0 and remap >= 0:
                group = np.int64(key_lut[remap + group])
                base[j] = group
            # both counts at once; those of no group too, because nobody can guess which they are
            starts[np.uint64(group + 1)] += _ONE_SESSION + np.int64(kept[KEPT_VIEWS, place + j])
        done += n
    starts[0] = 0
    for g in range(np.uint64(len(sessions))):
        sessions[g] = starts[g + np.uint64(1)] // _ONE_SESSION
        starts[g + np.uint64(1)] = starts[g] + starts[g + np.uint64(1)] % _ONE_SESSION


@njit(nogil=True, _nrt=False, inline="always")
def _put(codes, low, views, places, group, out):  # type: ignore[no-untyped-def]
    counted = np.uint64(group >= 0)
    group = np.uint64(group + 1)
    at = np.uint64(places[group])
    copy_few(codes, low, views, out, at)
    for q in range(np.uint64(FEW), views * counted):
        out[at + q] = codes[low + q]
    places[group] = at + views * counted


@njit(nogil=True, _nrt=False)
def _put_listed(codes, n, place, kept, of, places, out):  # type: ignore[no-untyped-def]
    """Put the codes of n sessions, which lie one after the other."""
    low = np.uint64(0)
    for j in range(n):
        views = np.uint64(kept[KEPT_VIEWS, place + j])
        _put(codes, low, views, places, np.int64(of[j]), out)
        low += views


@njit(nogil=True, _nrt=False)
def _put_read(codes, n, place, kept, of, places, out):  # type: ignore[no-untyped-def]
    """Put the codes of n sessions, which lie where the column has them."""
    for j in range(n):
        prefetch(codes, np.uint64(kept[KEPT_LOW, place + min(j + _AHEAD, n - np.uint64(1))]))
        low, views = np.uint64(kept[KEPT_LOW, place + j]), np.uint64(kept[KEPT_VIEWS, place + j])
        _put(codes, low, views, places, np.int64(of[j]), out)


@njit(
    [types.void(_BYTES, _TABLE, types.int64, _TABLE, _KEPT, _U16, _I32, _I64, _U16)], nogil=True, cache=True, _nrt=False
)
def put_codes(data, columns, column, blocks, kept, listed, of, places, out):  # type: ignore[no-untyped-def]
    """See ``second_look_reference.put_codes``."""
    done = np.uint64(0)
    for b in range(blocks.shape[0]):
        n = np.uint64(blocks[b, BLOCK_KEPT])
        place = np.uint64(blocks[b, BLOCK_KEEP_AT])
        if n == 0:
            continue
        if len(listed) > 0:
            _put_listed(listed[blocks[b, BLOCK_CODES_AT] :], n, place, kept, of[done:], places, out)
        else:
            codes = column_bytes(data, data, columns, column, blocks[b, BLOCK_FIRST_VIEW]).view(np.uint16)
            _put_read(codes, n, place, kept, of[done:], places, out)
        done += n


@njit([types.void(_U16, _I64, _I64, _F64, _U32, _TABLE)], nogil=True, cache=True, _nrt=False)
def quantile_codes(codes, starts, groups, quantiles, counts, out):  # type: ignore[no-untyped-def]
    """See ``second_look_reference.quantile_codes``."""
    for i in range(len(groups)):
        low = np.uint64(starts[groups[i]])
        high = np.uint64(starts[groups[i] + 1])
        least = np.uint16(_MOST)
        most = np.uint16(0)
        for v in range(low, high):
            least = min(least, np.uint16(codes[v] - np.uint16(1)))  # that of "not measured" becomes the highest
            most = max(most, codes[v])
        for v in range(low, high):
            counts[codes[v]] += np.uint32(1)
        total = np.int64(high - low) - np.int64(counts[0])
        code = np.int64(least) + 1 if total > 0 else 0
        reached = np.int64(0)
        for k in range(len(quantiles)):
            rank = max(math.ceil(quantiles[k] * total - 1e-9), 1.0)
            while 0 < code < np.int64(most) and reached + np.int64(counts[np.uint64(code)]) < rank:
                reached += np.int64(counts[np.uint64(code)])
                code += 1
            out[i, k] = code
        counts[0] = 0
        for c in range(np.int64(least) + 1 if total > 0 else 0, np.int64(most) + 1):
            counts[np.uint64(c)] = 0
