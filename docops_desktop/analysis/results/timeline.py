"""Result behind the timeline panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.model.timespan import TimeSpan

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TimelineResult:
    """Measures per time bin, for the selection without its window, and for everything.

    Attributes:
        edges_ms: int64 (n + 1,), UTC epoch ms; equal widths of ``bin_ms``.
        sessions, conversions: int64 (n,); revenue: float64 (n,), major units.
        page_views: int64 (n,).
        load_p50, load_p75: float64 (n,), ms of page views; NaN where nothing was measured.
        all_sessions, all_conversions: int64 (n,): the same, unfiltered (drawn in grey behind).
    """

    bin_ms: int
    edges_ms: Ints
    sessions: Ints
    conversions: Ints
    revenue: Floats
    page_views: Ints
    load_p50: Floats
    load_p75: Floats
    all_sessions: Ints
    all_conversions: Ints
    window: TimeSpan | None
    baseline: tuple[TimeSpan, ...]
    time_zone: str
