"""The flag by which another thread stops a pass.

A compiled pass can't see Python objects, so the flag is one byte of an array that every block looks at.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class CancelFlag:
    """Set once, from any thread, to stop the work that polls it."""

    __slots__ = ("array",)

    def __init__(self) -> None:
        self.array: npt.NDArray[np.uint8] = np.zeros(1, dtype=np.uint8)

    def set(self) -> None:
        """Ask the work to stop; it raises ``Cancelled`` within a block's time."""
        self.array[0] = 1

    @property
    def is_set(self) -> bool:
        """Whether somebody asked to stop."""
        return bool(self.array[0])
