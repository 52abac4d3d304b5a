"""Bad input: each a clear message, the workspace unchanged."""

from __future__ import annotations

import errno
import gzip
import io
import os
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.ingest import importer
from docops_desktop.ingest.files import source
from docops_desktop.ingest.importer import expand, import_file, list_adapters, preview_file
from docops_desktop.model.errors import Cancelled, ExportError, KnownError, RequestError
from docops_desktop.store.workspace import Workspace

GOOD = "timestamp,session_id,url,load_time_ms\n" + "".join(
    f"2026-08-01T10:{i // 60 % 60:02}:{i % 60:02}Z,s{i // 3},https://shop.example.com/p/{i % 5},{900 + i}\n"
    for i in range(300)
)


def zipped(**members: str | bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


CASES: dict[str, tuple[Any, str]] = {
    "empty": (b"", "is empty"),
    "blank": (b"\n\n  \n", "blanks"),
    "header_only": ("timestamp,session_id,url\n", "no records"),
    "binary": (bytes(range(256)) * 40, "binary"),
    "truncated_gzip": (gzip.compress(GOOD.encode() * 50)[:-200], "damaged or cut off"),
    "damaged_zip": (b"PK\x03\x04" + b"x" * 300, "damaged"),
    "no_time": ("session_id,url,load_time_ms\na,/x,10\nb,/y,20\n", "no column with a time"),
    "junk_times": ("timestamp,url,load_ms\nfoo,/a,1\nbar,/b,2\n", "unreadable time in 'timestamp'"),
    "junk_column": ("timestamp,url,load_ms\n2026-08-01,/a,x\n2026-08-02,/b,y\n", "unreadable number in 'load_ms'"),
    "unknown_columns": ("foo,bar,baz\n1,2,3\n4,5,6\n", "do not tell what a row is"),
    "zip_traversal": (zipped(**{"..__evil.csv": GOOD}), "outside itself"),
    "zip_in_zip": (zipped(inner=zipped(a=GOOD)), "another archive"),
    "zip_empty": (zipped(), "no data"),
    "damaged_parquet": (b"PAR1" + b"\x00" * 100, "Parquet"),
    "excel": (zipped(xl__workbook=GOOD, **{"xl__workbook.xml": "<workbook/>"}), "spreadsheet's own file"),
    "half_json": ('{"timestamp": [1, 2,', "no whole record"),
    "deep_json": ("[" * 100_000, "no whole record"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused_with_a_reason(
    case: str, ws: Workspace, put: Callable[[str, Any], Path], rows: Callable[..., Any]
) -> None:
    content, words = CASES[case]
    version = ws.data_version
    with pytest.raises(ExportError, match=words) as caught:
        import_file(ws, put(f"{case}.csv", content))
    assert case in str(caught.value)  # names the file
    assert len(str(caught.value).splitlines()) == 1
    assert ws.ledger() == ()
    assert ws.data_version == version
    assert rows("SELECT count(*) AS n FROM page_views") == [{"n": 0}]


def test_the_content_decides_not_the_extension(load: Callable[..., Any]) -> None:
    assert load("export.parquet", GOOD).rows_loaded == 300
    later = GOOD.replace("2026-08-01", "2026-08-02") + "2026-08-01T10:00:00Z,z,/p,1\n"
    assert load("export.json", gzip.compress(later.encode())).rows_loaded == 301


def test_bombs_are_refused(ws: Workspace, put: Callable[[str, Any], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "RATIO_FREE_BYTES", 1 << 20)
    monkeypatch.setattr(source, "MAX_RATIO", 50)
    path = put("bomb.csv.gz", gzip.compress(GOOD.encode() + b"2026-08-01,s,/p,1\n" * 500_000))
    with pytest.raises(ExportError, match="bomb"):
        import_file(ws, path)
    assert ws.ledger() == ()


def test_a_missing_file_is_a_wrong_request(ws: Workspace, tmp_path: Path) -> None:
    for call in (lambda path: import_file(ws, path), preview_file, lambda path: expand([path])):
        with pytest.raises(RequestError) as caught:
            call(tmp_path / "nothing.csv")
        assert caught.value.exit_status == 2


@pytest.mark.parametrize("change", ["vanish", "grow"])
def test_a_file_that_vanishes_or_grows_while_it_is_read(
    change: str, ws: Workspace, put: Callable[[str, Any], Path]
) -> None:
    path = put("moving.csv", GOOD)
    done = threading.Event()

    def meddle(_: Any) -> None:
        if not done.is_set():
            done.set()
            if change == "vanish":
                path.unlink()
            else:
                path.write_text(GOOD + GOOD)

    with pytest.raises(ExportError, match="vanished" if change == "vanish" else "changed"):
        import_file(ws, path, progress=meddle)
    assert ws.ledger() == ()
    assert done.is_set()


def test_cancel_changes_nothing(ws: Workspace, put: Callable[[str, Any], Path]) -> None:
    path = put("big.csv", GOOD + "".join(GOOD.split("\n", 1)[1] for _ in range(40)))
    polls = 1
    while True:
        left = iter(range(polls))
        try:
            record = import_file(ws, path, cancelled=lambda left=left: next(left, None) is None)
        except Cancelled:
            assert ws.ledger() == ()
            polls *= 2
        else:
            break
    assert polls >= 16
    assert record.rows_loaded == 41 * 300


def test_the_same_content_twice_says_so(ws: Workspace, put: Callable[[str, Any], Path]) -> None:
    first = import_file(ws, put("a.csv", GOOD))
    again = import_file(ws, put("b.csv", GOOD))
    assert (again.status, again.import_id) == ("duplicate", first.import_id)
    assert "a.csv" in again.reason
    assert len(ws.ledger()) == 1


def test_the_same_content_again_after_a_purge_says_that_it_is_gone(
    ws: Workspace, put: Callable[[str, Any], Path]
) -> None:
    path = put("a.csv", GOOD)
    import_file(ws, path)
    ws.purge(2**42)
    again = import_file(ws, path)
    assert again.status == "duplicate"
    assert again.reason.endswith("400 of its rows were purged since")


def test_broken_lines_and_junk_cells_go_to_quarantine_with_line_and_reason(
    ws: Workspace, load: Callable[..., Any]
) -> None:
    lines = GOOD.splitlines()
    lines[3] = "2026-08-01T10:00:00Z,s1,/p"
    lines[5] = "2026-08-01T10:00:00Z,s1,/p/1,fast"
    lines[7] = ",s1,/p/1,100"
    lines[9] = "2026-08-01T10:00:00Z,s1,/p/1,-5"
    lines[11] = "2026-08-01T10:00:00Z,s1,/p/1,"
    record = load("mixed.csv", "\n".join(lines))
    found = {row.line: row.reason for row in ws.quarantine()}
    assert found == {
        4: "3 cells instead of 4",
        6: "unreadable number in 'load_time_ms'",
        8: "no time",
        10: "'load_time_ms' is negative or longer than a day",
    }
    assert record.rows_loaded == 296  # a view without a load time is still a view


@pytest.mark.parametrize("empty", [",,,", " , ,,", ",", ",,,,,,", '"","","",""'])
def test_rows_without_any_text_are_left_out_as_empty_rows(ws: Workspace, load: Callable[..., Any], empty: str) -> None:
    lines = GOOD.splitlines()
    record = load("sheet.csv", "\n".join([*lines[:9], empty, *lines[9:], empty, ""]))
    assert (record.rows_read, record.rows_loaded, record.filtered) == (302, 300, {"empty row": 2})
    assert not ws.quarantine()


def test_records_of_unknown_keys_are_no_empty_rows(ws: Workspace, load: Callable[..., Any]) -> None:
    view = '{"timestamp": "2026-08-01T10:00:00Z", "session_id": "s", "url": "/a", "load_time_ms": 9}\n'
    record = load("views.ndjson", 5 * view + '{"note": "of no use"}\n')
    assert (record.rows_loaded, record.rows_quarantined, record.filtered) == (5, 1, {})


@pytest.mark.parametrize("above", [",,,", "Views of July,,,", "Views of July,,,\n,,,", "Views,,,\nof July,,,\n,,,"])
def test_titles_that_a_spreadsheet_filled_up_are_no_header(load: Callable[..., Any], above: str) -> None:
    record = load("sheet.csv", above + "\n" + GOOD)
    assert (record.rows_read, record.rows_loaded) == (300, 300)


def test_progress_is_right_at_the_end(ws: Workspace, put: Callable[[str, Any], Path]) -> None:
    seen: list[importer.Progress] = []
    path = put("a.csv", GOOD)
    import_file(ws, path, progress=seen.append)
    last = seen[-1]
    assert (last.bytes_done, last.bytes_total, last.rows) == (path.stat().st_size, path.stat().st_size, 300)
    assert last.rows_per_second > 0
    assert last.fraction == 1.0
    fractions = [entry.fraction for entry in seen]
    assert fractions == sorted(fractions)
    assert all(fraction < 1.0 for fraction in fractions[:-1])  # the end is told when the rows are in the workspace
    assert [entry.bytes_done for entry in seen] == sorted(entry.bytes_done for entry in seen)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = 'x'\nsystem = 'X'\n[columns]\na = 'no_such_target'\n", "no_such_target"),
        ("name = 'x'\nsystem = 'X'\nnonsense = 1\n", "nonsense"),
        ("name = 'x'\nsystem = 'X'\ngrain = 'planet'\n", "planet"),
        ("this is = not toml =", "not a valid"),
        ("[columns]\nload = {to = 'load_ms', unit = 'miles'}\n", "miles"),
        ("time_zone = 'Mars/Olympus'\n", "Mars"),
    ],
)
def test_wrong_adapter_and_mapping_files(ws: Workspace, put: Callable[[str, Any], Path], text: str, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        import_file(ws, put("a.csv", GOOD), mapping=put("bad.toml", text))
    assert ws.ledger() == ()


def test_unknown_options(ws: Workspace, put: Callable[[str, Any], Path]) -> None:
    path = put("a.csv", GOOD)
    for options in ({"adapter": "nobody"}, {"time_zone": "Mars/Olympus"}, {"privacy": "maybe"}):
        with pytest.raises(RequestError):
            import_file(ws, path, **options)
    names = [spec.name for spec in list_adapters()]
    assert names == sorted(names)
    assert {"generic", "boomerang", "mpulse_beacons", "mpulse_warehouse", "shopify_orders", "access_log"} <= set(names)


def test_expand(tmp_path: Path) -> None:
    for name in ("a.csv", "b.json", ".hidden", "w.docops", "sub/c.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    assert [path.name for path in expand([tmp_path])] == ["a.csv", "b.json", "c.csv"]
    assert [path.name for path in expand([tmp_path / "*.csv", tmp_path / "a.csv"])] == ["a.csv"]
    with pytest.raises(RequestError):
        expand([tmp_path / "*.xml"])


def test_a_wrong_request_is_said_even_of_a_file_that_is_loaded(ws: Workspace, put: Callable[[str, Any], Path]) -> None:
    path = put("a.csv", GOOD)
    import_file(ws, path)
    for options in ({"adapter": "nobody"}, {"mapping": path.with_name("none.toml")}):
        with pytest.raises(RequestError):
            import_file(ws, path, **options)


@pytest.mark.parametrize("code", [errno.EACCES, errno.ELOOP])
def test_a_folder_that_can_not_be_looked_into_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    (tmp_path / "a.csv").write_text("x")
    closed = tmp_path / "sub"
    closed.mkdir()
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if Path(path) == closed:
            raise OSError(code, os.strerror(code), str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(RequestError, match="can't be looked into") as caught:
        expand([tmp_path])
    assert caught.value.where == str(closed)


def test_documents_in_an_archive_are_no_data(load: Callable[..., Any]) -> None:
    half = len(GOOD) // 2
    header, cut = GOOD.split("\n", 1)[0], GOOD.index("\n", half) + 1
    record = load(
        "export.zip",
        zipped(
            **{
                "README.txt": "These are the beacons of one day\n",
                "notes.pdf": b"%PDF-1.7 \x00\x01",
                "a.csv": GOOD[:cut],
                "b.csv": header + "\n" + GOOD[cut:],
            }
        ),
    )
    assert (record.rows_read, record.rows_loaded) == (300, 300)


def test_documents_in_a_folder_are_no_exports_and_text_is_told_as_text(
    ws: Workspace, put: Callable[[str, Any], Path]
) -> None:
    export = put("export.csv", GOOD)
    put("readme.txt", "Read me first\n")
    put("notes.md", "# Notes\n")
    notes = put("notes.txt", "call Bob on Monday\nand Ann on Tuesday\n")
    assert expand([export.parent]) == (export, notes)
    with pytest.raises(ExportError, match="this is text, not a table"):
        import_file(ws, notes)
    export.unlink()
    notes.unlink()
    with pytest.raises(RequestError, match="the folder holds no exports"):
        expand([export.parent])


def test_a_preview_of_what_cannot_be_loaded_still_accounts_for_every_row(put: Callable[[str, Any], Path]) -> None:
    found = preview_file(put("odd.csv", "colour,size\nred,1\nblue,2,3\ncolour,size\ngreen,4\n"), rows=None)
    seen = found.estimate
    assert (seen.read, seen.loaded, seen.filtered, seen.quarantined) == (4, 0, 1, 3)
    assert seen.filtered_by == {"repeated header": 1}
    assert sum(seen.reasons.values()) == seen.read
    assert found.warnings
