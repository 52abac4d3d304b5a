"""Sessions of page views against a plain loop over the views in time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from docops_desktop.ingest.load.page_view_rows import SESSION_DIMENSIONS
from docops_desktop.ingest.load.sessionize import Sessions


class Sink:
    """Keeps the sessions' rows."""

    judges_direct = False

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._ids = 40

    def new_session_ids(self, count: int) -> int:
        self._ids += count
        return self._ids - count + 1

    def append(self, table: str, rows: pa.Table) -> None:
        assert table == "sessions"
        self.rows += rows.to_pylist()

    def reached(self, table: str, share: float) -> None:
        assert table == "sessions"
        assert 0 < share <= 1


VIEW = st.tuples(
    st.integers(1, 5),  # session key
    st.integers(0, 9),  # time
    st.integers(0, 2),  # user
    st.integers(0, 3),  # country
    st.none() | st.integers(0, 2),  # conversions
    st.none() | st.integers(0, 999),  # revenue
    st.sampled_from(["", "EUR"]),
)


def batch_of(views: list[tuple[Any, ...]]) -> tuple[pa.RecordBatch, Any]:
    keys, times, users, countries, conversions, revenue, currency = zip(*views, strict=True)
    zeros = pa.array(np.zeros(len(views), dtype=np.int32))
    columns = {
        "time_ms": pa.array(times, pa.int64()),
        "user_key": pa.array(users, pa.int64()),
        **dict.fromkeys(SESSION_DIMENSIONS, zeros),
        "country": pa.array(countries, pa.int32()),
        "conversions": pa.array(conversions, pa.int64()),
        "revenue_minor": pa.array(revenue, pa.int64()),
        "currency": pa.array(currency, pa.string()),
    }
    return pa.RecordBatch.from_pydict(columns), np.array(keys, dtype=np.int64)


def expected(views: list[tuple[Any, ...]]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for key, time, user, country, conversions, revenue, currency in sorted(views, key=lambda view: view[1]):
        empty = {"start_ms": time, "user_key": 0, "country": 0, "conversions": 0, "revenue_minor": 0, "currency": ""}
        session = found.setdefault(key, empty)
        session["end_ms"] = time
        session["user_key"] = session["user_key"] or user
        session["country"] = session["country"] or country
        session["currency"] = session["currency"] or currency
        session["conversions"] += conversions or 0
        session["revenue_minor"] += revenue or 0
    return found


def loaded(batches: list[list[tuple[Any, ...]]]) -> tuple[dict[int, dict[str, Any]], list[int]]:
    sink = Sink()
    sessions = Sessions(sink)
    ids = [number for views in batches if views for number in sessions.add(*batch_of(views)).tolist()]
    sessions.write(lambda _: None)
    key_of = {row["session_id"]: row["session_key"] for row in sink.rows}
    assert len(key_of) == len(sink.rows) == sessions.count
    rows = {row["session_key"]: {"country": 0} | row for row in sink.rows}
    return rows, [key_of[number] for number in ids]


def check(batches: list[list[tuple[Any, ...]]]) -> None:
    views = [view for part in batches for view in part]
    rows, keys = loaded(batches)
    assert keys == [view[0] for view in views]
    wanted = expected(views)
    assert rows.keys() == wanted.keys()
    for key, session in wanted.items():
        assert {name: rows[key][name] for name in session} == session


@settings(deadline=None)
@given(st.lists(VIEW, min_size=1, max_size=25))
def test_views_in_any_order_within_a_block(views: list[tuple[Any, ...]]) -> None:
    check([views])


@settings(deadline=None)
@given(st.lists(VIEW, min_size=1, max_size=25), st.integers(0, 25), st.integers(0, 25))
def test_views_in_order_of_time_over_blocks(views: list[tuple[Any, ...]], one: int, two: int) -> None:
    ordered = sorted(views, key=lambda view: view[1])
    low, high = sorted((one, two))
    check([ordered[:low], ordered[low:high], ordered[high:]])
