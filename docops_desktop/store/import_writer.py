"""One import: rows and texts are collected aside, then enter the workspace in one transaction together with their ledger row.

Until ``commit`` returns, the workspace is as it was: an error, a cancel or a killed process leaves nothing behind but files that the next
import removes. The writer holds the workspace's writer lock for its whole life. Rows of a large export are copied while others are still being
read (see ``reached``); they stay invisible, and go with the transaction, like all others.

What the importer puts where:
    ``sessions.conversions`` / ``revenue_minor``: figures that the export states per session. ``page_views.conversions`` / ``revenue_minor``:
    figures that it states per page view (on rows of any view class). A session counts the larger of its own figure and the sum over its page
    views, so that filling both does no harm. ``page_views.page_group`` only where the export names one; the URL rules do the rest.
    ``sessions.views`` only where the export states the number of page views and brings no page-view rows.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.model.dimensions import dimension as known_dimension
from docops_desktop.model.errors import WorkspaceError
from docops_desktop.store import ledger, meta, page_rules
from docops_desktop.store.connection import connect
from docops_desktop.store.dictionaries import DictionaryEncoder
from docops_desktop.store.followed import save_followed
from docops_desktop.store.packed_table import PackedTable
from docops_desktop.store.packing import PACKED, Packing, default_of
from docops_desktop.store.records import LOADED, FollowedFile, ImportRecord
from docops_desktop.store.schema import (
    FACT_TABLES,
    add_custom_dimension,
    custom_dimensions,
    dictionary_table,
    quoted,
)
from docops_desktop.store.sqlite_errors import translated
from docops_desktop.store.staging import Run, Staging
from docops_desktop.store.superseded import RECORDS, count_superseded, settle
from docops_desktop.store.transaction import ImportTransaction
from docops_desktop.store.views import create_views
from docops_desktop.store.watched import Watched
from docops_desktop.store.writer_lock import WriterLock

_TIME_COLUMNS = {
    "sessions": ("start_ms", "end_ms"),
    "opportunities": ("created_ms",),
    "aggregates": ("start_ms", "end_ms"),
    "campaign_days": ("day",),
}  # all others: time_ms
EARLY_SHARES: dict[str, tuple[float, ...]] = {
    "page_views": (0.25, 0.4, 0.55, 0.7, 0.85, 1.0),
    "sessions": (0.5,),
}
"""After which parts of a large table's rows those that came are copied; the write lock is held from the first time on."""
EARLY_ROWS = 200_000
"""Rows that are worth it: fewer are copied in a few hundredths of a second at the end."""
_COPY_ROWS = 50_000
_PACKED_ROWS = 100_000
_QUARANTINE_ROWS = 5_000


