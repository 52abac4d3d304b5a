"""How conversion depends on load time within strata: one fixed-effects fit, and what a shift of load times does under it.

Model: within a stratum s the conversion probability at load time l is a_s * exp(f(l)' beta), with a free level a_s for every stratum. Given each
stratum's conversions, their split over the load bins is multinomial with weights n_sb * exp(f_b' beta), so the levels drop out (conditional
Poisson regression; McCullagh and Nelder, Generalized Linear Models, 1989, section 6.4). One stratum gives the raw figure, many the adjusted one.
Nothing here knows page groups, panels or units of money.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MAX_STEPS = 40
TOLERANCE = 1e-8
MAX_STEP = 2.0


@dataclass(frozen=True, slots=True)
class LoadBasis:
    """Two functions of ln load: a straight line, and its bend above ``knot_ms``, so that a plateau can be told from a slope."""

    knot_ms: float

    def __call__(self, load_ms: npt.ArrayLike) -> Floats:
        """Return (..., 2) for load times in ms of shape (...)."""
        log_load = np.log(np.maximum(np.asarray(load_ms, dtype=np.float64), 1.0)) - np.log(self.knot_ms)
        return np.stack([log_load, np.maximum(log_load, 0.0)], axis=-1)


@dataclass(frozen=True, slots=True)
class SpeedFit:
    """A fitted curve: ``coefficients`` (k,) of the basis, their ``covariance`` (k, k), and the conversions that informed it."""

    basis: LoadBasis
    coefficients: Floats
    covariance: Floats
    informative_conversions: int

    def log_ratio(self, from_ms: Floats, to_ms: Floats) -> tuple[Floats, Floats]:
        """Return ln of the change of the conversion rate, shape (...), and the basis difference (..., k) it comes from."""
        difference = self.basis(to_ms) - self.basis(from_ms)
        return difference @ self.coefficients, difference


def fit(
    n: npt.NDArray[np.int64], conversions: npt.NDArray[np.int64], load_ms: Floats, ridge: float = 1.0
) -> SpeedFit | None:
    """Fit the curve to cells.

    Args:
        n: (strata, bins) exposed sessions.
        conversions: (strata, bins) converting ones.
        load_ms: (bins,) load time that stands for each bin.
        ridge: prior precision on the bend; keeps the curve straight where the data don't say otherwise.

    Returns:
        The fit, or None when no stratum has conversions and load times that differ.
    """
    useful = ((n > 0).sum(axis=1) > 1) & (conversions.sum(axis=1) > 0)
    n_used, c_used = n[useful].astype(np.float64), conversions[useful].astype(np.float64)
    if not len(n_used):
        return None
    basis = LoadBasis(_weighted_median(load_ms, n_used.sum(axis=0)))
    design = basis(load_ms)
    penalty = np.diag([1e-6, ridge])
    beta = np.zeros(design.shape[1])
    stratum_conversions = c_used.sum(axis=1)
    observed = c_used.sum(axis=0) @ design
    information = penalty
    for _ in range(MAX_STEPS):
        weights = n_used * np.exp(design @ beta)
        share = weights / weights.sum(axis=1, keepdims=True)
        mean = share @ design
        gradient = observed - stratum_conversions @ mean - penalty @ beta
        expected = stratum_conversions @ share
        second = np.einsum("b,bi,bj->ij", expected, design, design)
        information = second - np.einsum("s,si,sj->ij", stratum_conversions, mean, mean) + penalty
        step = np.clip(np.linalg.solve(information, gradient), -MAX_STEP, MAX_STEP)
        beta = beta + step
        if np.abs(step).max() < TOLERANCE:
            break
    return SpeedFit(basis, beta, np.linalg.inv(information), int(stratum_conversions.sum()))


@dataclass(frozen=True, slots=True)
class Shift:
    """What moving load times does: point, variance of the point by the delta method, and its gradient over the coefficients."""

    delta: float
    variance: float
    gradient: Floats


def shift_effect(
    fitted: SpeedFit, amount: Floats, amount_squared: Floats | None, from_ms: Floats, to_ms: Floats
) -> Shift:
    """Return the change of a summed outcome when every bin's load time moves from ``from_ms`` to ``to_ms`` (ms, (bins,)).

    Args:
        fitted: the curve.
        amount: (bins,) conversions, or revenue of the converting sessions.
        amount_squared: (bins,) sum of squared revenue, so that heavy-tailed baskets widen the interval; None for counts.
        from_ms: (bins,) load time now.
        to_ms: (bins,) load time after the change.
    """
    log_ratio, difference = fitted.log_ratio(from_ms, to_ms)
    factor = np.exp(log_ratio)
    gradient = (amount * factor) @ difference
    variance = float(gradient @ fitted.covariance @ gradient)
    spread = (factor - 1.0) ** 2
    variance += float(spread @ (amount if amount_squared is None else amount_squared))
    return Shift(float(amount @ (factor - 1.0)), variance, gradient)


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    return float(max(values[order][np.searchsorted(cumulative, cumulative[-1] / 2)], 1.0))
