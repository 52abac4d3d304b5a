"""Conversions and revenue of the few sessions that have any, side by side.

A refresh wants them of one session in twenty. In their columns each lies in cache lines of its own; here they are one sixteen-byte entry, found by counting
bits. Made once per Facts, in one reading of both columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.store.facts import Facts

_CHUNK = 1 << 20
MOST = 16_000_000
"""Sessions with an outcome, above which their figures stay in the columns alone (an entry has 16 bytes)."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The sessions with conversions or revenue.

    Attributes:
        has: uint64, a bit per session, lowest first, and a word to spare.
        before: uint32, by word of ``has``: how many have an outcome before it.
        figures: int64 (n, 2), conversions and revenue (minor units) of each, in order of their rows.
        apart: whether ``figures`` is filled.
    """

    has: npt.NDArray[np.uint64]
    before: npt.NDArray[np.uint32]
    figures: npt.NDArray[np.int64]
    apart: bool


def outcomes_of(facts: Facts, most: int = MOST) -> Outcomes:
    """Return the outcomes of these facts; of more than ``most`` sessions none are put apart."""
    revenue, conversions = facts.session("revenue"), facts.session("conversions")
    has = np.zeros(len(revenue) // 64 + 2, dtype=np.uint64)
    parts, found = [np.zeros((0, 2), dtype=np.int64)], 0
    for low in range(0, len(revenue), _CHUNK):
        chunk = slice(low, low + _CHUNK)
        some = (conversions[chunk] > 0) | (revenue[chunk] != 0)
        packed = np.packbits(some, bitorder="little")
        has.view(np.uint8)[low // 8 : low // 8 + len(packed)] = packed
        rows = low + np.flatnonzero(some)
        found += len(rows)
        if found <= most:
            parts.append(np.stack([conversions[rows].astype(np.int64), revenue[rows]], axis=1))
    counts = np.bitwise_count(has).astype(np.int64)
    before = (np.cumsum(counts) - counts).astype(np.uint32)
    apart = found <= most
    return Outcomes(has, before, np.concatenate(parts if apart else parts[:1]), apart)
