"""The environment is filled when something changed, and otherwise left alone."""

import json

import bootstrap_environment
import pytest
from bootstrap_console import SetupError
from bootstrap_environment import LOCKS, Environment, digest, ensure_environment, read_stamp, write_stamp


@pytest.fixture
def checkout(tmp_path):
    """A checkout with locks and no environment yet."""
    (tmp_path / "docops_desktop").mkdir()
    (tmp_path / "docops_desktop" / "__init__.py").write_text('__version__ = "1"\n', encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    for lock in LOCKS.values():
        (tmp_path / lock).write_text(f"# {lock}\nnumpy==2.4.6\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def done(monkeypatch):
    """Replaces what makes and fills environments by notes of what would have been done."""
    notes = []

    def make(environment, _environ):
        notes.append("make")
        for name in ("python", "docops-desktop"):
            environment.program(name).parent.mkdir(parents=True, exist_ok=True)
            environment.program(name).write_text("", encoding="utf-8")

    monkeypatch.setattr(bootstrap_environment, "ensure_system", lambda *_args, **_kwargs: None)
    monkeypatch.setattr(bootstrap_environment, "works", lambda environment: environment.program("python").exists())
    monkeypatch.setattr(bootstrap_environment, "make_environment", make)
    monkeypatch.setattr(bootstrap_environment, "install_lock", lambda _e, _env, lock: notes.append(lock.name))
    monkeypatch.setattr(bootstrap_environment, "install_project", lambda _e, _env: notes.append("project"))
    return notes


def steps(checkout, group, done):
    done.clear()
    ensure_environment(checkout, group, {})
    return list(done)


def test_programs_stand_where_each_system_puts_them(tmp_path):
    assert Environment(tmp_path, windows=False).program("python") == tmp_path / ".venv" / "bin" / "python"
    windows = Environment(tmp_path, windows=True).program("docops-desktop")
    assert windows == tmp_path / ".venv" / "Scripts" / "docops-desktop.exe"


def test_the_first_run_does_everything_and_the_second_nothing(checkout, done):
    assert steps(checkout, "env", done) == ["make", "requirements.lock", "project"]
    assert steps(checkout, "env", done) == []


def test_a_wider_lock_is_added_once_and_covers_the_narrower(checkout, done):
    steps(checkout, "env", done)
    assert steps(checkout, "test", done) == ["requirements-test.lock"]
    assert steps(checkout, "env", done) == []
    assert steps(checkout, "bench", done) == ["requirements-bench.lock"]
    assert steps(checkout, "test", done) == []


def test_a_changed_lock_is_installed_and_others_are_not_trusted_any_more(checkout, done):
    steps(checkout, "test", done)
    (checkout / "requirements.lock").write_text("numpy==2.4.7\n", encoding="utf-8")
    assert steps(checkout, "env", done) == ["requirements.lock"]
    assert steps(checkout, "test", done) == ["requirements-test.lock"]


def test_a_changed_project_is_installed_again_without_its_packages(checkout, done):
    steps(checkout, "env", done)
    (checkout / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    assert steps(checkout, "env", done) == ["project"]


def test_a_lost_command_is_put_back(checkout, done):
    steps(checkout, "env", done)
    Environment(checkout).program("docops-desktop").unlink()
    assert steps(checkout, "env", done) == ["project"]


def test_another_interpreter_or_folder_or_a_broken_environment_means_a_new_one(checkout, done):
    whole = ["make", "requirements.lock", "project"]
    steps(checkout, "env", done)
    stamp = Environment(checkout).stamp
    entries = read_stamp(stamp)
    for change in ({"python": "3.10"}, {"root": "/elsewhere"}):
        write_stamp(stamp, entries | change)
        assert steps(checkout, "env", done) == whole
    Environment(checkout).program("python").unlink()
    assert steps(checkout, "env", done) == whole


@pytest.mark.parametrize("damage", ["", "{", "[]", "\x00"])
def test_a_damaged_stamp_means_filling_again(checkout, done, damage):
    steps(checkout, "env", done)
    Environment(checkout).stamp.write_text(damage, encoding="utf-8")
    assert steps(checkout, "env", done) == ["requirements.lock", "project"]


def test_an_interrupted_installation_is_not_taken_for_a_finished_one(checkout, done, monkeypatch):
    def fail(*_args):
        raise SetupError("no network")

    with monkeypatch.context() as patch:
        patch.setattr(bootstrap_environment, "install_lock", fail)
        with pytest.raises(SetupError, match="no network"):
            ensure_environment(checkout, "env", {})
    assert steps(checkout, "env", done) == ["requirements.lock", "project"]


def test_line_ends_of_a_windows_checkout_change_nothing(tmp_path):
    unix, windows = tmp_path / "unix", tmp_path / "windows"
    unix.write_bytes(b"a\nb\n")
    windows.write_bytes(b"a\r\nb\r\n")
    assert digest([unix]) == digest([windows])


def test_an_incomplete_checkout_is_named(tmp_path):
    with pytest.raises(SetupError, match=r"requirements\.lock is missing.*Restore it with git"):
        ensure_environment(tmp_path, "env", {})


def test_the_stamp_is_plain_json(tmp_path):
    write_stamp(tmp_path / "stamp.json", {"b": "2", "a": "1"})
    assert json.loads((tmp_path / "stamp.json").read_text(encoding="utf-8")) == {"a": "1", "b": "2"}
    assert [path.name for path in tmp_path.iterdir()] == ["stamp.json"]
