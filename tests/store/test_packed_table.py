"""What is packed is what SQLite reads: values, types, order, in trees of any height; and a copy into a table of the same columns."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docops_desktop.store import packed_table
from docops_desktop.store.packed_table import PAGE_BYTES, PackedTable

SQL = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, whole INTEGER, same INTEGER NOT NULL DEFAULT 0, real REAL, text TEXT, "
    "late INTEGER NOT NULL DEFAULT 5)"
)
INTEGERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-300, 300) | st.sampled_from([0, 1, 2**15, -(2**23), 2**47])
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=14)
ROWS = st.lists(
    st.tuples(
        st.integers(1, 2**20),
        st.none() | INTEGERS,
        st.none() | st.floats(allow_nan=False),
        st.none() | TEXTS,
    ),
    min_size=1,
    max_size=60,
)


def read(path: Path, query: str = "SELECT * FROM t") -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        faults = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        assert all(
            "never used" in line or line in ("ok", "*** in database main ***") for line in "\n".join(faults).split("\n")
        )
        return connection.execute(query).fetchall()


def columns(rows: list[tuple[Any, ...]], same: int | None) -> list[Any]:
    _, whole, real, text = zip(*rows, strict=True)
    return [None, pa.array(whole, pa.int64()), same, pa.array(real, pa.float64()), pa.array(text, pa.string())]


@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    rows=ROWS,
    same=st.sampled_from([0, 1, 2, -1, 70_000]),
    cut=st.integers(0, 60),
    base=st.sampled_from([0, 100, 2**40]),
)
def test_sqlite_reads_what_was_packed(tmp_path: Path, rows: list[Any], same: int, cut: int, base: int) -> None:
    ids = base + np.cumsum([row[0] for row in rows])
    path = tmp_path / "packed.db"
    table = PackedTable("t", path)
    for part in (slice(0, cut), slice(cut, None)):
        if len(ids[part]):
            table.append(ids[part], columns(rows[part], same))
    table.finish([SQL])
    assert table.rows == len(rows)
    assert read(path) == [(int(i), *row[1:2], same, *row[2:], 5) for i, row in zip(ids, rows, strict=True)]
    found = read(path, "SELECT typeof(whole), typeof(real), typeof(text) FROM t")
    names = ("integer", "real", "text")
    expected = [tuple("null" if v is None else n for v, n in zip(row[1:], names, strict=True)) for row in rows]
    assert found == expected


@pytest.mark.parametrize("rows", [0, 1, 2_000, 60_000])
def test_trees_of_any_height_are_searched_and_copied(
    tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_table, "_CHILDREN", 3)  # so that few rows make many levels
    ids = np.arange(1, rows + 1) * 7
    table = PackedTable("t", tmp_path / "packed.db")
    for start in range(0, rows, 9_000):
        part = pa.array(ids[start : start + 9_000] * 3)
        table.append(ids[start : start + 9_000], [None, part, 4, pa.nulls(len(part), pa.float64())])
    table.finish(
        [
            SQL.replace(", late INTEGER NOT NULL DEFAULT 5", ""),
            "ALTER TABLE t ADD COLUMN late INTEGER NOT NULL DEFAULT 5",
        ]
    )
    for number in ids[:: max(1, rows // 40)].tolist():
        assert read(tmp_path / "packed.db", f"SELECT whole, text, late FROM t WHERE id = {number}") == [
            (3 * number, None, 5)
        ]
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute(SQL)
        connection.execute("ATTACH DATABASE ? AS packed", (str(tmp_path / "packed.db"),))
        assert connection.execute("INSERT INTO main.t SELECT * FROM packed.t").rowcount == rows
        assert connection.execute("PRAGMA main.integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*), sum(whole) FROM main.t").fetchone() == (
            rows,
            int(ids.sum()) * 3 or None,
        )


def test_the_page_that_sqlite_locks_stays_empty(tmp_path: Path) -> None:
    table = PackedTable("t", tmp_path / "packed.db")
    forbidden = (1 << 30) // PAGE_BYTES + 1
    table._next = forbidden - 2  # as after a gigabyte of rows; the file has a hole there
    ids = np.arange(1, 8_001)
    table.append(ids, [None, pa.array(ids * 2**34), 4])
    table.finish([SQL])
    pages = {page for page, _ in table._leaves}
    assert forbidden not in pages
    assert {forbidden - 1, forbidden + 1} <= pages
    assert read(tmp_path / "packed.db", "SELECT count(*), sum(whole) FROM t") == [(8_000, int((ids * 2**34).sum()))]


def test_rows_out_of_order_and_long_texts_are_defects(tmp_path: Path) -> None:
    table = PackedTable("t", tmp_path / "packed.db")
    table.append(np.array([1, 2]), [None, 3])
    for ids in ([2, 3], [9, 8]):
        with pytest.raises(ValueError, match="in order"):
            table.append(np.array(ids), [None, 3])
    with pytest.raises(ValueError, match="58 bytes"):
        table.append(np.array([5]), [None, pa.array(["x" * 58])])
    table.close()


def test_a_record_of_many_columns_has_a_long_head(tmp_path: Path) -> None:
    names = [f"column_{number}" for number in range(200)]
    table = PackedTable("t", tmp_path / "packed.db")
    values = pa.array([2**50, None, 3])
    table.append(np.array([1, 2, 3]), [None, *[values] * 200])
    table.finish([f"CREATE TABLE t (id INTEGER PRIMARY KEY, {', '.join(f'{name} INTEGER' for name in names)})"])
    assert read(tmp_path / "packed.db") == [(1, *[2**50] * 200), (2, *[None] * 200), (3, *[3] * 200)]
