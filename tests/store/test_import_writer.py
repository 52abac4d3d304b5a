"""An import is wholly in or wholly out, one at a time, and its ledger row reconciles."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

from docops_desktop.model.errors import Cancelled, RequestError, WorkspaceError
from docops_desktop.store.checks import check_workspace
from docops_desktop.store.import_writer import ImportWriter
from docops_desktop.store.workspace import Workspace


def begin(ws: Workspace, sha256: str = "a" * 64) -> ImportWriter:
    return ws.begin_import(
        "views.csv", sha256, 123, "generic", "page_view", {"col": "load_ms"}, {"ip": "dropped"}, "me"
    )


def rows_of(ws: Workspace, query: str) -> list[tuple]:
    with ws.reading() as connection:
        return connection.execute(query).fetchall()


def content(ws: Workspace) -> list[list[tuple]]:
    tables = (
        "sessions",
        "page_views",
        "imports",
        "import_tables",
        "quarantine",
        "dim_country",
        "dim_page_url",
        "workspace_meta",
    )
    return [rows_of(ws, f"SELECT * FROM {table}") for table in tables]


def test_rows_texts_and_ledger_come_back(ws: Workspace) -> None:
    with begin(ws) as writer:
        first = writer.new_session_ids(2)
        second_block = writer.new_session_ids(1)
        country = writer.encode("country", pa.chunked_array([["DE", None], ["FR"]]))
        ids = pa.array([first, first + 1, second_block])
        writer.append("sessions", pa.table({"session_id": ids, "country": country, "start_ms": [1000, 5000, 3000]}))
        batch = pa.record_batch(
            {"session_id": [first], "time_ms": [9000], "load_ms": pa.array([None], pa.int32()), "cls": [0.25]}
        )
        writer.append("page_views", batch)
        writer.quarantine([(4, "no time", "a,b"), (9, "no number", "ü\u2028x")])
        writer.count(read=4, loaded=1)
        writer.count(read=2, quarantined=2, filtered={"robots": 3, "nothing": 0})
        record = writer.commit(2.5)
    assert ws.ledger() == (record,)
    assert ws.find_import("a" * 64) == record
    assert ws.find_import("b" * 64) is None
    assert (record.import_id, record.status, record.seconds, record.imported_by) == (1, "loaded", 2.5, "me")
    assert (record.rows_read, record.rows_loaded, record.rows_filtered, record.rows_quarantined) == (6, 1, 3, 2)
    assert record.filtered == {"robots": 3}
    assert (record.first_time_ms, record.last_time_ms) == (1000, 9000)
    assert (record.mapping, record.privacy) == ({"col": "load_ms"}, {"ip": "dropped"})
    assert [(row.line, row.reason, row.record) for row in ws.quarantine(1)] == [
        (4, "no time", "a,b"),
        (9, "no number", "ü\u2028x"),
    ]
    assert len(ws.quarantine(limit=1)) == 1
    assert ws.quarantine(2) == ()
    assert rows_of(ws, "SELECT session_id, import_id, country, conversions, weight FROM sessions") == [
        (1, 1, 1, 0, 1),
        (2, 1, 0, 0, 1),
        (3, 1, 2, 0, 1),
    ]
    assert rows_of(ws, "SELECT import_id, load_ms, cls, errors, page_group FROM page_views") == [
        (1, None, 0.25, 0, None)
    ]


def test_codes_go_on_over_imports(ws: Workspace) -> None:
    for values, expected in ((["DE", "FR", "DE"], [1, 2, 1]), (["IT", "FR", "", "(not set)"], [3, 2, 0, 0])):
        with begin(ws) as writer:
            assert writer.encode("country", pa.array(values)).to_pylist() == expected
            assert writer.encode("country", pa.array(values).dictionary_encode()).to_pylist() == expected
            writer.commit()
    assert rows_of(ws, "SELECT id, value FROM dim_country") == [(1, "DE"), (2, "FR"), (3, "IT")]


def test_only_texts_of_rows_get_a_code_and_each_text_gets_one(ws: Workspace) -> None:
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 2, 3, None], pa.int32()), pa.array(["DE", "unused", "DE", ""]))
    with begin(ws) as writer:
        assert writer.encode("country", coded).to_pylist() == [1, 1, 0, 0]
        assert writer.encode("country", pa.array(["FR"])).to_pylist() == [2]
        writer.commit()
    assert rows_of(ws, "SELECT id, value FROM dim_country") == [(1, "DE"), (2, "FR")]


def test_page_group_and_landing_page_share_a_dictionary(ws: Workspace) -> None:
    with begin(ws) as writer:
        assert writer.encode("page_group", pa.array(["Home", "Cart"])).to_pylist() == [1, 2]
        assert writer.encode("landing_page", pa.array(["Cart"])).to_pylist() == [2]


def test_nulls_take_the_default_and_wide_types_are_kept(ws: Workspace) -> None:
    key = 2**64 - 3
    with begin(ws) as writer:
        writer.append(
            "sessions",
            pa.table(
                {
                    "session_id": [1, 2],
                    "session_key": pa.array([key, 7], pa.uint64()),
                    "user_key": pa.array([-(2**63), None], pa.int64()),
                    "conversions": pa.array([True, None]),
                    "weight": pa.array([None, 3], pa.int64()),
                    "currency": pa.array(["EUR", None]).dictionary_encode(),
                    "views": pa.nulls(2),
                }
            ),
        )
        writer.commit()
    query = "SELECT session_key, user_key, conversions, weight, currency, views FROM sessions"
    assert rows_of(ws, query) == [(key - 2**64, -(2**63), 1, 1, "EUR", None), (7, 0, 0, 3, None, None)]


def test_every_fact_table_takes_rows(ws: Workspace) -> None:
    with begin(ws) as writer:
        for table, column in {
            "orders": "order_key",
            "campaign_days": "campaign",
            "email_events": "event",
            "resources": "url",
            "exposures": "variant",
            "leads": "stage",
            "opportunities": "stage",
        }.items():
            writer.append(table, pa.table({column: ["x", "y"]}))
        writer.commit()
    for table in ("orders", "campaign_days", "email_events", "resources", "exposures", "leads", "opportunities"):
        assert rows_of(ws, f"SELECT count(*), min(import_id) FROM {table}") == [(2, 1)]


def test_custom_dimensions_are_made_with_the_import(ws: Workspace, path: Path) -> None:
    with begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": [1]}))
        plan = writer.encode("custom.plan", pa.array(["gold"]))
        writer.append("sessions", pa.table({"session_id": [2], "custom.plan": plan}))
        writer.commit()
    with begin(ws, "b" * 64) as writer:
        plan = writer.encode("custom.plan", pa.array(["silver", "gold"]))
        writer.append("sessions", pa.table({"session_id": [3, 4], "custom.plan": plan}))
        writer.commit()
    with sqlite3.connect(path) as plain:
        found = plain.execute('SELECT "custom.plan" FROM v_sessions ORDER BY session_id').fetchall()
    plain.close()
    assert found == [("(not set)",), ("gold",), ("silver",), ("gold",)]
    with begin(ws) as writer, pytest.raises(RequestError):
        writer.encode("custom.no good", pa.array(["x"]))


def append_and_fail(ws: Workspace) -> None:
    with begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": [1]}))
        raise ZeroDivisionError


def test_leaving_without_commit_changes_nothing(ws: Workspace, path: Path) -> None:
    before = content(ws)
    with begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": [1], "country": writer.encode("country", pa.array(["DE"]))}))
    writer.rollback()
    with pytest.raises(ZeroDivisionError):
        append_and_fail(ws)
    assert content(ws) == before
    assert [entry.name for entry in path.with_name("shop.docops-cache").iterdir()] == ["writer.lock"]


def test_a_ledger_that_does_not_reconcile_is_not_committed(ws: Workspace) -> None:
    before = content(ws)
    with begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": [1]}))
        writer.count(read=3, loaded=1, filtered={"robots": 1})
        with pytest.raises(ValueError, match="reconcile"):
            writer.commit()
    assert content(ws) == before


def test_unknown_tables_and_columns_are_defects(ws: Workspace) -> None:
    with begin(ws) as writer:
        with pytest.raises(ValueError, match="no table"):
            writer.append("workspace_meta", pa.table({"key": ["x"]}))
        with pytest.raises(ValueError, match="lod_ms"):
            writer.append("page_views", pa.table({"lod_ms": [1]}))
        with pytest.raises(ValueError, match="import_id"):
            writer.append("page_views", pa.table({"import_id": [1]}))


def test_cancelling_the_copy_changes_nothing(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docops_desktop.store.watched._STEPS", 50)
    before, fractions = content(ws), []
    with begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": range(1, 101)}))
        with pytest.raises(Cancelled):
            writer.commit(0.0, fractions.append, lambda: bool(fractions) and fractions[-1] > 0.3)
    assert fractions == sorted(fractions)
    assert 0.3 < fractions[-1] < 0.6  # in the middle of the one statement that copies them
    assert content(ws) == before
    with begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": range(1, 101)}))
        writer.commit()
    assert rows_of(ws, "SELECT count(*), count(DISTINCT session_id) FROM sessions") == [(100, 100)]


def test_progress_that_gives_up_ends_the_copy(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docops_desktop.store.watched._STEPS", 50)
    before = content(ws)

    def give_up(fraction: float) -> None:
        if fraction > 0.5:
            raise Cancelled("enough")

    with begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": range(1, 101)}))
        with pytest.raises(Cancelled):
            writer.commit(0.0, give_up)
    assert content(ws) == before


def test_cancelling_in_the_middle_of_a_statement_changes_nothing(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docops_desktop.store.watched._STEPS", 100)
    before, asked = content(ws), []
    with begin(ws) as writer:
        writer.append("orders", pa.table({"order_key": [str(n) for n in range(1_000)]}))
        with pytest.raises(Cancelled):
            writer.commit(0.0, None, lambda: bool(asked.append(1)) or len(asked) > 20)
    assert len(asked) == 21
    assert content(ws) == before
    with begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": range(1, 1_001)}))
        assert writer.commit().import_id == 1


def test_cancelling_while_rules_judge_new_urls_changes_nothing(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docops_desktop.store.watched._STEPS", 10**9)  # nothing else looks
    monkeypatch.setattr("docops_desktop.store.page_rules._URLS", 10)
    before, asked = content(ws), []
    with begin(ws) as writer:
        writer.encode("page_url", pa.array([f"/page/{number}" for number in range(100)]))
        with pytest.raises(Cancelled):
            writer.commit(0.0, None, lambda: bool(asked.append(1)) or len(asked) == 7)
    assert len(asked) == 7
    assert content(ws) == before


def test_cancelling_after_the_commit_only_leaves_the_log_for_later(
    ws: Workspace, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from docops_desktop.store import transaction, watched

    interrupted, left, told = threading.Event(), [], set()

    def endless(connection: sqlite3.Connection, wait_s: float) -> None:
        interrupted.set()
        left.extend(ws.path.parent.rglob("*.staging"))
        time.sleep(4 * watched._WAIT_S)  # interrupts that come before the statement has begun are lost
        connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")

    def cancelled() -> bool:
        if interrupted.is_set():
            told.add(threading.current_thread().name)
        return interrupted.is_set()

    monkeypatch.setattr(transaction, "truncate_log", endless)
    monkeypatch.setattr("docops_desktop.store.watched._STEPS", 10**9)
    with begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": [1]}))
        writer.quarantine([(1, "no time", "x")])
        writer.count(read=1, quarantined=1)
        record = writer.commit(0.0, None, cancelled)
    assert told == {"afterthought"}
    assert ws.ledger() == (record,)
    assert rows_of(ws, "SELECT count(*) FROM sessions") == [(1,)]
    assert left == []  # a process that is killed meanwhile leaves nothing behind


def test_rows_of_differing_columns_keep_their_order(ws: Workspace) -> None:
    with begin(ws) as writer:
        for first in range(0, 60, 10):
            times = {"time_ms": range(first, first + 10)}
            writer.append("page_views", pa.table(times | ({"load_ms": [5] * 10} if first % 20 else {})))
        writer.count(read=60, loaded=60)
        writer.commit()
    found = rows_of(ws, "SELECT time_ms, load_ms FROM page_views ORDER BY page_view_id")
    assert found == [(n, 5 if n // 10 % 2 else None) for n in range(60)]


def test_a_second_importer_is_told_that_the_workspace_is_locked(ws: Workspace, path: Path) -> None:
    with begin(ws), Workspace.open(path) as other:
        for change in (lambda: begin(other), lambda: other.forget(1)):
            with pytest.raises(WorkspaceError, match="locked by another import"):
                change()
        assert other.ledger() == ()
    with begin(ws, "b" * 64) as writer:
        assert writer.commit().import_id == 1


def test_another_process_is_locked_out_too(ws: Workspace, path: Path) -> None:
    script = (
        "import sys; from docops_desktop.store.workspace import Workspace\n"
        "try: Workspace.open(sys.argv[1]).begin_import('f', 's', 1, 'a', 'page_view')\n"
        "except Exception as error: print(error)"
    )
    with begin(ws):
        done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert "locked" in done.stdout


def test_readers_see_the_old_state_until_the_commit(ws: Workspace, path: Path) -> None:
    with Workspace.open(path) as other, begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": [1]}))
        assert rows_of(other, "SELECT count(*) FROM sessions") == [(0,)]
        writer.commit()
        assert rows_of(other, "SELECT count(*) FROM sessions") == [(1,)]


def test_small_writes_go_on_during_an_import(ws: Workspace) -> None:
    with begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": [1]}))
        thread = threading.Thread(target=ws.save_json_value, args=("view", {"a": 1}))
        thread.start()
        thread.join(60)
        assert not thread.is_alive()
        writer.commit()
    assert ws.json_value("view") == {"a": 1}


def test_readers_never_wait_for_a_writer(ws: Workspace) -> None:
    with ws.writing() as connection:
        connection.execute("INSERT INTO annotations (start_ms, text) VALUES (1, 'new')")
        thread_saw: list[int] = []
        thread = threading.Thread(target=lambda: thread_saw.append(len(ws.annotations())))
        thread.start()
        thread.join(60)
        assert thread_saw == [0]
    assert len(ws.annotations()) == 1


def test_a_workspace_that_changed_meanwhile_is_not_written(ws: Workspace) -> None:
    with begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": [1]}))
        with ws.writing() as connection:  # as a program would that knows nothing of the lock
            connection.execute("UPDATE workspace_meta SET value = '77' WHERE key = 'generation'")
        with pytest.raises(WorkspaceError, match="changed by another program"):
            writer.commit()
    assert ws.ledger() == ()


def test_rows_that_reach_the_disk_only_at_the_end_and_find_no_room(ws: Workspace) -> None:
    """What the driver held in memory is written when the bulk load ends: that failure is told like any other."""
    resource = pytest.importorskip("resource")
    before, limits = content(ws), resource.getrlimit(resource.RLIMIT_FSIZE)
    with begin(ws) as writer:
        writer.append("sessions", pa.table({"start_ms": pa.array(range(200_000))}))
        writer.count(read=200_000, loaded=200_000)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, limits[1]))
        try:
            with pytest.raises(WorkspaceError, match=r"can't be written|disk is full"):
                writer.commit()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert content(ws) == before
    assert not list(ws.path.parent.rglob("*.staging"))


def append_many_and_stop(ws: Workspace) -> None:
    with begin(ws) as writer:
        for first in range(0, 600_000, 50_000):
            writer.append("page_views", pa.table({"time_ms": pa.array(range(first, first + 50_000))}))


def test_rows_that_find_no_room_while_they_come(ws: Workspace) -> None:
    resource = pytest.importorskip("resource")
    before, limits = content(ws), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, limits[1]))
    try:
        with pytest.raises(WorkspaceError, match=r"can't be written|disk is full"):
            append_many_and_stop(ws)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert content(ws) == before
    assert not list(ws.path.parent.rglob("*.staging"))
    with begin(ws) as writer:
        writer.append("page_views", pa.table({"time_ms": [1]}))
        assert writer.commit().import_id == 1


def test_a_full_disk_leaves_the_workspace_as_it_was(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from docops_desktop.store import transaction

    def small_disk(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 3}")
        return connection

    connect = transaction.connect
    monkeypatch.setattr(transaction, "connect", small_disk)
    before = content(ws)
    with begin(ws) as writer:
        writer.append("sessions", pa.table({"session_id": range(1, 5001)}))
        with pytest.raises(WorkspaceError, match="disk is full"):
            writer.commit()
    assert content(ws) == before


KILLED = """
import os, signal, sys
import pyarrow as pa
from docops_desktop.store.workspace import Workspace
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
ws = Workspace.open(sys.argv[1])
writer = ws.begin_import("f", "s", 1, "a", "page_view")
first = writer.new_session_ids(50000)
table = {"session_id": range(first, first + 50000), "country": writer.encode("country", pa.array(["XX"] * 50000))}
writer.append("sessions", pa.table(table))
if sys.argv[2] == "append":
    die()
writer.commit(0.0, lambda fraction: die() if fraction > 0.75 else None)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a POSIX signal")
@pytest.mark.parametrize("moment", ["append", "commit"])
def test_killing_the_process_leaves_the_workspace_as_it_was(
    ws: Workspace, path: Path, moment: str, import_rows
) -> None:
    import_rows(ws, [{"start_ms": 5, "country": "DE"}])
    before = content(ws)
    ws.close()
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), moment], capture_output=True, check=False)
    assert done.returncode == -9, done.stderr
    with Workspace.open(path) as again:
        assert content(again) == before
        assert all(result.ok for result in check_workspace(again))
        with begin(again) as writer:  # the lock died with its holder, and its leftovers go
            staging = list(path.with_name("shop.docops-cache").glob("*.staging"))
            assert len(staging) <= 1
            writer.commit()
        assert not list(path.with_name("shop.docops-cache").glob("*.staging*"))
