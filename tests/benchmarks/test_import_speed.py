"""The benchmark's file is the same every time, and all candidates load all of it."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.import_speed import duckdb, ours, pandas
from tests.benchmarks.page_view_csv import COLUMNS, write_page_views


def test_the_file_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        write_page_views(tmp_path / name, 3_001)
    text = (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert text == (tmp_path / "b.csv").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) == 3_002
    assert all(line.count(",") == len(COLUMNS) - 1 == 11 for line in lines)


def test_all_candidates_load_all_rows(tmp_path: Path) -> None:
    source = tmp_path / "views.csv"
    write_page_views(source, 2_000)
    for number, candidate in enumerate((ours, duckdb, pandas)):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = candidate(source, folder)
        assert found["rows"] == 2_000
        assert found["seconds"] > 0
        assert found["peak_mb"] > 0
