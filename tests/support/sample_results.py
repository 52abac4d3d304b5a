"""Hand-made results for panels: believable, deterministic, with the awkward cases in (thin cells, n/a, "(other)", long names)."""

from __future__ import annotations

import numpy as np

from docops_desktop.analysis.results.common import Estimate, MeasureRow, Totals
from docops_desktop.analysis.results.distribution import DistributionResult
from docops_desktop.analysis.results.heatmap import HeatmapResult
from docops_desktop.analysis.results.pages import PageRow, PagesResult
from docops_desktop.analysis.results.segments import SegmentsResult
from docops_desktop.analysis.results.timeline import TimelineResult
from docops_desktop.analysis.results.whatif import Check, Rung, WhatIfPart, WhatIfResult
from docops_desktop.model.baseline import default_baseline
from docops_desktop.model.dimensions import OTHER
from docops_desktop.model.scenario import ALL_PAGES, Change
from docops_desktop.model.timespan import MS_PER_DAY, MS_PER_HOUR, TimeSpan

START_MS = 1_785_715_200_000  # 2026-08-03T00:00Z, a Monday
INCIDENT = TimeSpan(START_MS + 12 * MS_PER_DAY + 14 * MS_PER_HOUR, START_MS + 12 * MS_PER_DAY + 22 * MS_PER_HOUR)


def timeline(days: int = 14, share: float = 0.4, window: TimeSpan | None = INCIDENT) -> TimelineResult:
    """Hourly bins with a daily rhythm, an incident on the 13th day, the filtered part being ``share`` of everything."""
    n = days * 24
    hours = np.arange(n)
    rng = np.random.default_rng(7)
    rhythm = 600 + 500 * np.sin((hours % 24 - 9) / 24 * 2 * np.pi) + 80 * np.sin(hours / 168 * 2 * np.pi)
    everything = rng.poisson(np.clip(rhythm, 40, None)).astype(np.int64)
    sessions = rng.binomial(everything, share).astype(np.int64)
    edges = START_MS + np.arange(n + 1, dtype=np.int64) * MS_PER_HOUR
    hit = (edges[:-1] >= INCIDENT.start_ms) & (edges[:-1] < INCIDENT.end_ms)
    conversions = rng.binomial(sessions, np.where(hit, 0.016, 0.031)).astype(np.int64)
    load = 2200 + 200 * np.sin((hours % 24 - 6) / 24 * 2 * np.pi) + rng.normal(0, 60, n) + np.where(hit, 1900, 0)
    load[5 * 24 + 2 : 5 * 24 + 5] = np.nan  # nothing measured
    return TimelineResult(
        bin_ms=MS_PER_HOUR,
        edges_ms=edges,
        sessions=sessions,
        conversions=conversions,
        revenue=conversions * 84.5,
        page_views=sessions * 3,
        load_p50=load * 0.6,
        load_p75=load,
        all_sessions=everything,
        all_conversions=rng.binomial(everything, 0.03).astype(np.int64),
        window=window,
        baseline=default_baseline(window, START_MS, "UTC") if window else (),
        time_zone="Europe/Berlin",
    )


_PAGES = (
    # name, views, p75, rate, revenue at stake (value, low, high), raw, status
    ("Product", 412_300, 3120.0, 0.028, (48_200.0, 30_100.0, 66_900.0), 131_000.0, "red"),
    ("Category", 301_120, 2650.0, 0.031, (21_900.0, 9_300.0, 34_800.0), 74_500.0, "red"),
    ("Checkout", 61_900, 1930.0, 0.412, (8_120.0, -1_200.0, 17_400.0), 16_200.0, "amber"),
    ("Search", 143_010, 2410.0, 0.034, (5_240.0, -4_900.0, 15_300.0), 31_900.0, "amber"),
    ("Home", 288_400, 2080.0, 0.029, (1_870.0, -2_300.0, 6_020.0), 22_400.0, "green"),
    ("Cart", 88_200, 1740.0, 0.214, (930.0, -3_050.0, 4_910.0), 6_450.0, "green"),
    ("Account", 40_020, 1510.0, 0.051, (210.0, -640.0, 1_070.0), 1_980.0, "green"),
    (
        "Landing page for the very long autumn campaign",
        9_812,
        4890.0,
        0.008,
        (640.0, -910.0, 2_190.0),
        3_300.0,
        "amber",
    ),
)


