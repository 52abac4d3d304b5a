"""Times are read in the zone that is meant, and the default baseline is the same hours of earlier days."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.model.errors import RequestError
from docops_desktop.model.timespan import MS_PER_DAY, MS_PER_HOUR, TimeSpan, iso, parse_span, parse_time, previous_days

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


def test_baseline_is_the_same_hours_of_previous_days() -> None:
    window = TimeSpan(FIRST + 3 * MS_PER_DAY, FIRST + 3 * MS_PER_DAY + 5 * MS_PER_HOUR)
    spans = previous_days(window, FIRST)
    assert [window.start_ms - span.start_ms for span in spans] == [MS_PER_DAY * k for k in (1, 2, 3)]
    assert all(span.duration_ms == window.duration_ms for span in spans)


@given(st.integers(1, 40 * MS_PER_DAY))
def test_a_baseline_never_touches_its_window_nor_itself(duration: int) -> None:
    window = TimeSpan(FIRST + 100 * MS_PER_DAY, FIRST + 100 * MS_PER_DAY + duration)
    spans = (window, *previous_days(window, FIRST))
    assert all(not a.overlaps(b) for i, a in enumerate(spans) for b in spans[i + 1 :])
