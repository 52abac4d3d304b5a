"""Sums of groups as the threads of a pass leave them: counts narrow, conversions and revenue apart.

Of tens of thousands of groups a refresh reads a field or two, or all fields of a few. So the table of all fields is not made: this reads like one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.kernels import layout as lay

_COUNTS = {
    lay.ACC_SESSIONS: lay.SUM_SESSIONS,
    lay.ACC_VIEWS: lay.SUM_VIEWS,
    lay.ACC_BOUNCES: lay.SUM_BOUNCES,
    lay.ACC_TOUCHED: lay.SUM_TOUCHED,
}
_AMOUNTS = {
    lay.ACC_CONVERTING: lay.AMOUNT_CONVERTING,
    lay.ACC_CONVERSIONS: lay.AMOUNT_CONVERSIONS,
    lay.ACC_REVENUE: lay.AMOUNT_REVENUE,
    lay.ACC_ERRORS: lay.AMOUNT_ERRORS,
}
_EVERY = slice(None)


class GroupSums:
    """Reads like an int64 array (G, ACC_FIELDS): ``[:, field]`` is a field of all groups, anything else chooses groups.

    Args:
        counts: uint32 or int64 (G, SUM_FIELDS).
        amounts: int64 (G, AMOUNT_FIELDS).
    """

    def __init__(self, counts: npt.NDArray[Any], amounts: lay.I64) -> None:
        self._counts, self._amounts = counts, amounts

    def __len__(self) -> int:
        return len(self._counts)

    def __getitem__(self, which: Any) -> Any:
        if not isinstance(which, tuple):
            return GroupSums(self._counts[which], self._amounts[which])
        groups, fields = which
        if isinstance(fields, int | np.integer):
            return self._field(int(fields), groups)
        return np.stack([self._field(int(field), groups) for field in fields], axis=-1)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.asarray(self.copy(), dtype=dtype)

    def copy(self) -> lay.I64:
        """Return the table."""
        table = np.empty((lay.ACC_FIELDS, len(self)), dtype=np.int64)
        for field in range(lay.ACC_FIELDS):
            table[field] = self._field(field)
        return table.T

    def _field(self, field: int, groups: Any = _EVERY) -> lay.I64:
        if field in _COUNTS:
            counts: lay.I64 = self._counts[:, _COUNTS[field]][groups].astype(np.int64)
            return counts
        amounts: lay.I64 = self._amounts[:, _AMOUNTS[field]][groups]
        return amounts
