"""Where loaded rows go: into a workspace's import, or, for a preview, nowhere but into counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from docops_desktop.store.import_writer import ImportWriter


class RowSink(Protocol):
    """Takes rows, texts and rejected records.

    Attributes:
        judges_direct: the export tells where visits come from, so that a session without any source is a direct one.
    """

    judges_direct: bool

    def encode(self, dimension: str, values: Any) -> Any:
        """Return the int32 codes of texts."""

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows to a table."""

    def new_session_ids(self, count: int) -> int:
        """Reserve session ids in a row and return the first."""

    def reached(self, table: str, share: float) -> None:
        """Tell that so much (0 to 1) of a table's rows are in."""

    def quarantine(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Keep rejected records."""


class WriterSink:
    """Into a workspace.

    Args:
        line_shift: added to the line numbers of rejected records (parts of a file count from their own beginning).
    """

    def __init__(self, writer: ImportWriter, line_shift: int = 0) -> None:
        self._writer = writer
        self._line_shift = line_shift
        self.judges_direct = False

    def encode(self, dimension: str, values: Any) -> Any:
        """Return the int32 codes of texts."""
        return self._writer.encode(dimension, values)

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows to a table."""
        self._writer.append(table, rows)

    def new_session_ids(self, count: int) -> int:
        """Reserve session ids in a row and return the first."""
        return self._writer.new_session_ids(count)

    def reached(self, table: str, share: float) -> None:
        """Tell that so much of a table's rows are in: they may be copied already."""
        self._writer.reached(table, share)

    def quarantine(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Keep rejected records."""
        shift = self._line_shift
        self._writer.quarantine((line + shift if line else line, reason, text) for line, reason, text in rows)


class CountingSink:
    """Nowhere: for previews."""

    def __init__(self) -> None:
        self.judges_direct = False
        self._sessions = 0

    def encode(self, dimension: str, values: Any) -> Any:
        """Return codes that mean nothing."""
        assert dimension
        return pa.array(np.zeros(len(values), dtype=np.int32))

    def append(self, table: str, rows: pa.Table) -> None:
        """Drop the rows."""

    def new_session_ids(self, count: int) -> int:
        """Return numbers from 1."""
        first = self._sessions + 1
        self._sessions += count
        return first

    def reached(self, table: str, share: float) -> None:
        """Nothing is waiting for it."""

    def quarantine(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Drop the records."""
