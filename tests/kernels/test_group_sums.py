"""Sums of groups read like the table that they are not."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.kernels import layout
from docops_desktop.kernels.group_sums import GroupSums


@pytest.fixture(params=[np.uint32, np.int64])
def both(request):
    rng = np.random.default_rng(3)
    counts = rng.integers(0, 1 << 31, (50, layout.SUM_FIELDS)).astype(request.param) * 2 - 1
    amounts = rng.integers(-(1 << 40), 1 << 40, (50, layout.AMOUNT_FIELDS))
    table = np.zeros((50, layout.ACC_FIELDS), dtype=np.int64)
    table[:, [layout.ACC_SESSIONS, layout.ACC_VIEWS, layout.ACC_BOUNCES, layout.ACC_TOUCHED]] = counts
    table[:, [layout.ACC_CONVERTING, layout.ACC_CONVERSIONS, layout.ACC_REVENUE, layout.ACC_ERRORS]] = amounts
    return GroupSums(counts, amounts), table


def same(got, wanted):
    np.testing.assert_array_equal(got, wanted)
    assert np.asarray(got).dtype == np.int64


def test_every_field_of_every_group(both):
    sums, table = both
    assert len(sums) == len(table)
    same(sums, table)
    same(sums.copy(), table)
    for field in range(layout.ACC_FIELDS):
        same(sums[:, field], table[:, field])
        same(sums[:, np.int64(field)], table[:, field])


@pytest.mark.parametrize(
    "groups", [slice(3, 9), np.array([7, 0, 7]), np.array([], dtype=np.int64), np.arange(50) % 3 == 0]
)
def test_some_groups(both, groups):
    sums, table = both
    same(sums[groups], table[groups])
    same(sums[groups][:, layout.ACC_REVENUE], table[groups][:, layout.ACC_REVENUE])
    same(sums[groups, layout.ACC_VIEWS], table[groups, layout.ACC_VIEWS])


def test_several_fields(both):
    sums, table = both
    fields = np.array([layout.ACC_REVENUE, layout.ACC_SESSIONS])
    same(sums[:, fields], table[:, fields])


def test_a_sum_doesnt_overflow_where_a_count_is_narrow(both):
    sums, table = both
    assert int(sums[:, layout.ACC_SESSIONS].sum()) == int(table[:, layout.ACC_SESSIONS].sum())
