"""Records of a report's text (cells by delimiter and quotes, blank lines included), and the blocks that are made of its rows.

Reports are tables with a preamble, totals, footers and often several headers; which record is what is judged by ``report_*`` modules. Nothing is
dropped here: each record that is handed in is a row, filtered with a reason, or broken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from docops_desktop.ingest.blocks import Block, Broken, unique_names
from docops_desktop.ingest.recognise.dialect import read_record

MAX_RECORD_LINES = 2_000
BLOCK_ROWS = 5_000
PREFIX = "report."
"""Columns that stand for what the report says of all its rows: ``report.KIND`` (title), ``report.start``, ``report.end`` (the day after), ``report.grain``."""
EMPTY = "the report says that it holds no data"
TOTAL = "total row"
FOOTER = "footer"


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its first line (from 1), its cells (none for a blank line), its text, and why it could not be read ("" = it could)."""

    line: int
    cells: tuple[str, ...]
    text: str
    fault: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing stands in it."""
        return not any(cell.strip() for cell in self.cells) and not self.fault

    @property
    def first(self) -> str:
        """Its first cell, "" when it has none."""
        return self.cells[0] if self.cells else ""

    @property
    def single(self) -> str:
        """Its only cell, "" when it has several."""
        return self.cells[0].strip() if len(self.cells) == 1 or (not any(self.cells[1:]) and self.cells) else ""


def words(listed: str) -> frozenset[str]:
    """Return a set of captions that are listed with blanks between them."""
    return frozenset(listed.split())


def read_records(chunks: Iterator[bytes], delimiter: str) -> Iterator[Record]:
    """Yield the records of UTF-8 text.

    In tab separated text a quote that is never closed is a character like others: such programs quote unreliably.
    """
    lines = _lines(chunks)
    window: list[str] = []
    number = 1
    while True:
        if not window:
            text = next(lines, None)
            if text is None:
                return
            window.append(text)
        cells, used, fault = _read(window, lines, delimiter)
        text = "".join(window[:used]).rstrip("\r\n")
        if "\ufffe" in text:
            cells, fault = (), "bytes that are no text in this encoding"
        yield Record(number, cells, text, fault)
        del window[:used]
        number += used


def _read(window: list[str], lines: Iterator[str], delimiter: str) -> tuple[tuple[str, ...], int, str]:
    size = 1
    while True:
        cells, used, fault = read_record(window[:size], 0, delimiter, '"')
        if "unexpected end of data" not in fault or size >= MAX_RECORD_LINES:
            break
        while len(window) < 2 * size and (text := next(lines, None)) is not None:
            window.append(text)
        if size >= len(window):
            break
        size = min(2 * size, len(window))
    if not fault:
        return cells, used, ""
    if delimiter == "\t":
        return tuple(window[0].rstrip("\r\n").split("\t")), 1, ""
    return (), 1, "a quote is not closed" if "unexpected end" in fault else fault


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for part in whole:
            yield _decoded(part) + "\n"
    if rest:
        yield _decoded(rest)


def _decoded(part: bytes) -> str:
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError:
        return part.decode("utf-8", "backslashreplace") + "\ufffe"


class Gatherer:
    """Gathers a report's rows into blocks, one table at a time.

    Attributes:
        kind, title: of the report.
        account: whose figures these are, "" when it does not say.
        header: column names of the table at hand.
        rows_seen: rows so far.
    """

    def __init__(self, kind: str, title: str = "") -> None:
        self.kind = kind
        self.title = title
        self.account = ""
        self.header: tuple[str, ...] = ()
        self.rows_seen = 0
        self._rows: list[tuple[str, ...]] = []
        self._extra: list[tuple[str | None, str | None, str]] = []
        self._lines: list[int] = []
        self._broken: list[Broken] = []
        self._filtered: dict[str, int] = {}

    def table(self, header: tuple[str, ...]) -> Iterator[Block]:
        """Begin a table with this header."""
        yield from self.flush()
        self.header = unique_names(header)

    def row(
        self, record: Record, start: date | None = None, end: date | None = None, grain: str = "campaign_day"
    ) -> Iterator[Block]:
        """Take a row of the table.

        Args:
            record: the row; with another number of cells than the header it is broken.
            start, end: first and last day that it covers, when the row itself does not say.
            grain: what it is.
        """
        self.rows_seen += 1
        if record.fault or len(record.cells) != len(self.header):
            reason = record.fault or f"{len(record.cells)} cells instead of {len(self.header)}"
            self._broken.append(Broken(record.line, reason, record.text))
        else:
            after = end + timedelta(days=1) if end else None
            self._rows.append(record.cells)
            self._extra.append((start.isoformat() if start else None, after.isoformat() if after else None, grain))
            self._lines.append(record.line)
        if len(self._rows) + len(self._broken) >= BLOCK_ROWS:
            yield from self.flush()

    def skip(self, reason: str, count: int = 1) -> None:
        """Count records that are no rows."""
        self._filtered[reason] = self._filtered.get(reason, 0) + count

    def broken(self, line: int, reason: str, text: str = "") -> None:
        """Name a record that can't be right."""
        self._broken.append(Broken(line, reason, text))

    def flush(self) -> Iterator[Block]:
        """Hand on what was gathered."""
        if not (self._rows or self._broken or self._filtered):
            return
        columns = list(zip(*self._rows, strict=True)) if self._rows else [()] * len(self.header)
        starts, ends, grains = zip(*self._extra, strict=True) if self._extra else ((), (), ())
        extra = {
            f"{PREFIX}{self.kind}": pa.array([self.title] * len(self._rows), pa.string()),
            f"{PREFIX}start": pa.array(starts, pa.string()),
            f"{PREFIX}end": pa.array(ends, pa.string()),
            f"{PREFIX}grain": pa.array(grains, pa.string()),
        }
        if self.account:
            extra[f"{PREFIX}account"] = pa.array([self.account] * len(self._rows), pa.string())
        own = {name: pa.array(cells, pa.string()) for name, cells in zip(self.header, columns, strict=True)}
        lines = np.array(self._lines, dtype=np.int64)
        block = Block(pa.table({**own, **extra}), lines, tuple(self._broken), dict(self._filtered))
        self._rows, self._extra, self._lines, self._broken, self._filtered = [], [], [], [], {}
        yield block

    def finish(self) -> Iterator[Block]:
        """Hand on the rest; a report without any row says that it is empty."""
        if not self.rows_seen:
            self.skip(EMPTY)
        yield from self.flush()
