from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.ingest.demo.shares import LARGE_BITS, draw, draw_by_row, share_table, stack_tables, zipf


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60).filter(lambda w: sum(w) > 1e-3))
def test_a_table_holds_each_value_in_proportion(weights: list[float]) -> None:
    table = share_table(weights, 12)
    counts = np.bincount(table, minlength=len(weights))
    exact = np.array(weights) / sum(weights) * 4096
    assert len(table) == 4096
    assert ((counts > 0) == (np.array(weights) > 0)).all()
    assert np.abs(counts - exact).max() <= len(weights)  # rare values may each take one entry from the frequent ones


def test_a_long_tail_keeps_every_value() -> None:
    weights = zipf(17_000, 1.0)
    counts = np.bincount(share_table(weights, LARGE_BITS), minlength=17_000)
    assert counts.min() >= 1
    assert counts[:100] / counts.sum() == pytest.approx(weights[:100] / weights.sum(), rel=0.01)


def test_no_weight_or_too_many_values_are_refused() -> None:
    with pytest.raises(ValueError):
        share_table([0.0, 0.0])
    with pytest.raises(ValueError):
        share_table(np.ones(5000), 12)


def test_draws_follow_their_row() -> None:
    rng = np.random.default_rng(1)
    tables = stack_tables([(1, 0, 0), (0, 1, 3)])
    row = np.repeat([0, 1], 40_000)
    drawn = draw_by_row(rng, tables, row)
    assert (drawn[:40_000] == 0).all()
    assert (drawn[40_000:] == 2).mean() == pytest.approx(0.75, abs=0.01)
    assert draw(rng, share_table([1, 1], 20), 10_000, 20).mean() == pytest.approx(0.5, abs=0.02)
