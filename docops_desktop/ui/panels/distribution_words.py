"""What the distribution says: hover lines, the text alternative, the table."""

from __future__ import annotations

import numpy as np

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.distribution import DistributionResult
from docops_desktop.ui import count_words
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.sheet import Sheet, smallest
from docops_desktop.ui.panels.distribution_curve import rate_curve


def definition() -> str:
    """Return the panel's tooltip."""
    return tr(
        "Sessions by the load time that they were exposed to (their first measured matching page view, before any conversion), on a logarithmic axis; the "
        "unfiltered whole in grey behind; areas stand for sessions, also where bins are wider. "
        "Curve: share of them that converted, with its 95 % Wilson interval; bins with few sessions share a point with their neighbours. "
        "Lines: percentiles of page views. Drag to keep only a range of load times, double-click to take it back. The curve is observed, not causal."
    )


def range_text(low_ms: float, high_ms: float) -> str:
    """Return a range of load times."""
    return tr("{low} to {high}").format(low=fmt.duration(low_ms), high=fmt.duration(high_ms))


def bin_lines(result: DistributionResult, i: int) -> tuple[str, list[tuple[str, str]], str]:
    """Return title, lines and foot for one bin; the foot tells what the curve's point stands on, when that is more than the bin."""
    n = int(result.sessions[i])
    rate = Estimate(_number(result.rate[i]), _number(result.rate_low[i]), _number(result.rate_high[i]))
    lines = [
        (tr("Sessions"), tr("{n} of {all}").format(n=fmt.exact(n), all=fmt.exact(int(result.all_sessions[i])))),
        (tr("Conversions"), fmt.exact(None if result.rate_missing else int(result.conversions[i]))),
        (tr("Conversion rate"), fmt.interval(rate, fmt.percent, plus=False)),
    ]
    few = tr("too few sessions for a rate ({n} of {least})").format(n=n, least=result.min_sessions)
    foot = result.rate_missing or _together(result, i) or (few if rate.value is None else "")
    return range_text(result.edges_ms[i], result.edges_ms[i + 1]), lines, foot


def _together(result: DistributionResult, i: int) -> str:
    curve = rate_curve(result, result.edges_ms)
    point = int(curve.point_of[i])
    bins = int((curve.point_of == point).sum())
    if point < 0 or bins < 2:
        return ""
    rate = Estimate(float(curve.rate[point]), float(curve.low[point]), float(curve.high[point]))
    return tr("Curve: {bins} bins together, {rate}, n = {n}").format(
        bins=bins, rate=fmt.interval(rate, fmt.percent, plus=False), n=fmt.exact(int(curve.sessions[point]))
    )


def span_lines(result: DistributionResult, low_ms: float, high_ms: float) -> tuple[str, list[tuple[str, str]]]:
    """Return title and lines for a range in the making."""
    middles = np.sqrt(np.maximum(result.edges_ms[:-1], 1e-9) * result.edges_ms[1:])
    inside = (middles >= low_ms) & (middles < high_ms)
    sessions, conversions = int(result.sessions[inside].sum()), int(result.conversions[inside].sum())
    total = int(result.sessions.sum())
    lines = [
        (tr("Sessions"), fmt.exact(sessions)),
        (tr("Share"), fmt.percent(sessions / total if total else None)),
        (tr("Conversion rate"), fmt.percent(conversions / sessions if sessions and not result.rate_missing else None)),
    ]
    return range_text(low_ms, high_ms), lines


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def description(result: DistributionResult) -> str:
    """Return the text alternative."""
    n = int(result.sessions.sum())
    if not n:
        return tr("Nothing was measured.")
    text = tr("Load times of {n}: half of the page views within {p50}, 75 % within {p75}, 95 % within {p95}.").format(
        n=count_words.sessions(n, fmt.exact),
        p50=fmt.duration(result.p50),
        p75=fmt.duration(result.p75),
        p95=fmt.duration(result.p95),
    )
    known = np.flatnonzero(np.isfinite(result.rate))
    if result.rate_missing:
        return f"{text} {fmt.with_reason(fmt.missing(), result.rate_missing)}."
    if not known.size:
        return f"{text} {tr('No bin has enough sessions for a conversion rate.')}"
    first, last = int(known[0]), int(known[-1])
    return (
        text
        + " "
        + tr("Conversion rate from {first} at {fast} to {last} at {slow}.").format(
            first=fmt.percent(float(result.rate[first])),
            fast=range_text(result.edges_ms[first], result.edges_ms[first + 1]),
            last=fmt.percent(float(result.rate[last])),
            slow=range_text(result.edges_ms[last], result.edges_ms[last + 1]),
        )
    )


def sheet(result: DistributionResult, title: str) -> Sheet:
    """Return one row per bin."""
    headers = (
        "from_ms",
        "to_ms",
        "sessions",
        "all_sessions",
        "conversions",
        "conversion_rate",
        "rate_low",
        "rate_high",
    )
    conversions = np.full(len(result.rate), np.nan) if result.rate_missing else result.conversions
    columns = (result.sessions, result.all_sessions, conversions, result.rate, result.rate_low, result.rate_high)
    rows = tuple(
        (float(result.edges_ms[i]), float(result.edges_ms[i + 1]), *(float(column[i]) for column in columns))
        for i in range(len(result.sessions))
    )
    percentiles = tr("Percentiles of {n}: p50 {p50}, p75 {p75}, p95 {p95}.").format(
        n=count_words.page_views(result.page_views, fmt.exact),
        p50=fmt.duration(result.p50),
        p75=fmt.duration(result.p75),
        p95=fmt.duration(result.p95),
    )
    return Sheet(title, headers, rows, smallest(result.sessions, result.all_sessions), notes=(percentiles,))
