"""Cells of mapped columns: trimmed, with markers of a missing value as nulls; and the rows that were found faulty.

Arrays go in and come out with one entry per row of the block; nothing is dropped here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.adapters import plain
from docops_desktop.ingest.mapping import Mapping, Source

Bools = npt.NDArray[np.bool_]


def flat(values: Any) -> Any:
    """Return an array in one chunk."""
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def as_bools(mask: Any) -> Bools:
    """Return an Arrow boolean array as NumPy, null = False."""
    return np.asarray(pc.fill_null(flat(mask), False).to_numpy(zero_copy_only=False), dtype=bool)


def trimmed(values: Any, nulls: frozenset[str]) -> Any:
    """Return the texts without surrounding blanks, markers of a missing value as nulls."""
    encoded = pc.dictionary_encode(flat(values))
    texts = pc.utf8_trim_whitespace(encoded.dictionary)
    marks = pc.is_in(texts, value_set=pa.array(sorted(nulls), pa.string()))
    cleaned = pc.if_else(marks, pa.scalar(None, pa.string()), texts)
    return pc.take(cleaned, encoded.indices)


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
        self.rows = table.num_rows

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

    def sources(self, target: str) -> list[tuple[Source, Any]]:
        """Return the columns that feed a target, trimmed, in the order in which they count."""
        found = self._mapping.sources.get(target, ())
        return [
            (source, trimmed(self._table.column(source.column), source.nulls))
            for source in found
            if source.column in self._columns
        ]

    def text(self, target: str) -> Any:
        """Return the first filled cell of each row (a string array with nulls)."""
        arrays = [values for _, values in self.sources(target)]
        if not arrays:
            return pa.nulls(self.rows, pa.string())
        return arrays[0] if len(arrays) == 1 else pc.coalesce(*arrays)
