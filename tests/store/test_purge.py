"""A purge really removes: rows of all grains of before the time, their texts, and their bytes; the ledger still reconciles."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from docops_desktop.model.errors import WorkspaceError
from docops_desktop.store.checks import check_workspace
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.schema import FACT_TABLES
from docops_desktop.store.workspace import Workspace

DAY = 86_400_000


def files_with(path: Path, needle: bytes) -> list[Path]:
    return [file for file in path.parent.rglob("*") if file.is_file() and needle in file.read_bytes()]


def two_days(ws: Workspace, import_rows, start_ms: int) -> int:
    """Three sessions: an old one, one that begins before the cut and ends after it, and a new one; return the cut."""
    cut = start_ms + DAY
    sessions = [
        {"start_ms": start_ms, "end_ms": start_ms + 9, "campaign": "purged-campaign", "country": "DE"},
        {"start_ms": cut - 1000, "end_ms": cut + 1000, "campaign": "purged-late", "country": "DE"},
        {"start_ms": cut, "end_ms": cut + 9, "campaign": "kept-campaign", "country": "DE"},
    ]
    views = [
        {"session": 0, "time_ms": start_ms, "page_url": "/p/purged-page"},
        {"session": 1, "time_ms": cut - 1000, "page_url": "/p/purged-page"},
        {"session": 1, "time_ms": cut + 1000, "page_url": "/p/purged-too"},
        {"session": 2, "time_ms": cut, "page_url": "/p/kept-page"},
    ]
    orders = [
        {"order_key": "purged-order", "time_ms": cut - 1},
        {"order_key": "kept-order", "time_ms": cut},
    ]
    import_rows(ws, sessions, views, orders, "a" * 64, [(3, "no time", "purged-record")])
    import_rows(ws, [{"start_ms": cut + 5, "campaign": "kept-new"}], (), (), "b" * 64, [(9, "no time", "kept-record")])
    return cut


def test_nothing_of_before_remains_and_everything_after_does(ws: Workspace, path: Path, import_rows, start_ms) -> None:
    cut = two_days(ws, import_rows, start_ms)
    open_facts(ws)
    version = ws.data_version
    assert files_with(path, b"purged-")
    purged = ws.purge(cut)
    assert dict(purged.rows) == {"sessions": 2, "page_views": 3, "orders": 1, "quarantine": 1}
    assert (purged.total, dict(purged.by_import), purged.log_emptied) == (7, {1: 7}, True)
    assert files_with(path, b"purged-") == []
    assert files_with(path, b"kept-page")
    assert ws.data_version != version
    assert [row.record for row in ws.quarantine()] == ["kept-record"]
    facts = open_facts(ws)
    assert (facts.n_sessions, facts.header.first_ms) == (2, cut)
    assert facts.header.dictionaries["campaign"] == ("(not set)", "kept-campaign", "kept-new")
    with ws.reading() as connection:
        assert connection.execute("SELECT order_key FROM orders").fetchall() == [("kept-order",)]


def test_the_ledger_reconciles_and_says_what_was_purged(ws: Workspace, import_rows, start_ms) -> None:
    cut = two_days(ws, import_rows, start_ms)
    before = ws.ledger()
    ws.purge(cut)
    first, second = ws.ledger()
    assert (first.rows_read, first.rows_loaded) == (before[0].rows_read, before[0].rows_loaded)
    assert (first.rows_purged, second.rows_purged) == (7, 0)
    assert (first.first_time_ms, first.last_time_ms) == (cut, cut + 9)
    assert second.first_time_ms == cut + 5
    assert all(result.ok for result in check_workspace(ws)), check_workspace(ws)
    (noted,) = ws.purges()
    assert noted["before_ms"] == cut
    assert noted["rows"]["page_views"] == 3
    with ws.writing() as connection:
        connection.execute("DELETE FROM orders")
    wrong = [result for result in check_workspace(ws) if not result.ok]
    assert [result.name for result in wrong] == ["ledger against tables"]


def test_everything_can_be_purged_and_twice_does_no_harm(ws: Workspace, path: Path, import_rows, start_ms) -> None:
    cut = two_days(ws, import_rows, start_ms)
    ws.purge(cut + DAY)
    assert files_with(path, b"kept-") == []
    assert ws.purge(cut + DAY).total == 0
    assert open_facts(ws).n_sessions == 0
    with ws.reading() as connection:
        for table in FACT_TABLES:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    assert [record.first_time_ms for record in ws.ledger()] == [None, None]
    assert all(result.ok for result in check_workspace(ws))


def test_days_and_rows_without_a_time(ws: Workspace) -> None:
    days = pa.table({"day": ["2026-07-24", "2026-07-25", None], "campaign": ["old", "today", "whole period"]})
    values = pa.table({"start_ms": pa.array([None, 5], pa.int64()), "end_ms": [None, 2**50], "metric": ["p75", "p75"]})
    with ws.begin_import("days.csv", "c" * 64, 1, "generic", "campaign_day") as writer:
        writer.append("campaign_days", days)
        writer.append("aggregates", values)
        writer.count(read=5, loaded=5)
        writer.commit()
    noon = 1_784_980_800_000  # 2026-07-25T12:00Z: the day is not over
    assert dict(ws.purge(noon).rows) == {"campaign_days": 2, "aggregates": 1}
    with ws.reading() as connection:
        rows = connection.execute("SELECT campaign FROM campaign_days ORDER BY campaign").fetchall()
    assert rows == [("today",)]
    assert all(result.ok for result in check_workspace(ws))


def test_backups_that_still_hold_the_rows_are_named(ws: Workspace, path: Path, import_rows, start_ms) -> None:
    cut = two_days(ws, import_rows, start_ms)
    backup = path.with_name(f"{path.name}.v1.backup")
    backup.write_bytes(b"older")
    assert ws.purge(cut).backups == (backup,)
    assert backup.exists()


def test_an_open_import_hinders_and_nothing_changes(ws: Workspace, import_rows, start_ms) -> None:
    cut = two_days(ws, import_rows, start_ms)
    version = ws.data_version
    with ws.begin_import("x.csv", "d" * 64, 1, "generic", "page_view"), pytest.raises(WorkspaceError):
        ws.purge(cut)
    assert ws.data_version == version
    assert len(ws.quarantine()) == 2
