"""The measures that panels and commands show, with unit and definition.

A measure is additive (counts, sums), a ratio of two additive ones, or a percentile read from a mergeable histogram. Percentiles are never averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from docops_desktop.model.errors import RequestError
from docops_desktop.model.wording import percent

Kind = Literal["additive", "ratio", "percentile"]
Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure.

    Attributes:
        name: name in commands, files and JSON.
        label: name on screen.
        unit: ``""`` for counts, ``"%"`` for rates stored as 0-1, ``"money"`` for amounts in the workspace's currency, ``"ms"``, ``"score"``.
        kind: how it is computed and merged.
        better: which direction is good, for colours and status.
        definition: one or two sentences for tooltip, help and report.
        metric: the page-view column whose histogram a percentile is read from, else ``""``.
        quantile: the quantile of a percentile measure, else 0.
    """

    name: str
    label: str
    unit: str
    kind: Kind
    better: Better
    definition: str
    metric: str = ""
    quantile: float = 0.0


def _percentile(name: str, label: str, metric: str, quantile: float, what: str, unit: str = "ms") -> Measure:
    share = percent(quantile, 0)
    text = f"{what}: {share} of the measured page views were at or below this value; read from a log-spaced histogram, relative error at most 1 %."
    return Measure(name, label, unit, "percentile", "lower", text, metric, quantile)


_ALL = (
    Measure(
        "page_views",
        "Page views",
        "",
        "additive",
        "neither",
        "Human page views: bots, synthetic tests, hidden tabs, back/forward-cache restores and background requests are counted apart.",
    ),
    Measure("sessions", "Sessions", "", "additive", "neither", "Visits with at least one matching page view."),
    Measure(
        "conversions",
        "Conversions",
        "",
        "additive",
        "higher",
        "Conversions of those sessions, by the workspace's conversion definition.",
    ),
    Measure("conversion_rate", "Conversion rate", "%", "ratio", "higher", "Converting sessions / sessions."),
    Measure(
        "revenue", "Revenue", "money", "additive", "higher", "Revenue of those sessions in the workspace's currency."
    ),
    Measure("revenue_per_session", "Revenue per session", "money", "ratio", "higher", "Revenue / sessions."),
    Measure("bounce_rate", "Bounce rate", "%", "ratio", "lower", "Sessions with exactly one page view / sessions."),
    _percentile("load_p50", "Load time p50", "load", 0.50, "Median load time (navigation start to load event end)"),
    _percentile("load_p75", "Load time p75", "load", 0.75, "Load time (navigation start to load event end)"),
    _percentile("load_p95", "Load time p95", "load", 0.95, "Load time (navigation start to load event end)"),
    _percentile("ttfb_p75", "TTFB p75", "ttfb", 0.75, "Time to First Byte"),
    _percentile("lcp_p75", "LCP p75", "lcp", 0.75, "Largest Contentful Paint; good is at most 2500 ms"),
    _percentile("inp_p75", "INP p75", "inp", 0.75, "Interaction to Next Paint; good is at most 200 ms"),
    _percentile("cls_p75", "CLS p75", "cls", 0.75, "Cumulative Layout Shift; good is at most 0.1", "score"),
    Measure("errors", "Errors", "", "additive", "lower", "Script and request errors reported by those page views."),
)

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _ALL}
"""Measures by name, in display order."""

METRICS: tuple[str, ...] = ("load", "ttfb", "lcp", "inp", "cls")
"""Page-view metrics with a histogram. ``cls`` is stored as CLS x 10,000, the others in milliseconds."""


def measure(name: str) -> Measure:
    """Return the measure of that name.

    Raises:
        RequestError: the name is no measure.
    """
    found = MEASURES.get(name)
    if found is None:
        raise RequestError(f"there is no measure {name!r}", fix=f"Use one of: {', '.join(MEASURES)}")
    return found
