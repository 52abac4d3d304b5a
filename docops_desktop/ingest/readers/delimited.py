"""Delimited text in two gears: a columnar parse of blocks that pass strict checks, a careful reader for blocks that fail them.

The strict checks make sure that the columnar parser cannot be silently wrong: valid UTF-8, every quote at a cell's edge, every CR before an LF, no
blank lines, and the same number of cells in every record. A block that fails any of them is read line by line, and what does not fit is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv

from docops_desktop.ingest.blocks import MEMORY_POOL_BLOCK, Block, Reconsider, unique_names
from docops_desktop.ingest.readers.careful_csv import CarefulReader
from docops_desktop.ingest.recognise.dialect import Dialect
from docops_desktop.ingest.recognise.encoding import is_eight_bit

_SINGLE = "\x1f"
"""Stands for the delimiter of a one-column table: a character that text files do not hold."""
MAX_CARRY = 16 << 20
_LF, _CR = 10, 13
_AT_ONCE = 1 << 17
FAST_BLOCKS = 8
"""So many blocks' text at once while the columnar parser copes: fewer calls, each column's distinct texts fewer times."""


def read_delimited(
    chunks: Iterator[bytes], dialect: Dialect, *, may_be_eight_bit: bool = False, block_bytes: int = MEMORY_POOL_BLOCK
) -> Iterator[Block]:
    """Yield the records after the header.

    Args:
        chunks: UTF-8 bytes of the whole file, in any pieces.
        dialect: how the text is written.
        may_be_eight_bit: whether invalid UTF-8 in an otherwise pure ASCII file means that the encoding was misjudged.
        block_bytes: about this many bytes make a block.

    Raises:
        Reconsider: the file is not UTF-8 after all (topic ``encoding``).
    """
    delimiter = dialect.delimiter or _SINGLE
    names = unique_names(dialect.header)
    careful = CarefulReader(names, dialect.header, delimiter, dialect.quote, dialect.escape)
    skip = dialect.preamble_lines + dialect.header_lines
    line = 1
    ascii_so_far = True
    rest = b""
    ended = False
    want = block_bytes
    source = iter(chunks)
    while rest or not ended:
        pieces = [rest]
        size = len(rest)
        while not ended and (size < want or (rest and size <= len(rest))):
            chunk = next(source, None)
            if chunk is None:
                ended = True
                break
            pieces.append(chunk)
            size += len(chunk)
        want = block_bytes
        data = b"".join(pieces)
        if skip:
            data, skipped = _drop_lines(data, skip, ended)
            skip -= skipped
            line += skipped
            if skip:
                rest = data
                continue
        if not data:
            rest = b""
            continue
        ascii_now = data.isascii()
        if ascii_so_far and not ascii_now:
            if may_be_eight_bit and is_eight_bit(_whole_lines(data, ended)):
                raise Reconsider("encoding", "eight-bit")
            ascii_so_far = False
        marks = _Marks(data, delimiter, dialect.quote)
        fast = marks.strict and not dialect.escape
        cut = marks.cut(ended) if fast else 0
        block = _columnar(data, names, dialect, delimiter, marks, cut, line, check_utf8=not ascii_now) if cut else None
        if block is None:
            if fast and not cut and not ended and len(data) < MAX_CARRY:
                rest = data
                want = 2 * len(data)  # one cell that is longer than a block
                continue
            block, cut = careful.read(data, line, ended=ended, room=len(data) < MAX_CARRY)
        else:
            want = FAST_BLOCKS * block_bytes
        line += marks.lines(cut)
        rest = data[cut:]
        if block.records:
            yield block


def _whole_lines(data: bytes, ended: bool) -> bytes:
    return data if ended else data[: data.rfind(b"\n") + 1]


def _drop_lines(data: bytes, count: int, ended: bool) -> tuple[bytes, int]:
    place = 0
    dropped = 0
    while dropped < count:
        end = data.find(b"\n", place)
        if end < 0:
            return (b"", count) if ended else (data[place:], dropped)
        place = end + 1
        dropped += 1
    return data[place:], dropped


class _Marks:
    """Where a piece of text has its newlines and quotes, and whether they stand where they may."""

    def __init__(self, data: bytes, delimiter: str, quote: str) -> None:
        self._data = data
        array: npt.NDArray[np.uint8] = np.frombuffer(data, dtype=np.uint8)
        mark = quote.encode()
        self.quotes: npt.NDArray[np.int64] = (
            np.flatnonzero(array == ord(quote)) if mark in data else np.empty(0, dtype=np.int64)
        )
        self._count, sound = _line_ends(array, b"\r" in data)
        self.strict = sound and self._check(array, data, ord(delimiter))
        self._newlines: npt.NDArray[np.int64] | None = None  # where no quotes are, their number tells all
        self._outside: npt.NDArray[np.bool_] | None = None
        if len(self.quotes):
            self._newlines = np.flatnonzero(array == 10)
            self._outside = np.searchsorted(self.quotes, self._newlines) % 2 == 0

    def _check(self, array: npt.NDArray[np.uint8], data: bytes, delimiter: int) -> bool:
        if b"\x00" in data or data[:1] in (b"\n", b"\r"):
            return False
        if not len(self.quotes):
            return True
        padded = np.concatenate((np.array([10], np.uint8), array, np.array([10], np.uint8)))
        mark = array[self.quotes[0]]
        openers, closers = self.quotes[0::2], self.quotes[1::2]
        before = padded[openers]
        after = padded[closers + 2]
        opens = (before == delimiter) | (before == 10) | (before == mark)
        opens[1:] &= (before[1:] != mark) | (openers[1:] - 1 == closers[: len(openers) - 1])
        if before.size and before[0] == mark:
            return False
        closes = (after == delimiter) | (after == 10) | (after == 13) | (after == mark)
        return bool(opens.all() and closes.all())

    def cut(self, ended: bool) -> int:
        """Return the end of the last whole record (0 when there is none)."""
        if ended and len(self.quotes) % 2 == 0:
            return len(self._data)
        if self._newlines is None:
            return self._data.rfind(b"\n") + 1
        outside = self._newlines[self._outside]
        return int(outside[-1]) + 1 if len(outside) else 0

    def lines(self, cut: int) -> int:
        """Return how many lines end before ``cut``."""
        if self._newlines is None:
            return self._count - self._data.count(b"\n", cut)
        return int(np.searchsorted(self._newlines, cut))

    def record_lines(self, cut: int, line: int) -> npt.NDArray[np.int64]:
        """Return the line number of each record before ``cut``."""
        inside = self.lines(cut)
        if self._outside is None:
            starts = np.arange(inside + 1, dtype=np.int64)
        else:
            ends = np.flatnonzero(self._outside[:inside])
            starts = np.concatenate((np.zeros(1, np.int64), ends + 1))
        whole = self._data.endswith(b"\n", 0, cut)
        return (starts[:-1] if whole else starts) + line


def _line_ends(array: npt.NDArray[np.uint8], has_returns: bool) -> tuple[int, bool]:
    """Return how many newlines there are, and whether no line is blank and every CR stands before an LF.

    In pieces that stay in the processor's cache; searching for pairs of bytes takes ten times as long, and holds the interpreter.
    """
    count, sound = 0, True
    for at in range(0, len(array), _AT_ONCE):
        piece = array[at : at + _AT_ONCE + 1]  # one byte more: what follows the last one
        ends = piece == _LF
        count += int(np.count_nonzero(ends[:_AT_ONCE]))
        sound &= not (ends[1:] & ends[:-1]).any()
        if has_returns:
            returns = piece == _CR
            sound &= not ((returns[:-1] & ~ends[1:]).any() or (ends[:-1] & returns[1:]).any())
    return count, sound


def _columnar(
    data: bytes,
    names: tuple[str, ...],
    dialect: Dialect,
    delimiter: str,
    marks: _Marks,
    cut: int,
    line: int,
    *,
    check_utf8: bool,
) -> Block | None:
    """Parse what stands before ``cut`` with pyarrow; None when it does not come out as whole records of the right width."""
    lines = marks.record_lines(cut, line)
    try:
        table = pacsv.read_csv(
            pa.BufferReader(pa.py_buffer(data).slice(0, cut)),
            read_options=pacsv.ReadOptions(
                column_names=list(names), use_threads=False, block_size=max(cut + 1, 1 << 12)
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter,
                quote_char=dialect.quote,
                double_quote=True,
                newlines_in_values=len(marks.quotes) > 0,
                ignore_empty_lines=False,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                check_utf8=check_utf8,
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
                null_values=[],
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != len(lines):
        return None
    return without_repeated_headers(table, lines, dialect.header)


def without_repeated_headers(table: pa.Table, lines: npt.NDArray[np.int64], header: tuple[str, ...]) -> Block:
    """Make a block; rows that repeat the header are filtered."""
    import pyarrow.compute as pc

    same: Any = pc.equal(table.column(0), header[0]) if header and table.num_rows else None
    if same is None or not pc.any(same).as_py():
        return Block(table, lines)
    for position in range(1, len(header)):
        same = pc.and_(same, pc.equal(table.column(position), header[position]))
    count = int(pc.sum(same).as_py() or 0)
    if count == 0:
        return Block(table, lines)
    keep = pc.invert(same)
    mask = np.asarray(keep.to_numpy(), dtype=bool)
    return Block(table.filter(keep), lines[mask], filtered={"repeated header": count})
