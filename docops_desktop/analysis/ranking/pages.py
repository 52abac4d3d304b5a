"""The page ranking: what each page group's slowness costs, worst first.

Ranked by money (or conversions) at stake against a target speed, adjusted for the strata, with an interval; the classic Conversion Impact Score
stands beside it for continuity. A status comes from the interval, never from the point.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.certainty import hedges_of, nearest_end, standing_of
from docops_desktop.analysis.figures.percentiles import quantile
from docops_desktop.analysis.ranking.exposure import Exposure, exposures
from docops_desktop.analysis.ranking.impact_score import READING, ImpactScore, impact_score
from docops_desktop.analysis.ranking.speed_effect import SpeedFit, fit, shift_effect
from docops_desktop.analysis.ranking.words import RED_SHARE, status_of, warnings
from docops_desktop.analysis.results.common import UNANSWERED, Z95, Check, Estimate
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.analysis.results.pages import Adjustment, PageRow, PagesResult
from docops_desktop.model.dimensions import DIMENSIONS
from docops_desktop.model.wording import duration, percent

if TYPE_CHECKING:
    from docops_desktop.analysis.causal.model import CausalModel

BEST_QUARTILE = 0.25
NOBODY = "no page view matches the selection"
ADJUSTED = (
    "structural nested mean model: the part of every view's load time that nothing recorded before it predicts, among converting sessions; "
    "all views of the page group change; page groups drawn to the site by empirical Bayes"
)
STRATIFIED_INTERVAL = "95 %, from the fit's covariance and the spread of the converting sessions' baskets"
ADJUSTED_INTERVAL = "95 %, from the sessions' influence on the equations, the shrinkage and the spread of baskets"
Floats = npt.NDArray[np.float64]
_OUTCOMES = ("conversions", "conversion_rate", "revenue")


@dataclass(frozen=True, slots=True)
class AtStake:
    """What a page group would gain at its target speed: conversions and revenue (minor units), each with interval, or the reason why not.

    ``stratified_*``: the same within strata only; equal to the main figures where no finer adjustment was possible.
    """

    target_ms: float | None
    conversions: Estimate
    revenue: Estimate
    raw_conversions: Estimate
    raw_revenue: Estimate
    stratified_conversions: Estimate
    stratified_revenue: Estimate
    adjustment: Adjustment = "stratified"


def rank_pages(
    cells: PageCells, target_ms: float | Mapping[str, float] | None = None, causal: CausalModel | None = None
) -> PagesResult:
    """Rank the page groups of the cells.

    Args:
        cells: exposures by page group, stratum and load bin.
        target_ms: the target speed in ms: one for all, or by page group; absent = the group's own best quartile.
        causal: the adjusted effect of the same selection; without it, or where it can't answer, the figures are stratified.
    """
    usable = causal if causal is not None and not causal.reason else None
    checks = None if usable is None else usable.checks
    rows = [_row(cells, g, exposure, target_ms, usable) for g, exposure in enumerate(exposures(cells))]
    by_money = any(row.revenue_at_stake.value is not None and row.revenue for row in rows)
    ranked_by: Literal["revenue_at_stake", "conversions_at_stake"] = (
        "revenue_at_stake" if by_money else "conversions_at_stake"
    )
    rows.sort(key=lambda row: (_order(getattr(row, ranked_by)), -row.page_views))
    return PagesResult(
        tuple(rows),
        ranked_by,
        method(cells, target_ms, causal),
        warnings(causal, rows, cells.outcomes_missing if rows else NOBODY),
        checks=tuple(Check(c.name, c.passed, c.figure, c.text) for c in checks.checks) if checks else (),
        e_value=checks.e_value if checks else None,
        e_value_limit=checks.e_value_limit if checks else None,
    )


def method(
    cells: PageCells, target_ms: float | Mapping[str, float] | None, causal: CausalModel | None = None
) -> dict[str, str]:
    """Say how the figures are to be read."""
    if causal is not None and not causal.reason:
        adjusted = {"adjusted": ADJUSTED, "adjusted_for": labels_of(causal.adjusted_for), "interval": ADJUSTED_INTERVAL}
    else:
        adjusted = {"adjusted": "stratified", "interval": STRATIFIED_INTERVAL}
        if causal is not None and not cells.outcomes_missing:
            adjusted["not_adjusted_further"] = causal.reason
    return {
        "exposure": "a session's first measured view of the page group, before the session's conversion",
        "attribution": "any touch: a converting session counts for every page group that it saw",
        "impact_score": READING,
        "at_stake": "gain if every slower exposure had the target speed; conversions of the selection's time span",
        "target": "the group's own best quartile" if target_ms is None else "as given",
        "raw": "one curve per page group over all sessions",
        "stratified": "one curve per page group within strata of " + labels_of(cells.stratum_dimensions, " x "),
        **adjusted,
        "status": f"red: surely more than {percent(RED_SHARE, 0)} of the group's conversions; green: surely less; amber: can't be told",
    }


def labels_of(dimensions: Iterable[str], between: str = ", ") -> str:
    """The dimensions as a reader knows them, in one text."""
    return between.join(DIMENSIONS[name].label if name in DIMENSIONS else name for name in dimensions)


def at_stake(exposure: Exposure, target_ms: float | None) -> AtStake:
    """Return what the page group would gain if every exposure above the target had the target speed."""
    target = target_ms if target_ms is not None else exposure.quantile_ms(BEST_QUARTILE)
    adjusted = fit(exposure.n, exposure.conversions, exposure.load_ms) if exposure.answerable else None
    if adjusted is None or target is None:
        return _nothing(target, exposure.reason or "load times don't differ within any stratum with conversions")
    to_ms = np.minimum(exposure.load_ms, target)
    fastest = exposure.quantile_ms(0.01) or 0.0
    if target < fastest:
        reason = f"the target of {duration(target)} is faster than 99 % of what was observed ({duration(fastest)})"
        return _nothing(target, reason)
    raw = fit(exposure.n.sum(axis=0)[None, :], exposure.conversions.sum(axis=0)[None, :], exposure.load_ms)
    conversions, revenue = gains(adjusted, exposure, to_ms)
    raw_gains = gains(raw, exposure, to_ms) if raw else (UNANSWERED, UNANSWERED)
    return AtStake(target, conversions, revenue, *raw_gains, conversions, revenue)


def adjusted_stake(stake: AtStake, page_group: str, causal: CausalModel) -> AtStake:
    """Return the figures with the adjusted ones in the first place, where the group can be answered at all."""
    if stake.conversions.value is None or stake.target_ms is None:
        return stake
    from docops_desktop.analysis.causal.sample import log_of_code

    faster = np.minimum(log_of_code(), np.log(max(stake.target_ms, 1.0)))
    found = causal.answer({page_group: faster})
    return replace(stake, conversions=found.conversions, revenue=found.revenue, adjustment="adjusted")


def _nothing(target_ms: float | None, reason: str) -> AtStake:
    none = Estimate(None, reason=reason)
    return AtStake(target_ms, none, none, none, none, none, none)


def gains(fitted: SpeedFit, exposure: Exposure, to_ms: Floats) -> tuple[Estimate, Estimate]:
    """Return the change of conversions and of revenue (minor units) when each bin moves to ``to_ms`` (bins,)."""
    counts = exposure.conversions.sum(axis=0).astype(np.float64)
    money = exposure.revenue.sum(axis=0).astype(np.float64)
    squared = exposure.revenue_squared.sum(axis=0)
    found = []
    for amount, amount_squared in ((counts, None), (money, squared)):
        shift = shift_effect(fitted, amount, amount_squared, exposure.load_ms, to_ms)
        half = Z95 * shift.variance**0.5
        found.append(Estimate(shift.delta, shift.delta - half, shift.delta + half))
    return found[0], found[1]


def in_major_units(estimate: Estimate, minor_digits: int) -> Estimate:
    """Return a money estimate in major units of the currency."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return estimate
    unit = 10**minor_digits
    return Estimate(estimate.value / unit, estimate.low / unit, estimate.high / unit)


