"""Columns come out of SQLite exactly, in blocks, whatever the ids."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.store.column_reader import read_columns

numbers = st.integers(-(2**63), 2**63 - 1)


@given(
    st.dictionaries(st.integers(-50, 300), st.tuples(numbers, st.one_of(st.none(), st.integers(0, 9)))),
    st.sampled_from([1, 7, 1000]),
)
def test_every_value_comes_back_in_order(rows: dict[int, tuple[int, int | None]], block_rows: int) -> None:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER)")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [(key, *values) for key, values in rows.items()])
    blocks = list(read_columns(connection, "t", {"id": "id", "a": "a", "b": "ifnull(b, -1)"}, block_rows))
    found = [row for block in blocks for row in zip(*(block[name].tolist() for name in ("id", "a", "b")), strict=True)]
    assert found == [(key, a, -1 if b is None else b) for key, (a, b) in sorted(rows.items())]
    assert all(len(block["id"]) <= block_rows for block in blocks)
    connection.close()


def test_a_loop_that_is_left_early_leaves_nothing_running() -> None:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) INSERT INTO t SELECT i FROM n"
    )
    with closing(read_columns(connection, "t", {"id": "id"})) as blocks:
        assert next(blocks)["id"][-1] == 100_000
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("column reader")]
    connection.close()


def test_a_null_is_a_defect_that_is_noticed() -> None:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER)")
    connection.execute("INSERT INTO t VALUES (1, NULL), (2, 5)")
    with pytest.raises(ValueError, match="2 rows, but 1 numbers"):
        list(read_columns(connection, "t", {"a": "a"}))
    connection.close()
