"""Bringing an older workspace file up to the current schema: a backup first, then one transaction for all steps.

A step is ``steps[n]``: it takes a connection to a file of layout version ``n`` and leaves it at ``n + 1``. A version that only adds tables
or columns needs no code of its own: ``add_missing`` compares the file with the declared schema.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from docops_desktop.model.errors import WorkspaceError
from docops_desktop.store.schema import SCHEMA_VERSION, add_missing
from docops_desktop.store.superseded import settle_all
from docops_desktop.store.views import create_views

Step = Callable[[sqlite3.Connection], None]


def _say_what_counts(connection: sqlite3.Connection) -> None:
    add_missing(connection)
    settle_all(connection)


STEPS: Mapping[int, Step] = {
    0: add_missing,
    1: add_missing,
    2: add_missing,
    3: add_missing,
    4: add_missing,
    5: add_missing,
    6: _say_what_counts,
}
"""Step from each older layout version to the next one."""


def upgrade(
    connection: sqlite3.Connection, path: Path, steps: Mapping[int, Step] = STEPS, target: int = SCHEMA_VERSION
) -> Path | None:
    """Bring the open file to layout version ``target``; return the backup that was made first, or None when nothing was to be done.

    Raises:
        WorkspaceError: the backup can't be written; the file is unchanged.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version >= target:
        return None
    backup = back_up(connection, path, version)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(version, target):
            steps[number](connection)
        create_views(connection)
        connection.execute(f"PRAGMA user_version = {target}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return backup


def back_up(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    """Copy the workspace to ``NAME.docops.v<version>.backup`` beside it; an older backup of that version is kept under a number.

    Raises:
        WorkspaceError: the copy can't be written.
    """
    target = path.with_name(f"{path.name}.v{version}.backup")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.v{version}.backup{number}")
    unfinished = target.with_name(f"{target.name}.part")
    try:
        copy = sqlite3.connect(unfinished)
        try:
            connection.backup(copy)
        finally:
            copy.close()
        unfinished.replace(target)
    except (OSError, sqlite3.Error) as error:
        for leftover in (unfinished, unfinished.with_name(f"{unfinished.name}-journal")):
            leftover.unlink(missing_ok=True)
        raise WorkspaceError(
            f"the workspace must be brought up to date, but its backup can't be written ({error})",
            str(target),
            "Free some space or make the folder writable",
        ) from error
    return target
