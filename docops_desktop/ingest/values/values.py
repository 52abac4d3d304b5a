"""Cells of mapped columns: trimmed, with markers of a missing value as nulls; and the rows that were found faulty.

Arrays go in and come out with one entry per row of the block; nothing is dropped here.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.mapping.adapters import plain
from docops_desktop.ingest.mapping.mapping import Mapping, Source
from docops_desktop.ingest.values.distinct import coded, decoded, each, flat

Bools = npt.NDArray[np.bool_]


def as_bools(mask: Any) -> Bools:
    """Return an Arrow boolean array as NumPy, null = False."""
    return np.asarray(pc.fill_null(flat(mask), False).to_numpy(zero_copy_only=False), dtype=bool)


def trimmed(values: Any, nulls: frozenset[str]) -> Any:
    """Return the texts, coded, without surrounding blanks, markers of a missing value as nulls."""
    marks = pa.array(sorted(nulls), pa.string())
    longest = max((len(mark.encode()) for mark in nulls), default=0)

    def clean(texts: Any) -> Any:
        texts = pc.utf8_trim_whitespace(texts)
        shortest = pc.min(pc.binary_length(texts)).as_py()
        if shortest is None or shortest > longest:  # as in a column of ids: none can be a marker
            return texts
        return pc.if_else(pc.is_in(texts, value_set=marks), pa.scalar(None, pa.string()), texts)

    return each(values, clean)


class Column:
    """One column that feeds a target; read in whichever way is asked for, once."""

    def __init__(self, source: Source, raw: Any) -> None:
        self.source = source
        self.raw = raw

    @cached_property
    def coded(self) -> Any:
        """The trimmed texts, coded, markers of a missing value as nulls."""
        return trimmed(self.raw, self.source.nulls)

    @cached_property
    def text(self) -> Any:
        """The trimmed texts as strings."""
        return decoded(self.coded)

    @cached_property
    def whole(self) -> Any | None:
        """The numbers (int64, null = an empty cell) of a column whose filled cells are all plain digits; None for any other column."""
        if any(mark.lstrip("-").isdigit() for mark in self.source.nulls):
            return None
        data = self.raw.buffers()[2]
        if data is None or _has_hexadecimal(data):
            return None
        blank = pc.equal(pc.binary_length(self.raw), 0)
        filled = pc.if_else(blank, pa.scalar(None, pa.string()), self.raw) if pc.any(blank).as_py() else self.raw
        try:
            return pc.cast(filled, pa.int64())
        except pa.ArrowInvalid:
            return None


def _has_hexadecimal(data: Any) -> bool:
    """Whether there may be a number like 0x1F, which Arrow would read and we do not."""
    letters = bytes(data)
    return b"x" in letters or b"X" in letters


class Rejects:
    """Rows of a block that can't be loaded; the first reason of a row stands."""

    def __init__(self, rows: int) -> None:
        self.mask: Bools = np.zeros(rows, dtype=bool)
        self.reasons: dict[int, str] = {}

    def add(self, bad: Bools, reason: str) -> None:
        """Reject rows."""
        for row in np.flatnonzero(bad & ~self.mask):
            self.reasons[int(row)] = reason
        self.mask |= bad


class Cells:
    """The cells of a block, by column and by target."""

    def __init__(self, table: pa.Table, mapping: Mapping) -> None:
        self._table = table
        self._columns = set(table.column_names)
        self._loose = {plain(name): name for name in reversed(table.column_names)}
        self._mapping = mapping
        self._sources: dict[str, list[Column]] = {}
        self.rows = table.num_rows

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the block's columns."""
        return tuple(self._table.column_names)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of all mapped targets."""
        return tuple(self._mapping.sources)

    def raw(self, column: str) -> Any | None:
        """Return a column as it was read, or None when the block does not have it; case and punctuation do not matter."""
        name = column if column in self._columns else self._loose.get(plain(column))
        return flat(self._table.column(name)) if name is not None else None

    def has(self, target: str) -> bool:
        """Whether any column of this block feeds the target."""
        return any(source.column in self._columns for source in self._mapping.sources.get(target, ()))

    def sources(self, target: str) -> list[Column]:
        """Return the columns that feed a target, in the order in which they count."""
        found = self._sources.get(target)
        if found is None:
            found = self._sources[target] = [
                Column(source, flat(self._table.column(source.column)))
                for source in self._mapping.sources.get(target, ())
                if source.column in self._columns
            ]
        return found

    def text(self, target: str) -> Any:
        """Return the first filled cell of each row (a string array with nulls)."""
        columns = self.sources(target)
        if not columns:
            return pa.nulls(self.rows, pa.string())
        return columns[0].text if len(columns) == 1 else pc.coalesce(*(column.text for column in columns))

    def coded(self, target: str) -> Any:
        """Return the first filled cell of each row, coded."""
        columns = self.sources(target)
        return columns[0].coded if len(columns) == 1 else coded(self.text(target))
