"""Settings survive a restart, and nothing that is wrong with them keeps the program from starting."""

from __future__ import annotations

from pathlib import Path

from docops_desktop.engine.settings import RECENT_FILES, SettingsFile


def test_settings_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    SettingsFile(path).set(theme="dark", geometry=[1, 2], gone=1)
    SettingsFile(path).set(gone=None)
    again = SettingsFile(path)
    assert (again.theme, again.get("geometry"), again.get("gone", "no")) == ("dark", [1, 2], "no")
    assert [item.name for item in path.parent.iterdir()] == ["settings.json"]


def test_the_default_place_is_the_users_configuration_folder(user_folder: Path) -> None:
    assert user_folder in SettingsFile().path.parents


def test_recent_files_newest_first_without_repeats(tmp_path: Path) -> None:
    settings = SettingsFile(tmp_path / "settings.json")
    for number in range(RECENT_FILES + 3):
        settings.remember(tmp_path / f"{number}.docops")
    settings.remember(tmp_path / "5.docops")
    assert len(settings.recent) == RECENT_FILES
    assert settings.recent[0] == str(tmp_path / "5.docops")
    assert len(set(settings.recent)) == RECENT_FILES
    settings.forget_recent(tmp_path / "5.docops")
    assert str(tmp_path / "5.docops") not in SettingsFile(settings.path).recent


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    for content in ("{half", "[1]", ""):
        path.write_text(content)
        settings = SettingsFile(path)
        assert settings.theme == "system"
        assert path.with_suffix(".damaged.json").read_text() == content
        settings.set(theme="light")
        assert SettingsFile(path).theme == "light"


def test_a_place_that_can_not_be_written_costs_only_the_next_start(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    settings = SettingsFile(blocked / "settings.json")
    settings.set(theme="dark")
    assert settings.theme == "dark"
