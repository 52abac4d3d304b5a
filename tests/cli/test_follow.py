"""``import --follow``: one line for each import until Ctrl-C."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from docops_desktop.cli import imports
from docops_desktop.engine.follow import loop
from docops_desktop.engine.follow.follower import Follower
from tests.cli.conftest import HEADER, Run, rows


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What happens in each pause; Ctrl-C when nothing is left."""
    steps: list[object] = []

    def pause(_: float) -> None:
        if not steps:
            raise KeyboardInterrupt
        step = steps.pop(0)
        if callable(step):
            step()

    monkeypatch.setattr(imports.time, "sleep", pause)
    monkeypatch.setattr(loop, "Follower", partial(Follower, settle_s=0.0))
    return steps


def test_follow_loads_what_arrives_and_goes_on_in_a_later_run(run: Run, script: list[object], tmp_path: Path) -> None:
    folder, workspace = tmp_path / "in", tmp_path / "w.docops"
    folder.mkdir()
    live = folder / "live.csv"
    script += [lambda: live.write_text(HEADER + rows(4)), None, lambda: (folder / "junk.csv").write_text("a,b\n1,2\n")]
    done = run("import", workspace, folder, "--follow", "--json")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [line["status"] for line in lines] == ["loaded", "rejected"]
    assert lines[0]["rows_read"] == lines[0]["rows_loaded"]
    assert done.status == 1
    assert "junk.csv" in done.err
    with live.open("a") as file:
        file.write(rows(6, 4))
    script += [None]
    done = run("import", workspace, folder, "--follow", "--json")
    (line,) = [json.loads(line) for line in done.out.splitlines()]
    assert line["mapping"]["followed"]["file"] == "live.csv"
    assert done.status == 0
    ledger = run("imports", workspace, "--json").document["imports"]
    assert len(ledger) == 2


def test_follow_takes_one_folder(run: Run, tmp_path: Path) -> None:
    run("import", tmp_path / "w.docops", tmp_path / "nowhere", "--follow").failed_with(2, "--follow takes one folder")
    run("import", tmp_path / "w.docops", tmp_path, tmp_path, "--follow").failed_with(2, "--follow takes one folder")
