"""The default baseline: the same local hours of earlier days of the same kind, apart from the window and from each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.model.baseline import days_kind, default_baseline
from docops_desktop.model.timespan import MS_PER_DAY, MS_PER_HOUR, TimeSpan, iso, parse_span

FIRST = 1_785_542_400_000  # 2026-08-01T00:00:00Z, a Saturday
BERLIN = "Europe/Berlin"


def days(window: str, first_ms: int = FIRST, zone: str = "UTC") -> list[str]:
    return [iso(span.start_ms, zone)[:16] for span in default_baseline(parse_span(window, zone), first_ms, zone)]


def test_a_work_day_is_compared_with_work_days() -> None:
    assert days("2026-08-11T14:00/2026-08-11T18:00") == [f"2026-08-{d:02}T14:00" for d in (10, 7, 6, 5, 4, 3)]
    spans = default_baseline(parse_span("2026-08-11T14:00/2026-08-11T18:00"), FIRST, "UTC")
    assert days_kind(parse_span("2026-08-11T14:00/2026-08-11T18:00"), spans, "UTC") == "workdays"


def test_a_weekend_is_compared_with_weekends() -> None:
    assert days("2026-08-09/2026-08-10") == ["2026-08-08T00:00", "2026-08-02T00:00", "2026-08-01T00:00"]
    window = parse_span("2026-08-09/2026-08-10")
    assert days_kind(window, default_baseline(window, FIRST, "UTC"), "UTC") == "weekend"


def test_a_window_over_both_kinds_is_compared_with_the_same_weekdays() -> None:
    window = parse_span("2026-08-21T12:00/2026-08-22T12:00")
    assert days("2026-08-21T12:00/2026-08-22T12:00") == ["2026-08-14T12:00", "2026-08-07T12:00"]
    assert days_kind(window, default_baseline(window, FIRST, "UTC"), "UTC") == "days"


def test_short_data_are_compared_with_whatever_days_there_are() -> None:
    assert days("2026-08-03T10:00/2026-08-03T12:00") == ["2026-08-02T10:00", "2026-08-01T10:00"]
    window = parse_span("2026-08-03T10:00/2026-08-03T12:00")
    assert days_kind(window, default_baseline(window, FIRST, "UTC"), "UTC") == "days"
    assert days("2026-08-01T10:00/2026-08-01T12:00") == []


def test_hours_are_local_across_a_change_of_the_clocks() -> None:
    first = FIRST + 60 * MS_PER_DAY
    assert days("2026-10-27T09:00/2026-10-27T10:00", first, BERLIN)[:3] == [
        "2026-10-26T09:00",
        "2026-10-23T09:00",
        "2026-10-22T09:00",
    ]


@given(st.integers(1, 40 * MS_PER_DAY), st.integers(0, 13 * 24))
def test_a_baseline_never_touches_its_window_nor_itself(duration: int, hours: int) -> None:
    start = FIRST + 100 * MS_PER_DAY + hours * MS_PER_HOUR
    spans = (TimeSpan(start, start + duration), *default_baseline(TimeSpan(start, start + duration), FIRST, BERLIN))
    assert all(not a.overlaps(b) for i, a in enumerate(spans) for b in spans[i + 1 :])
