"""The one transaction in which an import's rows enter the workspace, on a connection of its own.

Complete parts of a large table may enter it while the others are still being read: the copy needs a core for itself, and SQLite leaves the
interpreter free. From the first of them on the workspace's write lock is held, so that other short writes wait for the import; readers go on,
with the state before it. Nothing is decided here: what is copied stays invisible until the commit, and is gone when there is none.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from docops_desktop.model.errors import WorkspaceError
from docops_desktop.store import meta
from docops_desktop.store.connection import connect, truncate_log
from docops_desktop.store.packed_table import PackedTable
from docops_desktop.store.sqlite_errors import translated
from docops_desktop.store.watched import Watched
from docops_desktop.store.worker import Worker

EARLY_PARTS = 7
"""Parts that may be copied early: SQLite attaches ten files at most, and the end of the import needs some, too."""
_MAPPED_BYTES = 1 << 40
_LOOK_S = 0.02
_LOG_WAIT_S = 0.1


class ImportTransaction:
    """Begun when the first rows are copied; ends with ``commit`` or ``close``."""

    def __init__(self, path: Path, begun_on: str) -> None:
        """Open the connection.

        Args:
            path: the workspace.
            begun_on: the data version that the import's ids and codes build upon.
        """
        self._path = path
        self._begun_on = begun_on
        self._begun = False
        self._stopped = threading.Event()
        self._worker = Worker("copy", EARLY_PARTS)
        self._left: list[PackedTable] = []
        self._attached: list[str] = []
        self.copied: Counter[str] = Counter()
        with translated(path):
            self.connection = connect(path)

    def copy_early(self, part: PackedTable) -> None:
        """Copy a part while the caller goes on; where another program is writing just now, it is left for the end.

        Raises:
            WorkspaceError: what went wrong with an earlier part.
        """
        self._worker.do(lambda: self._copy_early(part))

    def _copy_early(self, part: PackedTable) -> None:
        self._left.append(part)
        try:
            with translated(self._path):
                if not self._stopped.is_set() and (self._begun or self._begin_if_free()):
                    while self._left and not self._stopped.is_set():
                        self._copy(self._left[0])
                        del self._left[0]
        except BaseException:
            self._stopped.set()  # some errors end the transaction: no row may come after them
            raise

    def wait_early(self, check: Callable[[], None]) -> None:
        """Return when everything that was to be copied early is copied, or left.

        Args:
            check: called all the time; it may raise to give up.

        Raises:
            WorkspaceError: what went wrong with one of the parts.
        """
        while not self._worker.wait(_LOOK_S):
            check()

    def begin(self) -> None:
        """Begin, unless that was done; waits for another program that is writing.

        Raises:
            WorkspaceError: the workspace was changed since the import began, or a part could not be copied.
        """
        if self._stopped.is_set():
            raise WorkspaceError("rows of the import could not be copied", str(self._path), "Import the file again")
        if self._begun:
            return
        self.connection.execute(
            "PRAGMA wal_autocheckpoint=0"
        )  # the commit itself ends quickly; the log is emptied after it
        self.connection.execute("BEGIN IMMEDIATE")
        self._begun = True
        if meta.data_version(self.connection) != self._begun_on:
            raise WorkspaceError(
                "the workspace was changed by another program meanwhile", str(self._path), "Import the file again"
            )

    def _begin_if_free(self) -> bool:
        (patience,) = self.connection.execute("PRAGMA busy_timeout").fetchone()
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            self.begin()
        except sqlite3.OperationalError as error:
            if (error.sqlite_errorcode & 0xFF) != sqlite3.SQLITE_BUSY:
                raise
            return False
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {patience}")
        return True

    def attach(self, path: Path, name: str) -> None:
        """Make a file's tables readable under a schema's name."""
        self.connection.execute(f"ATTACH DATABASE ? AS {name}", (str(path),))
        self._attached.append(name)

    def copy_rest(self, parts: Sequence[PackedTable], work: Watched) -> None:
        """Copy the parts that were left, and then the last ones."""
        for part in (*self._left, *parts):
            with work.statement(part.rows):
                self._copy(part)

    def _copy(self, part: PackedTable) -> None:
        """Copy a part, whose columns are those of the workspace's table: SQLite then moves whole records."""
        schema = f"part_{len(self._attached)}"
        self.attach(part.path, schema)
        self.connection.execute(f"PRAGMA {schema}.mmap_size={_MAPPED_BYTES}")
        copied = self.connection.execute(f"INSERT INTO main.{part.name} SELECT * FROM {schema}.{part.name}").rowcount
        if copied != part.rows:
            raise WorkspaceError(f"only {copied:,} of {part.rows:,} rows of {part.name} came over", str(self._path))
        self.copied[part.name] += copied

    def commit(self) -> None:
        """Make all of it visible at once, and let go of the files that were copied."""
        self.connection.execute("COMMIT")
        self._begun = False
        for name in self._attached:
            self.connection.execute(f"DETACH DATABASE {name}")

    def empty_log(self) -> None:
        """Bring the log into the file."""
        truncate_log(self.connection, _LOG_WAIT_S)

    def close(self) -> None:
        """Give up what was not committed; more than once does no harm. The log gives back the room that the rows took."""
        self._stopped.set()
        while not self._worker.idle(_LOOK_S):
            self.connection.interrupt()
        self._worker.close()
        try:
            if self.connection.in_transaction:  # some errors have ended it
                self.connection.execute("ROLLBACK")
            if self._begun:
                self.empty_log()
        except sqlite3.Error:
            pass  # an open transaction ends with its connection
        finally:
            self.connection.close()
