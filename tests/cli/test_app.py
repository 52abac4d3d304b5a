"""The command line as a whole: help, statuses, one line instead of a traceback."""

from __future__ import annotations

import errno
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from docops_desktop import __main__ as entry
from docops_desktop import __version__
from docops_desktop.cli.app import COMMANDS, app
from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]


def shell(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "docops_desktop", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_help_lists_every_command_and_each_has_help_of_its_own(run: Run) -> None:
    listed = run("--help")
    assert listed.status == 0
    for name in COMMANDS:
        assert f"\n  {name}" in listed.out
        command = run(name, "--help")
        assert command.status == 0
        assert "--json" in command.out
        assert "--quiet" in command.out
    assert run("--version").out.strip().endswith(__version__)


def test_the_listed_commands_are_the_commands() -> None:
    context = click.Context(app)
    for name in COMMANDS:
        command = app.get_command(context, name)
        assert command is not None
        assert command.name == name


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["nonsense"], "nonsense"),
        (["pages"], "WORKSPACE"),
        (["pages", "x", "--nonsense"], "--nonsense"),
        (["pages", "x", "--where", "nonsense=1"], "nonsense"),
        (["pages", "x", "--where", "nonsense"], "condition"),
        (["pages", "x", "--where", "load_ms>=fast"], "fast"),
        (["pages", "x", "--where", "country=DE", "--where", "country=FR"], "exclude each other"),
        (["pages", "x", "--where", "load_ms>=5000", "--where", "load_ms<4000"], "load_ms"),
        (["pages", "x", "--from", "yesterday"], "ISO 8601"),
        (["pages", "x", "--from", "2026-01-02", "--to", "2026-01-01"], "ends before it starts"),
        (["pages", "x", "--target-ms", "nan"], "not a number"),
        (["pages", "x", "--target-ms", "0"], "--target-ms"),
        (["segments", "x", "--by", "nonsense"], "nonsense"),
        (["segments", "x", "--by", "country,browser,os,hour"], "one to three"),
        (["segments", "x", "--by", "country", "--measures", "nonsense"], "nonsense"),
        (["segments", "x", "--by", "country", "--order", "nonsense"], "nonsense"),
        (["whatif", "x", "--all-pages"], "how much"),
        (["whatif", "x", "--ms", "-5"], "which pages"),
        (["whatif", "x", "--all-pages", "--ms", "-5", "--percent", "-5"], "how much"),
        (["whatif", "x", "--all-pages", "--percent", "-100"], "100 %"),
        (["whatif", "x", "--scenarios", "missing.json"], "missing.json"),
        (["screenshot", "x", "--out", "x.png", "--size", "big"], "big"),
        (["screenshot", "x", "--out", "x.jpg"], ".png"),
        (["preview", "x", "--rows", "some"], "some"),
        (["demo", "x", "--sessions", "0"], "--sessions"),
    ],
)
def test_a_wrong_request_is_status_2_and_one_line(run: Run, arguments: list[str], word: str) -> None:
    ran = run(*arguments)
    ran.failed_with(2, word)
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1


READERS = (
    ["pages"],
    ["segments", "--by", "country"],
    ["whatif", "--all-pages", "--ms", "-100"],
    ["check"],
    ["imports"],
)


@pytest.mark.parametrize("command", READERS, ids=lambda c: c[0])
def test_a_workspace_that_is_not_there_is_status_2(run: Run, tmp_path: Path, command: list[str]) -> None:
    run(command[0], tmp_path / "gone.docops", *command[1:]).failed_with(2, "gone.docops")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", READERS, ids=lambda c: c[0])
def test_what_is_not_a_workspace_is_status_3(run: Run, tmp_path: Path, command: list[str]) -> None:
    other = tmp_path / "other.docops"
    other.write_text("just some text\n" * 50)
    run(command[0], other, *command[1:]).failed_with(3, "other.docops")
    assert other.read_text() == "just some text\n" * 50


