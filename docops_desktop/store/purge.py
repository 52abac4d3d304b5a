"""Retention: every row of before a time goes, of all grains, with what could tell of it: rejected rows, texts that nobody else uses, log, cache.

A session goes or stays as a whole, by its start, as a span selects it: what is computed of the time from there on is the same before and after.
A row without a time of its own (a rejected one, a figure without a span) is as old as the oldest row of its import may be, or, in an import
without any time, as old as the import. The ledger keeps its rows and says how many rows were purged.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from docops_desktop.store import meta
from docops_desktop.store.forget import remove_orphaned_texts
from docops_desktop.store.leftovers import remove_leftovers
from docops_desktop.store.schema import FACT_TABLES
from docops_desktop.store.superseded import count_superseded

PURGES_KEY = "purges"
"""Where ``definitions`` keeps what was purged when."""

_OWN_TIME = {
    "sessions": "start_ms",
    "orders": "time_ms",
    "email_events": "time_ms",
    "resources": "time_ms",
    "exposures": "time_ms",
    "leads": "time_ms",
    "opportunities": "created_ms",
    "aggregates": "coalesce(nullif(end_ms, 0), start_ms)",
    "campaign_days": None,
    "quarantine": None,
    "aliases": None,
}
"""The time of a table's rows; page views go with their session, days are texts, rejected rows and aliases have none."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge did.

    Attributes:
        rows: removed rows by table; by_import: by import.
        texts: texts of dictionaries that went because no row is left that uses them.
        backups: copies of the workspace, made before it was brought up to date, that still hold the rows.
        log_emptied: False when another program keeps the write-ahead log from being emptied: it may still hold removed rows.
    """

    before_ms: int
    rows: Mapping[str, int] = field(default_factory=dict)
    by_import: Mapping[int, int] = field(default_factory=dict)
    texts: int = 0
    backups: tuple[Path, ...] = ()
    log_emptied: bool = True

    @property
    def total(self) -> int:
        """All removed rows."""
        return sum(self.rows.values())


def purge_rows(connection: sqlite3.Connection, before_ms: int) -> Purged:
    """Remove everything of before ``before_ms`` (UTC epoch ms); within the caller's transaction."""
    before = _counts(connection)
    _remove(connection, before_ms)
    after = _counts(connection)
    gone = {key: count - after.get(key, 0) for key, count in before.items() if count != after.get(key, 0)}
    for (import_id, table), count in gone.items():
        connection.execute(
            "UPDATE import_tables SET rows_purged = rows_purged + ? WHERE import_id = ? AND table_name = ?",
            (count, import_id, table),
        )
    by_table, by_import = _sums(gone, 1), _sums(gone, 0)
    for import_id, count in by_import.items():
        connection.execute("UPDATE imports SET rows_purged = rows_purged + ? WHERE import_id = ?", (count, import_id))
        _correct_span(connection, import_id)
    count_superseded(connection)
    texts = remove_orphaned_texts(connection) if gone else 0
    purged = Purged(before_ms, by_table, by_import, texts)
    _note(connection, purged)
    return purged


def past_purges(connection: sqlite3.Connection) -> tuple[dict[str, Any], ...]:
    """Return what was purged when: ``before_ms``, ``purged_at_ms``, ``rows`` by table; oldest first."""
    return tuple(meta.read_json(connection, PURGES_KEY) or ())


def backups_of(path: Path) -> tuple[Path, ...]:
    """Return the copies that were made when the workspace was brought up to date."""
    return tuple(sorted(path.parent.glob(f"{path.name}.v*.backup*")))


def compact(connection: sqlite3.Connection, folder: Path) -> None:
    """Write the file anew without free space, and remove what a killed import left in its folder; outside of any transaction, under the writer lock."""
    remove_leftovers(folder)
    connection.execute("PRAGMA temp_store=FILE")  # the copy that VACUUM makes may be larger than the memory
    connection.execute("VACUUM")


def _remove(connection: sqlite3.Connection, before_ms: int) -> None:
    zone = ZoneInfo(meta.read_definitions(connection).time_zone)
    values = {"before": before_ms, "day": datetime.fromtimestamp(before_ms / 1000, tz=zone).date().isoformat()}
    oldest = connection.execute(
        "SELECT import_id FROM imports WHERE coalesce(first_time_ms, imported_at_ms) < :before "
        "UNION SELECT import_id FROM campaign_days WHERE day < :day",
        values,
    )
    older = f"import_id IN ({', '.join(str(int(number)) for (number,) in oldest) or 'NULL'})"
    connection.execute(
        "DELETE FROM page_views WHERE session_id IN (SELECT session_id FROM sessions WHERE start_ms < :before) "
        "OR (time_ms < :before AND session_id NOT IN (SELECT session_id FROM sessions))",
        values,
    )
    for table, column in _OWN_TIME.items():
        if table == "campaign_days":
            old = f"(day IS NOT NULL AND day < :day) OR (day IS NULL AND {older})"
        elif column is None:
            old = older
        elif table == "sessions":
            old = f"{column} < :before"
        else:
            old = f"(ifnull({column}, 0) > 0 AND {column} < :before) OR (ifnull({column}, 0) <= 0 AND {older})"
        connection.execute(f"DELETE FROM {table} WHERE {old}", values)


def _counts(connection: sqlite3.Connection) -> dict[tuple[int, str], int]:
    return {
        (number, table): count
        for table in FACT_TABLES
        for number, count in connection.execute(f"SELECT import_id, count(*) FROM {table} GROUP BY import_id")
    }


def _sums(gone: Mapping[tuple[int, str], int], part: int) -> dict[Any, int]:
    sums: dict[Any, int] = {}
    for key, count in gone.items():
        sums[key[part]] = sums.get(key[part], 0) + count
    return sums


def _correct_span(connection: sqlite3.Connection, import_id: int) -> None:
    """The ledger names the times of the rows that are there."""
    spans = [("sessions", "start_ms", "end_ms"), ("page_views", "time_ms", "time_ms")]
    midnight = "strftime('%s', day) * 1000"
    spans += [("campaign_days", midnight, midnight)]
    spans += [("aggregates", "nullif(start_ms, 0)", "nullif(end_ms, 0)")]
    spans += [
        (table, f"nullif({column}, 0)", f"nullif({column}, 0)")
        for table, column in _OWN_TIME.items()
        if column is not None and table not in ("sessions", "aggregates")
    ]
    found = " UNION ALL ".join(
        f"SELECT min({first}) AS a, max({last}) AS b FROM {table} WHERE import_id = :id" for table, first, last in spans
    )
    connection.execute(
        f"UPDATE imports SET (first_time_ms, last_time_ms) = (SELECT min(a), max(b) FROM ({found})) "
        "WHERE import_id = :id",
        {"id": import_id},
    )


def _note(connection: sqlite3.Connection, purged: Purged) -> None:
    entry = {
        "before_ms": purged.before_ms,
        "purged_at_ms": int(time.time() * 1000),
        "rows": dict(purged.rows),
        "texts": purged.texts,
    }
    meta.write_json(connection, PURGES_KEY, [*past_purges(connection), entry])
