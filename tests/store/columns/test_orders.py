"""Orders find their session by key, else by user and time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.columns.orders import GRACE_MS, Orders, attach
from docops_desktop.store.workspace import Workspace


def ints(values: list[int]) -> np.ndarray:
    return np.array(values, np.int64)


def naive(order: tuple[int, int, int], sessions: list[tuple[int, int, int, int]]) -> int:
    time, key, user = order
    for row, session in enumerate(sessions):
        if key and session[0] == key:
            return row
    begun = [
        (start, row) for row, (_, owner, start, _) in enumerate(sessions) if user and owner == user and start <= time
    ]
    if not begun:
        return -1
    row = max(begun)[1]
    return row if time <= sessions[row][3] + GRACE_MS else -1


session_rows = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3 * GRACE_MS), st.integers(0, GRACE_MS)),
    max_size=8,
    unique_by=lambda row: row[2],
)
order_rows = st.lists(st.tuples(st.integers(0, 5 * GRACE_MS), st.integers(0, 4), st.integers(0, 4)), max_size=8)


@given(session_rows, order_rows)
def test_like_looking_at_each_order_by_itself(
    rows: list[tuple[int, int, int, int]], orders: list[tuple[int, int, int]]
) -> None:
    keys: set[int] = set()
    sessions = []
    for key, user, start, length in sorted(rows, key=lambda row: row[2]):
        sessions.append((0 if key in keys else key, user, start, start + length))  # a key names one session
        keys.add(key)
    columns = [ints([session[n] for session in sessions]) for n in range(4)]
    table = Orders(*(ints([order[n] for order in orders]) for n in range(3)), ints([1] * len(orders)))
    found = attach(table, columns[0], columns[2], columns[3], columns[1])
    assert found.tolist() == [naive(order, sessions) for order in orders]


def test_up_to_half_an_hour_after_the_last_page_view(ws: Workspace, import_rows, start_ms: int) -> None:
    sessions = [{"start_ms": start_ms, "end_ms": start_ms, "session_key": 1, "user_key": -8}]
    views = [{"session": 0, "time_ms": start_ms + minute * 60_000} for minute in (0, 50)]
    orders = [
        {"order_key": str(minute), "user_key": -8, "time_ms": start_ms + minute * 60_000, "revenue_minor": minute}
        for minute in (-1, 20, 80, 81)
    ]
    import_rows(ws, sessions, views, orders)
    facts = open_facts(ws)
    assert facts.session("conversions").tolist() == [2]
    assert facts.session("revenue").tolist() == [100]
    assert facts.header.excluded == {"order without a session": 2}
