"""Imports as jobs: each file its own outcome, a rejected one hinders nobody, the panels follow, cancel leaves whole files only."""

from __future__ import annotations

from pathlib import Path

import pytest

from docops_desktop.engine import import_jobs
from docops_desktop.model.definitions import ConversionRule, Definitions
from tests.engine.conftest import Bench
from tests.support.halfway_work import HalfwayWork

HEADER = "session_id,timestamp,url,load_time_ms,country,converted\n"


def write_views(path: Path, sessions: int, first: int = 0) -> Path:
    rows = [
        f"s{n},2026-08-01T{n % 24:02d}:00:{v:02d}Z,https://shop.example/{page},{1000 + 10 * n},DE,{int(v == 1 and n % 4 == 0)}\n"
        for n in range(first, first + sessions)
        for v, page in enumerate(("p/shoe", "cart"))
    ]
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


@pytest.fixture
def opened(bench: Bench, tmp_path: Path) -> Bench:
    bench.desk.show_panel("totals")
    bench.desk.new(tmp_path / "new.docops")
    bench.settle()
    assert bench.of("message") == []
    return bench


def test_files_and_folders_are_loaded_and_shown(opened: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    write_views(folder / "a.csv", 40)
    write_views(folder / "b.csv", 20, first=100)
    opened.desk.import_files([folder])
    opened.settle()
    assert opened.of("message") == []
    (outcomes,) = opened.of("imports")
    assert [(Path(o.path).name, o.status) for o in outcomes] == [("a.csv", "loaded"), ("b.csv", "loaded")]
    assert opened.desk.workspace_info.sessions == 60
    assert opened.desk.results.totals.selected.values["page_views"] == 120
    assert len(opened.desk.workspace_info.imports) == 2


def test_a_rejected_file_hinders_nobody(opened: Bench, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    good = write_views(tmp_path / "good.csv", 10)
    same = write_views(tmp_path / "same.csv", 10)
    opened.desk.import_files([empty, good, same])
    opened.settle()
    (outcomes,) = opened.of("imports")
    assert [o.status for o in outcomes] == ["rejected", "loaded", "duplicate"]
    assert "empty.csv" in str(outcomes[0].error)
    assert opened.desk.workspace_info.sessions == 10


def test_a_file_that_is_not_there_is_said(opened: Bench, tmp_path: Path) -> None:
    opened.desk.import_files([tmp_path / "gone.csv"])
    opened.settle()
    assert opened.of("message")[-1].kind == "error"
    assert "gone.csv" in opened.of("message")[-1].text


def test_cancel_leaves_an_unchanged_workspace(opened: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_jobs, "FilesWork", HalfwayWork)
    job = opened.desk.import_files([write_views(tmp_path / "big.csv", 30_000)])
    opened.loop.turn_until(lambda: any(view.detail for view in opened.desk.jobs))
    assert opened.desk.cancel(job)
    opened.settle()
    assert [m.kind for m in opened.of("message")] == ["info"]
    assert opened.desk.workspace_info.sessions == 0
    assert opened.desk.workspace_info.imports == ()


def test_forget_takes_one_import_out(opened: Bench, tmp_path: Path) -> None:
    opened.desk.import_files([write_views(tmp_path / "a.csv", 40), write_views(tmp_path / "b.csv", 20, first=100)])
    opened.settle()
    opened.desk.forget(opened.desk.workspace_info.imports[0].import_id)
    opened.settle()
    assert opened.desk.workspace_info.sessions == 20
    assert opened.desk.results.totals.selected.values["sessions"] == 20


def test_forget_tells_what_later_imports_left_out(opened: Bench, tmp_path: Path) -> None:
    opened.desk.import_files([write_views(tmp_path / "a.csv", 40), write_views(tmp_path / "b.csv", 50)])
    opened.settle()
    opened.desk.forget(opened.desk.workspace_info.imports[0].import_id)
    opened.settle()
    (told,) = (message.text for message in opened.of("message") if "left out" in message.text)
    assert told.startswith("import 2 (b.csv) left out 80 rows")


def test_definitions_change_what_converts(opened: Bench, tmp_path: Path) -> None:
    opened.desk.import_files([write_views(tmp_path / "a.csv", 40)])
    opened.settle()
    assert opened.desk.results.totals.selected.values["conversions"] == 10
    opened.desk.data.save_definitions(Definitions(ConversionRule("page_group", "Cart")))
    opened.settle()
    assert opened.desk.workspace_info.conversion_kind == "page_group"
    assert opened.desk.results.totals.selected.values["conversion_rate"] == 1.0


def test_quarantine_check_and_preview_answer_callbacks(opened: Bench, tmp_path: Path) -> None:
    file = write_views(tmp_path / "a.csv", 5)
    file.write_text(file.read_text() + "s9,no time at all,https://shop.example/,100,DE,0\n")
    opened.desk.import_files([file])
    opened.settle()
    got: dict[str, object] = {}
    opened.desk.data.quarantine(lambda rows: got.update(rows=rows))
    opened.desk.data.check(lambda checks: got.update(checks=checks))
    opened.desk.preview(file, lambda preview: got.update(preview=preview), rows=3)
    opened.settle()
    assert opened.of("message") == []
    (row,) = got["rows"]
    assert row.line == 12
    assert all(check.ok for check in got["checks"])
    assert len(got["preview"].rows) == 3
    failures: list[BaseException] = []
    opened.desk.preview(tmp_path / "gone.csv", lambda _: pytest.fail("there is no file"), failures.append)
    opened.settle()
    assert "gone.csv" in str(failures[0])
