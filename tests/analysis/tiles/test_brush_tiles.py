"""A tile's answer is a refresh's answer for every span of whole bins, whatever the selection; what isn't exact says so."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from docops_desktop.analysis.refresh import (
    CancelFlag,
    HeatmapRequest,
    PageCellsRequest,
    RefreshRequest,
    SegmentsRequest,
    TimelineRequest,
    refresh,
)
from docops_desktop.analysis.tiles import panel_tile
from docops_desktop.analysis.tiles.brush_tiles import BrushTiles, same_question
from docops_desktop.analysis.tiles.panel_tile import SegmentsTile
from docops_desktop.model.dimensions import OTHER
from docops_desktop.model.errors import Cancelled
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from tests.analysis.test_refresh_equivalence import assert_same, facts_of, requests
from tests.support.kernel_modes import mode
from tests.support.synthetic_facts import synthetic_facts

EXACT = ("totals", "distribution", "segments", "heatmap")


@pytest.fixture(autouse=True)
def compiled():
    with mode("compiled"):
        yield


def span_of(tiles: BrushTiles, ends: tuple[float, float]) -> TimeSpan:
    """A span of whole bins from two shares of the axis."""
    last = len(tiles.edges_ms) - 1
    low, high = sorted(round(end * last) for end in ends)
    return TimeSpan(int(tiles.edges_ms[low]), int(tiles.edges_ms[high]))


def without_cost(result):
    """A result without how long it took."""
    return replace(result, rows_scanned=0, seconds=0.0) if hasattr(result, "rows_scanned") else result


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
@given(
    requests(),
    st.integers(1, 3),
    st.booleans(),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=4, max_size=4),
)
def test_a_tile_answers_as_a_refresh_does(request_, seed, weighted, ends):
    facts = facts_of(seed, weighted)
    tiles = BrushTiles.build(facts, request_)
    for pair in ends:
        span = span_of(tiles, pair)
        step = tiles.answer(span)
        plain = refresh(facts, RefreshRequest(request_.selection.with_span(span), request_.panels)).results
        assert set(step.results) | set(step.waiting) == {p.panel_id for p in request_.panels} - {"timeline"}
        for panel_id in EXACT:
            if panel_id in step.results and panel_id not in step.approximate:
                assert_same(without_cost(step.results[panel_id]), without_cost(plain[panel_id]), panel_id)
        if "heatmap" in step.results:
            check_heatmap(step.results["heatmap"], plain["heatmap"])
        check_pages(step.results["pages"], plain["pages"])


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
@given(
    requests(),
    st.integers(1, 3),
    st.booleans(),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=3),
)
def test_held_lists_stand_still_and_every_figure_is_a_refresh_s(request_, seed, known, pressed, ends):
    facts = facts_of(seed, weighted=False)
    tiles = BrushTiles.build(facts, request_)

    def plainly(pair):
        window = request_.selection.with_span(span_of(tiles, pair))
        return refresh(facts, RefreshRequest(window, request_.panels)).results

    before = plainly(pressed)
    tiles.hold(before if known else {})
    listed = {}
    for pair in ends:
        step, plain = tiles.answer(span_of(tiles, pair)), plainly(pair)
        for name, labels in labels_of(step.results).items():
            kept = listed.get(name) or (labels_of(before)[name] if known and name[0] not in step.approximate else [])
            assert labels[: len(kept)] == kept
            listed[name] = labels
        if "segments" in step.results:
            check_segments(step.results["segments"], plain["segments"], exactly="segments" not in step.approximate)
        if "heatmap" in step.results and step.results["heatmap"].row_labels:
            check_heatmap(step.results["heatmap"], plain["heatmap"])
    tiles.let_go()
    free, plain = tiles.answer(span_of(tiles, ends[-1])), plainly(ends[-1])
    for panel_id in set(EXACT) & set(free.results) - set(free.approximate):
        assert_same(without_cost(free.results[panel_id]), without_cost(plain[panel_id]), panel_id)


def labels_of(results):
    """What the panels list, without remainders, which come last."""
    found = {}
    if "segments" in results:
        found["segments", "rows"] = [row.keys for row in results["segments"].rows]
    if "heatmap" in results:
        for side in ("row_labels", "column_labels"):
            found["heatmap", side] = [text for text in getattr(results["heatmap"], side) if text != OTHER]
    return found


def check_segments(shown, plain, *, exactly):
    assert shown.groups == plain.groups
    assert shown.total == plain.total or not exactly
    by_keys = {row.keys: row for row in shown.rows}
    for row in plain.rows:
        found = by_keys.pop(row.keys, None)
        if found is None:  # other groups took the places
            assert len(shown.rows) == 7
        elif exactly:
            assert found == row
    if len(plain.rows) == plain.groups:
        assert all(row.values["sessions"] == 0 for row in by_keys.values())


def check_heatmap(shown, plain):
    """Every listed cell is right, and nothing is lost, whichever values are listed."""
    assert shown.sessions.sum() == plain.sessions.sum()
    for r, row in enumerate(shown.row_labels):
        for c, column in enumerate(shown.column_labels):
            if OTHER not in (row, column) and row in plain.row_labels and column in plain.column_labels:
                place = plain.row_labels.index(row), plain.column_labels.index(column)
                assert shown.sessions[r, c] == plain.sessions[place]
                np.testing.assert_equal(shown.values[r, c], plain.values[place])


def check_pages(shown, cells):
    assert [row.page_group for row in shown.rows] == list(cells.page_groups)
    assert [row.page_views for row in shown.rows] == list(cells.page_views)
    assert [row.sessions for row in shown.rows] == list(cells.sessions)
    assert [row.exposed for row in shown.rows] == list(cells.n.sum(axis=(1, 2)))
    assert [row.conversions for row in shown.rows] == list(cells.conversions_any)
    assert all(row.conversions_at_stake.value is None and row.conversions_at_stake.reason for row in shown.rows)


def test_coarser_histograms_stay_within_what_they_say(monkeypatch):
    monkeypatch.setattr(panel_tile, "HISTOGRAM_BYTES", 4_000_000)
    facts = synthetic_facts(20_000, device_models=60, carriers=12)
    panels = (TimelineRequest(bins=40), HeatmapRequest(top_rows=20, min_sessions=50), SegmentsRequest(by=("carrier",)))
    tiles = BrushTiles.build(facts, RefreshRequest(panels=panels))
    span = span_of(tiles, (0.2, 0.9))
    step = tiles.answer(span)
    plain = refresh(facts, RefreshRequest(Selection(span=span), panels)).results
    assert step.approximate["heatmap"].startswith("percentiles within ")
    stated = float(step.approximate["heatmap"].split()[2].rstrip("%;")) / 100
    shown, exact = step.results["heatmap"], plain["heatmap"]
    assert shown.row_labels == exact.row_labels
    assert (shown.sessions == exact.sessions).all()
    assert np.isfinite(exact.values).any()
    off = np.nanmax(np.abs(shown.values / exact.values - 1))
    assert 0 < off <= stated + 0.01
    for a, b in zip(step.results["segments"].rows, plain["segments"].rows, strict=True):
        assert a.keys == b.keys
        assert a.values["conversions"] == b.values["conversions"]
        assert a.values["load_p75"] == pytest.approx(b.values["load_p75"], rel=stated + 0.01)


def test_groups_without_histograms_say_that_their_percentiles_come_later(monkeypatch):
    monkeypatch.setattr(panel_tile, "HISTOGRAM_BYTES", 40_000)
    facts = synthetic_facts(3_000)
    request = SegmentsRequest(by=("device_model",), limit=20)
    tiles = BrushTiles.build(facts, RefreshRequest(panels=(TimelineRequest(bins=20), request)))
    step = tiles.answer(span_of(tiles, (0, 1)))
    rows = step.results["segments"].rows
    assert len(rows) == 20
    late = [row for row in rows if row.values["load_p75"] is None]
    assert late
    assert all(row.reasons["load_p75"] == panel_tile.ON_RELEASE for row in late)
    assert "segments" in step.approximate


def test_what_a_tile_cannot_hold_waits_for_the_pass():
    facts = synthetic_facts(500)
    panels = (
        TimelineRequest(),
        PageCellsRequest("whatif"),
        HeatmapRequest(rows="page_url", columns="carrier", top_rows=3),
        SegmentsRequest(by=("page_url", "device_model", "region")),
    )
    small = replace(panels[3], by=("device_type",))
    tiles = BrushTiles.build(facts, RefreshRequest(panels=(*panels[:3], small)))
    assert set(tiles.waiting) == {"whatif", "heatmap"}
    assert "page_url" in tiles.waiting["heatmap"]
    assert set(tiles.answer(span_of(tiles, (0.1, 0.2))).results) == {"segments"}


def test_only_spans_of_whole_bins_are_answered_and_open_ends_are_the_data_s():
    facts = synthetic_facts(500)
    tiles = BrushTiles.build(facts, RefreshRequest(panels=(SegmentsRequest(),)))
    edges = [int(edge) for edge in tiles.edges_ms]
    assert tiles.answer(TimeSpan(edges[1] + 1, edges[5])) is None
    assert not tiles.covers(TimeSpan(edges[1], edges[5] - 1))
    whole = tiles.answer(TimeSpan(edges[0] - 5, edges[-1] + 5)).results["segments"]
    assert whole.total.values["sessions"] == 500
    nothing = tiles.answer(TimeSpan(edges[-1] + 5, edges[-1] + 9)).results["segments"]
    assert nothing.rows == ()
    parts = [tiles.answer(TimeSpan(a, b)).results["segments"].total.values["sessions"] for a, b in pairwise(edges)]
    assert sum(parts) == 500


def test_tiles_know_which_question_they_answer():
    facts = synthetic_facts(300)
    request = RefreshRequest(Selection().keep("device_type", ["Mobile"]), (SegmentsRequest(),))
    tiles = BrushTiles.build(facts, request)
    moved = replace(request, selection=request.selection.with_span(TimeSpan(0, 5)))
    assert same_question(tiles, moved)
    assert not same_question(tiles, replace(request, selection=Selection()))
    assert not same_question(tiles, replace(request, panels=()))


def test_building_stops_when_cancelled():
    flag = CancelFlag()
    flag.set()
    with pytest.raises(Cancelled):
        BrushTiles.build(synthetic_facts(300), RefreshRequest(panels=(SegmentsRequest(),)), flag)


def test_no_sessions_make_no_tile_but_no_fault():
    tiles = BrushTiles.build(synthetic_facts(0), RefreshRequest(panels=(TimelineRequest(), SegmentsRequest())))
    assert tiles.answer(TimeSpan(0, 10)).results["segments"].rows == ()


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000), limit=st.integers(1, 20), groups=st.integers(1, 200), most=st.integers(1, 60))
def test_what_a_step_listed_hides_nothing_from_the_next(seed, limit, groups, most):
    tile = SegmentsTile.__new__(SegmentsTile)  # nothing but the choice of groups
    tile.question = SimpleNamespace(request=SimpleNamespace(limit=limit, order="sessions"))
    tile._least = 0
    rng = np.random.default_rng(seed)
    for _ in range(5):
        sessions = rng.integers(0, rng.integers(1, most + 1), groups)
        found, listed = tile._present(sessions)
        assert found == (sessions > 0).sum()
        biggest = np.sort(sessions[sessions > 0])[::-1][:limit]
        least = biggest[-1] if found > 2 * limit else 1
        np.testing.assert_array_equal(listed, np.flatnonzero(sessions >= max(least, 1)))
