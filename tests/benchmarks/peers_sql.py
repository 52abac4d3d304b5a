"""The refresh in SQL, for DuckDB and SQLite, as their documentation advises.

DuckDB: the narrowest integer types, rows in order of time (its zone maps skip blocks), no index; percentiles by its ``quantile_disc``, or read from counts by
window functions; counts one after the other, or three at once by grouping sets; results fetched as arrays. SQLite: in memory, covering indexes that begin
with what is filtered by, analysed; percentiles read from counts. In both the filtered rows are either looked for in each query (``each query``), put into
temporary tables beforehand (``all set aside``), or only those inside the window are (``window set aside``), of which all panels but the timeline are made.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, Literal

from tests.benchmarks.peers import (
    CARRIED,
    GROUP_FIRST,
    LISTED_ROWS,
    MIN_SESSIONS,
    SHOWN_FIRST,
    TOP_COLUMNS,
    TOP_ROWS,
    Filters,
    Found,
    Layout,
    Tables,
    Ways,
)

_ROWS_AT_ONCE = 1_000_000
_OF_VIEW = "load, page_group, cell_bin, flags"
_OF_SESSION = ", ".join(CARRIED)
_FIRST = "FILTER (WHERE (flags & 1) = 1)"
Kept = Literal["each query", "all set aside", "window set aside"]
Percentiles = Literal["quantile_disc", "counts", "of few groups by counts", "grouping sets"]


@dataclass(frozen=True)
class _Database:
    """A connection: how a query is run and its rows are fetched, and how whole numbers are divided."""

    run: Callable[[str], Any]
    fetch: Callable[[str], Any]
    division: str


def duckdb_ways(made: Tables, layout: Layout, threads: int) -> Ways:
    """Return the ways of asking DuckDB."""
    import duckdb

    con = duckdb.connect(config={"threads": threads})
    for name, table in _named(made):
        con.register("frame", table)
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        con.unregister("frame")
    db = _Database(con.execute, lambda query: con.execute(query).fetchnumpy(), "//")
    return _ways(db, layout, ("quantile_disc", "counts", "of few groups by counts", "grouping sets"))


def sqlite_ways(made: Tables, layout: Layout) -> Ways:
    """Return the ways of asking SQLite."""
    con = sqlite3.connect(":memory:")
    con.execute("PRAGMA temp_store = MEMORY")
    for name, table in _named(made):
        kinds = [
            "INTEGER PRIMARY KEY" if k == 0 and name not in ("views",) else "INTEGER" for k in range(table.shape[1])
        ]
        if name == "sessions" and layout == "flat":
            kinds[0] = "INTEGER"
        columns = ", ".join(f"{c} {kind}" for c, kind in zip(table.columns, kinds, strict=True))
        con.execute(f"CREATE TABLE {name} ({columns})")
        marks = ", ".join("?" * len(table.columns))
        for low in range(0, len(table), _ROWS_AT_ONCE):
            part = table.iloc[low : low + _ROWS_AT_ONCE]
            con.executemany(
                f"INSERT INTO {name} VALUES ({marks})", zip(*(part[c].tolist() for c in part.columns), strict=True)
            )
    filtered = f"country, browser, {_OF_SESSION}"
    con.execute(f"CREATE INDEX by_filter ON sessions ({filtered}, views)")
    if layout == "flat":
        con.execute(f"CREATE INDEX views_by_filter ON views ({filtered}, {_OF_VIEW})")
    else:
        con.execute(f"CREATE INDEX views_by_session ON views (session, {_OF_VIEW})")
    con.commit()
    con.execute("ANALYZE")
    return _ways(_Database(con.execute, lambda query: con.execute(query).fetchall(), "/"), layout, ("counts",))


def _named(made: Tables) -> list[tuple[str, Any]]:
    return [("sessions", made.sessions), ("views", made.views), ("load_bins", made.load_bins), ("names", made.names)]


def _ways(db: _Database, layout: Layout, percentiles: tuple[Percentiles, ...]) -> Ways:
    kept: tuple[Kept, ...] = ("each query", "all set aside", "window set aside")
    return {
        f"filter: {keep}; percentiles: {how}": partial(_ask, db, layout, keep, how)
        for keep, how in product(kept, percentiles)
    }


def _ask(db: _Database, layout: Layout, kept: Kept, how: Percentiles, f: Filters) -> Found:
    """Ask the question; what was made for it is dropped again."""
    asking = _Asking(db, f, how)
    try:
        return asking.panels(layout, kept)
    finally:
        asking.drop()


class _Asking:
    """One question: its relations, and the queries on them.

    Relations: ``s`` sessions and ``v`` page views over all time, ``ws`` and ``wv`` those inside the window, ``cs`` and ``cv`` the same with their place in
    the heatmap (``r``, ``c``) and in the segment table (``listed``, null where they have none).
    """

    def __init__(self, db: _Database, f: Filters, how: Percentiles) -> None:
        self.db, self.f, self.how = db, f, how
        self.made: list[tuple[str, str]] = []

    def panels(self, layout: Layout, kept: Kept) -> Found:
        """Return all panels."""
        ask = self.db.fetch
        self._rows(layout, kept)
        self._tops()
        self._window(layout, kept)
        heat, listed, pages = self._loads()
        page_groups = (
            "SELECT page_group, SUM(n) page_views, SUM(first) sessions, SUM(converting) converting, SUM(conversions) conversions, SUM(revenue) revenue, "
            f"CAST(SUM(converting) AS DOUBLE) / SUM(first) share FROM {pages} GROUP BY page_group ORDER BY 2 DESC, 1"
        )
        return {
            "timeline": ask(
                "SELECT bin, sessions, page_views, conversions, revenue, COALESCE(p50, 0) p50, COALESCE(p75, 0) p75 FROM (SELECT "
                "bin, COUNT(*) sessions, SUM(views) page_views, SUM(conversions) conversions, SUM(revenue) revenue FROM s GROUP BY bin) LEFT JOIN "
                f"({self._percentiles('v', 'bin', 50, 75)}) USING (bin)"
            ),
            "rows": ask("SELECT device_model FROM top_rows ORDER BY sessions DESC, device_model"),
            "columns": ask("SELECT carrier FROM top_columns ORDER BY sessions DESC, carrier"),
            "heatmap": ask(
                f"SELECT r, c, sessions, CASE WHEN sessions < {MIN_SESSIONS} THEN 0 ELSE COALESCE(p75, 0) END p75 FROM "
                f"(SELECT r, c, COUNT(*) sessions FROM cs GROUP BY r, c) LEFT JOIN ({heat}) USING (r, c)"
            ),
            "segments": ask(
                "SELECT device_model, sessions, page_views, conversions, CAST(converting AS DOUBLE) / sessions rate, revenue, COALESCE(p75, 0) p75 "
                f"FROM listed LEFT JOIN ({listed}) USING (listed) ORDER BY sessions DESC, rank"
            ),
            "distribution": ask(
                f"SELECT bin, SUM(n) sessions, SUM(m) converting, CASE WHEN SUM(n) >= {MIN_SESSIONS} THEN CAST(SUM(m) AS DOUBLE) / SUM(n) END rate FROM "
                f"(SELECT load, COUNT(*) n, COUNT(*) FILTER (WHERE conversions > 0) m FROM wv WHERE (flags & {SHOWN_FIRST}) = {SHOWN_FIRST} GROUP BY load) "
                "JOIN load_bins USING (load) GROUP BY bin"
            ),
            "page_groups": ask(page_groups),
            "page_loads": ask(f"SELECT page_group, load, n page_views FROM {pages}"),
            "page_cells": ask(
                "SELECT page_group, stratum, cell_bin, COUNT(*) sessions, COUNT(*) FILTER (WHERE conversions > 0) converting, SUM(revenue) revenue, "
                f"SUM(CAST(revenue AS BIGINT) * revenue) squares FROM wv WHERE (flags & {GROUP_FIRST}) = {GROUP_FIRST} AND load > 0 "
                "GROUP BY page_group, stratum, cell_bin"
            ),
            "strata": ask("SELECT stratum, COUNT(*) sessions FROM ws GROUP BY stratum"),
            "whole": ask(
                'SELECT * FROM (SELECT COUNT(*) "groups", COALESCE(SUM(sessions), 0) sessions, COALESCE(SUM(page_views), 0) page_views, '
                "COALESCE(SUM(converting), 0) converting, COALESCE(SUM(conversions), 0) conversions, COALESCE(SUM(revenue), 0) revenue FROM segments), "
                "(SELECT COALESCE(MAX(p50), 0) p50, COALESCE(MAX(p75), 0) p75, COALESCE(MAX(p95), 0) p95, COALESCE(MAX(total), 0) measured FROM ("
                f"{_from_counts(f'SELECT 1 one, load, SUM(n) n FROM {pages} WHERE load > 0 GROUP BY load', 'one', 50, 75, 95)}))"
            ),
        }

    def _rows(self, layout: Layout, kept: Kept) -> None:
        """Make the relations over all time, and the sessions of the window."""
        f = self.f
        clause = f"country = {f.country} AND browser = {f.browser}"
        key = "session, " if layout == "joined" else ""
        all_kind = "TABLE" if kept == "all set aside" else "VIEW"
        place = f"CAST((start_ms - {f.first_ms}) {self.db.division} {f.bin_ms} AS SMALLINT) bin"
        self._make(all_kind, "s", f"SELECT {key}{_OF_SESSION}, views, {place} FROM sessions WHERE {clause}")
        source, bins = (
            ("s JOIN views USING (session)", "bin") if layout == "joined" else (f"views WHERE {clause}", place)
        )
        self._make(all_kind, "v", f"SELECT {_OF_SESSION}, {_OF_VIEW}, {bins} FROM {source}")
        self.inside = f"start_ms >= {f.start_ms} AND start_ms < {f.end_ms}"
        self._make("TABLE" if kept == "window set aside" else "VIEW", "ws", f"SELECT * FROM s WHERE {self.inside}")

    def _tops(self) -> None:
        """Make the segments, and choose what is listed."""
        self._make(
            "TABLE",
            "segments",
            "SELECT device_model, COUNT(*) sessions, SUM(views) page_views, SUM(conversions) conversions, "
            "COUNT(*) FILTER (WHERE conversions > 0) converting, SUM(revenue) revenue FROM ws GROUP BY device_model",
        )
        first = "ORDER BY sessions DESC, {0} LIMIT {1}"
        self._make(
            "TABLE",
            "top_rows",
            f"SELECT device_model, device_model r, sessions FROM segments {first.format('device_model', TOP_ROWS)}",
        )
        self._make(
            "TABLE",
            "top_columns",
            f"SELECT carrier, carrier c, COUNT(*) sessions FROM ws GROUP BY carrier {first.format('carrier', TOP_COLUMNS)}",
        )
        self._make(
            "TABLE",
            "listed",
            f"SELECT *, device_model listed FROM segments JOIN names USING (device_model) {first.format('rank', LISTED_ROWS)}",
        )

    def _window(self, layout: Layout, kept: Kept) -> None:
        """Make the page views of the window, and those and the sessions with their places."""
        places = "LEFT JOIN top_rows USING (device_model) LEFT JOIN top_columns USING (carrier) LEFT JOIN listed USING (device_model)"
        r, c = "COALESCE(r, -1) r", "COALESCE(c, -1) c"
        of_session = ", ".join(f"x.{name} {name}" for name in CARRIED)
        of_view = ", ".join(f"x.{name} {name}" for name in _OF_VIEW.split(", "))
        key = "x.session session, " if layout == "joined" else ""
        aside = kept == "window set aside"
        self._make("TABLE" if aside else "VIEW", "cs", f"SELECT {key}{of_session}, {r}, {c}, listed FROM ws x {places}")
        if aside and layout == "joined":
            self._make(
                "TABLE", "cv", f"SELECT {_OF_SESSION}, r, c, listed, {_OF_VIEW} FROM cs JOIN views USING (session)"
            )
            self._make("VIEW", "wv", "SELECT * FROM cv")
        elif aside:
            source = f"(SELECT * FROM v WHERE {self.inside}) x {places}"
            self._make("TABLE", "cv", f"SELECT {of_session}, {of_view}, {r}, {c}, listed FROM {source}")
            self._make("VIEW", "wv", "SELECT * FROM cv")
        else:
            self._make("VIEW", "wv", f"SELECT * FROM v WHERE {self.inside}")
            self._make("VIEW", "cv", f"SELECT {of_session}, {of_view}, {r}, {c}, listed FROM wv x {places}")

    def _loads(self) -> tuple[str, str, str]:
        """Return queries of the percentiles by cell and by listed segment, and the relation of page views by page group and load code."""
        of_group = (
            f"COUNT(*) n, COUNT(*) {_FIRST} first, COUNT(*) FILTER (WHERE (flags & 1) = 1 AND conversions > 0) converting, "
            f"SUM(conversions) {_FIRST} conversions, SUM(revenue) {_FIRST} revenue"
        )
        if self.how != "grouping sets":
            self._make("TABLE", "page_loads", f"SELECT page_group, load, {of_group} FROM wv GROUP BY page_group, load")
            heat = self._percentiles("cv", "r, c", 75)
            return (
                heat,
                self._percentiles("(SELECT listed, load FROM cv WHERE listed IS NOT NULL)", "listed", 75),
                "page_loads",
            )
        self._make(
            "TABLE",
            "loads",
            f"SELECT r, c, listed, page_group, load, {of_group}, GROUPING(r, listed, page_group) which FROM cv "
            "GROUP BY GROUPING SETS ((r, c, load), (listed, load), (page_group, load))",
        )
        heat = _from_counts("SELECT r, c, load, n FROM loads WHERE which = 3 AND load > 0", "r, c", 75)
        listed = _from_counts(
            "SELECT listed, load, n FROM loads WHERE which = 5 AND listed IS NOT NULL AND load > 0", "listed", 75
        )
        return heat, listed, "(SELECT * FROM loads WHERE which = 6)"

    def _percentiles(self, relation: str, keys: str, *shares: int) -> str:
        """Return a query of percentiles by keys over a relation of page views."""
        if self.how == "quantile_disc" or (self.how == "of few groups by counts" and keys != "bin"):
            read = ", ".join(f"q[{k + 1}] p{share}" for k, share in enumerate(shares))
            wanted = ", ".join(f"0.{share}" for share in shares)
            return f"SELECT {keys}, {read} FROM (SELECT {keys}, quantile_disc(load, [{wanted}]) q FROM {relation} WHERE load > 0 GROUP BY {keys})"
        return _from_counts(
            f"SELECT {keys}, load, COUNT(*) n FROM {relation} WHERE load > 0 GROUP BY {keys}, load", keys, *shares
        )

    def _make(self, kind: str, name: str, query: str) -> None:
        self.db.run(f"CREATE TEMP {kind} {name} AS {query}")
        self.made.append((kind, name))

    def drop(self) -> None:
        """Drop what was made."""
        for kind, name in reversed(self.made):
            self.db.run(f"DROP {kind} {name}")


def _from_counts(counts: str, keys: str, *shares: int) -> str:
    """Return a query that reads percentiles from counts ``n`` by keys and load code."""
    read = ", ".join(f"MIN(load) FILTER (WHERE 100 * upto >= {share} * total) p{share}" for share in shares)
    return (
        f"SELECT {keys}, {read}, MAX(total) total FROM (SELECT *, SUM(n) OVER (PARTITION BY {keys} ORDER BY load ROWS UNBOUNDED PRECEDING) upto, "
        f"SUM(n) OVER (PARTITION BY {keys}) total FROM ({counts})) GROUP BY {keys}"
    )
