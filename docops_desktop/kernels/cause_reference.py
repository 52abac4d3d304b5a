"""Plain NumPy kernels behind "find the cause": main effects, iceberg counts of pairs and triples, sums per combination.

The same functions, compiled, are in ``cause_compiled``; tests hold the two to each other. Rows ``low .. high - 1`` are done per call, so that the
caller can stop in between and share rows among threads. ``values`` has four float32 columns: weight, outcome, expected outcome, residual log load.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ranks = npt.NDArray[np.uint16]
Values = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int32]
Table = npt.NDArray[np.float64]


def speeds(
    offset: npt.NDArray[Any],
    rows: npt.NDArray[np.int64],
    group: npt.NDArray[Any],
    load: npt.NDArray[np.uint16],
    flags: npt.NDArray[np.uint8],
    wanted: int,
    residual: Values,
    low: int,
    high: int,
    out: Values,
) -> None:
    """``out[i]`` = mean of ``residual[group, load]`` over the session's measured views that have the ``wanted`` flag; NaN without any."""
    part = rows[low:high]
    first, last = offset[part].astype(np.int64), offset[part + 1].astype(np.int64)
    counts = last - first
    owner = np.repeat(np.arange(len(part)), counts)
    view = np.repeat(first, counts) + np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    used = ((flags[view] & wanted) != 0) & (load[view] > 0)
    view, owner = view[used], owner[used]
    n = np.bincount(owner, minlength=len(part))
    total = np.bincount(owner, residual[group[view], load[view]], minlength=len(part))
    with np.errstate(invalid="ignore", divide="ignore"):
        out[low:high] = np.where(n > 0, total / n, np.nan)


def apply_and_sum(
    values: Values,
    before: Ranks,
    factor: Values,
    shift: Values,
    after: Ranks,
    low: int,
    high: int,
    sums: Table,
) -> None:
    """Apply one dimension's change of main effects, then sum expected outcome and residual load by the levels of the next dimension.

    Args:
        factor, shift: by level of ``before``: expected outcome is multiplied, residual load reduced.
        sums: (levels of ``after``, 2), added to.
    """
    part = values[low:high]
    part[:, 2] *= factor[before[low:high]]
    part[:, 3] -= shift[before[low:high]]
    size = len(sums)
    sums[:, 0] += np.bincount(after[low:high], part[:, 2], minlength=size)
    residual = np.where(np.isnan(part[:, 3]), 0.0, part[:, 3]) * part[:, 0]
    sums[:, 1] += np.bincount(after[low:high], residual, minlength=size)


def sum_levels(values: Values, ranks: Ranks, low: int, high: int, table: Table, column: int) -> None:
    """Add the four values of each row to ``table[level, column : column + 4]``."""
    _add(table, column, ranks[low:high].astype(np.int64), values[low:high])


def count_pairs(a: Ranks, b: Ranks, stride: int, weight: Values, low: int, high: int, counts: Counts) -> None:
    """Count rows by ``a * stride + b``; with ``weight`` (else empty) a row counts as many. Rank 0 is counted too: no branch is the fastest."""
    _count(counts, a[low:high].astype(np.int64) * stride + b[low:high], weight[low:high] if len(weight) else None)


def sum_pairs(
    a: Ranks, b: Ranks, stride: int, ids: Counts, values: Values, low: int, high: int, table: Table, column: int
) -> None:
    """Add each row's values to the table row ``ids[a * stride + b]``; pairs without support share a last row that nobody reads."""
    _add(table, column, ids[a[low:high].astype(np.int64) * stride + b[low:high]], values[low:high])


def pack_pairs(
    a: Ranks,
    b: Ranks,
    stride: int,
    pair_ids: Counts,
    known: int,
    low: int,
    high: int,
    rows: Counts,
    pairs: Counts,
    kept: int,
) -> int:
    """List the rows whose pair has an id below ``known``, and that id, from place ``kept`` on; return the new number of places.

    The place behind the last one may be overwritten.
    """
    pair = pair_ids[a[low:high].astype(np.int64) * stride + b[low:high]]
    found = np.flatnonzero(pair < known)
    end = kept + len(found)
    rows[kept:end] = low + found
    pairs[kept:end] = pair[found]
    return end


def count_triples(
    rows: Counts,
    pairs: Counts,
    c: Ranks,
    levels: int,
    weight: Values,
    low: int,
    high: int,
    counts: Counts,
) -> None:
    """Count packed rows ``low .. high - 1`` by ``pair id * levels + c``; rank 0 is counted too."""
    row = rows[low:high]
    _count(counts, pairs[low:high].astype(np.int64) * levels + c[row], weight[row] if len(weight) else None)


def sum_triples(
    rows: Counts,
    pairs: Counts,
    c: Ranks,
    levels: int,
    ids: Counts,
    values: Values,
    low: int,
    high: int,
    table: Table,
    column: int,
) -> None:
    """Add the values of packed rows to the table row ``ids[pair id * levels + c]``; those without support share a last row that nobody reads."""
    row = rows[low:high]
    _add(table, column, ids[pairs[low:high].astype(np.int64) * levels + c[row]], values[row])


def sum_stretches(
    rows: npt.NDArray[np.int64],
    ranks: Ranks,
    bucket: npt.NDArray[np.uint16],
    values: Values,
    low: int,
    high: int,
    weights: Table,
    totals: Table,
) -> None:
    """Add weight and residual load of the listed rows ``low .. high - 1`` to ``[rank, bucket]`` of the two tables."""
    row = rows[low:high]
    size = weights.shape[1]
    key = ranks[row].astype(np.int64) * size + bucket[row]
    weights += np.bincount(key, values[row, 0], minlength=weights.size).reshape(weights.shape)
    totals += np.bincount(key, values[row, 3], minlength=totals.size).reshape(totals.shape)


def best_stretches(
    n: Table,
    total: Table,
    sd: float,
    fewest: float,
    outside: float,
    z: npt.NDArray[np.float64],
    first: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
) -> None:
    """Write for each row of (k, buckets) sums the highest z of a stretch against the rest of the row, and its first and end bucket.

    Args:
        fewest: weight that a stretch needs. ``outside``: share of the row's weight that must lie outside of it.
    """
    buckets = n.shape[1]
    cn = np.concatenate([np.zeros((len(n), 1)), np.cumsum(n, axis=1)], axis=1)
    ct = np.concatenate([np.zeros((len(n), 1)), np.cumsum(total, axis=1)], axis=1)
    z[:], first[:], end[:] = 0.0, 0, buckets
    whole_n, whole_t = cn[:, -1:], ct[:, -1:]
    for low in range(buckets):
        inside = cn[:, low + 1 :] - cn[:, low : low + 1]
        others = whole_n - inside
        sums = ct[:, low + 1 :] - ct[:, low : low + 1]
        usable = (inside >= fewest) & (others > 0) & (others >= outside * whole_n)
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = sums / inside - (whole_t - sums) / others
            score = np.where(usable, gap / (sd * np.sqrt(1 / inside + 1 / others)), 0.0)
        top = score.argmax(axis=1)
        value = score[np.arange(len(n)), top]
        better = value > z
        z[better], first[better], end[better] = value[better], low, low + 1 + top[better]


def _count(counts: Counts, keys: npt.NDArray[np.int64], weight: Values | None) -> None:
    counts += np.bincount(keys, weight, minlength=len(counts)).astype(np.int32)


def _add(table: Table, column: int, ids: npt.NDArray[Any], values: Values) -> None:
    for k in range(4):
        table[:, column + k] += np.bincount(ids, values[:, k], minlength=len(table))