def pages(revenue: bool = True) -> PagesResult:
    """Eight answerable groups and two which are not."""
    total = sum(page[1] for page in _PAGES) + 25_100
    rows = [_page(page, total, revenue) for page in _PAGES]
    rows.append(
        _unanswerable(
            "Order confirmation", 24_000, total, "seen by 98 % of converters only: speed can't explain buying"
        )
    )
    rows.append(_unanswerable("Help", 1_100, total, "too few exposed sessions (212 of 1,000 needed)"))
    return PagesResult(
        tuple(rows),
        "revenue_at_stake" if revenue else "conversions_at_stake",
        {
            "exposure": "first measured view of the group in the session, before the conversion",
            "target": "own best quartile",
        },
    )


def _page(page: tuple, total: int, revenue: bool) -> PageRow:
    name, views, p75, rate, (value, low, high), raw, status = page
    basket = 84.5
    sessions = int(views / 2.4)
    no_revenue = Estimate(None, reason="no revenue in this workspace")
    return PageRow(
        page_group=name,
        page_views=views,
        share=views / total,
        sessions=sessions,
        exposed=int(sessions * 0.9),
        conversions=int(sessions * rate),
        conversion_rate=rate,
        revenue=sessions * rate * basket if revenue else 0.0,
        load_p50=p75 * 0.6,
        load_p75=p75,
        load_p95=p75 * 2.4,
        impact_score=-value / 150_000,
        impact_score_p=0.0004 if status == "red" else 0.04 if status == "amber" else 0.38,
        target_ms=p75 * 0.45,
        conversions_at_stake=Estimate(value / basket, low / basket, high / basket),
        revenue_at_stake=Estimate(value, low, high) if revenue else no_revenue,
        raw_conversions_at_stake=raw / basket,
        raw_revenue_at_stake=raw if revenue else None,
        status=status,
        why=f"The whole interval of what {name} loses against {p75 * 0.45:.0f} ms lies {'above' if status == 'red' else 'around'} zero.",
        reasons={},
    )


def _unanswerable(name: str, views: int, total: int, reason: str) -> PageRow:
    gap = Estimate(None, reason=reason)
    missing = {"impact_score": reason, "conversions_at_stake": reason, "revenue_at_stake": reason}
    return PageRow(
        name, views, views / total, views // 2, views // 5, views // 3, None, 0.0, 900.0, 1300.0, 2600.0, None, None, None,
        gap, gap, None, None, "n/a", f"Not answerable: {reason}.", missing,
    )  # fmt: skip


def heatmap(rows: int = 40, columns: int = 25, measure: str = "load_p75", baseline: bool = True) -> HeatmapResult:
    """Device model x carrier; row 4, column 3 is the planted cell; sparse corner below the minimum n; "(other)" last."""
    rng = np.random.default_rng(3)
    row_labels = tuple(
        _DEVICES[i % len(_DEVICES)] + (f" {i // len(_DEVICES) + 1}" if i >= len(_DEVICES) else "")
        for i in range(rows - 1)
    )
    column_labels = tuple(
        _CARRIERS[i % len(_CARRIERS)] + (f" {i // len(_CARRIERS) + 1}" if i >= len(_CARRIERS) else "")
        for i in range(columns - 1)
    )
    size = 9000 / (1 + np.arange(rows))[:, None] / (1 + np.arange(columns)[None, :]) ** 0.8
    sessions = rng.poisson(size).astype(np.int64)
    if measure == "conversion_rate":
        values = 0.03 + rng.normal(0, 0.006, (rows, columns))
    else:
        values = (
            2100 + 700 * rng.random((rows, 1)) + 500 * rng.random((1, columns)) + rng.normal(0, 120, (rows, columns))
        )
    before = values * (1 + rng.normal(0, 0.05, values.shape))
    hit = (min(4, rows - 1), min(3, columns - 1))
    values[hit] = 0.008 if measure == "conversion_rate" else 6900.0
    sessions[hit] = max(sessions[hit], 380)
    min_sessions = 30
    thin = sessions < min_sessions
    values = np.where(thin, np.nan, values)
    change = values - before if measure == "conversion_rate" else values / before - 1
    z = change / (0.9 / np.sqrt(np.maximum(sessions, 1)))
    z = np.where(thin, np.nan, z)
    window = INCIDENT
    empty = np.zeros((0, 0))
    return HeatmapResult(
        row_dimension="device_model",
        column_dimension="carrier",
        measure=measure,
        row_labels=(*row_labels, OTHER),
        column_labels=(*column_labels, OTHER),
        sessions=sessions,
        values=values,
        baseline_sessions=sessions * 7 if baseline else empty.astype(np.int64),
        baseline_values=before if baseline else empty,
        change=change if baseline else np.full_like(values, np.nan),
        z=z if baseline else np.full_like(values, np.nan),
        min_sessions=min_sessions,
        baseline=default_baseline(window, START_MS, "UTC") if baseline else (),
    )


