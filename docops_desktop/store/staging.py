"""Bulk rows of a running import, kept apart from the workspace until its commit.

Arrow batches go at driver speed into a file of their own through ADBC's SQLite driver; the commit then copies them into the workspace in one
transaction of the standard library's SQLite. ADBC brings a second copy of SQLite into the process, and two copies must not hold the same
file open (closing one drops the other's POSIX locks), so it only ever sees this file. Nothing of it survives the import.

The driver is only ever called from a thread of its own: on the main thread it takes over Ctrl-C while it works and may lose it.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa

from docops_desktop.model.errors import WorkspaceError
from docops_desktop.store.sqlite_errors import disk_full

PREFIX = "import-"
SUFFIX = ".staging"
WAITING = 4
"""Batches that may wait to be written: enough to smooth out the two sides' pace, few enough to bound memory."""


class Staging:
    """A private SQLite file with one table per (workspace table, set of columns)."""

    def __init__(self, workspace: Path, folder: Path) -> None:
        self._workspace = workspace
        self.path = folder / f"{PREFIX}{os.getpid()}{SUFFIX}"
        self._tables: dict[tuple[str, tuple[str, ...]], str] = {}
        self._connection: Any = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="staging")
        self._under_way: deque[Future[None]] = deque()
        remove_leftovers(folder)

    @property
    def tables(self) -> dict[tuple[str, tuple[str, ...]], str]:
        """Staging table of each (workspace table, columns), in order of first use."""
        return dict(self._tables)

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows for a workspace table; they are written while the caller goes on, at most ``WAITING`` batches behind.

        Raises:
            WorkspaceError: the disk is full or the file can't be written (told of an earlier batch).
        """
        key = (table, tuple(rows.column_names))
        mode = "append" if key in self._tables else "create"
        name = self._tables.setdefault(key, f"{table}__{len(self._tables)}")
        self._under_way.append(self._thread.submit(self._ingest, name, rows, mode))
        while len(self._under_way) > WAITING:
            self._settle(self._under_way.popleft())

    def finish(self) -> None:
        """End the bulk load, so that the file may be attached to the workspace.

        Raises:
            WorkspaceError: the disk is full (what was held in memory goes to the file only now) or the file can't be written.
        """
        self._under_way.append(self._thread.submit(self._close, commit=True))
        while self._under_way:
            self._settle(self._under_way.popleft())

    def remove(self) -> None:
        """Drop the file; safe to call more than once."""
        self._thread.shutdown(wait=True, cancel_futures=True)  # a batch under way when Ctrl-C came is finished first
        self._close(commit=False)
        for path in (self.path, self.path.with_name(f"{self.path.name}-journal")):
            path.unlink(missing_ok=True)

    def _settle(self, work: Future[None]) -> None:
        from adbc_driver_manager import Error

        try:
            work.result()
        except Error as error:
            raise self._explained(str(error)) from error

    def _ingest(self, name: str, rows: pa.Table, mode: str) -> None:
        with self._open().cursor() as cursor:
            cursor.adbc_ingest(name, rows, mode=mode)

    def _close(self, *, commit: bool) -> None:
        if self._connection is None:
            return
        connection, self._connection = self._connection, None
        try:
            if commit:
                with connection.cursor() as cursor:
                    cursor.execute("COMMIT")
        finally:
            connection.close()

    def _open(self) -> Any:
        if self._connection is None:
            from adbc_driver_sqlite import dbapi

            self._connection = dbapi.connect(str(self.path), autocommit=True)
            with self._connection.cursor() as cursor:
                # The file is thrown away when anything goes wrong: no journal, no flushing.
                for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-65536"):
                    cursor.execute(f"PRAGMA {pragma}")
                    cursor.fetchall()
                cursor.execute("BEGIN")
        return self._connection

    def _explained(self, detail: str) -> WorkspaceError:
        if "full" in detail:
            return disk_full(self._workspace)
        return WorkspaceError(
            f"the import's rows can't be written ({detail.strip()})",
            str(self.path.parent),
            "Check the disk and the folder's permissions",
        )


def remove_leftovers(folder: Path) -> None:
    """Remove staging files of imports that ended without cleaning up; only the holder of the writer lock may call it."""
    for path in folder.glob(f"{PREFIX}*{SUFFIX}*"):
        path.unlink(missing_ok=True)