def test_a_damaged_workspace_is_status_3(run: Run, workspace_path: Path) -> None:
    content = bytearray(workspace_path.read_bytes())
    content[100:4000] = b"\xff" * 3900
    workspace_path.write_bytes(content)
    run("pages", workspace_path).failed_with(3, "demo.docops")


def test_a_newer_workspace_is_status_3(run: Run, workspace_path: Path) -> None:
    with workspace_path.open("r+b") as file:
        file.seek(60)
        file.write((9_999).to_bytes(4, "big"))
    run("pages", workspace_path).failed_with(3, "newer")


def test_a_defect_is_one_line_and_a_traceback_only_with_debug(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("docops_desktop.cli.check.WorkspaceSession.open", broken)
    plain, debug = run("check", tmp_path), run("check", tmp_path, "--debug")
    plain.failed_with(70, "ZeroDivisionError: oops", "--debug")
    assert debug.status == 70
    assert "Traceback" in debug.err
    early = run("--debug", "check", tmp_path)
    assert "Traceback" in early.err


@pytest.mark.parametrize(("name", "status"), [("w.docops", 3), ("a.csv", 2), (None, 2)])
def test_what_the_machine_refuses_is_no_defect(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str | None, status: int
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", name)

    monkeypatch.setattr("docops_desktop.cli.check.WorkspaceSession.open", refused)
    run("check", tmp_path).failed_with(status, name or "", "Permission denied. Check the path")


def test_a_known_error_shows_its_traceback_only_with_debug(run: Run, tmp_path: Path) -> None:
    ran = run("pages", tmp_path / "gone.docops", "--debug")
    assert ran.status == 2
    assert "Traceback" in ran.err


def test_ctrl_c_is_told_and_is_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("docops_desktop.cli.check.WorkspaceSession.open", interrupted)
    run("check", tmp_path).failed_with(130, "cancelled")


def test_a_process_of_its_own(demo_path: Path, tmp_path: Path) -> None:
    done = shell("segments", demo_path, "--by", "country", "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["by"] == ["country"]
    assert done.stderr == ""
    missing = shell("pages", tmp_path / "gone.docops")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr.startswith("docops-desktop: ")
    assert missing.stderr.count("\n") == 1


def test_a_reader_who_leaves_early_is_no_defect(demo_path: Path) -> None:
    command = (
        f"{shlex.quote(sys.executable)} -m docops_desktop segments {shlex.quote(str(demo_path))} "
        "--by page_url,country --limit 0 --json | head -n 1"
    )
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr == ""
    assert done.stdout == "{\n"


def test_output_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    done = shell("pages", tmp_path / "käse.docops", PYTHONIOENCODING="ascii")
    assert "käse.docops" in done.stderr


def test_help_is_quick() -> None:
    """A ratio to an empty interpreter in the same run, because machines differ; heavy imports would make it tenfold.

    Of processor time: what else the machine does is not counted.
    """
    resource = pytest.importorskip("resource")

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return float(children.ru_utime + children.ru_stime)

    def seconds(*command: str) -> float:
        times = []
        for _ in range(3):
            before = used()
            subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, check=True, timeout=120)
            times.append(used() - before)
        return min(times)

    bare = seconds("-c", "import click, zoneinfo, dataclasses, json")
    assert seconds("-m", "docops_desktop", "--help") < 4 * bare


def test_without_a_display_the_window_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(entry, "open_window", lambda path: pytest.fail(f"a window for {path}"))
    assert entry.main([]) == 1
    assert entry.main(["some.docops"]) == 1
    assert capsys.readouterr().err.count("no display") == 2


@pytest.mark.parametrize(
    ("arguments", "path"), [([], None), (["a/b.docops"], Path("a/b.docops")), (["X.DOCOPS"], Path("X.DOCOPS"))]
)
def test_no_argument_or_one_workspace_opens_the_window(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], path: Path | None
) -> None:
    opened: list[Path | None] = []
    monkeypatch.setattr("docops_desktop.cli.display.has_display", lambda: True)
    monkeypatch.setattr(entry, "open_window", lambda p: opened.append(p) or 0)
    assert entry.main(arguments) == 0
    assert opened == [path]
