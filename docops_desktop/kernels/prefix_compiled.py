"""The compiled twins of ``prefix_reference``: same names, same arguments, same results.

Importing this module compiles it (seconds) or loads it from the cache; only the warm-up does. The interpreter lock is released, nothing is shared but
what the caller passes.
"""

from __future__ import annotations

import math

from numba import njit, types

_I64 = types.int64
_OUT = types.Array(_I64, 2, "C")
_PLACES = types.Array(_I64, 1, "C", readonly=True)
_KINDS = (types.uint16, types.uint32, types.int64)


def _sums(kind: types.Type) -> types.Type:
    return types.Array(kind, 2, "C", readonly=True)


@njit([types.void(_sums(k), _sums(k), _PLACES, _PLACES, _OUT) for k in _KINDS], nogil=True, cache=True)
def add_fields(high, low, places, fields, out):  # type: ignore[no-untyped-def]
    """See ``prefix_reference.add_fields``."""
    for g in range(len(places)):
        place = places[g]
        if place >= 0:
            for k in range(len(fields)):
                out[place, fields[k]] += _I64(high[g, k]) - _I64(low[g, k])


@njit([types.void(_sums(k), _sums(k), _PLACES, _OUT) for k in _KINDS], nogil=True, cache=True)
def add_rows(high, low, places, out):  # type: ignore[no-untyped-def]
    """See ``prefix_reference.add_rows``."""
    codes = high.shape[1]
    for g in range(len(places)):
        place = places[g]
        if place >= 0:
            for k in range(codes):
                out[place, k] += _I64(high[g, k]) - _I64(low[g, k])


@njit(
    [
        types.void(types.Array(k, 2, "C", readonly=True), types.Array(types.float64, 1, "C", readonly=True), _OUT)
        for k in (types.uint32, _I64)
    ],
    nogil=True,
    cache=True,
)
def codes_at(hist, quantiles, out):  # type: ignore[no-untyped-def]
    """See ``prefix_reference.codes_at``."""
    codes = hist.shape[1]
    for g in range(hist.shape[0]):
        total = _I64(0)
        for k in range(1, codes):
            total += _I64(hist[g, k])
        reached = _I64(0)
        code = 0 if total == 0 else 1
        for i in range(len(quantiles)):
            rank = max(math.ceil(quantiles[i] * total - 1e-9), 1.0)
            while 0 < code < codes - 1 and reached + _I64(hist[g, code]) < rank:
                reached += _I64(hist[g, code])
                code += 1
            out[g, i] = code
