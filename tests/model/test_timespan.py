"""Times are read in the zone that is meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.model.errors import RequestError
from docops_desktop.model.timespan import iso, parse_span, parse_time

FIRST = 1_785_542_400_000  # 2026-08-01T00:00:00Z


@given(st.integers(0, 4_000_000_000_000))
def test_written_times_read_back(time_ms: int) -> None:
    assert parse_time(iso(time_ms)) == time_ms
    assert parse_time(iso(time_ms, "Europe/Berlin")) == time_ms


def test_a_time_without_offset_is_in_the_given_zone() -> None:
    assert parse_time("2026-08-01T02:00", "Europe/Berlin") == parse_time("2026-08-01T00:00Z") == FIRST


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "", "12:00/13:00", "2026-08-02/2026-08-01"])
def test_wrong_spans_are_named(text: str) -> None:
    with pytest.raises(RequestError):
        parse_span(text)
