"""Which values a panel lists while a brush moves: those that it listed before, in their places, so that the eye can follow one of them.

What was listed stays, even without sessions; values that come up take the places that are free, at the end. Nothing here counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]


class SteadyList:
    """The codes that are listed, in their order; ``codes`` is another array only when some were added.

    Args:
        codes: listed at the beginning, (n,).
        limit: how many may be listed; 0: all.
        allowed: whether a code may be listed, (size,).
    """

    def __init__(self, codes: Codes, limit: int, allowed: npt.NDArray[np.bool_]) -> None:
        self.codes = codes[allowed[codes]]
        self._limit = limit or len(allowed)
        self._free = allowed.copy()
        self._free[self.codes] = False

    @property
    def full(self) -> bool:
        """Nothing can come in any more, whatever has sessions."""
        return len(self.codes) >= self._limit

    def follow(self, sessions: npt.NDArray[np.int64]) -> Codes:
        """Return the listed codes, after those that have ``sessions`` (size,) took the free places: most sessions first, ties by code."""
        if not self.full:
            new = np.flatnonzero((sessions > 0) & self._free)
            if len(new):
                new = new[np.argsort(-sessions[new], kind="stable")][: self._limit - len(self.codes)]
                self._free[new] = False
                self.codes = np.concatenate([self.codes, new])
        return self.codes


def codes_of(texts: Iterable[str], of: Mapping[str, int]) -> Codes:
    """Return the codes of the texts that have one, in their order."""
    return np.array([of[text] for text in texts if text in of], dtype=np.int64)
