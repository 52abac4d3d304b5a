"""The verbs: which programs they run, in which order, and what they say."""

from pathlib import Path

import bootstrap_verbs
import pytest
from bootstrap_console import SetupError
from bootstrap_environment import Environment
from bootstrap_verbs import Check, check_commands, parse, summary, verb_bench, verb_demo, verb_test


@pytest.fixture
def environment(tmp_path):
    return Environment(tmp_path, windows=False)


@pytest.fixture
def ran(monkeypatch):
    """Notes each program instead of running it; `fail` holds words whose commands fail; `demo` makes its file."""

    class Ran(list):
        fail = frozenset()

        def words(self):
            return [command[1:] for command, _environ in self]

    notes = Ran()

    def run(command, *, cwd, environ):
        notes.append((command, environ))
        if "demo" in command[1:2]:
            Path(command[2]).write_bytes(b"SQLite")
            Path(command[2] + "-wal").write_bytes(b"")
            Path(command[2] + "-cache").mkdir()
        return int(any(word in notes.fail for word in command))

    monkeypatch.setattr(bootstrap_verbs, "run_plain", run)
    monkeypatch.setattr(bootstrap_verbs.platform, "system", lambda: "Linux")
    return notes


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["env"], ("env", [])),
        (["test"], ("test", [])),
        (["test", "--", "-k", "foo"], ("test", ["-k", "foo"])),
        (["test", "-k", "foo"], ("test", ["-k", "foo"])),
        (["demo", "--sessions", "1000"], ("demo", ["--sessions", "1000"])),
        (["bench", "--json"], ("bench", ["--json"])),
    ],
)
def test_what_follows_the_verb_is_passed_on(typed, expected):
    assert parse(typed) == expected


@pytest.mark.parametrize("typed", [[], ["fly"], ["env", "more"]])
def test_a_wrong_request_ends_with_status_2(typed, capsys):
    with pytest.raises(SystemExit) as caught:
        parse(typed)
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_the_checks_run_in_the_environment_and_pytest_gets_the_arguments():
    commands = check_commands(Path("/v/bin/python"), ["-k", "foo"])
    flat = [" ".join(command) for command in commands.values()]
    assert flat == [
        f"{Path('/v/bin/python')} -m ruff check .",
        f"{Path('/v/bin/python')} -m ruff format --check .",
        f"{Path('/v/bin/python')} -m mypy",
        str(Path("/v/bin/lint-imports")),
        f"{Path('/v/bin/python')} -m pytest -k foo",
    ]


def test_on_windows_the_import_linter_is_an_exe():
    assert check_commands(Path("v/python.exe"), [])["layers (import-linter)"] == [str(Path("v/lint-imports.exe"))]


def test_one_failing_check_fails_the_whole_but_the_others_still_run(environment, ran, capsys):
    ran.fail = {"mypy"}
    assert verb_test(environment, {}, []) == 1
    assert len(ran) == 5
    text = capsys.readouterr().out
    assert "1 of 5 steps failed." in text
    assert "FAILED, status 1" in text


def test_all_checks_passing_is_said_and_no_window_is_opened(environment, ran, capsys):
    assert verb_test(environment, {"DISPLAY": ":0"}, []) == 0
    assert capsys.readouterr().out.endswith("All 5 steps passed.\n")
    assert {environ["QT_QPA_PLATFORM"] for _command, environ in ran} == {"offscreen"}


def test_the_summary_has_a_line_for_each_step():
    text = summary([Check("lint", 0, 1.25), Check("tests", 5, 61.0)])
    assert "lint   passed" in text
    assert "tests  FAILED, status 5" in text
    assert "61.0 s" in text


def test_with_a_display_the_demo_opens_the_window(environment, ran):
    assert verb_demo(environment, {"DISPLAY": ":0"}, []) == 0
    workspace = str(environment.root / "out" / "demo.docops")
    assert ran.words() == [["demo", workspace, "--no-window"], [workspace]]
    assert "QT_QPA_PLATFORM" not in ran[-1][1]


def test_without_a_display_the_demo_makes_a_picture_and_the_ranking_and_says_where(environment, ran, capsys):
    assert verb_demo(environment, {}, ["--sessions", "1000"]) == 0
    folder = environment.root / "out"
    workspace, picture = str(folder / "demo.docops"), str(folder / "demo.png")
    assert ran.words() == [
        ["demo", workspace, "--no-window", "--sessions", "1000"],
        ["screenshot", workspace, "--out", picture],
        ["pages", workspace],
    ]
    text = capsys.readouterr().out
    assert "no display" in text
    assert picture in text
    assert workspace in text


def test_the_demo_made_before_is_opened_and_not_replaced(environment, ran):
    verb_demo(environment, {}, [])
    ran.clear()
    assert verb_demo(environment, {}, []) == 0
    assert [words[0] for words in ran.words()] == ["screenshot", "pages"]
    with pytest.raises(SetupError, match="exists already"):
        verb_demo(environment, {}, ["--sessions", "5"])
    assert (environment.root / "out" / "demo.docops").read_bytes() == b"SQLite"


def test_a_demo_that_was_not_finished_leaves_nothing_behind(environment, ran):
    ran.fail = {"demo"}
    assert verb_demo(environment, {}, []) == 1
    assert list((environment.root / "out").iterdir()) == []


def test_a_failing_picture_is_the_status_of_the_demo(environment, ran):
    ran.fail = {"screenshot"}
    assert verb_demo(environment, {}, []) == 1


def test_a_display_that_does_not_answer_is_named_with_the_way_out(environment, ran, monkeypatch):
    monkeypatch.setattr(bootstrap_verbs, "run_plain", lambda command, **_: 0 if "demo" in command[1:2] else -6)
    with pytest.raises(SetupError, match=r"signal 6 .*\(DISPLAY=:7\).*unset"):
        verb_demo(environment, {"DISPLAY": ":7"}, [])


def test_the_benchmarks_get_their_arguments(environment, ran):
    script = environment.root / "tests" / "benchmarks" / "run.py"
    with pytest.raises(SetupError, match=r"run\.py is missing"):
        verb_bench(environment, {}, [])
    script.parent.mkdir(parents=True)
    script.write_text("", encoding="utf-8")
    assert verb_bench(environment, {}, ["--quick"]) == 0
    assert ran.words() == [[str(script), "--quick"]]
