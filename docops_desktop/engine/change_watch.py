"""Notices that another program changed the open workspace (an import on the command line, a colleague's window) and reads it anew.

A look costs a line of SQL on a connection of its own; only a change makes work, in the io lane, and the window says what changed.
"""

from __future__ import annotations

from typing import Any, ClassVar

from docops_desktop.engine.faults import log
from docops_desktop.engine.import_process import ReadWork
from docops_desktop.engine.jobs import JobContext
from docops_desktop.engine.state import Message, WorkspaceInfo
from docops_desktop.engine.watcher import Watcher
from docops_desktop.engine.workspace_jobs import LANE, progress_into
from docops_desktop.engine.workspace_session import Loaded, WorkspaceSession
from docops_desktop.model.errors import KnownError
from docops_desktop.model.wording import counted


class ChangeWatch(Watcher):
    """Looks every few seconds once ``start`` was called; ``look`` does it now."""

    name: ClassVar[str] = "docops-change-watch"
    every_s: ClassVar[float] = 3.0

    def start(self) -> None:
        """Look every few seconds from now on."""
        self._start_clock()

    def stop(self) -> None:
        """Look no more."""
        self._stop_clock()

    def look(self) -> None:
        """Compare the workspace on the disk with what was read; from any thread."""
        session = self._workspaces.session
        if session is None or self._runner.is_busy(LANE) or not _is_changed(session):
            return

        def work(context: JobContext) -> Loaded | None:
            if not _is_changed(session):
                return None  # it was this program's own doing
            if not session.read_only:
                self._importer(session, ReadWork(), context)
            return session.read(progress_into(context), context.cancelled)

        def done(loaded: Loaded | None) -> None:
            before = self._workspaces.info
            if loaded is None or before is None or self._workspaces.session is not session:
                return
            self._workspaces.replaced(loaded)
            self._publish("message", Message("info", change_text(before, loaded.info)))

        self._runner.submit(LANE, "Reading what another program changed", work, done, key="changed elsewhere")


def _is_changed(session: WorkspaceSession) -> bool:
    try:
        return session.version_now() != session.version_read
    except KnownError as error:
        log.info("the workspace can't be looked at now: %s", error)
        return False


def change_text(before: WorkspaceInfo, after: WorkspaceInfo) -> str:
    """Say what another program did to the workspace."""
    old, new = ({record.import_id: record for record in info.imports} for info in (before, after))
    added = [record for number, record in new.items() if number not in old]
    gone = [record for number, record in old.items() if number not in new]
    parts = []
    if added:
        rows = sum(record.rows_loaded for record in added)
        parts.append(f"loaded {_names(added)} ({counted(rows, 'row')})")
    if gone:
        parts.append(f"took out {_names(gone)}")
    return f"Another program {' and '.join(parts) or 'changed this workspace'}. The panels show it."


def _names(records: list[Any]) -> str:
    names = list(dict.fromkeys(record.file_name for record in records))
    return names[0] if len(names) == 1 else f"{len(records)} exports"
