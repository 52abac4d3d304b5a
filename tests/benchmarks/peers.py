"""The same refresh, written for DuckDB, Polars, pandas and SQLite as their documentation advises.

Peers get what suits them: integer codes, and a flat page-view table that already carries the session's columns, so that they need no join. Percentiles
are read from counts per group and load code everywhere, so that the answers are equal to the last count. Each peer returns the same figures
(``Answer``), by which the runs are compared.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from docops_desktop.store.facts import BEFORE_CONVERSION, FIRST_MEASURED, Facts

TOP_ROWS, TOP_COLUMNS = 100, 50
_ROWS_AT_ONCE = 1_000_000
SESSION_COLUMNS = ("device_model", "carrier", "country", "browser")


@dataclass(frozen=True)
class Filters:
    """Rows that count: a span of time, a country, a browser (codes)."""

    start_ms: int
    end_ms: int
    country: int
    browser: int
    bin_ms: int
    first_ms: int


@dataclass(frozen=True)
class Answer:
    """Sums by which answers are compared: sessions and measured views of each panel."""

    timeline_sessions: int
    timeline_views: int
    heatmap_sessions: int
    heatmap_views: int
    segments: int
    segment_revenue: int
    exposures: int
    exposed_converting: int
    page_sessions: int
    page_views: int


def tables(facts: Facts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return sessions and flat page views, narrow integer columns."""
    sessions = pd.DataFrame(
        {name: facts.session(name) for name in ("start_ms", *SESSION_COLUMNS, "views", "conversions", "revenue")}
    )
    counts = np.diff(facts.session("view_offset").astype(np.int64))
    owner = np.repeat(np.arange(facts.n_sessions, dtype=np.int32), counts)
    views = {"session": owner} | {name: facts.page_view(name) for name in ("page_group", "load", "flags")}
    for name in ("start_ms", *SESSION_COLUMNS, "conversions"):
        views[name] = facts.session(name)[owner]
    return sessions, pd.DataFrame(views)


def duckdb_refresh(sessions: pd.DataFrame, views: pd.DataFrame, threads: int) -> Callable[[Filters], Answer]:
    import duckdb

    con = duckdb.connect(config={"threads": threads})
    con.register("s", sessions)
    con.register("v", views)
    con.execute("CREATE TABLE sessions AS SELECT * FROM s")
    con.execute("CREATE TABLE views AS SELECT * FROM v")
    con.unregister("s")
    con.unregister("v")
    return lambda f: _sql_refresh(lambda q: con.execute(q).fetchall(), f, con.execute)


def sqlite_refresh(sessions: pd.DataFrame, views: pd.DataFrame) -> Callable[[Filters], Answer]:
    """In memory, with an index on what is filtered by, analysed."""
    con = sqlite3.connect(":memory:")
    for name, table in (("sessions", sessions), ("views", views)):
        con.execute(f"CREATE TABLE {name} ({', '.join(f'{c} INTEGER' for c in table.columns)})")
        marks = ", ".join("?" * len(table.columns))
        for low in range(0, len(table), _ROWS_AT_ONCE):
            part = table.iloc[low : low + _ROWS_AT_ONCE]
            con.executemany(
                f"INSERT INTO {name} VALUES ({marks})", zip(*(part[c].tolist() for c in part.columns), strict=True)
            )
        con.execute(f"CREATE INDEX {name}_filter ON {name} (country, browser, start_ms)")
    con.commit()
    con.execute("ANALYZE")
    return lambda f: _sql_refresh(lambda q: con.execute(q).fetchall(), f, con.execute)


