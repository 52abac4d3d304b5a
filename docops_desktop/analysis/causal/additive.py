"""Additive models over dictionary codes: one shrunken effect per level of every factor, fitted by backfitting with bincount.

A factor with 18,000 levels costs the same as one with two; no dense design matrix is made. Levels are random effects: a level seen rarely stays near
zero (Robinson, "That BLUP is a good thing", Statistical Science 1991). Knows nothing of load times or conversions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Factor:
    """Codes of one factor, 0 to ``size`` - 1, over views (m,) or sessions (n,)."""

    codes: Ints
    size: int


@dataclass(frozen=True)
class Design:
    """The factors of an additive predictor: of the view itself, and of its session (``owner`` (m,) leads from view to session)."""

    owner: Ints
    sessions: int
    of_view: Sequence[Factor]
    of_session: Sequence[Factor]


def sums_by(codes: Ints, amounts: Floats, size: int) -> Floats:
    """Return (size,) sums of amounts (m,) by code (m,)."""
    return np.asarray(np.bincount(codes, amounts, size), dtype=np.float64)


def go_on() -> None:
    """Nobody wants the work stopped."""


def fit_mean(
    target: Floats,
    weight: Floats,
    design: Design,
    prior: float,
    rounds: int = 3,
    cancelled: Callable[[], None] = go_on,
) -> Floats:
    """Return the weighted additive prediction (m,) of a target (m,).

    Args:
        target: what to predict.
        weight: of each view, non-negative.
        design: the factors.
        prior: weight at which a level's effect is halved, in views of average weight.
        rounds: sweeps over all factors.
        cancelled: raises when the work is not wanted any more; asked before every sweep.
    """
    pull = prior * float(weight.mean()) if len(weight) else 0.0
    view_weight = [sums_by(f.codes, weight, f.size) for f in design.of_view]
    weight_of_session = sums_by(design.owner, weight, design.sessions)
    session_weight = [sums_by(f.codes, weight_of_session, f.size) for f in design.of_session]
    effects_v = [np.zeros(f.size) for f in design.of_view]
    effects_s = [np.zeros(f.size) for f in design.of_session]
    level = float(weight @ target / max(weight.sum(), 1e-300))
    rest = (target - level) * weight  # weighted residual throughout
    by_session, by_view = np.empty(design.sessions), np.empty(len(target))
    for _ in range(rounds):
        cancelled()
        if design.of_session:
            sums = sums_by(design.owner, rest, design.sessions)
            moved = np.zeros(design.sessions)
            for f, effect, total in zip(design.of_session, effects_s, session_weight, strict=True):
                step = _step(sums_by(f.codes, sums, f.size), effect, total, pull)
                moved += _levels(step, f.codes, by_session)
                by_session *= weight_of_session
                sums -= by_session
            _levels(moved, design.owner, by_view)
            by_view *= weight
            rest -= by_view
        for f, effect, total in zip(design.of_view, effects_v, view_weight, strict=True):
            _levels(_step(sums_by(f.codes, rest, f.size), effect, total, pull), f.codes, by_view)
            by_view *= weight
            rest -= by_view
    predicted = np.full(len(target), level)
    if design.of_session:
        of_session = np.zeros(design.sessions)
        for f, effect in zip(design.of_session, effects_s, strict=True):
            of_session += _levels(effect, f.codes, by_session)
        predicted += _levels(of_session, design.owner, by_view)
    for f, effect in zip(design.of_view, effects_v, strict=True):
        predicted += _levels(effect, f.codes, by_view)
    return predicted


def fit_rate(
    count: Floats,
    weight: Floats,
    design: Design,
    prior: float,
    rounds: int = 4,
    cancelled: Callable[[], None] = go_on,
) -> Floats:
    """Return the multiplicative prediction (m,) of a count (m,): a Poisson model with a log-additive rate.

    Args:
        count: what happened, per view.
        weight: how many views each stands for.
        design: the factors.
        prior: expected events at which a level's effect is halved.
        rounds: sweeps over all factors.
        cancelled: raises when the work is not wanted any more; asked before every sweep.
    """
    happened = count * weight
    rate = float(happened.sum() / max(weight.sum(), 1e-300))
    happened_s = sums_by(design.owner, happened, design.sessions)
    expected = weight * rate
    seen_v = [sums_by(f.codes, happened, f.size) for f in design.of_view]
    seen_s = [sums_by(f.codes, happened_s, f.size) for f in design.of_session]
    effects_v = [np.zeros(f.size) for f in design.of_view]
    effects_s = [np.zeros(f.size) for f in design.of_session]
    by_session, by_view = np.empty(design.sessions), np.empty(len(count))
    for _ in range(rounds):
        cancelled()
        if design.of_session:
            sums = sums_by(design.owner, expected, design.sessions)
            moved = np.ones(design.sessions)
            for f, effect, seen in zip(design.of_session, effects_s, seen_s, strict=True):
                moved *= _levels(_rate_step(seen, sums_by(f.codes, sums, f.size), effect, prior), f.codes, by_session)
                sums *= by_session
            expected *= _levels(moved, design.owner, by_view)
        for f, effect, seen in zip(design.of_view, effects_v, seen_v, strict=True):
            step = _rate_step(seen, sums_by(f.codes, expected, f.size), effect, prior)
            expected *= _levels(step, f.codes, by_view)
    return expected / np.maximum(weight, 1e-300)


def rate_ratio(count: Floats, weight: Floats, rate: Floats, factors: Sequence[Factor], prior: float) -> Floats:
    """Return the factor (m,) by which further factors change a predicted rate (m,), fitted one after the other."""
    ratio = np.ones(len(rate))
    for f in factors:
        seen, expected = (
            sums_by(f.codes, count * weight, f.size),
            sums_by(f.codes, rate * ratio * weight, f.size),
        )
        ratio *= ((seen + prior) / (expected + prior))[f.codes]
    return ratio


def without_own(count: Floats, weight: Floats, design: Design, prior: float) -> Floats:
    """Return the factor (m,) by which a predicted rate falls when the view's own session isn't among those that it was learnt from.

    To first order: every level's effect is a ratio of events (see ``fit_rate``), and the session's own are taken out of its numerator. A session to
    which nothing happened keeps its rate.
    """
    happened = count * weight
    kept = np.ones(len(count))
    mine = np.flatnonzero(happened > 0)
    owner, own = design.owner[mine], happened[mine]
    of_session = sums_by(owner, own, design.sessions)
    happened_s = sums_by(design.owner, happened, design.sessions)
    for f in design.of_session:
        seen = sums_by(f.codes, happened_s, f.size)[f.codes[owner]]
        kept[mine] *= 1 - of_session[owner] / (seen + prior)
    for f in design.of_view:
        seen = sums_by(f.codes[mine], own, f.size)[f.codes[mine]]
        _, pair = np.unique(owner * f.size + f.codes[mine], return_inverse=True)
        kept[mine] *= 1 - np.bincount(pair, own)[pair] / (seen + prior)
    return kept


def _levels(values: Floats, codes: Ints, out: Floats) -> Floats:
    """Write each code's value to ``out``; codes are in range, and unchecked ("clip") this is several times as fast as an index."""
    return np.take(values, codes, out=out, mode="clip")


def _step(rest: Floats, effect: Floats, total: Floats, pull: float) -> Floats:
    new = (rest + total * effect) / (total + pull + 1e-300)
    step: Floats = new - effect
    effect[:] = new
    return step


def _rate_step(seen: Floats, expected: Floats, effect: Floats, prior: float) -> Floats:
    new = np.log((seen + prior) / (expected * np.exp(-effect) + prior))
    step: Floats = np.exp(new - effect)
    effect[:] = new
    return step


def bins_by_quantile(values: Floats, bins: int) -> Ints:
    """Return the quantile bin (m,) of each value, 0 to ``bins`` - 1; edges from at most 50,000 of the values."""
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    edges = np.quantile(values[:: max(1, len(values) // 50_000)], np.linspace(0, 1, bins + 1)[1:-1])
    return np.searchsorted(edges, values).astype(np.int64)
