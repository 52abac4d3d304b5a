"""Outcomes that were put apart are those of the columns, and a pass counts the same with and without them."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.analysis.plan import outcomes
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.question import dimension_key
from docops_desktop.kernels import layout, runner, warmup
from docops_desktop.model.selection import Selection
from tests.support.synthetic_facts import synthetic_facts


@pytest.fixture
def facts():
    made = synthetic_facts(5_003, seed=5)
    made.session("revenue")[7] = 990  # without a conversion
    made.session("conversions")[8], made.session("revenue")[8] = 2, 0
    return made


def test_figures_of_the_sessions_with_an_outcome_stand_in_their_order(facts):
    found = outcomes.outcomes_of(facts)
    conversions, revenue = facts.session("conversions"), facts.session("revenue")
    rows = np.flatnonzero((conversions > 0) | (revenue != 0))
    assert found.apart
    assert {7, 8} <= set(rows.tolist())
    assert found.figures.tolist() == [[int(conversions[row]), int(revenue[row])] for row in rows]
    bits = np.unpackbits(found.has.view(np.uint8), bitorder="little")
    assert np.flatnonzero(bits).tolist() == rows.tolist()
    assert found.before.tolist() == [int((rows < 64 * word).sum()) for word in range(len(found.has))]


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_sums_are_those_of_the_columns_wherever_they_are_read(facts, monkeypatch, apart, weighted):
    assert warmup.wait(), warmup.failure()
    some = synthetic_facts(3_001, seed=6, weighted=True) if weighted else facts
    if not apart:
        most = outcomes.outcomes_of
        monkeypatch.setattr("docops_desktop.analysis.plan.facts_index.outcomes_of", lambda facts: most(facts, 10))
    builder = PlanBuilder(some, Selection().keep("country", ["country-1", "country-2"]))
    handles = [builder.add(keys) for keys in ((), [dimension_key(builder.index, "carrier")])]
    plan = builder.build()
    assert bool(plan.at[layout.AT_OUTCOMES_APART]) == apart
    out = runner.run(plan)
    assert out.compiled
    kept = np.isin(some.session("country"), [1, 2])
    for handle in handles:
        sums = handle.sums(out, some)
        assert sums.conversions.sum() == some.session("conversions")[kept].sum()
        assert sums.revenue_minor.sum() == some.session("revenue")[kept].sum()
        weight = some.session("weight")[kept] if weighted else 1
        assert sums.converting.sum() == np.minimum(some.session("conversions")[kept], weight).sum()