def _sql_refresh(ask: Callable[[str], list[Any]], f: Filters, run: Callable[[str], Any]) -> Answer:
    clause = f"country = {f.country} AND browser = {f.browser}"
    where = f"{clause} AND start_ms >= {f.start_ms} AND start_ms < {f.end_ms}"
    place = f"CAST((start_ms - {f.first_ms}) / {f.bin_ms} AS INTEGER)"
    timeline = ask(
        f"SELECT {place} b, COUNT(*), SUM(conversions), SUM(revenue), SUM(views) FROM sessions WHERE {clause} GROUP BY b"
    )
    time_hist = ask(f"SELECT {place} b, load, COUNT(*) FROM views WHERE {clause} GROUP BY b, load")
    for name, column, top in (("top_rows", "device_model", TOP_ROWS), ("top_columns", "carrier", TOP_COLUMNS)):
        run(f"DROP TABLE IF EXISTS {name}")
        run(
            f"CREATE TEMP TABLE {name} AS SELECT {column} FROM sessions WHERE {where} "
            f"GROUP BY {column} ORDER BY COUNT(*) DESC, {column} LIMIT {top}"
        )
    cell = (
        "CASE WHEN device_model IN (SELECT device_model FROM top_rows) THEN device_model ELSE -1 END r, "
        "CASE WHEN carrier IN (SELECT carrier FROM top_columns) THEN carrier ELSE -1 END c"
    )
    heat = ask(f"SELECT {cell}, COUNT(*) FROM sessions WHERE {where} GROUP BY r, c")
    heat_hist = ask(f"SELECT {cell}, load, COUNT(*) FROM views WHERE {where} GROUP BY r, c, load")
    segments = ask(
        "SELECT device_model, COUNT(*), SUM(views), SUM(conversions), SUM(CASE WHEN conversions > 0 THEN 1 ELSE 0 END), SUM(revenue) "
        f"FROM sessions WHERE {where} GROUP BY device_model ORDER BY 2 DESC, 1"
    )
    ask(
        f"SELECT device_model, load, COUNT(*) FROM views WHERE {where} AND device_model IN (SELECT device_model FROM sessions WHERE {where} "
        "GROUP BY device_model ORDER BY COUNT(*) DESC, device_model LIMIT 500) GROUP BY device_model, load"
    )
    wanted = BEFORE_CONVERSION | FIRST_MEASURED
    exposed = ask(
        f"SELECT load, COUNT(*), SUM(CASE WHEN conversions > 0 THEN 1 ELSE 0 END) FROM views WHERE {where} AND (flags & {wanted}) = {wanted} GROUP BY load"
    )
    pages = ask(f"SELECT page_group, COUNT(DISTINCT session) FROM views WHERE {where} GROUP BY page_group")
    page_hist = ask(f"SELECT page_group, load, COUNT(*) FROM views WHERE {where} GROUP BY page_group, load")
    return Answer(
        _sum(timeline, 1), _sum(time_hist, 2), _sum(heat, 2), _sum(heat_hist, 3), len(segments), _sum(segments, 5),
        _sum(exposed, 1), _sum(exposed, 2), _sum(pages, 1), _sum(page_hist, 2),
    )  # fmt: skip


def _sum(rows: list[Any], column: int) -> int:
    return int(sum(row[column] for row in rows))


