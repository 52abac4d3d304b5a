"""The compiled sums of the moment equations give what the NumPy reference gives, up to rounding."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docops_desktop.kernels import estimator, moments_reference, warmup


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    assert warmup.wait(), warmup.failure()
    assert estimator.moments() is not moments_reference
    return estimator.moments()


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 1_000), sessions=st.integers(1, 40), views=st.integers(0, 200), bends=st.integers(0, 2),
    groups=st.integers(0, 5), devices=st.integers(0, 3), split=st.booleans(),
)  # fmt: skip
def test_all_sums_agree(
    compiled: ModuleType, seed: int, sessions: int, views: int, bends: int, groups: int, devices: int, split: bool
) -> None:
    rng = np.random.default_rng(seed)
    starts = np.append(0, np.sort(rng.integers(0, views + 1, sessions)))
    starts[-1] = views
    outcome = (rng.random(sessions) < 0.6) * rng.integers(1, 3, sessions).astype(float)
    weight, theta = rng.random(sessions) + 0.5, 0.3 * rng.standard_normal(1 + bends + groups + devices)
    residual, functions = rng.standard_normal((2, views, 1 + bends))
    risk, surprise, value, carry = rng.random((4, views))
    group, device = rng.integers(-1, groups, views), rng.integers(-1, devices, views)
    bends_at = (groups + 1) * (2 if split else 1) + devices
    by_group = np.where(group >= 0, group, groups) + (groups + 1) * split * rng.integers(0, 2, views)
    by_device = np.where(device >= 0, bends_at - devices + device, -1)
    size = bends_at + bends

    def sums(kernels: Any) -> list[np.ndarray]:
        left, score = np.full(views, np.nan), np.zeros(size)
        kernels.undone(starts, outcome, functions, group, device, theta, groups, left)
        kernels.instrument_sums(by_group, by_device, residual, bends_at, left, score)
        slopes, squares = np.zeros((size, len(theta))), np.zeros((size + groups, size + groups))
        kernels.derivative(starts, by_group, by_device, residual, carry, group, device, bends_at, left, groups, slopes)
        kernels.influence_squares(
            starts, weight, by_group, by_device, residual, bends_at, risk - left, group, surprise, size, squares
        )
        step = np.zeros((2, groups))
        kernels.next_step(starts, weight, group, residual, surprise, value, step[0], step[1])
        return [left, score, slopes, squares, step]

    for one, other in zip(sums(compiled), sums(moments_reference), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-10)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1_000), rows=st.integers(0, 100), keys=st.integers(1, 6), cells=st.integers(1, 9), columns=st.integers(0, 5),
)  # fmt: skip
def test_weighed_sums_agree(compiled: ModuleType, seed: int, rows: int, keys: int, cells: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    key, cell = rng.integers(0, keys, rows), rng.integers(0, cells, rows)
    amount, table = rng.standard_normal(rows), rng.standard_normal((cells, columns))
    found = np.zeros((2, keys, columns))
    compiled.weigh(key, cell, amount, table, found[0])
    moments_reference.weigh(key, cell, amount, table, found[1])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12, atol=1e-12)
    dense = np.zeros((keys, cells))
    np.add.at(dense, (key, cell), amount)
    np.testing.assert_allclose(found[0], dense @ table, rtol=1e-10, atol=1e-12)
