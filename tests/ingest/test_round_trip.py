"""Reading is exact: whatever the table, delimiter, quoting, encoding and preamble, the cells come back as they were written."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docops_desktop.ingest.blocks import unique_names
from docops_desktop.ingest.dialect import Dialect
from docops_desktop.ingest.importer import preview_file
from docops_desktop.ingest.readers.delimited import read_delimited
from docops_desktop.ingest.readers.json_records import read_json_lines, read_json_stream

LETTERS = st.characters(codec="cp1252", exclude_categories=("Cc", "Cs"), exclude_characters="\x1f\u00ad")
NAMES = st.text(st.characters(codec="ascii", categories=("L",)), min_size=1, max_size=8)
CELLS = st.one_of(
    st.text(LETTERS, max_size=12),
    st.sampled_from(["", "1.5", '5" screen', 'say "hi"', "a,b;c|d\te", "line\nbreak", " padded ", "-", "null", "0012"]),
    st.integers(-10_000, 10_000).map(str),
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(3, 6))
    header = draw(st.lists(NAMES, min_size=width, max_size=width, unique=True))
    body = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width).filter(any), min_size=4, max_size=12))
    return [header, *body]


def written(table: list[list[str]], delimiter: str, line_end: str, quoting: int) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(table)
    return out.getvalue()


@settings(max_examples=60, deadline=None)
@given(
    tables(),
    st.sampled_from([",", "\t", ";", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    st.sampled_from(["", "Campaign report\n", "# export\n# 2026-08-01\n\n"]),
    st.sampled_from(["plain", "gzip", "zip"]),
)
def test_preview_reproduces_any_table(
    table: list[list[str]], delimiter: str, line_end: str, quoting: int, encoding: str, preamble: str, packing: str
) -> None:
    data = (preamble + written(table, delimiter, line_end, quoting)).encode(encoding)
    if packing == "gzip":
        data = gzip.compress(data)
    elif packing == "zip":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("folder/export.csv", data)
        data = packed.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.dat"
        path.write_bytes(data)
        found = preview_file(path, rows=None)
    assert [list(found.header), *map(list, found.rows)] == table
    assert found.delimiter == delimiter
    assert found.preamble_lines == preamble.count("\n")
    assert found.broken == ()


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


def test_repeated_names_stay_apart() -> None:
    assert unique_names(("a", "a", "", "a #2")) == ("a", "a #2", "column 3", "a #2 #2")
