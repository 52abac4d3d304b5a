"""What the benchmark asks: three filters, five panels. Measures nothing."""

from __future__ import annotations

from typing import Any

from docops_desktop.analysis.panels.timeline import time_bins
from docops_desktop.analysis.refresh import (
    DistributionRequest,
    HeatmapRequest,
    PageCellsRequest,
    SegmentsRequest,
    TimelineRequest,
)
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import Facts
from tests.benchmarks import peers

LISTED = ("sessions", "page_views", "conversions", "conversion_rate", "revenue", "load_p75")
PANELS = (
    TimelineRequest(),
    HeatmapRequest(top_rows=peers.TOP_ROWS, top_columns=peers.TOP_COLUMNS),
    SegmentsRequest(by=("device_model",), measures=LISTED),
    DistributionRequest(),
    PageCellsRequest(),
)
KEPT = {"country": "country-1", "browser": "Chrome"}
SHAPE: dict[str, Any] = {"days": 14, "device_models": 18_000, "carriers": 600, "countries": 60, "urls": 5_000}
"""Dictionaries of the generated facts."""


def selection(facts: Facts) -> Selection:
    """Return two of fourteen days, one country, one browser."""
    header = facts.header
    day = (header.last_ms - header.first_ms) // 14
    found = Selection(span=TimeSpan(header.first_ms + 7 * day, header.first_ms + 9 * day))
    for name, value in KEPT.items():
        found = found.keep(name, [value])
    return found


def code(facts: Facts, name: str) -> int:
    """Return the code of the value that is kept of this dimension."""
    return facts.header.dictionaries[name].index(KEPT[name])


def filters(facts: Facts) -> peers.Filters:
    """Return the same question for the peers."""
    span = selection(facts).span
    assert span is not None
    bin_ms, edges = time_bins(facts, 200)
    return peers.Filters(
        span.start_ms, span.end_ms, code(facts, "country"), code(facts, "browser"), bin_ms, int(edges[0])
    )
