"""Page views of a large export are copied while others still come: nobody sees them before the commit, and nothing of them stays without one."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from docops_desktop.model.errors import Cancelled, WorkspaceError
from docops_desktop.store import connection, import_writer, transaction
from docops_desktop.store.checks import check_workspace
from docops_desktop.store.import_writer import ImportWriter
from docops_desktop.store.workspace import Workspace

ROWS = 300


@pytest.fixture(autouse=True)
def _few_rows_make_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_writer, "EARLY_ROWS", ROWS)


def begin(ws: Workspace) -> ImportWriter:
    return ws.begin_import("views.csv", "a" * 64, 123, "generic", "page_view", {}, {})


def add(writer: ImportWriter, first: int, share: float) -> None:
    """Add rows that reach so much of the export, and wait until what can be copied is."""
    times = pa.array(range(first, first + ROWS))
    writer.append("page_views", pa.table({"time_ms": times, "load_ms": times, "session_id": pa.array([1] * ROWS)}))
    writer.reached("page_views", share)
    writer._staging._worker.wait()
    writer._transaction.wait_early(lambda: None)


def content(path: Path) -> dict[str, list[tuple]]:
    """All rows of all tables, as another program sees them."""
    other = sqlite3.connect(path)
    tables = [name for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: other.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}
    other.close()
    return found


def log_bytes(path: Path) -> int:
    log = path.with_name(f"{path.name}-wal")
    return log.stat().st_size if log.exists() else 0


def leftovers(path: Path) -> list[Path]:
    return list(path.parent.rglob("*.staging*"))


def test_parts_and_the_rest_come_over_in_order_once(ws: Workspace, path: Path) -> None:
    before = content(path)
    with begin(ws) as writer:
        for number, share in enumerate((0.1, 0.3, 0.35, 0.6, 1.0)):
            add(writer, number * ROWS, share)
        assert writer._transaction.copied["page_views"] == 5 * ROWS  # three parts: at a quarter, at 0.55, at the end
        add(writer, 5 * ROWS, 1.0)
        writer.append("sessions", pa.table({"session_id": [1]}))
        assert content(path) == before  # a reader's state is the one before
        writer.count(read=6 * ROWS, loaded=6 * ROWS)
        writer.commit()
    with ws.reading() as reader:
        found = reader.execute("SELECT page_view_id, time_ms, load_ms FROM page_views ORDER BY page_view_id").fetchall()
    assert found == [(n + 1, n, n) for n in range(6 * ROWS)]
    assert all(result.ok for result in check_workspace(ws))
    assert leftovers(path) == []
    assert log_bytes(path) == 0


@pytest.mark.parametrize("dimension", ["country", "custom.plan"])
def test_sessions_are_copied_early_unless_the_import_adds_to_their_columns(
    ws: Workspace, path: Path, dimension: str
) -> None:
    texts = ["a", "b", "a"] * ROWS
    with begin(ws) as writer:
        codes = writer.encode(dimension, pa.array(texts))
        for share, part in ((0.5, slice(0, ROWS)), (1.0, slice(ROWS, 3 * ROWS))):
            ids = pa.array(range(1, 3 * ROWS + 1)[part])
            writer.append("sessions", pa.table({"session_id": ids, dimension: codes[part.start : part.stop]}))
            writer.reached("sessions", share)
        writer._staging._worker.wait()
        writer._transaction.wait_early(lambda: None)
        assert writer._transaction.copied["sessions"] == (ROWS if dimension == "country" else 0)
        writer.commit()
    with ws.reading() as reader:
        query = f'SELECT session_id, value FROM sessions JOIN "dim_{dimension}" d ON d.id = sessions."{dimension}" ORDER BY 1'
        assert reader.execute(query).fetchall() == list(enumerate(texts, 1))


def test_small_imports_hold_no_lock_until_their_commit(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_writer, "EARLY_ROWS", ROWS + 1)
    with begin(ws) as writer:
        add(writer, 0, 0.9)
        assert not writer._transaction.copied
        ws.save_json_value("view", {"a": 1})
        writer.commit()
    assert ws.json_value("view") == {"a": 1}


def test_leaving_without_commit_takes_early_rows_back(ws: Workspace, path: Path) -> None:
    before = content(path)
    with begin(ws) as writer:
        add(writer, 0, 0.5)
        assert writer._transaction.copied["page_views"] == ROWS
    assert content(path) == before
    assert leftovers(path) == []
    assert log_bytes(path) == 0
    with begin(ws) as writer:
        add(writer, 0, 0.5)
        writer.commit()
    assert len(content(path)["page_views"]) == ROWS


def test_others_wait_for_the_lock_or_are_told(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.05)
    with begin(ws) as writer:
        add(writer, 0, 0.5)
        with pytest.raises(WorkspaceError, match="locked by another import or program"):
            ws.save_json_value("view", {})
        writer.commit()
    ws.save_json_value("view", {})


def test_where_another_program_is_writing_parts_are_left_for_later(ws: Workspace, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    with begin(ws) as writer:
        other.execute("BEGIN IMMEDIATE")
        add(writer, 0, 0.3)
        assert not writer._transaction.copied
        other.execute("ROLLBACK")
        add(writer, ROWS, 0.5)
        assert writer._transaction.copied["page_views"] == 2 * ROWS
        writer.commit()
    other.close()
    assert [row[3] for row in content(path)["page_views"]] == list(range(2 * ROWS))


def test_all_parts_may_be_left_for_the_end(ws: Workspace, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    with begin(ws) as writer:
        other.execute("BEGIN IMMEDIATE")
        for number, share in enumerate(import_writer.EARLY_SHARES["page_views"]):
            add(writer, number * ROWS, share)
        add(writer, 6 * ROWS, 1.0)
        writer.append("sessions", pa.table({"session_id": [1]}))
        writer.append("orders", pa.table({"order_key": ["a"]}))
        other.execute("ROLLBACK")
        writer.commit()
    other.close()
    assert [row[3] for row in content(path)["page_views"]] == list(range(7 * ROWS))


def test_a_workspace_that_changed_meanwhile_is_told_early(ws: Workspace, path: Path) -> None:
    with begin(ws) as writer:
        with ws.writing() as other:  # as a program would that knows nothing of the lock
            other.execute("UPDATE workspace_meta SET value = '77' WHERE key = 'generation'")
        before = content(path)
        with pytest.raises(WorkspaceError, match="changed by another program"):
            add(writer, 0, 0.5)
    assert content(path) == before


def test_a_disk_that_is_full_ends_the_copy_for_good(ws: Workspace, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = transaction.connect

    def small_disk(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(transaction, "connect", small_disk)
    before = content(path)
    monkeypatch.setattr(import_writer, "EARLY_ROWS", 1)
    with begin(ws) as writer:
        writer.append("page_views", pa.table({"time_ms": range(9_000)}))
        with pytest.raises(WorkspaceError, match="disk is full"):
            add(writer, 0, 0.3)
        add(writer, ROWS, 0.5)
        assert not writer._transaction.copied
        with pytest.raises(WorkspaceError, match="could not be copied"):
            writer.commit()
    assert content(path) == before


def test_giving_up_stops_a_copy_under_way(ws: Workspace, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    def endless(self: transaction.ImportTransaction, part: object) -> None:
        begun.append(part)
        self.connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")

    monkeypatch.setattr(transaction.ImportTransaction, "_copy", endless)
    before = content(path)
    with begin(ws) as writer:
        writer.append("page_views", pa.table({"time_ms": range(ROWS)}))
        writer.reached("page_views", 0.5)
        while not begun:
            time.sleep(0.01)
        with pytest.raises(Cancelled):
            writer.commit(0.0, None, lambda: True)
    assert content(path) == before  # it got here, although the copy would never have ended


KILLED = """
import os, signal, sys
import pyarrow as pa
from docops_desktop.store import import_writer
from docops_desktop.store.workspace import Workspace
import_writer.EARLY_ROWS = 1
ws = Workspace.open(sys.argv[1])
writer = ws.begin_import("f", "s", 1, "a", "page_view")
writer._transaction.connection.execute("PRAGMA main.cache_size=10")  # so that rows reach the log before the commit
for number, share in enumerate((0.3, 0.5)):
    writer.append("page_views", pa.table({"time_ms": range(200_000)}))
    writer.reached("page_views", share)
writer._staging._worker.wait()
writer._transaction.wait_early(lambda: None)
assert writer._transaction.copied["page_views"] == 400_000
print(os.path.getsize(sys.argv[1] + "-wal"), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a POSIX signal")
def test_killing_the_process_after_an_early_copy_leaves_the_workspace_as_it_was(
    ws: Workspace, path: Path, import_rows
) -> None:
    import_rows(ws, [{"start_ms": 5, "country": "DE"}], [{"session": 0, "time_ms": 5}])
    before = content(path)
    ws.close()
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], capture_output=True, check=False)
    assert done.returncode == -9, done.stderr
    assert int(done.stdout) > 1_000_000  # rows were in the log
    assert content(path) == before
    with Workspace.open(path) as again:
        assert all(result.ok for result in check_workspace(again))
        with begin(again) as writer:
            add(writer, 0, 0.5)
            writer.commit()
        assert leftovers(path) == []
        assert len(content(path)["page_views"]) == ROWS + 1
