"""The question that we and every peer answer in the benchmark, and what the peers are handed for it.

The question is what five panels show after a change of the selection (a span of time, one country, one browser), every figure of it, not a part that sums up
alike. The tables of the answer are named with their columns in ``QUESTION``:

``timeline``        over all time, by bin: sessions, page views, conversions, revenue, median and 75th percentile of the load time.
``rows``, ``columns``  the heatmap's 100 device models and 50 carriers with most sessions, most first, ties by code; all others are one row, one column (-1).
``heatmap``         sessions of each cell, and the 75th percentile of the load time where they are 20 or more.
``segments``        the 500 device models with most sessions, most first, ties by their texts: sessions, page views, conversions, conversion rate, revenue, 75th
                    percentile of the load time.
``distribution``    exposed sessions (their first measured view, before the conversion) by bin of load time, those that converted, their share where 20 or more.
``page_groups``     most page views first: page views, sessions, of these converting ones, their conversions and revenue, share that converts.
``page_loads``      page views by page group and load code (0 = not measured).
``page_cells``      exposures (a session's first view of a page group, measured, before the conversion) by page group, stratum and load bin: sessions,
                    converting ones, revenue and its squares.
``strata``          sessions by stratum.
``whole``           groups of the segment table, and the selection's sums and percentiles, which segment table, distribution and page cells show.

Until it was asked in full, peers returned counts by load code and nobody read a percentile from them, chose the rows that are listed, or had revenue and
strata in the page cells; ours did all of that within its time, so that the ratios were of unequal work.

A percentile q is the smallest load code at or below which at least q of the measured views lie: rank ceil(q n) of n, where a code stands for 2 % of load time.
Everything is compared, as whole numbers (money in cents, percentiles as codes) and shares, which are one division of two of them, to the last bit. What
follows from these few rows by arithmetic (the middle of a code in ms, Wilson's intervals) isn't asked of the peers; ours does it within its time.

What depends on the data alone is worked out beforehand for both sides: unfiltered figures that are drawn in grey behind, which combinations of device type,
country and connection are strata of their own (the 60 with most sessions), the distribution's bins, the order of the device models' texts. For the peers the
stratum is a column of the session, and a page view's load bin one of the view; ours looks both up within its time.

``joined``: sessions and page views as two tables with their key, the form in which our own columns keep them. ``flat``: a page-view table made beforehand
that carries the session's columns a second time, so that no query joins; the harder comparison. Peers get narrow integer codes and load codes that
are already binned. Each peer offers several ways of asking the same (``Ways``); the fastest counts. It may hand back its own frames, arrays or lists of rows;
they are brought into the form of comparison (``answers``) outside its time, as ours are. The peers themselves are in ``peers_sql``, ``peers_polars``
and ``peers_pandas``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from docops_desktop.analysis.panels.distribution import display_bins
from docops_desktop.analysis.panels.page_cells import coarse_bins
from docops_desktop.analysis.requests import DistributionRequest, PageCellsRequest
from docops_desktop.model.load_bins import N_CODES
from docops_desktop.store.facts import BEFORE_CONVERSION, FIRST_MEASURED, FIRST_OF_GROUP, Facts, narrowest

TOP_ROWS, TOP_COLUMNS, LISTED_ROWS, MIN_SESSIONS = 100, 50, 500, 20
SHOWN_FIRST = FIRST_MEASURED | BEFORE_CONVERSION
GROUP_FIRST = FIRST_OF_GROUP | BEFORE_CONVERSION
QUESTION: Mapping[str, tuple[str, ...]] = {
    "timeline": ("bin", "sessions", "page_views", "conversions", "revenue", "p50", "p75"),
    "rows": ("device_model",),
    "columns": ("carrier",),
    "heatmap": ("r", "c", "sessions", "p75"),
    "segments": ("device_model", "sessions", "page_views", "conversions", "rate", "revenue", "p75"),
    "distribution": ("bin", "sessions", "converting", "rate"),
    "page_groups": ("page_group", "page_views", "sessions", "converting", "conversions", "revenue", "share"),
    "page_loads": ("page_group", "load", "page_views"),
    "page_cells": ("page_group", "stratum", "cell_bin", "sessions", "converting", "revenue", "squares"),
    "strata": ("stratum", "sessions"),
    "whole": (
        *("groups", "sessions", "page_views", "converting", "conversions", "revenue"),
        *("p50", "p75", "p95", "measured"),
    ),
}
"""Tables of the answer and their columns."""
Layout = Literal["joined", "flat"]
LAYOUTS: Mapping[Layout, str] = {
    "joined": "two tables, joined",
    "flat": "one flat table made beforehand (no join)",
}
FILTERED = ("country", "browser")
CARRIED = ("start_ms", "device_model", "carrier", "stratum", "conversions", "revenue")
"""Columns of the session that page views are asked by."""


@dataclass(frozen=True)
class Filters:
    """Rows that count: a span of time, a country, a browser (codes); and how the timeline is cut."""

    start_ms: int
    end_ms: int
    country: int
    browser: int
    bin_ms: int
    first_ms: int


Found = Mapping[str, Any]
"""A peer's answer in its own form, by table of ``QUESTION``: frames or dictionaries of arrays with these columns, or rows."""
Ways = dict[str, Callable[[Filters], Found]]


