from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from docops_desktop.model.timespan import MS_PER_DAY, MS_PER_HOUR, parse_time
from docops_desktop.ui.charts.axes import CountAxis, LoadAxis, TimeAxis, without_needless_zeros
from docops_desktop.ui.theme.tokens import DARK

BERLIN = "Europe/Berlin"


@pytest.fixture(autouse=True)
def english(qapp):
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)


def ticks_of(start, end, size=900):
    axis = TimeAxis()
    axis.set_zone(BERLIN)
    [(_, ticks)] = axis.tickValues(start, end, size)
    return axis, ticks


def test_days_begin_at_local_midnight_through_a_change_to_winter_time():
    start = parse_time("2026-10-22T00:00", BERLIN)
    axis, ticks = ticks_of(start, start + 7 * MS_PER_DAY, size=700)
    local = [datetime.fromtimestamp(t / 1000, ZoneInfo(BERLIN)) for t in ticks]
    assert all((m.hour, m.minute) == (0, 0) for m in local)
    assert axis.tickStrings(ticks[:2], 1, 1) == ["Thu 22 Oct", "Fri 23 Oct"]


def test_the_room_for_numbers_follows_the_type_size_down_as_well():
    axis = CountAxis("left")
    axis.dress(DARK)
    usual = axis.textWidth
    axis.dress(DARK.scaled(2.0))
    assert axis.textWidth == pytest.approx(2 * usual, rel=0.1)
    axis.dress(DARK)
    assert axis.textWidth == pytest.approx(usual, abs=2)


def test_within_a_day_hours_are_said_and_the_first_tick_says_the_day():
    start = parse_time("2026-08-04T13:20", BERLIN)
    axis, ticks = ticks_of(start, start + 4 * MS_PER_HOUR, size=500)
    texts = axis.tickStrings(ticks, 1, 1)
    assert texts[0] == "Tue 4 Aug 14:00"
    assert texts[1] == "15:00"


@given(st.integers(1, 400 * 24), st.integers(100, 4000))
def test_ticks_are_few_inside_and_in_order(hours, size):
    start = 1_785_715_200_000
    _, ticks = ticks_of(start, start + hours * MS_PER_HOUR, size)
    assert len(ticks) <= max(2, size // 90) + 2
    assert ticks == sorted(ticks)
    assert all(start <= tick <= start + hours * MS_PER_HOUR for tick in ticks)


def test_load_times_are_ticked_at_one_two_five():
    axis = LoadAxis()
    [(_, ticks)] = axis.tickValues(2.0, 4.5, 900)
    texts = [t.replace("\u00a0", " ") for t in axis.tickStrings(ticks, 1, 1)]
    assert texts == ["100 ms", "200 ms", "500 ms", "1 s", "2 s", "5 s", "10 s", "20 s"]
    [(_, few)] = axis.tickValues(2.0, 4.5, 200)
    assert len(few) < len(ticks)


def test_only_needless_zeros_go():
    assert without_needless_zeros(["1.00 s", "2.50 s", "10.0k", "1,000", "0", "10.05 %"]) == [
        "1 s", "2.5 s", "10k", "1,000", "0", "10.05 %",
    ]  # fmt: skip


def test_years_are_said_where_they_differ():
    axis, ticks = ticks_of(parse_time("2022-08-27T00:00", BERLIN), parse_time("2026-08-05T00:00", BERLIN))
    texts = axis.tickStrings(ticks, 1, 1)
    assert all(text[-4:].isdigit() for text in texts)
    axis, ticks = ticks_of(parse_time("2026-08-01T00:00", BERLIN), parse_time("2026-08-05T00:00", BERLIN))
    assert not any("2026" in text for text in axis.tickStrings(ticks, 1, 1))


def test_a_second_long_axis_has_a_tick_away_from_its_edge():
    start = parse_time("2026-08-03T08:00", BERLIN)
    axis, ticks = ticks_of(start, start + 1000)
    assert ticks == [start + 500]
    assert axis.tickStrings(ticks, 1, 1) == ["Mon 3 Aug 08:00"]


@given(st.floats(min_value=0.5, max_value=1e7))
def test_there_is_no_half_session(top):
    axis = CountAxis("left")
    ticks = [tick for _, level in axis.tickValues(0.0, top, 300) for tick in level]
    assert all(tick == int(tick) for tick in ticks)
    assert ticks
