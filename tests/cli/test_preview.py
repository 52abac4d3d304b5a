"""What the reader sees, before anything is stored."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from tests.cli.conftest import HEADER, Run

PREVIEW_KEYS = [
    "encoding",
    "delimiter",
    "quote",
    "preamble_lines",
    "footer_lines",
    "header",
    "adapter",
    "confidence",
    "grain",
    "mapping",
    "personal_data",
    "rows",
]


def test_preview_has_the_promised_keys(run: Run, export: Path) -> None:
    ran = run("preview", export, "--rows", "3", "--json")
    assert ran.status == 0, ran.err
    document = ran.document
    assert set(document) >= set(PREVIEW_KEYS)
    assert document["header"] == HEADER.strip().split(",")
    assert len(document["rows"]) == 3
    assert document["delimiter"] == ","
    assert 0 <= document["confidence"] <= 1
    assert document["grain"] == "page_view"
    assert document["mapping"].keys() <= set(document["header"])


def test_all_rows_as_csv_are_the_cells_untouched(run: Run, tmp_path: Path) -> None:
    table = [
        ["timestamp", "url", "load_time_ms", "note"],
        ["2026-08-01T00:00:00Z", "https://a.example/ü", "100", 'says "hi", twice'],
        ["2026-08-01T00:01:00Z", "https://a.example/", "00120", "  padded  "],
        ["2026-08-01T00:02:00Z", "https://a.example/", "", "two\nlines"],
    ]
    file = tmp_path / "table.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(table)
    ran = run("preview", file, "--rows", "all", "--csv")
    assert ran.status == 0, ran.err
    assert list(csv.reader(io.StringIO(ran.out, newline=""))) == table
    run("preview", file, "--csv", "--json").failed_with(2, "--csv")


def test_preview_as_a_table(run: Run, export: Path) -> None:
    ran = run("preview", export)
    assert ran.status == 0
    assert "load_time_ms" in ran.out
    assert "page_view" in ran.out
    assert "what such systems usually write" in ran.out  # how sure we are of the layout


def test_adapters(run: Run) -> None:
    ran = run("adapters", "--json")
    assert ran.status == 0
    adapters = ran.document["adapters"]
    assert all(set(adapter) == {"name", "system", "grain", "evidence"} for adapter in adapters)
    assert "generic" in {adapter["name"] for adapter in adapters}
    assert "generic" in run("adapters").out