@dataclass(frozen=True)
class Tables:
    """Sessions, and page views that know their session (``joined``) or its columns too (``flat``); both in order of time.

    ``load_bins``: the distribution's bin of each load code that has one. ``names``: each device model's place in the order of the texts.
    """

    sessions: pd.DataFrame
    views: pd.DataFrame
    load_bins: pd.DataFrame
    names: pd.DataFrame


def tables(facts: Facts, layout: Layout) -> Tables:
    """Return the tables of a layout, narrow integer columns."""
    columns = {name: facts.session(name) for name in ("start_ms", "device_model", "carrier", *FILTERED, "views")}
    columns |= {"conversions": facts.session("conversions"), "revenue": narrowest(facts.session("revenue"))}
    columns["stratum"] = strata(facts)
    key = np.arange(facts.n_sessions, dtype=np.int32)
    counts = np.diff(facts.session("view_offset").astype(np.int64))
    owner = np.repeat(key, counts)
    views = {name: facts.page_view(name) for name in ("page_group", "load", "flags")}
    views["cell_bin"] = np.maximum(coarse_bins()[0], 0).astype(np.uint8)[views["load"]]
    if layout == "flat":
        views |= {name: columns[name][owner] for name in (*CARRIED, *FILTERED)}
    else:
        columns, views = {"session": key, **columns}, {"session": owner, **views}
    return Tables(pd.DataFrame(columns), pd.DataFrame(views), _load_bins(facts), _names(facts))


def strata(facts: Facts) -> npt.NDArray[Any]:
    """Return the stratum of each session: the combinations with most sessions by size, ties by code, then all others as one."""
    request, packed, stride = PageCellsRequest(), np.zeros(facts.n_sessions, dtype=np.int64), 1
    for name in request.strata:
        packed += facts.session(name).astype(np.int64) * stride
        stride *= len(facts.header.dictionaries[name])
    counts = np.bincount(packed, minlength=stride)
    chosen = np.argsort(-counts, kind="stable")[: min(request.top_strata, np.count_nonzero(counts))]
    numbers = np.full(stride, len(chosen), dtype=np.uint8)
    numbers[chosen] = np.arange(len(chosen))
    return numbers[packed]


def _load_bins(facts: Facts) -> pd.DataFrame:
    shown = (facts.page_view("flags") & SHOWN_FIRST) == SHOWN_FIRST
    exposed = np.bincount(facts.page_view("load")[shown], minlength=N_CODES)
    bins, _ = display_bins(exposed, exposed, DistributionRequest().bins)
    codes = np.arange(1, N_CODES)
    return pd.DataFrame({"load": codes.astype(np.uint16), "bin": bins[1:].astype(np.uint8)})


def _names(facts: Facts) -> pd.DataFrame:
    texts = facts.header.dictionaries["device_model"]
    ranks = np.empty(len(texts), dtype=np.uint32)
    ranks[np.argsort(np.array(texts), kind="stable")] = np.arange(len(texts))
    codes = np.arange(len(texts)).astype(facts.session("device_model").dtype)
    return pd.DataFrame({"device_model": codes, "rank": ranks})


def ways_of(peer: str, made: Tables, layout: Layout, threads: int) -> Ways:
    """Load the tables into a peer and return its ways of asking."""
    from tests.benchmarks import peers_pandas, peers_polars, peers_sql

    match peer:
        case "duckdb":
            return peers_sql.duckdb_ways(made, layout, threads)
        case "sqlite":
            return peers_sql.sqlite_ways(made, layout)
        case "polars":
            return peers_polars.polars_ways(made, layout)
        case "pandas":
            return peers_pandas.pandas_ways(made, layout)
    raise ValueError(f"unknown peer {peer}")


def documented(peer: str, way: str) -> bool:
    """Tell whether a way is one that the peer's documentation advises; those of the others are."""
    from tests.benchmarks import peers_pandas

    return peer != "pandas" or peers_pandas.documented(way)
