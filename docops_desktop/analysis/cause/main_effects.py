"""What the attributes alone explain: multiplicative main effects of the outcome, additive ones of log load, by backfitting.

For each dimension in turn: factor = (observed + k) / (expected without the own factor + k), shift = sum of residuals / (n + k): iterative proportional
fitting with a gamma (normal) prior that keeps rare values near 1 (0).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.cause.population import EXPECTED, OUTCOME, SLOWNESS, Axis, N, Values, column_sums
from docops_desktop.kernels import cause_runner

Floats = npt.NDArray[np.float64]
PRIOR_OUTCOMES = 8.0
PRIOR_SESSIONS = 30.0
_SWEEPS = 5
_CLOSE = 0.006


@dataclass(frozen=True)
class Effects:
    """Fitted main effects.

    Attributes:
        rate: outcome per session that the factors multiply.
        factors, shifts: by axis, by rank.
        sd: standard deviation of a session's residual log load.
        measured: share of sessions with a measured load.
    """

    rate: float
    factors: tuple[Floats, ...]
    shifts: tuple[Floats, ...]
    sd: float
    measured: float

    def apply(
        self,
        values: Values,
        axes: Sequence[Axis],
        high: int,
        raw: Values,
        cancelled: Callable[[], bool],
    ) -> None:
        """Write expected outcome and residual load of the first ``high`` rows; ``raw`` is the residual load before any fit.

        Raises:
            Stopped: cancelled.
        """
        factors = [factor.astype(np.float32) for factor in self.factors]
        shifts = [shift.astype(np.float32) for shift in self.shifts]

        def work(low: int, end: int) -> None:
            part = values[low:end]
            expected = part[:, N] * np.float32(self.rate)
            residual = raw[low:end].copy()
            for axis, factor, shift in zip(axes, factors, shifts, strict=True):
                ranks = axis.ranks[low:end]
                expected *= factor[ranks]
                residual -= shift[ranks]
            part[:, EXPECTED] = expected
            part[:, SLOWNESS] = np.where(np.isnan(residual), np.float32(0), residual * part[:, N])

        cause_runner.in_threads(work, cause_runner.slices(high), cancelled)


def fit(
    values: Values,
    axes: Sequence[Axis],
    cancelled: Callable[[], bool],
    progress: Callable[[float], None] = lambda _: None,
) -> Effects:
    """Fit main effects on all rows of ``values`` (which get their expected outcome and residual load; the rows of ``axes`` must be the same).

    Raises:
        Stopped: cancelled.
    """
    kernels = cause_runner.kernels()
    whole = column_sums(values, cancelled)
    total = max(float(whole[N]), 1.0)
    rate = float(whole[OUTCOME]) / total
    known = _known(kernels, values, axes, cancelled)
    in_slices(values, lambda part: _start(part, rate), cancelled)
    factors = [np.ones(axis.levels) for axis in axes]
    shifts = [np.zeros(axis.levels) for axis in axes]
    before, factor, shift = axes[0], np.ones(axes[0].levels), np.zeros(axes[0].levels)
    for sweep in range(_SWEEPS):
        largest = 0.0
        for d, axis in enumerate(axes):
            sums = _pass(kernels, values, before, factor, shift, axis, cancelled)
            observed, measured = known[d][:, 0], known[d][:, 1]
            new = (observed + PRIOR_OUTCOMES) / (sums[:, 0] / factors[d] + PRIOR_OUTCOMES)
            moved = (sums[:, 1] + shifts[d] * measured) / (measured + PRIOR_SESSIONS)
            factor, shift, before = new / factors[d], moved - shifts[d], axis
            heavy = known[d][:, 2] > 0.002 * total
            largest = max(
                largest, np.abs(np.log(factor[heavy])).max(initial=0.0), np.abs(shift[heavy]).max(initial=0.0)
            )
            factors[d], shifts[d] = new, moved
        progress((sweep + 1) / _SWEEPS)
        if largest < _CLOSE:
            break
    _pass(kernels, values, before, factor, shift, axes[0], cancelled)
    n, weight, once, twice = np.sum(in_slices(values, _finish, cancelled), axis=0)
    variance = twice / n - (once / n) ** 2 if n else 1.0
    return Effects(rate, tuple(factors), tuple(shifts), max(float(np.sqrt(max(variance, 0.0))), 1e-6), weight / total)


def in_slices(values: Values, work: Callable[[Values], Any], cancelled: Callable[[], bool]) -> list[Any]:
    """Call ``work`` with slices of the rows, on all cores.

    Raises:
        Stopped: cancelled.
    """
    return cause_runner.in_threads(
        lambda low, high: work(values[low:high]), cause_runner.slices(len(values)), cancelled
    )


def _start(part: Values, rate: float) -> None:
    part[:, EXPECTED] = part[:, N] * np.float32(rate)


def _finish(part: Values) -> tuple[float, float, float, float]:
    """Weigh the residual load, 0 where none was measured; return rows, weight, sum and squares of what was measured."""
    residual = part[:, SLOWNESS]
    ok = ~np.isnan(residual)
    measured = residual[ok].astype(np.float64)
    weight = float(part[ok, N].sum(dtype=np.float64))
    part[:, SLOWNESS] = np.where(ok, residual * part[:, N], np.float32(0))
    return float(len(measured)), weight, float(measured.sum()), float((measured**2).sum())


def _mark_measured(part: Values) -> None:
    part[:, EXPECTED] = np.where(np.isnan(part[:, SLOWNESS]), np.float32(0), part[:, N])


def _known(kernels: ModuleType, values: Values, axes: Sequence[Axis], cancelled: Callable[[], bool]) -> list[Floats]:
    """By axis: (levels, 3) outcome, sessions with a measured load, sessions. The expected outcome's column serves as scratch."""
    in_slices(values, _mark_measured, cancelled)

    def sums(axis: Axis) -> Floats:
        table = np.zeros((axis.levels, 4))
        for low, high in cause_runner.slices(len(values)):
            cause_runner.check(cancelled)
            kernels.sum_levels(values, axis.ranks, low, high, table, 0)
        return table[:, [OUTCOME, EXPECTED, N]]

    return cause_runner.in_threads(sums, [(axis,) for axis in axes], cancelled)


def _pass(
    kernels: ModuleType,
    values: Values,
    before: Axis,
    factor: Floats,
    shift: Floats,
    after: Axis,
    cancelled: Callable[[], bool],
) -> Floats:
    by, less = factor.astype(np.float32), shift.astype(np.float32)

    def work(low: int, high: int) -> Floats:
        sums = np.zeros((after.levels, 2))
        kernels.apply_and_sum(values, before.ranks, by, less, after.ranks, low, high, sums)
        return sums

    total = np.zeros((after.levels, 2))
    for part in cause_runner.in_threads(work, cause_runner.slices(len(values)), cancelled):
        total += part
    return total
