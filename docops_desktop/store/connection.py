"""Opening the workspace file with the standard library's sqlite3: checks that it is ours, and the settings of every connection.

All access to a workspace file goes through this one SQLite library. A second copy of SQLite in the same process (such as the one inside a
bulk loader) must never open it: closing its file handle would drop this process's POSIX locks on the file.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from docops_desktop.model.errors import RequestError, WorkspaceError
from docops_desktop.store.schema import APPLICATION_ID, SCHEMA_VERSION
from docops_desktop.store.sqlite_errors import damaged, not_a_workspace, translated

BUSY_TIMEOUT_S = 10.0
_SQLITE_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100


def connect(path: Path, *, read_only: bool = False, immutable: bool = False) -> sqlite3.Connection:
    """Open a connection in autocommit mode (transactions are begun explicitly) that any thread may use, one at a time.

    Args:
        path: the workspace file; it must exist.
        read_only: never write.
        immutable: the medium can't change; for a file in a folder where SQLite may make no helper files.
    """
    options = "mode=ro" if read_only else "mode=rw"
    uri = f"{path.resolve().as_uri()}?{options}{'&immutable=1' if immutable else ''}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA cache_size=-65536")
        connection.execute("PRAGMA temp_store=MEMORY")
        if not read_only:
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA secure_delete=ON")
    except sqlite3.DatabaseError:  # a pragma is the first to read the file
        connection.close()
        raise
    return connection


def truncate_log(connection: sqlite3.Connection, wait_s: float) -> None:
    """Bring the write-ahead log into the file and empty it, unless a reader still needs it after ``wait_s``.

    Then the log shrinks with a later write; nothing is lost either way.
    """
    (before,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {round(wait_s * 1000)}")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {before}")


def open_existing(path: Path, *, read_only: bool) -> tuple[sqlite3.Connection, bool]:
    """Open a workspace after checking what the file is; return the connection and whether it had to be opened as immutable.

    Raises:
        RequestError: there is no such file.
        WorkspaceError: it is not a workspace, is damaged, or was made by a newer version.
    """
    identify(path)
    with translated(path):
        try:
            return _touched(connect(path, read_only=read_only)), False
        except sqlite3.OperationalError as error:
            blocked = (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
            if not (read_only and blocked):
                raise
        return _open_immutable(path), True


def _open_immutable(path: Path) -> sqlite3.Connection:
    """Open a file beside which SQLite can make no helper files; what stands in a left-over log would be missed, so it must be empty."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise WorkspaceError(
            "the workspace was not closed properly and can't be repaired in a folder that is read-only",
            str(path),
            f"Copy it together with {log.name} to a folder of your own",
        )
    return _touched(connect(path, read_only=True, immutable=True))


def _touched(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The connection, after it has read the file once; it is closed when that fails."""
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def identify(path: Path) -> int:
    """Check by the file's first bytes that it is a workspace this program can read; return its schema version.

    Raises:
        RequestError: there is no such file.
        WorkspaceError: it is not a workspace, is damaged, or was made by a newer version.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError as error:
        raise RequestError(
            "there is no such workspace", str(path), "Check the path, or make a workspace with import or demo"
        ) from error
    except OSError as error:
        raise WorkspaceError(
            f"the workspace can't be read ({error.strerror or error})", str(path), "Check the path and its permissions"
        ) from error
    if len(header) < _HEADER_BYTES or not header.startswith(_SQLITE_MAGIC):
        raise not_a_workspace(path)
    application_id, version = int.from_bytes(header[68:72], "big"), int.from_bytes(header[60:64], "big", signed=True)
    if application_id != APPLICATION_ID:
        raise not_a_workspace(path)
    if version > SCHEMA_VERSION:
        raise WorkspaceError(
            f"the workspace was made by a newer version (layout {version}; this program reads up to {SCHEMA_VERSION})",
            str(path),
            "Update DocOps Desktop",
        )
    if version < 0:
        raise damaged(path, "impossible layout version")
    return version
