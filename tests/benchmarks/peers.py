"""What every peer is asked and handed: the filters, the tables in two layouts, the figures by which answers are compared.

``joined``: sessions and page views as two tables with their key, the form in which our own columns keep them. ``flat``: a page-view table made beforehand
that carries the session's columns a second time, so that no query joins; the harder comparison. Peers get narrow integer codes and load codes that
are already binned, so that percentiles are read from counts everywhere and answers are equal to the last count. Each peer offers several ways of asking
the same (``Ways``); the fastest counts. The peers themselves are in ``peers_sql`` and ``peers_frames``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from docops_desktop.store.facts import Facts

TOP_ROWS, TOP_COLUMNS, LISTED_ROWS = 100, 50, 500
Layout = Literal["joined", "flat"]
LAYOUTS: Mapping[Layout, str] = {
    "joined": "two tables, joined",
    "flat": "one flat table made beforehand (no join)",
}
SESSION_COLUMNS = ("device_model", "carrier", "country", "browser")


@dataclass(frozen=True)
class Filters:
    """Rows that count: a span of time, a country, a browser (codes)."""

    start_ms: int
    end_ms: int
    country: int
    browser: int
    bin_ms: int
    first_ms: int


@dataclass(frozen=True)
class Answer:
    """Sums by which answers are compared: sessions and measured views of each panel."""

    timeline_sessions: int
    timeline_views: int
    heatmap_sessions: int
    heatmap_views: int
    segments: int
    segment_revenue: int
    exposures: int
    exposed_converting: int
    page_sessions: int
    page_views: int


Ways = dict[str, Callable[[Filters], Answer]]


@dataclass(frozen=True)
class Tables:
    """Sessions, and page views that know their session (``joined``) or its columns too (``flat``); both in order of time."""

    sessions: pd.DataFrame
    views: pd.DataFrame


def tables(facts: Facts, layout: Layout) -> Tables:
    """Return the tables of a layout, narrow integer columns."""
    session = {"session": np.arange(facts.n_sessions, dtype=np.int32)}
    columns = ("start_ms", *SESSION_COLUMNS, "views", "conversions", "revenue")
    sessions = pd.DataFrame(session | {name: facts.session(name) for name in columns})
    counts = np.diff(facts.session("view_offset").astype(np.int64))
    owner = np.repeat(session["session"], counts)
    views = {"session": owner} | {name: facts.page_view(name) for name in ("page_group", "load", "flags")}
    if layout == "flat":
        for name in ("start_ms", *SESSION_COLUMNS, "conversions"):
            views[name] = facts.session(name)[owner]
    return Tables(sessions, pd.DataFrame(views))


def ways_of(peer: str, made: Tables, layout: Layout, threads: int) -> Ways:
    """Load the tables into a peer and return its ways of asking."""
    from tests.benchmarks import peers_frames, peers_sql

    match peer:
        case "duckdb":
            return peers_sql.duckdb_ways(made, layout, threads)
        case "sqlite":
            return peers_sql.sqlite_ways(made, layout)
        case "polars":
            return peers_frames.polars_ways(made, layout)
        case "pandas":
            return peers_frames.pandas_ways(made, layout)
    raise ValueError(f"unknown peer {peer}")
