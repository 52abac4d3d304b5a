"""What is remembered of the files of followed folders: how much of each is loaded, and by what it is recognised again.

One row per content: a file that was replaced by another under its name keeps its row (``is_current`` 0), so that the old content is known when it
turns up under another name (a rotated log, a copy). Rows are written in the transaction of the import that they tell of.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from typing import Any

from docops_desktop.model.errors import WorkspaceError
from docops_desktop.store.records import FollowedFile

_JSON = {"decided": "decided_json"}
_FIELDS = tuple(name for name in FollowedFile.__dataclass_fields__ if name != "followed_file_id")
_COLUMNS = ", ".join(_JSON.get(name, name) for name in _FIELDS)


def all_followed(connection: sqlite3.Connection) -> tuple[FollowedFile, ...]:
    """Return what is known of followed files, oldest first."""
    query = f"SELECT {_COLUMNS}, followed_file_id FROM followed_files ORDER BY followed_file_id"
    return tuple(_record(row) for row in connection.execute(query))


def save_followed(connection: sqlite3.Connection, file: FollowedFile, before: FollowedFile | None) -> FollowedFile:
    """Write a row: a new one (id 0), which takes the path over from an older content, or a new state of the row; return it with its id.

    Args:
        before: the current row of this path as it was when the state was found out, None when there was none.

    Raises:
        WorkspaceError: the path's row is another one by now: another program follows the same folder.
    """
    found = connection.execute(
        f"SELECT {_COLUMNS}, followed_file_id FROM followed_files WHERE path = ? AND is_current", (file.path,)
    ).fetchone()
    if (None if found is None else _record(found)) != before:
        raise WorkspaceError(
            "another program follows the same folder into this workspace",
            file.path,
            "Nothing is loaded twice; stop one of the two",
        )
    values = [_stored(getattr(file, name), name) for name in _FIELDS]
    if file.followed_file_id:
        names = ", ".join(f"{_JSON.get(name, name)} = ?" for name in _FIELDS)
        connection.execute(
            f"UPDATE followed_files SET {names} WHERE followed_file_id = ?", (*values, file.followed_file_id)
        )
        return file
    connection.execute("UPDATE followed_files SET is_current = 0 WHERE path = ?", (file.path,))
    marks = ", ".join("?" * len(_FIELDS))
    cursor = connection.execute(f"INSERT INTO followed_files ({_COLUMNS}) VALUES ({marks})", values)
    return replace(file, followed_file_id=int(cursor.lastrowid or 0))


def open_sessions(connection: sqlite3.Connection, adapter: str, since_ms: int) -> list[tuple[int, int, int]]:
    """Return (user key, session key, end ms) of sessions that followed files of one system brought and that were alive at ``since_ms`` or later."""
    imports = connection.execute(
        "SELECT import_id FROM imports WHERE adapter = ? AND last_time_ms >= ? AND json_extract(mapping_json, '$.followed') IS NOT NULL",
        (adapter, since_ms),
    )
    ids = ", ".join(str(int(number)) for (number,) in imports)
    if not ids:
        return []
    query = f"SELECT user_key, session_key, end_ms FROM sessions WHERE import_id IN ({ids}) AND end_ms >= ? AND user_key != 0 AND session_key != 0"
    return connection.execute(query, (since_ms,)).fetchall()


def _stored(value: Any, name: str) -> Any:
    if name in _JSON:
        return json.dumps(dict(value), ensure_ascii=False)
    return int(value) if isinstance(value, bool) else value


def _record(row: tuple[Any, ...]) -> FollowedFile:
    values = dict(zip((*_FIELDS, "followed_file_id"), row, strict=True))
    values["decided"] = json.loads(values["decided"] or "{}")
    for name in ("is_current", "appendable"):
        values[name] = bool(values[name])
    return FollowedFile(**values)
