"""Rows of columns as the cells of an SQLite table: the record format of sqlite.org/fileformat2.html, whole columns at a time.

Binding value by value costs SQLite more time than all the rest of an import. Here each column of a batch has one width, so that the cells of a batch
are one matrix of bytes; bytes that a row does not have (a NULL has none) are masked out of it. Only private files are made this way: SQLite
reads them and puts the rows into the workspace by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Value = Any
"""A column: the same integer in every row, an Arrow array (integers, doubles, texts; nulls allowed), or None for NULL in every row."""

LONGEST_TEXT = 57
"""Bytes: what fits into a type of one byte."""
_WIDTHS = ((1, 1), (2, 2), (3, 3), (4, 4), (6, 5), (8, 6))
"""Bytes of an integer and the record format's type of it."""
_REAL, _ZERO, _ONE, _TEXT = 7, 8, 9, 13
_WORD = 8
_VARINT = 7
"""Bits per byte of an integer of variable length."""


@dataclass(frozen=True)
class Cells:
    """The cells of some rows, one after the other, and where each ends."""

    data: Bytes
    ends: Ints


@dataclass(frozen=True)
class _Column:
    """The bytes of one column.

    Attributes:
        kind: the record format's type, of all rows or of each.
        width: bytes of a value; 0 where the type says it all.
        words: integers whose last bytes are the values.
        data: other values, ``(rows, width)``.
        have: which of those bytes a row has; None = all.
        sizes: how many those are, where it is not all.
    """

    kind: int | Bytes
    width: int = 0
    words: Ints | None = None
    data: Bytes | None = None
    have: Bools | None = None
    sizes: Ints | None = None


def cells(rowids: Ints, columns: Sequence[Value]) -> Iterator[tuple[Ints, Cells]]:
    """Yield the rows' cells in runs of rowids that take the same number of bytes.

    Args:
        rowids: ascending, from 1.
        columns: one per column of the table, in its order; the primary key's is None. Columns at the end may be left out: they have their default.

    Raises:
        ValueError: a text of more than ``LONGEST_TEXT`` bytes.
    """
    start = 0
    while start < len(rowids):
        size = varint_size(int(rowids[start]))
        end = int(np.searchsorted(rowids, 1 << (_VARINT * size))) if size < 9 else len(rowids)
        part = rowids[start:end]
        yield part, _run(part, size, [_column(_slice(values, start, end)) for values in columns])
        start = end


def _slice(values: Value, start: int, end: int) -> Value:
    return values.slice(start, end - start) if isinstance(values, pa.Array) else values


