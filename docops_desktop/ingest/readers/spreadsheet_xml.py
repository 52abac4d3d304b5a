"""SpreadsheetML 2003 (the "Excel XML" that shops export): the rows of the first worksheet, the first filled one as header.

Read as a stream. Entities are not expanded: a document with a type declaration is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree import ElementTree

import numpy as np

from docops_desktop.ingest.blocks import Block, Broken, rows_table, unique_names
from docops_desktop.model.errors import ExportError

_NS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_MOST_ROWS, _MOST_COLUMNS = 10_000_000, 16_384
_BLOCK_ROWS = 5_000


def is_spreadsheet(text: str) -> bool:
    """Whether a text begins a SpreadsheetML document."""
    return (
        text.lstrip("\ufeff \r\n\t").startswith("<") and "urn:schemas-microsoft-com:office:spreadsheet" in text[:4_000]
    )


def read_spreadsheet(stream: BinaryIO, where: str) -> Iterator[Block]:
    """Yield the rows below the header; the "line" of a row is its number in the sheet.

    Raises:
        ExportError: it is no sound XML, or declares entities.
    """
    names: tuple[str, ...] = ()
    rows: list[dict[str, str | None]] = []
    lines: list[int] = []
    broken: list[Broken] = []
    try:
        for number, cells in _rows(stream, where):
            if not names:
                if any(cells):
                    names = unique_names([cell or "" for cell in cells])
                continue
            if not any(cells):
                continue
            if len(cells) > len(names):
                shown = " | ".join(cell or "" for cell in cells)
                broken.append(Broken(number, f"{len(cells)} cells instead of {len(names)}", shown))
                continue
            padded = [*cells, *[None] * (len(names) - len(cells))]
            rows.append(dict(zip(names, padded, strict=True)))
            lines.append(number)
            if len(rows) >= _BLOCK_ROWS:
                yield Block(rows_table(rows, names), np.array(lines, dtype=np.int64), tuple(broken))
                rows, lines, broken = [], [], []
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # the latter: of an encoding that it names
        raise ExportError(f"the XML is damaged or cut off ({error})", where, "Export it again, or as CSV") from error
    if names and (rows or broken):
        yield Block(rows_table(rows, names), np.array(lines, dtype=np.int64), tuple(broken))


def _rows(stream: BinaryIO, where: str) -> Iterator[tuple[int, list[str | None]]]:
    parser: Any = ElementTree.XMLPullParser(("start", "end"))
    number = 0
    sheets = 0
    begun = b""
    while chunk := stream.read(1 << 18):
        begun = (begun + chunk)[:4_096] if len(begun) < 4_096 else begun
        if b"<!DOCTYPE" in begun or b"<!ENTITY" in chunk:
            raise ExportError("the XML declares entities", where, "Such a document is refused; export it as CSV")
        parser.feed(chunk)
        for event, element in parser.read_events():
            if event == "start":
                sheets += element.tag == f"{_NS}Worksheet"
            elif element.tag == f"{_NS}Row" and sheets == 1:
                number = _place(element, number + 1, _MOST_ROWS, where)
                yield number, _cells(element, where)
                element.clear()
    parser.close()


def _place(element: ElementTree.Element, following: int, most: int, where: str) -> int:
    """Return where a row or cell stands: right behind the one before it, or further on when it says so."""
    stated = element.get(f"{_NS}Index")
    if stated is None:
        return following
    if not stated.isdecimal() or len(stated) > 9 or not following <= int(stated) <= most:
        raise ExportError(f"a row or cell says that it is number {stated[:20]!r}", where, "Export it again, or as CSV")
    return int(stated)


def _cells(row: ElementTree.Element, where: str) -> list[str | None]:
    cells: list[str | None] = []
    for cell in row.iterfind(f"{_NS}Cell"):
        index = _place(cell, len(cells) + 1, _MOST_COLUMNS, where)
        cells.extend([None] * (index - 1 - len(cells)))
        data = cell.find(f"{_NS}Data")
        cells.append("".join(data.itertext()) if data is not None else None)
    return cells
