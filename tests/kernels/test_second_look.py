"""The second look at listed sessions finds what a pass over all of them counts, compiled or not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docops_desktop.analysis.figures.grouped_codes import GroupedCodes
from docops_desktop.analysis.figures.percentiles import measured, quantile, quantile_columns, quantile_error
from docops_desktop.analysis.plan.blocks import BASELINE, WINDOW
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.question import dimension_key
from docops_desktop.kernels import runner, second_look, second_look_reference, warmup
from docops_desktop.kernels.cancel import CancelFlag
from docops_desktop.kernels.layout import BLOCK_ROWS, KEPT_FIELDS
from docops_desktop.model.load_bins import N_CODES
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from tests.support.synthetic_facts import synthetic_facts

METRICS = ("load", "lcp")


@pytest.fixture(scope="module")
def facts():
    assert warmup.wait(), warmup.failure()
    return synthetic_facts(2 * BLOCK_ROWS, seed=4, mean_views=6.0)


def selection_of(facts, clauses):
    first, length = facts.header.first_ms, facts.header.last_ms - facts.header.first_ms
    selection = Selection(span=TimeSpan(first + length // 5, first + length // 2))
    for name, value, author in clauses:
        selection = selection.keep(name, [value], author)
    return selection


def add(builder):
    """Two panels: cells of two dimensions with dropped values, and some values of one dimension."""
    index = builder.index
    bins = np.full(len(index.labels("device_model")), 3, dtype=np.int32)
    bins[[1, 2, 5]] = 0, 1, -1
    keys = [dimension_key(index, "device_model", bins, 4), dimension_key(index, "hour")]
    cells = builder.add(
        keys, author="heatmap", metrics=METRICS, count_views=False, outcomes=False, baseline=bool(builder.baseline)
    )
    listed = np.full(len(index.labels("carrier")), -1, dtype=np.int32)
    listed[[3, 0, 7]] = 0, 1, 2
    some = builder.add(
        [dimension_key(index, "carrier")], author="segments", metrics=METRICS[:1], count_views=False, outcomes=False,
        final_remap=(listed, 3),
    )  # fmt: skip
    return cells, some


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    "clauses",
    [
        (),
        (("country", "country-1", ""), ("browser", "Chrome", "")),
        (("country", "country-1", "heatmap"), ("device_type", "Mobile", "segments")),
        (("browser", "no such browser", ""),),
    ],
)
@pytest.mark.parametrize("listed", [(), ("device_model", "hour"), ("carrier", "device_model")])
def test_a_second_look_equals_a_pass(facts, monkeypatch, clauses, compiled, listed):
    if not compiled:
        monkeypatch.setattr(warmup, "ready", lambda *, wide=False: False)
    selection = selection_of(facts, clauses)
    assert selection.span is not None
    day = (selection.span.end_ms - selection.span.start_ms) // 2
    baseline = (TimeSpan(selection.span.start_ms - day, selection.span.start_ms + day),)  # half of it in the window
    first = PlanBuilder(facts, selection, baseline)
    first.add(metrics=["load"])
    first.reserve("heatmap", WINDOW | BASELINE, by_list=True, dimensions=listed)
    first.reserve("segments", WINDOW, by_list=True, dimensions=listed[:1])
    out = runner.run(first.build(for_second_look=True))
    assert out.compiled == compiled
    assert out.kept is not None
    assert len(out.mask) == 0
    assert len(out.kept.sessions) == KEPT_FIELDS + sum(name in facts.sessions for name in listed)
    second = PlanBuilder(facts, selection, baseline)
    second.follow(first, out)
    handles = add(second)
    found = second_look.look(second.build_look(), out.kept, CancelFlag(), threads=2)
    plain = PlanBuilder(facts, selection, baseline)
    wanted_handles = add(plain)
    expected = runner.run(plain.build())
    for handle, wanted_handle in zip(handles, wanted_handles, strict=True):
        for side in range(2 if handle.has_baseline else 1):
            got, wanted = handle.sums(found, facts, side), wanted_handle.sums(expected, facts, side)
            assert (got.sessions == wanted.sessions).all()
            for metric, hist in wanted.hists.items():
                codes = got.hists[metric]
                assert isinstance(codes, GroupedCodes)
                assert (codes.histograms() == hist).all()
                assert (measured(codes) == measured(hist)).all()
                np.testing.assert_array_equal(quantile(codes, 0.75), quantile(hist, 0.75))
                np.testing.assert_array_equal(quantile_error(codes, 0.5), quantile_error(hist, 0.5))
                np.testing.assert_array_equal(
                    quantile_columns(codes[1:], (0.5, 0.95)), quantile_columns(hist[1:], (0.5, 0.95))
                )
    if clauses[:1] != (("browser", "no such browser", ""),):
        assert int(handles[0].sums(found, facts, 1).sessions.sum()) > 0


def test_a_list_is_kept_only_where_it_is_enough(facts, monkeypatch):
    selection = selection_of(facts, (("country", "country-1", ""),))

    def keeps(spans=WINDOW, by_list=True, over=selection, on=facts):
        builder = PlanBuilder(on, over)
        builder.add()
        builder.reserve("heatmap", WINDOW, by_list=True)
        builder.reserve("segments", spans, by_list=by_list)
        out = runner.run(builder.build(for_second_look=True))
        assert (out.kept is None) == (len(out.mask) > 0)  # one of the two
        return out.kept is not None

    assert keeps()
    assert not keeps(by_list=False)
    assert not keeps(over=selection.keep("page_group", ["Home"]))
    assert not keeps(on=synthetic_facts(500, weighted=True), over=Selection())
    monkeypatch.setattr("docops_desktop.analysis.plan.builder._LONGEST_LIST", 100)
    assert not keeps()


def test_cancelled_look_raises(facts):
    builder = PlanBuilder(facts, Selection())
    builder.add()
    builder.reserve("heatmap", WINDOW, by_list=True)
    out = runner.run(builder.build(for_second_look=True))
    second = PlanBuilder(facts, Selection())
    second.follow(builder, out)
    add(second)
    flag = CancelFlag()
    flag.set()
    with pytest.raises(runner.PassCancelled):
        second_look.look(second.build_look(), out.kept, flag)


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 1000), most=st.integers(0, 120),
    shares=st.lists(st.sampled_from([0.001, 0.25, 0.5, 0.75, 0.95, 1.0]), min_size=1, max_size=4).map(sorted),
)  # fmt: skip
def test_quantiles_of_codes_agree(facts, seed, most, shares):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, most + 1, 9)
    starts = np.concatenate([[0], np.cumsum(counts)])
    codes = np.where(rng.random(starts[-1]) < 0.1, 0, rng.integers(0, N_CODES, starts[-1])).astype(np.uint16)
    groups = rng.permutation(9)
    found = []
    assert second_look.kernels() is not second_look_reference
    for kernels in (second_look.kernels(), second_look_reference):
        out, scratch = np.full((9, len(shares)), -1, dtype=np.int64), np.zeros(N_CODES, dtype=np.uint32)
        kernels.quantile_codes(codes, starts, groups, np.array(shares), scratch, out)
        assert not scratch.any()
        found.append(out)
    np.testing.assert_array_equal(*found)