_DEVICES = (
    "Apple iPhone", "Windows PC", "Apple Mac", "Samsung SM-S918B", "Samsung SM-A546B", "Google Pixel 8", "Xiaomi 23021RAA2Y", "Apple iPad",
    "OnePlus CPH2449", "Motorola moto g(30)", "Huawei ELE-L29", "Generic Android 10 K", "Sony XQ-DC54", "Oppo CPH2211", "Fairphone FP4",
)  # fmt: skip
_CARRIERS = (
    "Deutsche Telekom AG", "Vodafone GmbH", "Telefonica Germany", "Orange S.A.", "BT", "Comcast Cable", "Free SAS", "Telecom Italia", "KPN B.V.",
    "Swisscom (Schweiz) AG", "A1 Telekom Austria", "Telenor", "Proximus NV",
)  # fmt: skip


SEGMENT_MEASURES = ("sessions", "conversions", "conversion_rate", "revenue", "load_p75")


def segments(by: tuple[str, ...] = ("carrier",), groups: int = 31) -> SegmentsResult:
    """One to two dimensions; the smallest groups have 3 and 2 sessions, the last has no load time."""
    rows = []
    for i in range(groups):
        sessions = 3 if i == groups - 2 else 2 if i == groups - 1 else max(12, int(52_000 / (i + 1) ** 1.2))
        name = _CARRIERS[i % len(_CARRIERS)] + (f" {i // len(_CARRIERS) + 1}" if i >= len(_CARRIERS) else "")
        keys = (name, "Mobile" if i % 3 else "Desktop")[: len(by)]
        rows.append(_measures(keys, sessions, 0.031 - 0.0004 * i, None if i == groups - 1 else 1900.0 + 90 * i))
    total = _measures((), sum(int(r.values["sessions"]) for r in rows), 0.0291, 2280.0)
    return SegmentsResult(by, SEGMENT_MEASURES, "sessions", tuple(rows), total, groups, "")


def _measures(keys: tuple[str, ...], sessions: int, rate: float, load: float | None) -> MeasureRow:
    conversions = round(sessions * rate)
    values = {
        "sessions": float(sessions),
        "conversions": float(conversions),
        "conversion_rate": conversions / sessions if sessions else None,
        "revenue": conversions * 84.5,
        "load_p75": load,
    }
    return MeasureRow(keys, values, {} if load is not None else {"load_p75": "no load time was measured"})


def totals() -> Totals:
    """The selection beside the whole."""
    return Totals(_measures((), 81_200, 0.0262, 2710.0), _measures((), 203_000, 0.0297, 2280.0), "EUR", 640_000, 0.021)


