"""Bits of filtered values change no answer; they are made once, beside, and room is found anew when it is full."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docops_desktop.analysis.plan import value_bits
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.facts_index import FactsIndex, index_of
from docops_desktop.analysis.plan.keys import Key
from docops_desktop.analysis.plan.question import dimension_key
from docops_desktop.analysis.refresh import RefreshRequest, TotalsRequest, refresh
from docops_desktop.kernels import layout, runner, warmup
from docops_desktop.model.selection import Selection
from tests.support.synthetic_facts import synthetic_facts

VALUES = (("country", "country-1"), ("browser", "Chrome"), ("device_model", "device_model-2"), ("connection", "4g"))


@pytest.fixture(scope="module")
def facts():
    assert warmup.wait(), warmup.failure()
    return synthetic_facts(40_011, seed=8, device_models=300)


def sums_of(facts, selection, *, author=""):
    """Return what a pass counts, by a bin of time whose blocks begin in the midst of a word, and by carrier."""
    builder = PlanBuilder(facts, selection)
    runs = (np.array([0, 77, 1_003, 9_999]), np.arange(4, dtype=np.int32))
    builder.add([Key("", 4, runs=runs)], metrics=["load"])
    builder.add([dimension_key(builder.index, "carrier")], author=author)
    plan = builder.build()
    out = runner.run(plan, threads=2)
    return plan, out.acc.copy(), out.hist.copy()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(VALUES), st.booleans(), st.booleans()), min_size=1, max_size=3))
def test_answers_are_the_same_with_bits_and_without(facts, clauses):
    selection = Selection()
    for (name, value), negated, own in clauses:
        author = "panel" if own else ""
        selection = (selection.exclude if negated else selection.keep)(name, [value], author)
    index = index_of(facts)
    index.value_bits = value_bits.ValueBits(facts.n_sessions)
    plan, acc, hist = sums_of(facts, selection, author="panel")
    assert (plan.session_clauses[:, layout.CLAUSE_BITS] == layout.NO_BITS).all()
    index.value_bits.make(facts)
    plan, with_bits, hist_with_bits = sums_of(facts, selection, author="panel")
    assert (plan.session_clauses[:, layout.CLAUSE_BITS] != layout.NO_BITS).all()
    assert (acc == with_bits).all()
    assert (hist == hist_with_bits).all()


def test_the_refresh_that_first_filters_a_value_has_its_bits_made_beside(facts, monkeypatch):
    index = index_of(facts)
    index.value_bits = value_bits.ValueBits(facts.n_sessions)
    made = []
    begin = value_bits.ValueBits.make_beside
    monkeypatch.setattr(value_bits.ValueBits, "make_beside", lambda self, facts: made.append(begin(self, facts)))
    request = RefreshRequest(Selection().keep("country", ["country-1"]), (TotalsRequest(),))
    first = refresh(facts, request).results["totals"].selected
    made[0].join()
    again = refresh(facts, request).results["totals"].selected
    assert made[1:] == [None]
    assert first == again
    code = index.codes("country")["country-1"]
    snapshot = index.value_bits.now()
    bits = np.unpackbits(snapshot.bits[snapshot.place("country", code)].view(np.uint8), bitorder="little")
    assert (np.flatnonzero(bits) == np.flatnonzero(facts.session("country") == code)).all()


def test_when_all_room_is_taken_new_room_is_found_and_old_plans_keep_theirs(facts, monkeypatch):
    monkeypatch.setattr(value_bits, "_MOST_VALUES", 2)
    bits = value_bits.ValueBits(facts.n_sessions)
    for code in (1, 2):
        assert bits.now().place("country", code) == layout.NO_BITS
        bits.make(facts)
    before = bits.now()
    assert bits.now().place("country", 3) == layout.NO_BITS
    bits.make(facts)
    assert bits.now().place("country", 3) == 0
    assert before.place("country", 2) == 1
    assert bits.now().bits is not before.bits
    words = before.bits[1]
    assert int(np.bitwise_count(words).sum()) == int((facts.session("country") == 2).sum())


def test_of_too_many_sessions_there_are_no_bits():
    bits = value_bits.ValueBits(10**10)
    assert bits.now().place("country", 1) == layout.NO_BITS
    assert bits.make_beside(synthetic_facts(3)) is None


def test_the_index_holds_no_facts():
    assert FactsIndex(synthetic_facts(10)).value_bits.now().bits.shape == (0, 2)