def polars_refresh(sessions: pd.DataFrame, views: pd.DataFrame) -> Callable[[Filters], Answer]:
    """Threads are set by POLARS_MAX_THREADS before the import."""
    import polars as pl

    s = pl.DataFrame({c: sessions[c].to_numpy() for c in sessions.columns})
    v = pl.DataFrame({c: views[c].to_numpy() for c in views.columns})

    def refresh(f: Filters) -> Answer:
        clause = (pl.col("country") == f.country) & (pl.col("browser") == f.browser)
        inside = clause & (pl.col("start_ms") >= f.start_ms) & (pl.col("start_ms") < f.end_ms)
        place = ((pl.col("start_ms") - f.first_ms) // f.bin_ms).alias("b")
        kept = s.lazy().filter(inside)
        tops = pl.collect_all(
            [
                kept.group_by(c).len().sort(["len", c], descending=[True, False]).head(n)
                for c, n in (("device_model", TOP_ROWS), ("carrier", TOP_COLUMNS), ("device_model", 500))
            ]
        )
        rows, columns, listed = tops[0]["device_model"], tops[1]["carrier"], tops[2]["device_model"]
        cell = [
            pl.when(pl.col("device_model").is_in(rows.implode()))
            .then(pl.col("device_model").cast(pl.Int32))
            .otherwise(-1)
            .alias("r"),
            pl.when(pl.col("carrier").is_in(columns.implode()))
            .then(pl.col("carrier").cast(pl.Int32))
            .otherwise(-1)
            .alias("c"),
        ]
        seen = v.lazy().filter(inside)
        converting = (pl.col("conversions") > 0).sum().alias("converting")
        wanted = BEFORE_CONVERSION | FIRST_MEASURED
        sums = [pl.col(c).cast(pl.Int64).sum() for c in ("conversions", "revenue", "views")]
        out = pl.collect_all(
            [
                s.lazy().filter(clause).group_by(place).agg(pl.len(), *sums),
                v.lazy().filter(clause).group_by(place, "load").len(),
                kept.group_by(cell).len(),
                seen.group_by([*cell, "load"]).len(),
                kept.group_by("device_model").agg(pl.len(), *sums, converting),
                seen.filter(pl.col("device_model").is_in(listed.implode())).group_by("device_model", "load").len(),
                seen.filter((pl.col("flags") & wanted) == wanted).group_by("load").agg(pl.len(), converting),
                seen.group_by("page_group").agg(pl.col("session").n_unique()),
                seen.group_by("page_group", "load").len(),
            ]
        )
        total = [int(out[i]["len"].sum()) for i in (0, 1, 2, 3)]
        return Answer(
            *total, out[4].height, int(out[4]["revenue"].sum()), int(out[6]["len"].sum()), int(out[6]["converting"].sum()),
            int(out[7]["session"].sum()), int(out[8]["len"].sum()),
        )  # fmt: skip

    return refresh


def pandas_refresh(s: pd.DataFrame, v: pd.DataFrame) -> Callable[[Filters], Answer]:
    def refresh(f: Filters) -> Answer:
        clause_s = (s.country == f.country) & (s.browser == f.browser)
        clause_v = (v.country == f.country) & (v.browser == f.browser)
        all_s, all_v = s[clause_s], v[clause_v]
        kept = all_s[(all_s.start_ms >= f.start_ms) & (all_s.start_ms < f.end_ms)]
        seen = all_v[(all_v.start_ms >= f.start_ms) & (all_v.start_ms < f.end_ms)]
        timeline = all_s.groupby((all_s.start_ms - f.first_ms) // f.bin_ms).agg(
            n=("views", "size"), conversions=("conversions", "sum"), revenue=("revenue", "sum"), views=("views", "sum")
        )
        time_hist = all_v.groupby([(all_v.start_ms - f.first_ms) // f.bin_ms, "load"]).size()
        rows = kept.device_model.value_counts().index[:TOP_ROWS]
        columns = kept.carrier.value_counts().index[:TOP_COLUMNS]

        def cell(t: pd.DataFrame) -> list[Any]:
            r = t.device_model.astype(np.int32).where(t.device_model.isin(rows), -1)
            return [r, t.carrier.astype(np.int32).where(t.carrier.isin(columns), -1)]

        heat, heat_hist = kept.groupby(cell(kept)).size(), seen.groupby([*cell(seen), seen.load]).size()
        converting = kept.conversions > 0
        segments = (
            kept.assign(converting=converting)
            .groupby("device_model")
            .agg(
                n=("views", "size"),
                views=("views", "sum"),
                conversions=("conversions", "sum"),
                converting=("converting", "sum"),
                revenue=("revenue", "sum"),
            )
        )
        listed = segments.n.nlargest(500).index
        seen[seen.device_model.isin(listed)].groupby(["device_model", "load"]).size()
        wanted = BEFORE_CONVERSION | FIRST_MEASURED
        first = seen[(seen["flags"] & wanted) == wanted]
        exposed = (
            first.assign(converting=first.conversions > 0)
            .groupby("load")
            .agg(n=("session", "size"), converting=("converting", "sum"))
        )
        pages = seen.groupby("page_group").session.nunique()
        page_hist = seen.groupby(["page_group", "load"]).size()
        return Answer(
            int(timeline.n.sum()), int(time_hist.sum()), int(heat.sum()), int(heat_hist.sum()), len(segments), int(segments.revenue.sum()),
            int(exposed.n.sum()), int(exposed.converting.sum()), int(pages.sum()), int(page_hist.sum()),
        )  # fmt: skip

    return refresh