def varint_size(number: int) -> int:
    """Return how many bytes a number takes as an integer of variable length (up to 8 bytes, 56 bits)."""
    return max(1, -(-number.bit_length() // _VARINT))


def varint(number: int) -> bytes:
    """Return a number as an integer of variable length (up to 8 bytes, 56 bits)."""
    size = varint_size(number)
    return bytes((number >> (_VARINT * place)) & 0x7F | (0x80 if place else 0) for place in range(size - 1, -1, -1))


def _column(values: Value) -> _Column:
    if values is None:
        return _Column(0)
    if isinstance(values, int):
        if values in (0, 1):
            return _Column(_ZERO + values)
        values = pa.array([values])  # one row of bytes serves all
    elif values.null_count == len(values):
        return _Column(0)
    if pa.types.is_string(values.type):
        return _texts(values)
    have = np.asarray(pc.is_valid(values).to_numpy(zero_copy_only=False)) if values.null_count else None
    if pa.types.is_floating(values.type):
        reals = values.cast(pa.float64())
        numbers = (reals if have is None else reals.fill_null(0.0)).to_numpy()
        return _optional(_REAL, 8, numbers.view(np.int64), have)
    whole = values.cast(pa.int64())
    integers = (whole if have is None else whole.fill_null(0)).to_numpy()
    low, high = int(integers.min()), int(integers.max())
    if have is None and low == high and low in (0, 1):
        return _Column(_ZERO + low)
    width, kind = next(pair for pair in _WIDTHS if -(1 << (8 * pair[0] - 1)) <= low and high < 1 << (8 * pair[0] - 1))
    return _optional(kind, width, integers, have)


def _optional(kind: int, width: int, words: Ints, have: Bools | None) -> _Column:
    if have is None:
        return _Column(kind, width, words)
    kinds = np.where(have, np.uint8(kind), np.uint8(0))
    return _Column(kinds, width, words, have=np.repeat(have[:, None], width, axis=1), sizes=width * have)


def _texts(values: Any) -> _Column:
    """Texts of differing lengths, each at the beginning of its place."""
    coded = values.dictionary_encode()
    texts = [text.encode() for text in coded.dictionary.to_pylist()]
    longest = max(map(len, texts))
    if longest > LONGEST_TEXT:
        raise ValueError(f"a text of {longest} bytes in a column of codes")
    table = np.frombuffer(b"".join(text.ljust(longest, b"\0") for text in texts), np.uint8).reshape(len(texts), longest)
    sizes = np.array([len(text) for text in texts])
    codes = coded.indices.fill_null(0).to_numpy()
    present = np.asarray(coded.indices.is_valid().to_numpy(zero_copy_only=False))
    taken = np.where(present, sizes[codes], 0)
    kinds = np.where(present, _TEXT + 2 * taken, 0).astype(np.uint8)
    have = np.arange(longest, dtype=np.uint8) < taken.astype(np.uint8)[:, None]
    return _Column(kinds, longest, data=table[codes], have=have, sizes=taken)


def _run(rowids: Ints, rowid_size: int, columns: Sequence[_Column]) -> Cells:
    """The cells of rows whose rowids are of one size.

    A cell is the size of its record, the rowid, the record's head (its own size, the types) and the values.
    """
    rows, count = len(rowids), len(columns)
    head_size = 1 + count if count < 127 else 2 + count
    record = head_size + sum(column.width for column in columns)
    have_all = all(column.have is None for column in columns)
    rowid_at = 1 if have_all and record < 128 else 2  # before it: the record's size, one byte below 128, else two
    head_at = rowid_at + rowid_size
    matrix = np.zeros((rows, head_at + record), dtype=np.uint8)
    _write_values(matrix, head_at + head_size, columns)
    _write_head(matrix, head_at, head_size, columns)
    for place in range(rowid_size):
        shift = _VARINT * (rowid_size - 1 - place)
        matrix[:, rowid_at + place] = (rowids >> shift) & 0x7F | (0x80 if shift else 0)
    if have_all:
        matrix[:, :rowid_at] = np.frombuffer(varint(record), np.uint8)
        return Cells(matrix.reshape(-1), np.arange(1, rows + 1, dtype=np.int64) * matrix.shape[1])
    return _masked(matrix, head_at, head_size, columns)


def _write_values(matrix: Bytes, at: int, columns: Sequence[_Column]) -> None:
    """Write the values, the last ones first: an integer is written with its eight bytes, of which those before its own are overwritten then."""
    end = at + sum(column.width for column in columns)
    for column in reversed(columns):
        if column.words is not None and end >= _WORD:
            place = np.ndarray(len(matrix), ">i8", matrix.data, end - _WORD, matrix.strides[:1])
            place[...] = column.words
        elif column.words is not None:  # the row begins less than eight bytes before
            words = column.words.astype(">i8").view(np.uint8).reshape(-1, _WORD)
            matrix[:, end - column.width : end] = words[:, _WORD - column.width :]
        elif column.data is not None:
            matrix[:, end - column.width : end] = column.data
        end -= column.width


def _write_head(matrix: Bytes, at: int, size: int, columns: Sequence[_Column]) -> None:
    """Write the size of the head, and the types."""
    types = [column.kind if isinstance(column.kind, int) else 0 for column in columns]
    matrix[:, at : at + size] = np.frombuffer(varint(size) + bytes(types), np.uint8)
    for number, column in enumerate(columns):
        if not isinstance(column.kind, int):
            matrix[:, at + size - len(columns) + number] = column.kind


def _masked(matrix: Bytes, head_at: int, head_size: int, columns: Sequence[_Column]) -> Cells:
    """Take out the bytes that the rows do not have, and fill in the records' sizes, which differ."""
    have = np.ones(matrix.shape, dtype=bool)
    sizes = np.full(len(matrix), head_size, dtype=np.int64)
    at = head_at + head_size
    for column in columns:
        if column.have is not None:
            have[:, at : at + column.width] = column.have
        sizes += column.width if column.sizes is None else column.sizes
        at += column.width
    is_long = sizes >= 128
    matrix[:, 0] = sizes >> _VARINT | 0x80
    matrix[:, 1] = sizes & 0x7F
    have[:, 0] = is_long
    return Cells(matrix[have], np.cumsum(sizes + (head_at - 1) + is_long))
