"""Additive models over dictionary codes: one shrunken effect per level of every factor, fitted by backfitting.

A factor with 18,000 levels costs the same as one with two; no dense design matrix is made. Levels are random effects: a level seen rarely stays near
zero (Robinson, "That BLUP is a good thing", Statistical Science 1991). Knows nothing of load times or conversions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.kernels import estimator

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Factor:
    """Codes of one factor, 0 to ``size`` - 1, over views (m,) or sessions (n,)."""

    codes: npt.NDArray[np.integer]
    size: int


@dataclass(frozen=True)
class Levels:
    """Factors (F, k) one above the other; the levels of factor f are ``at[f]`` to ``at[f + 1]`` - 1 of a flat array."""

    codes: Codes
    at: Ints

    @classmethod
    def of(cls, factors: Sequence[Factor], rows: int) -> Levels:
        """Stack factors over so many rows."""
        codes = np.empty((len(factors), rows), dtype=np.uint32)
        for place, factor in enumerate(factors):
            codes[place] = factor.codes
        return cls(codes, np.append(0, np.cumsum([factor.size for factor in factors], dtype=np.int64)))

    def after(self, factors: Sequence[Factor]) -> Levels:
        """Return these factors behind others."""
        first = Levels.of(factors, self.codes.shape[1])
        return Levels(np.concatenate([first.codes, self.codes]), np.append(first.at, first.at[-1] + self.at[1:]))

    def sums(self, amounts: Floats) -> Floats:
        """Return (levels,) sums of amounts (k,) by level of every factor."""
        out = np.empty(int(self.at[-1]))
        estimator.sweeps().level_sums(self.codes, self.at, amounts, out)
        return out


@dataclass(frozen=True)
class Design:
    """The factors of an additive predictor: of the view itself, and of its session (views ``starts[i]`` to ``starts[i + 1]`` - 1 are session i's)."""

    starts: Ints
    of_view: Levels
    of_session: Levels

    @classmethod
    def of(cls, starts: Ints, of_view: Sequence[Factor], of_session: Sequence[Factor]) -> Design:
        """Make one of single factors."""
        return cls(starts, Levels.of(of_view, int(starts[-1])), Levels.of(of_session, len(starts) - 1))

    def with_view(self, factors: Sequence[Factor]) -> Design:
        """Return the design with further factors of the view, which come first."""
        return Design(self.starts, self.of_view.after(factors), self.of_session)

    def by_session(self, amounts: Floats) -> Floats:
        """Return (n,) sums of amounts (m,) by session."""
        out = np.empty(len(self.starts) - 1)
        estimator.sweeps().session_sums(self.starts, amounts, out)
        return out


def sums_by(codes: npt.NDArray[np.integer], amounts: Floats, size: int) -> Floats:
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
    kernels, views, sessions = estimator.sweeps(), design.of_view, design.of_session
    pull = prior * float(weight.mean()) if len(weight) else 0.0
    session_weight = design.by_session(weight)
    view_total, session_total = views.sums(weight), sessions.sums(session_weight)
    effects_v, effects_s = np.zeros(len(view_total)), np.zeros(len(session_total))
    level = float(weight @ target / max(weight.sum(), 1e-300))
    rest = (target - level) * weight  # weighted residual throughout
    for _ in range(rounds):
        cancelled()
        kernels.mean_round(
            rest, weight, design.starts, session_weight, sessions.codes, sessions.at, session_total, effects_s,
            views.codes, views.at, view_total, effects_v, pull,
        )  # fmt: skip
    predicted = np.full(len(target), level)
    kernels.predict(design.starts, sessions.codes, sessions.at, effects_s, views.codes, views.at, effects_v, predicted)
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
    kernels, views, sessions = estimator.sweeps(), design.of_view, design.of_session
    happened = count * weight
    expected = weight * float(happened.sum() / max(weight.sum(), 1e-300))
    view_seen, session_seen = views.sums(happened), sessions.sums(design.by_session(happened))
    effects_v, effects_s = np.zeros(len(view_seen)), np.zeros(len(session_seen))
    for _ in range(rounds):
        cancelled()
        kernels.rate_round(
            expected, design.starts, sessions.codes, sessions.at, session_seen, effects_s,
            views.codes, views.at, view_seen, effects_v, prior,
        )  # fmt: skip
    rate: Floats = expected / np.maximum(weight, 1e-300)
    return rate


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
    views, sessions = design.of_view, design.of_session
    happened = count * weight
    kept = np.ones(len(count))
    estimator.sweeps().without_own(
        happened, design.starts, sessions.codes, sessions.at, sessions.sums(design.by_session(happened)),
        views.codes, views.at, views.sums(happened), prior, kept,
    )  # fmt: skip
    return kept


def bins_by_quantile(values: Floats, bins: int) -> Codes:
    """Return the quantile bin (m,) of each value, 0 to ``bins`` - 1; edges from at most 50,000 of the values."""
    found = np.zeros(len(values), dtype=np.uint32)
    if len(values):
        edges = np.quantile(values[:: max(1, len(values) // 50_000)], np.linspace(0, 1, bins + 1)[1:-1])
        estimator.sweeps().bins(values, edges, found)
    return found
