"""The careful gear for delimited text: record by record, with every line that does not fit named.

It never joins, drops or invents text: a record with another number of cells than the header, an unclosed quote or bytes that are not text become a
broken line, and reading goes on at the next line.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from docops_desktop.ingest.blocks import EMPTY, Block, Broken
from docops_desktop.ingest.recognise.dialect import read_record


class CarefulReader:
    """Reads blocks of lines into columns of a fixed width."""

    def __init__(
        self, names: tuple[str, ...], header: tuple[str, ...], delimiter: str, quote: str, escape: str = ""
    ) -> None:
        self._names = names
        self._header = header
        self._delimiter = delimiter
        self._quote = quote
        self._escape = escape

    def read(self, data: bytes, line: int, *, ended: bool, room: bool) -> tuple[Block, int]:
        """Read whole records from ``data``; return them and the number of bytes used.

        Args:
            data: UTF-8 bytes (perhaps with faults) that begin at a record.
            line: number of the first line.
            ended: whether nothing follows ``data``.
            room: whether an unfinished record at the end may wait for more bytes.
        """
        usable = data if ended else data[: data.rfind(b"\n") + 1]
        if not usable:
            if room:
                return _nothing(self._names), 0
            usable = data
        raw = usable.split(b"\n")
        if raw and not raw[-1]:
            raw.pop()
        texts = [_decode(part) for part in raw]
        rows: list[tuple[str, ...]] = []
        numbers: list[int] = []
        broken: list[Broken] = []
        repeated = empty = 0
        place = 0
        while place < len(raw):
            text = texts[place]
            if text is None:
                broken.append(Broken(line + place, "bytes that are no text in this encoding", _show(raw[place])))
                place += 1
                continue
            cells, used, fault = self._record(texts, place)
            if fault and place + used >= len(raw) and not ended and room:
                break  # an unfinished quoted cell: wait for the lines that follow
            if not fault and not cells:
                place += used
                continue
            if fault:
                broken.append(Broken(line + place, fault, text.rstrip("\r\n")))
                place += 1
                continue
            if len(cells) != len(self._names) and not any(cell.strip() for cell in cells):
                empty += 1
            elif len(cells) != len(self._names):
                reason = f"{len(cells)} cells instead of {len(self._names)}"
                used = 1 if used > 1 and self._follows_well(texts, place + 1, used - 1) else used
                whole = "".join(part or "" for part in texts[place : place + used])
                broken.append(Broken(line + place, reason, whole.rstrip("\r\n")))
            elif cells == self._header:
                repeated += 1
            else:
                rows.append(cells)
                numbers.append(line + place)
            place += used
        consumed = len(usable) if place >= len(raw) else sum(len(part) + 1 for part in raw[:place])
        columns = list(zip(*rows, strict=True)) if rows else [() for _ in self._names]
        table = pa.table([pa.array(column, pa.string()) for column in columns], names=list(self._names))
        left_out = {"repeated header": repeated, EMPTY: empty}
        filtered = {reason: count for reason, count in left_out.items() if count}
        return Block(table, np.array(numbers, dtype=np.int64), tuple(broken), filtered), consumed

    def _record(self, texts: list[str | None], place: int) -> tuple[tuple[str, ...], int, str]:
        first = texts[place]
        assert first is not None
        if self._quote not in first and "\r" not in first[:-2] and not (self._escape and self._escape in first):
            return read_record([first], 0, self._delimiter, self._quote)
        window: list[str] = []
        for text in texts[place : place + 2_000]:
            if text is None:
                break
            window.append(text)
        cells, used, fault = read_record(window, 0, self._delimiter, self._quote, self._escape)
        return cells, used, _explain(fault)

    def _follows_well(self, texts: list[str | None], place: int, count: int) -> bool:
        """Whether most of the lines inside a too wide record are good records by themselves: then its quote was a stray one."""
        good = 0
        for text in texts[place : place + count]:
            if text is not None and self._quote not in text and text.count(self._delimiter) + 1 == len(self._names):
                good += 1
        return good * 2 > count


def _explain(fault: str) -> str:
    if not fault:
        return ""
    if "unexpected end of data" in fault or "EOF" in fault:
        return "a quote is not closed"
    if "expected after" in fault:
        return "text after a closing quote"
    if "new-line character" in fault:
        return "a bare carriage return in an unquoted cell"
    if "field larger" in fault:
        return "a cell of more than 16 MiB"
    return fault


def _decode(part: bytes) -> str | None:
    try:
        return part.decode("utf-8") + "\n"
    except UnicodeDecodeError:
        return None


def _show(part: bytes) -> str:
    return part.decode("utf-8", "backslashreplace")


def _nothing(names: tuple[str, ...]) -> Block:
    return Block(pa.table([pa.array([], pa.string()) for _ in names], names=list(names)), np.empty(0, np.int64))
