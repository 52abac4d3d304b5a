"""Reading is exact: whatever the table, delimiter, quoting, encoding and preamble, the cells come back as they were written."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from docops_desktop.ingest.blocks import unique_names
from docops_desktop.ingest.importer import preview_file
from docops_desktop.ingest.readers import delimited
from docops_desktop.ingest.readers.careful_csv import CarefulReader
from docops_desktop.ingest.readers.delimited import read_delimited
from docops_desktop.ingest.readers.json_records import read_json_lines, read_json_stream
from docops_desktop.ingest.recognise.dialect import RARE, Dialect, detect_dialect
from docops_desktop.ingest.recognise.encoding import is_eight_bit
from tests.support.system_exports import tarred

PLAIN = st.characters(codec="cp1252", exclude_categories=("Cc", "Cs"), exclude_characters="\x1f\u00ad")
ANY = st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co"), max_codepoint=0x1FFFF)
NAMES = st.text(st.characters(codec="ascii", categories=("L",)), min_size=1, max_size=8)
ODD = (
    "", "1.5", '5" screen', 'say "hi"', "a,b;c|d\te", "line\nbreak", "crlf\r\nbreak", " padded ", "-", "null", "0012", "1.234,56", '"', '""',
    "'x'", "\\", "\\n", '\\"', "a\\", "#x", "=1+1", "/x?a=b&c=d", '{"a": 1}', "2026-08-01 10:00:00", ";;", ",,", "Total",
)  # fmt: skip
"""Texts that readers stumble over."""
ESCAPED = 'say "hi" to them'
"""A cell that can only be written with an escape when quotes are not doubled: it shows which of the two a file uses."""
PREAMBLES = (
    (),
    ("Campaign report",),
    ("# export", "# 2026-08-01", ""),
    ('"Report, of; today|x"',),
    ("Title", "", "Made: 1"),
)
QUOTING = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "texts": csv.QUOTE_NONNUMERIC, "none": csv.QUOTE_NONE}


def cells(letters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.text(letters, max_size=12), st.sampled_from(ODD), st.integers(-10_000, 10_000).map(str))


@st.composite
def tables(draw: st.DrawFn, letters: st.SearchStrategy[str] = PLAIN, width: int | None = None) -> list[list[str]]:
    width = width or draw(st.integers(2, 7))
    header = draw(st.lists(NAMES, min_size=width, max_size=width, unique=True))
    body = draw(st.lists(st.lists(cells(letters), min_size=width, max_size=width), min_size=1, max_size=12))
    return [header, *body]


@dataclass(frozen=True)
class Written:
    """A file and the table in it."""

    table: list[list[str]]
    data: bytes
    delimiter: str
    quote: str
    preamble_lines: int


@st.composite
def files(draw: st.DrawFn) -> Written:
    """Any table in any dialect that its own text gives away."""
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]))
    table = draw(tables(PLAIN if encoding in ("cp1252", "utf-16-le", "utf-16-be") else ANY))
    delimiter = draw(st.sampled_from([",", "\t", ";", "|", "^", "~"]))
    line_end = draw(st.sampled_from(["\n", "\r\n", "\r", "mixed"]))
    style, quoting = draw(
        st.sampled_from(
            [*(("doubled", name) for name in ("minimal", "all", "texts")), ("single", "all"), ("single", "texts")]
            + [("escaped", name) for name in ("minimal", "all", "none")]
        )
    )
    preamble = draw(st.sampled_from(PREAMBLES)) if delimiter not in RARE else ()
    if style != "doubled":
        line_end = line_end if line_end != "\r" else "\n"
        preamble = () if preamble and '"' in preamble[0] else preamble
    if style == "escaped":
        table[-1][0] = ESCAPED
    if quoting == "none" or (
        line_end == "\r" and quoting == "minimal"
    ):  # such programs can't write a cell of two lines
        table = [["".join(cell.splitlines()) for cell in row] for row in table]
    quote = "'" if style == "single" else '"'
    ends = ["\n", "\r\n"] if line_end == "mixed" else [line_end]
    records = [
        written([row], delimiter, draw(st.sampled_from(ends)), QUOTING[quoting], quote, escape=style == "escaped")
        for row in table
    ]
    text = "".join(line + ends[0] for line in preamble) + "".join(records)
    match draw(st.sampled_from(["ended", "open", "blank lines"])):
        case "open":
            text = text[:-2] if text.endswith("\r\n") else text[:-1]
        case "blank lines":
            text += 2 * ends[0]
    data = text.encode(encoding)
    # lines of CP1252 that happen to be UTF-8 are UTF-8 to any reader
    assume(encoding != "cp1252" or data.isascii() or is_eight_bit(data))
    return Written(table, data, delimiter, quote, len(preamble))


def written(
    table: list[list[str]], delimiter: str, line_end: str, quoting: int, quote: str = '"', *, escape: bool = False
) -> str:
    out = io.StringIO()
    options: dict[str, Any] = {"escapechar": "\\", "doublequote": False} if escape else {}
    csv.writer(
        out, delimiter=delimiter, lineterminator=line_end, quoting=quoting, quotechar=quote, **options
    ).writerows(table)
    return out.getvalue()


def packed(data: bytes, packing: str) -> bytes:
    if packing == "gzip":
        return gzip.compress(data)
    if packing == "tar.gz":
        return tarred({"folder/export.csv": data})
    if packing == "zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("folder/export.csv", data)
        return out.getvalue()
    return data


@settings(max_examples=250, deadline=None)
@given(files(), st.sampled_from(["plain", "plain", "gzip", "zip", "tar.gz"]))
def test_preview_reproduces_any_table(file: Written, packing: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.dat"
        path.write_bytes(packed(file.data, packing))
        found = preview_file(path, rows=None)
    assert [list(found.header), *map(list, found.rows)] == file.table
    assert found.delimiter == file.delimiter
    assert found.preamble_lines == file.preamble_lines
    assert found.broken == ()


def seen_in(text: str) -> tuple[list[list[str]], int, tuple[tuple[int, str], ...]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.txt"
        path.write_bytes(text.encode())
        found = preview_file(path, rows=None)
    return [list(found.header), *map(list, found.rows)], found.preamble_lines, found.broken


@settings(max_examples=60, deadline=None)
@given(tables(width=3), st.sampled_from(["^", "~", " "]))
def test_commas_inside_cells_do_not_make_the_header_a_preamble(table: list[list[str]], delimiter: str) -> None:
    header, *body = table
    rows = [[f"2026-08-0{n % 9 + 1}", *row] for n, row in enumerate(body, 1)]
    rows = [[*row[:-1], "x, y, z"] for row in rows]
    expected = [["time at", *header], *rows]
    assert seen_in(written(expected, delimiter, "\n", csv.QUOTE_MINIMAL)) == (expected, 0, ())


def test_blanks_behind_commas_are_a_table_below_a_title_too() -> None:
    text = "Report\nname, town, load\nJo, Ulm, 1\nAn, Bonn, 2\n"
    table = [["name", " town", " load"], ["Jo", " Ulm", " 1"], ["An", " Bonn", " 2"]]
    assert seen_in(text) == (table, 1, ())


def test_lines_that_end_in_a_lone_cr_after_a_stray_quote_can_be_judged() -> None:
    text = '\0Made "by: us"\r"Days: 2"\r\r"a","b","c"\r"1","2","3"\r"4","5","6"\r'
    assert detect_dialect(text, complete=True).header == ("a", "b", "c")


def test_words_are_no_table() -> None:
    for text in (
        "note\nhello, my dear\nwell, then\n",
        "full name of\nJohn Q Smith\nMary Ann Jones\n",
        "a~b\n",
        "x\na^b\nc^d\n",
        "time§url§note\n1§/a§x,y\n2§/b§p,q\n",  # delimiters that nobody reads: the header is the header all the same
        "a:b:c\n1:2:x,y\n3:4:p,q\n5:6:p,q\n",
    ):
        cells = [[line] for line in text.splitlines()]
        assert seen_in(text) == (cells, 0, ())


def test_a_header_of_another_width_than_its_rows() -> None:
    for text, header, width in (
        ("time,url,load\n" + "2026-08-01,/a,1,\n" * 4, ["time", "url", "load", ""], 4),  # a delimiter at each row's end
        ("time,url\n" + "2026-08-01,/a,9,8\n" * 4, ["time", "url", "", ""], 4),  # two unnamed columns
        ("time,url,\n" + "2026-08-01,/a\n" * 4, ["time", "url"], 2),  # a delimiter at the header's end
        ("Title\n\ntime;url\n" + "2026-08-01;/a;\n" * 4, ["time", "url", ""], 3),
        ("time url\n1 2026-08-01 /a\n2 2026-08-01 /b\n3 2026-08-01 /c\n", ["time url"], 1),
        ("id,url\n" + "".join(f"{n},/a,\n" for n in range(1, 5)), ["id", "url", ""], 3),
        ("page,load\n" + "".join(f"{n},9,\n" for n in range(1, 5)), ["page", "load", ""], 3),
        ("Nr.,load\n" + "".join(f"{n},9,x\n" for n in range(1, 5)), ["Nr.", "load", ""], 3),
        ("time\turl\n1\t2026-08-01\t/a\n2\t2026-08-01\t/b\n", ["", "time", "url"], 3),  # numbered rows
        (
            "Report,Campaigns\n" + "Campaign,7-day clicks,Cost\n" + "Boots,12,9.50\n" * 4,
            ["Campaign", "7-day clicks", "Cost"],
            3,
        ),
        ("Report, of today\n" + "name,town,street\n" + "Jo,Ulm,x\n" * 4, ["name", "town", "street"], 3),
        (
            "Account,Shop\n" + "2024,2025,2026,2027,2028\n" + "1,2,3,4,5\n" * 4,
            ["2024", "2025", "2026", "2027", "2028"],
            5,
        ),
    ):
        found, _, broken = seen_in(text)
        assert (found[0], len(found[1])) == (header, width), text
        assert not broken


@settings(max_examples=60, deadline=None)
@given(tables(), st.sampled_from([",", "\t", ";", "|", "^"]), st.sampled_from(["\n", "\r\n"]), st.integers(8, 400))
def test_both_gears_read_the_same_cells(table: list[list[str]], delimiter: str, line_end: str, size: int) -> None:
    header = tuple(table[0])
    text = written(table, delimiter, line_end, csv.QUOTE_MINIMAL)
    dialect = Dialect(delimiter, '"', 0, header, 1, 1.0)
    data = text.encode()
    fast = list(read_delimited(iter([data]), dialect, block_bytes=size))
    careful, _ = CarefulReader(header, header, delimiter, '"').read(
        data[data.index(b"\n") + 1 :], 2, ended=True, room=False
    )
    assert [row for block in fast for row in block.table.to_pylist()] == careful.table.to_pylist()
    assert [line for block in fast for line in block.lines.tolist()] == careful.lines.tolist()
    repeats = sum(row == table[0] for row in table[1:])
    assert len(careful.lines) == len(table) - 1 - repeats


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_blank_line_is_seen_wherever_the_search_is_cut_into_pieces(
    line_end: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = 16
    monkeypatch.setattr(delimited, "_AT_ONCE", piece)
    for length in range(1, 2 * piece):
        lines = [b"name", b"x" * length, b"", b"y", b"z"]
        dialect = Dialect(",", '"', 0, ("name",), 1, 1.0)
        (block,) = read_delimited(iter([line_end.join(lines)]), dialect)
        expected = [(number, line.decode()) for number, line in enumerate(lines[1:], 2) if line]
        assert list(zip(block.lines.tolist(), block.table.column(0).to_pylist(), strict=True)) == expected


def test_one_column_is_a_table_too() -> None:
    for text, expected in (
        ("name\na\nb\n", [["name"], ["a"], ["b"]]),
        ('"na""me"\r\n"a\nb"\r\n', [['na"me'], ["a\nb"]]),
        ("name\ra", [["name"], ["a"]]),
        ("name\n;x\n;y\n1\n2\n3\n4\n", [["name"], [";x"], [";y"], ["1"], ["2"], ["3"], ["4"]]),
    ):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "one.csv"
            path.write_bytes(text.encode())
            found = preview_file(path, rows=None)
        assert [list(found.header), *map(list, found.rows)] == expected


BROKEN = (
    (b"too,few", "2 cells instead of 4"),
    (b"one,two,three,four,five", "5 cells instead of 4"),
    (b'a,"b"c,d,e', "text after a closing quote"),
    (b"\xff\xfe,2,3,4", "bytes that are no text in this encoding"),
    (b"a,b\rc,d,e", "a bare carriage return in an unquoted cell"),
)


@settings(max_examples=80, deadline=None)
@given(tables(ANY, width=4), st.lists(st.tuples(st.integers(0, 12), st.sampled_from(BROKEN)), min_size=1, max_size=5))
def test_good_lines_are_exact_and_bad_ones_named(
    table: list[list[str]], faults: list[tuple[int, tuple[bytes, str]]]
) -> None:
    header = ["alpha", "beta", "gamma", "é"]
    body = [["m", "n", "o", "p"], ["m", "n", "o", "p"], *table[1:]] * 3
    records = [written([row], ",", "\n", csv.QUOTE_MINIMAL).encode() for row in body]
    for place, (line, _) in sorted(faults, reverse=True):
        records.insert(min(place, len(body)), line + b"\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        path.write_bytes(written([header], ",", "\n", csv.QUOTE_MINIMAL).encode() + b"".join(records))
        found = preview_file(path, rows=None)
    starts = np.cumsum([2] + [record.count(b"\n") for record in records]).tolist()
    named = dict(BROKEN)
    expected = [
        (start, named[record.rstrip(b"\n")])
        for start, record in zip(starts, records, strict=False)
        if record.rstrip(b"\n") in named
    ]
    assert [list(row) for row in found.rows] == body
    assert list(found.broken) == expected


def small_blocks(text: str, width: int, size: int) -> tuple[list[list[str]], list[int], list[tuple[int, str]]]:
    header = tuple(f"c{i}" for i in range(width))
    dialect = Dialect(",", '"', 0, header, 1, 1.0)
    data = (",".join(header) + "\n" + text).encode()
    pieces = (data[i : i + 7] for i in range(0, len(data), 7))
    rows: list[list[str]] = []
    lines: list[int] = []
    broken: list[tuple[int, str]] = []
    for block in read_delimited(pieces, dialect, block_bytes=size):
        rows += [list(row.values()) for row in block.table.to_pylist()]
        lines += block.lines.tolist()
        broken += [(entry.line, entry.text) for entry in block.broken]
    return rows, lines, broken


@settings(max_examples=60, deadline=None)
@given(tables(), st.integers(1, 300))
def test_blocks_of_any_size_give_the_same_rows_and_line_numbers(table: list[list[str]], size: int) -> None:
    body = table[1:]
    rows, lines, broken = small_blocks(written(body, ",", "\n", csv.QUOTE_MINIMAL), len(body[0]), size)
    assert rows == body
    assert broken == []
    starts = np.cumsum([2] + [1 + sum(cell.count("\n") for cell in row) for row in body])[:-1]
    assert lines == starts.tolist()


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 200))
def test_broken_lines_are_named_and_good_ones_exact(data: st.DataObject, size: int) -> None:
    good = st.lists(st.sampled_from(["a", "bb", "1", "x y"]), min_size=3, max_size=3).map(",".join)
    bad = st.sampled_from(["only,two", "one,two,three,four", 'a,"b"c,d', "lonely"])
    lines = data.draw(st.lists(st.one_of(good, bad), min_size=1, max_size=20))
    rows, numbers, broken = small_blocks("\n".join(lines) + "\n", 3, size)
    expected = dict(enumerate(lines, 2))
    for number, row in zip(numbers, rows, strict=True):
        assert expected.pop(number) == ",".join(row)
    assert expected == dict(broken)


def test_a_stray_quote_does_not_swallow_the_lines_behind_it() -> None:
    body = 'a,b,c\n"x,y,z\n1,2,3\n4,5,6\n'
    rows, _, broken = small_blocks(body, 3, 1 << 20)
    assert rows == [["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"]]
    assert [line for line, _ in broken] == [3]


def test_undecodable_bytes_break_their_line_only() -> None:
    dialect = Dialect(",", '"', 0, ("a", "b"), 1, 1.0)
    data = "a,b\nö,1\n".encode() + b"\xff\xfe,2\n" + b"ok,3\n"
    blocks = list(read_delimited(iter([data]), dialect))
    assert [row["b"] for block in blocks for row in block.table.to_pylist()] == ["1", "3"]
    assert [entry.line for block in blocks for entry in block.broken] == [3]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("shape", ["array", "concatenated"])
def test_json_streams(indent: int | None, shape: str) -> None:
    records = [{"id": 12345678901234567890, "x": {"y.z": 1.10, "w": None, "f": True}, "l": [1, 2]}, {"id": "ü\n"}]
    if shape == "array":
        text = json.dumps(records, indent=indent, ensure_ascii=False)
    else:
        text = "\n".join(json.dumps(record, indent=indent, ensure_ascii=False) for record in records)
    text = text.replace("1.1,", "1.10,")
    data = text.encode()
    for size in (1, 5, 1 << 20):
        found = [
            row
            for block in read_json_stream(data[i : i + size] for i in range(0, len(data), size))
            for row in block.table.to_pylist()
        ]
        assert found[0]["id"] == "12345678901234567890"
        assert found[0]["x.y.z"] == "1.10"
        assert found[0]["x.f"] == "true"
        assert found[0]["x.w"] is None
        assert json.loads(found[0]["l"].replace("'", '"'))
        assert found[1]["id"] == "ü\n"


def test_broken_json_is_named_and_reading_goes_on() -> None:
    lines = b'{"a": 1}\n{"a": \n{"a": 3}\n[1]\n'
    blocks = list(read_json_lines(iter([lines])))
    assert [row["a"] for block in blocks for row in block.table.to_pylist()] == ["1", "3"]
    assert [entry.line for block in blocks for entry in block.broken] == [2, 4]
    cut = b'[{"a": 1},\n {"a": 2},\n {"a": '
    blocks = list(read_json_stream(iter([cut])))
    assert [row["a"] for block in blocks for row in block.table.to_pylist()] == ["1", "2"]
    assert [entry.line for block in blocks for entry in block.broken] == [3]


def test_fields_of_one_dotted_name_stay_apart() -> None:
    line = b'{"a.b": 1, "a": {"b": 2, "c": 3}, "a.b #2": 4}\n'
    (block,) = read_json_lines(iter([line]))
    assert sorted(block.table.to_pylist()[0].values()) == ["1", "2", "3", "4"]
    twice = b'{"a": 1, "b": {"c": 2, "c": 3}, "a": 4}\n'
    for read in (read_json_lines, read_json_stream):
        (block,) = read(iter([twice]))
        assert block.table.to_pylist() == [{"a": "1", "b.c": "2", "b.c #2": "3", "a #2": "4"}]


def test_repeated_names_stay_apart() -> None:
    assert unique_names(("a", "a", "", "a #2")) == ("a", "a #2", "column 3", "a #2 #2")
