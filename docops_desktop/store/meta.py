"""The workspace's own facts about itself: identity, secret, generation, definitions; key-value rows, each a line of SQL away.

``generation`` rises whenever something changes that the columnar cache is made from.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from docops_desktop.model.definitions import Definitions

DEFINITIONS_KEY = "definitions"


def read_meta(connection: sqlite3.Connection, key: str) -> str:
    """Return one value; raise ``KeyError`` when absent."""
    row = connection.execute("SELECT value FROM workspace_meta WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise KeyError(key)
    return str(row[0])


def write_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Set one value."""
    connection.execute("INSERT OR REPLACE INTO workspace_meta (key, value) VALUES (?, ?)", (key, value))


def generation(connection: sqlite3.Connection) -> int:
    """Return the number of changes of the facts so far."""
    return int(read_meta(connection, "generation"))


def next_generation(connection: sqlite3.Connection) -> None:
    """Count one change of the facts; within the transaction that makes it."""
    write_meta(connection, "generation", str(generation(connection) + 1))


def data_version(connection: sqlite3.Connection) -> str:
    """Return the text that names this state of this workspace's facts."""
    return f"{read_meta(connection, 'workspace_id')[:12]}-{generation(connection)}"


def read_json(connection: sqlite3.Connection, key: str) -> Any:
    """Return the JSON value kept under a key in ``definitions``, or None."""
    row = connection.execute("SELECT value_json FROM definitions WHERE key = ?", (key,)).fetchone()
    return None if row is None else json.loads(row[0])


def write_json(connection: sqlite3.Connection, key: str, value: Any) -> None:
    """Keep a JSON value under a key in ``definitions``."""
    text = json.dumps(value, ensure_ascii=False)
    connection.execute("INSERT OR REPLACE INTO definitions (key, value_json) VALUES (?, ?)", (key, text))


def read_definitions(connection: sqlite3.Connection) -> Definitions:
    """Return the workspace's definitions."""
    return Definitions.from_json(read_json(connection, DEFINITIONS_KEY) or {})
