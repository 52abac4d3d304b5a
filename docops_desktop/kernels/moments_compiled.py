"""The compiled twins of ``moments_reference``: same names, same arguments, same results up to rounding.

Importing this module compiles it (seconds) or loads it from the cache; only the warm-up does. The interpreter lock is released, nothing is shared but
what the caller passes. No matrix over views or sessions is made: a session touches a few equations, and only their products are added up.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, types

_IN = types.Array(types.float64, 1, "C", readonly=True)
_OUT = types.Array(types.float64, 1, "C")
_IN2 = types.Array(types.float64, 2, "C", readonly=True)
_OUT2 = types.Array(types.float64, 2, "C")
_I64 = types.Array(types.int64, 1, "C", readonly=True)
_N = types.int64


@njit([types.void(_I64, _IN, _IN2, _I64, _I64, _IN, _N, _OUT)], nogil=True, cache=True)
def undone(starts, outcome, functions, group, device, theta, groups, out):  # type: ignore[no-untyped-def]
    """See ``moments_reference.undone``."""
    bends = functions.shape[1] - 1
    first_device = 1 + bends + groups
    for i in range(len(starts) - 1):
        if outcome[i] == 0.0:
            out[starts[i] : starts[i + 1]] = 0.0
            continue
        total = 0.0
        for v in range(starts[i + 1] - 1, starts[i] - 1, -1):
            slope = theta[0]
            if group[v] >= 0:
                slope += theta[1 + bends + group[v]]
            if device[v] >= 0:
                slope += theta[first_device + device[v]]
            total += slope * functions[v, 0]
            for k in range(1, 1 + bends):
                total += theta[k] * functions[v, k]
            out[v] = outcome[i] * math.exp(-total)


@njit([types.void(_I64, _I64, _IN2, _N, _IN, _OUT)], nogil=True, cache=True)
def instrument_sums(by_group, by_device, residual, bends_at, factor, out):  # type: ignore[no-untyped-def]
    """See ``moments_reference.instrument_sums``."""
    for v in range(len(by_group)):
        amount = residual[v, 0] * factor[v]
        if by_group[v] >= 0:
            out[by_group[v]] += amount
        if by_device[v] >= 0:
            out[by_device[v]] += amount
        for k in range(1, residual.shape[1]):
            out[bends_at + k - 1] += residual[v, k] * factor[v]


@njit([types.void(_I64, _I64, _I64, _IN2, _IN, _I64, _I64, _N, _IN, _N, _OUT2)], nogil=True, cache=True)
def derivative(  # type: ignore[no-untyped-def]
    starts, by_group, by_device, residual, carry, group, device, bends_at, factor, groups, out
):  # fmt: skip
    """See ``moments_reference.derivative``."""
    functions, parameters = residual.shape[1], out.shape[1]
    first_device = functions + groups
    later, after = np.zeros(parameters), np.zeros(parameters)
    for i in range(len(starts) - 1):
        later[:] = 0.0
        for v in range(starts[i + 1] - 1, starts[i] - 1, -1):
            slope = residual[v, 0]
            goes_on = carry[v] * slope
            for p in range(parameters):
                after[p] = goes_on * later[p]
            for k in range(functions):
                after[k] += residual[v, k]
            later[0] += 1.0
            if group[v] >= 0:
                after[functions + group[v]] += slope
                later[functions + group[v]] += 1.0
            if device[v] >= 0:
                after[first_device + device[v]] += slope
                later[first_device + device[v]] += 1.0
            if factor[v] == 0.0:
                continue
            amount = slope * factor[v]
            if by_group[v] >= 0:
                for p in range(parameters):
                    out[by_group[v], p] -= amount * after[p]
            if by_device[v] >= 0:
                for p in range(parameters):
                    out[by_device[v], p] -= amount * after[p]
            for k in range(1, functions):
                amount = residual[v, k] * factor[v]
                for p in range(parameters):
                    out[bends_at + k - 1, p] -= amount * after[p]


@njit([types.void(_I64, _IN, _I64, _I64, _IN2, _N, _IN, _I64, _IN, _N, _OUT2)], nogil=True, cache=True)
def influence_squares(  # type: ignore[no-untyped-def]
    starts, weight, by_group, by_device, residual, bends_at, factor, group, surprise, equations, out
):  # fmt: skip
    """See ``moments_reference.influence_squares``."""
    size = out.shape[0]
    found, touched, is_touched = np.zeros(size), np.empty(size, np.int64), np.zeros(size, np.bool_)
    places, amounts = np.empty(3 + residual.shape[1], np.int64), np.empty(3 + residual.shape[1])
    for i in range(len(starts) - 1):
        count = 0
        for v in range(starts[i], starts[i + 1]):
            slope, terms = residual[v, 0], 0
            if by_group[v] >= 0:
                places[terms], amounts[terms] = by_group[v], slope * factor[v]
                terms += 1
            if by_device[v] >= 0:
                places[terms], amounts[terms] = by_device[v], slope * factor[v]
                terms += 1
            if group[v] >= 0:
                places[terms], amounts[terms] = equations + group[v], slope * surprise[v]
                terms += 1
            for k in range(1, residual.shape[1]):
                places[terms], amounts[terms] = bends_at + k - 1, residual[v, k] * factor[v]
                terms += 1
            for t in range(terms):
                place = places[t]
                if not is_touched[place]:
                    is_touched[place] = True
                    touched[count] = place
                    count += 1
                found[place] += amounts[t]
        square = weight[i] * weight[i]
        for a in range(count):
            one = square * found[touched[a]]
            for b in range(count):
                out[touched[a], touched[b]] += one * found[touched[b]]
        for a in range(count):
            found[touched[a]] = 0.0
            is_touched[touched[a]] = False


@njit([types.void(_I64, _IN, _I64, _IN2, _IN, _IN, _OUT, _OUT)], nogil=True, cache=True)
def next_step(starts, weight, group, residual, surprise, value, sums, squares):  # type: ignore[no-untyped-def]
    """See ``moments_reference.next_step``."""
    for i in range(len(starts) - 1):
        for v in range(starts[i], starts[i + 1]):
            if group[v] >= 0:
                weighted = weight[i] * residual[v, 0]
                sums[group[v]] += weighted * surprise[v]
                squares[group[v]] += weighted * residual[v, 0] * value[v]


@njit([types.void(_I64, _I64, _IN, _IN2, _OUT2)], nogil=True, cache=True)
def weigh(key, cell, amount, columns, out):  # type: ignore[no-untyped-def]
    """See ``moments_reference.weigh``."""
    for r in range(len(key)):
        row, column = key[r], cell[r]
        for c in range(columns.shape[1]):
            out[row, c] += amount[r] * columns[column, c]
