"""Following a folder beside the window: a slow clock looks, the io lane loads, the panels get the new state.

Off by default; which folder is followed is remembered in the workspace, so that opening it again goes on. Errors are told once, per file.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from docops_desktop.engine.faults import message_of
from docops_desktop.engine.follow.follower import POLL_S, Follower, FollowTask
from docops_desktop.engine.follow.load import FollowWork
from docops_desktop.engine.follow.loop import Once
from docops_desktop.engine.import_process import Importer, ImportRun
from docops_desktop.engine.imports import ImportOptions
from docops_desktop.engine.jobs import JobContext, JobRunner
from docops_desktop.engine.state import FollowState, ImportOutcome, Message
from docops_desktop.engine.watcher import Watcher
from docops_desktop.engine.workspace_jobs import LANE, WorkspaceJobs, progress_into
from docops_desktop.engine.workspace_session import Loaded, WorkspaceSession
from docops_desktop.model.errors import Cancelled, KnownError

SHOWN_BYTES = 4 << 20
"""Loading so much takes long enough for a progress bar."""


@dataclass(slots=True)
class _Run:
    """One following: ends when another folder is chosen, following is stopped, or the workspace is closed."""

    session: WorkspaceSession
    follower: Follower
    options: ImportOptions
    once: Once
    loading: bool = False
    job: int = 0


class FollowJobs(Watcher):
    """Follows one folder into the open workspace. ``publish`` gets "follow", "imports" (only what is to be told), "workspace" and "message"."""

    name: ClassVar[str] = "docops-follow"
    every_s: ClassVar[float] = POLL_S

    def __init__(
        self, runner: JobRunner, workspaces: WorkspaceJobs, publish: Callable[[str, Any], None], importer: Importer
    ) -> None:
        super().__init__(runner, workspaces, publish, importer)
        self._guard = threading.Lock()
        self._run: _Run | None = None
        self.state = FollowState()

    def opened(self) -> None:
        """A workspace was opened, or closed: go on following what it remembers."""
        self._end()
        session = self._workspaces.session
        if session is None or session.read_only:
            return
        self._runner.submit(
            LANE, "Reading what is followed", lambda _: session.followed_folder(), self._resume, visible=False
        )

    def start(self, folder: Path, privacy: str = "strict") -> None:
        """Follow a folder from now on, and whenever this workspace is open."""
        session = self._workspaces.session
        if session is None:
            return
        if session.read_only:
            self._publish("message", Message("error", "The workspace is read-only: nothing can be loaded into it"))
            return
        if not folder.is_dir():
            self._publish("message", Message("error", f"There is no folder {folder}"))
            return
        self._end()
        self._begin(session, folder.absolute(), privacy, save=True)

    def stop(self) -> None:
        """Follow no more; what was loaded stays, and is remembered."""
        session, folder = self._workspaces.session, self.state.folder
        self._end()
        if session is not None and folder and not session.read_only:
            self._runner.submit(
                LANE,
                "Saving",
                lambda _: session.save_followed_folder({"folder": folder, "active": False}),
                visible=False,
            )

    def shut_down(self) -> None:
        """End the clock."""
        self._end()
        self._stop_clock()

    def _resume(self, saved: Mapping[str, Any] | None) -> None:
        session = self._workspaces.session
        if session is not None and saved and saved.get("active") and saved.get("folder"):
            self._begin(session, Path(str(saved["folder"])), str(saved.get("privacy", "strict")), save=False)

    def _begin(self, session: WorkspaceSession, folder: Path, privacy: str, *, save: bool) -> None:
        def work(_: JobContext) -> Follower:
            if save:
                session.save_followed_folder({"folder": str(folder), "active": True, "privacy": privacy})
            return Follower(folder, session.workspace.followed_files(), session.workspace.ledger())

        def done(follower: Follower) -> None:
            if self._workspaces.session is session:
                self._run = _Run(session, follower, ImportOptions(privacy=privacy), Once(self._tell))
                self._change(FollowState(str(folder), active=True))
                self._start_clock()

        self._runner.submit(LANE, f"Following {folder.name}", work, done, visible=False, cancellable=False)

    def _end(self) -> None:
        run, self._run = self._run, None
        if run is not None and run.job:
            self._runner.cancel(run.job)
        if self.state != FollowState():
            self._change(FollowState())

    def look(self) -> None:
        """Look once, and have loaded what is due; in the clock's thread (or a test's)."""
        run = self._run
        if run is None or run.loading or not self._guard.acquire(blocking=False):
            return
        try:
            self._look(run)
        finally:
            self._guard.release()

    def _look(self, run: _Run) -> None:
        try:
            tasks = run.follower.look()
        except KnownError as error:
            self._runner.dispatch(partial(self._trouble, run, str(error)))
            return
        if tasks:
            run.loading = True
            self._load(run, tasks)
        elif self.state.trouble or self.state.files != run.follower.files:
            self._runner.dispatch(lambda: self._say(run, trouble=""))

    def _load(self, run: _Run, tasks: tuple[FollowTask, ...]) -> None:
        loads = [task for task in tasks if task.loads]
        size = sum(task.part.end - task.part.start for task in loads)
        title = f"Loading {loads[0].path.name}" if len(loads) == 1 else f"Loading {len(loads)} followed files"

        def work(context: JobContext) -> tuple[ImportRun, Loaded | None]:
            session = run.session
            try:
                found = self._importer(session, FollowWork(tasks, run.options), context)
                loaded = session.read(progress_into(context)) if found.changed else None
                again = [Path(outcome.path) for outcome in found.outcomes if outcome.try_again]
                if found.fault is not None:
                    again = [task.path for task in tasks]
                run.follower.learn(session.workspace.followed_files(), session.workspace.ledger(), again)
                return found, loaded
            finally:
                run.loading = False

        def failed(error: BaseException) -> None:
            run.loading = False
            if isinstance(error, Cancelled):
                self._cancelled(run)
            else:
                self._publish("message", message_of(error, "following"))

        run.job = self._runner.submit(
            LANE, title, work, lambda found: self._loaded(run, *found), failed, visible=size >= SHOWN_BYTES
        )

    def _loaded(self, run: _Run, found: ImportRun, loaded: Loaded | None) -> None:
        run.job = 0
        if loaded is not None and self._workspaces.session is run.session:
            self._workspaces.replaced(loaded)
        records = [outcome.record for outcome in found.outcomes if outcome.status == "loaded"]
        if records:
            self._say(
                run,
                imports=self.state.imports + len(records),
                rows=self.state.rows + sum(record.rows_loaded for record in records if record is not None),
                loaded_at_ms=int(time.time() * 1000),
            )
        for outcome in found.outcomes:
            run.once(outcome)
        if found.fault is not None:
            self._publish("message", message_of(found.fault, "following"))
        if found.cancelled:
            self._cancelled(run)

    def _cancelled(self, run: _Run) -> None:
        """The user cancelled a load: it would only begin again."""
        if run is self._run:
            self.stop()
            self._publish("message", Message("info", "The folder is no longer followed. What was loaded before stays."))

    def _tell(self, outcome: ImportOutcome) -> None:
        """Publish what is news; that something was loaded is said by the state."""
        if outcome.error is not None:
            self._publish("imports", (outcome,))

    def _trouble(self, run: _Run, text: str) -> None:
        if run is self._run and not self.state.trouble:
            self._say(run, trouble=text)
            self._publish("message", Message("error", text))

    def _say(self, run: _Run, **changes: Any) -> None:
        if run is self._run:
            self._change(replace(self.state, **{"files": run.follower.files, **changes}))

    def _change(self, state: FollowState) -> None:
        self.state = state
        self._publish("follow", state)
