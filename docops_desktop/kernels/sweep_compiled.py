"""The compiled twins of ``sweep_reference``: same names, same arguments, same results up to rounding.

Importing this module compiles it (seconds) or loads it from the cache; only the warm-up does. The interpreter lock is released, nothing is shared but
what the caller passes. A pass applies one factor's step and adds up for the next factor at once, so that the residuals go through the cache once.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, types

_IN = types.Array(types.float64, 1, "C", readonly=True)
_OUT = types.Array(types.float64, 1, "C")
_CODES = types.Array(types.uint32, 2, "C", readonly=True)
_AT = types.Array(types.int64, 1, "C", readonly=True)
_PRIOR = types.float64


@njit([types.void(_CODES, _AT, _IN, _OUT)], nogil=True, cache=True)
def level_sums(codes, at, amounts, out):  # type: ignore[no-untyped-def]
    """See ``sweep_reference.level_sums``."""
    out[:] = 0.0
    for f in range(codes.shape[0]):
        row, sums = codes[f], out[at[f] : at[f + 1]]
        for k in range(len(row)):
            sums[row[k]] += amounts[k]


@njit([types.void(_AT, _IN, _OUT)], nogil=True, cache=True)
def session_sums(starts, amounts, out):  # type: ignore[no-untyped-def]
    """See ``sweep_reference.session_sums``."""
    for i in range(len(out)):
        total = 0.0
        for v in range(starts[i], starts[i + 1]):
            total += amounts[v]
        out[i] = total


@njit(nogil=True)
def _mean_steps(levels, first, total, effect, pull):  # type: ignore[no-untyped-def]
    """Move a factor's effects, the first of which is ``first``; ``levels`` comes with the sums of residuals by level and leaves with the steps."""
    for k in range(len(levels)):
        at = first + k
        old = effect[at]
        effect[at] = (levels[k] + total[at] * old) / (total[at] + pull + 1e-300)
        levels[k] = effect[at] - old


@njit(nogil=True)
def _rate_steps(levels, first, seen, effect, prior):  # type: ignore[no-untyped-def]
    """The same of a rate: sums of what is expected come, factors leave."""
    for k in range(len(levels)):
        at = first + k
        old = effect[at]
        effect[at] = math.log((seen[at] + prior) / (levels[k] * math.exp(-old) + prior))
        levels[k] = math.exp(effect[at] - old)


@njit(
    [types.void(_OUT, _IN, _AT, _IN, _CODES, _AT, _IN, _OUT, _CODES, _AT, _IN, _OUT, _PRIOR)],
    nogil=True,
    cache=True,
)
def mean_round(  # type: ignore[no-untyped-def]
    rest, weight, starts, session_weight, of_session, at_session, total_session, effect_session,
    of_view, at_view, total_view, effect_view, pull,
):  # fmt: skip
    """See ``sweep_reference.mean_round``."""
    sessions, factors = of_session.shape[1], of_session.shape[0]
    if factors > 0:
        sums, moved = np.empty(sessions), np.zeros(sessions)
        step = np.zeros(1)
        session_sums(starts, rest, sums)
        for f in range(factors):
            codes = of_session[f]
            levels = np.zeros(at_session[f + 1] - at_session[f])
            if f == 0:
                for i in range(sessions):
                    levels[codes[i]] += sums[i]
            else:
                before = of_session[f - 1]
                for i in range(sessions):
                    d = step[before[i]]
                    moved[i] += d
                    left = sums[i] - d * session_weight[i]
                    sums[i] = left
                    levels[codes[i]] += left
            _mean_steps(levels, at_session[f], total_session, effect_session, pull)
            step = levels
        before = of_session[factors - 1]
        for i in range(sessions):
            d = moved[i] + step[before[i]]
            for v in range(starts[i], starts[i + 1]):
                rest[v] -= d * weight[v]
    views, factors = of_view.shape[1], of_view.shape[0]
    if factors == 0:
        return
    step = np.zeros(1)
    for f in range(factors):
        codes = of_view[f]
        levels = np.zeros(at_view[f + 1] - at_view[f])
        if f == 0:
            for v in range(views):
                levels[codes[v]] += rest[v]
        else:
            before = of_view[f - 1]
            for v in range(views):
                left = rest[v] - step[before[v]] * weight[v]
                rest[v] = left
                levels[codes[v]] += left
        _mean_steps(levels, at_view[f], total_view, effect_view, pull)
        step = levels
    before = of_view[factors - 1]
    for v in range(views):
        rest[v] -= step[before[v]] * weight[v]


