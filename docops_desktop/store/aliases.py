"""Aliases: two identities of one person become one user, so that visits and users are not counted twice, whichever exports the identities stand in.

Only keyed hashes are held. Each import keeps the pairs that its export stated, in the table ``aliases``; what they join is worked out where users are
compared, so that forgetting the import takes the join out again.
"""

from __future__ import annotations

import sqlite3

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]
Pair = tuple[int, int]


class Aliases:
    """Pairs of user keys that are the same person."""

    def __init__(self) -> None:
        self._same_as: dict[int, int] = {}

    def __bool__(self) -> bool:
        return bool(self._same_as)

    def add(self, first: Keys, second: Keys) -> list[Pair]:
        """Note pairs of keys, row by row, and return those that joined two persons; a row in which one is 0 (none) says nothing."""
        return [pair for pair in zip(first.tolist(), second.tolist(), strict=True) if all(pair) and self._join(*pair)]

    def _join(self, one: int, other: int) -> bool:
        least, most = sorted((self.person(one), self.person(other)))
        if least == most:
            return False
        self._same_as[most] = least
        return True

    def person(self, key: int) -> int:
        """Return the least of all keys of the person that a key belongs to."""
        path = []
        while (above := self._same_as.get(key, key)) != key:
            path.append(key)
            key = above
        for passed in path:  # the next look is a short one
            self._same_as[passed] = key
        return key

    def resolved(self, keys: Keys) -> Keys:
        """Return the keys with one and the same for each person, whichever identity a row names."""
        if not self._same_as:
            return keys
        distinct, which = np.unique(keys, return_inverse=True)
        found: Keys = np.array([self.person(key) for key in distinct.tolist()], dtype=np.int64)[which]
        return found


def read_aliases(connection: sqlite3.Connection) -> Aliases:
    """Return what all exports of a workspace stated."""
    aliases = Aliases()
    pairs = connection.execute("SELECT first_key, second_key FROM aliases ORDER BY alias_id").fetchall()
    aliases.add(*np.array(pairs, dtype=np.int64).reshape(-1, 2).T)
    return aliases
