"""Draws from fixed shares by table look-up, which is the fastest way NumPy has.

A table of ``2**bits`` entries holds each value as often as its share asks for; a draw is one random integer and one look-up. Shares are exact
to one entry. Nothing here knows what the values mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]

SMALL_BITS = 12
"""Table size for a handful of values."""

LARGE_BITS = 20
"""Table size for a long tail: 18,000 models whose rarest has a share of some millionths."""


def zipf(n: int, exponent: float) -> npt.NDArray[np.float64]:
    """Return ``n`` Zipf weights, ``rank ** -exponent``, not normalised."""
    weights: npt.NDArray[np.float64] = np.arange(1, n + 1, dtype=np.float64) ** -exponent
    return weights


def share_table(weights: Sequence[float] | npt.NDArray[np.float64], bits: int = SMALL_BITS) -> IntArray:
    """Return a table of ``2**bits`` value indices in the proportion of ``weights`` (largest remainder; a value with weight keeps one entry).

    Raises:
        ValueError: more values with weight than entries, or no weight at all.
    """
    size = 1 << bits
    shares = np.asarray(weights, dtype=np.float64)
    if not shares.sum() > 0 or np.count_nonzero(shares) > size:
        raise ValueError("weights must be positive somewhere and no more than the table has entries")
    exact = shares / shares.sum() * size
    counts = np.maximum(np.floor(exact).astype(np.int64), shares > 0)
    missing = size - int(counts.sum())
    if missing > 0:
        counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
    while missing < 0:  # the one-entry floor for rare values took too much: give back where there is most
        spare = np.argsort(exact - counts, kind="stable")
        spare = spare[counts[spare] > 1][:-missing]
        counts[spare] -= 1
        missing = size - int(counts.sum())
    return np.repeat(np.arange(len(shares), dtype=np.int32), counts)


def stack_tables(rows: Sequence[Sequence[float] | npt.NDArray[np.float64]], bits: int = SMALL_BITS) -> IntArray:
    """Return one share table per row, concatenated: look up at ``(row << bits) | draw``."""
    return np.concatenate([share_table(row, bits) for row in rows])


def draw_bits(rng: np.random.Generator, n: int, bits: int = SMALL_BITS) -> IntArray:
    """Return ``n`` uniform integers below ``2**bits`` (at most 16 bits draw two bytes each, else four)."""
    if bits <= 16:
        return (rng.integers(0, 1 << 16, n, dtype=np.uint16) >> (16 - bits)).astype(np.int32)
    return rng.integers(0, 1 << bits, n, dtype=np.int32)


def draw(rng: np.random.Generator, table: IntArray, n: int, bits: int = SMALL_BITS) -> IntArray:
    """Return ``n`` value indices drawn from one table."""
    drawn: IntArray = table[draw_bits(rng, n, bits)]
    return drawn


def draw_by_row(
    rng: np.random.Generator, tables: IntArray, row: npt.NDArray[np.integer], bits: int = SMALL_BITS
) -> IntArray:
    """Return one value index per item, drawn from the table of its ``row`` (see ``stack_tables``)."""
    drawn: IntArray = tables[(row.astype(np.int32) << bits) | draw_bits(rng, len(row), bits)]
    return drawn
