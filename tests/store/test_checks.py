"""The checks pass on a sound workspace and name what is wrong in any other."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from docops_desktop.store import cache_file
from docops_desktop.store.checks import check_workspace
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.workspace import Workspace


@pytest.fixture(name="ws")
def _filled(ws: Workspace, import_rows, start_ms: int) -> Workspace:
    sessions = [{"start_ms": start_ms + i, "session_key": i // 2, "country": "DE"} for i in range(20)]
    views = [
        {"session": i, "time_ms": start_ms + i, "page_url": "/p/1", "load_ms": i or None, "view_class": i % 4}
        for i in range(20)
    ]
    import_rows(ws, sessions, views)
    return ws


def failures(ws: Workspace) -> dict[str, str]:
    return {result.name: result.detail for result in check_workspace(ws) if not result.ok}


def test_a_sound_workspace_passes_with_and_without_a_cache(ws: Workspace) -> None:
    assert failures(ws) == {}
    open_facts(ws)
    assert failures(ws) == {}
    names = [result.name for result in check_workspace(ws)]
    assert names == [
        "sqlite integrity",
        "ledger reconciles",
        "ledger against tables",
        "references",
        "cache against tables",
    ]


@pytest.mark.parametrize(
    ("statement", "check", "detail"),
    [
        ("UPDATE imports SET rows_read = rows_read + 1", "ledger reconciles", "import 1: 21 read"),
        (
            "DELETE FROM page_views WHERE page_view_id = 3",
            "ledger against tables",
            "page_views of import 1: 20 rows by the ledger, 19",
        ),
        ("DELETE FROM dim_country", "references", "20 rows of sessions have a country without a text"),
        ("DELETE FROM dim_page_group", "references", "dim_page_url have a page_group"),
        (
            "UPDATE page_views SET session_id = 99 WHERE page_view_id = 1",
            "references",
            "1 page views without a session",
        ),
        ("UPDATE page_views SET load_ms = 77 WHERE page_view_id = 2", "cache against tables", "ms of load time"),
        ("UPDATE sessions SET session_key = 1", "cache against tables", "sessions: 1 in the tables"),
    ],
)
def test_what_was_changed_behind_our_back_is_named(
    ws: Workspace, path: Path, statement: str, check: str, detail: str
) -> None:
    open_facts(ws)
    with sqlite3.connect(path) as plain:
        plain.execute(statement)
    plain.close()
    assert detail in failures(ws)[check]


def test_a_damaged_cache_is_named_even_where_opening_would_not_look(
    ws: Workspace, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    column = open_facts(ws).page_views["load_ms"]
    (file,) = path.with_name("shop.docops-cache").glob("facts-*")
    content = bytearray(file.read_bytes())
    content[cache_file.DATA_START + column.offset + 8] ^= 1
    file.write_bytes(content)
    assert "damaged columns: page_views.load_ms" in failures(ws)["cache against tables"]
    monkeypatch.setattr(cache_file, "FULL_CHECK_BYTES", 0)
    monkeypatch.setattr(cache_file, "_EDGE_BYTES", 4)
    file.unlink()
    open_facts(ws)
    content = bytearray(file.read_bytes())
    content[cache_file.DATA_START + column.offset + 8] ^= 1
    file.write_bytes(content)
    assert "damaged columns: page_views.load_ms" in failures(ws)["cache against tables"]


def test_a_damaged_table_is_a_finding_and_the_other_checks_still_run(ws: Workspace, path: Path) -> None:
    with ws.reading() as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'page_views'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    ws.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xee" * 64)
    with Workspace.open(path, read_only=True) as damaged:
        results = {result.name: result for result in check_workspace(damaged)}
    assert not results["sqlite integrity"].ok
    assert "damaged" in results["ledger against tables"].detail
    assert results["ledger reconciles"].ok
