"""The compiled sweeps of additive models give what the NumPy reference gives, up to rounding."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docops_desktop.analysis.causal.additive import Design, Factor
from docops_desktop.kernels import estimator, sweep_reference, warmup


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    assert warmup.wait(), warmup.failure()
    assert estimator.sweeps() is not sweep_reference
    return estimator.sweeps()


def design(rng: np.random.Generator, sessions: int, views: int, factors: int) -> Design:
    """Sessions with no view to many; factors with one level to many."""
    starts = np.append(0, np.sort(rng.integers(0, views + 1, sessions)))
    starts[-1] = views
    sizes = rng.integers(1, 40, 2 * factors)
    of_view = [Factor(rng.integers(0, size, views), int(size)) for size in sizes[:factors]]
    of_session = [Factor(rng.integers(0, size, sessions), int(size)) for size in sizes[factors:]]
    return Design.of(starts, of_view, of_session)


WORLDS = given(
    seed=st.integers(0, 1_000), sessions=st.integers(1, 60), views=st.integers(0, 300), factors=st.integers(0, 4)
)


@settings(max_examples=60, deadline=None)
@WORLDS
def test_rounds_of_a_mean_agree(compiled: ModuleType, seed: int, sessions: int, views: int, factors: int) -> None:
    rng = np.random.default_rng(seed)
    made = design(rng, sessions, views, factors)
    start, weight = rng.standard_normal(views), rng.random(views) * (rng.random(views) > 0.2)
    results = []
    for kernels in (compiled, sweep_reference):
        rest, by_session = start.copy(), np.empty(sessions)
        kernels.session_sums(made.starts, weight, by_session)
        totals, effects = [], []
        for levels, amounts in ((made.of_session, by_session), (made.of_view, weight)):
            total = np.empty(levels.at[-1])
            kernels.level_sums(levels.codes, levels.at, amounts, total)
            totals.append(total)
            effects.append(np.zeros(len(total)))
        for _ in range(3):
            kernels.mean_round(
                rest, weight, made.starts, by_session, made.of_session.codes, made.of_session.at, totals[0], effects[0],
                made.of_view.codes, made.of_view.at, totals[1], effects[1], 0.7,
            )  # fmt: skip
        predicted = np.full(views, 2.0)
        kernels.predict(
            made.starts, made.of_session.codes, made.of_session.at, effects[0],
            made.of_view.codes, made.of_view.at, effects[1], predicted,
        )  # fmt: skip
        results.append((rest, by_session, *totals, *effects, predicted))
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
    assert np.allclose(results[0][0], start - (results[0][-1] - 2.0) * weight)  # the rest is what isn't predicted


@settings(max_examples=60, deadline=None)
@WORLDS
def test_rounds_of_a_rate_agree(compiled: ModuleType, seed: int, sessions: int, views: int, factors: int) -> None:
    rng = np.random.default_rng(seed)
    made = design(rng, sessions, views, factors)
    owner = np.repeat(np.arange(sessions), np.diff(made.starts))
    happened = ((rng.random(sessions) < 0.3) * rng.integers(1, 3, sessions).astype(float))[owner] * (
        rng.random(views) > 0.2
    )
    start = 0.2 * rng.random(views)
    results = []
    for kernels in (compiled, sweep_reference):
        expected, by_session = start.copy(), np.empty(sessions)
        kernels.session_sums(made.starts, happened, by_session)
        seen, effects = [], []
        for levels, amounts in ((made.of_session, by_session), (made.of_view, happened)):
            total = np.empty(levels.at[-1])
            kernels.level_sums(levels.codes, levels.at, amounts, total)
            seen.append(total)
            effects.append(np.zeros(len(total)))
        for _ in range(3):
            kernels.rate_round(
                expected, made.starts, made.of_session.codes, made.of_session.at, seen[0], effects[0],
                made.of_view.codes, made.of_view.at, seen[1], effects[1], 0.5,
            )  # fmt: skip
        kept = np.ones(views)
        kernels.without_own(
            happened, made.starts, made.of_session.codes, made.of_session.at, seen[0],
            made.of_view.codes, made.of_view.at, seen[1], 0.5, kept,
        )  # fmt: skip
        results.append((expected, *effects, kept))
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    assert (results[0][-1][happened == 0] == 1).all()
    if factors:
        assert (results[0][-1][happened > 0] < 1).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1_000), values=st.integers(0, 200), edges=st.integers(0, 40))
def test_bins_agree(compiled: ModuleType, seed: int, values: int, edges: int) -> None:
    rng = np.random.default_rng(seed)
    numbers, limits = rng.integers(0, 30, values) / 3, np.sort(rng.integers(0, 30, edges) / 3)
    found = [np.empty(values, dtype=np.uint32) for _ in range(2)]
    compiled.bins(numbers, limits, found[0])
    sweep_reference.bins(numbers, limits, found[1])
    np.testing.assert_array_equal(*found)
