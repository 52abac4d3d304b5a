"""What a panel groups by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Key:
    """One dimension to group by: ``bins[code]`` is the bin of a code, -1 drops it; None: the code is the bin.

    ``virtual`` is a column made for this pass, one code per row of its level; otherwise ``name`` is a dimension, or "" with ``runs``.
    """

    name: str
    size: int
    bins: npt.NDArray[Any] | None = None
    virtual: npt.NDArray[Any] | None = None
    level: str = "session"
    runs: tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]] | None = None


def tells_first(keys: Sequence[Key]) -> bool:
    """Tell whether the groups that a view is counted in are its page group, of which a flag tells the session's first view."""
    at_view = [key for key in keys if key.level == "page_view"]
    if len(at_view) != 1 or at_view[0].name != "page_group" or at_view[0].virtual is not None:
        return False
    bins = at_view[0].bins
    if bins is None:
        return True
    return bool((np.bincount(bins[bins >= 0]) <= 1).all())
