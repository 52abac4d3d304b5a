"""The imports ledger and the quarantine as SQL: rows in, frozen values out.

The ledger always reconciles: rows read = loaded + filtered + quarantined.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from docops_desktop.store.records import ImportRecord, QuarantinedRow

_JSON = {"filtered": "filtered_json", "mapping": "mapping_json", "privacy": "privacy_json"}
_FIELDS = tuple(ImportRecord.__dataclass_fields__)
_COLUMNS = ", ".join(_JSON.get(name, name) for name in _FIELDS)


def insert_import(connection: sqlite3.Connection, record: ImportRecord, table_rows: Mapping[str, int]) -> None:
    """Write one ledger row, and how many rows the import put into each table."""
    values = [_stored(name, getattr(record, name)) for name in _FIELDS]
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO imports ({_COLUMNS}) VALUES ({marks})", values)
    connection.executemany(
        "INSERT INTO import_tables (import_id, table_name, row_count) VALUES (?, ?, ?)",
        [(record.import_id, table, count) for table, count in table_rows.items()],
    )


def all_imports(connection: sqlite3.Connection) -> tuple[ImportRecord, ...]:
    """Return the ledger, oldest first."""
    return tuple(_record(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM imports ORDER BY import_id"))


def import_by(connection: sqlite3.Connection, column: str, value: int | str) -> ImportRecord | None:
    """Return the first ledger row whose ``column`` (``import_id`` or ``sha256``) has the value."""
    query = f"SELECT {_COLUMNS} FROM imports WHERE {column} = ? ORDER BY import_id LIMIT 1"
    row = connection.execute(query, (value,)).fetchone()
    return None if row is None else _record(row)


def quarantined(connection: sqlite3.Connection, import_id: int | None, limit: int | None) -> tuple[QuarantinedRow, ...]:
    """Return rejected rows in the order of their import and line."""
    query = "SELECT import_id, line, reason, record FROM quarantine WHERE (?1 IS NULL OR import_id = ?1) ORDER BY import_id, line LIMIT ?2"
    rows = connection.execute(query, (import_id, -1 if limit is None else limit))
    return tuple(QuarantinedRow(*row) for row in rows)


def _stored(name: str, value: Any) -> Any:
    return json.dumps(dict(value), ensure_ascii=False, default=str) if name in _JSON else value


def _record(row: tuple[Any, ...]) -> ImportRecord:
    values = dict(zip(_FIELDS, row, strict=True))
    for name in _JSON:
        values[name] = json.loads(values[name] or "{}")
    return ImportRecord(**values)
