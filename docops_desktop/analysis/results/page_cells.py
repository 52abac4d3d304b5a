"""Result that the page ranking and the what-if are computed from: additive cells of exposures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PageCells:
    """Page group x stratum x load bin, over exposures, with full-resolution histograms per page group beside it.

    An exposure is a session's first view of a page group, measured, before the session's conversion, and matching the page conditions.
    G page groups, S strata, B coarse load bins; money in minor units. Counts carry the weights of weighted rows.

    Attributes:
        page_groups: texts of the G groups that have page views in the selection, most page views first.
        strata: S texts; ``stratum_keys`` the values behind each, in the order of ``stratum_dimensions`` (the remainder has OTHER in each place).
        bin_edges_ms: int64 (B + 1,), whole milliseconds; the last bin ends at MAX_VALUE + 1 and holds everything above as well.
        n, conversions, revenue: int64 (G, S, B): exposed sessions, those that converted, their revenue.
        revenue_squared: float64 (G, S, B): sum of squares of the sessions' revenue (minor units squared).
        load_hist: int64 (G, N_CODES): all matching page views of the group by load code (code 0 = not measured).
        page_views, sessions: int64 (G,): matching page views; distinct sessions that saw the group.
        converting_sessions, conversions_any, revenue_any: int64 (G,): of those sessions, wherever in the session the group was seen (any touch):
            converting ones, their conversions, their revenue.
        converter_share: float64 (G,): converting_sessions / sessions; NaN without sessions. Above 0.9 the group is "not answerable".
        stratum_sessions: int64 (S,): distinct sessions of each stratum; they add up to ``total_sessions``.
        outcomes_missing: why nothing is known of conversions (then zeros stand for them), "" where something is.
        total_*: int over the selection as a whole (distinct sessions).
    """

    page_groups: tuple[str, ...]
    stratum_dimensions: tuple[str, ...]
    strata: tuple[str, ...]
    stratum_keys: tuple[tuple[str, ...], ...]
    bin_edges_ms: Ints
    n: Ints
    conversions: Ints
    revenue: Ints
    revenue_squared: Floats
    load_hist: Ints
    page_views: Ints
    sessions: Ints
    converting_sessions: Ints
    conversions_any: Ints
    revenue_any: Ints
    converter_share: Floats
    total_page_views: int
    total_sessions: int
    total_converting_sessions: int
    total_conversions: int
    total_revenue: int
    currency: str
    minor_digits: int
    stratum_sessions: Ints
    outcomes_missing: str = ""
