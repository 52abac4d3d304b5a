"""Rows in an order of the table's own, taken from those that were given when somebody looks at them: of hundreds, a table shows a dozen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, overload

Row = TypeVar("Row")


class SteadyRows(Sequence[Row]):
    """``rows`` in the order of ``places``."""

    def __init__(self, rows: Sequence[Row], places: Sequence[int]) -> None:
        self._rows, self._places = rows, places
        self._seen: dict[int, Row] = {}

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            return tuple(self[i] for i in range(*at.indices(len(self))))
        row = self._seen.get(at)
        if row is None:
            row = self._seen[at] = self._rows[self._places[at]]
        return row
