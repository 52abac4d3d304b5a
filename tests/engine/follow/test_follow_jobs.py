"""Following and foreign changes as a window sees them: the panels get the new state, errors are told once, the workspace remembers."""

from __future__ import annotations

from pathlib import Path

import pytest

from docops_desktop.engine import follow_jobs
from docops_desktop.engine.follow import follower
from docops_desktop.engine.imports import ImportOptions, import_each
from docops_desktop.engine.state import FollowState
from docops_desktop.store.workspace import Workspace
from tests.engine.conftest import Bench

HEADER = "time,session id,page group,load time (ms)\n"


def rows(first: int, end: int) -> str:
    return "".join(f"2026-09-21T10:00:{n:02d}Z,s{n},Cart,{900 + n}\n" for n in range(first, end))


def arrive(path: Path, content: str) -> None:
    """Put a whole file there at once: a clock that ticks this fast would find it empty now and then."""
    path.parent.with_suffix(".part").write_text(content)
    path.parent.with_suffix(".part").rename(path)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files settle at once, and the clock ticks fast."""
    defaults = dict(follower.Follower.__init__.__kwdefaults__, settle_s=0.0)
    monkeypatch.setattr(follower.Follower.__init__, "__kwdefaults__", defaults)
    monkeypatch.setattr(follow_jobs.FollowJobs, "every_s", 0.02)


@pytest.fixture
def open_bench(bench: Bench, tmp_path: Path) -> Bench:
    path = tmp_path / "w.docops"
    Workspace.create(path).close()
    bench.open(path)
    return bench


@pytest.mark.usefixtures("quick")
def test_what_arrives_reaches_the_panels(open_bench: Bench, tmp_path: Path) -> None:
    desk, loop = open_bench.desk, open_bench.loop
    folder = tmp_path / "in"
    folder.mkdir()
    desk.follow.start(folder)
    loop.turn_until(lambda: desk.follow.state.active)
    arrive(folder / "a.csv", HEADER + rows(0, 4))
    loop.turn_until(lambda: desk.workspace_info is not None and desk.workspace_info.sessions == 4)
    with (folder / "a.csv").open("a") as file:
        file.write(rows(4, 6))
    loop.turn_until(lambda: desk.workspace_info is not None and desk.workspace_info.sessions == 6)
    assert desk.follow.state.imports == 2
    assert desk.follow.state.rows == 6
    arrive(folder / "junk.csv", "a,b\n1,2\n")
    loop.turn_until(lambda: bool(open_bench.of("imports")))
    (outcomes,) = open_bench.of("imports")
    assert [outcome.status for outcome in outcomes] == ["rejected"]
    open_bench.settle()
    desk.follow.stop()
    assert desk.follow.state == FollowState()


@pytest.mark.usefixtures("quick")
def test_the_workspace_remembers_what_is_followed(open_bench: Bench, tmp_path: Path) -> None:
    desk, loop = open_bench.desk, open_bench.loop
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text(HEADER + rows(0, 4))
    desk.follow.start(folder)
    loop.turn_until(lambda: desk.follow.state.rows == 4)
    path = desk.workspace_info.path
    desk.close()
    assert desk.follow.state == FollowState()
    with (folder / "a.csv").open("a") as file:
        file.write(rows(4, 5))
    desk.open(path)
    loop.turn_until(lambda: desk.workspace_info is not None and desk.workspace_info.sessions == 5)
    desk.follow.stop()
    open_bench.settle()
    desk.close()
    desk.open(path)
    open_bench.settle()
    assert desk.follow.state == FollowState()


@pytest.mark.usefixtures("quick")
def test_a_folder_that_is_away_is_told_once(open_bench: Bench, tmp_path: Path) -> None:
    desk, loop = open_bench.desk, open_bench.loop
    folder = tmp_path / "in"
    folder.mkdir()
    desk.follow.start(folder)
    loop.turn_until(lambda: desk.follow.state.active)
    folder.rmdir()
    loop.turn_until(lambda: desk.follow.state.trouble != "")
    folder.mkdir()
    loop.turn_until(lambda: desk.follow.state.trouble == "")
    assert len(open_bench.of("message")) == 1


def test_another_programs_import_is_noticed(open_bench: Bench, tmp_path: Path) -> None:
    desk = open_bench.desk
    desk.watch.look()
    open_bench.settle()
    assert open_bench.of("message") == []
    export = tmp_path / "other.csv"
    export.write_text(HEADER + rows(0, 3))
    with Workspace.open(desk.workspace_info.path) as other:
        list(import_each(other, [export], ImportOptions()))
        desk.watch.look()
        open_bench.settle()
        assert desk.workspace_info.sessions == 3
        assert open_bench.of("message")[-1].text.startswith("Another program loaded other.csv (3 rows)")
        other.forget(1)
    desk.watch.look()
    open_bench.settle()
    assert desk.workspace_info.sessions == 0
    assert "took out other.csv" in open_bench.of("message")[-1].text
    desk.import_files([export])
    open_bench.settle()
    desk.watch.look()
    open_bench.settle()
    assert len(open_bench.of("message")) == 2  # its own doing is no news
