"""Blocks that are of one group take a short cut: its sums are those of the reference, whatever the selection leaves of a block."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.analysis.plan.blocks import ALWAYS, BASELINE, WINDOW
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.keys import Key
from docops_desktop.kernels import layout, reference, runner, warmup
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import Facts
from tests.support.synthetic_facts import synthetic_facts

ROWS = 30_011
"""Not a multiple of anything that a block is cut into."""


@pytest.fixture(scope="module")
def facts():
    assert warmup.wait(), warmup.failure()
    return synthetic_facts(ROWS, seed=11)


def plan_of(facts, selection, *, bins=7, outcomes=True, author="", baseline=(), write_mask=0):
    edges = np.linspace(0, facts.n_sessions, bins + 1).astype(np.int64)[:-1]
    codes = np.arange(bins, dtype=np.int32)
    codes[2] = -1  # nobody counts this bin
    builder = PlanBuilder(facts, selection, baseline)
    by_time = Key("", bins, runs=(edges, codes))
    builder.add([by_time], author=author, metrics=["load", "lcp"], spans=ALWAYS, outcomes=outcomes)
    builder.add(metrics=["load"], baseline=bool(baseline), count_views=False)
    return builder.build(write_mask=write_mask)


def check(plan):
    out = runner.run(plan, threads=2)
    assert out.compiled
    wanted = layout.ScanOutput(
        np.zeros_like(out.acc), np.zeros_like(out.revenue_squared), np.zeros(plan.hist_size, np.int64), out.mask * 0
    )
    reference.scan(plan, 0, len(plan.blocks), wanted)
    assert wanted.acc[:, layout.ACC_SESSIONS].sum() > 0
    assert (out.acc == wanted.acc).all()
    assert (out.hist == wanted.hist).all()
    assert (out.mask == wanted.mask).all()
    np.testing.assert_allclose(out.revenue_squared, wanted.revenue_squared)


def window(facts, low, high):
    first, length = facts.header.first_ms, facts.header.last_ms - facts.header.first_ms
    return TimeSpan(first + int(low * length), first + int(high * length))


@pytest.mark.parametrize("outcomes", [True, False])
@pytest.mark.parametrize("kept", [(), ("country-1",), ("country-1", "country-2", "country-5"), ("country-8",)])
def test_sums_are_those_of_the_reference(facts, kept, outcomes):
    selection = Selection(span=window(facts, 0.31, 0.72))
    if kept:
        selection = selection.keep("country", kept)
    plan = plan_of(facts, selection, outcomes=outcomes, baseline=(window(facts, 0.1, 0.6),))
    assert plan.at[layout.AT_PLAIN]
    check(plan)
    check(plan_of(facts, selection, outcomes=outcomes, write_mask=WINDOW))  # whose blocks go the general way


def test_sessions_of_more_views_than_a_byte_counts(facts):
    many = synthetic_facts(ROWS, seed=11)
    views = many.session("views").astype(np.uint16)
    wide = Facts.from_arrays(
        many.header,
        {name: views if name == "views" else many.session(name) for name in many.sessions},
        {name: many.page_view(name) for name in many.page_views},
    )
    plan = plan_of(wide, Selection(span=window(facts, 0.3, 0.4)).keep("country", ["country-1"]))
    assert plan.at[layout.AT_PLAIN]
    check(plan)


@pytest.mark.parametrize("device", [(), ("device_model-1",)])  # a column of two bytes
@pytest.mark.parametrize("excluded", [(), ("Chrome",)])
def test_clauses_about_one_value(excluded, device):
    facts = synthetic_facts(9_001, seed=3, device_models=300)
    selection = Selection().keep("country", ["country-1"])
    if excluded:
        selection = selection.exclude("browser", excluded)
    if device:
        selection = selection.keep("device_model", device)
    check(plan_of(facts, selection, bins=3))


def test_a_panel_alone_that_ignores_its_own_clause_sees_every_session(facts):
    builder = PlanBuilder(facts, Selection().keep("browser", ["Chrome"], "timeline"))
    handle = builder.add(author="timeline", metrics=["load"])
    plan = builder.build()
    assert handle.sums(runner.run(plan), facts).sessions.tolist() == [facts.n_sessions]


def test_panels_with_clauses_of_their_own_and_weights_go_the_general_way(facts):
    selection = Selection().keep("country", ["country-1"]).keep("browser", ["Chrome"], "timeline")
    check(plan_of(facts, selection, author="timeline"))
    weighted = plan_of(synthetic_facts(3_000, weighted=True), Selection(), bins=3)
    assert not weighted.at[layout.AT_PLAIN]
    check(weighted)
    by_view = plan_of(facts, Selection().keep("page_group", ["Home"]))
    assert not by_view.at[layout.AT_PLAIN]
    check(by_view)


@pytest.mark.parametrize("more", [0, 29, 53, 54])
def test_the_last_rows_of_the_columns_are_counted(more):
    """The last block ends where the columns end, in the midst of what one instruction looks at."""
    facts = synthetic_facts(3_018 + more)
    facts.session("conversions")[-40:] = np.arange(40) % 3
    builder = PlanBuilder(facts, Selection())
    handle = builder.add(metrics=["load"])
    by_time = Key("", 2, runs=(np.array([0, 1_001]), np.arange(2, dtype=np.int32)))
    in_two = builder.add([by_time])
    plan = builder.build()
    plan.at[layout.AT_PLAIN] = 1
    out = runner.run(plan)
    for sums in (handle.sums(out, facts), in_two.sums(out, facts)):
        assert sums.conversions.sum() == facts.session("conversions").sum()
        assert sums.converting.sum() == np.count_nonzero(facts.session("conversions"))


def test_baseline_alone(facts):
    builder = PlanBuilder(facts, Selection(span=window(facts, 0.5, 0.6)), (window(facts, 0.0, 0.4),))
    builder.add(metrics=["load"], spans=BASELINE)
    check(builder.build())