def _row(
    cells: PageCells,
    g: int,
    exposure: Exposure,
    target_ms: float | Mapping[str, float] | None,
    causal: CausalModel | None,
) -> PageRow:
    unit = 10**cells.minor_digits
    sessions, unknown = int(cells.sessions[g]), cells.outcomes_missing
    share = float(cells.page_views[g] / cells.total_page_views) if cells.total_page_views else 0.0
    stake = at_stake(exposure, _target(exposure.page_group, target_ms))
    if causal is not None:
        stake = adjusted_stake(stake, exposure.page_group, causal)
    raw_revenue = in_major_units(stake.raw_revenue, cells.minor_digits)
    score = impact_score(exposure.n.sum(axis=0), exposure.conversions.sum(axis=0), share)
    p50, p75, p95 = (_or_none(float(quantile(cells.load_hist[g], q))) for q in (0.50, 0.75, 0.95))
    hedges = hedges_of(causal)
    counts = int(exposure.n.sum()), int(exposure.conversions.sum())
    status, why = status_of(stake.conversions, stake.raw_conversions, stake.target_ms, counts, hedges)
    checks = None if causal is None else causal.checks
    return PageRow(
        exposure.page_group,
        int(cells.page_views[g]),
        share,
        sessions,
        int(exposure.n.sum()),
        None if unknown else int(cells.conversions_any[g]),
        float(cells.converting_sessions[g] / sessions) if sessions and not unknown else None,
        None if unknown else float(cells.revenue_any[g]) / unit,
        p50,
        p75,
        p95,
        score.score,
        score.p,
        stake.target_ms,
        stake.conversions,
        in_major_units(stake.revenue, cells.minor_digits),
        stake.raw_conversions.value,
        raw_revenue.value,
        status,
        why,
        _reasons(stake, score, p50, unknown),
        stake.stratified_conversions,
        in_major_units(stake.stratified_revenue, cells.minor_digits),
        stake.adjustment,
        stake.raw_conversions,
        raw_revenue,
        standing_of(stake.conversions, hedges),
        checks.needed_for(nearest_end(stake.conversions)) if checks else None,
    )


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value


def _target(page_group: str, target_ms: float | Mapping[str, float] | None) -> float | None:
    if isinstance(target_ms, Mapping):
        return target_ms.get(page_group, target_ms.get(""))
    return target_ms


def _order(estimate: Estimate) -> tuple[int, float]:
    return (1, 0.0) if estimate.value is None else (0, -estimate.value)


def _reasons(stake: AtStake, score: ImpactScore, p50: float | None, unknown: str) -> dict[str, str]:
    reasons = dict.fromkeys(_OUTCOMES, unknown) if unknown else {}
    if stake.conversions.value is None:
        reasons["conversions_at_stake"] = reasons["revenue_at_stake"] = stake.conversions.reason
    if score.score is None:
        reasons["impact_score"] = reasons["impact_score_p"] = unknown or score.reason
    if p50 is None:
        reasons["load_p50"] = "no page view of this group has a measured load time"
    return reasons