@njit([types.void(_OUT, _AT, _CODES, _AT, _IN, _OUT, _CODES, _AT, _IN, _OUT, _PRIOR)], nogil=True, cache=True)
def rate_round(  # type: ignore[no-untyped-def]
    expected, starts, of_session, at_session, seen_session, effect_session, of_view, at_view, seen_view, effect_view, prior
):  # fmt: skip
    """See ``sweep_reference.rate_round``."""
    sessions, factors = of_session.shape[1], of_session.shape[0]
    if factors > 0:
        sums, moved = np.empty(sessions), np.ones(sessions)
        step = np.zeros(1)
        session_sums(starts, expected, sums)
        for f in range(factors):
            codes = of_session[f]
            levels = np.zeros(at_session[f + 1] - at_session[f])
            if f == 0:
                for i in range(sessions):
                    levels[codes[i]] += sums[i]
            else:
                before = of_session[f - 1]
                for i in range(sessions):
                    d = step[before[i]]
                    moved[i] *= d
                    left = sums[i] * d
                    sums[i] = left
                    levels[codes[i]] += left
            _rate_steps(levels, at_session[f], seen_session, effect_session, prior)
            step = levels
        before = of_session[factors - 1]
        for i in range(sessions):
            d = moved[i] * step[before[i]]
            for v in range(starts[i], starts[i + 1]):
                expected[v] *= d
    views, factors = of_view.shape[1], of_view.shape[0]
    if factors == 0:
        return
    step = np.zeros(1)
    for f in range(factors):
        codes = of_view[f]
        levels = np.zeros(at_view[f + 1] - at_view[f])
        if f == 0:
            for v in range(views):
                levels[codes[v]] += expected[v]
        else:
            before = of_view[f - 1]
            for v in range(views):
                left = expected[v] * step[before[v]]
                expected[v] = left
                levels[codes[v]] += left
        _rate_steps(levels, at_view[f], seen_view, effect_view, prior)
        step = levels
    before = of_view[factors - 1]
    for v in range(views):
        expected[v] *= step[before[v]]


@njit([types.void(_AT, _CODES, _AT, _IN, _CODES, _AT, _IN, _OUT)], nogil=True, cache=True)
def predict(starts, of_session, at_session, effect_session, of_view, at_view, effect_view, out):  # type: ignore[no-untyped-def]
    """See ``sweep_reference.predict``."""
    for i in range(len(starts) - 1):
        of_owner = 0.0
        for f in range(of_session.shape[0]):
            of_owner += effect_session[at_session[f] + of_session[f, i]]
        for v in range(starts[i], starts[i + 1]):
            total = of_owner
            for f in range(of_view.shape[0]):
                total += effect_view[at_view[f] + of_view[f, v]]
            out[v] += total


@njit([types.void(_IN, _AT, _CODES, _AT, _IN, _CODES, _AT, _IN, _PRIOR, _OUT)], nogil=True, cache=True)
def without_own(  # type: ignore[no-untyped-def]
    happened, starts, of_session, at_session, seen_session, of_view, at_view, seen_view, prior, out
):  # fmt: skip
    """See ``sweep_reference.without_own``."""
    for i in range(len(starts) - 1):
        first, last = starts[i], starts[i + 1]
        total = 0.0
        for v in range(first, last):
            total += happened[v]
        if total == 0.0:
            continue
        of_owner = 1.0
        for f in range(of_session.shape[0]):
            of_owner *= 1 - total / (seen_session[at_session[f] + of_session[f, i]] + prior)
        for v in range(first, last):
            if happened[v] == 0.0:
                continue
            kept = of_owner
            for f in range(of_view.shape[0]):
                code, own = of_view[f, v], 0.0
                for u in range(first, last):
                    if of_view[f, u] == code:
                        own += happened[u]
                kept *= 1 - own / (seen_view[at_view[f] + code] + prior)
            out[v] *= kept


@njit([types.void(_IN, _IN, types.Array(types.uint32, 1, "C"))], nogil=True, cache=True)
def bins(values, edges, out):  # type: ignore[no-untyped-def]
    """See ``sweep_reference.bins``."""
    for k in range(len(values)):
        value, low, left = values[k], 0, len(edges)
        while left > 1:  # without a branch that would have to be guessed
            half = left // 2
            low += half * (edges[low + half - 1] < value)
            left -= half
        out[k] = low + (left == 1 and edges[low] < value)
