"""A scenario says who changes how, survives storing, and refuses what makes no sense with what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.model.errors import RequestError
from docops_desktop.model.scenario import ALL_PAGES, KINDS, Change, ChangeKind, Scenario, Segment, segments_of

CARRIER = Segment("carrier", ("Rheinfunk DE",))
words = st.text(min_size=1, max_size=8)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    kind: ChangeKind = draw(st.sampled_from(KINDS))
    segment = Segment(draw(st.sampled_from(["carrier", "country", "hour"])), tuple(draw(st.lists(words, min_size=1))))
    groups = tuple(draw(st.lists(words, min_size=1, max_size=3)))
    who = segment if kind == "to_rest" or draw(st.booleans()) else None
    return Change(groups, kind, draw(st.floats(0.5, 99)), who)


@given(words, st.lists(changes(), max_size=4))
def test_what_is_stored_comes_back(name: str, wanted: list[Change]) -> None:
    scenario = Scenario(name, tuple(wanted))
    assert Scenario.from_json(scenario.to_json()) == scenario


def test_a_person_can_read_it() -> None:
    assert (
        Change((ALL_PAGES,), "to_rest", 100, CARRIER).text()
        == "Carrier Rheinfunk DE, all pages: to the median of the others"
    )
    assert Change(("Home",), "to_percentile", 25).text() == "Home: to its best quartile"
    assert Change(("Home",), "to_rest", 50, CARRIER).text().endswith("50 % of the way to the median of the others")


def test_the_usual_value_may_be_left_out() -> None:
    change = Change.from_json({"page_groups": ["*"], "kind": "to_rest", "segment": {"carrier": "Rheinfunk DE"}})
    assert change == Change((ALL_PAGES,), "to_rest", 100, CARRIER)
    assert Change.from_json({"page_groups": ["*"], "kind": "to_percentile"}).value == 25


@pytest.mark.parametrize(
    "wrong",
    [
        {"page_groups": ["*"], "kind": "to_rest"},
        {"page_groups": ["*"], "kind": "ms"},
        {"page_groups": "Home", "kind": "ms", "value": 1},
        {"page_groups": ["*"], "kind": "to_percentile", "value": 100},
        {"page_groups": ["*"], "kind": "ms", "value": 1, "segment": {"page_group": ["Home"]}},
        {"page_groups": ["*"], "kind": "ms", "value": 1, "segment": {"carrier": []}},
        {"page_groups": ["*"], "kind": "ms", "value": 1, "segment": {"carrier": ["a"], "country": ["b"]}},
        {"page_groups": ["*"], "kind": "ms", "value": 1, "segment": "carrier"},
        {"page_groups": ["*"], "kind": "twice", "value": 1},
    ],
)
def test_nonsense_is_refused_with_what_to_do(wrong: dict[str, object]) -> None:
    with pytest.raises(RequestError) as error:
        Scenario.from_json({"name": "A", "changes": [wrong]})
    assert error.value.fix


def test_segments_stand_in_the_order_of_their_last_naming() -> None:
    country = Segment("country", ("DE",))
    named = tuple(Change((ALL_PAGES,), "percent", -5, segment) for segment in (CARRIER, country, CARRIER))
    assert segments_of(named) == (country, CARRIER)
