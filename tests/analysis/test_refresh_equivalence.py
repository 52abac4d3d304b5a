"""The compiled pass, the NumPy reference and a brute-force answer agree on random facts, selections and panels."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from docops_desktop.analysis.refresh import (
    DistributionRequest,
    HeatmapRequest,
    PageCellsRequest,
    RefreshRequest,
    RefreshResult,
    SegmentsRequest,
    TimelineRequest,
    TotalsRequest,
    refresh,
)
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.model.dimensions import OTHER
from docops_desktop.model.selection import RangeClause, Selection, ValueClause
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import Facts
from tests.support.brute_force import BruteForce
from tests.support.kernel_modes import mode
from tests.support.synthetic_facts import synthetic_facts

DIMS = (
    "page_group",
    "page_url",
    "device_model",
    "carrier",
    "country",
    "browser",
    "landing_page",
    "hour",
    "weekday",
    "day",
)
AUTHORS = ("", "timeline", "pages", "heatmap", "segments", "distribution", "totals")
MEASURES = ("sessions", "page_views", "conversions", "conversion_rate", "revenue", "load_p50", "load_p75", "errors")
COUNTS = ("sessions", "page_views", "conversions", "errors")


@cache
def facts_of(seed: int, weighted: bool) -> Facts:
    return synthetic_facts(300, seed, days=3, weighted=weighted, device_models=15, urls=20)


@cache
def brute_force_of(seed: int, weighted: bool) -> BruteForce:
    return BruteForce(facts_of(seed, weighted))


@st.composite
def clauses(draw, authors=AUTHORS):
    author = draw(st.sampled_from(authors))
    if draw(st.integers(0, 4)) == 0:
        low = draw(st.sampled_from([-math.inf, 0, 500, 1234.5, 2000]))
        return RangeClause("load_ms", low, draw(st.sampled_from([3000, 4567, math.inf])), author)
    name = draw(st.sampled_from(DIMS))
    header = facts_of(1, False).header
    known = (
        header.dictionaries.get(name)
        or {
            "hour": ("00", "09", "13", "20", "21"),
            "weekday": ("Sat", "Sun", "Mon"),
            "day": ("2026-08-01", "2026-08-02", "2026-08-03"),
        }[name]
    )
    values = draw(st.lists(st.sampled_from([*known[:8], "nobody has this"]), min_size=1, max_size=4))
    return ValueClause(name, tuple(values), draw(st.booleans()), author)


@st.composite
def spans(draw):
    header = facts_of(1, False).header
    low, high = sorted(draw(st.lists(st.floats(-0.1, 1.1), min_size=2, max_size=2)))
    length = header.last_ms - header.first_ms
    return TimeSpan(header.first_ms + int(low * length), header.first_ms + int(high * length))


@st.composite
def requests(draw):
    selection = Selection(span=draw(st.none() | spans()))
    for clause in draw(st.lists(clauses(), max_size=4)):
        selection = selection.with_clause(clause)
    by = draw(st.lists(st.sampled_from(DIMS), min_size=1, max_size=3, unique=True))
    axes = draw(st.lists(st.sampled_from(DIMS), min_size=2, max_size=2, unique=True))
    measure = draw(st.sampled_from(["load_p75", "conversion_rate", "sessions", "revenue_per_session", "errors"]))
    panels = (
        TimelineRequest(bins=draw(st.sampled_from([5, 40, 200]))),
        HeatmapRequest("heatmap", axes[0], axes[1], measure, draw(st.integers(1, 12)), draw(st.integers(1, 12)), 1),
        SegmentsRequest(
            "segments",
            tuple(by),
            MEASURES,
            draw(st.sampled_from(["sessions", "load_p75"])),
            draw(st.sampled_from([0, 7])),
        ),
        DistributionRequest(),
        TotalsRequest(measures=MEASURES),
        PageCellsRequest(top_strata=draw(st.integers(1, 20))),
    )
    return RefreshRequest(selection, panels, tuple(draw(st.lists(spans(), max_size=2))))


QUICK = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # shrinking would take minutes
)


def both(facts: Facts, request: RefreshRequest) -> tuple[RefreshResult, RefreshResult]:
    from docops_desktop.analysis.plan.facts_index import _indexes

    results = []
    for name in ("compiled", "reference"):
        with mode(name):
            _indexes.clear()  # nothing kept from the other one
            results.append(refresh(facts, request))
    assert [r.compiled for r in results] == [True, False]
    return results[0], results[1]


@QUICK
@given(requests(), st.integers(1, 3), st.booleans())
def test_compiled_pass_equals_reference(request_, seed, weighted):
    compiled, reference = both(facts_of(seed, weighted), request_)
    assert compiled.rows_scanned == reference.rows_scanned
    for panel_id, result in compiled.results.items():
        assert_same(result, reference.results[panel_id], panel_id)


def assert_same(a: object, b: object, where: str) -> None:
    """Compare frozen results field by field; floats to rounding."""
    if hasattr(a, "__dataclass_fields__"):
        for name in a.__dataclass_fields__:
            if name not in ("seconds", "facts"):
                assert_same(getattr(a, name), getattr(b, name), f"{where}.{name}")
    elif isinstance(a, np.ndarray):
        np.testing.assert_allclose(a, b, rtol=1e-9, err_msg=where)
    elif isinstance(a, tuple):
        assert len(a) == len(b), where
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            assert_same(x, y, f"{where}[{i}]")
    elif isinstance(a, dict):
        assert a.keys() == b.keys(), where
        for key in a:
            assert_same(a[key], b[key], f"{where}[{key}]")
    elif isinstance(a, float):
        assert a == pytest.approx(b, rel=1e-9, nan_ok=True), where
    else:
        assert a == b, where


@QUICK
@given(requests(), st.integers(1, 3), st.booleans())
def test_reference_equals_brute_force(request_, seed, weighted):
    facts, brute = facts_of(seed, weighted), brute_force_of(seed, weighted)
    with mode("reference"):
        results = refresh(facts, request_).results
    selection = request_.selection
    check_totals(results["totals"], brute, selection)
    check_segments(results["segments"], brute, selection, request_.panels[2].limit)
    check_timeline(results["timeline"], brute, selection)
    check_heatmap(results["heatmap"], brute, request_)
    check_distribution(results["distribution"], brute, selection)
    check_cells(results["pages"], brute, selection)


def check_row(row, expected, where):
    for name in COUNTS:
        assert (row.values[name] or 0) == expected[name], (where, name)
    assert (row.values["revenue"] or 0) * 100 == pytest.approx(expected.revenue)
    for name in ("load_p50", "load_p75"):
        got = row.values[name]
        assert (got is None) == bool(np.isnan(expected[name])), (where, name)
        assert got is None or got == expected[name], (where, name)
    if expected.sessions:
        assert row.values["conversion_rate"] == pytest.approx(expected.converting / expected.sessions)


def check_totals(totals, brute, selection):
    figures = brute.groups(selection.without_author("totals"), ())
    if len(figures):
        check_row(totals.selected, figures.iloc[0], "totals")
    else:
        assert totals.selected.values["sessions"] == 0
        assert totals.selected.values["conversion_rate"] is None
        assert totals.selected.reasons["load_p75"]
    check_row(totals.everything, brute.groups(Selection(), ()).iloc[0], "everything")


def check_segments(result, brute, selection, limit):
    own = selection.without_author("segments")
    figures = brute.groups(own, result.by)
    figures.index = [key if isinstance(key, tuple) else (key,) for key in figures.index]
    assert result.groups == len(figures)
    assert len(result.rows) == min(limit or len(figures), len(figures))
    for row in result.rows:
        check_row(row, figures.loc[[row.keys]].iloc[0], row.keys)
    shown = [row.values[result.order] for row in result.rows]
    values = [-math.inf if v is None else v for v in shown]
    assert values == sorted(values, reverse=True)
    total = brute.groups(own, ())
    assert result.total.values["sessions"] == (total.sessions.iloc[0] if len(total) else 0)


def check_timeline(result, brute, selection):
    own = selection.without_author("timeline").with_span(None)
    edges = result.edges_ms
    assert (np.diff(edges) == result.bin_ms).all()
    sessions, _ = brute.select(own)
    place = np.digitize(sessions.start, edges) - 1
    n = len(edges) - 1
    assert (result.sessions == np.bincount(place, weights=sessions.weight, minlength=n)).all()
    assert (result.conversions == np.bincount(place, weights=sessions.conversions, minlength=n)).all()
    np.testing.assert_allclose(result.revenue, np.bincount(place, weights=sessions.revenue, minlength=n) / 100)
    everything = np.digitize(brute.sessions.start, edges) - 1
    assert (result.all_sessions == np.bincount(everything, weights=brute.sessions.weight, minlength=n)).all()


def check_heatmap(result, brute, request):
    own = request.selection.without_author("heatmap")
    by = (result.row_dimension, result.column_dimension)
    figures = brute.groups(own, by)
    if not len(figures):
        assert result.sessions.shape == (0, 0)
        return
    for r, row in enumerate(result.row_labels):
        for c, column in enumerate(result.column_labels):
            if OTHER in (row, column):
                continue
            expected = figures.sessions.get((row, column), 0)
            assert result.sessions[r, c] == expected
            if expected and result.measure == "load_p75":
                np.testing.assert_equal(result.values[r, c], figures.load_p75[row, column])
            if expected and result.measure == "conversion_rate":
                assert result.values[r, c] == pytest.approx(figures.converting[row, column] / expected)
    if not {"page_group", "page_url"} & set(by):
        assert result.sessions.sum() == figures.sessions.sum()
    if request.baseline:
        before = brute.groups(own, by, request.baseline)
        for r, row in enumerate(result.row_labels):
            for c, column in enumerate(result.column_labels):
                if OTHER not in (row, column):
                    assert result.baseline_sessions[r, c] == before.sessions.get((row, column), 0)


def check_distribution(result, brute, selection):
    exposed = brute.exposures(selection.without_author("distribution"), first_of_group=False)
    low, high = result.edges_ms[0], result.edges_ms[-1]
    assert result.sessions.sum() == exposed.weight.sum()
    assert result.conversions.sum() == exposed.converting.sum()
    exact = exposed[exposed.load_ms < 300_000]
    assert ((exact.load_ms >= low) & (exact.load_ms < high)).all()
    counted = np.histogram(exact.load_ms, bins=result.edges_ms, weights=exact.weight)[0]
    assert (counted[:-1] == result.sessions[:-1]).all()


def check_cells(cells: PageCells, brute, selection):
    own = selection.without_author("pages")
    figures = brute.groups(own, ("page_group",))
    exposed = brute.exposures(own, first_of_group=True)
    assert set(cells.page_groups) == set(figures.index)
    for g, name in enumerate(cells.page_groups):
        assert cells.page_views[g] == figures.page_views[name]
        assert cells.sessions[g] == figures.sessions[name]
        assert cells.converting_sessions[g] == figures.converting[name]
        part = exposed[exposed.page_group == name]
        assert cells.n[g].sum() == part.weight.sum()
        assert cells.conversions[g].sum() == part.converting.sum()
        assert cells.revenue[g].sum() == part.revenue.sum()
        assert cells.revenue_squared[g].sum() == pytest.approx(float((part.revenue.astype(float) ** 2).sum()))
        assert cells.load_hist[g].sum() == figures.page_views[name]
        for s, key in enumerate(cells.stratum_keys):
            if OTHER not in key:
                inside = (part[list(cells.stratum_dimensions)] == list(key)).all(axis=1)
                assert cells.n[g, s].sum() == part[inside].weight.sum()
