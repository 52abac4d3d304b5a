"""The additive models find what was put in, draw rare levels to zero, and cost nothing extra for many levels."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.analysis.causal.additive import (
    Design,
    Factor,
    bins_by_quantile,
    fit_mean,
    fit_rate,
    rate_ratio,
    without_own,
)


def design(
    rng: np.random.Generator, sessions: int = 4_000, per_session: int = 5
) -> tuple[Design, np.ndarray, np.ndarray]:
    owner = np.repeat(np.arange(sessions), per_session)
    device, page = rng.integers(0, 30, sessions), rng.integers(0, 6, len(owner))
    effects = 0.3 * rng.standard_normal(30)[device][owner] + 0.5 * rng.standard_normal(6)[page]
    starts = np.arange(0, len(owner) + 1, per_session)
    return Design.of(starts, [Factor(page, 6)], [Factor(device, 30)]), effects, rng.random(len(owner)) + 0.5


def test_the_mean_is_recovered() -> None:
    rng = np.random.default_rng(1)
    model, effects, weight = design(rng)
    target = 7 + effects + 0.5 * rng.standard_normal(len(effects))
    found = fit_mean(target, weight, model, prior=1.0, rounds=6)
    assert np.corrcoef(found, effects)[0, 1] > 0.99
    assert np.abs(found - 7 - effects).mean() < 0.05


def test_without_a_prior_the_residuals_of_every_level_sum_to_zero() -> None:
    rng = np.random.default_rng(2)
    model, effects, weight = design(rng)
    target = effects + rng.standard_normal(len(effects))
    rest = (target - fit_mean(target, weight, model, prior=0.0, rounds=30)) * weight
    owner = np.repeat(np.arange(len(model.starts) - 1), np.diff(model.starts))
    for codes in (model.of_view.codes[0], model.of_session.codes[0][owner]):
        assert np.abs(np.bincount(codes, rest)).max() < 1e-6 * len(rest)


def test_views_of_no_weight_are_predicted_but_teach_nothing() -> None:
    rng = np.random.default_rng(3)
    model, effects, weight = design(rng)
    target = effects + 0.1 * rng.standard_normal(len(effects))
    weight[::7] = 0.0
    spoilt = target.copy()
    spoilt[::7] = 1e6
    kept, found = (fit_mean(t, weight, model, prior=1.0) for t in (target, spoilt))
    assert found == pytest.approx(kept)


def test_rare_levels_of_18000_stay_near_zero_and_frequent_ones_do_not() -> None:
    rng = np.random.default_rng(4)
    sessions = 20_000
    codes = np.where(rng.random(sessions) < 0.5, 0, rng.integers(1, 18_000, sessions))
    model = Design.of(np.arange(sessions + 1), [], [Factor(codes, 18_000)])
    target = rng.standard_normal(sessions) + 1.0 * (codes == 0)
    found = fit_mean(target, np.ones(sessions), model, prior=8.0)
    assert found[codes == 0].mean() == pytest.approx(1.0, abs=0.05)
    assert found[codes > 0].std() < 0.25


def test_the_rate_is_recovered_and_sums_to_what_happened() -> None:
    rng = np.random.default_rng(5)
    model, effects, _ = design(rng, sessions=40_000)
    rate = 0.05 * np.exp(effects)
    count = (rng.random(len(rate)) < rate).astype(float)
    found = fit_rate(count, np.ones(len(rate)), model, prior=5.0)
    assert found.sum() == pytest.approx(count.sum(), rel=0.01)
    assert np.corrcoef(np.log(found), effects)[0, 1] > 0.97
    assert np.log(found / rate).std() < 0.15


def test_a_further_factor_changes_the_rate_where_it_matters() -> None:
    rng = np.random.default_rng(6)
    half = rng.integers(0, 2, 50_000)
    count = (rng.random(50_000) < np.where(half == 1, 0.10, 0.05)).astype(float)
    ratio = rate_ratio(count, np.ones(50_000), np.full(50_000, 0.075), [Factor(half, 2)], prior=10.0)
    assert ratio[half == 1].mean() / ratio[half == 0].mean() == pytest.approx(2.0, rel=0.08)


def test_a_rate_without_the_own_event_is_that_of_the_others() -> None:
    """One factor over sessions and no prior: leaving a session out by hand gives the same, to the last digit."""
    rng = np.random.default_rng(8)
    sessions, views = 200, 3
    owner, codes = np.repeat(np.arange(sessions), views), rng.integers(0, 4, sessions)
    count, weight = np.repeat((rng.random(sessions) < 0.4).astype(float), views), np.ones(sessions * views)
    model = Design.of(np.arange(0, len(owner) + 1, views), [], [Factor(codes, 4)])
    kept = without_own(count, weight, model, prior=0.0)
    rate = np.bincount(codes[owner], count) / np.bincount(codes[owner])
    for session in (0, 17, 133):
        same = (codes[owner] == codes[session]) & (owner != session)
        by_hand = count[same].sum() / (same.sum() + views)  # its views stay among those that might have had one
        at = owner == session
        if count[at][0] > 0:
            assert rate[codes[session]] * kept[at] == pytest.approx(by_hand)
        else:
            assert kept[at] == pytest.approx(1.0)


def test_quantile_bins_are_of_equal_size() -> None:
    values = np.random.default_rng(7).standard_normal(30_000)
    sizes = np.bincount(bins_by_quantile(values, 12), minlength=12)
    assert sizes.min() > 0.95 * 30_000 / 12
    assert len(bins_by_quantile(np.zeros(0), 12)) == 0
