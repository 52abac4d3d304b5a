"""How the whole change of a measure splits into volume, mix, rate and value.

With N sessions, c the baseline's rate, e the rate that the main effects (fitted on the baseline) expect of the window's visitors, o the window's rate, b and
a the mean baskets: volume = (N - N_before) c, mix = N (e - c), rate = N (o - e), all times b; value = N o (a - b). They add up to the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from docops_desktop.analysis.cause.population import BASE, EXPECTED, OUTCOME, N, Population
from docops_desktop.analysis.cause.search import Floats
from docops_desktop.analysis.results.cause import Change
from docops_desktop.kernels import cause_runner
from docops_desktop.store.facts import Facts

NO_BASELINE = "without a baseline there is no change to split"


def change_of(
    facts: Facts,
    population: Population,
    measure: str,
    totals: Sequence[float] | Floats,
    scale: float,
    drift: tuple[float, float] | None,
    found: float,
    load_p75: tuple[float | None, float | None],
    stop: Callable[[], bool],
) -> Change:
    """Return the split.

    Args:
        totals: (8,) sums of window and baseline. ``scale``: window's length / baseline's.
        drift: site-wide relative drift of outcome and load; None without a baseline.
        found: what the findings lost, in the measure's unit.

    Raises:
        Stopped: ``stop`` said so.
    """
    money = 10.0**-facts.header.minor_digits
    after_revenue = _revenue(facts, population, 0, stop) * money
    totals = [float(x) for x in totals]
    sessions, conversions = totals[N], _conversions(facts, population, 0, stop)
    after = {
        "conversions": conversions,
        "conversion_rate": conversions / max(sessions, 1.0),
        "revenue": after_revenue,
        "sessions": sessions,
    }.get(measure, load_p75[0])
    if drift is None:
        return Change(None, after, None, None, None, None, None, None, None, None, NO_BASELINE)
    before_sessions = totals[BASE + N]
    before_conversions = _conversions(facts, population, 1, stop)
    if measure.startswith("load"):
        before = load_p75[1]
        gap = None if after is None or before is None else after - before
        reason = "the change of a percentile does not split"
        return Change(before, after, gap, None, None, None, None, drift[0], drift[1], None, reason)
    if measure == "sessions":
        before = before_sessions * scale
        gap = sessions - before
        return Change(before, sessions, gap, gap, 0.0, 0.0, 0.0, drift[0], drift[1], -found)
    rate = before_conversions / max(before_sessions, 1.0)
    expected_rate = totals[EXPECTED] / max(totals[N], 1.0)
    base_rate = totals[BASE + OUTCOME] / max(totals[BASE + N], 1.0)
    likely = rate * expected_rate / max(base_rate, 1e-12)
    observed = conversions / max(sessions, 1.0)
    if measure == "conversion_rate":
        return Change(
            rate, observed, observed - rate, 0.0, likely - rate, observed - likely, 0.0, drift[0], drift[1],
            -found / max(sessions, 1.0),
        )  # fmt: skip
    basket = 1.0
    value = 0.0
    before, final = before_conversions * scale, conversions
    if measure == "revenue":
        before_revenue = _revenue(facts, population, 1, stop) * money
        basket = before_revenue / max(before_conversions, 1.0)
        value = after_revenue - conversions * basket
        before, final = before_revenue * scale, after_revenue
    return Change(
        before,
        final,
        final - before,
        (sessions - before_sessions * scale) * rate * basket,
        sessions * (likely - rate) * basket,
        sessions * (observed - likely) * basket,
        value,
        drift[0],
        drift[1],
        -found,
    )


def _side(population: Population, side: int) -> tuple[int, int]:
    return (0, population.n_window) if side == 0 else (population.n_window, population.n)


def _conversions(facts: Facts, population: Population, side: int, stop: Callable[[], bool]) -> float:
    first, end = _side(population, side)
    conversions = facts.session("conversions")

    def work(low: int, high: int) -> float:
        part = slice(first + low, first + high)
        return float(np.minimum(conversions[population.rows[part]], population.values[part, N]).sum(dtype=np.float64))

    return float(sum(cause_runner.in_threads(work, cause_runner.slices(end - first), stop)))


def _revenue(facts: Facts, population: Population, side: int, stop: Callable[[], bool]) -> float:
    """Return minor units."""
    first, end = _side(population, side)
    revenue = facts.session("revenue")

    def work(low: int, high: int) -> float:
        return float(revenue[population.rows[first + low : first + high]].sum())

    return float(sum(cause_runner.in_threads(work, cause_runner.slices(end - first), stop)))
