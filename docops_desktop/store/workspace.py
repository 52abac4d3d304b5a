"""The workspace: one plain SQLite file, opened, looked into, changed in whole transactions, closed.

Opening one only to look at it imports nothing beyond the standard library; schema work (sqlite-utils) and bulk rows (Arrow, ADBC) are loaded
when they are needed. A workspace object may be used from several threads.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from docops_desktop.model.definitions import Definitions
from docops_desktop.model.errors import RequestError, WorkspaceError
from docops_desktop.store import followed, ledger, meta, notes, page_rules
from docops_desktop.store.connection import connect, open_existing, truncate_log
from docops_desktop.store.leftovers import remove_abandoned
from docops_desktop.store.places import remove_caches, writing_folder
from docops_desktop.store.records import Annotation, Finding, FollowedFile, ImportRecord, QuarantinedRow
from docops_desktop.store.schema import APPLICATION_ID, SCHEMA_VERSION
from docops_desktop.store.sqlite_errors import damaged, translated
from docops_desktop.store.writer_lock import WriterLock

if TYPE_CHECKING:
    from docops_desktop.store.import_writer import ImportWriter
    from docops_desktop.store.overlaps import Earlier
    from docops_desktop.store.purge import Purged

_PAGE_BYTES = 16_384
"""Of new workspaces: millions of rows go in and out a third faster than by SQLite's usual 4,096."""


