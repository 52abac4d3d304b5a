"""A quarter hour lies within one local hour and day, in every zone and on the days when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from docops_desktop.store.columns.calendar import QUARTER_MS, base_quarter_ms, quarters

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Africa/Cairo",
]


def ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "first", [ms(2026, 3, 29, 0, 59), ms(2026, 10, 25, 0, 30), ms(2026, 4, 24, 12), ms(2026, 11, 1, 5, 59)]
)
def test_a_quarter_is_unambiguous(zone: str, first: int) -> None:
    base = base_quarter_ms(first, zone)
    local = datetime.fromtimestamp(base / 1000, tz=ZoneInfo(zone))
    assert local.date() == datetime.fromtimestamp(first / 1000, tz=ZoneInfo(zone)).date()
    assert (local.minute, local.second) == (0, 0)
    times = first + np.arange(0, 3 * 86_400_000, 61_007, dtype=np.int64)
    for time, quarter in zip(times.tolist(), quarters(times, base).tolist(), strict=True):
        start = base + quarter * QUARTER_MS
        assert start <= time < start + QUARTER_MS
        at_start, at_time = (datetime.fromtimestamp(t / 1000, tz=ZoneInfo(zone)) for t in (start, time))
        assert (at_start.date(), at_start.hour) == (at_time.date(), at_time.hour)


def test_where_midnight_is_skipped_the_day_begins_at_the_change() -> None:
    first = ms(2026, 4, 24, 3)  # Cairo goes from 00:00 to 01:00 that day
    local = datetime.fromtimestamp(base_quarter_ms(first, "Africa/Cairo") / 1000, tz=ZoneInfo("Africa/Cairo"))
    assert (local.day, local.hour) == (24, 1)


@pytest.mark.parametrize("first", [-(10**15), 0, 10**15, 2**60])
def test_impossible_years_do_no_harm(first: int) -> None:
    base = base_quarter_ms(first, "Europe/Berlin")
    assert 0 <= first - base <= 86_400_000
    assert base % QUARTER_MS == 0


def test_width_of_the_index() -> None:
    times = np.array([0, 0xFFFF * QUARTER_MS], np.int64)
    assert quarters(times, 0).dtype == np.uint16
    assert quarters(times + QUARTER_MS, 0).dtype == np.uint32
    assert quarters(times[:0], 0).dtype == np.uint16
