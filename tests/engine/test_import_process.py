"""An import in a process of its own tells the same, can be cancelled, and its sudden end is told with an unchanged workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.engine import import_process
from docops_desktop.engine.import_process import FilesWork, ImportRun, import_apart, import_here
from docops_desktop.engine.imports import ImportOptions
from docops_desktop.engine.jobs import JobContext
from docops_desktop.engine.workspace_session import WorkspaceSession
from docops_desktop.model.errors import RequestError, WorkspaceError
from tests.support.halfway_work import HALFWAY, HalfwayWork

HEADER = "time,session_id,url,load_time_ms\n"


def rows(count: int) -> str:
    return HEADER + "".join(
        f"2026-08-01T10:{n // 60 % 60:02d}:{n % 60:02d}Z,s{n},https://shop.example/p/{n % 9},{700 + n % 900}\n"
        for n in range(count)
    )


@pytest.fixture
def session(tmp_path: Path) -> Iterator[WorkspaceSession]:
    with WorkspaceSession.create(tmp_path / "w.docops") as made:
        yield made


def test_the_progress_goes_on_to_the_end_of_the_columns(session: WorkspaceSession, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(rows(400 if name == "a.csv" else 500))
    told: list[tuple[float | None, str]] = []
    context = JobContext(lambda: told.append((context.fraction, context.detail)))
    run = import_here(session, FilesWork((tmp_path / "a.csv", tmp_path / "b.csv"), ImportOptions()), context)
    assert [outcome.status for outcome in run.outcomes] == ["loaded", "loaded"]
    fractions = [fraction for fraction, _ in told if fraction is not None]
    assert fractions == sorted(fractions)
    assert (fractions[-1], told[-1][1]) == (1.0, "Ready")
    assert max(fraction for fraction in fractions[:-1]) < 1.0
    assert import_process.IMPORT_SHARE in fractions  # the import is done, the columns are still to be built


def test_both_ways_tell_the_same(session: WorkspaceSession, tmp_path: Path) -> None:
    good, empty = tmp_path / "good.csv", tmp_path / "empty.csv"
    good.write_text(rows(300))
    empty.write_text("")
    told: list[str] = []
    context = JobContext(lambda: told.append(context.detail))
    apart = import_apart(
        session,
        FilesWork(
            (
                good,
                empty,
            ),
            ImportOptions(),
        ),
        context,
    )
    assert [outcome.status for outcome in apart.outcomes] == ["loaded", "rejected"]
    assert apart.changed
    assert apart.fault is None
    assert "the file is empty" in str(apart.outcomes[1].error)
    assert told
    with WorkspaceSession.create(tmp_path / "other.docops") as other:
        here = import_here(
            other,
            FilesWork(
                (
                    good,
                    empty,
                ),
                ImportOptions(),
            ),
            JobContext(lambda: None),
        )
    assert [o.status for o in here.outcomes] == [o.status for o in apart.outcomes]
    assert here.outcomes[0].record.rows_loaded == apart.outcomes[0].record.rows_loaded == 300
    assert str(here.outcomes[1].error) == str(apart.outcomes[1].error)
    assert session.read().info.sessions == 300


def test_what_is_not_there_is_told(session: WorkspaceSession, tmp_path: Path) -> None:
    run = import_apart(session, FilesWork((tmp_path / "gone.csv",), ImportOptions()), JobContext(lambda: None))
    faults = [run.fault, *(outcome.error for outcome in run.outcomes)]
    assert any(isinstance(fault, RequestError) for fault in faults)
    assert not run.changed


def halfway(folder: Path) -> HalfwayWork:
    path = folder / "big.csv"
    path.write_text(rows(50_000))
    return HalfwayWork((path,), ImportOptions())


def test_a_cancelled_import_leaves_nothing(session: WorkspaceSession, tmp_path: Path) -> None:
    def cancel_once_it_reads() -> None:
        if context.fraction and context.fraction > import_process.IMPORT_SHARE * HALFWAY:
            context.cancel()

    context = JobContext(cancel_once_it_reads)
    run = import_apart(session, halfway(tmp_path), context)
    assert run.cancelled
    assert not run.changed
    assert session.workspace.ledger() == ()


def test_the_sudden_end_of_the_process_is_told(
    session: WorkspaceSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow, children = import_process._follow, []

    def seen(told: Any, order: Any, child: Any, context: JobContext) -> ImportRun:
        children.append(child)
        return follow(told, order, child, context)

    def kill_once_it_reads() -> None:
        if context.fraction and context.fraction > import_process.IMPORT_SHARE * HALFWAY:
            children[0].kill()

    monkeypatch.setattr(import_process, "_follow", seen)
    context = JobContext(kill_once_it_reads)
    run = import_apart(session, halfway(tmp_path), context)
    assert isinstance(run.fault, WorkspaceError)
    assert "ended unexpectedly" in str(run.fault)
    assert session.workspace.ledger() == ()
