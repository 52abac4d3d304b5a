"""What is done to the data, as jobs: import, forget, definitions, and questions about the ledger.

All of them run one after the other in the io lane, only previews (which touch no workspace) have a lane of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docops_desktop.engine.faults import message_of
from docops_desktop.engine.import_process import FilesWork, Importer, ImportRun, import_here
from docops_desktop.engine.imports import ImportOptions, left_out_for, left_out_text
from docops_desktop.engine.jobs import JobContext, JobRunner
from docops_desktop.engine.mapping_draft import MappingDraft
from docops_desktop.engine.state import Message
from docops_desktop.engine.workspace_jobs import LANE, WorkspaceJobs, progress_into
from docops_desktop.engine.workspace_session import Loaded, WorkspaceSession
from docops_desktop.model.errors import RequestError
from docops_desktop.model.wording import counted

if TYPE_CHECKING:
    from docops_desktop.model.definitions import Definitions

PREVIEW_LANE = "preview"
Callback = Callable[[Any], None]


class DataJobs:
    """Jobs on the open workspace's data. ``publish`` gets "imports", "workspace" and "message"."""

    def __init__(
        self,
        runner: JobRunner,
        workspaces: WorkspaceJobs,
        publish: Callable[[str, Any], None],
        importer: Importer = import_here,
    ) -> None:
        runner.add_lane(PREVIEW_LANE, newest_wins=True)
        self._runner = runner
        self._workspaces = workspaces
        self._publish = publish
        self._importer = importer

    def import_files(
        self,
        paths: Sequence[Path],
        adapter: str | None = None,
        mapping: Path | None = None,
        time_zone: str | None = None,
        privacy: str = "strict",
        drafts: Mapping[Path, MappingDraft] | None = None,
    ) -> int:
        """Import files and folders; return the job's id (0: no workspace is open, which was said)."""
        options = ImportOptions(adapter, mapping, time_zone, privacy, dict(drafts or {}))
        title = f"Importing {paths[0].name}" if len(paths) == 1 else f"Importing {len(paths)} files"

        def work(session: WorkspaceSession, context: JobContext) -> tuple[ImportRun, Loaded | None]:
            run = self._importer(session, FilesWork(tuple(paths), options), context)
            return run, session.read(progress_into(context)) if run.changed else None

        return self._with_workspace(title, work, self._imported)

    def forget(self, import_id: int) -> int:
        """Take one import out of the workspace."""

        def work(session: WorkspaceSession, context: JobContext) -> tuple[Loaded, list[str]]:
            forgotten = session.workspace.forget(import_id)
            missing = left_out_for(forgotten, session.workspace.ledger())
            return session.read(progress_into(context)), [left_out_text(*found) for found in missing]

        def done(found: tuple[Loaded, list[str]]) -> None:
            self._workspaces.replaced(found[0])
            for text in found[1]:
                self._publish("message", Message("info", text))

        return self._with_workspace(f"Forgetting import {import_id}", work, done, cancellable=False)

    def purge(self, before_ms: int, callback: Callback) -> int:
        """Remove everything of before a time (UTC epoch ms); ``callback(Purged)``."""

        def work(session: WorkspaceSession, context: JobContext) -> tuple[Loaded, Any]:
            purged = session.workspace.purge(before_ms)
            return session.read(progress_into(context)), purged

        def done(found: tuple[Loaded, Any]) -> None:
            self._workspaces.replaced(found[0])
            callback(found[1])

        return self._with_workspace("Purging", work, done, cancellable=False)

    def purges(self, callback: Callback) -> int:
        """``callback(tuple of dicts)``: what was purged when (``before_ms``, ``purged_at_ms``, ``rows`` by table), oldest first."""
        return self._with_workspace("Reading the privacy log", lambda s, _: s.workspace.purges(), callback)

    def save_definitions(self, definitions: Definitions) -> int:
        """Save definitions (conversion rule, page rules, time zone, targets) and compute everything anew."""

        def work(session: WorkspaceSession, context: JobContext) -> Loaded:
            session.workspace.save_definitions(definitions)
            return session.read(progress_into(context))

        return self._with_workspace("Applying the definitions", work, self._workspaces.replaced, cancellable=False)

    def quarantine(self, callback: Callback, import_id: int | None = None, limit: int | None = 1000) -> int:
        """``callback(tuple of QuarantinedRow)``: rejected rows of one import, or of all."""
        return self._with_workspace(
            "Reading the quarantine", lambda s, _: s.workspace.quarantine(import_id, limit), callback
        )

    def check(self, callback: Callback) -> int:
        """``callback(tuple of CheckResult)``: the integrity of the workspace."""

        def check(session: WorkspaceSession, _: JobContext) -> object:
            from docops_desktop.store.checks import check_workspace

            return check_workspace(session.workspace)

        return self._with_workspace("Checking the workspace", check, callback)

    def preview(
        self,
        path: Path,
        callback: Callback,
        failed: Callback | None = None,
        *,
        rows: int | None = 50,
        adapter: str | None = None,
        mapping: Path | None = None,
        draft: MappingDraft | None = None,
    ) -> int:
        """``callback(Preview)`` with the beginning of a file; a newer preview supersedes. Without ``failed`` an error is published."""

        def work(_: JobContext) -> Any:
            from docops_desktop.ingest.importer import preview_file

            with (draft or MappingDraft()).file() as corrections:
                return preview_file(path, rows=rows, adapter=adapter, mapping=corrections or mapping)

        return self._runner.submit(PREVIEW_LANE, f"Reading {path.name}", work, callback, failed)

    def _with_workspace(
        self,
        title: str,
        work: Callable[[WorkspaceSession, JobContext], Any],
        done: Callback,
        *,
        cancellable: bool = True,
    ) -> int:
        session = self._workspaces.session
        if session is None:
            error = RequestError("no workspace is open", fix="Open a workspace, make a new one, or start with the demo")
            self._publish("message", Message("error", str(error)))
            return 0

        def done_if_still_open(result: Any) -> None:
            if self._workspaces.session is session:
                done(result)

        return self._runner.submit(
            LANE, title, lambda context: work(session, context), done_if_still_open, cancellable=cancellable
        )

    def _imported(self, done: tuple[ImportRun, Loaded | None]) -> None:
        found, loaded = done
        if loaded is not None:
            self._workspaces.replaced(loaded)
        if found.outcomes:
            self._publish("imports", found.outcomes)
        if found.fault is not None:
            self._publish("message", message_of(found.fault, "importing"))
        if found.cancelled:
            kept = sum(outcome.status == "loaded" for outcome in found.outcomes)
            text = (
                f"Import cancelled. {counted(kept, 'file')} had been loaded and {'stays' if kept == 1 else 'stay'}."
                if kept
                else "Import cancelled. Nothing was changed."
            )
            self._publish("message", Message("info", text))
