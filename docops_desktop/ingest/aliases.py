"""Aliases: two identities of one person in one export become one user, so that visits and users are not counted twice.

Only keyed hashes are held; what an alias joins is known within one import only.
"""

from __future__ import annotations

import numpy as np

from docops_desktop.ingest.keys import Keys


class Aliases:
    """Pairs of user keys that are the same person."""

    def __init__(self) -> None:
        self._same_as: dict[int, int] = {}

    def add(self, first: Keys, second: Keys) -> None:
        """Note pairs of keys, row by row; a row in which one is 0 (none) says nothing."""
        for one, other in {(a, b) for a, b in zip(first.tolist(), second.tolist(), strict=True) if a and b and a != b}:
            roots = sorted((self._root(one), self._root(other)))
            self._same_as[roots[1]] = roots[0]

    def _root(self, key: int) -> int:
        while (above := self._same_as.get(key, key)) != key:
            key = above
        return key

    def resolved(self, keys: Keys) -> Keys:
        """Return the keys with one and the same for each person, whichever identity a row names."""
        if not self._same_as:
            return keys
        distinct, which = np.unique(keys, return_inverse=True)
        found: Keys = np.array([self._root(key) for key in distinct.tolist()], dtype=np.int64)[which]
        return found
