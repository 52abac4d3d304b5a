"""The rows of a large table as they will stand in it: every column in the table's order, ids given, what is absent by its default."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from docops_desktop.store.packed_cells import Ints, Value
from docops_desktop.store.schema import FACT_TABLES, quoted

PACKED = ("sessions", "page_views")
"""Tables whose rows are packed: large, and numbers but for a currency."""
_KINDS = {int: pa.int64(), float: pa.float64(), str: pa.string()}


class Packing:
    """What one table of the workspace looks like to the running import."""

    def __init__(self, connection: sqlite3.Connection, table: str, import_id: int) -> None:
        self._spec = FACT_TABLES[table]
        self._table = table
        self._import_id = import_id
        self._columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        self._statements = [sql]
        (self._last_id,) = connection.execute(f"SELECT ifnull(max({self._spec.pk}), 0) FROM {table}").fetchone()
        self.added: list[str] = []

    @property
    def statements(self) -> Sequence[str]:
        """What makes the table as it will be, columns that the import adds included."""
        return self._statements

    def new_ids(self, count: int) -> int:
        """Reserve ids in a row and return the first."""
        first = int(self._last_id) + 1
        self._last_id += count
        return first

    def rows(self, batch: pa.RecordBatch) -> tuple[Ints, list[Value]]:
        """Return the ids of some rows, and all their columns; one that the table does not have yet is added to it."""
        for name in batch.schema.names:
            if name not in self._columns:
                self._columns.append(name)
                self.added.append(name)
                self._statements.append(
                    f"ALTER TABLE {self._table} ADD COLUMN {quoted(name)} INTEGER NOT NULL DEFAULT 0"
                )
        if self._spec.pk in batch.schema.names:
            ids: Ints = batch.column(self._spec.pk).to_numpy()
        else:
            first = self.new_ids(batch.num_rows)
            ids = np.arange(first, first + batch.num_rows)
        return ids, [self._values(name, batch) for name in self._columns]

    def _values(self, name: str, batch: pa.RecordBatch) -> Value:
        if name == self._spec.pk:
            return None  # the row's id stands for it
        if name == "import_id":
            return self._import_id
        if name in batch.schema.names:
            return batch.column(name).cast(_KINDS[self._spec.columns.get(name, int)])
        default: Any = default_of(self._table, name)
        return default


def default_of(table: str, name: str) -> Any:
    """What stands for a missing value in a column that is never NULL; None for other columns."""
    return 0 if name.startswith("custom.") else FACT_TABLES[table].defaults.get(name)
