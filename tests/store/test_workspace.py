"""Opening and refusing: what is a workspace, what is not, and what each refusal tells."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from docops_desktop.model.definitions import ConversionRule, Definitions, PageRule
from docops_desktop.model.errors import RequestError, WorkspaceError
from docops_desktop.store import connection, workspace
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.records import Annotation, Finding
from docops_desktop.store.schema import FACT_TABLES, SCHEMA_VERSION, TABLES
from docops_desktop.store.workspace import Workspace


def refusal(path: Path) -> str:
    with pytest.raises(WorkspaceError) as caught:
        Workspace.open(path).close()
    assert caught.value.exit_status == 3
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_new_workspace_can_be_opened_again(path: Path) -> None:
    with Workspace.create(path, Definitions(time_zone="Europe/Berlin", k=7)) as ws:
        secret, version, identity = ws.secret, ws.data_version, ws.workspace_id
    with Workspace.open(path) as ws:
        assert (ws.secret, ws.data_version, ws.workspace_id) == (secret, version, identity)
        assert len(ws.secret) == 16
        assert ws.definitions() == Definitions(time_zone="Europe/Berlin", k=7)
        assert ws.ledger() == ()
        assert not ws.read_only
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]  # closed: one file, no helper files


def test_two_workspaces_have_different_secrets(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "a.docops") as one, Workspace.create(tmp_path / "b.docops") as two:
        assert one.secret != two.secret


def test_create_never_overwrites(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(WorkspaceError, match="already a file"):
        Workspace.create(path)
    assert path.read_text() == "mine"


def test_create_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="can't be made"):
        Workspace.create(tmp_path / "nowhere" / "a.docops")


def test_plain_sqlite_reads_tables_and_views(ws: Workspace, path: Path, import_rows, start_ms: int) -> None:
    import_rows(
        ws,
        [{"start_ms": start_ms, "country": "DE", "currency": "EUR"}],
        [{"session": 0, "time_ms": start_ms, "page_url": "/p/1", "load_ms": 1234, "view_class": 5}],
    )
    with sqlite3.connect(path) as plain:
        names = {name for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert set(TABLES) <= names
        query = "SELECT time, view_class, page_group, page_url, country, carrier, load_ms FROM v_page_views"
        assert plain.execute(query).fetchall() == [
            ("2026-07-25T17:20:00.000Z", "bot", "Product", "/p/1", "DE", "(not set)", 1234)
        ]
        for view in ("v_sessions", "v_orders", "v_imports", "v_quarantine"):
            plain.execute(f"SELECT * FROM {view}").fetchall()
    plain.close()


@pytest.mark.parametrize("content", [b"", b"time,page\n1,2\n", b"SQLite format 3\0", os.urandom(5000)])
def test_a_file_of_another_kind_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert "not a DocOps workspace" in refusal(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE t (a)")
    other.close()
    assert "not a DocOps workspace" in refusal(path)


def test_no_such_file(path: Path) -> None:
    with pytest.raises(RequestError, match="no such workspace") as caught:
        Workspace.open(path)
    assert caught.value.exit_status == 2
    assert not path.exists()


def test_a_folder_is_refused(path: Path) -> None:
    path.mkdir()
    refusal(path)


def test_a_newer_version_is_refused(ws: Workspace, path: Path) -> None:
    ws.close()
    with sqlite3.connect(path) as plain:
        plain.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    plain.close()
    message = refusal(path)
    assert "newer version" in message
    assert "Update" in message


def test_a_file_that_was_cut_short_is_refused(ws: Workspace, path: Path) -> None:
    ws.close()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])
    assert "damaged" in refusal(path)


def test_a_file_with_overwritten_pages_is_refused(ws: Workspace, path: Path) -> None:
    ws.close()
    content = bytearray(path.read_bytes())
    content[200:] = b"\xff" * (len(content) - 200)
    path.write_bytes(content)
    assert "damaged" in refusal(path)


def test_a_workspace_without_its_own_records_is_refused(ws: Workspace, path: Path) -> None:
    ws.close()
    with sqlite3.connect(path) as plain:
        plain.execute("DELETE FROM workspace_meta")
    plain.close()
    assert "damaged" in refusal(path)


def test_writing_to_a_locked_workspace_says_so(ws: Workspace, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws.close()
    monkeypatch.setattr("docops_desktop.store.connection.BUSY_TIMEOUT_S", 0.05)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with Workspace.open(path) as again:
        with pytest.raises(WorkspaceError, match="locked"):
            again.save_definitions(Definitions(k=9))
        holder.close()
        again.save_definitions(Definitions(k=9))
        assert again.definitions().k == 9


def test_read_only_looks_but_never_writes(ws: Workspace, path: Path, import_rows, start_ms: int) -> None:
    import_rows(ws, [{"start_ms": start_ms}])
    ws.close()
    before = path.read_bytes()
    with Workspace.open(path, read_only=True) as again:
        assert len(again.ledger()) == 1
        assert not again.immutable  # it can share the file with a writer
        for change in (
            lambda: again.save_definitions(Definitions(k=9)),
            lambda: again.forget(1),
            lambda: import_rows(again),
        ):
            with pytest.raises(WorkspaceError, match="read-only"):
                change()
    assert path.read_bytes() == before


def test_an_unwritable_file_opens_read_only(ws: Workspace, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws.close()
    monkeypatch.setattr("os.access", lambda *_: False)
    with Workspace.open(path) as again:
        assert again.read_only
        assert again.definitions() == Definitions()


def test_on_a_read_only_medium(
    ws: Workspace, path: Path, import_rows, start_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where SQLite can make no helper files, the file is opened as one that can't change, but never past a left-over log."""
    import_rows(ws, [{"start_ms": start_ms}])
    ws.close()

    class NoHelperFiles(sqlite3.Connection):
        def execute(self, sql: str, *arguments: object) -> sqlite3.Cursor:
            sqlite3.connect(f"file:{path.parent}/nowhere/x?mode=ro", uri=True)  # the error that SQLite gives
            raise AssertionError("not reached")

    real = sqlite3.connect

    def connect(place: str, **options: object) -> sqlite3.Connection:
        blocked = path.name in place and "immutable=1" not in place
        return real(place, **options, **({"factory": NoHelperFiles} if blocked else {}))

    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr(connection.sqlite3, "connect", connect)
    with Workspace.open(path) as looking:
        assert looking.immutable
        assert len(looking.ledger()) == 1
        assert not list(path.parent.glob("*-shm"))
    path.with_name("shop.docops-wal").write_bytes(b"left over")
    assert "not closed properly" in refusal(path)


