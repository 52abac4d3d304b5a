"""Confidence intervals for the simple figures that panels show."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Z_95 = 1.959963984540054
"""97.5 % quantile of the standard normal distribution."""


def wilson(successes: Any, trials: Any, z: float = Z_95) -> tuple[Floats, Floats]:
    """Return the lower and upper end of Wilson's score interval of a proportion (Wilson 1927); NaN without trials."""
    k = np.asarray(successes, dtype=np.float64)
    n = np.asarray(trials, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        p, shrunk = k / n, 1 + z * z / n
        centre = (p + z * z / (2 * n)) / shrunk
        half = z / shrunk * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low = np.where(n > 0, np.where(k <= 0, 0.0, centre - half), np.nan)
        high = np.where(n > 0, np.where(k >= n, 1.0, centre + half), np.nan)
    return low, high
