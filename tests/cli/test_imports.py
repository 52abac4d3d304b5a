"""Exports in and out again: a reconciling ledger, clear rejections, an unchanged workspace where nothing was loaded."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import HEADER, Run, rows

IMPORT_KEYS = [
    "file",
    "sha256",
    "import_id",
    "adapter",
    "grain",
    "status",
    "reason",
    "rows_read",
    "rows_loaded",
    "rows_filtered",
    "rows_quarantined",
    "first_time",
    "last_time",
    "seconds",
]

ROOT = Path(__file__).resolve().parents[2]


def reconciles(record: dict[str, Any]) -> bool:
    return bool(record["rows_read"] == record["rows_loaded"] + record["rows_filtered"] + record["rows_quarantined"])


def contents(path: Path) -> list[tuple[Any, ...]]:
    """All rows of all tables, so that "unchanged" is checked to the last cell."""
    with sqlite3.connect(path) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY 1")
        ]
        found = [(t, *row) for t in tables for row in connection.execute(f"SELECT * FROM {t}")]
    connection.close()
    return found


def test_a_file_is_loaded_into_a_new_workspace(run: Run, tmp_path: Path, export: Path) -> None:
    ran = run("import", tmp_path / "w.docops", export, "--json")
    assert ran.status == 0, ran.err
    (record,) = ran.document["imports"]
    assert list(record)[: len(IMPORT_KEYS)] == IMPORT_KEYS
    assert (record["status"], record["rows_loaded"], record["grain"]) == ("loaded", 80, "page_view")
    assert reconciles(record)
    assert record["first_time"] == "2026-08-01T00:00:00Z"
    document = run("segments", tmp_path / "w.docops", "--by", "page_group", "--json").document
    assert document["total"]["sessions"] == 40
    assert document["total"]["conversions"] == 10
    assert {row["page_group"] for row in document["rows"]} == {"Product", "Cart"}


def test_the_same_file_twice_is_said(run: Run, tmp_path: Path, export: Path) -> None:
    workspace = tmp_path / "w.docops"
    run("import", workspace, export)
    ran = run("import", workspace, export, "--json")
    assert ran.status == 0
    (record,) = ran.document["imports"]
    assert record["status"] == "duplicate"
    assert record["reason"]
    assert len(run("imports", workspace, "--json").document["imports"]) == 1


def test_several_files_and_folders_each_on_its_own(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "a.csv").write_text(HEADER + rows(10))
    (folder / "b.csv").write_text(HEADER)
    (folder / "c.csv").write_text(HEADER + rows(5, first=100))
    ran = run("import", tmp_path / "w.docops", folder, "--json")
    by_name = {Path(record["file"]).name: record for record in ran.document["imports"]}
    assert {name: record["status"] for name, record in by_name.items()} == {
        "a.csv": "loaded",
        "b.csv": "rejected",
        "c.csv": "loaded",
    }
    assert ran.status == 1
    assert "b.csv" in by_name["b.csv"]["reason"]
    assert all(reconciles(record) for record in by_name.values())
    assert len(run("imports", tmp_path / "w.docops", "--json").document["imports"]) == 2


def test_a_table_of_networks_of_ones_own_names_carriers(run: Run, tmp_path: Path) -> None:
    table, log = tmp_path / "own.csv", tmp_path / "access.log"
    table.write_text("network,country,carrier\n203.0.113.0/24,DE,Own Mobile\n", encoding="utf-8")
    hit = '203.0.113.9 - - [01/Aug/2026:10:00:00 +0000] "GET /p HTTP/1.1" 200 10 "-" "Mozilla/5.0 (X11; Linux) Chrome/126.0"\n'
    log.write_text(hit, encoding="utf-8")
    assert run("import", tmp_path / "w.docops", log, "--ip-table", table).status == 0
    document = run("segments", tmp_path / "w.docops", "--by", "carrier,country", "--json").document
    assert [(row["carrier"], row["country"]) for row in document["rows"]] == [("Own Mobile", "DE")]
    assert "own.csv" in run("preview", log, "--ip-table", table).out
    log.write_text(hit + hit, encoding="utf-8")
    run("import", tmp_path / "w.docops", log, "--ip-table", tmp_path / "none.csv").failed_with(2, "none.csv")


def truncated_gzip() -> bytes:
    whole = gzip.compress((HEADER + rows(2_000)).encode())
    return whole[: len(whole) // 2]


BAD = {
    "empty.csv": b"",
    "header_only.csv": HEADER.encode(),
    "binary.csv": bytes(range(256)) * 40,
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10,
    "truncated.csv.gz": truncated_gzip(),
    "no_time.csv": b"session_id,url,load_time_ms\n" + b"".join(b"s%d,https://a.example/,100\n" % n for n in range(50)),
    "not_gzip.csv.gz": b"this is not gzip at all\n" * 10,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_rejected_and_leaves_no_new_workspace(run: Run, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / name).write_bytes(BAD[name])
    ran = run("import", tmp_path / "w.docops", folder / name, "--json")
    ran.failed_with(1, name)
    (record,) = ran.document["imports"]
    assert record["status"] == "rejected"
    assert name in record["reason"]
    assert record["rows_loaded"] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_leaves_a_workspace_unchanged(run: Run, tmp_path: Path, export: Path, name: str) -> None:
    workspace = tmp_path / "w.docops"
    assert run("import", workspace, export).status == 0
    before = contents(workspace)
    (tmp_path / name).write_bytes(BAD[name])
    assert run("import", workspace, tmp_path / name).status == 1
    assert contents(workspace) == before


def test_a_missing_file_is_a_wrong_request(run: Run, tmp_path: Path, export: Path) -> None:
    run("import", tmp_path / "w.docops", export, tmp_path / "gone.csv").failed_with(2, "gone.csv")
    run("preview", tmp_path / "gone.csv").failed_with(2, "gone.csv")
    assert not (tmp_path / "w.docops").exists()


WRONG = [
    ("--adapter", "nonsense"),
    ("--mapping", "nonsense.toml"),
    ("--timezone", "Mars/Olympus"),
    ("--encoding", "nonsense"),
    ("--ip-table", "nonsense.csv"),
]


@pytest.mark.parametrize("options", WRONG)
@pytest.mark.parametrize("follow", [(), ("--follow",)])
def test_a_wrong_option_is_told_once_and_before_the_first_file(
    run: Run, tmp_path: Path, export: Path, options: tuple[str, str], follow: tuple[str, ...]
) -> None:
    folder, workspace = tmp_path / "in", tmp_path / "w.docops"
    folder.mkdir()
    for name in ("one.csv", "two.csv"):
        shutil.copy(export, folder / name)
    ran = run("import", workspace, folder, *options, *follow)
    ran.failed_with(2, options[1])
    assert len(ran.err.splitlines()) == 1
    assert ran.out == ""
    assert not workspace.exists()
    run("import", workspace, export)
    before = contents(workspace)
    run("import", workspace, folder, *options, *follow, "--json").failed_with(2, options[1])
    assert contents(workspace) == before


@pytest.mark.parametrize(
    "text",
    [
        'encoding = "nonsense"',
        'adapter = "nonsense"',
        'name = "mine"\nsystem = "Mine"\ngrain = "page_view"\nencoding = "nonsense"',
    ],
    ids=["encoding", "adapter", "encoding of an adapter"],
)
def test_a_wrong_word_in_a_mapping_is_told_once_and_before_the_first_file(
    run: Run, tmp_path: Path, export: Path, text: str
) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(text + "\n")
    other = tmp_path / "other.csv"
    other.write_text(HEADER + rows(5, first=500))
    ran = run("import", tmp_path / "w.docops", export, other, "--mapping", mapping)
    ran.failed_with(2, "nonsense")
    assert len(ran.err.splitlines()) == 1
    assert not (tmp_path / "w.docops").exists()
    run("preview", export, "--mapping", mapping).failed_with(2, "nonsense")


def test_preview_refuses_an_unknown_encoding(run: Run, export: Path) -> None:
    run("preview", export, "--encoding", "nonsense").failed_with(2, "--encoding", "nonsense")


def test_importing_into_something_else_is_status_3(run: Run, tmp_path: Path, export: Path) -> None:
    other = tmp_path / "letter.docops"
    other.write_text("dear all\n" * 100)
    run("import", other, export).failed_with(3, "letter.docops")
    assert other.read_text() == "dear all\n" * 100


def test_a_locked_workspace_is_status_3_and_unchanged(run: Run, tmp_path: Path, export: Path) -> None:
    from docops_desktop.store.workspace import Workspace

    workspace = tmp_path / "w.docops"
    run("import", workspace, export)
    more = tmp_path / "more.csv"
    more.write_text(HEADER + rows(5, first=500))
    with (
        Workspace.open(workspace) as other,
        other.begin_import("x.csv", "0" * 64, 1, "generic", "page_view") as writer,
    ):
        ran = run("import", workspace, more)
        writer.rollback()
    ran.failed_with(3, "w.docops")
    assert len(run("imports", workspace, "--json").document["imports"]) == 1
    assert run("import", workspace, more).status == 0


def test_forget_takes_it_out_again(run: Run, tmp_path: Path, export: Path) -> None:
    workspace = tmp_path / "w.docops"
    run("import", workspace, export)
    more = tmp_path / "more.csv"
    more.write_text(HEADER + rows(5, first=500))
    run("import", workspace, more)
    ran = run("forget", workspace, "1", "--json")
    assert ran.status == 0
    assert ran.document["forgotten"]["import_id"] == 1
    assert run("segments", workspace, "--by", "country", "--json").document["total"]["sessions"] == 5
    run("forget", workspace, "1").failed_with(2, "no import 1")
    run("forget", workspace, "one").failed_with(2, "one")
    assert run("check", workspace).status == 0
    again = run("import", workspace, export, "--json").document["imports"][0]
    assert again["status"] == "loaded"


def test_quarantine_names_line_and_reason(run: Run, tmp_path: Path) -> None:
    workspace, file = tmp_path / "w.docops", tmp_path / "views.csv"
    file.write_text(HEADER + rows(10) + "s99,no time at all,https://shop.example/,100,DE,Chrome,0\n")
    (record,) = run("import", workspace, file, "--json").document["imports"]
    assert (record["rows_quarantined"], record["rows_loaded"]) == (1, 20)
    document = run("quarantine", workspace, "--json").document
    (row,) = document["quarantine"]
    assert document["total"] == 1
    assert (row["import_id"], row["line"]) == (record["import_id"], 22)
    assert row["reason"]
    assert "no time at all" in row["record"]
    assert "no time at all" in run("quarantine", workspace, "--import", "1").out
    run("quarantine", workspace, "--import", "7").failed_with(2, "no import 7")


def test_tables_of_the_ledger(run: Run, tmp_path: Path, export: Path) -> None:
    workspace = tmp_path / "w.docops"
    assert "views.csv" in run("import", workspace, export).out
    listed = run("imports", workspace).out
    assert "views.csv" in listed
    assert "80" in listed


def test_ctrl_c_leaves_nothing_half_done(tmp_path: Path) -> None:
    big = tmp_path / "big.csv"
    big.write_text(HEADER + rows(500_000))
    # A shell's background jobs ignore Ctrl-C, and so does what they start: this one hears it wherever the tests run.
    hear = "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{hear}; runpy.run_module('docops_desktop', alter_sys=True, run_name='__main__')"
    command = [sys.executable, "-c", program, "import", str(tmp_path / "w.docops"), str(big)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while process.poll() is None and not any(tmp_path.rglob("*.staging")):
        time.sleep(0.01)  # until rows are set aside
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, (out, err)
    assert "cancelled" in err
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["big.csv"]


def test_the_ledger_says_which_download_counts(run: Run, tmp_path: Path) -> None:
    workspace, head = tmp_path / "w.docops", "date,campaign,impressions,clicks,cost\n"
    for name, cost in (("may.csv", "2.00"), ("june.csv", "3.00")):
        (tmp_path / name).write_text(f"{head}2026-05-31,Sale,10,1,{cost}\n")
        run("import", workspace, tmp_path / name, "--json")
    found = run("imports", workspace, "--json").document["imports"]
    assert [(one["rows_loaded"], one["rows_superseded"], one["rows_replaced"]) for one in found] == [
        (1, 1, 0),
        (1, 0, 1),
    ]
    told = run("imports", workspace).out
    assert "1 row does not count: another download has the same records" in told
    assert "counts instead of 1 row of other downloads" in told
    assert found[0]["first_time"] == found[0]["last_time"] == "2026-05-31T00:00:00Z"
    assert run("forget", workspace, 2, "--json").document["forgotten"]["rows_replaced"] == 1
    assert run("imports", workspace, "--json").document["imports"][0]["rows_superseded"] == 0
    assert run("check", workspace, "--json").document["ok"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_is_refused_at_once(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    ran = run("import", tmp_path / "w.docops", tmp_path / "pipe.csv", "--json")
    assert (ran.status, ran.document["imports"][0]["sha256"]) == (2, None)
    assert "this is not a file" in ran.err


def test_forget_names_what_later_imports_left_out(run: Run, tmp_path: Path, export: Path) -> None:
    workspace, later = tmp_path / "w.docops", tmp_path / "later.csv"
    run("import", workspace, export, "--json")
    text = export.read_text()
    later.write_text(text.splitlines(keepends=True)[0] + "".join(text.splitlines(keepends=True)[-5:]))
    assert run("import", workspace, later, "--json").document["imports"][0]["rows_filtered"] == 5
    ran = run("forget", workspace, 1, "--json")
    assert ran.document["left_out_elsewhere"] == [{"import_id": 2, "file": "later.csv", "rows": 5}]
    assert "import 2 (later.csv) left out 5 rows" in ran.err
