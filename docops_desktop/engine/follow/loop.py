"""Follows a folder in one thread until it is told to stop: for programs without a window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from docops_desktop.engine.follow.follower import POLL_S, Follower
from docops_desktop.engine.follow.load import FollowWork
from docops_desktop.engine.imports import ImportOptions
from docops_desktop.engine.state import ImportOutcome
from docops_desktop.model.errors import KnownError, RequestError

if TYPE_CHECKING:
    from docops_desktop.store.workspace import Workspace


def follow(
    workspace: Workspace,
    folder: Path,
    options: ImportOptions,
    told: Callable[[ImportOutcome], None],
    pause: Callable[[float], bool],
    progress: Callable[[float | None, str], None] = lambda *_: None,
) -> None:
    """Load what arrives in a folder.

    Args:
        told: gets what became of each file or part; what goes wrong is told once.
        pause: waits for some seconds; True ends the following.

    Raises:
        RequestError: there is no such folder now (one that goes away later is waited for).
    """
    if not folder.is_dir():
        raise RequestError("this is not a folder", str(folder), "Name the folder that exports arrive in")
    follower = Follower(folder, workspace.followed_files(), workspace.ledger())
    once = Once(told)
    while True:
        try:
            tasks = follower.look()
        except KnownError as error:
            once(ImportOutcome(str(folder), None, error, try_again=True))
            tasks = ()
        if tasks:
            failed: list[Path] = []

            def outcome(found: ImportOutcome, failed: list[Path] = failed) -> None:
                if found.try_again:
                    failed.append(Path(found.path))
                once(found)

            FollowWork(tasks, options).run(workspace, progress, lambda: False, outcome)
            follower.learn(workspace.followed_files(), workspace.ledger(), failed)
        if pause(POLL_S):
            return


class Once:
    """Passes outcomes on, but a passing trouble (locked workspace, folder away) only once until something is loaded again."""

    def __init__(self, told: Callable[[ImportOutcome], None]) -> None:
        self._told = told
        self._last = ""

    def __call__(self, found: ImportOutcome) -> None:
        """Tell, when it is news."""
        if not found.is_news or (found.error is None and found.status == "duplicate"):
            return
        if found.try_again:
            text = str(found.error)
            if text == self._last:
                return
            self._last = text
        elif found.error is None:
            self._last = ""
        self._told(found)