def test_definitions_change_the_data_version_only_where_the_facts_change(ws: Workspace) -> None:
    version = ws.data_version
    ws.save_definitions(replace(ws.definitions(), k=11, target_ms={"Product": 1500.0}))
    assert ws.data_version == version
    ws.save_definitions(replace(ws.definitions(), time_zone="Asia/Kolkata"))
    assert ws.data_version != version
    assert ws.definitions().k == 11


def test_changed_page_rules_are_applied_to_the_urls(ws: Workspace, path: Path, import_rows, start_ms: int) -> None:
    views = [{"session": 0, "time_ms": start_ms, "page_url": url} for url in ("https://x.example/p/1", "/a/2", "/p/1")]
    import_rows(ws, [{"start_ms": start_ms}], views)
    rules = (PageRule("^/a/", "Alpha"), PageRule("^/p/", "Pi"))
    ws.save_definitions(Definitions(page_rules=rules, conversion=ConversionRule("page_group", "Alpha")))
    with sqlite3.connect(path) as plain:
        groups = plain.execute("SELECT page_group FROM v_page_views ORDER BY page_view_id").fetchall()
    plain.close()
    assert groups == [("Pi",), ("Alpha",), ("Pi",)]
    assert open_facts(ws).header.dictionaries["page_group"] == ("(not set)", "Pi", "Alpha")  # the old groups are gone


