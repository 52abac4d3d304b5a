"""The columns that a plan reads, numbered in the order in which they are asked for. Nothing here reads one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.plan.tables import table
from docops_desktop.kernels import layout as lay
from docops_desktop.store.facts import Column, Facts


class PlanColumns:
    """Columns of the facts, and others made for one plan."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._numbers: dict[tuple[str, str], int] = {}
        self._rows: list[tuple[int, int, int, int]] = []
        self._extra: list[npt.NDArray[Any]] = []
        self._extra_size = 0

    def session(self, name: str) -> int:
        """Return the number of a session column."""
        return self._number("sessions", name, self._facts.sessions[name])

    def page_view(self, name: str) -> int:
        """Return the number of a page-view column."""
        return self._number("page_views", name, self._facts.page_views[name])

    def weight(self, level: str) -> int:
        """Return the number of the column of weights, -1 where these facts have none."""
        if level == "page_view":
            return self.page_view("weight") if "weight" in self._facts.page_views else -1
        return self.session("weight") if "weight" in self._facts.sessions else -1

    def made(self, values: npt.NDArray[Any]) -> int:
        """Return the number of a column that was made for this plan."""
        self._rows.append((1, self._extra_size, values.dtype.itemsize, len(values)))
        self._extra.append(values)
        self._extra_size += _padded(values)
        return len(self._rows) - 1

    def known(self, level: str, name: str) -> int:
        """Return the number of a column if the plan reads it, else -1."""
        return self._numbers.get(("page_views" if level == "page_view" else "sessions", name), -1)

    def rows(self) -> npt.NDArray[np.int64]:
        """Return the table (columns, COLUMN_FIELDS)."""
        return table(self._rows, lay.COLUMN_FIELDS)

    def extra(self) -> npt.NDArray[np.uint8]:
        """Return the buffer of the columns that were made."""
        if len(self._extra) == 1:
            return self._extra[0].view(np.uint8)
        buffer = np.zeros(max(self._extra_size, 1), dtype=np.uint8)
        offset = 0
        for values in self._extra:
            buffer[offset : offset + values.nbytes] = values.view(np.uint8)
            offset += _padded(values)
        return buffer

    def _number(self, owner: str, name: str, column: Column) -> int:
        found = self._numbers.get((owner, name))
        if found is None:
            found = self._numbers[owner, name] = len(self._rows)
            self._rows.append((0, column.offset, np.dtype(column.dtype).itemsize, column.length))
        return found


def _padded(values: npt.NDArray[Any]) -> int:
    return -(-values.nbytes // 64) * 64
