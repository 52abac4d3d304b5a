"""One writer at a time: a lock that two importers of the same workspace can't hold both.

SQLite's own file locks do the work on a small lock file, so that it behaves alike on all systems and ends with its process, however that ends.
Short writes (a finding, a note) do not take it; SQLite serialises those.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from docops_desktop.store.sqlite_errors import locked, translated

LOCK_NAME = "writer.lock"
WAIT_S = 0.25


class WriterLock:
    """The exclusive right to import, forget or change definitions; released by ``release`` or at the end of the process."""

    def __init__(self, workspace: Path, folder: Path, wait_s: float = WAIT_S) -> None:
        """Take the lock, which may take ``wait_s``.

        Raises:
            WorkspaceError: another thread or program holds it.
        """
        with translated(workspace):
            self._connection = sqlite3.connect(
                folder / LOCK_NAME, timeout=wait_s, isolation_level=None, check_same_thread=False
            )
            try:
                self._connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                self._connection.close()
                if (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_BUSY:
                    raise locked(workspace) from error
                raise

    def release(self) -> None:
        """Give the lock back; more than once does no harm."""
        self._connection.close()
