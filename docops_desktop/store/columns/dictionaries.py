"""Dictionaries as the columns use them: dense codes from 1, code 0 the missing value.

Ids in the workspace may have holes after a forget; a lookup table closes them.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.model.dimensions import NOT_SET
from docops_desktop.store.schema import quoted

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CodeBook:
    """The texts of one dictionary table by dense code, and the code of each id in the workspace."""

    texts: tuple[str, ...]
    code_of_id: npt.NDArray[np.uint32]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The narrowest type that holds every code."""
        return np.min_scalar_type(max(len(self.texts) - 1, 1))

    def codes(self, ids: IntArray) -> npt.NDArray[np.uint32]:
        """Return the codes of ids; an id without a text becomes 0."""
        known = len(self.code_of_id)
        return self.code_of_id[np.where((ids >= 0) & (ids < known), ids, 0)]


def read_code_book(connection: sqlite3.Connection, table: str) -> CodeBook:
    """Read one dictionary table."""
    rows = connection.execute(f"SELECT id, value FROM {quoted(table)} WHERE id > 0 ORDER BY id").fetchall()
    code_of_id = np.zeros((rows[-1][0] if rows else 0) + 1, dtype=np.uint32)
    code_of_id[[row[0] for row in rows]] = np.arange(1, len(rows) + 1, dtype=np.uint32)
    return CodeBook((NOT_SET, *(row[1] for row in rows)), code_of_id)
