"""The shrinkage weighs what the equations say against what is usual, learns how unlike page groups are, and its intervals cover."""

from __future__ import annotations

import numpy as np

from docops_desktop.analysis.causal.basis import Parameters
from docops_desktop.analysis.causal.shrinkage import Posterior, shrink

GROUPS = 12
PARAMETERS = Parameters(bends=0, groups=GROUPS, devices=0)


def posterior(
    slopes: np.ndarray, noise: np.ndarray, rng: np.random.Generator, next_step: np.ndarray | None = None
) -> Posterior:
    """One equation per page group, slope + noise, and one on its next-step effect."""
    derivative = np.zeros((2 * GROUPS, 1 + GROUPS + 1 + GROUPS))
    derivative[:GROUPS, 0] = 1
    derivative[:GROUPS, 1 : 1 + GROUPS] = np.eye(GROUPS)
    derivative[GROUPS:, 1 + GROUPS] = 1
    derivative[GROUPS:, 2 + GROUPS :] = np.eye(GROUPS)
    early = np.full(GROUPS, -0.02) if next_step is None else next_step
    y = np.concatenate([slopes + noise * rng.standard_normal(GROUPS), early + 0.003 * rng.standard_normal(GROUPS)])
    return shrink(y, derivative, np.diag(np.concatenate([noise**2, np.full(GROUPS, 0.003**2)])), PARAMETERS)


def own(found: Posterior) -> np.ndarray:
    return found.mean[0] + found.mean[1:]


def test_noise_is_drawn_together_and_signal_is_kept() -> None:
    rng = np.random.default_rng(1)
    same = own(posterior(np.full(GROUPS, -0.05), np.full(GROUPS, 0.05), rng))
    assert same.std() < 0.02
    apart = np.where(np.arange(GROUPS) < 6, -0.2, 0.1)
    found = own(posterior(apart, np.full(GROUPS, 0.01), rng))
    assert np.abs(found - apart).max() < 0.04


def test_a_page_group_that_says_little_is_taken_for_a_usual_one() -> None:
    rng = np.random.default_rng(2)
    noise = np.full(GROUPS, 0.01)
    noise[3] = 1.0
    slopes = -0.05 + 0.01 * rng.standard_normal(GROUPS)
    found = posterior(slopes, noise, rng)
    assert abs(own(found)[3] + 0.05) < 0.02
    gradient = np.zeros(1 + GROUPS)
    gradient[[0, 4]] = 1
    assert gradient @ found.covariance @ gradient < 0.05**2


def test_what_follows_at_the_next_step_tells_page_groups_apart() -> None:
    rng = np.random.default_rng(3)
    better = 0
    for _ in range(20):
        early = -0.02 + 0.02 * rng.standard_normal(GROUPS)
        slopes = -0.02 + 1.5 * early + 0.005 * rng.standard_normal(GROUPS)
        noise = np.full(GROUPS, 0.05)
        seed = int(rng.integers(1 << 30))
        told = own(posterior(slopes, noise, np.random.default_rng(seed), early))
        untold = own(posterior(slopes, noise, np.random.default_rng(seed)))
        better += np.abs(told - slopes).mean() < np.abs(untold - slopes).mean()
    assert better >= 17


def test_intervals_cover_slopes_from_the_prior() -> None:
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(60):
        slopes = -0.05 + 0.03 * rng.standard_normal(GROUPS)
        noise = rng.uniform(0.01, 0.08, GROUPS)
        found = posterior(slopes, noise, rng)
        sd = np.sqrt(
            [found.covariance[0, 0] + 2 * found.covariance[0, k] + found.covariance[k, k] for k in range(1, 1 + GROUPS)]
        )
        covered.append(np.abs(own(found) - slopes) < 1.96 * sd)
    assert 0.93 <= np.mean(covered) <= 0.995
