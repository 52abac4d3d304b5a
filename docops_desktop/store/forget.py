"""Taking one import out of the workspace, completely: its rows, its rejected rows, its ledger row, and texts that nobody else uses.

Rows of other downloads that did not count because this one had the same records count again.

``PRAGMA secure_delete`` is on for every writing connection, so that removed content is overwritten in the file.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np

from docops_desktop.store.column_reader import read_columns
from docops_desktop.store.schema import DICTIONARY_TABLES, FACT_TABLES, dictionary_table, quoted, session_dimensions
from docops_desktop.store.superseded import count_superseded, settle


def forget_import(connection: sqlite3.Connection, import_id: int) -> None:
    """Remove everything that one import brought; within the caller's transaction."""
    (adapter,) = connection.execute("SELECT adapter FROM imports WHERE import_id = ?", (import_id,)).fetchone()
    for table in (*FACT_TABLES, "import_tables", "imports"):
        connection.execute(f"DELETE FROM {table} WHERE import_id = ?", (import_id,))
    settle(connection, adapter)
    count_superseded(connection)
    remove_orphaned_texts(connection)


def remove_orphaned_texts(connection: sqlite3.Connection) -> int:
    """Remove dictionary texts that no row refers to any more; return how many."""
    users = _users(connection)
    used = {table: {0} for table in (*DICTIONARY_TABLES, *users)}
    by_source: dict[str, list[tuple[str, str]]] = {}
    for table, places in users.items():
        for source, column in places:
            by_source.setdefault(source, []).append((column, table))
    # dim_page_url comes last: its own rows must be gone before its page groups are counted.
    for source in sorted(by_source, key=lambda name: name == "dim_page_url"):
        if source == "dim_page_url":
            _remove(connection, "dim_page_url", used["dim_page_url"])
        columns = [column for column, _ in by_source[source]]
        with closing(
            read_columns(connection, source, {column: f"ifnull({quoted(column)}, 0)" for column in columns})
        ) as blocks:
            for block in blocks:
                for column, table in by_source[source]:
                    used[table].update(np.unique(block[column]).tolist())
    return sum(_remove(connection, table, codes) for table, codes in used.items())


def _users(connection: sqlite3.Connection) -> dict[str, list[tuple[str, str]]]:
    """Return for each dictionary table the (table, column) pairs that refer to it."""
    users: dict[str, list[tuple[str, str]]] = {}
    for name in session_dimensions(connection):
        users.setdefault(dictionary_table(name), []).append(("sessions", name))
    users["dim_page_group"] += [("page_views", "page_group"), ("dim_page_url", "page_group")]
    users["dim_page_url"] = [("page_views", "page_url"), ("resources", "page_url")]
    return users


def _remove(connection: sqlite3.Connection, table: str, used: set[int]) -> int:
    ids = [row[0] for row in connection.execute(f"SELECT id FROM {quoted(table)}")]
    orphans = [(code,) for code in ids if code not in used]
    connection.executemany(f"DELETE FROM {quoted(table)} WHERE id = ?", orphans)
    return len(orphans)
