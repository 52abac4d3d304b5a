"""The selected sessions are those that pass by hand; a draw from them is fair, in order, and of the size that was asked for."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from docops_desktop.analysis.causal.selected import Selected, places, selected_sessions, session_codes
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import Facts
from tests.worlds.shop import make_shop
from tests.worlds.spec import CLEAN

HOUR = 3_600_000


@cache
def facts() -> Facts:
    return make_shop(CLEAN, 5_000, 3).facts


def rows_of(selected: Selected) -> np.ndarray:
    return selected.of(np.arange(facts().n_sessions))


def test_clauses_on_sessions_and_pages_are_what_they_are_by_hand() -> None:
    start, offset = facts().session("start_ms"), facts().session("view_offset").astype(np.int64)
    group = facts().page_view("page_group")
    span = TimeSpan(int(start[0]) + 30 * HOUR, int(start[0]) + 250 * HOUR)
    selection = Selection(span=span).keep("device_type", ("Mobile", "Tablet")).exclude("page_group", ("Home",))
    by_hand = [
        row
        for row in range(facts().n_sessions)
        if span.start_ms <= start[row] < span.end_ms
        and facts().session("device_type")[row] in (1, 3)
        and (group[offset[row] : offset[row + 1]] != 1).any()
    ]
    found = selected_sessions(facts(), selection)
    assert rows_of(found).tolist() == by_hand
    converting = set(np.flatnonzero(facts().session("conversions")).tolist())
    assert found.converting().tolist() == [row for row in by_hand if row in converting]
    others, each = found.some_others(10**9, np.random.default_rng(1))
    assert each == 1
    assert sorted([*others, *found.converting()]) == by_hand
    assert len(rows_of(selected_sessions(facts(), Selection()))) == facts().n_sessions


def test_calendar_codes_of_rows_are_those_of_all() -> None:
    rows = np.array([0, 7, 7, 4_000, 4_999])
    for name in ("hour", "day", "carrier"):
        assert session_codes(facts(), name, rows).tolist() == session_codes(facts(), name)[rows].tolist()


@pytest.mark.parametrize("limit", [50, 800, 4_000])
def test_a_draw_is_fair_and_holds_no_session_that_converts(limit: int) -> None:
    selected = selected_sessions(facts(), Selection().keep("device_type", ("Mobile", "Desktop")))
    allowed = np.setdiff1d(rows_of(selected), selected.converting())
    seen = np.zeros(facts().n_sessions)
    for seed in range(200):
        rows, each = selected.some_others(limit, np.random.default_rng(seed))
        assert (np.diff(rows) > 0).all()
        assert np.isin(rows, allowed).all()
        assert len(rows) == pytest.approx(limit, abs=5 * limit**0.5)
        assert each == pytest.approx(len(allowed) / limit)
        seen[rows] += 1
    share = limit / len(allowed)
    spread = (share * (1 - share) / 200) ** 0.5
    assert np.abs(seen[allowed] / 200 - share).max() < 5 * spread
    assert seen[allowed[0]] > 0 or limit == 50


def test_places_come_in_order_below_the_total() -> None:
    for total, share in ((1, 0.5), (10, 0.9), (100_000, 0.001), (1_000, 0.999)):
        found = places(total, share, np.random.default_rng(2))
        assert (np.diff(found) > 0).all()
        assert ((found >= 0) & (found < total)).all()
        assert len(found) == pytest.approx(total * share, abs=5 * (total * share) ** 0.5 + 1)
