"""Ranges of session rows to the blocks of a pass: which spans of time they lie in, and cut to size."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from docops_desktop.kernels import layout as lay

Ints = npt.NDArray[np.int64]
Ranges = Iterable[tuple[int, int]]

ALWAYS, WINDOW, BASELINE = 1, 2, 4
"""Span bits: every row, rows inside the window (all, without one), rows inside a baseline span."""


def spans_of(starts: Ints, ends: Ints, window: Ranges, baseline: Ranges) -> Ints:
    """Return the span bits (R,) of row ranges that no end of ``window`` or ``baseline`` cuts."""
    spans = np.full(len(starts), ALWAYS, dtype=np.int64)
    for bit, ranges in ((WINDOW, window), (BASELINE, baseline)):
        for low, high in ranges:
            spans[(starts >= low) & (ends <= high)] |= bit
    return spans


def to_size(starts: Ints, ends: Ints, spans: Ints, mask: Ints) -> Ints:
    """Return blocks (B, BLOCK_FIELDS) of at most BLOCK_ROWS rows, in order, each with the span bits and the mask of its range."""
    counts = -(-(ends - starts) // lay.BLOCK_ROWS)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    low = np.repeat(starts, counts) + within * lay.BLOCK_ROWS
    blocks = np.zeros((len(low), lay.BLOCK_FIELDS), dtype=np.int64)
    blocks[:, lay.BLOCK_START] = low
    blocks[:, lay.BLOCK_END] = np.minimum(low + lay.BLOCK_ROWS, np.repeat(ends, counts))
    blocks[:, lay.BLOCK_SPANS] = np.repeat(spans, counts)
    blocks[:, lay.BLOCK_MASK] = np.repeat(mask, counts)
    blocks[:, lay.BLOCK_KEEP_AT] = lay.NOT_KEPT
    return blocks
