"""Dictionary-coding of texts during an import: known texts keep their code, unseen ones get the next, nothing is written before the commit.

Code 0 is the missing value in every dictionary and never stands in a table.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.model.dimensions import NOT_SET
from docops_desktop.store.schema import dictionary_table, quoted

_UNSEEN = -1


class DictionaryEncoder:
    """The codes of one dictionary table: what the workspace has, plus what the running import adds."""

    def __init__(self, table: str, known: dict[str, int]) -> None:
        self.table = table
        self._codes: dict[str | None, int] = {None: 0, "": 0, NOT_SET: 0}
        self._codes.update(known.items())
        self._last_stored = max(known.values(), default=0)
        self._last = self._last_stored

    @classmethod
    def load(cls, connection: sqlite3.Connection, dimension: str) -> DictionaryEncoder:
        """Read the dictionary of a dimension; one that the workspace does not have yet starts empty."""
        table = dictionary_table(dimension)
        exists = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
        ).fetchone()
        rows = connection.execute(f"SELECT value, id FROM {quoted(table)}") if exists else ()
        return cls(table, dict(rows))

    @property
    def last_stored(self) -> int:
        """The highest code that the workspace already has."""
        return self._last_stored

    def encode(self, values: Any) -> Any:
        """Return the codes of a string array as an int32 array; null, empty text and "(not set)" are 0."""
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        if not pa.types.is_dictionary(values.type):
            values = pc.dictionary_encode(values)
        texts = values.dictionary.to_pylist()
        indices = pc.fill_null(values.indices.cast(pa.int32()), len(texts)).to_numpy(zero_copy_only=False)
        known = self._codes
        codes = np.array([*(known.get(text, _UNSEEN) for text in texts), 0], dtype=np.int32)
        if (codes == _UNSEEN).any():
            used = np.bincount(indices, minlength=len(texts) + 1) > 0
            for position in np.flatnonzero((codes == _UNSEEN) & used):
                text = texts[position]  # may stand there twice; one that no row has is none of the workspace's
                codes[position] = known.get(text) or self._new_code(text)
        return pa.array(codes[indices])

    def new_rows(self) -> list[tuple[int, str]]:
        """Return (id, value) of the texts that the workspace does not have yet, in order of their id."""
        return [(code, text) for text, code in self._codes.items() if code > self._last_stored and text is not None]

    def _new_code(self, text: str) -> int:
        self._last += 1
        self._codes[text] = self._last
        return self._last
