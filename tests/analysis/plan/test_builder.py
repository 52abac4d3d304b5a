"""Panels that count the same rows in the same way are counted once, and each still reads all that it asked for."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.analysis.plan.blocks import ALWAYS
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.question import dimension_key
from docops_desktop.kernels import runner, warmup
from docops_desktop.kernels.layout import PANEL_BY_FLAG
from docops_desktop.model.selection import RangeClause, Selection
from tests.support.synthetic_facts import synthetic_facts


@pytest.fixture(scope="module")
def facts():
    assert warmup.wait(), warmup.failure()
    return synthetic_facts(3_000, seed=3)


def panels(builder, names=("device_model",)):
    keys = [dimension_key(builder.index, name) for name in names]
    return [
        builder.add(keys, author="heatmap", count_views=False, outcomes=False),
        builder.add(keys, author="segments", metrics=["load"], errors=True),
        builder.add(keys, author="segments", metrics=["load", "lcp"]),
        builder.add(keys, author="distribution", spans=ALWAYS),
        builder.add(keys, author="timeline"),
    ]


@pytest.mark.parametrize("names", [("device_model",), ("page_group",), ()])
@pytest.mark.parametrize(
    "selection",
    [
        Selection().keep("country", ["country-1"]),
        Selection().keep("country", ["country-1"], "segments").with_clause(RangeClause("load_ms", 4_000)),
    ],
)
def test_shared_panels_have_the_sums_of_panels_of_their_own(facts, selection, names):
    shared, own = PlanBuilder(facts, selection, share=True), PlanBuilder(facts, selection)
    together, apart = panels(shared, names), panels(own, names)
    one, other = shared.build(), own.build()
    assert len(one.panels) < len(other.panels) == 5
    a, b = runner.run(one), runner.run(other)
    for mine, alone in zip(together, apart, strict=True):
        got, wanted = mine.sums(a, facts), alone.sums(b, facts)
        assert (got.sessions == wanted.sessions).all()
        asked = np.asarray(wanted.acc).any(axis=0)  # others may have asked for more
        for field in np.flatnonzero(asked):
            assert (got.acc[:, field] == wanted.acc[:, field]).all()
        for metric, hist in wanted.hists.items():
            assert (got.hists[metric] == hist).all()


def test_a_flag_tells_distinct_sessions_only_where_groups_are_page_groups(facts, monkeypatch):
    builder = PlanBuilder(facts, Selection().keep("country", ["country-1"]))
    n = len(builder.index.labels("page_group"))
    swapped, merged = np.arange(n)[::-1].copy(), np.arange(n) // 2
    swapped[2] = -1
    asked = [
        [dimension_key(builder.index, "page_group")],
        [dimension_key(builder.index, "browser"), dimension_key(builder.index, "page_group", swapped, n)],
        [dimension_key(builder.index, "page_group", merged, n)],
        [dimension_key(builder.index, "page_url")],
        [dimension_key(builder.index, "page_group"), dimension_key(builder.index, "page_url")],
        [dimension_key(builder.index, "browser")],
    ]
    handles = [builder.add(keys) for keys in asked]
    plan = builder.build()
    assert plan.panels[:, PANEL_BY_FLAG].tolist() == [1, 1, 0, 0, 0, 0]
    compiled = runner.run(plan)
    monkeypatch.setattr(warmup, "ready", lambda *, wide=False: False)
    reference = runner.run(plan)
    assert compiled.compiled > reference.compiled
    for handle in handles:
        assert np.array_equal(handle.sums(compiled, facts).acc, handle.sums(reference, facts).acc)
