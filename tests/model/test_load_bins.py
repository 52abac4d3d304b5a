"""Every engine can bin a value the same way, and a bin's middle is within the stated error of what is in it."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.model.load_bins import (
    EDGES,
    MAX_VALUE,
    N_CODES,
    RELATIVE_ERROR,
    THRESHOLDS,
    bounds,
    code_of,
    middle,
)


@given(st.integers(0, MAX_VALUE - 1))
def test_a_value_lies_in_its_bin_and_near_its_middle(value: int) -> None:
    code = code_of(value)
    low, high = bounds(code)
    assert low <= value < high
    assert abs(middle(code) - value) <= RELATIVE_ERROR * max(value, 1)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_codes_rise_with_values(a: int, b: int) -> None:
    assert (code_of(a) <= code_of(b)) or a > b


def test_the_ends() -> None:
    assert code_of(None) == code_of(math.nan) == code_of(-1) == 0
    assert code_of(0) == 1
    assert code_of(MAX_VALUE) == code_of(10**9) == N_CODES - 1 == len(EDGES)


def test_thresholds_of_the_field_are_edges() -> None:
    assert set(THRESHOLDS) <= set(EDGES)
    assert list(EDGES) == sorted(set(EDGES))
