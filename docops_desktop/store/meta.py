"""The workspace's own facts about itself: identity, secret, generation, definitions; key-value rows, each a line of SQL away.

``generation`` rises, and ``state`` changes, whenever something changes that the columnar cache is made from.
"""

from __future__ import annotations

import json
import secrets
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


def first_state() -> dict[str, str]:
    """Return the rows that name the state of a new workspace's facts."""
    return {"generation": "0", "state": secrets.token_hex(4)}


def next_generation(connection: sqlite3.Connection) -> None:
    """Count one change of the facts; within the transaction that makes it."""
    write_meta(connection, "generation", str(int(read_meta(connection, "generation")) + 1))
    write_meta(connection, "state", secrets.token_hex(4))


def data_version(connection: sqlite3.Connection) -> str:
    """Return the text that names this state of this workspace's facts.

    The random part tells apart two copies of one workspace that went different ways, such as a restored backup. A workspace
    from before there was one gets it with its next change.
    """
    identity, number = (read_meta(connection, key) for key in ("workspace_id", "generation"))
    row = connection.execute("SELECT value FROM workspace_meta WHERE key = 'state'").fetchone()
    return f"{identity[:12]}-{number}-{'0' if row is None else row[0]}"


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
