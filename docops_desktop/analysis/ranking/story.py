"""Tells why a page group is red, amber, green or not answerable: n, curve, target, raw against adjusted, what is held fixed, what can't be answered.

The same words for window and command line. Everything said comes from the ranking's row and the cells that it was made from.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from docops_desktop.analysis.figures.intervals import wilson
from docops_desktop.analysis.ranking.exposure import Exposure, exposures
from docops_desktop.analysis.ranking.speed_effect import fit
from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.page_cells import Ints, PageCells
from docops_desktop.analysis.results.page_story import Floats, PageCurve, PageStory, Section
from docops_desktop.analysis.results.pages import PageRow, PagesResult
from docops_desktop.model.errors import RequestError
from docops_desktop.model.wording import NA, count, duration, money, percent

MIN_SESSIONS = 50
POINTS = 24
"""A point of the curve stands on at least so many sessions, and on about the same share of all."""


def page_story(result: PagesResult, page_group: str, cells: PageCells) -> PageStory:
    """Return the explanation of one row of a ranking.

    Raises:
        RequestError: the ranking has no such page group.
    """
    row = next((row for row in result.rows if row.page_group == page_group), None)
    exposure = next((found for found in exposures(cells) if found.page_group == page_group), None)
    if row is None or exposure is None:
        names = ", ".join(row.page_group for row in result.rows)
        raise RequestError(f"there is no page group {page_group!r} in the ranking", fix=f"Use one of: {names}")
    sections = (
        Section("Verdict", (row.why,)),
        Section("What it rests on", _basis(row, result)),
        Section("From raw to adjusted", _steps(row, cells.currency)),
        Section("Held fixed", _fixed(row, result)),
        Section("Self-checks", _checks(row, result)),
        Section("What can't be answered", _gaps(row)),
        Section("What to keep in mind", result.warnings),
        Section("How to read it", tuple(f"{name.replace('_', ' ')}: {text}" for name, text in result.method.items())),
    )
    return PageStory(
        page_group,
        row.status,
        tuple(s for s in sections if s.lines),
        None if cells.outcomes_missing else page_curve(exposure, row.target_ms),
    )


def page_curve(exposure: Exposure, target_ms: float | None) -> PageCurve | None:
    """Return the conversion curve of a page group's exposures, None without any."""
    n, conversions = exposure.n.sum(axis=0), exposure.conversions.sum(axis=0)
    support = exposure.support_ms()
    if support is None or not n.any():
        return None
    starts = _starts(n, max(MIN_SESSIONS, int(n.sum()) // POINTS))
    total, converted = np.add.reduceat(n, starts), np.add.reduceat(conversions, starts)
    log_load = np.log(np.maximum(exposure.load_ms, 1.0))
    load_ms = np.exp(np.add.reduceat(n * log_load, starts) / total)
    low, high = wilson(converted, total)
    edges = np.append(exposure.edges_ms[starts], exposure.edges_ms[np.flatnonzero(n)[-1] + 1]).astype(np.float64)
    return PageCurve(
        edges,
        load_ms,
        total.astype(np.float64),
        converted / total,
        low,
        high,
        _same_visitors(exposure, load_ms),
        *support,
        target_ms,
    )


def _starts(n: Ints, enough: int) -> Ints:
    """First bin of each point: neighbours are taken together until there are enough sessions; the last ones join the point before."""
    first = int(np.flatnonzero(n)[0])
    starts, seen = [first], 0
    for place in range(first, len(n)):
        if seen >= enough and n[place:].sum() >= enough:
            starts.append(place)
            seen = 0
        seen += int(n[place])
    return np.asarray(starts)


def _same_visitors(exposure: Exposure, load_ms: Floats) -> Floats:
    """Direct standardisation of the curve fitted within strata to all exposed sessions."""
    fitted = fit(exposure.n, exposure.conversions, exposure.load_ms) if exposure.answerable else None
    if fitted is None:
        return np.empty(0)
    relative = np.exp(fitted.basis(exposure.load_ms) @ fitted.coefficients)
    expected = exposure.n @ relative
    sessions = exposure.n.sum(axis=1)
    level = np.divide(exposure.conversions.sum(axis=1), expected, out=np.zeros(len(expected)), where=expected > 0)
    rates: Floats = (
        float(sessions @ level) / float(sessions.sum()) * np.exp(fitted.basis(load_ms) @ fitted.coefficients)
    )
    return rates


def _basis(row: PageRow, result: PagesResult) -> tuple[str, ...]:
    lines = [
        f"{count(row.page_views)} page views ({percent(row.share, 1)} of all) in {count(row.sessions)} sessions, "
        f"{count(row.conversions)} conversions of these sessions",
        f"{count(row.exposed)} sessions are exposed: {result.method.get('exposure', 'a first measured view before the conversion')}",
    ]
    if row.load_p50 is not None and row.load_p75 is not None and row.load_p95 is not None:
        lines.append(
            f"load time: p50 {duration(row.load_p50)}, p75 {duration(row.load_p75)}, p95 {duration(row.load_p95)}"
        )
    if row.target_ms is not None:
        lines.append(f"target: {duration(row.target_ms)} ({result.method.get('target', 'as given')})")
    return tuple(lines)


def _steps(row: PageRow, currency: str) -> tuple[str, ...]:
    if row.conversions_at_stake.value is None:
        return ()
    lines = [
        f"raw, one curve over all sessions: {_pair(row.raw_conversions_estimate, row.raw_revenue_estimate, currency)}"
    ]
    rungs = [("within strata", row.stratified_conversions_at_stake, row.stratified_revenue_at_stake)]
    if row.adjustment == "adjusted":
        rungs.append(("adjusted for everything recorded", row.conversions_at_stake, row.revenue_at_stake))
    lines += [f"{name}: {_pair(conversions, revenue, currency)}" for name, conversions, revenue in rungs]
    raw, best = row.raw_conversions_at_stake, row.conversions_at_stake.value
    if raw is not None and best and abs(raw) > 1.25 * abs(best):
        lines.append(
            f"the raw figure is {abs(raw / best):.1f} times the adjusted one: the difference comes from who is slow, not from being slow"
        )
    return tuple(lines)


def _pair(conversions: Estimate, revenue: Estimate, currency: str) -> str:
    return f"{_estimate(conversions)} conversions, {_estimate(revenue, lambda amount: money(amount, currency))}"


def _estimate(estimate: Estimate, wording: Callable[[float], str] = count) -> str:
    if estimate.value is None:
        return NA
    ends = ""
    if estimate.low is not None and estimate.high is not None:
        ends = f" (95 %: {wording(estimate.low)} to {wording(estimate.high)})"
    return f"{wording(estimate.value)}{ends}"


def _fixed(row: PageRow, result: PagesResult) -> tuple[str, ...]:
    if row.conversions_at_stake.value is None:
        return ()
    if row.adjustment == "adjusted" and "adjusted_for" in result.method:
        return (result.method["adjusted_for"],)
    return (result.method.get("stratified", "nothing"),)


def _checks(row: PageRow, result: PagesResult) -> tuple[str, ...]:
    """The checks of all pages together, and how strong a hidden cause of this row's figure would have to be."""
    if row.conversions_at_stake.value is None:
        return ()
    words = {True: "passed", False: "failed", None: "not made"}
    lines = [f"{check.name}, {words[check.passed]}: {check.text}" for check in result.checks]
    if row.e_value_limit is not None:
        whole = "" if result.e_value_limit is None else f" (all pages together: {result.e_value_limit:.2f} times)"
        lines.append(
            f"hidden cause: it would have to make both a slow session and a lost conversion {row.e_value_limit:.2f} times as likely "
            f"for no effect of {row.page_group} to be possible{whole}"
        )
    return tuple(lines)


def _gaps(row: PageRow) -> tuple[str, ...]:
    by_reason: dict[str, list[str]] = {}
    for name, reason in row.reasons.items():
        if reason:
            by_reason.setdefault(reason, []).append(name.replace("_", " "))
    return tuple(f"{', '.join(names)}: {reason}" for reason, names in by_reason.items())
