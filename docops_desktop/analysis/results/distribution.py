"""Result behind the load-time distribution panel with its conversion curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DistributionResult:
    """Sessions by the load time they were exposed to, and how many of them converted.

    Exposure = the session's first measured page view that matches the page conditions and precedes the conversion.

    Attributes:
        edges_ms: float64 (n + 1,), log-spaced display bins.
        sessions, conversions: int64 (n,) of exposed sessions.
        rate, rate_low, rate_high: float64 (n,), conversion rate with its 95 % Wilson interval; NaN where n is below ``min_sessions``.
        all_sessions: int64 (n,), unfiltered, drawn in grey behind.
        p50, p75, p95: of the page views' load time in ms, None when nothing was measured.
        rate_missing: why nothing is known of conversions (then ``conversions`` is all zero and ``rate`` all NaN), "" where something is.
        page_views: measured page views behind the percentiles.
    """

    edges_ms: Floats
    sessions: Ints
    conversions: Ints
    rate: Floats
    rate_low: Floats
    rate_high: Floats
    all_sessions: Ints
    min_sessions: int
    p50: float | None
    p75: float | None
    p95: float | None
    page_views: int
    rate_missing: str = ""