def test_values_findings_and_annotations_are_kept(ws: Workspace) -> None:
    ws.save_json_value("demo_truth", {"carrier": "Ünïcode"})
    assert ws.json_value("demo_truth") == {"carrier": "Ünïcode"}
    assert ws.json_value("nothing") is None
    with pytest.raises(RequestError):
        ws.save_json_value("definitions", {})
    first = ws.save_finding(Finding("slow phone", "cause", {"where": {"os": "Android"}}, created_ms=5))
    second = ws.save_finding(Finding("other", "cause", created_ms=6))
    changed = ws.save_finding(replace(first, note="fixed"))
    assert ws.findings() == (second, changed)
    ws.remove_finding(second.finding_id)
    assert ws.findings() == (changed,)
    note = ws.save_annotation(Annotation(10, 20, "release 7", "release"))
    assert ws.annotations() == (note,)
    ws.remove_annotation(note.annotation_id)
    assert ws.annotations() == ()


def test_a_time_zone_that_does_not_exist_is_refused(ws: Workspace, tmp_path: Path) -> None:
    for zone in ("Mars/Olympus", "", "../etc"):
        with pytest.raises(RequestError, match="no time zone"):
            ws.save_definitions(Definitions(time_zone=zone))
        with pytest.raises(RequestError, match="no time zone"):
            Workspace.create(tmp_path / "b.docops", Definitions(time_zone=zone))
    assert not (tmp_path / "b.docops").exists()


def test_an_error_within_a_write_undoes_it(ws: Workspace) -> None:
    def fail() -> None:
        with ws.writing() as connection:
            connection.execute("INSERT INTO annotations (text) VALUES ('half')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert ws.annotations() == ()


def test_looking_into_a_workspace_needs_only_the_standard_library(ws: Workspace, path: Path) -> None:
    ws.close()
    script = (
        "import sys; from docops_desktop.store.workspace import Workspace; ws = Workspace.open(sys.argv[1]); ws.ledger(); ws.definitions(); "
        "ws.quarantine(); ws.findings(); ws.close(); "
        "print([m for m in ('numpy', 'pandas', 'pyarrow', 'sqlite_utils', 'adbc_driver_sqlite') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_workspace_from_before_states_were_named(ws: Workspace, path: Path, import_rows, start_ms: int) -> None:
    with ws.writing() as connection:
        connection.execute("DELETE FROM workspace_meta WHERE key = 'state'")
    ws.close()
    with Workspace.open(path) as again:
        version = again.data_version
        import_rows(again, [{"start_ms": start_ms}])
        assert again.data_version != version
        with again.reading() as connection:
            assert connection.execute("SELECT count(*) FROM workspace_meta WHERE key = 'state'").fetchone() == (1,)


def test_every_table_of_rows_has_a_view_with_texts_and_iso_times(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "views.docops") as ws, ws.reading() as connection:
        for table in FACT_TABLES:
            cursor = connection.execute(f"SELECT * FROM v_{table}")
            names = {column[0] for column in cursor.description}
            assert "import_id" in names
            assert not {"time_ms", "created_ms", "closed_ms"} & names
        resources = {column[0] for column in connection.execute("SELECT * FROM v_resources").description}
        assert {"time", "start_ms", "duration_ms", "page_url"} <= resources  # a resource's start is a duration, no time
        aggregates = {column[0] for column in connection.execute("SELECT * FROM v_aggregates").description}
        assert {"start_time", "end_time", "metric", "value"} <= aggregates


def test_a_disk_that_is_full_before_a_new_workspace_is_whole_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(sqlite3.Connection):
        def execute(self, sql: str, *rest: object) -> sqlite3.Cursor:
            if "wal_checkpoint" in sql:  # the rows were in the log, the file itself has no room
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            return super().execute(sql, *rest)

    monkeypatch.setattr(workspace, "connect", lambda file: sqlite3.connect(file, isolation_level=None, factory=Full))
    with pytest.raises(WorkspaceError, match="disk is full"):
        Workspace.create(path)
    assert list(path.parent.iterdir()) == []
