"""Join keys: ids as 64-bit integers. Session and user ids through a hash keyed with the workspace's secret; nothing can be turned back.

The secret's size tells the hash: SipHash takes 16 bytes; workspaces made before it was used have 32 bytes, for BLAKE2b, and keep their keys.

Keys of views only live during one import, so that a faster hash serves; those of beacons are kept, mixed with the secret.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.privacy.siphash import KEY_BYTES, siphash
from docops_desktop.ingest.values.distinct import coded

Keys = npt.NDArray[np.int64]
_MASK = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


class KeyMaker:
    """Makes keys with one workspace's secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._mask = self.key("beacons")

    def keys(self, values: Any) -> Keys:
        """Return the keys of a string array; 0 where the text is null. Distinct texts are hashed once."""
        encoded = coded(values)
        keys = np.zeros(len(encoded.dictionary) + 1, dtype=np.int64)
        keys[:-1] = self._hashes(encoded.dictionary)
        keys[:-1][keys[:-1] == 0] = 1
        found: Keys = keys[pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(zero_copy_only=False)]
        return found

    def key(self, text: str) -> int:
        """Return the key of one text: a signed 64-bit integer that is never 0."""
        return int(self._hashes(pa.array([text]))[0]) or 1

    def masked(self, keys: Keys) -> Keys:
        """Return passing keys (0 = none) that may be kept: mixed with the secret."""
        return np.where(keys != 0, mixed(keys, np.full(len(keys), self._mask, dtype=np.int64)), 0)

    def _hashes(self, texts: Any) -> Keys:
        if len(self._secret) == KEY_BYTES:
            return siphash(self._secret, texts).view(np.int64)
        keyed = hashlib.blake2b(digest_size=8, key=self._secret)
        digests = []
        for text in pc.cast(texts, pa.binary()).to_pylist():
            digest = keyed.copy()  # the key is taken in once; a copy of that state costs less than a new hash
            digest.update(text)
            digests.append(digest.digest())
        return np.frombuffer(b"".join(digests), "<i8")


def joined(columns: list[Any]) -> Any:
    """Return texts joined row by row, null where any is null."""
    return pc.binary_join_element_wise(*columns, "\x1f")


def passing_keys(values: Any) -> Keys:
    """Return 64-bit keys that tell nobody's secret only as long as they are not kept (see ``masked``); 0 where the text is null."""
    from pandas.util import hash_array

    hashes = hash_array(
        np.asarray(pc.fill_null(values, "").to_numpy(zero_copy_only=False), dtype=object), categorize=False
    )
    keys: Keys = hashes.view(np.int64).copy()
    keys[keys == 0] = 1
    keys[np.asarray(pc.is_null(values).to_numpy(zero_copy_only=False))] = 0
    return keys


def mixed(first: Keys, second: Keys) -> Keys:
    """Return keys made of two integers each (splitmix64 of their combination); never 0."""
    with np.errstate(over="ignore"):
        value = first.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + second.view(np.uint64)
        value ^= value >> np.uint64(30)
        value *= np.uint64(0xBF58476D1CE4E5B9)
        value ^= value >> np.uint64(27)
        value *= np.uint64(0x94D049BB133111EB)
        value ^= value >> np.uint64(31)
    keys = value.view(np.int64)
    keys[keys == 0] = 1
    return keys


class KeyIndex:
    """Numbers keys in order of appearance; sorted runs that are merged as they grow, 16 bytes per key."""

    def __init__(self) -> None:
        self._runs: list[tuple[Keys, Keys]] = []
        self.count = 0

    def number(self, keys: Keys) -> tuple[Keys, Keys]:
        """Return the numbers of distinct ``keys`` (from 0), and which of ``keys`` (positions) are new."""
        order = np.argsort(keys)
        ordered = keys[order]
        found = np.full(len(keys), -1, dtype=np.int64)
        for run_keys, run_numbers in self._runs:
            place = np.searchsorted(run_keys, ordered)
            place[place == len(run_keys)] = 0
            hit = run_keys[place] == ordered
            found[hit] = run_numbers[place[hit]]
        numbers = np.empty(len(keys), dtype=np.int64)
        numbers[order] = found
        fresh = np.flatnonzero(numbers < 0)
        if len(fresh):
            numbers[fresh] = np.arange(self.count, self.count + len(fresh))
            self.count += len(fresh)
            unseen = found < 0
            self._add(ordered[unseen], numbers[order[unseen]])
        return numbers, fresh

    def _add(self, keys: Keys, numbers: Keys) -> None:
        """Add a sorted run."""
        self._runs.append((keys, numbers))
        while len(self._runs) > 1 and len(self._runs[-1][0]) * 3 > len(self._runs[-2][0]):
            (later_keys, later_numbers), (keys, numbers) = self._runs.pop(), self._runs.pop()
            keys, numbers = np.concatenate((keys, later_keys)), np.concatenate((numbers, later_numbers))
            order = np.argsort(keys, kind="stable")
            self._runs.append((keys[order], numbers[order]))


def arrow(keys: Keys) -> Any:
    """Return keys as an Arrow array."""
    return pa.array(keys, pa.int64())
