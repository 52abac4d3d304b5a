"""Opens, makes and closes workspaces in the io lane; only that lane's thread touches the workspace's connection.

The workspace that is open stays until another one was read to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from docops_desktop.engine.faults import log
from docops_desktop.engine.files import remove_workspace
from docops_desktop.engine.jobs import JobContext, JobRunner
from docops_desktop.engine.refresh_scheduler import RefreshScheduler
from docops_desktop.engine.state import WorkspaceInfo
from docops_desktop.engine.workspace_session import Loaded, WorkspaceSession
from docops_desktop.model.errors import KnownError

LANE = "io"


class WorkspaceJobs:
    """The open workspace.

    Args:
        opened: called with the view saved in a workspace (or None) once it is open.
        publish: gets ("workspace", WorkspaceInfo | None).
    """

    def __init__(
        self,
        runner: JobRunner,
        refresh: RefreshScheduler,
        opened: Callable[[Any], None],
        publish: Callable[[str, Any], None],
    ) -> None:
        runner.add_lane(LANE, newest_wins=False)
        self._runner = runner
        self._refresh = refresh
        self._opened = opened
        self._publish = publish
        self.session: WorkspaceSession | None = None
        self.loaded: Loaded | None = None

    @property
    def info(self) -> WorkspaceInfo | None:
        """What is in the open workspace."""
        return self.loaded.info if self.loaded else None

    def open(self, path: Path, *, read_only: bool = False) -> int:
        """Open a workspace."""
        return self._enter(f"Opening {path.name}", path, lambda _: WorkspaceSession.open(path, read_only=read_only))

    def new(self, path: Path) -> int:
        """Make and open an empty workspace."""
        return self._enter(f"Making {path.name}", path, lambda _: WorkspaceSession.create(path))

    def make_demo(self, path: Path, sessions: int, seed: int) -> int:
        """Make and open a demo workspace; nothing of it stays when that is cancelled or fails."""

        def make(context: JobContext) -> WorkspaceSession:
            from docops_desktop.engine.demo import create_demo

            return create_demo(path, sessions, seed, progress_into(context), context.cancelled)

        return self._enter("Making the demo", path, make, made=True)

    def close(self) -> None:
        """Let go of the workspace; what waits in the io lane (saving the view) is done before."""
        session, self.session, self.loaded = self.session, None, None
        self._refresh.attach(None)
        if session is not None:
            self._close(session)
            self._publish("workspace", None)

    def save_view(self, data: Mapping[str, Any]) -> None:
        """Save the view in the workspace, soon; only the newest of several is written.

        A workspace that another program is writing to keeps the view saved before; that is no reason to bother the user at every click.
        """
        session = self.session
        if session is None or session.read_only:
            return

        def work(_: JobContext) -> None:
            try:
                session.save_view(data)
            except KnownError as error:
                log.warning("the view was not saved: %s", error)

        self._runner.submit(LANE, "Saving the view", work, visible=False, cancellable=False, key="view")

    def replaced(self, loaded: Loaded) -> None:
        """The data of the open workspace have changed (import, forget, definitions)."""
        self.loaded = loaded
        self._refresh.attach(loaded.facts, loaded.info.definitions.target_ms, keep=True)
        self._publish("workspace", loaded.info)

    def _enter(
        self, title: str, path: Path, make: Callable[[JobContext], WorkspaceSession], *, made: bool = False
    ) -> int:
        def work(context: JobContext) -> tuple[WorkspaceSession, Loaded, Any]:
            session = make(context)
            try:
                return session, session.read(progress_into(context), context.cancelled), session.load_view()
            except BaseException:
                session.close()
                if made:
                    remove_workspace(path)
                raise

        return self._runner.submit(LANE, title, work, self._entered)

    def _entered(self, found: tuple[WorkspaceSession, Loaded, Any]) -> None:
        before = self.session
        self.session, self.loaded, saved_view = found
        if before is not None:
            self._close(before)
        self._refresh.attach(self.loaded.facts, self.loaded.info.definitions.target_ms)
        self._publish("workspace", self.loaded.info)
        self._opened(saved_view)

    def _close(self, session: WorkspaceSession) -> None:
        self._runner.submit(LANE, "Closing the workspace", lambda _: session.close(), visible=False, cancellable=False)


def progress_into(context: JobContext) -> Callable[[str, float], None]:
    """Return a progress function of (what, fraction) that tells the job."""

    def tell(what: str, fraction: float) -> None:
        context.progress(fraction, what)

    return tell
