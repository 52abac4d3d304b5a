"""Cells of a block by caption, for the rules: as lists, empty texts as None, captions compared without case, blanks and punctuation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.mapping.adapters import plain

Cells = list[str | None]


class Columns:
    """The columns of one table."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._names: dict[str, str] = {}
        for name in table.column_names:
            self._names.setdefault(name.lower(), name)
            self._names.setdefault(plain(name), name)
        self.rows = int(table.num_rows)

    def name(self, *captions: str) -> str:
        """Return the column's own name of the first caption that is there, "" for none."""
        for caption in captions:
            found = self._names.get(caption.lower()) or self._names.get(plain(caption))
            if found:
                return found
        return ""

    def starting(self, caption: str) -> str:
        """Return the name of the first column that begins with this caption, "" for none."""
        wanted = plain(caption)
        return next((name for name in self._table.column_names if plain(name).startswith(wanted)), "")

    def cells(self, *captions: str) -> Cells | None:
        """Return the cells of the first caption that is there, None when there is none."""
        name = self.name(*captions)
        return (
            [cell if cell and cell.strip() else None for cell in self._table.column(name).to_pylist()] if name else None
        )

    def array(self, *captions: str) -> Any:
        """Return the column as an Arrow array, nulls when it is not there."""
        name = self.name(*captions)
        return self._table.column(name).combine_chunks() if name else pa.nulls(self.rows, pa.string())

    def unfold(
        self, caption: str, read: Callable[[Any], Mapping[str, str | None]], keys: tuple[str, ...]
    ) -> dict[str, Any]:
        """Return columns from a column of JSON texts; each distinct text is read once.

        Args:
            caption: the column.
            read: from a decoded value to texts by key.
            keys: the keys that become columns.
        """
        name = self.name(caption)
        if not name:
            return {key: pa.nulls(self.rows, pa.string()) for key in keys}
        encoded = pc.dictionary_encode(self._table.column(name).combine_chunks())
        objects = [read(_decoded(text)) for text in encoded.dictionary.to_pylist()]
        return {key: pa.array([found.get(key) for found in objects], pa.string()).take(encoded.indices) for key in keys}


Rule = Callable[[Columns], Mapping[str, Any]]


def texts(values: Cells) -> Any:
    """Return a string array."""
    return pa.array(values, pa.string())


def _decoded(text: str | None) -> Any:
    if not text:
        return None
    try:
        return json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
