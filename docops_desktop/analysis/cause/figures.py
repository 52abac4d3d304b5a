"""Outcome, expectation and slowdown of any set of rows against any reference set, with intervals: what a finding and its evidence are made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.cause.population import EXPECTED, OUTCOME, SLOWNESS, N, Population, column_sums
from docops_desktop.analysis.cause.scoring import PRIOR, PRIOR_LOAD, Model
from docops_desktop.analysis.results.common import Estimate
from docops_desktop.kernels import cause_runner
from docops_desktop.store.facts import Facts

Indices = npt.NDArray[np.int64]
_Z95 = 1.959964
_BASKET_PRIOR = 30.0


@dataclass(frozen=True)
class Figures:
    """``expected`` rests on ``reference`` counts; ``slowdown`` is a difference of mean ln load with its variance."""

    sessions: float
    observed: float
    expected: float
    reference: float
    slowdown: float
    slowdown_var: float

    def effect(self) -> Estimate:
        """Return observed / expected - 1: exact Poisson limits of the observed, widened on the log scale by the doubt about the expected."""
        from scipy.special import gammaincinv

        if self.expected <= 0:
            return Estimate(None, reason="nothing was to be expected of so few sessions")
        ratio = self.observed / self.expected
        low = float(gammaincinv(self.observed, 0.025)) if self.observed > 0 else 0.0
        high = float(gammaincinv(self.observed + 1, 0.975))
        doubt = _Z95 / np.sqrt(max(self.reference, 1e-9))
        up = np.hypot(np.log(high / max(self.observed, 0.5)), doubt)
        upper = max(self.observed, 0.5) * np.exp(up) / self.expected
        lower = 0.0
        if self.observed > 0:
            lower = ratio * np.exp(-np.hypot(np.log(self.observed / max(low, 1e-9)), doubt))
        return Estimate(ratio - 1, float(lower) - 1, float(upper) - 1)

    def lost(self) -> Estimate:
        """Return expected - observed with its interval."""
        sd = math.sqrt(max(self.observed, 1.0) + self.expected**2 / max(self.reference, 1e-9))
        lost = self.expected - self.observed
        return Estimate(lost, lost - _Z95 * sd, lost + _Z95 * sd)

    def slower(self) -> Estimate:
        """Return the relative change of the typical (geometric mean) load with its interval."""
        sd = np.sqrt(self.slowdown_var)
        low, high = self.slowdown - _Z95 * sd, self.slowdown + _Z95 * sd
        return Estimate(float(np.expm1(self.slowdown)), float(np.expm1(low)), float(np.expm1(high)))


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Bench:
    """Measures sets of rows of one population, with what all of them share.

    Attributes:
        drift: factor of the outcome that the whole site shares in the window. ``shift``: the same of mean ln load.
        stop: polled between the parts of the work.
    """

    population: Population
    model: Model
    drift: float = 1.0
    shift: float = 0.0
    stop: Callable[[], bool] = _never

    def figures(self, rows: Indices, reference: Indices | None, doubt: float = 0.0) -> Figures:
        """Return the figures of rows.

        Args:
            reference: rows of the same combination that are not hit (baseline, or outside of the episode); None: the main effects alone.
            doubt: relative variance of the expectation, where there are no reference rows.
        """
        cause_runner.check(self.stop)
        sums = column_sums(self.population.values[rows], self.stop)
        n, observed, expected, slow = (float(sums[k]) for k in (N, OUTCOME, EXPECTED, SLOWNESS))
        measured = max(n * self.model.measured, 1.0)
        if self.model.kind == "sessions" and reference is not None:
            before = float(self.population.values[reference, N].sum(dtype=np.float64))
            return Figures(n, n, before * self.drift, before, 0.0, 1.0)
        base_mean, base_var, ratio, counts = 0.0, 0.0, 1.0, 1 / max(doubt, 1e-12)
        if reference is not None:
            b = [float(x) for x in column_sums(self.population.values[reference], self.stop)]
            counts = b[OUTCOME] + PRIOR
            ratio = counts / (b[EXPECTED] + PRIOR)
            there = b[N] * self.model.measured + PRIOR_LOAD
            base_mean, base_var = b[SLOWNESS] / there, self.model.sd**2 / there
        slowdown = slow / measured - base_mean - self.shift
        variance = self.model.sd**2 / measured + base_var
        return Figures(n, observed, expected * self.drift * ratio, counts, slowdown, variance)


def basket(facts: Facts, population: Population, rows: Indices) -> tuple[float, float]:
    """Return the mean basket (minor units per conversion) of rows, shrunk to the whole population's, and its standard error."""
    revenue = facts.session("revenue")
    conversions = facts.session("conversions")
    step = max(1, population.n // 2_000_000)
    every = population.rows[::step]
    buys = every[conversions[every] > 0]
    if not len(buys):
        return 0.0, 0.0
    each = revenue[buys] / conversions[buys]
    overall, sd = float(each.mean()), float(each.std())
    mine = population.rows[rows]
    mine = mine[conversions[mine] > 0]
    count = float(conversions[mine].sum())
    total = float(np.minimum(revenue[mine], (overall + 5 * sd) * conversions[mine]).sum())
    return (total + _BASKET_PRIOR * overall) / (count + _BASKET_PRIOR), sd / np.sqrt(count + _BASKET_PRIOR)


def in_money(lost: Estimate, mean: float, error: float, scale: float) -> Estimate:
    """Return lost conversions as money in major units."""
    assert lost.value is not None
    assert lost.low is not None
    assert lost.high is not None
    half = (lost.high - lost.low) / 2
    width = np.hypot(half * mean, _Z95 * error * lost.value) * scale
    value = lost.value * mean * scale
    return Estimate(value, float(value - width), float(value + width))


def shrunk(effect: float, z: float) -> float:
    """Return the effect shrunk towards none for having been picked because it is large: by 1 - 1 / z^2 (James and Stein, one dimension)."""
    return effect * max(0.0, 1 - 1 / z**2) if z > 0 else 0.0
