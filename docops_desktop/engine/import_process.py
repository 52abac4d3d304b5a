"""Imports in a process of its own, so that parsing never holds up the window (one interpreter lock less to share).

The child opens the workspace, imports file by file and builds the columns; the job's thread only passes on what it tells. Stopping the child at any
moment is safe: an import is wholly in or wholly out.
"""

from __future__ import annotations

import multiprocessing
import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from docops_desktop.engine.imports import ImportOptions, files_of, import_each
from docops_desktop.engine.jobs import JobContext
from docops_desktop.engine.progress import ImportMeter
from docops_desktop.engine.state import ImportOutcome
from docops_desktop.engine.workspace_session import WorkspaceSession
from docops_desktop.kernels.priority import BACKGROUND
from docops_desktop.model.errors import Cancelled, KnownError, WorkspaceError

if TYPE_CHECKING:
    from docops_desktop.store.workspace import Workspace

TELL_EVERY_S = 0.1
POLL_S = 0.05
IMPORT_SHARE = 0.85
"""Part of a job that the import is; building the columns is the rest."""
PATIENCE_S = 2.0
"""How long a cancelled child may take to undo what it was doing before it is ended."""


@dataclass(frozen=True, slots=True)
class ImportRun:
    """What became of an import job: outcomes so far, the fault that ended it, whether it was cancelled."""

    outcomes: tuple[ImportOutcome, ...]
    fault: Exception | None = None
    cancelled: bool = False

    @property
    def changed(self) -> bool:
        """Something new is in the workspace."""
        return any(outcome.status == "loaded" for outcome in self.outcomes)


class ImportWork(Protocol):
    """What is to be imported; it travels to the process that does it."""

    def run(
        self,
        workspace: Workspace,
        progress: Callable[[float | None, str], None],
        cancelled: Callable[[], bool],
        outcome: Callable[[ImportOutcome], None],
    ) -> None:
        """Import, and tell the outcome of each file as it is known."""


@dataclass(frozen=True, slots=True)
class FilesWork:
    """Files and folders that the user named."""

    paths: tuple[Path, ...]
    options: ImportOptions

    def run(
        self,
        workspace: Workspace,
        progress: Callable[[float | None, str], None],
        cancelled: Callable[[], bool],
        outcome: Callable[[ImportOutcome], None],
    ) -> None:
        """Import one after the other."""
        files = files_of(self.paths)
        meter = ImportMeter(files, progress)
        meter.tell_each(import_each(workspace, files, self.options, meter.tell, cancelled), outcome)


@dataclass(frozen=True, slots=True)
class ReadWork:
    """Nothing to import: only the columns are built anew, since another program changed the workspace."""

    def run(
        self,
        workspace: Workspace,
        progress: Callable[[float | None, str], None],
        cancelled: Callable[[], bool],
        outcome: Callable[[ImportOutcome], None],  # noqa: ARG002 - there is no file to tell of
    ) -> None:
        """Build the columns."""
        from docops_desktop.store.columnar_cache import open_facts

        open_facts(workspace, lambda text, share: progress(share, text), cancelled)


Importer = Callable[[WorkspaceSession, ImportWork, JobContext], ImportRun]
"""``import_here`` or ``import_apart``."""


def import_here(session: WorkspaceSession, work: ImportWork, context: JobContext) -> ImportRun:
    """Import in this process."""
    outcomes: list[ImportOutcome] = []
    try:
        _run(session, work, context.progress, context.cancelled, outcomes.append)
    except Cancelled:
        return ImportRun(tuple(outcomes), cancelled=True)
    except Exception as error:
        return ImportRun(tuple(outcomes), error)
    return ImportRun(tuple(outcomes))


def import_apart(session: WorkspaceSession, work: ImportWork, context: JobContext) -> ImportRun:
    """Import in a process of its own; returns when that has ended."""
    spawn = multiprocessing.get_context("spawn")
    told, tell = spawn.Pipe(duplex=False)
    orders, order = spawn.Pipe(duplex=False)
    child = spawn.Process(target=_child, args=(session.path, work, tell, orders), name="import", daemon=True)
    context.progress(None, "starting")
    child.start()
    tell.close()
    orders.close()
    try:
        return _follow(told, order, child, context)
    finally:
        told.close()
        order.close()
        child.join(PATIENCE_S)
        if child.is_alive():
            child.kill()
            child.join()
        child.close()


def _follow(told: Connection, order: Connection, child: Any, context: JobContext) -> ImportRun:
    outcomes: list[ImportOutcome] = []
    give_up_at: float | None = None
    while True:
        if context.cancelled() and give_up_at is None:
            give_up_at = time.monotonic() + PATIENCE_S
            _send(order, "cancel")
        if give_up_at is not None and time.monotonic() > give_up_at:
            return ImportRun(tuple(outcomes), cancelled=True)
        if not told.poll(POLL_S):
            continue
        try:
            kind, value = told.recv()
        except EOFError:
            child.join(PATIENCE_S)
            return ImportRun(tuple(outcomes), _ended(child.exitcode), cancelled=context.cancelled())
        if kind == "progress":
            context.progress(*value)
        elif kind == "outcome":
            outcomes.append(value)
        else:
            return ImportRun(tuple(outcomes), value, cancelled=kind == "cancelled")


def _child(workspace: Path, work: ImportWork, tell: Connection, orders: Connection) -> None:
    """Run in the child."""
    if hasattr(os, "nice"):
        os.nice(BACKGROUND)
    last = 0.0

    def progress(fraction: float | None, text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= TELL_EVERY_S:
            last = time.monotonic()
            _send(tell, ("progress", (fraction, text)))

    end: tuple[str, Exception | None] = ("done", None)
    try:
        with WorkspaceSession.open(workspace) as session:
            _run(session, work, progress, orders.poll, lambda found: _send(tell, ("outcome", found)))
    except Cancelled:
        end = ("cancelled", None)
    except KnownError as error:
        end = ("failed", error)
    except Exception:
        end = ("failed", RuntimeError(traceback.format_exc()))  # a fault of any class travels as its text
    _send(tell, end)


def _run(
    session: WorkspaceSession,
    work: ImportWork,
    progress: Callable[[float | None, str], None],
    cancelled: Callable[[], bool],
    outcome: Callable[[ImportOutcome], None],
) -> None:
    """Import, then build the columns when something was loaded, also when the import ended early."""
    found: list[ImportOutcome] = []
    share = 1.0 if isinstance(work, ReadWork) else IMPORT_SHARE

    def tell(fraction: float | None, text: str) -> None:
        progress(None if fraction is None else share * fraction, text)

    def note(told: ImportOutcome) -> None:
        found.append(told)
        outcome(told)

    try:
        work.run(session.workspace, tell, cancelled, note)
    finally:
        if ImportRun(tuple(found)).changed:
            session.read(lambda text, done: progress(share + (1.0 - share) * done, text))


def _send(pipe: Connection, message: object) -> None:
    try:
        pipe.send(message)
    except OSError:
        return  # the other side is gone; what matters then is in the workspace


def _ended(exit_code: int | None) -> WorkspaceError:
    return WorkspaceError(
        f"the import's process ended unexpectedly (code {exit_code})",
        fix="What was not reported as loaded is not in the workspace; import it again",
    )
