"""Rows that are made when they are looked at: the same rows, however they are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.analysis.results.common import MeasureRow
from docops_desktop.analysis.results.measure_rows import GroupKeys, MeasureRows

EXPECTED = (
    MeasureRow(("b", "y"), {"sessions": 3, "load_p75": 120.5}, {}),
    MeasureRow(("a", "x"), {"sessions": 2, "load_p75": None}, {"load_p75": "not measured"}),
    MeasureRow(("b", "x"), {"sessions": 1, "load_p75": 90.0}, {}),
)


@pytest.fixture
def rows():
    keys = GroupKeys([np.array([1, 0, 1]), np.array([1, 0, 0])], [("a", "b"), ("x", "y")])
    columns = {"sessions": np.array([3.0, 2.0, 1.0]), "load_p75": np.array([120.5, np.nan, 90.0])}
    return MeasureRows(keys, columns, frozenset(["sessions"]), {"load_p75": {1: "not measured"}})


def test_one_row_is_what_all_rows_hold(rows):
    assert tuple(rows[i] for i in range(3)) == EXPECTED  # one by one, before any is kept
    assert rows[-1] == EXPECTED[-1]
    assert isinstance(rows[0].values["sessions"], int)
    assert tuple(rows) == EXPECTED
    assert isinstance(next(iter(rows)).values["sessions"], int)
    with pytest.raises(IndexError):
        rows[3]


def test_slices_and_comparison(rows):
    assert rows[:2] == EXPECTED[:2]
    assert rows[::-1] == EXPECTED[::-1]
    assert rows == EXPECTED
    assert rows != EXPECTED[:2]
    assert rows[:2] == tuple(rows)[:2]
    assert len(rows) == 3


def test_further_reasons_join_those_known(rows):
    more = rows.also_absent([0, 1], {"load_p75": "later", "sessions": "later"})
    assert more[0].reasons == {"load_p75": "later", "sessions": "later"}
    assert more[2].reasons == {}
    assert rows[0].reasons == {}


def test_keys_are_the_texts_of_the_codes(rows):
    assert list(rows.keys) == [row.keys for row in EXPECTED]
    assert list(rows.keys[1:]) == [row.keys for row in EXPECTED[1:]]
