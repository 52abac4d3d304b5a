"""What SQLite's error codes mean to a person: locked, damaged, read-only, disk full, not ours.

Every statement on a workspace runs inside ``translated``, so that nothing above the store ever sees a database exception.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docops_desktop.model.errors import WorkspaceError

_PRIMARY_CODE = 0xFF


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite errors within the block into a ``WorkspaceError`` that names the file and the remedy.

    Raises:
        WorkspaceError: for every condition that a user can meet; programming errors (bad SQL) pass unchanged.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        known = workspace_error(path, error)
        if known is None:
            raise
        raise known from error


def workspace_error(path: Path, error: sqlite3.DatabaseError) -> WorkspaceError | None:
    """Return the error as a person should read it, or None for one that is a defect of the program."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & _PRIMARY_CODE
    where = str(path)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return locked(path)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return WorkspaceError(
            "the workspace can't be written",
            where,
            "Check the file's and folder's permissions, or save a copy elsewhere",
        )
    if code == sqlite3.SQLITE_FULL:
        return disk_full(path)
    if code == sqlite3.SQLITE_NOTADB:
        return not_a_workspace(path)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT):
        return damaged(path, str(error))
    if code == sqlite3.SQLITE_CANTOPEN:
        return WorkspaceError("the workspace can't be opened", where, "Check the file's and folder's permissions")
    if code == sqlite3.SQLITE_IOERR:
        return WorkspaceError(
            "reading or writing the workspace failed", where, "Check the disk, or copy the file to another one"
        )
    return None


def locked(path: Path) -> WorkspaceError:
    """The error for a workspace that another program or import is writing to."""
    return WorkspaceError(
        "the workspace is locked by another import or program",
        str(path),
        "Wait until it is done, or close it, and try again",
    )


def disk_full(path: Path) -> WorkspaceError:
    """The error for a full disk; nothing was changed."""
    return WorkspaceError("the disk is full; the workspace is unchanged", str(path), "Free some space and try again")


def not_a_workspace(path: Path) -> WorkspaceError:
    """The error for a file of another kind."""
    return WorkspaceError(
        "this is not a DocOps workspace", str(path), "Open a .docops file, or import the file into one"
    )


def damaged(path: Path, detail: str) -> WorkspaceError:
    """The error for a workspace whose content does not hold together."""
    return WorkspaceError(
        f"the workspace is damaged ({detail})", str(path), "Open a backup, or import the exports into a new workspace"
    )
