"""Takes bins of too few sessions out of a chart before it leaves the application: the one place that says how."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from docops_desktop.analysis.results.distribution import DistributionResult
from docops_desktop.analysis.results.timeline import TimelineResult

Binned = TypeVar("Binned", TimelineResult, DistributionResult)


def without_small(result: Binned, k: int) -> Binned:
    """Return the result with nothing in bins of 1 to ``k`` - 1 sessions, selected or of everything: counts 0, all else NaN.

    Whatever has one figure per bin is emptied; the bins' edges (one more than bins) stay.
    """
    hidden = np.zeros(len(result.sessions), dtype=bool)
    for counts in (result.sessions, result.all_sessions):
        hidden |= (counts > 0) & (counts < k)
    emptied: dict[str, Any] = {}
    for field in fields(result):
        values = getattr(result, field.name)
        if isinstance(values, np.ndarray) and values.shape == hidden.shape:
            emptied[field.name] = np.where(hidden, 0 if values.dtype.kind == "i" else np.nan, values)
    return replace(result, **emptied)
