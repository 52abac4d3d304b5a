"""Bulk rows of a running import, kept apart from the workspace until its commit.

The two large tables, whose columns are numbers, are written as SQLite files of their own, page by page, with the table's very columns: SQLite then
copies their rows into the workspace as they stand. They may be cut into parts, so that rows can be copied while others still come.
Rows of the other tables go through ADBC's SQLite driver into a further file.
ADBC brings a second copy of SQLite into the process, and two copies must not hold the same file open (closing one drops the other's POSIX
locks), so it only ever sees this file. Nothing of it survives the import.

All is written in a thread of its own. The driver is called through its plain interface: the one for Python's database API imports every table
library there is.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from docops_desktop.model.errors import WorkspaceError
from docops_desktop.store.leftovers import PREFIX, SUFFIX, remove_leftovers
from docops_desktop.store.packed_cells import Ints, Value
from docops_desktop.store.packed_table import PackedTable
from docops_desktop.store.sqlite_errors import disk_full
from docops_desktop.store.worker import Worker

_PRAGMAS = ("page_size=32768", "journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-65536")
WAITING = 4
"""Batches that may wait to be written."""


@dataclass
class Run:
    """Rows of one workspace table with the same columns that came one after the other: rowids ``first`` to ``last`` of a staging table."""

    table: str
    columns: tuple[str, ...]
    source: str
    first: int
    last: int


class Staging:
    """Private SQLite files: one per part of a packed table, and one with a table per (other workspace table, set of columns)."""

    def __init__(self, workspace: Path, folder: Path) -> None:
        self._workspace = workspace
        self.path = folder / f"{PREFIX}{os.getpid()}{SUFFIX}"
        self._filling: dict[str, PackedTable] = {}
        self._parts: list[PackedTable] = []
        self._sizes: dict[str, int] = {}
        self._names: dict[tuple[str, tuple[str, ...]], str] = {}
        self._runs: list[Run] = []
        self._database: Any = None
        self._connection: Any = None
        self._worker = Worker("staging", WAITING)
        remove_leftovers(folder)

    @property
    def runs(self) -> tuple[Run, ...]:
        """All rows, in the order in which those of each workspace table came."""
        return tuple(self._runs)

    def pack(self, table: str, rowids: Ints, columns: Sequence[Value]) -> None:
        """Add rows to a packed table (see ``PackedTable``) while the caller goes on, at most ``WAITING`` batches behind.

        Raises:
            WorkspaceError: the disk is full or the file can't be written (told of an earlier batch).
        """
        self._submit(lambda: self._part(table).append(rowids, columns))

    def cut(self, table: str, statements: Sequence[str], at_least: int, take: Callable[[PackedTable], None]) -> None:
        """Complete the part of a packed table that holds the rows so far; those to come begin another one.

        Args:
            table: packed; nothing is done when no more than a few of its rows came since the last cut.
            statements: that make the table as it is in the workspace.
            at_least: how many rows make a part.
            take: is called with the part, in the thread that writes it; SQLite may read the file from then on.

        Raises:
            WorkspaceError: the disk is full or the file can't be written (told of an earlier batch).
        """
        self._submit(lambda: self._cut(table, statements, at_least, take))

    def _cut(self, table: str, statements: Sequence[str], at_least: int, take: Callable[[PackedTable], None]) -> None:
        part = self._filling.get(table)
        if part is not None and part.rows >= at_least:
            del self._filling[table]
            part.finish(statements)
            take(part)

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows for a workspace table; they are written while the caller goes on, at most ``WAITING`` batches behind.

        Raises:
            WorkspaceError: the disk is full or the file can't be written (told of an earlier batch).
        """
        columns = tuple(rows.column_names)
        name = self._names.setdefault((table, columns), f"{table}__{len(self._names)}")
        mode = "append" if name in self._sizes else "create"
        self._note(table, columns, name, rows.num_rows)
        self._submit(lambda: self._ingest(name, rows, mode))

    def _submit(self, work: Callable[[], None]) -> None:
        with self._explaining():
            self._worker.do(work)

    def _part(self, table: str) -> PackedTable:
        if table not in self._filling:
            name = f"{PREFIX}{os.getpid()}-{len(self._parts)}{SUFFIX}"
            self._filling[table] = PackedTable(table, self.path.with_name(name))
            self._parts.append(self._filling[table])
        return self._filling[table]

    def _note(self, table: str, columns: tuple[str, ...], name: str, count: int) -> None:
        size = self._sizes.get(name, 0)
        self._sizes[name] = size + count
        last = next((run for run in reversed(self._runs) if run.table == table), None)
        if last is not None and last.source == name:
            last.last += count
        else:
            self._runs.append(Run(table, columns, name, size + 1, size + count))

    def finish(self, statements: Mapping[str, Sequence[str]]) -> Sequence[PackedTable]:
        """End the bulk load, so that the files may be attached to the workspace; return the parts that no cut completed.

        Args:
            statements: by packed table, those that make it as it is in the workspace.

        Raises:
            WorkspaceError: the disk is full (what was held in memory goes to the file only now) or the file can't be written.
        """
        with self._explaining():
            self._worker.do(lambda: self._finish(statements))
            self._worker.wait()
        return tuple(self._filling.values())

    def _finish(self, statements: Mapping[str, Sequence[str]]) -> None:
        self._close(commit=True)
        for name, part in self._filling.items():
            part.finish(statements[name])

    def stop(self) -> None:
        """Finish the batch under way and forget those that wait; more than once does no harm."""
        self._worker.close()

    def remove(self) -> None:
        """Drop the files; safe to call more than once."""
        self.stop()
        self._close(commit=False)
        for part in self._parts:
            part.close()
            part.path.unlink(missing_ok=True)
        for path in (self.path, self.path.with_name(f"{self.path.name}-journal")):
            path.unlink(missing_ok=True)

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        """Tell what went wrong with an earlier batch in a way that says what to do."""
        try:
            yield
        except OSError as error:
            full = error.errno == errno.ENOSPC
            raise disk_full(self._workspace) if full else self._explained(str(error.strerror or error)) from error
        except Exception as error:
            from adbc_driver_manager import Error

            if isinstance(error, Error):
                raise self._explained(str(error)) from error
            raise

    def _ingest(self, name: str, rows: pa.Table, mode: str) -> None:
        from adbc_driver_manager import AdbcStatement, StatementOptions

        self._open()
        with AdbcStatement(self._connection) as statement:
            statement.set_options(
                **{
                    StatementOptions.INGEST_TARGET_TABLE.value: name,
                    StatementOptions.INGEST_MODE.value: f"adbc.ingest.mode.{mode}",
                }
            )
            statement.bind_stream(rows)
            statement.execute_update()

    def _close(self, *, commit: bool) -> None:
        if self._connection is None:
            return
        try:
            if commit:
                self._execute("COMMIT")
        finally:
            self._connection.close()
            self._database.close()
            self._connection = None

    def _open(self) -> None:
        if self._connection is not None:
            return
        import adbc_driver_sqlite
        from adbc_driver_manager import AdbcConnection

        self._database = adbc_driver_sqlite.connect(str(self.path))
        self._connection = AdbcConnection(self._database)
        # The file is thrown away when anything goes wrong: no journal, no flushing.
        for pragma in _PRAGMAS:
            self._execute(f"PRAGMA {pragma}")
        self._execute("BEGIN")

    def _execute(self, sql: str) -> None:
        from adbc_driver_manager import AdbcStatement

        with AdbcStatement(self._connection) as statement:
            statement.set_sql_query(sql)
            statement.execute_update()

    def _explained(self, detail: str) -> WorkspaceError:
        if "full" in detail:
            return disk_full(self._workspace)
        return WorkspaceError(
            f"the import's rows can't be written ({detail.strip()})",
            str(self.path.parent),
            "Check the disk and the folder's permissions",
        )