def distribution(bins: int = 48) -> DistributionResult:
    """Log-normal load times, falling conversion rate, thin tails without a rate."""
    edges = np.geomspace(150, 45_000, bins + 1)
    middle = np.sqrt(edges[1:] * edges[:-1])
    density = np.exp(-((np.log(middle) - np.log(1700)) ** 2) / (2 * 0.76**2))
    everything = np.round(density / density.sum() * 200_000).astype(np.int64)
    sessions = np.round(everything * np.clip(0.25 + 0.05 * np.log(middle / 1000), 0.1, 0.6)).astype(np.int64)
    rate = 0.036 * np.exp(-(middle - 1000) / 14_000)
    conversions = np.round(sessions * rate).astype(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(sessions >= 30, conversions / sessions, np.nan)
        half = 1.96 * np.sqrt(np.maximum(p, 0.001) * (1 - p) / sessions)
    return DistributionResult(
        edges,
        sessions,
        conversions,
        p,
        np.clip(p - half, 0, None),
        p + half,
        everything,
        30,
        1640.0,
        2710.0,
        6080.0,
        143_000,
    )


def whatif(changes: tuple[Change, ...] = (Change((ALL_PAGES,), "ms", -500.0),), supported: bool = True) -> WhatIfResult:
    """An adjusted gain with a raw one four times as large, per page group; Checkout can't be answered."""
    gap = Estimate(None, reason="outside the observed range of load times")
    parts = [
        WhatIfPart(
            "Product",
            61_000,
            Estimate(118.0, 62.0, 176.0),
            Estimate(9_970.0, 4_700.0, 15_200.0),
            480.0,
            40_500.0,
            True,
            "",
        ),
        WhatIfPart(
            "Category", 44_000, Estimate(52.0, 11.0, 94.0), Estimate(4_390.0, 700.0, 8_100.0), 201.0, 17_000.0, True, ""
        ),
        WhatIfPart(
            "Home", 52_000, Estimate(9.0, -14.0, 33.0), Estimate(760.0, -1_250.0, 2_790.0), 61.0, 5_150.0, True, ""
        ),
        WhatIfPart("Checkout", 4_100, gap, gap, None, None, False, "seen by 96 % of converters only"),
    ]
    return WhatIfResult(
        changes=changes,
        sessions=81_200,
        observed_conversions=2_127,
        observed_revenue=179_700.0,
        conversions=Estimate(179.0, 84.0, 274.0) if supported else gap,
        revenue=Estimate(15_120.0, 6_300.0, 23_900.0) if supported else gap,
        raw_conversions=742.0 if supported else None,
        raw_revenue=62_650.0 if supported else None,
        by="page_group",
        parts=tuple(parts),
        supported=supported,
        warnings=(
            "Raw and adjusted figures differ by more than two: most of the raw gain is who the visitors are, not speed.",
        ),
        adjusted_for=("device_type", "country", "connection"),
        currency="EUR",
        method={"estimator": "direct standardisation over strata"},
        ladder=(
            Rung("raw", "one curve", Estimate(742.0), Estimate(62_650.0)),
            Rung(
                "stratified",
                "one curve within strata",
                Estimate(290.0, 180.0, 400.0),
                Estimate(24_000.0, 14_000.0, 34_000.0),
            ),
            Rung(
                "adjusted", "all that was recorded", Estimate(179.0, 84.0, 274.0), Estimate(15_120.0, 6_300.0, 23_900.0)
            ),
        )
        if supported
        else (),
        checks=(
            Check("shuffled load times", True, 0.04, "with shuffled load times 4 % of 99 trials claim an effect"),
            Check("first and later views", False, -3.7, "a cause that belongs to the whole visit may be at work"),
            Check("load after the conversion", None, None, "too few page views after a conversion to test with"),
        ),
        e_value=1.53,
        e_value_limit=1.42,
        standing="doubtful" if supported else "n/a",
        statement="Perhaps +179 conversions (95 %: +84 to +274), which is open to doubt: something that belongs to the whole visit may be the cause."
        if supported
        else "No answer: outside the observed range of load times.",
        raw_conversions_estimate=Estimate(742.0, 600.0, 884.0) if supported else Estimate(None),
        raw_revenue_estimate=Estimate(62_650.0, 50_000.0, 75_000.0) if supported else Estimate(None),
    )
