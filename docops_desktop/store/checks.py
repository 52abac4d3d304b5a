"""Integrity checks: the file by SQLite's own check, the ledger against the tables, the codes against the dictionaries, the cache against the tables.

Checks only look; they change nothing and build nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from docops_desktop.model.traffic import COUNTED
from docops_desktop.model.wording import counted
from docops_desktop.store import ledger
from docops_desktop.store.columnar_cache import cache_problem, current_cache
from docops_desktop.store.facts import NOT_MEASURED_MS, Facts
from docops_desktop.store.records import CheckResult
from docops_desktop.store.schema import FACT_TABLES, dictionary_table, quoted, session_dimensions
from docops_desktop.store.superseded import RECORDS

if TYPE_CHECKING:
    from docops_desktop.store.workspace import Workspace

SQLITE, LEDGER, TABLES = "sqlite integrity", "ledger reconciles", "ledger against tables"
REFERENCES, CACHE = "references", "cache against tables"


def check_workspace(workspace: Workspace) -> tuple[CheckResult, ...]:
    """Run all checks on one state of the workspace; one that damage keeps from its end has failed, and the others still run."""
    with workspace.snapshot() as connection:
        checks: dict[str, Callable[[], CheckResult]] = {
            SQLITE: lambda: _sqlite(connection),
            LEDGER: lambda: _ledger_reconciles(connection),
            TABLES: lambda: _ledger_against_tables(connection),
            REFERENCES: lambda: _references(connection),
            CACHE: lambda: _cache(workspace, connection),
        }
        return tuple(_finished(name, check) for name, check in checks.items())


def _finished(name: str, check: Callable[[], CheckResult]) -> CheckResult:
    try:
        return check()
    except sqlite3.DatabaseError as error:
        if (error.sqlite_errorcode & 0xFF) not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        return CheckResult(
            name, False, f"the workspace is damaged ({error}); open a backup, or import the exports anew"
        )


def _sqlite(connection: sqlite3.Connection) -> CheckResult:
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
    return CheckResult(SQLITE, found == ["ok"], "; ".join(found))


def _ledger_reconciles(connection: sqlite3.Connection) -> CheckResult:
    records = ledger.all_imports(connection)
    wrong = [
        f"import {r.import_id}: {r.rows_read} read, {r.rows_loaded} loaded, {r.rows_filtered} filtered, {r.rows_quarantined} quarantined"
        for r in records
        if r.rows_read != r.rows_loaded + r.rows_filtered + r.rows_quarantined
        or r.rows_filtered != sum(r.filtered.values())
    ]
    return CheckResult(LEDGER, not wrong, "; ".join(wrong) or counted(len(records), "import"))


def _ledger_against_tables(connection: sqlite3.Connection) -> CheckResult:
    rows = connection.execute("SELECT import_id, table_name, row_count - rows_purged FROM import_tables")
    stated = {(number, table): count for number, table, count in rows}
    found: dict[tuple[int, str], int] = {}
    for table in FACT_TABLES:
        for number, count in connection.execute(f"SELECT import_id, count(*) FROM {table} GROUP BY import_id"):
            found[number, table] = count
    wrong = [
        f"{table} of import {number}: {stated.get((number, table), 0)} rows by the ledger, {found.get((number, table), 0)} in the table"
        for number, table in sorted(stated.keys() | found.keys())
        if stated.get((number, table), 0) != found.get((number, table), 0)
    ]
    return CheckResult(TABLES, not wrong, "; ".join(wrong) or f"{counted(sum(found.values()), 'row')} accounted for")


def _references(connection: sqlite3.Connection) -> CheckResult:
    places = [("sessions", name, dictionary_table(name)) for name in session_dimensions(connection)]
    places += [
        ("page_views", "page_group", "dim_page_group"),
        ("page_views", "page_url", "dim_page_url"),
        ("dim_page_url", "page_group", "dim_page_group"),
    ]
    wrong = []
    for table, column, dictionary in places:
        name = quoted(column)
        query = (
            f"SELECT count(*) FROM {table} WHERE {name} <> 0 AND {name} NOT IN (SELECT id FROM {quoted(dictionary)})"
        )
        (count,) = connection.execute(query).fetchone()
        if count:
            wrong.append(f"{count} rows of {table} have a {column} without a text")
    query = "SELECT count(*) FROM page_views WHERE session_id NOT IN (SELECT session_id FROM sessions)"
    (count,) = connection.execute(query).fetchone()
    if count:
        wrong.append(f"{count} page views without a session")
    for table in RECORDS:
        query = f"SELECT count(*) FROM {table} WHERE superseded_by <> 0 AND superseded_by NOT IN (SELECT import_id FROM imports)"
        (count,) = connection.execute(query).fetchone()
        if count:
            wrong.append(f"{count} rows of {table} give way to an import that is not there")
    return CheckResult(
        REFERENCES, not wrong, "; ".join(wrong) or "every code has its text, every page view its session"
    )


def _cache(workspace: Workspace, connection: sqlite3.Connection) -> CheckResult:
    name = CACHE
    cache = current_cache(workspace)
    if cache is None:
        problem = cache_problem(workspace)
        return CheckResult(
            name, not problem, f"{problem or 'no cache yet'}; it is built anew when the data are next used"
        )
    damaged = cache.damaged_columns(everything=True)
    if damaged:
        return CheckResult(name, False, f"damaged columns: {', '.join(damaged)}; delete {cache.path}")
    expected, found = _totals_of_tables(connection), _totals_of_columns(cache.facts)
    wrong = [
        f"{what}: {expected[what]} in the tables, {found[what]} in the cache"
        for what in expected
        if expected[what] != found[what]
    ]
    return CheckResult(
        name, not wrong, "; ".join(wrong) or ", ".join(f"{count} {what}" for what, count in found.items())
    )


def _totals_of_tables(connection: sqlite3.Connection) -> dict[str, int]:
    classes = ", ".join(str(int(view_class)) for view_class in COUNTED)
    views = connection.execute(
        f"SELECT count(*), ifnull(sum(load_ms >= 0), 0), ifnull(sum(max(load_ms, 0)), 0) FROM page_views WHERE view_class IN ({classes}) "
        "AND session_id IN (SELECT session_id FROM sessions)"
    ).fetchone()
    (sessions,) = connection.execute(
        "SELECT count(DISTINCT nullif(session_key, 0)) + ifnull(sum(session_key = 0), 0) FROM sessions"
    ).fetchone()
    return {"sessions": sessions, "page views": views[0], "measured page views": views[1], "ms of load time": views[2]}


def _totals_of_columns(facts: Facts) -> dict[str, int]:
    load = facts.page_view("load_ms")
    measured = load[load != NOT_MEASURED_MS]
    return {
        "sessions": facts.n_sessions + facts.header.excluded.get("session without a counted page view", 0),
        "page views": facts.n_page_views,
        "measured page views": len(measured),
        "ms of load time": int(measured.sum(dtype=np.int64)),
    }
