"""A large export whose page views are copied while it is being read ends as one that is copied at the end; or it leaves nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from docops_desktop.ingest.importer import import_file
from docops_desktop.ingest.readers import delimited
from docops_desktop.model.errors import Cancelled, ExportError
from docops_desktop.store import import_writer
from docops_desktop.store.checks import check_workspace
from docops_desktop.store.import_writer import ImportWriter
from docops_desktop.store.transaction import ImportTransaction
from docops_desktop.store.workspace import Workspace
from tests.benchmarks.page_view_csv import write_page_views

VIEWS = 60_000
TABLES = ("page_views", "sessions", "imports", "import_tables", "quarantine", "dim_page_url", "dim_country")


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of some blocks, all of which are worth an early copy."""
    monkeypatch.setattr(import_writer, "EARLY_ROWS", 1)
    monkeypatch.setattr(delimited, "FAST_BLOCKS", 1)
    path = tmp_path / "views.csv"
    write_page_views(path, VIEWS)
    return path


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of each part of the page views that was copied early."""
    found: list[int] = []
    copy = ImportTransaction._copy_early

    def noting(self: ImportTransaction, part: Any) -> None:
        copy(self, part)
        if part.name == "page_views":
            found.append(part.rows)

    monkeypatch.setattr(ImportTransaction, "_copy_early", noting)
    return found


def tables(ws: Workspace) -> dict[str, list[tuple]]:
    with ws.reading() as connection:
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}


def views(ws: Workspace) -> list[tuple]:
    """All that the export says of views and their sessions; keys differ from workspace to workspace."""
    query = (
        "SELECT page_view_id, session_id, time_ms, page_url, load_ms, ttfb_ms, p.conversions, p.revenue_minor, start_ms, end_ms, country, s.currency, "
        "s.conversions, s.revenue_minor FROM page_views p JOIN sessions s USING (session_id) ORDER BY page_view_id"
    )
    with ws.reading() as connection:
        return connection.execute(query).fetchall()


def test_the_workspace_is_the_same_whenever_rows_were_copied(
    export: Path, ws: Workspace, tmp_path: Path, copies: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    import_file(ws, export)
    assert len(copies) >= 4
    assert sum(copies) == VIEWS
    assert all(result.ok for result in check_workspace(ws))
    monkeypatch.setattr(import_writer, "EARLY_ROWS", VIEWS + 1)
    with Workspace.create(tmp_path / "other.docops") as other:
        import_file(other, export)
        assert sum(copies) == VIEWS  # nothing more
        assert views(ws) == views(other)


def test_views_that_are_set_aside_until_sessions_are_known_are_copied_early_too(
    export: Path, ws: Workspace, copies: list[int]
) -> None:
    text = export.read_text().replace('"session_id"', '"not_mapped"', 1)
    export.write_text(text)
    record = import_file(ws, export)
    assert record.rows_loaded == VIEWS
    assert sum(copies) == VIEWS
    assert len(copies) > 1
    assert len(views(ws)) == VIEWS


@pytest.mark.parametrize("end", ["grows", "cancelled"])
def test_what_was_copied_of_an_export_that_is_refused_goes(
    export: Path, ws: Workspace, copies: list[int], end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_file(ws, _shifted(export, "earlier.csv", 2_000))
    before = tables(ws)
    copies.clear()
    reached = ImportWriter.reached

    def copied_at_once(self: ImportWriter, table: str, share: float) -> None:
        """What is to be copied is, before the reading goes on."""
        reached(self, table, share)
        self._staging._worker.wait()
        self._transaction.wait_early(lambda: None)
        if copies and end == "grows":
            with export.open("a") as file:
                file.write("\n")

    monkeypatch.setattr(ImportWriter, "reached", copied_at_once)
    with pytest.raises(ExportError if end == "grows" else Cancelled):
        import_file(ws, export, cancelled=lambda: bool(copies) and end == "cancelled")
    assert copies
    assert tables(ws) == before
    assert not list(ws.path.parent.rglob("*.staging*"))
    assert all(result.ok for result in check_workspace(ws))


def test_a_file_that_is_read_again_is_loaded_once(export: Path, ws: Workspace, copies: list[int]) -> None:
    last = export.read_text().rstrip("\n").rsplit("\n", 1)[1].replace("https://www.shop.example", "/m\xf6bel")
    export.write_bytes(export.read_bytes() + last.encode("cp1252") + b"\n")
    record = import_file(ws, export)
    assert record.mapping["decided"] == {"encoding": "eight-bit"} or record.mapping["encoding"] == "cp1252"
    assert sum(copies) > VIEWS  # the first reading's rows were copied, and taken back
    assert len(views(ws)) == record.rows_loaded == VIEWS + 1


def test_repeats_of_an_earlier_download_are_left_out_before_rows_are_copied(
    export: Path, ws: Workspace, copies: list[int]
) -> None:
    assert import_file(ws, _first(export, "earlier.csv", 20_000)).rows_loaded == 20_000
    copies.clear()
    record = import_file(ws, export)
    assert record.filtered == {"page view already loaded": 20_000}
    assert sum(copies) == VIEWS - 20_000
    assert len(views(ws)) == VIEWS


def _first(export: Path, name: str, rows: int) -> Path:
    """The first rows of an export as one of their own."""
    path = export.with_name(name)
    path.write_text("".join(export.read_text().splitlines(keepends=True)[: rows + 1]))
    return path


def _shifted(export: Path, name: str, rows: int) -> Path:
    """Some rows of another month."""
    path = _first(export, name, rows)
    path.write_text(path.read_text().replace("2026-08", "2026-05").replace("2026-07", "2026-04"))
    return path
