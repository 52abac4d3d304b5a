"""Sweeps of an additive model over dictionary codes, level by level: the NumPy reference.

``sweep_compiled`` does the same in one pass per factor; ``estimator.sweeps()`` says which of them serves. Codes of several factors are the rows of one
array (F, k); their levels lie one factor after the other in flat arrays, factor f's from ``at[f]`` to ``at[f + 1]``. Knows nothing of load times.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]


def level_sums(codes: U32, at: I64, amounts: F64, out: F64) -> None:
    """Put into ``out`` (levels,) the sums of amounts (k,) by level of every factor."""
    for f, row in enumerate(codes):
        out[at[f] : at[f + 1]] = _sums(row, amounts, at[f + 1] - at[f])


def session_sums(starts: I64, amounts: F64, out: F64) -> None:
    """Put into ``out`` (n,) the sums of amounts (m,) by session; session i's views are ``starts[i] .. starts[i + 1] - 1``."""
    out[:] = np.bincount(_owner(starts), amounts, len(out))


def mean_round(
    rest: F64, weight: F64, starts: I64, session_weight: F64,
    of_session: U32, at_session: I64, total_session: F64, effect_session: F64,
    of_view: U32, at_view: I64, total_view: F64, effect_view: F64, pull: float,
) -> None:  # fmt: skip
    """Move every level's effect to the mean of what the others leave, one factor after the other: those of the session, then those of the view.

    Args:
        rest: (m,) weighted residual, kept up to date. ``weight``: (m,). ``session_weight``: (n,) its sums.
        total_session, total_view: weight by level. ``effect_session``, ``effect_view``: effects by level, moved in place.
        pull: weight at which a level's effect is halved.
    """
    owner = _owner(starts)
    if len(of_session):
        sums = _sums(owner, rest, len(session_weight))
        moved = np.zeros(len(session_weight))
        for f, codes in enumerate(of_session):
            levels = slice(at_session[f], at_session[f + 1])
            step = _mean_step(codes, sums, total_session[levels], effect_session[levels], pull)
            moved += step[codes]
            sums -= step[codes] * session_weight
        rest -= moved[owner] * weight
    for f, codes in enumerate(of_view):
        levels = slice(at_view[f], at_view[f + 1])
        rest -= _mean_step(codes, rest, total_view[levels], effect_view[levels], pull)[codes] * weight


def rate_round(
    expected: F64, starts: I64,
    of_session: U32, at_session: I64, seen_session: F64, effect_session: F64,
    of_view: U32, at_view: I64, seen_view: F64, effect_view: F64, prior: float,
) -> None:  # fmt: skip
    """The same for a Poisson rate: every level's effect (ln of a factor) moves to what was seen over what the others expect.

    Args:
        expected: (m,) expected events, kept up to date. ``seen_session``, ``seen_view``: events by level.
        prior: expected events at which a level's effect is halved.
    """
    owner = _owner(starts)
    if len(of_session):
        sums = _sums(owner, expected, len(starts) - 1)
        moved = np.ones(len(starts) - 1)
        for f, codes in enumerate(of_session):
            levels = slice(at_session[f], at_session[f + 1])
            step = _rate_step(codes, sums, seen_session[levels], effect_session[levels], prior)
            moved *= step[codes]
            sums *= step[codes]
        expected *= moved[owner]
    for f, codes in enumerate(of_view):
        levels = slice(at_view[f], at_view[f + 1])
        expected *= _rate_step(codes, expected, seen_view[levels], effect_view[levels], prior)[codes]


def predict(
    starts: I64, of_session: U32, at_session: I64, effect_session: F64, of_view: U32, at_view: I64, effect_view: F64, out: F64
) -> None:  # fmt: skip
    """Add to ``out`` (m,) the effects of all levels that a view and its session have."""
    of_owner = np.zeros(len(starts) - 1)
    for f, codes in enumerate(of_session):
        of_owner += effect_session[at_session[f] : at_session[f + 1]][codes]
    out += of_owner[_owner(starts)]
    for f, codes in enumerate(of_view):
        out += effect_view[at_view[f] : at_view[f + 1]][codes]


def without_own(
    happened: F64, starts: I64,
    of_session: U32, at_session: I64, seen_session: F64,
    of_view: U32, at_view: I64, seen_view: F64, prior: float, out: F64,
) -> None:  # fmt: skip
    """Multiply ``out`` (m,) by what is left of each level's events when those of the view's own session are taken out.

    Args:
        happened: (m,) events. ``seen_session``, ``seen_view``: their sums by level.
    """
    mine = np.flatnonzero(happened > 0)
    owner, own = _owner(starts)[mine], happened[mine]
    of_owner = np.bincount(owner, own, len(starts) - 1)
    for f, codes in enumerate(of_session):
        seen = seen_session[at_session[f] : at_session[f + 1]][codes[owner]]
        out[mine] *= 1 - of_owner[owner] / (seen + prior)
    for f, codes in enumerate(of_view):
        seen = seen_view[at_view[f] : at_view[f + 1]][codes[mine]]
        _, pair = np.unique(owner * (at_view[f + 1] - at_view[f]) + codes[mine], return_inverse=True)
        out[mine] *= 1 - np.bincount(pair, own)[pair] / (seen + prior)


def bins(values: F64, edges: F64, out: U32) -> None:
    """Put into ``out`` (m,) how many of the sorted edges are below each value."""
    out[:] = np.searchsorted(edges, values)


def _owner(starts: I64) -> I64:
    return np.repeat(np.arange(len(starts) - 1), np.diff(starts))


def _sums(codes: npt.NDArray[np.integer], amounts: F64, size: int) -> F64:
    return np.bincount(codes, amounts, size).astype(np.float64, copy=False)  # of nothing it would be whole numbers


def _mean_step(codes: U32, rest: F64, total: F64, effect: F64, pull: float) -> F64:
    new = (_sums(codes, rest, len(effect)) + total * effect) / (total + pull + 1e-300)
    step: F64 = new - effect
    effect[:] = new
    return step


def _rate_step(codes: U32, expected: F64, seen: F64, effect: F64, prior: float) -> F64:
    new = np.log((seen + prior) / (_sums(codes, expected, len(effect)) * np.exp(-effect) + prior))
    step: F64 = np.exp(new - effect)
    effect[:] = new
    return step
