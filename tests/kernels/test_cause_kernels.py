"""The compiled kernels of the cause finder add up what the NumPy reference adds up; so do both modes of the search."""

from __future__ import annotations

from types import ModuleType
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docops_desktop.kernels import cause_reference, cause_runner


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    assert cause_runner.wait()
    return cause_runner.kernels()


def _rows(seed: int, n: int) -> tuple[list[np.ndarray], np.ndarray]:
    rng = np.random.default_rng(seed)
    ranks = [rng.integers(0, size, n).astype(np.uint16) for size in (7, 5, 4)]
    values = rng.random((n, 4)).astype(np.float32)
    values[:, 0] = rng.integers(1, 4, n)
    return ranks, values


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), n=st.integers(0, 400), weighted=st.booleans())
def test_counts_and_sums_agree(compiled: ModuleType, seed: int, n: int, weighted: bool) -> None:
    (a, b, c), values = _rows(seed, n)
    weight = values[:, 0].copy() if weighted else np.zeros(0, dtype=np.float32)
    low, high = n // 5, n
    results = []
    for kernels in (compiled, cause_reference):
        levels, pairs, triples = np.zeros((7, 8)), np.zeros(35, dtype=np.int32), None
        kernels.sum_levels(values, a, low, high, levels, 4)
        kernels.count_pairs(a, b, 5, weight, low, high, pairs)
        counted = pairs.copy()
        kept = np.flatnonzero(pairs >= 3)
        ids = np.full(35, len(kept), dtype=np.int32)
        ids[kept] = np.arange(len(kept))
        table = np.zeros((len(kept) + 1, 8))
        kernels.sum_pairs(a, b, 5, ids, values, low, high, table, 0)
        triples = np.zeros(max(len(kept), 1) * 4, dtype=np.int32)
        rows, packed = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.int32)
        places = kernels.pack_pairs(a, b, 5, ids, len(kept), low, high, rows, packed, 0)
        kernels.count_triples(rows, packed, c, 4, weight, 0, places, triples)
        found = np.flatnonzero(triples >= 2)
        numbers = np.full(len(triples), len(found), dtype=np.int32)
        numbers[found] = np.arange(len(found))
        deep = np.zeros((len(found) + 1, 8))
        kernels.sum_triples(rows, packed, c, 4, numbers, values, 0, places, deep, 4)
        results.append((levels, counted, table, rows[:places], packed[:places], triples, deep))
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)
    expected = {
        (x, y): int((weight[low:high] if weighted else np.ones(n - low))[(a[low:] == x) & (b[low:] == y)].sum())
        for x in range(1, 7)
        for y in range(1, 5)
    }
    assert {(x, y): int(results[0][1][x * 5 + y]) for x, y in expected} == expected


def test_main_effect_pass_agrees(compiled: ModuleType) -> None:
    (a, b, _), values = _rows(3, 5000)
    values[::7, 3] = np.nan
    factor, shift = np.linspace(0.5, 2, 7).astype(np.float32), np.linspace(-1, 1, 7).astype(np.float32)
    results = []
    for kernels in (compiled, cause_reference):
        mine, sums = values.copy(), np.zeros((5, 2))
        kernels.apply_and_sum(mine, a, factor, shift, b, 0, 2500, sums)
        kernels.apply_and_sum(mine, a, factor, shift, b, 2500, 5000, sums)
        results.append((mine, sums))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-5)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-5)


def test_speeds_agree(compiled: ModuleType) -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 5, 300)
    offset = np.concatenate([[0], np.cumsum(counts)]).astype(np.uint32)
    m = int(offset[-1])
    group, load = rng.integers(0, 3, m).astype(np.uint8), rng.integers(0, 9, m).astype(np.uint16)
    flags = rng.integers(0, 4, m).astype(np.uint8)
    residual = rng.normal(size=(3, 9)).astype(np.float32)
    rows = np.sort(rng.choice(300, 200, replace=False)).astype(np.int64)
    results = []
    for kernels in (compiled, cause_reference):
        out = np.zeros(200, dtype=np.float32)
        kernels.speeds(offset, rows, group, load, flags, 2, residual, 0, 200, out)
        results.append(out)
    np.testing.assert_allclose(results[0], results[1], rtol=1e-5, atol=1e-6)
    assert np.isnan(results[0]).any()


def test_threads_keep_order_and_stop() -> None:
    assert cause_runner.in_threads(lambda x: x * x, [(k,) for k in range(20)], lambda: False) == [
        k * k for k in range(20)
    ]
    with pytest.raises(cause_runner.Stopped):
        cause_runner.in_threads(lambda x: x, [(1,)], lambda: True)
    with pytest.raises(ZeroDivisionError):
        cause_runner.in_threads(lambda x: 1 // x, [(1,), (0,), (2,)], lambda: False)


def test_the_reference_serves_until_the_compiled_ones_are_there() -> None:
    with mock.patch.object(cause_runner, "_compiled", None):
        assert cause_runner.kernels() is cause_reference


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), n=st.integers(0, 600))
def test_stretches_agree(compiled: ModuleType, seed: int, n: int) -> None:
    (a, _, _), values = _rows(seed, n)
    rng = np.random.default_rng(seed)
    bucket = rng.integers(0, 12, n).astype(np.uint16)
    rows = np.flatnonzero(rng.random(n) < 0.7)
    results = []
    for kernels in (compiled, cause_reference):
        weights, totals = np.zeros((7, 12)), np.zeros((7, 12))
        kernels.sum_stretches(rows, a, bucket, values, len(rows) // 4, len(rows), weights, totals)
        z, first, end = np.zeros(7), np.zeros(7, dtype=np.int64), np.zeros(7, dtype=np.int64)
        kernels.best_stretches(weights, totals, 0.7, 5.0, 0.4, z, first, end)
        results.append((weights, totals, z, first, end))
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-9)
