"""Older files are brought up to date, after a backup; a step that fails changes nothing."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest

from docops_desktop.model.errors import WorkspaceError
from docops_desktop.store import migrations
from docops_desktop.store.checks import check_workspace
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.schema import SCHEMA_VERSION
from docops_desktop.store.workspace import Workspace


@pytest.fixture
def old(ws: Workspace, path: Path, import_rows, start_ms: int) -> Path:
    """A file as an earlier layout (version 0) had it: no exposures, no INP, no weights, no views."""
    import_rows(ws, [{"start_ms": start_ms, "country": "DE"}], [{"session": 0, "time_ms": start_ms, "load_ms": 900}])
    ws.close()
    with sqlite3.connect(path) as plain:
        for (view,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
            plain.execute(f"DROP VIEW {view}")
        plain.execute("DROP TABLE exposures")
        plain.execute("ALTER TABLE page_views DROP COLUMN inp_ms")
        plain.execute("ALTER TABLE page_views DROP COLUMN weight")
        plain.execute("PRAGMA user_version = 0")
    plain.close()
    return path


def version_of(path: Path) -> int:
    plain = sqlite3.connect(path)
    (version,) = plain.execute("PRAGMA user_version").fetchone()
    plain.close()
    return int(version)


def test_an_older_file_is_brought_up_to_date_after_a_backup(old: Path, import_rows, start_ms: int) -> None:
    with Workspace.open(old) as ws:
        assert len(ws.ledger()) == 1
        facts = open_facts(ws)
        assert facts.page_view("load_ms").tolist() == [900]
        assert "weight" not in facts.page_views  # added with its default, 1
        import_rows(ws, [{"start_ms": start_ms}], [{"session": 0, "time_ms": start_ms, "inp_ms": 40}])
        with ws.reading() as connection:
            assert connection.execute("SELECT country, inp_ms FROM v_page_views").fetchall() == [
                ("DE", None),
                ("(not set)", 40),
            ]
            assert connection.execute("SELECT count(*) FROM exposures").fetchone() == (0,)
        assert all(result.ok for result in check_workspace(ws))
    assert version_of(old) == SCHEMA_VERSION
    backup = old.with_name("shop.docops.v0.backup")
    assert version_of(backup) == 0
    plain = sqlite3.connect(backup)
    assert plain.execute("SELECT load_ms FROM page_views").fetchall() == [(900,)]
    plain.close()


def test_an_earlier_backup_is_kept(old: Path) -> None:
    old.with_name("shop.docops.v0.backup").write_text("precious")
    Workspace.open(old).close()
    assert old.with_name("shop.docops.v0.backup").read_text() == "precious"
    assert version_of(old.with_name("shop.docops.v0.backup2")) == 0


def test_a_step_that_fails_leaves_the_file_as_it_was(old: Path) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM sessions")
        raise ZeroDivisionError

    connection = sqlite3.connect(old, isolation_level=None)
    with pytest.raises(ZeroDivisionError):
        migrations.upgrade(connection, old, {0: half}, 1)
    assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
    connection.close()
    assert version_of(old) == 0


def test_steps_run_one_after_the_other(ws: Workspace, path: Path) -> None:
    ran = []
    steps = {SCHEMA_VERSION + n: lambda _, n=n: ran.append(n) for n in range(3)}
    ws.close()
    connection = sqlite3.connect(path, isolation_level=None)
    assert migrations.upgrade(connection, path, steps, SCHEMA_VERSION + 3) is not None
    assert migrations.upgrade(connection, path, steps, SCHEMA_VERSION + 3) is None
    connection.close()
    assert ran == [0, 1, 2]
    assert version_of(path) == SCHEMA_VERSION + 3


def test_without_a_backup_nothing_is_changed(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_space)
    with pytest.raises(WorkspaceError, match="backup can't be written"):
        Workspace.open(old)
    assert version_of(old) == 0
    assert not list(old.parent.glob("*.part"))


def test_a_backup_that_finds_no_room_leaves_nothing_behind(old: Path) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 17, limits[1]))
    try:
        with pytest.raises(WorkspaceError, match="backup can't be written"):
            Workspace.open(old)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert version_of(old) == 0
    assert not list(old.parent.glob("*.part*"))


def test_an_older_file_that_can_t_be_written_is_refused(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docops_desktop.store.workspace.os.access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(WorkspaceError, match="older version"):
        Workspace.open(old, read_only=True)
    assert version_of(old) == 0


def test_an_older_file_is_brought_up_to_date_for_readers_too(old: Path) -> None:
    with Workspace.open(old, read_only=True) as ws:
        assert ws.read_only
    assert version_of(old) == SCHEMA_VERSION
    assert list(old.parent.glob("*.backup"))


def test_every_older_version_has_a_step() -> None:
    assert sorted(migrations.STEPS) == list(range(SCHEMA_VERSION))


def test_rows_of_a_file_from_before_the_newest_counted_are_settled(ws: Workspace, path: Path) -> None:
    for cost in (100, 300):
        with ws.begin_import("a.csv", "", 1, "ads", "campaign_day") as writer:
            writer.append("campaign_days", pa.table({"day": ["2026-08-01"], "campaign": ["A"], "cost_minor": [cost]}))
            writer.count(read=1, loaded=1)
            writer.commit()
    ws.close()
    with sqlite3.connect(path) as plain:
        for (view,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
            plain.execute(f"DROP VIEW {view}")
        for column in ("superseded_by", "report"):
            plain.execute(f"ALTER TABLE campaign_days DROP COLUMN {column}")
        plain.execute("ALTER TABLE imports DROP COLUMN rows_superseded")
        plain.execute("ALTER TABLE imports DROP COLUMN rows_replaced")
        plain.execute("PRAGMA user_version = 6")
    plain.close()
    with Workspace.open(path) as ws_now:
        with ws_now.reading() as connection:
            assert connection.execute("SELECT cost_minor FROM v_campaign_days").fetchall() == [(300,)]
        assert [record.rows_superseded for record in ws_now.ledger()] == [1, 0]
