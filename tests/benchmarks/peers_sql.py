"""The refresh in SQL, for DuckDB and SQLite, as their documentation advises.

DuckDB: the narrowest integer types, rows in order of time (its zone maps skip blocks), no index. SQLite: in memory, covering indexes that begin with what is
filtered by, analysed. Both can repeat the filter in each query or put the filtered rows into temporary tables first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from docops_desktop.store.facts import BEFORE_CONVERSION, FIRST_MEASURED
from tests.benchmarks.peers import LISTED_ROWS, TOP_COLUMNS, TOP_ROWS, Answer, Filters, Layout, Tables, Ways

_ROWS_AT_ONCE = 1_000_000
_KEPT = "start_ms, device_model, carrier, conversions"
Run = Callable[[str], Any]


def duckdb_ways(made: Tables, layout: Layout, threads: int) -> Ways:
    """Return both ways of asking DuckDB."""
    import duckdb

    con = duckdb.connect(config={"threads": threads})
    for name, table in (("sessions", made.sessions), ("views", made.views)):
        con.register("frame", table)
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        con.unregister("frame")
    return _ways(con.execute, layout)


def sqlite_ways(made: Tables, layout: Layout) -> Ways:
    """Return both ways of asking SQLite."""
    con = sqlite3.connect(":memory:")
    con.execute("PRAGMA temp_store = MEMORY")
    for name, table in (("sessions", made.sessions), ("views", made.views)):
        kinds = ["INTEGER PRIMARY KEY" if (name, c) == ("sessions", "session") else "INTEGER" for c in table.columns]
        columns = ", ".join(f"{c} {kind}" for c, kind in zip(table.columns, kinds, strict=True))
        con.execute(f"CREATE TABLE {name} ({columns})")
        marks = ", ".join("?" * len(table.columns))
        for low in range(0, len(table), _ROWS_AT_ONCE):
            part = table.iloc[low : low + _ROWS_AT_ONCE]
            con.executemany(
                f"INSERT INTO {name} VALUES ({marks})", zip(*(part[c].tolist() for c in part.columns), strict=True)
            )
    filtered = "country, browser, start_ms, device_model, carrier"
    con.execute(f"CREATE INDEX by_filter ON sessions ({filtered}, views, conversions, revenue)")
    if layout == "flat":
        con.execute(
            f"CREATE INDEX views_by_filter ON views ({filtered}, load, flags, page_group, session, conversions)"
        )
    else:
        con.execute("CREATE INDEX views_by_session ON views (session, load, flags, page_group)")
    con.commit()
    con.execute("ANALYZE")
    return _ways(con.execute, layout)


def _ways(run: Run, layout: Layout) -> Ways:
    return {
        "filter in each query": lambda f: _repeated(run, f, layout),
        "filtered rows put into temporary tables first": lambda f: _materialised(run, f, layout),
    }


def _repeated(run: Run, f: Filters, layout: Layout) -> Answer:
    clause, window = _conditions(f)
    views = "views" if layout == "flat" else "views JOIN sessions USING (session)"
    return _panels(run, f, "sessions", views, clause, f"{clause} AND {window}")


def _materialised(run: Run, f: Filters, layout: Layout) -> Answer:
    clause, window = _conditions(f)
    for name in ("kept_sessions", "kept_views"):
        run(f"DROP TABLE IF EXISTS {name}")
    run(f"CREATE TEMP TABLE kept_sessions AS SELECT session, {_KEPT}, views, revenue FROM sessions WHERE {clause}")
    source = f"views WHERE {clause}" if layout == "flat" else "views JOIN kept_sessions USING (session)"
    run(f"CREATE TEMP TABLE kept_views AS SELECT session, page_group, load, flags, {_KEPT} FROM {source}")
    return _panels(run, f, "kept_sessions", "kept_views", "TRUE", window)


def _conditions(f: Filters) -> tuple[str, str]:
    return f"country = {f.country} AND browser = {f.browser}", f"start_ms >= {f.start_ms} AND start_ms < {f.end_ms}"


def _panels(run: Run, f: Filters, sessions: str, views: str, clause: str, where: str) -> Answer:
    """Ask the panels' queries; ``where`` has the window too, which the timeline ignores."""

    def ask(query: str) -> list[Any]:
        rows: list[Any] = run(query).fetchall()
        return rows

    place = f"CAST((start_ms - {f.first_ms}) / {f.bin_ms} AS INTEGER)"
    timeline = ask(
        f"SELECT {place} b, COUNT(*), SUM(conversions), SUM(revenue), SUM(views) FROM {sessions} WHERE {clause} GROUP BY b"
    )
    time_hist = ask(f"SELECT {place} b, load, COUNT(*) FROM {views} WHERE {clause} GROUP BY b, load")
    tops = (
        ("top_rows", "device_model", TOP_ROWS),
        ("top_columns", "carrier", TOP_COLUMNS),
        ("listed", "device_model", LISTED_ROWS),
    )
    for name, column, top in tops:
        run(f"DROP TABLE IF EXISTS {name}")
        run(
            f"CREATE TEMP TABLE {name} AS SELECT {column} FROM {sessions} WHERE {where} "
            f"GROUP BY {column} ORDER BY COUNT(*) DESC, {column} LIMIT {top}"
        )
    cell = (
        "CASE WHEN device_model IN (SELECT device_model FROM top_rows) THEN device_model ELSE -1 END r, "
        "CASE WHEN carrier IN (SELECT carrier FROM top_columns) THEN carrier ELSE -1 END c"
    )
    heat = ask(f"SELECT {cell}, COUNT(*) FROM {sessions} WHERE {where} GROUP BY r, c")
    heat_hist = ask(f"SELECT {cell}, load, COUNT(*) FROM {views} WHERE {where} GROUP BY r, c, load")
    segments = ask(
        "SELECT device_model, COUNT(*), SUM(views), SUM(conversions), SUM(CASE WHEN conversions > 0 THEN 1 ELSE 0 END), SUM(revenue) "
        f"FROM {sessions} WHERE {where} GROUP BY device_model ORDER BY 2 DESC, 1"
    )
    ask(
        f"SELECT device_model, load, COUNT(*) FROM {views} WHERE {where} AND device_model IN (SELECT device_model FROM listed) "
        "GROUP BY device_model, load"
    )
    wanted = BEFORE_CONVERSION | FIRST_MEASURED
    exposed = ask(
        "SELECT load, COUNT(*), SUM(CASE WHEN conversions > 0 THEN 1 ELSE 0 END) "
        f"FROM {views} WHERE {where} AND (flags & {wanted}) = {wanted} GROUP BY load"
    )
    pages = ask(f"SELECT page_group, COUNT(DISTINCT session) FROM {views} WHERE {where} GROUP BY page_group")
    page_hist = ask(f"SELECT page_group, load, COUNT(*) FROM {views} WHERE {where} GROUP BY page_group, load")
    return Answer(
        _sum(timeline, 1), _sum(time_hist, 2), _sum(heat, 2), _sum(heat_hist, 3), len(segments), _sum(segments, 5),
        _sum(exposed, 1), _sum(exposed, 2), _sum(pages, 1), _sum(page_hist, 2),
    )  # fmt: skip


def _sum(rows: list[Any], column: int) -> int:
    return int(sum(row[column] for row in rows))