class Workspace:
    """An open workspace; get one from ``create`` or ``open``.

    Attributes:
        path: the file.
        read_only: nothing can be written, by request or because file or folder allow it not.
        immutable: opened without any locking, from a medium where SQLite can make no helper files.
        secret: 16 bytes, made at creation, for keyed hashes of join keys; 32 in older workspaces.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, read_only: bool, immutable: bool) -> None:
        self.path = path
        self.read_only = read_only
        self.immutable = immutable
        self._connection = connection
        self._guard = threading.RLock()
        self.secret = bytes.fromhex(meta.read_meta(connection, "secret"))

    @classmethod
    def create(cls, path: Path | str, definitions: Definitions | None = None) -> Workspace:
        """Make a new, empty workspace file and open it.

        Raises:
            WorkspaceError: there is a file of that name already, or it can't be written.
        """
        path, definitions = Path(path), definitions or Definitions()
        _require_time_zone(definitions)
        if path.exists():
            raise WorkspaceError("there is already a file of this name", str(path), "Open it, or choose another name")
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
        try:
            unfinished.touch(mode=0o600, exist_ok=False)
            with translated(path):
                _lay_out(unfinished, definitions)
            unfinished.replace(path)
        except OSError as error:
            raise WorkspaceError(
                f"the workspace can't be made ({error.strerror or error})",
                str(path),
                "Check the folder and its permissions",
            ) from error
        finally:
            for leftover in path.parent.glob(f"{unfinished.name}*"):
                leftover.unlink(missing_ok=True)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path | str, read_only: bool = False) -> Workspace:
        """Open a workspace; an older layout is brought up to date after a backup, also for reading where the file can be written.

        Raises:
            RequestError: there is no such file.
            WorkspaceError: it is locked, damaged, made by a newer version, or not a workspace.
        """
        path = Path(path)
        writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
        if read_only and writable:
            _bring_up_to_date_first(path)
        read_only = read_only or not writable
        if not read_only:
            remove_abandoned(path)
        connection, immutable = open_existing(path, read_only=read_only)
        try:
            with translated(path):
                _bring_up_to_date(connection, path, read_only=read_only)
                if read_only:
                    connection.execute("PRAGMA query_only=ON")
                return cls(path, connection, read_only=read_only, immutable=immutable)
        except (KeyError, ValueError, sqlite3.OperationalError) as error:
            connection.close()
            raise damaged(path, f"its own records can't be read: {error}") from error
        except BaseException:
            connection.close()
            raise

    @property
    def data_version(self) -> str:
        """Names the state of the facts: changes with every import, forget and change of definitions that matters to them."""
        with self.reading() as connection:
            return meta.data_version(connection)

    @property
    def workspace_id(self) -> str:
        """Identity of the workspace, the same in every copy."""
        with self.reading() as connection:
            return meta.read_meta(connection, "workspace_id")

    def definitions(self) -> Definitions:
        """What the users of the workspace decided: conversion rule, page rules, time zone, k, targets."""
        with self.reading() as connection:
            return meta.read_definitions(connection)

    def save_definitions(self, definitions: Definitions) -> None:
        """Keep new definitions; changed page rules are applied to all URLs in the same transaction.

        Raises:
            RequestError: there is no such time zone.
            WorkspaceError: an import is running, or the workspace can't be written.
        """
        _require_time_zone(definitions)
        with self.changing() as connection:
            before = meta.read_definitions(connection)
            meta.write_json(connection, meta.DEFINITIONS_KEY, definitions.to_json())
            if definitions.page_rules != before.page_rules:
                page_rules.apply_page_rules(connection, definitions.page_rules)
                page_rules.remove_unused_groups(connection)
            if _facts_part(definitions) != _facts_part(before):
                meta.next_generation(connection)

    def json_value(self, key: str) -> Any:
        """Return the JSON value kept under ``key`` (a saved view, the demo's truth, ...), or None."""
        with self.reading() as connection:
            return meta.read_json(connection, key)

    def save_json_value(self, key: str, value: Any) -> None:
        """Keep a JSON value under ``key``.

        Raises:
            RequestError: the key is the definitions' own.
        """
        if key == meta.DEFINITIONS_KEY:
            raise RequestError("the definitions are saved by save_definitions")
        with self.writing() as connection:
            meta.write_json(connection, key, value)

    def ledger(self) -> tuple[ImportRecord, ...]:
        """Return all imports, oldest first."""
        with self.reading() as connection:
            return ledger.all_imports(connection)

    def find_import(self, sha256: str) -> ImportRecord | None:
        """Return the import of a file with this content, if there is one."""
        with self.reading() as connection:
            return ledger.import_by(connection, "sha256", sha256)

    def quarantine(self, import_id: int | None = None, limit: int | None = None) -> tuple[QuarantinedRow, ...]:
        """Return rejected rows, of one import or of all."""
        with self.reading() as connection:
            return ledger.quarantined(connection, import_id, limit)

    def begin_import(
        self,
        file_name: str,
        sha256: str,
        size_bytes: int,
        adapter: str,
        grain: str,
        mapping: Mapping[str, Any] | None = None,
        privacy: Mapping[str, Any] | None = None,
        by: str = "",
    ) -> ImportWriter:
        """Begin an import: one transaction, one ledger row. Use the writer as a context manager.

        Raises:
            WorkspaceError: another import is running, or the workspace can't be written.
        """
        from docops_desktop.store.import_writer import ImportWriter

        self._require_writable()
        folder = writing_folder(self.path)
        record = ImportRecord(
            0,
            file_name,
            sha256,
            int(size_bytes),
            adapter,
            grain,
            imported_by=by,
            mapping=mapping or {},
            privacy=privacy or {},
        )
        lock = WriterLock(self.path, folder)
        try:
            return ImportWriter(self.path, folder, lock, record)
        except BaseException:
            lock.release()
            raise

    def forget(self, import_id: int) -> ImportRecord:
        """Take one import out completely, with the texts that no other row uses, and the cache; return its ledger row.

        Raises:
            RequestError: there is no such import.
            WorkspaceError: another import is running, or the workspace can't be written.
        """
        from docops_desktop.store.forget import forget_import

        with self.changing() as connection:
            record = ledger.import_by(connection, "import_id", import_id)
            if record is None:
                raise RequestError(
                    f"there is no import {import_id}", str(self.path), "See the list of imports for its number"
                )
            forget_import(connection, import_id)
            meta.next_generation(connection)
        with self._guard, translated(self.path):
            truncate_log(self._connection, 3.0)  # the log still holds what was removed
        remove_caches(self.path)
        return record

    def purge(self, before_ms: int) -> Purged:
        """Remove every row of before a time (UTC epoch ms) in one transaction, then the free space, the log and the cache that still told of it.

        Raises:
            WorkspaceError: an import is running, or the workspace can't be written. When the disk has no room to compact the file, the rows
                are removed (and overwritten) all the same.
        """
        from docops_desktop.store.purge import backups_of, compact, purge_rows

        folder = writing_folder(self.path)
        with self.changing() as connection:
            purged = purge_rows(connection, before_ms)
            if purged.total:
                meta.next_generation(connection)
        remove_caches(self.path)
        with self.changing_whole_file() as connection:
            compact(connection, folder)
            truncate_log(connection, 3.0)
        log = self.path.with_name(f"{self.path.name}-wal")
        emptied = not (log.exists() and log.stat().st_size)
        return replace(purged, backups=backups_of(self.path), log_emptied=emptied)

    def purges(self) -> tuple[dict[str, Any], ...]:
        """Return what was purged when, oldest first."""
        from docops_desktop.store.purge import past_purges

        with self.reading() as connection:
            return past_purges(connection)

    def followed_files(self) -> tuple[FollowedFile, ...]:
        """Return what is known of the files of followed folders."""
        with self.reading() as connection:
            return followed.all_followed(connection)

    def save_followed(self, file: FollowedFile, before: FollowedFile | None) -> FollowedFile:
        """Keep what was found out about a followed file of which nothing is to be loaded now; return it with its id.

        Raises:
            WorkspaceError: another program follows the same folder (see ``ImportWriter.follow`` for files that are loaded).
        """
        with self.writing() as connection:
            return followed.save_followed(connection, file, before)

    def open_sessions(self, adapter: str, since_ms: int) -> list[tuple[int, int, int]]:
        """Return (user key, session key, end ms) of followed sessions of one system that were alive at ``since_ms`` or later."""
        with self.reading() as connection:
            return followed.open_sessions(connection, adapter, since_ms)

    def earlier(self, adapter: str, path: str = "") -> Earlier:
        """Return what earlier exports of one system brought; other parts of the followed file ``path`` do not count as such."""
        from docops_desktop.store.overlaps import Earlier

        return Earlier(self.snapshot, adapter, path)

    def save_finding(self, finding: Finding) -> Finding:
        """Keep a finding (a new one when its id is 0) and return it with its id and time."""
        with self.writing() as connection:
            return notes.save_finding(connection, finding)

    def findings(self) -> tuple[Finding, ...]:
        """Return the saved findings, newest first."""
        with self.reading() as connection:
            return notes.all_findings(connection)

    def remove_finding(self, finding_id: int) -> None:
        """Remove a finding."""
        with self.writing() as connection:
            notes.remove(connection, "findings", finding_id)

    def save_annotation(self, annotation: Annotation) -> Annotation:
        """Keep an annotation (a new one when its id is 0) and return it with its id."""
        with self.writing() as connection:
            return notes.save_annotation(connection, annotation)

    def annotations(self) -> tuple[Annotation, ...]:
        """Return the annotations by time."""
        with self.reading() as connection:
            return notes.all_annotations(connection)

    def remove_annotation(self, annotation_id: int) -> None:
        """Remove an annotation."""
        with self.writing() as connection:
            notes.remove(connection, "annotations", annotation_id)

    def close(self) -> None:
        """Close the file; more than once does no harm."""
        with self._guard:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend the shared connection for short reads."""
        with self._guard, translated(self.path):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection of its own within one write transaction; any error undoes it all. Readers never wait for it.

        Raises:
            WorkspaceError: the workspace can't be written, or stays locked.
        """
        self._require_writable()
        with translated(self.path):
            connection = connect(self.path)
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            finally:
                connection.close()  # an open transaction ends undone

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Like ``writing``, but exclusive of imports too: for changes that imports build upon."""
        self._require_writable()
        lock = WriterLock(self.path, writing_folder(self.path))
        try:
            with self.writing() as connection:
                yield connection
        finally:
            lock.release()

    @contextmanager
    def changing_whole_file(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection outside of any transaction, exclusive of imports: for what SQLite does to the file as a whole."""
        self._require_writable()
        lock = WriterLock(self.path, writing_folder(self.path))
        try:
            with translated(self.path):
                connection = connect(self.path)
                try:
                    yield connection
                finally:
                    connection.close()
        finally:
            lock.release()

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection of its own that sees one state of the workspace throughout, whatever is written meanwhile."""
        with translated(self.path):
            connection = connect(self.path, read_only=self.read_only, immutable=self.immutable)
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                connection.close()

    def _require_writable(self) -> None:
        if self.read_only:
            raise WorkspaceError("the workspace is read-only", str(self.path), "Open a copy in a folder of your own")


def _require_time_zone(definitions: Definitions) -> None:
    try:
        ZoneInfo(definitions.time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise RequestError(
            f"there is no time zone {definitions.time_zone!r}", fix="Use an IANA name, for example Europe/Berlin or UTC"
        ) from error


def _lay_out(path: Path, definitions: Definitions) -> None:
    from docops_desktop.store.schema import add_missing
    from docops_desktop.store.views import create_views

    connection = connect(path)
    try:
        connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN IMMEDIATE")
        add_missing(connection)
        create_views(connection)
        for key, value in {
            "workspace_id": uuid.uuid4().hex,
            "secret": secrets.token_hex(16),
            **meta.first_state(),
            "next_import_id": "1",
            "created_ms": str(int(time.time() * 1000)),
        }.items():
            meta.write_meta(connection, key, value)
        meta.write_json(connection, meta.DEFINITIONS_KEY, definitions.to_json())
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # closing would not tell of a full disk
    finally:
        connection.close()


def _bring_up_to_date(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version >= SCHEMA_VERSION:
        return
    if read_only:
        raise WorkspaceError(
            "the workspace was made by an older version and can't be brought up to date here",
            str(path),
            "Open a copy in a folder of your own",
        )
    from docops_desktop.store.migrations import upgrade

    lock = WriterLock(path, writing_folder(path))
    try:
        upgrade(connection, path)
    finally:
        lock.release()


def _bring_up_to_date_first(path: Path) -> None:
    connection, _ = open_existing(path, read_only=False)
    try:
        with translated(path):
            _bring_up_to_date(connection, path, read_only=False)
    finally:
        connection.close()


def _facts_part(definitions: Definitions) -> tuple[Any, ...]:
    return definitions.conversion, definitions.page_rules, definitions.time_zone
