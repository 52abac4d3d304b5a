"""The log-spaced bins that every metric histogram shares.

Edges are whole numbers (milliseconds, or CLS x 10,000), so that any engine bins a value the same way. Values below 50 have a bin each; above,
an edge is at most 2 % after the one before, so that a bin's middle is within 1 % of every value in it. The thresholds of the field
(Core Web Vitals and whole seconds) are edges, so that conditions on them are answered exactly from the codes.

Codes: 0 = not measured; code k >= 1 holds EDGES[k-1] <= value < EDGES[k]; the last code holds everything from EDGES[-1] up.
"""

from __future__ import annotations

from bisect import bisect_right

GROWTH = 1.02
RELATIVE_ERROR = 0.01
MAX_VALUE = 300_000
THRESHOLDS: tuple[int, ...] = (
    100,
    200,
    500,
    600,
    800,
    1_000,
    1_500,
    1_800,
    2_000,
    2_500,
    3_000,
    4_000,
    5_000,
    6_000,
    8_000,
    10_000,
)
"""Good and poor ends of TTFB 800/1800, LCP 2500/4000, INP 200/500, FCP 1800/3000, CLS 0.1/0.25 (x 10,000), and round times."""


def _edges() -> tuple[int, ...]:
    edges = list(range(51))
    while edges[-1] < MAX_VALUE:
        following = min(max(edges[-1] + 1, int(edges[-1] * GROWTH)), MAX_VALUE)
        between = [t for t in THRESHOLDS if edges[-1] < t < following]
        edges.append(between[0] if between else following)
    return tuple(edges)


EDGES: tuple[int, ...] = _edges()
"""Lower edges of codes 1, 2, ...; ``EDGES[0]`` is 0 and ``EDGES[-1]`` is ``MAX_VALUE``."""

N_CODES: int = len(EDGES) + 1
"""Number of codes including 0 (not measured)."""


def code_of(value: float | None) -> int:
    """Return the code of one value; ``None``, NaN and negative values are "not measured" (0)."""
    if value is None or not value >= 0:
        return 0
    return bisect_right(EDGES, value)


def bounds(code: int) -> tuple[int, int]:
    """Return lower (inclusive) and upper (exclusive) edge of a code >= 1; the last code's upper edge is its lower one."""
    return EDGES[code - 1], EDGES[code] if code < len(EDGES) else EDGES[-1]


def middle(code: int) -> float:
    """Return the value that stands for a code >= 1: the middle of the whole numbers in it."""
    low, high = bounds(code)
    return float(low) if high <= low + 1 else (low + high - 1) / 2