class ImportWriter:
    """The running import; use it as a context manager: leaving without ``commit`` rolls back."""

    def __init__(self, path: Path, folder: Path, lock: WriterLock, record: ImportRecord) -> None:
        """Begin; called by ``Workspace.begin_import``, which has taken the lock."""
        self._path, self._lock = path, lock
        self._encoders: dict[str, DictionaryEncoder] = {}
        self._counts = dict.fromkeys(("read", "loaded", "quarantined"), 0)
        self._filtered: dict[str, int] = {}
        self._rows: dict[str, int] = {}
        self._rejected: list[tuple[int, str, str]] = []
        self._first_ms: int | None = None
        self._last_ms: int | None = None
        self._followed: tuple[FollowedFile, FollowedFile | None] | None = None
        self._open = True
        self._appending = threading.Lock()
        with translated(path):
            self._connection = connect(path)
            self._begun_on = meta.data_version(self._connection)
            self.import_id = int(meta.read_meta(self._connection, "next_import_id"))
            self._custom = set(custom_dimensions(self._connection))
            self._packing = {name: Packing(self._connection, name, self.import_id) for name in PACKED}
        self._record = record
        self._staging = Staging(path, folder)
        self._transaction = ImportTransaction(path, self._begun_on)
        self._cuts = dict(EARLY_SHARES)

    def encode(self, dimension: str, values: Any) -> Any:
        """Return the int32 codes of an Arrow string array in a dimension's dictionary; unseen texts are added at the commit.

        Raises:
            RequestError: there is no such dimension.
        """
        known_dimension(dimension)
        table = dictionary_table(dimension)
        if table not in self._encoders:
            with translated(self._path):
                self._encoders[table] = DictionaryEncoder.load(self._connection, dimension)
        return self._encoders[table].encode(values)

    def new_session_ids(self, count: int) -> int:
        """Reserve ``count`` session ids in a row and return the first."""
        return self._packing["sessions"].new_ids(count)

    def append(self, table: str, batch: pa.Table | pa.RecordBatch) -> None:
        """Add rows to a table; columns are named as in the table, absent ones take their default, ``import_id`` is filled in.

        Threads may do so at the same time.

        A session column ``custom.NAME`` makes that dimension when the workspace does not have it.

        Raises:
            ValueError: no such table or column (a defect of the importer).
            WorkspaceError: the rows can't be written.
        """
        rows = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
        spec = FACT_TABLES.get(table)
        if spec is None:
            raise ValueError(f"no table {table!r} takes imported rows")
        custom = {name for name in rows.column_names if table == "sessions" and name.startswith("custom.")}
        unknown = set(rows.column_names) - set(spec.columns) - custom | ({"import_id"} & set(rows.column_names))
        if unknown:
            raise ValueError(f"{table} has no column {', '.join(sorted(unknown))} to fill")
        if not rows.num_rows:
            return
        plain = pa.table({name: _plain(rows.column(name), default_of(table, name)) for name in rows.column_names})
        with self._appending:
            self._note_times(table, rows)
            self._rows[table] = self._rows.get(table, 0) + rows.num_rows
            if table not in self._packing:
                self._staging.append(table, plain)
                return
            for part in plain.combine_chunks().to_batches(max_chunksize=_PACKED_ROWS):
                self._staging.pack(table, *self._packing[table].rows(part))

    def reached(self, table: str, share: float) -> None:
        """Tell that so much (0 to 1) of a packed table's rows are in: time to copy them, when they are many.

        What a row is was decided before it came (repeats of earlier imports are left out by then), so that none has to be taken back.

        Raises:
            WorkspaceError: rows can't be written (told of earlier ones).
        """
        passed = [cut for cut in self._cuts[table] if cut <= share]
        packing = self._packing[table]
        if not passed or packing.added:  # columns that the import adds come with its end
            return
        self._cuts[table] = self._cuts[table][len(passed) :]
        self._staging.cut(table, tuple(packing.statements), EARLY_ROWS, self._transaction.copy_early)

    def quarantine(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Keep rejected rows as (line, reason, text as read); counting them is up to ``count``."""
        self._rejected.extend(rows)
        if len(self._rejected) >= _QUARANTINE_ROWS:
            self._flush_quarantine()

    def count(
        self, read: int = 0, loaded: int = 0, filtered: Mapping[str, int] | None = None, quarantined: int = 0
    ) -> None:
        """Add to the ledger's figures: rows of the export read, loaded, left out on purpose (by reason), rejected."""
        for name, number in (("read", read), ("loaded", loaded), ("quarantined", quarantined)):
            self._counts[name] += int(number)  # NumPy's integers are welcome, SQLite knows only Python's
        for reason, number in (filtered or {}).items():
            if number:
                self._filtered[reason] = self._filtered.get(reason, 0) + int(number)

    def fingerprint(self, sha256: str) -> None:
        """State the digest of the export, where it was not known at the beginning."""
        self._record = replace(self._record, sha256=sha256)

    def follow(self, file: FollowedFile, before: FollowedFile | None) -> None:
        """Keep with the import, in its transaction, how much of a followed file is loaded; ``before``: what was known of its path."""
        self._followed = file, before

    def commit(
        self,
        seconds: float = 0.0,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> ImportRecord:
        """Bring everything into the workspace, wholly or not at all, and return the ledger row.

        Args:
            seconds: wall time of the import so far, for the ledger.
            progress: called with the fraction of the work done while rows are copied; the end is the return. It may raise to give up.
            cancelled: polled all the time, in the middle of statements too.

        Raises:
            ValueError: rows read are not loaded + filtered + quarantined (a defect of the importer).
            WorkspaceError: the workspace can't be written, or changed meanwhile; it is unchanged.
            Cancelled: ``cancelled`` said so; the workspace is unchanged.
        """
        record = self._final_record(seconds)
        try:
            self._flush_quarantine()
            parts = self._staging.finish({name: packing.statements for name, packing in self._packing.items()})
            left = sum(self._rows.values()) - self._transaction.copied.total()
            work = Watched(self._transaction.connection, left, progress, cancelled)
            self._transaction.wait_early(work.check)
            with translated(self._path), work:
                return self._transfer(record, parts, work)
        finally:
            self.rollback()

    def rollback(self) -> None:
        """Give up: nothing of the import remains. After a commit, or a second time, it does nothing."""
        if not self._open:
            return
        self._open = False
        try:
            self._connection.close()
            self._staging.stop()
            self._transaction.close()
            self._staging.remove()
        finally:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rollback()

    def _final_record(self, seconds: float) -> ImportRecord:
        counts, filtered = self._counts, sum(self._filtered.values())
        if counts["read"] != counts["loaded"] + filtered + counts["quarantined"]:
            raise ValueError(
                f"the ledger does not reconcile: {counts['read']} rows read, but "
                f"{counts['loaded']} loaded + {filtered} filtered + {counts['quarantined']} quarantined"
            )
        begun = self._record
        return ImportRecord(
            self.import_id,
            begun.file_name,
            begun.sha256,
            begun.size_bytes,
            begun.adapter,
            begun.grain,
            LOADED,
            "",
            counts["read"],
            counts["loaded"],
            filtered,
            counts["quarantined"],
            self._filtered,
            self._first_ms,
            self._last_ms,
            int(time.time() * 1000),
            begun.imported_by,
            begun.mapping,
            begun.privacy,
            seconds,
        )

    def _transfer(self, record: ImportRecord, parts: Sequence[PackedTable], work: Watched) -> ImportRecord:
        transaction = self._transaction
        connection = transaction.connection
        transaction.begin()
        if self._staging.runs:
            transaction.attach(self._staging.path, "staging")
        self._write_dictionaries(connection, work.check)
        transaction.copy_rest(parts, work)
        for run in self._staging.runs:
            for first in range(run.first, run.last + 1, _COPY_ROWS):
                last = min(first + _COPY_ROWS - 1, run.last)
                with work.statement(last - first + 1):
                    self._copy(connection, run, first, last)
        self._check_copied()
        ledger.insert_import(connection, record, self._rows)
        settled = self._settle(connection, record)
        if self._followed is not None:
            save_followed(connection, *self._followed)
        meta.write_meta(connection, "next_import_id", str(self.import_id + 1))
        meta.next_generation(connection)
        transaction.commit()
        with suppress(
            OSError
        ):  # first of all: a process that is killed from here on leaves nothing behind; tried again at the end
            self._staging.remove()
        with work.afterthought():
            transaction.empty_log()
        return settled

    def _settle(self, connection: sqlite3.Connection, record: ImportRecord) -> ImportRecord:
        """Let the newest of all downloads count where this one has records of an earlier one; return what the ledger now says."""
        if not RECORDS.keys() & self._rows.keys():
            return record
        settle(connection, record.adapter, record.import_id)
        count_superseded(connection)
        return ledger.import_by(connection, "import_id", record.import_id) or record

    def _check_copied(self) -> None:
        for table in PACKED:
            came, copied = self._rows.get(table, 0), self._transaction.copied[table]
            if came != copied:
                raise WorkspaceError(f"only {copied:,} of {came:,} rows of {table} came over", str(self._path))

    def _write_dictionaries(self, connection: sqlite3.Connection, check: Callable[[], None]) -> None:
        encoded = {name.removeprefix("dim_") for name in self._encoders if name.startswith("dim_custom.")}
        new_dimensions = self._packing["sessions"].added  # in this order, that of the rows to come
        new_dimensions += sorted(encoded - self._custom - set(new_dimensions))
        for name in new_dimensions:
            add_custom_dimension(connection, name)
        if new_dimensions:
            create_views(connection)
        for table, encoder in self._encoders.items():
            connection.executemany(f"INSERT INTO {quoted(table)} (id, value) VALUES (?, ?)", encoder.new_rows())
        urls = self._encoders.get("dim_page_url")
        if urls is not None:
            rules = meta.read_definitions(connection).page_rules
            page_rules.apply_page_rules(connection, rules, urls.last_stored, check)

    def _copy(self, connection: sqlite3.Connection, run: Run, first: int, last: int) -> None:
        names = ", ".join(quoted(name) for name in run.columns)
        connection.execute(
            f"INSERT INTO main.{run.table} (import_id, {names}) SELECT {self.import_id}, {names} "
            f"FROM staging.{quoted(run.source)} WHERE rowid >= ? AND rowid <= ? ORDER BY rowid",
            (first, last),
        )

    def _flush_quarantine(self) -> None:
        if self._rejected:
            lines, reasons, records = zip(*self._rejected, strict=True)
            self._rejected = []
            self.append("quarantine", pa.table({"line": lines, "reason": reasons, "record": records}))

    def _note_times(self, table: str, rows: pa.Table) -> None:
        for name in set(_TIME_COLUMNS.get(table, ("time_ms",))) & set(rows.column_names):
            times = _midnights(rows.column(name)) if name == "day" else rows.column(name)
            ends = pc.min_max(times).as_py()
            if ends["min"] is not None:
                self._first_ms = ends["min"] if self._first_ms is None else min(self._first_ms, ends["min"])
                self._last_ms = ends["max"] if self._last_ms is None else max(self._last_ms, ends["max"])


def _midnights(days: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return where days (``2026-08-01``) begin, UTC epoch ms: whose time zone they are in is not in the file."""
    return pc.cast(pc.strptime(days, "%Y-%m-%d", "ms"), pa.int64())


def _plain(column: pa.ChunkedArray, default: Any) -> pa.ChunkedArray:
    """Return the column in a type that the driver binds as it stands (signed integers, doubles, texts), nulls as the default."""
    kind = column.type
    if default is not None and column.null_count:
        return _plain(pc.fill_null(_plain(column, None), default), None)
    if pa.types.is_boolean(kind):
        return column.cast(pa.int8())
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    if pa.types.is_uint64(kind):  # 64-bit keys: the same bits, signed
        return pa.chunked_array([chunk.view(pa.int64()) for chunk in column.chunks], pa.int64())
    if pa.types.is_null(kind):
        return column.cast(pa.int64())
    return column
