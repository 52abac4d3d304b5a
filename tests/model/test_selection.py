"""Selections: what is kept, what is excluded, what a panel ignores, and that they survive storing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.model.dimensions import DIMENSIONS
from docops_desktop.model.errors import RequestError
from docops_desktop.model.selection import (
    NUMERIC_FIELDS,
    Clause,
    RangeClause,
    Selection,
    ValueClause,
    parse_condition,
)
from docops_desktop.model.timespan import TimeSpan

TEXTS = st.text(min_size=1, max_size=12)
VALUE_CLAUSES = st.builds(
    ValueClause,
    st.sampled_from([*DIMENSIONS, "custom.tier"]),
    st.lists(TEXTS, min_size=1, max_size=4).map(tuple),
    st.booleans(),
    st.sampled_from(["", "pages", "heatmap"]),
)
ENDS = st.tuples(st.floats(0, 1e5), st.floats(1, 1e5)).map(lambda e: (e[0], e[0] + e[1]))
RANGE_CLAUSES = st.builds(
    lambda number, ends, author: RangeClause(number, *ends, author),
    st.sampled_from(NUMERIC_FIELDS),
    st.one_of(ENDS, st.just((-math.inf, 4.0)), st.just((4.0, math.inf))),
    st.sampled_from(["", "distribution"]),
)
CLAUSES: st.SearchStrategy[Clause] = st.one_of(VALUE_CLAUSES, RANGE_CLAUSES)
SPANS = st.one_of(st.none(), st.builds(lambda a, d: TimeSpan(a, a + d), st.integers(0, 10**12), st.integers(0, 10**9)))


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    found = Selection(span=draw(SPANS))
    for clause in draw(st.lists(CLAUSES, max_size=5)):
        found = found.with_clause(clause)
    return found


@given(selections())
def test_a_stored_selection_comes_back_equal(selection: Selection) -> None:
    assert Selection.from_json(selection.to_json()) == selection


@given(selections(), CLAUSES)
def test_a_new_clause_replaces_only_its_own_kind(selection: Selection, clause: Clause) -> None:
    after = selection.with_clause(clause)
    assert after.with_clause(clause) == after
    assert clause in after.clauses
    assert len(after.clauses) <= len(selection.clauses) + 1


@given(selections(), CLAUSES)
def test_adding_a_clause_and_removing_it_leaves_no_trace_of_it(selection: Selection, clause: Clause) -> None:
    assert clause not in selection.with_clause(clause).without(clause).clauses


@given(selections())
def test_a_panel_ignores_its_own_clauses_and_only_these(selection: Selection) -> None:
    seen = selection.without_author("pages")
    assert all(clause.author != "pages" for clause in seen.clauses)
    assert [c for c in selection.clauses if c.author != "pages"] == list(seen.clauses)
    assert seen.span == selection.span
    assert selection.without_author("") == selection


def test_excluding_twice_excludes_both() -> None:
    selection = Selection().exclude("carrier", ["A"]).exclude("carrier", ["B"])
    assert selection.clauses == (ValueClause("carrier", ("A", "B"), negated=True),)


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("carrier=Orange, Vodafone", ValueClause("carrier", ("Orange", "Vodafone"))),
        ("country!=DE", ValueClause("country", ("DE",), negated=True)),
        (r"carrier=AT\,T,Orange", ValueClause("carrier", ("AT,T", "Orange"))),
        ("load_ms>=4000", RangeClause("load_ms", 4000.0)),
        ("cls<0.1", RangeClause("cls", -math.inf, 0.1)),
        ("custom.tier=gold", ValueClause("custom.tier", ("gold",))),
        ("page_url=/a=b", ValueClause("page_url", ("/a=b",))),
    ],
)
def test_conditions_read_as_written(text: str, clause: Clause) -> None:
    assert parse_condition(text) == clause


@pytest.mark.parametrize("text", ["carrier", "nonsense=1", "load_ms=fast", "carrier>3", "", "=x", "load_ms!=3"])
def test_a_wrong_condition_is_named(text: str) -> None:
    with pytest.raises(RequestError):
        parse_condition(text)


def test_bounds_of_conditions_are_exact() -> None:
    at_most = parse_condition("load_ms<=4000")
    above = parse_condition("load_ms>4000")
    assert isinstance(at_most, RangeClause)
    assert isinstance(above, RangeClause)
    assert at_most.high == above.low > 4000


@pytest.mark.parametrize(
    "data", [{"clauses": [{}]}, {"clauses": 3}, {"span": [1]}, {"clauses": [{"number": "load_ms"}]}]
)
def test_damaged_storage_is_a_clear_error(data: dict[str, object]) -> None:
    with pytest.raises(RequestError, match="saved selection"):
        Selection.from_json(data)
