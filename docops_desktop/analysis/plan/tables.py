"""Rows that were collected one by one, as the arrays of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def table(rows: Sequence[Sequence[int]], fields: int) -> npt.NDArray[np.int64]:
    """Return the rows as int64 (rows, fields)."""
    return np.array(rows, dtype=np.int64).reshape(len(rows), fields)


def joined(arrays: Sequence[npt.NDArray[Any]], dtype: Any) -> npt.NDArray[Any]:
    """Return the arrays, which are of that type, in one; never empty, so that it has an address."""
    return np.concatenate([*arrays, np.zeros(1, dtype=dtype)])
