"""Makes the demo workspace: wholly, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docops_desktop.engine.files import remove_workspace
from docops_desktop.engine.workspace_session import WorkspaceSession


def create_demo(
    path: Path,
    sessions: int,
    seed: int,
    progress: Callable[[str, float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> WorkspaceSession:
    """Make a workspace with demo data and return it open.

    Raises:
        WorkspaceError: there is a file already, or it can't be written.
        Cancelled: ``cancelled`` said so; nothing is left on disk.
    """
    from docops_desktop.ingest.demo.make import make_demo

    session = WorkspaceSession.create(path)
    try:
        make_demo(session.workspace, sessions=sessions, seed=seed, progress=progress, cancelled=cancelled)
    except BaseException:
        session.close()
        remove_workspace(path)
        raise
    return session
