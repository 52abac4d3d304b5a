"""Carries out what a follower asks for: each stretch of a file is an import of its own, and what is known of the file is written with it.

An export that can't be loaded is told once and remembered, so that it is neither tried nor told again until it changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from docops_desktop.engine.follow.follower import REJECTED, FollowTask
from docops_desktop.engine.imports import ImportOptions, import_one
from docops_desktop.engine.progress import ImportMeter
from docops_desktop.engine.state import ImportOutcome
from docops_desktop.model.errors import ExportError, KnownError, WorkspaceError

if TYPE_CHECKING:
    from docops_desktop.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FollowWork:
    """Tasks of one look."""

    tasks: tuple[FollowTask, ...]
    options: ImportOptions

    def run(
        self,
        workspace: Workspace,
        progress: Callable[[float | None, str], None],
        cancelled: Callable[[], bool],
        outcome: Callable[[ImportOutcome], None],
    ) -> None:
        """Load task by task."""
        meter = ImportMeter([task.path for task in self.tasks], progress)
        loaded = (
            self._load(workspace, task, meter, cancelled) if task.loads else _keep(workspace, task)
            for task in self.tasks
        )
        meter.tell_each(loaded, outcome)

    def _load(
        self, workspace: Workspace, task: FollowTask, meter: ImportMeter, cancelled: Callable[[], bool]
    ) -> ImportOutcome:
        path = str(task.path)
        try:
            record = import_one(workspace, task.path, self.options, meter.tell, cancelled, task.part)
        except WorkspaceError as error:
            return ImportOutcome(path, None, error, try_again=True)
        except KnownError as error:
            if _is_in_motion(task):
                return ImportOutcome(path, None, error, is_news=False, try_again=True)
            return _reject(workspace, task, error)
        return ImportOutcome(path, record)


def _keep(workspace: Workspace, task: FollowTask) -> ImportOutcome | None:
    try:
        workspace.save_followed(task.part.followed, task.part.before)
    except WorkspaceError as error:
        return ImportOutcome(str(task.path), None, error, try_again=True)
    return ImportOutcome(str(task.path), None, ExportError(task.news, str(task.path))) if task.news else None


def _reject(workspace: Workspace, task: FollowTask, error: KnownError) -> ImportOutcome:
    """Remember that the file can't be loaded as it is."""
    new, before = task.part.followed, task.part.before
    is_same = before is not None and before.followed_file_id == new.followed_file_id
    base = before if before is not None and is_same else replace(new, loaded_bytes=0, lines=0, head_bytes=0, sha256="")
    row = replace(
        base,
        size_bytes=task.stat.size_bytes,
        mtime_ns=task.stat.mtime_ns,
        state=REJECTED,
        reason=str(error),
        updated_ms=int(time.time() * 1000),
    )
    try:
        workspace.save_followed(row, before)
    except WorkspaceError as refusal:
        return ImportOutcome(str(task.path), None, refusal, try_again=True)
    was_told = is_same and before is not None and before.state == REJECTED
    return ImportOutcome(str(task.path), None, error, is_news=not was_told)


def _is_in_motion(task: FollowTask) -> bool:
    """Whether the file is another one by now than it was when it was looked at."""
    try:
        now = task.path.stat()
    except OSError:
        return True
    return (now.st_size, now.st_mtime_ns) != (task.stat.size_bytes, task.stat.mtime_ns)
