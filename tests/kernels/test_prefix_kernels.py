"""The compiled kernels for running sums and quantiles give what the NumPy reference gives."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docops_desktop.kernels import prefix, prefix_reference, warmup


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    assert warmup.wait(), warmup.failure()
    assert prefix.kernels() is not prefix_reference
    return prefix.kernels()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 1000), groups=st.integers(0, 30), kind=st.sampled_from([np.uint16, np.uint32, np.int64]),
    codes=st.integers(2, 20),
)  # fmt: skip
def test_differences_agree(compiled: ModuleType, seed: int, groups: int, kind: type, codes: int) -> None:
    rng = np.random.default_rng(seed)
    low = rng.integers(0, 30_000, (groups, codes)).astype(kind)
    high = (low + rng.integers(0, 30_000, (groups, codes))).astype(kind)
    places = rng.integers(-1, 5, groups)
    fields = rng.permutation(codes).astype(np.int64)
    results = []
    for kernels in (compiled, prefix_reference):
        rows, columns = np.zeros((5, codes), dtype=np.int64), np.zeros((5, codes), dtype=np.int64)
        kernels.add_rows(high, low, places, rows)
        kernels.add_fields(high, low, places, fields, columns)
        results.append((rows, columns))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])
    kept = places >= 0
    assert results[0][0].sum() == (high[kept].astype(np.int64) - low[kept].astype(np.int64)).sum()


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 1000), codes=st.integers(2, 40), kind=st.sampled_from([np.uint32, np.int64]),
    shares=st.lists(st.sampled_from([0.001, 0.25, 0.5, 0.75, 0.95, 1.0]), min_size=1, max_size=4).map(sorted),
)  # fmt: skip
def test_quantiles_agree(compiled: ModuleType, seed: int, codes: int, shares: list[float], kind: type) -> None:
    rng = np.random.default_rng(seed)
    hist = (rng.integers(0, 4, (12, codes)) * rng.integers(0, 2, (12, codes))).astype(kind)
    hist[0] = 0
    found = [np.full((12, len(shares)), -1, dtype=np.int64) for _ in range(2)]
    for kernels, out in zip((compiled, prefix_reference), found, strict=True):
        kernels.codes_at(hist, np.array(shares), out)
    np.testing.assert_array_equal(*found)
    assert (found[0][0] == 0).all()
    for row, of_row in zip(hist[1:], found[0][1:], strict=True):
        values = np.repeat(np.arange(1, codes), row[1:])
        for q, code in zip(shares, of_row, strict=True):
            wanted = np.sort(values)[max(int(np.ceil(q * len(values) - 1e-9)), 1) - 1] if len(values) else 0
            assert code == wanted
