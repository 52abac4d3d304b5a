"""Panels' keys as the tables of a plan: where each code comes from, what bin it is in, how far apart its groups are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.plan.columns import PlanColumns
from docops_desktop.analysis.plan.keys import Key
from docops_desktop.analysis.plan.tables import joined, table
from docops_desktop.kernels import layout as lay

Remap = tuple[npt.NDArray[Any], int]
"""New number of each group, -1 drops; and how many there are."""


class KeyTables:
    """Collects the keys of a plan's panels."""

    def __init__(self, columns: PlanColumns) -> None:
        self._columns = columns
        self._rows: list[list[int]] = []
        self._luts: list[npt.NDArray[np.int32]] = []
        self._lut_size = 0
        self._edges: list[npt.NDArray[np.int64]] = []
        self._codes: list[npt.NDArray[np.int32]] = []
        self._runs_size = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, keys: Sequence[Key], session_remap: Remap | None) -> int:
        """Add a panel's keys, one after the other; return how many groups they make."""
        stride, remap = 1, session_remap
        for key in keys:
            if remap is not None and key.level == "page_view":
                stride, remap = remap[1], None
            self._rows.append(self._row(key, stride))
            stride *= key.size
        return stride if remap is None else remap[1]

    def lut(self, bins: npt.NDArray[Any]) -> int:
        """Add a table by code and return its place."""
        place = self._lut_size
        self._luts.append(np.ascontiguousarray(bins, dtype=np.int32))
        self._lut_size += len(bins)
        return place

    def edges_of_long_runs(self, shortest: int, n: int) -> list[npt.NDArray[np.int64]]:
        """Return the edges of those runs that are longer than ``shortest`` of the ``n`` rows on average."""
        return [edges for edges in self._edges if len(edges) * shortest < n]

    def read_listed(self, columns: Sequence[int]) -> None:
        """Let the keys of these session columns be read from the list of kept sessions, which holds them in this order."""
        for row in self._rows:
            if row[lay.KEY_SOURCE] == lay.SOURCE_SESSION and row[lay.KEY_COLUMN] in columns:
                row[lay.KEY_LISTED] = lay.KEPT_FIELDS + columns.index(row[lay.KEY_COLUMN])

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the tables by their names in a plan."""
        return {
            "keys": table(self._rows, lay.KEY_FIELDS),
            "key_lut": joined(self._luts, np.int32),
            "run_edges": joined(self._edges, np.int64),
            "run_codes": joined(self._codes, np.int32),
        }

    def _row(self, key: Key, stride: int) -> list[int]:
        row = [0] * lay.KEY_FIELDS
        row[lay.KEY_STRIDE] = stride
        row[lay.KEY_LUT] = lay.IDENTITY if key.bins is None else self.lut(key.bins)
        if key.runs is not None:
            edges, codes = key.runs
            row[lay.KEY_SOURCE] = lay.SOURCE_RUNS
            row[lay.KEY_RUNS], row[lay.KEY_N_RUNS] = self._runs_size, len(edges)
            self._edges.append(edges)
            self._codes.append(codes)
            self._runs_size += len(edges)
            return row
        at_view = key.level == "page_view"
        row[lay.KEY_SOURCE] = lay.SOURCE_PAGE_VIEW if at_view else lay.SOURCE_SESSION
        if key.virtual is not None:
            row[lay.KEY_COLUMN] = self._columns.made(key.virtual)
        else:
            row[lay.KEY_COLUMN] = self._columns.page_view(key.name) if at_view else self._columns.session(key.name)
        return row
