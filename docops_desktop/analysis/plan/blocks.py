"""Which rows a pass visits: cut where a span of time or a calendar condition changes, without those that nobody wants, in blocks.

Rows are sorted by time, so that a span is a range of them. Nothing here reads a column.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.plan.calendar_runs import Runs
from docops_desktop.kernels import layout as lay

Ints = npt.NDArray[np.int64]
Ranges = Sequence[tuple[int, int]]

ALWAYS, WINDOW, BASELINE = 1, 2, 4
"""Span bits: every row, rows inside the window (all, without one), rows inside a baseline span."""


@dataclass(frozen=True, eq=False)
class Condition:
    """A clause on a calendar dimension: ``masks[code]`` are the variants that the rows of a run with that code may still count for."""

    runs: Runs
    masks: Ints


def wanted_blocks(
    n: int,
    window: Ranges,
    baseline: Ranges,
    claims: Sequence[tuple[int, int]],
    conditions: Sequence[Condition] = (),
    cuts: Iterable[Ints] = (),
) -> Ints:
    """Return blocks (B, BLOCK_FIELDS) of at most BLOCK_ROWS rows, in order, with their span bits and the variants that they may count for.

    Args:
        n: session rows.
        window, baseline: ranges of rows.
        claims: (span bits, variants): who wants the rows of which spans.
        conditions: what leaves variants out, by row.
        cuts: further rows, ascending or not, that no block spans.
    """
    ends_of_ranges = [end for ranges in (((0, n),), window, baseline) for one in ranges for end in one]
    edges = np.concatenate([np.array(ends_of_ranges), *(one.runs.edges for one in conditions), *cuts])
    edges.sort()  # two that are the same make a range without rows, and that no block
    starts, ends = edges[:-1], edges[1:]
    spans = np.full(len(starts), ALWAYS, dtype=np.int64)
    mask = np.full(len(starts), _claimed(claims, ALWAYS), dtype=np.int64)
    for bit, ranges in ((WINDOW, window), (BASELINE, baseline)):
        for low, high in ranges:
            inside = slice(*starts.searchsorted((low, high)))
            spans[inside] |= bit
            mask[inside] |= _claimed(claims, bit)
    for one in conditions:
        mask &= one.masks[one.runs.codes[one.runs.edges.searchsorted(starts, side="right") - 1]]
    return _to_size(starts, ends, spans, mask)


def _claimed(claims: Iterable[tuple[int, int]], bit: int) -> int:
    """Return the variants that want the rows of a span."""
    return functools.reduce(operator.or_, (variant for spans, variant in claims if spans & bit), 0)


def _to_size(starts: Ints, ends: Ints, spans: Ints, mask: Ints) -> Ints:
    """Cut ranges that anybody wants to block size."""
    counts = -((starts - ends) // lay.BLOCK_ROWS)
    counts[mask == 0] = 0
    before = counts.cumsum()
    total = int(before[-1])
    before -= counts
    blocks = np.zeros((total, lay.BLOCK_FIELDS), dtype=np.int64)
    low = (starts - before * lay.BLOCK_ROWS).repeat(counts)
    low += np.arange(0, total * lay.BLOCK_ROWS, lay.BLOCK_ROWS)
    blocks[:, lay.BLOCK_START] = low
    np.minimum(low + lay.BLOCK_ROWS, ends.repeat(counts), out=blocks[:, lay.BLOCK_END])
    blocks[:, lay.BLOCK_SPANS] = spans.repeat(counts)
    blocks[:, lay.BLOCK_MASK] = mask.repeat(counts)
    blocks[:, lay.BLOCK_KEEP_AT] = lay.NOT_KEPT
    return blocks
