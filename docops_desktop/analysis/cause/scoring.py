"""How badly each combination does against what is expected of it: standardised loss and standardised slowdown.

With a baseline the reference of a combination is its own baseline, after main effects (which remove the traffic mix) and the site-wide drift; a gamma
prior keeps thin baselines near the main effects. Without one the reference is what its single values do outside of it (the main effects, freed of the
combination itself). Loss: signed root of the log likelihood ratio of two Poisson counts. Slowdown: difference of means over its standard error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.cause.population import BASE, EXPECTED, OUTCOME, SLOWNESS, N
from docops_desktop.analysis.cause.search import Cube

Floats = npt.NDArray[np.float64]
PRIOR = 20.0
"""Conversions that the prior "like its main effects" is worth; 1 / variance of ln ratio of real combinations around them."""
PRIOR_LOAD = 60.0
FEWEST_EXPECTED = 5.0


@dataclass(frozen=True)
class Standards:
    """By combination (m,).

    Attributes:
        expected: outcome that was to be expected in the window. ``observed``: what was.
        reference: outcome counts that the expectation rests on (its variance is expected^2 / reference).
        slowdown: shift of mean ln load. ``slowdown_var``: its variance.
        z_loss, z_slow: positive = worse; 0 where too thin.
    """

    expected: Floats
    observed: Floats
    reference: Floats
    slowdown: Floats
    slowdown_var: Floats
    z_loss: Floats
    z_slow: Floats


@dataclass(frozen=True)
class Model:
    """What the reference is made of.

    Attributes:
        kind: ``baseline``, ``rest`` or ``sessions`` (numbers of sessions against the baseline).
        sd: standard deviation of a session's residual log load.
        measured: share of sessions with a measured load.
    """

    kind: str
    sd: float
    measured: float


def standards(
    model: Model,
    sums: Floats,
    totals: Floats,
    ranks: npt.NDArray[np.uint16],
    singles: Floats | None,
    shift: float = 0.0,
) -> Standards:
    """Return the figures of combinations.

    Args:
        sums, totals: (m, 8), (8,).
        singles: (axes, levels, 8) sums of the single values, for ``rest``; must contain the combinations' own.
        shift: of mean log load, that the whole site shares.
    """
    observed, n = sums[:, OUTCOME], sums[:, N]
    if model.kind == "sessions":
        return _sessions(sums, totals)
    if model.kind == "baseline":
        ratio, reference, base_mean, base_var = _own_baseline(model, sums)
        drift = totals[OUTCOME] / max(totals[EXPECTED], 1e-9)
    else:
        assert singles is not None
        ratio, reference, base_mean, base_var = _own_values(model, sums, ranks, singles)
        drift = 1.0
    expected = sums[:, EXPECTED] * drift * ratio
    measured = np.maximum(n * model.measured, 1.0)
    slowdown = sums[:, SLOWNESS] / measured - base_mean - shift
    slowdown_var = model.sd**2 / measured + base_var
    z_loss = np.where(expected >= FEWEST_EXPECTED, signed_root(observed, expected, reference), 0.0)
    z_slow = np.where(n > 0, slowdown / np.sqrt(slowdown_var), 0.0)
    return Standards(expected, observed, reference, slowdown, slowdown_var, z_loss, z_slow)


def signed_root(observed: Floats, expected: Floats, reference: Floats) -> Floats:
    """Signed root of the log likelihood ratio of ``observed`` against an expectation that rests on ``reference`` counts; positive = fewer than expected."""
    reference = np.maximum(reference, 1e-9)
    together = (observed + reference) / (expected + reference)
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(observed > 0, observed * np.log(observed / (expected * together)), 0.0)
        second = reference * np.log(1.0 / together)
    llr = np.maximum(first + np.where(np.isfinite(second), second, 0.0), 0.0)
    root: Floats = np.sign(expected - observed) * np.sqrt(2 * llr)
    return root


def site_shift(model: Model, singles: Floats) -> float:
    """Return the median over single values, by sessions, of the shift of mean log load: one slow segment doesn't move it."""
    usable = singles[(singles[:, N] > 0) & (singles[:, BASE + N] > 0)]
    if not len(usable):
        return 0.0
    means = [usable[:, side + SLOWNESS] / (usable[:, side + N] * model.measured + 1e-9) for side in (0, BASE)]
    shift, weight = means[0] - means[1], usable[:, N]
    order = np.argsort(shift)
    heavy = np.cumsum(weight[order])
    return float(shift[order][np.searchsorted(heavy, heavy[-1] / 2)])


def _own_baseline(model: Model, sums: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    base = sums[:, BASE:]
    reference = base[:, OUTCOME] + PRIOR
    ratio = reference / (base[:, EXPECTED] + PRIOR)
    measured = base[:, N] * model.measured + PRIOR_LOAD
    return ratio, reference, base[:, SLOWNESS] / measured, model.sd**2 / measured


def _own_values(
    model: Model, sums: Floats, ranks: npt.NDArray[np.uint16], singles: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Product of what each single value does outside of the combination, against its expectation there."""
    m = len(sums)
    ratio, base_mean = np.ones(m), np.zeros(m)
    doubt, base_var = np.zeros(m), np.zeros(m)
    for axis in range(ranks.shape[1]):
        at = np.flatnonzero(ranks[:, axis])
        rest = singles[axis][ranks[at, axis]] - sums[at]
        outcome = np.maximum(rest[:, OUTCOME], 0) + PRIOR
        ratio[at] *= outcome / (np.maximum(rest[:, EXPECTED], 0) + PRIOR)
        doubt[at] += 1 / outcome
        measured = np.maximum(rest[:, N], 0) * model.measured + PRIOR_LOAD
        base_mean[at] += rest[:, SLOWNESS] / measured
        base_var[at] += model.sd**2 / measured
    return ratio, 1 / np.maximum(doubt, 1e-9), base_mean, base_var


def _sessions(sums: Floats, totals: Floats) -> Standards:
    """Numbers of sessions: the reference is the baseline's number, scaled by the whole site's."""
    before = sums[:, BASE + N]
    expected = before * totals[N] / max(totals[BASE + N], 1.0)
    observed = sums[:, N]
    z = np.where(expected >= FEWEST_EXPECTED, signed_root(observed, expected, before), 0.0)
    zero = np.zeros(len(sums))
    return Standards(expected, observed, before, zero, np.ones(len(sums)), z, zero)


def spread(z: Floats) -> float:
    """Return how much wider than the standard normal the middle of these scores is (at least 1): the empirical null."""
    z = z[z != 0]
    if len(z) < 50:
        return 1.0
    return max(1.0, float(1.4826 * np.median(np.abs(z - np.median(z)))))


def singles_table(cube: Cube, sums: Floats) -> Floats:
    """(axes, levels, 8) sums of the single values."""
    places = cube.singles()
    table = np.zeros((*places.shape, 8))
    known = places >= 0
    table[known] = sums[places[known]]
    return table
