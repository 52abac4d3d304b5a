"""Refresh: what an analyst can rely on, panel by panel."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import numpy as np
import pytest

from docops_desktop.analysis import refresh as refresh_module
from docops_desktop.analysis.panels import segments as segments_module
from docops_desktop.analysis.plan.facts_index import _indexes
from docops_desktop.analysis.refresh import (
    CancelFlag,
    DistributionRequest,
    HeatmapRequest,
    PageCellsRequest,
    RefreshRequest,
    SegmentsRequest,
    TimelineRequest,
    TotalsRequest,
    refresh,
    unknown_values,
)
from docops_desktop.model.dimensions import NOT_SET, OTHER
from docops_desktop.model.errors import Cancelled, RequestError
from docops_desktop.model.load_bins import N_CODES
from docops_desktop.model.selection import RangeClause, Selection
from docops_desktop.model.timespan import MS_PER_DAY, TimeSpan
from tests.support.brute_force import BruteForce
from tests.support.kernel_modes import mode
from tests.support.synthetic_facts import BASE_MS, synthetic_facts

ALL_PANELS = (
    TimelineRequest(),
    HeatmapRequest(),
    SegmentsRequest(),
    DistributionRequest(),
    TotalsRequest(),
    PageCellsRequest(),
)


@pytest.fixture(params=["compiled", "reference"], autouse=True)
def kernels(request):
    with mode(request.param):
        _indexes.clear()  # nothing kept from the other one
        yield request.param


@pytest.fixture(scope="module")
def facts():
    return synthetic_facts(1_500)


def one(facts, selection, panel, baseline=()):
    return refresh(facts, RefreshRequest(selection, (panel,), tuple(baseline))).results[panel.panel_id]


def test_a_panel_ignores_its_own_clause_and_obeys_the_others(facts):
    plain = one(facts, Selection(), SegmentsRequest(by=("country",)))
    own = one(facts, Selection().keep("country", ["country-1"], "segments"), SegmentsRequest(by=("country",)))
    other = one(facts, Selection().keep("country", ["country-1"], "heatmap"), SegmentsRequest(by=("country",)))
    assert [row.values["sessions"] for row in own.rows] == [row.values["sessions"] for row in plain.rows]
    assert [row.keys for row in other.rows] == [("country-1",)]


def test_timeline_ignores_the_window_and_keeps_its_figures_while_it_moves(facts):
    whole = one(facts, Selection(), TimelineRequest())
    window = TimeSpan(BASE_MS + MS_PER_DAY, BASE_MS + 2 * MS_PER_DAY)
    request = RefreshRequest(Selection(span=window), (TimelineRequest(), TotalsRequest()))
    first, second = refresh(facts, request), refresh(facts, request)
    assert (second.results["timeline"].sessions == whole.sessions).all()
    assert second.results["timeline"].window == window
    assert second.rows_scanned <= first.rows_scanned
    assert second.rows_scanned < facts.n_sessions  # only the rows inside the window were read


def test_page_conditions_hold_for_one_and_the_same_view(facts):
    both = Selection().keep("page_group", ["Product"]).with_clause(RangeClause("load_ms", 4_000))
    sessions, views = BruteForce(facts).select(both)
    totals = one(facts, both, TotalsRequest()).selected.values
    assert totals["sessions"] == len(sessions) > 0
    assert totals["page_views"] == len(views)
    separately = set(BruteForce(facts).select(Selection().keep("page_group", ["Product"]))[0].index)
    separately &= set(BruteForce(facts).select(Selection((RangeClause("load_ms", 4_000),)))[0].index)
    assert len(separately) > totals["sessions"]


def test_overlapping_groups_count_a_session_in_each_and_once_in_the_total(facts):
    result = one(facts, Selection(), SegmentsRequest(by=("page_group",)))
    assert sum(row.values["sessions"] for row in result.rows) > result.total.values["sessions"]
    assert "counts once in every group" in result.note


def test_sessions_without_page_views_count_unless_a_page_is_asked_for():
    facts = synthetic_facts(600, mean_views=1.2)
    empty = int((facts.session("views") == 0).sum())
    assert empty > 0
    everything = one(facts, Selection(), TotalsRequest()).selected.values["sessions"]
    every_page = one(facts, Selection().exclude("page_group", ["nobody has this"]), TotalsRequest()).selected
    assert everything == facts.n_sessions
    assert every_page.values["sessions"] == facts.n_sessions - empty


def test_a_value_that_nobody_has_matches_nothing_and_is_named(facts):
    selection = Selection().keep("country", ["country-1", "Atlantis"])
    assert unknown_values(facts, selection) == (("country", "Atlantis"),)
    with_it = one(facts, selection, TotalsRequest()).selected.values["sessions"]
    assert (
        with_it == one(facts, Selection().keep("country", ["country-1"]), TotalsRequest()).selected.values["sessions"]
    )
    assert one(facts, Selection().keep("country", ["Atlantis"]), TotalsRequest()).selected.values["sessions"] == 0


def test_not_set_can_be_kept(facts):
    n = int((facts.session("carrier") == 0).sum())
    assert one(facts, Selection().keep("carrier", [NOT_SET]), TotalsRequest()).selected.values["sessions"] == n > 0


@pytest.mark.parametrize("selection", [Selection(), Selection().keep("country", ["country-1"], "timeline")])
def test_empty_facts_answer_every_panel(selection):
    facts = synthetic_facts(0)
    result = refresh(facts, RefreshRequest(selection, ALL_PANELS, (TimeSpan(0, 10),))).results
    assert result["totals"].selected.values["sessions"] == 0
    assert result["totals"].selected.values["conversion_rate"] is None
    assert result["totals"].selected.reasons["conversion_rate"] == "no sessions"
    assert result["timeline"].sessions.shape == (0,)
    assert result["heatmap"].sessions.shape == (0, 0)
    assert result["segments"].rows == ()
    assert result["distribution"].p75 is None
    assert result["distribution"].sessions.sum() == 0
    assert result["pages"].page_groups == ()


def test_nothing_selected_gives_reasons_instead_of_figures(facts):
    result = refresh(facts, RefreshRequest(Selection(span=TimeSpan(0, 1)), ALL_PANELS)).results
    assert result["totals"].selected.reasons["load_p75"]
    assert result["totals"].everything.values["sessions"] == facts.n_sessions
    assert result["segments"].rows == ()
    assert result["distribution"].p50 is None
    assert np.isnan(result["distribution"].rate).all()
    assert result["pages"].n.size == 0


def test_a_table_of_very_many_groups_may_have_none(facts, monkeypatch):
    monkeypatch.setattr(segments_module, "HISTOGRAM_CELLS", N_CODES)  # histograms would be a second look's
    table = SegmentsRequest(by=("device_model", "page_url"), measures=("sessions", "load_p75"))
    result = one(facts, Selection().keep("country", ["Atlantis"]), table)
    assert (result.groups, result.rows, result.note.count("of 0")) == (0, (), 0)
    assert result.total.values == {"sessions": 0, "load_p75": None}


def test_nothing_measured_is_said():
    facts = synthetic_facts(200)
    for name in ("load", "lcp"):
        facts.page_view(name)[:] = 0
    row = one(facts, Selection(), TotalsRequest()).selected
    assert row.values["load_p75"] is None
    assert "load" in row.reasons["load_p75"]
    assert row.values["lcp_p75"] is None
    assert row.values["inp_p75"] is not None
    assert one(facts, Selection(), DistributionRequest()).sessions.sum() == 0


def test_weighted_rows_have_no_bounce_rate():
    facts = synthetic_facts(300, weighted=True)
    row = one(facts, Selection(), TotalsRequest()).selected
    assert row.values["sessions"] == int(facts.session("weight").sum())
    assert row.values["bounce_rate"] is None
    assert "pre-aggregated" in row.reasons["bounce_rate"]


def test_heatmap_rests_are_gathered_and_change_is_told_in_standard_errors(facts):
    window = TimeSpan(BASE_MS + 3 * MS_PER_DAY, BASE_MS + 4 * MS_PER_DAY)
    before = (window.shifted(-MS_PER_DAY), window.shifted(-2 * MS_PER_DAY))
    request = HeatmapRequest(top_rows=3, top_columns=2, measure="sessions", min_sessions=1)
    result = one(facts, Selection(span=window), request, before)
    assert result.row_labels[-1] == result.column_labels[-1] == OTHER
    assert len(result.row_labels) == 4
    sessions, _ = BruteForce(facts).select(Selection(span=window))
    assert result.sessions.sum() == len(sessions)
    now, then = result.sessions[0, 0], result.baseline_sessions[0, 0] / 2
    assert result.change[0, 0] == pytest.approx((now - then) / then)
    assert np.sign(result.z[0, 0]) == np.sign(result.change[0, 0])


def test_planted_slowdown_stands_out_in_the_heatmap():
    facts = synthetic_facts(25_000, device_models=6, carriers=4)
    window = TimeSpan(BASE_MS + 5 * MS_PER_DAY, BASE_MS + 6 * MS_PER_DAY)
    start, offset = facts.session("start_ms"), facts.session("view_offset")
    hurt = (facts.session("device_model") == 2) & (facts.session("carrier") == 2)
    hurt &= (start >= window.start_ms) & (start < window.end_ms)
    for row in np.flatnonzero(hurt):
        views = facts.page_view("load")[offset[row] : offset[row + 1]]
        views[views > 0] += 35  # 2 % each: twice as slow
    result = one(
        facts, Selection(span=window), HeatmapRequest(), [window.shifted(-k * MS_PER_DAY) for k in range(1, 5)]
    )
    worst = np.unravel_index(np.nanargmax(result.z), result.z.shape)
    assert (result.row_labels[worst[0]], result.column_labels[worst[1]]) == ("device_model-2", "carrier-2")
    assert result.z[worst] > 4
    assert 0.6 < result.change[worst] < 1.6


def test_many_combinations_are_numbered_and_agree_with_the_dense_way(facts, monkeypatch):
    panel = SegmentsRequest(by=("page_url", "device_model", "hour"), limit=0)
    selection = Selection().keep("country", ["country-1"]).with_clause(RangeClause("load_ms", 1_000))
    dense = one(facts, selection, panel)
    monkeypatch.setattr(segments_module, "DENSE_GROUPS", 10)
    sparse = one(facts, selection, panel)
    assert sparse == dense
    by_session = SegmentsRequest(by=("device_model", "carrier"), limit=0)
    sparse = one(facts, selection, by_session)
    monkeypatch.undo()
    assert sparse == one(facts, selection, by_session)


def test_histograms_in_several_looks_agree_with_one(facts, monkeypatch):
    panel = SegmentsRequest(by=("device_model",), order="load_p75", limit=9)
    whole = one(facts, Selection(), panel)
    monkeypatch.setattr(segments_module, "HISTOGRAM_CELLS", N_CODES * 30)
    assert one(facts, Selection(), panel) == whole


def test_unknown_dimension_and_unanswerable_ranges_are_refused(facts):
    with pytest.raises(RequestError, match=r"custom\.nope"):
        one(facts, Selection(), SegmentsRequest(by=("custom.nope",)))
    with pytest.raises(RequestError, match="not an edge"):
        one(facts, Selection((RangeClause("lcp_ms", 2_501),)), TotalsRequest())
    assert one(facts, Selection((RangeClause("load_ms", 2_501),)), TotalsRequest()).selected.values["sessions"] > 0


def test_two_panels_with_one_id_are_refused():
    with pytest.raises(RequestError, match="same id"):
        RefreshRequest(Selection(), (TotalsRequest("a"), TimelineRequest("a")))


def test_a_set_flag_stops_the_work(facts):
    refresh(facts, RefreshRequest(Selection(), ALL_PANELS))  # kept from now on, which makes no difference
    flag = CancelFlag()
    flag.set()
    with pytest.raises(Cancelled):
        refresh(facts, RefreshRequest(Selection(), ALL_PANELS), flag)


def test_a_superseded_refresh_stops_at_the_next_block(kernels):
    if kernels == "reference":
        pytest.skip("the reference stops between batches of blocks")
    facts = synthetic_facts(150_000, mean_views=8)
    filtered = Selection().exclude("device_type", ["Tablet"])  # answers about everything are kept: they'd cost no pass
    flag = CancelFlag()
    ended: list[float] = []

    def refresh_until_cancelled():
        while True:  # without the flag it would never end
            refresh(facts, RefreshRequest(filtered, (SegmentsRequest(by=("page_group",)),)), flag)

    def work():
        with pytest.raises(Cancelled):
            refresh_until_cancelled()
        ended.append(time.process_time())

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.05)
    asked = time.process_time()
    flag.set()
    thread.join(60)
    assert ended
    assert ended[0] - asked < 0.5  # of processor time; blocks take well under a millisecond


def test_facts_are_freed_with_what_was_kept_for_them():
    facts = synthetic_facts(100)
    one(facts, Selection(), TotalsRequest())
    one(facts, Selection(), TimelineRequest())
    gone = weakref.ref(facts)
    del facts
    gc.collect()
    assert gone() is None


def test_everything_can_be_asked_by_name():
    for name in refresh_module.__all__:
        assert hasattr(refresh_module, name)


def test_answers_about_everything_are_computed_once():
    facts = synthetic_facts(400)
    request = RefreshRequest(panels=ALL_PANELS)
    first = refresh(facts, request)
    again = refresh(facts, request)
    assert again.rows_scanned == 0
    assert list(again.results) == [panel.panel_id for panel in ALL_PANELS]
    assert again.results["heatmap"] is first.results["heatmap"]
    assert again.results["totals"].selected == first.results["totals"].selected
    more = refresh(facts, RefreshRequest(panels=(*ALL_PANELS[:2], SegmentsRequest(by=("browser", "os")))))
    assert more.rows_scanned > 0
    assert more.results["heatmap"] is first.results["heatmap"]
    filtered = refresh(facts, RefreshRequest(Selection().keep("device_type", ["Mobile"]), ALL_PANELS))
    assert filtered.results["heatmap"].sessions.sum() < first.results["heatmap"].sessions.sum()


def test_totals_stand_beside_the_same_selection_over_the_baseline(facts):
    window = TimeSpan(BASE_MS + 2 * MS_PER_DAY, BASE_MS + 3 * MS_PER_DAY)
    before = (TimeSpan(BASE_MS, BASE_MS + MS_PER_DAY), TimeSpan(BASE_MS + MS_PER_DAY, BASE_MS + 2 * MS_PER_DAY))
    kept = Selection(span=window).keep("country", ["country-1"])
    totals = one(facts, kept, TotalsRequest(), before)
    there = one(
        facts,
        Selection(span=TimeSpan(BASE_MS, BASE_MS + 2 * MS_PER_DAY)).keep("country", ["country-1"]),
        TotalsRequest(),
    )
    assert totals.baseline == there.selected
    assert totals.time_ratio == pytest.approx(0.5, rel=0.01)  # the data begin a little later than the first day
    assert one(facts, kept, TotalsRequest()).baseline is None
