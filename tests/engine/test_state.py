"""What the analyst set survives saving, and what a newer or broken version wrote is refused or left out, never misread."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.engine.state import PERSPECTIVES, AnalystState, Freshness, ViewSettings
from docops_desktop.model.errors import RequestError
from docops_desktop.model.scenario import Change, Scenario
from docops_desktop.model.selection import RangeClause, Selection, ValueClause
from docops_desktop.model.timespan import TimeSpan

SPANS = st.tuples(st.integers(0, 10**12), st.integers(0, 10**9)).map(lambda t: TimeSpan(t[0], t[0] + t[1]))
SELECTIONS = st.builds(
    Selection,
    st.lists(
        st.one_of(
            st.builds(ValueClause, st.sampled_from(["country", "carrier"]), st.just(("a", "b")), st.booleans()),
            st.builds(RangeClause, st.just("load_ms"), st.integers(0, 9).map(float), st.integers(10, 99).map(float)),
        ),
        max_size=3,
    ).map(tuple),
    st.none() | SPANS,
)
STATES = st.builds(
    AnalystState,
    SELECTIONS,
    st.none() | st.lists(SPANS, max_size=3).map(tuple),
    st.just(Scenario("faster", (Change(("Product",), "ms", -500.0),))),
    st.builds(
        ViewSettings,
        perspective=st.sampled_from(PERSPECTIVES),
        segments_by=st.just(("country", "browser")),
        target_ms=st.none() | st.floats(1, 1e5),
    ),
)


@given(STATES)
def test_saving_and_reading_is_identity(state: AnalystState) -> None:
    assert AnalystState.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_fields_of_a_newer_version_are_left_out() -> None:
    assert ViewSettings.from_json({"heatmap_rows": "country", "hologram": True}) == ViewSettings(heatmap_rows="country")


@pytest.mark.parametrize(
    "data", [{"selection": 5}, {"baseline": [[1]]}, {"scenario": {"x": 1}}, {"view": {"perspective": "moon"}}]
)
def test_what_is_no_state_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(RequestError):
        AnalystState.from_json(data)


def test_age_of_the_data() -> None:
    assert Freshness(data_until_ms=1_000).age_ms(61_000) == 60_000
    assert Freshness(data_until_ms=1_000).age_ms(0) == 0
    assert Freshness().age_ms(5) is None
