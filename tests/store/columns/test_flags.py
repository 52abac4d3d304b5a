"""Flags of page views, held against a plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.store.columns import flags as module
from docops_desktop.store.columns.conversions import NEVER
from docops_desktop.store.columns.flags import view_flags
from docops_desktop.store.facts import BEFORE_CONVERSION, FIRST_MEASURED, FIRST_OF_GROUP

sessions = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 5)), max_size=6),
        st.sampled_from([0, 2, 4, NEVER]),
    ),
    max_size=12,
)


def naive(data: list[tuple[list[tuple[int, int, int]], int]]) -> list[int]:
    result = []
    for views, converted in data:
        groups: set[int] = set()
        measured = False
        for group, load, time in views:
            flag = FIRST_OF_GROUP * (group not in groups) | BEFORE_CONVERSION * (time < converted)
            flag |= FIRST_MEASURED * (load > 0 and not measured)
            groups.add(group)
            measured = measured or load > 0
            result.append(flag)
    return result


@pytest.mark.parametrize("block_views", [1, 3, 1 << 20])
def test_like_a_plain_loop(block_views: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK_VIEWS", block_views)

    @given(sessions)
    def run(data: list[tuple[list[tuple[int, int, int]], int]]) -> None:
        data = [(sorted(views, key=lambda view: view[2]), converted) for views, converted in data]
        flat = np.array([view for views, _ in data for view in views], np.int64).reshape(-1, 3)
        offsets = np.cumsum([0, *(len(views) for views, _ in data)])
        converted = np.array([instant for _, instant in data], np.int64)
        found = view_flags(offsets, flat[:, 0].astype(np.uint8), flat[:, 1].astype(np.uint16), flat[:, 2], converted)
        assert found.tolist() == naive(data)

    run()


def test_without_any_conversion_every_view_came_before() -> None:
    found = view_flags(np.array([0, 2]), np.zeros(2, np.uint8), np.zeros(2, np.uint16), np.array([5, 6]), None)
    assert found.tolist() == [FIRST_OF_GROUP | BEFORE_CONVERSION, BEFORE_CONVERSION]
