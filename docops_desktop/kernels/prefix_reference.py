"""Sums of a span from running sums, and quantiles of many histograms: the NumPy reference.

``prefix_compiled`` does the same without the interpreter; ``prefix.kernels()`` says which of them serves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
Counts = npt.NDArray[Any]


def add_fields(high: Counts, low: Counts, places: I64, fields: I64, out: I64) -> None:
    """Add ``high - low`` (G, F) to the rows ``places`` (G,) of ``out``, column k to its column ``fields[k]``; -1 drops a row."""
    kept = np.flatnonzero(places >= 0)
    difference = high[kept].astype(np.int64) - low[kept].astype(np.int64)
    for k, field in enumerate(fields.tolist()):
        np.add.at(out[:, field], places[kept], difference[:, k])


def add_rows(high: Counts, low: Counts, places: I64, out: I64) -> None:
    """Add ``high - low`` (G, K) to the rows ``places`` (G,) of ``out`` (n, K); -1 drops a row."""
    kept = np.flatnonzero(places >= 0)
    np.add.at(out, places[kept], high[kept].astype(np.int64) - low[kept].astype(np.int64))


def codes_at(hist: Counts, quantiles: npt.NDArray[np.float64], out: I64) -> None:
    """Put into ``out`` (G, Q) the bins of each histogram's quantiles (Q,): the first at or below which at least that share of the counts lies.

    Bin 0 (not measured) doesn't count; a histogram without counts gives 0. ``hist`` is (G, K); the quantiles ascend.
    """
    cumulated = np.cumsum(hist[:, 1:], axis=1, dtype=np.int64)
    total = cumulated[:, -1]
    for i, q in enumerate(quantiles.tolist()):
        rank = np.maximum(np.ceil(q * total - 1e-9), 1)
        code = 1 + (cumulated < rank[:, None]).sum(axis=1)
        out[:, i] = np.where(total > 0, np.minimum(code, hist.shape[1] - 1), 0)
