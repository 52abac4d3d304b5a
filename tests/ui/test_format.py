from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.model import wording
from docops_desktop.model.measures import measure
from docops_desktop.model.timespan import MS_PER_DAY, MS_PER_HOUR, TimeSpan, parse_time
from docops_desktop.ui import format as fmt


@pytest.fixture(autouse=True)
def english():
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)


def plain(text: str) -> str:
    return text.replace(fmt.NBSP, " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (7, "7"), (7.26, "7.3"), (96.1, "96"), (9_876, "9,876"), (9_999.7, "10.0k"), (12_345, "12.3k"), (123_456, "123k"),
        (999_499, "999k"), (999_600, "1.00M"), (4_560_000, "4.56M"), (7_890_000_000, "7.89bn"), (-12_345, "−12.3k"), (-0.01, "0.0"), (None, "n/a"),
        (float("nan"), "n/a"),
    ],
)  # fmt: skip
def test_counts_are_short_but_exact_where_they_are_small(value, text):
    assert fmt.count(value) == text


@given(st.floats(min_value=-1e12, max_value=1e12, allow_nan=False))
def test_a_shortened_count_is_never_off_by_more_than_half_a_percent(value):
    text = fmt.count(value).replace("−", "-").replace(",", "")
    factor = {"k": 1e3, "M": 1e6, "n": 1e9}.get(text[-1], 1.0)
    read = float(text.removesuffix("bn").rstrip("kM")) * factor
    assert read == pytest.approx(value, rel=0.0051, abs=0.51)


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (850, "850 ms"),
        (999.6, "1.00 s"),
        (1240, "1.24 s"),
        (12_400, "12.4 s"),
        (125_000, "2 min 5 s"),
        (-500, "−500 ms"),
        (None, "n/a"),
    ],
)
def test_load_times_change_their_unit_at_a_second(ms, text):
    assert plain(fmt.duration(ms)) == text


def test_rates_keep_two_decimals_while_small():
    assert plain(fmt.percent(0.0302)) == "3.02 %"
    assert plain(fmt.percent(0.412)) == "41.2 %"
    assert plain(fmt.points(-0.0123)) == "−1.23 pp"


def test_money_keeps_its_currency():
    assert fmt.money(12_345, "EUR") == "€12.3k"
    assert plain(fmt.money(950, "CHF")) == "CHF 950"
    assert fmt.money(-12.5, "USD") == "−$12.50"
    assert fmt.money(1234.5, "GBP", short=False) == "£1,234.50"
    assert fmt.money(None, "EUR") == "n/a"


def test_numbers_follow_the_locale():
    QLocale.setDefault(QLocale("de_DE"))
    assert fmt.exact(1_234_567) == "1.234.567"
    assert plain(fmt.duration(1240)) == "1,24 s"


def test_an_interval_stands_in_brackets():
    assert fmt.interval(Estimate(120.0, 80.0, 160.0)) == "+120 (+80 to +160)"
    assert fmt.interval(Estimate(-3.0, -9.0, 3.0)) == "−3 (−9 to +3)"
    assert fmt.interval(Estimate(12.0, 8.0, 16.0), plus=False) == "12 (8 to 16)"
    assert fmt.interval(Estimate(None, reason="too few")) == "n/a"
    assert fmt.with_reason("n/a", "too few") == "n/a: too few"


@example(0.5)
@example(-2.5)
@example(12.5)
@given(st.floats(min_value=-9_999, max_value=9_999, allow_nan=False))
def test_the_window_words_figures_as_sentences_do(value):
    """Up to 10,000, from where the window shortens counts and money."""
    assert fmt.count(value) == fmt.prose(wording.count(value))
    assert fmt.duration(value) == fmt.prose(wording.duration(value))
    assert fmt.percent(value / 100) == fmt.prose(wording.percent(value / 100))
    assert fmt.money(value, "EUR") == fmt.prose(wording.money(value, "EUR"))
    assert plain(fmt.money(value, "CHF")).replace("−", "-") == wording.money(value, "CHF")
    assert fmt.signed(value, fmt.count) == fmt.prose(wording.signed(value))


def test_a_sentence_is_set_with_true_minus_signs_and_without_breaks_before_units():
    said = "Home: -9 conversions (95 %: -1,005 to 12; -€5), since 2026-08-03 14:00, p75 7.38 s, A-4 and -500 ms"
    set_ = fmt.prose(said)
    assert "−9 conversions" in set_
    assert "−1,005 to 12; −€5" in set_
    assert "2026-08-03 14:00" in set_
    assert "A-4" in set_
    assert f"7.38{fmt.NBSP}s" in set_
    assert f"−500{fmt.NBSP}ms" in set_
    assert f"95{fmt.NBSP}%" in set_


def test_p_values_are_never_zero():
    assert fmt.p_value(0.0) == "p < 0.001"
    assert fmt.p_value(0.034) == "p = 0.03"


def test_measures_are_worded_in_their_unit():
    assert plain(fmt.measure_value(measure("load_p75"), 2345.0)) == "2.35 s"
    assert plain(fmt.measure_value(measure("conversion_rate"), 0.031)) == "3.10 %"
    assert fmt.measure_value(measure("revenue"), 20_500.0, "EUR") == "€20.5k"
    assert fmt.measure_value(measure("cls_p75"), 0.104) == "0.10"
    assert plain(fmt.measure_change(measure("load_p75"), 0.5)) == "+50.0 %"
    assert plain(fmt.measure_change(measure("conversion_rate"), -0.011)) == "−1.10 pp"


def test_a_span_says_the_day_once_and_in_the_workspaces_zone():
    start = parse_time("2026-08-04T14:00", "Europe/Berlin")
    window = TimeSpan(start, start + 4 * MS_PER_HOUR)
    assert fmt.span(window, "Europe/Berlin") == "Tue 4 Aug 2026, 14:00 – 18:00"
    assert fmt.span(window, "UTC") == "Tue 4 Aug 2026, 12:00 – 16:00"
    until_midnight = TimeSpan(start, start + 10 * MS_PER_HOUR)
    assert fmt.span(until_midnight, "Europe/Berlin") == "Tue 4 Aug 2026, 14:00 – 24:00"
    assert plain(fmt.length(4.5 * MS_PER_HOUR)) == "4 h 30 min"
    assert fmt.length(3 * MS_PER_DAY) == "3 days"
    assert fmt.length(4.5 * MS_PER_DAY) == "4.5 days"
    assert fmt.length(109.2 * MS_PER_DAY) == "109 days"


def test_dates_say_a_common_year_once_and_one_day_in_minutes():
    zone = "Europe/Berlin"
    start = parse_time("2026-08-04T14:00:29", zone)
    assert fmt.dates(start, start + 12 * MS_PER_DAY, zone) == "4 Aug – 16 Aug 2026"
    assert fmt.dates(start, start + 200 * MS_PER_DAY, zone) == "4 Aug 2026 – 20 Feb 2027"
    assert fmt.dates(start, start + MS_PER_HOUR, zone) == "4 Aug 2026, 14:00 – 15:00"
    assert fmt.dates(start, start + 9 * MS_PER_HOUR, "UTC") == "4 Aug 2026, 12:00 – 21:00"
    assert fmt.minute(start, zone) == "4 Aug 2026, 14:00"
