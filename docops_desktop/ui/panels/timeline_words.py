"""What the timeline says: labels, hover lines, the text alternative, the table. Words and sums over bins only."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from docops_desktop.analysis.results.timeline import TimelineResult
from docops_desktop.model.measures import measure
from docops_desktop.model.timespan import TimeSpan, iso
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.layers import Floats
from docops_desktop.ui.count_words import sessions
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.models.sheet import Sheet, smallest

LINES = ("load_p75", "load_p50", "conversion_rate", "revenue")
MIN_SESSIONS_FOR_RATE = 30
"""A bin's conversion rate below this n would be noise; it is left out of the line."""


def definition() -> str:
    """Return the panel's tooltip."""
    return tr(
        "Sessions by their start, in the workspace's time zone; the unfiltered whole in grey behind. Drag to set the window, drag it or its edges to "
        "change it, double-click to clear it. Arrow keys move it, Shift+arrow its end, Ctrl+arrow its start. While you drag, the other panels follow: rows, "
        "columns and colours stand still so that you can watch one of them, what isn't listed is in (other), and all is ranked anew when you let go."
    )


def line_choices() -> dict[str, str]:
    """Return the measures that can be drawn as a line."""
    return {name: tr(measure(name).label) for name in LINES}


def line_of(timeline_measure: str) -> str:
    """Return the measure drawn as a line; sessions are the area already."""
    return timeline_measure if timeline_measure in LINES else "load_p75"


def line_values(result: TimelineResult, name: str) -> Floats:
    """Return the line's values (n,), NaN where there is none."""
    if name == "conversion_rate":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(result.sessions >= MIN_SESSIONS_FOR_RATE, result.conversions / result.sessions, np.nan)
    if name == "revenue":
        return np.asarray(result.revenue, float)
    return np.asarray(result.load_p50 if name == "load_p50" else result.load_p75, float)


def n_text(result: TimelineResult, window: TimeSpan | None, kept: float | None = None) -> str:
    """Return n, and the window's length when there is one; its times are on the filter chip and in the tooltip.

    Args:
        kept: sessions in the window, where they have been counted; bins of the timeline tell them only as far as the window ends where they do.
    """
    inside = bins_in(result, window)
    n = sessions(int(result.sessions[inside].sum()) if kept is None else kept)
    if window is None:
        return tr("n = {n}").format(n=n)
    exact = kept is not None or np.isin((window.start_ms, window.end_ms), result.edges_ms).all()
    text = (tr("n = {n}") if exact else tr("n ≈ {n}")).format(n=n)
    return f"{text} · {fmt.length(window.duration_ms)}"


def bins_in(result: TimelineResult, span: TimeSpan | None) -> slice:
    """Return the bins that begin inside a span (all without one)."""
    if span is None:
        return slice(None)
    low, high = np.searchsorted(result.edges_ms[:-1], (span.start_ms, span.end_ms))
    return slice(int(low), int(high))


def span_lines(result: TimelineResult, span: TimeSpan, currency: str) -> tuple[str, list[tuple[str, str]]]:
    """Return title and lines for a window in the making, from the bins in hand."""
    inside = bins_in(result, span)
    sessions, conversions = int(result.sessions[inside].sum()), int(result.conversions[inside].sum())
    lines = [
        (tr("Length"), fmt.length(span.duration_ms)),
        (tr("Sessions"), fmt.exact(sessions)),
        (tr("Conversion rate"), fmt.percent(conversions / sessions if sessions else None)),
        (tr("Revenue"), fmt.money(float(result.revenue[inside].sum()), currency)),
    ]
    return fmt.span(span, result.time_zone), lines


def bin_lines(result: TimelineResult, i: int, currency: str) -> tuple[str, list[tuple[str, str]]]:
    """Return title and lines for one bin."""
    span = TimeSpan(int(result.edges_ms[i]), int(result.edges_ms[i + 1]))
    n = int(result.sessions[i])
    rate = int(result.conversions[i]) / n if n else None
    lines = [
        (tr("Sessions"), tr("{n} of {all}").format(n=fmt.exact(n), all=fmt.exact(int(result.all_sessions[i])))),
        (tr("Conversions"), fmt.exact(int(result.conversions[i]))),
        (tr("Conversion rate"), fmt.percent(rate)),
        (tr("Revenue"), fmt.money(float(result.revenue[i]), currency)),
        (tr("Load time p50 / p75"), f"{fmt.duration(result.load_p50[i])} / {fmt.duration(result.load_p75[i])}"),
        (tr("Page views"), fmt.exact(int(result.page_views[i]))),
    ]
    return fmt.span(span, result.time_zone), lines


def description(result: TimelineResult, window: TimeSpan | None) -> str:
    """Return the text alternative."""
    if len(result.sessions) == 0:
        return tr("The timeline is empty.")
    whole = TimeSpan(int(result.edges_ms[0]), int(result.edges_ms[-1]))
    peak = int(np.argmax(result.sessions))
    text = tr(
        "Timeline from {span} in {bins} of {width}: {n} of {all}, most ({most}) at {peak}. Load time p75 between {low} and {high}."
    ).format(
        span=fmt.span(whole, result.time_zone),
        bins=tr_n(len(result.sessions), "%n bin", "%n bins"),
        width=fmt.length(result.bin_ms),
        n=fmt.exact(int(result.sessions.sum())),
        all=sessions(int(result.all_sessions.sum()), fmt.exact),
        most=fmt.exact(int(result.sessions[peak])),
        peak=fmt.moment(int(result.edges_ms[peak]), result.time_zone),
        low=fmt.duration(_extreme(result.load_p75, np.nanmin)),
        high=fmt.duration(_extreme(result.load_p75, np.nanmax)),
    )
    chosen = fmt.span(window, result.time_zone) if window is not None else ""
    return f"{text} {tr('Window: {span}.').format(span=chosen)}" if chosen else f"{text} {tr('No window is set.')}"


def _extreme(values: Floats, pick: Callable[[Floats], float]) -> float | None:
    return None if np.isnan(values).all() else float(pick(values))


def sheet(result: TimelineResult, title: str, currency: str) -> Sheet:
    """Return one row per bin."""
    headers = (
        "start",
        "end",
        "sessions",
        "all_sessions",
        "conversions",
        f"revenue_{currency}" if currency else "revenue",
        "page_views",
        "load_p50_ms",
        "load_p75_ms",
    )
    columns = (
        result.sessions,
        result.all_sessions,
        result.conversions,
        result.revenue,
        result.page_views,
        result.load_p50,
        result.load_p75,
    )
    zone = result.time_zone
    rows = tuple(
        (
            iso(int(result.edges_ms[i]), zone),
            iso(int(result.edges_ms[i + 1]), zone),
            *(_plain(column[i]) for column in columns),
        )
        for i in range(len(result.sessions))
    )
    return Sheet(title, headers, rows, smallest(result.sessions, result.all_sessions))


def _plain(value: float) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number
