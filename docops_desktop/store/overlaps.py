"""What happened by earlier imports of one system, so that a download that overlaps one of them does not add up.

Looks, and changes nothing. What is the same event is said here and in ``ingest.overlaps`` only; for records that change after their first export
(campaign days, orders) see ``store.superseded``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass

from docops_desktop.model.traffic import ViewClass
from docops_desktop.store.aliases import Aliases, read_aliases
from docops_desktop.store.column_reader import IntArray, read_columns, rowid_span

EVENTS: dict[str, tuple[str, ...]] = {
    "email_events": ("user_key", "mailing_key", "campaign", "event", "time_ms", "url"),
    "exposures": ("experiment", "variant", "user_key", "session_key", "time_ms"),
    "resources": ("url", "session_key", "time_ms", "start_ms", "duration_ms"),
    "sessions": ("session_key", "start_ms"),
}
"""What tells one event from another, by table; so many equal rows as were loaded are repeats, further ones are events of their own.

A row whose first column is empty or 0 has no identity, and is never a repeat.
"""
TIMES = {"sessions": "start_ms"}
"""Time of a row, when it is not ``time_ms``."""
SEPARATOR = "\x1f"
_FETCHED = 100_000
_NOBODY = "0"


@dataclass(frozen=True, slots=True)
class Span:
    """An earlier import and the time that its rows are of (UTC epoch ms, both inclusive)."""

    import_id: int
    first_ms: int
    last_ms: int


class Earlier:
    """What earlier imports of one system brought.

    Args:
        snapshot: lends a connection of its own.
        adapter: the system.
        path: of the followed file that is being loaded: its other parts are no overlap. "" = none.
    """

    def __init__(
        self, snapshot: Callable[[], AbstractContextManager[sqlite3.Connection]], adapter: str, path: str = ""
    ) -> None:
        self._snapshot = snapshot
        self._adapter = adapter
        self._path = path

    def aliases(self) -> Aliases:
        """Return which identities are one person, by the exports of all systems."""
        with self._snapshot() as connection:
            return read_aliases(connection)

    def spans(self, table: str, *, own_parts: bool = False) -> list[Span]:
        """Return the imports with rows in a table.

        Args:
            own_parts: those of the same followed file, too.
        """
        query = (
            "SELECT import_id, first_time_ms, last_time_ms FROM imports JOIN import_tables USING (import_id) WHERE adapter = ?1 AND table_name = ?3 "
            f"AND row_count > import_tables.rows_purged AND first_time_ms IS NOT NULL AND {_OTHER_FILE}"
        )
        if table == "sessions":  # page views make sessions, too
            query += " AND grain IN ('session', 'cell')"
        with self._snapshot() as connection:
            path = "" if own_parts else self._path
            return [Span(*row) for row in connection.execute(query, (self._adapter, path, table))]

    def events(self, table: str, import_id: int) -> Iterator[list[str]]:
        """Yield the rows that one import brought into a table of ``EVENTS`` as texts of its columns, some at a time."""
        first = EVENTS[table][0]
        query = f"SELECT {_text(EVENTS[table])} FROM {table} WHERE import_id = ? AND ifnull({first}, '') NOT IN ('', '{_NOBODY}')"
        with self._snapshot() as connection:
            cursor = connection.execute(query, (import_id,))
            while rows := cursor.fetchmany(_FETCHED):
                yield [text for (text,) in rows]

    def session_keys(self, import_id: int) -> Iterator[IntArray]:
        """Yield the session keys that one import brought, some at a time."""
        for block in self._columns("sessions", import_id, {"session_key": "session_key"}):
            yield block["session_key"]

    def beacons(self, import_id: int) -> Iterator[IntArray]:
        """Yield the beacon keys of one import's page views (0 = none), some at a time."""
        for block in self._columns("page_views", import_id, {"beacon_key": "ifnull(beacon_key, 0)"}):
            yield block["beacon_key"]

    def views(self, import_id: int, person: str) -> Iterator[dict[str, IntArray]]:
        """Yield one import's page views, some at a time: ``person``, ``time_ms``, ``view_class``, ``page_url``, ``page_group``, ``beacon_key``.

        Args:
            person: ``session_key`` or ``user_key`` of the view's session; or ``run``: the load time of a synthetic run (plus 1), which is nobody's.
        """
        whose = f"(SELECT {person} FROM sessions WHERE sessions.session_id = page_views.session_id)"
        if person == "run":
            whose = f"CASE WHEN view_class = {int(ViewClass.SYNTHETIC)} THEN ifnull(load_ms, 0) + 1 END"
        columns = {"person": f"ifnull({whose}, 0)", "time_ms": "time_ms", "view_class": "view_class"}
        columns |= {name: f"ifnull({name}, 0)" for name in ("page_url", "page_group", "beacon_key")}
        yield from self._columns("page_views", import_id, columns)

    def _columns(self, table: str, import_id: int, columns: dict[str, str]) -> Iterator[dict[str, IntArray]]:
        with self._snapshot() as connection:
            rows = _rows_of(connection, table, import_id)
            with closing(read_columns(connection, table, columns, rows=rows)) as blocks:
                yield from blocks


_OTHER_FILE = "(?2 = '' OR ifnull(json_extract(mapping_json, '$.followed.path'), '') <> ?2)"


def _text(columns: tuple[str, ...]) -> str:
    return f" || '{SEPARATOR}' || ".join(f"ifnull({column}, '')" for column in columns)


def _rows_of(connection: sqlite3.Connection, table: str, import_id: int) -> tuple[int, int]:
    """Return the first rowid of an import's rows and the first behind them: rows stand in the order of their imports."""
    start, last = rowid_span(connection, table)

    def first_from(number: int) -> int:
        low, high = start, last + 1
        while low < high:
            middle = (low + high) // 2
            query = f"SELECT rowid, import_id FROM {table} WHERE rowid >= ? ORDER BY rowid LIMIT 1"
            rowid, owner = connection.execute(query, (middle,)).fetchone()
            low, high = (low, middle) if owner >= number else (rowid + 1, high)
        return low

    return first_from(import_id), first_from(import_id + 1)
