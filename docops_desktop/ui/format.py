"""Numbers, money, times and intervals as people read them, in the user's locale.

Every panel, tooltip and text alternative words its figures here, so that one quantity looks the same everywhere; the rule is that of ``model.wording``,
by which the analysis words its sentences, with counts shortened from 10,000 up. Nothing here computes a figure: values come in as the analysis gave
them (rates 0-1, times in ms, money in major units).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale, QTime

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.model.measures import Measure
from docops_desktop.model.timespan import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, TimeSpan
from docops_desktop.model.wording import CURRENCY_SIGNS, NA
from docops_desktop.ui.i18n import tr

NBSP = "\u00a0"
MINUS = "\u2212"
WHOLE_DAYS_FROM = 30
"""Longer spans are told in whole days."""
_HYPHEN_FOR_MINUS = re.compile(r"(?<![\w.)])-(?=[€$£¥₹]?\d)")
_SPACE_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|min|h)(?!\w))")


def missing() -> str:
    """Return the text of a figure that can't be given; its reason belongs beside it or into the tooltip."""
    return tr(NA)


def prose(text: str) -> str:
    """Return a sentence of the analysis as it is set on screen: a true minus, and no line break between a figure and its unit."""
    return _SPACE_BEFORE_UNIT.sub(NBSP, _HYPHEN_FOR_MINUS.sub(MINUS, text))


def number(value: float, decimals: int = 0) -> str:
    """Return a plain number with grouping and a true minus sign."""
    text = QLocale().toString(float(abs(value)), "f", decimals)
    negative = value < 0 and any(c.isdigit() and c != QLocale().zeroDigit() for c in text)
    return f"{MINUS}{text}" if negative else text


def exact(value: float | None) -> str:
    """Return a count in full: 1,234,567."""
    return missing() if value is None or math.isnan(value) else number(value)


def count(value: float | None) -> str:
    """Return a count, shortened from 10,000 up: 9,876, 12.3k, 4.56M, 7.89bn."""
    if value is None or math.isnan(value):
        return missing()
    size = abs(value)
    if size < 9_999.5:
        return number(value, 0 if size >= 9.95 or float(value).is_integer() else 1)
    for limit, divisor, unit in ((999_500, 1e3, tr("k")), (999.5e6, 1e6, tr("M"))):
        if size < limit:
            return f"{_three_digits(value / divisor)}{unit}"
    return f"{_three_digits(value / 1e9)}{tr('bn')}"


def _three_digits(value: float) -> str:
    size = abs(value)
    return number(value, 2 if size < 9.995 else 1 if size < 99.95 else 0)


def duration(ms: float | None) -> str:
    """Return a load time: 850 ms below a second, then 1.24 s, 12.4 s, 2 min 5 s."""
    if ms is None or math.isnan(ms):
        return missing()
    size = abs(ms)
    if size < 999.5:
        return f"{number(ms)}{NBSP}{tr('ms')}"
    if size < 99_950:
        return f"{number(ms / 1000, 2 if size < 9_995 else 1)}{NBSP}{tr('s')}"
    minutes, seconds = divmod(round(size / 1000), 60)
    sign = MINUS if ms < 0 else ""
    return f"{sign}{number(minutes)}{NBSP}{tr('min')}" + (f" {seconds}{NBSP}{tr('s')}" if seconds else "")


def percent(rate: float | None, decimals: int | None = None) -> str:
    """Return a rate (0-1) in percent; two decimals below 10 %, else one."""
    if rate is None or math.isnan(rate):
        return missing()
    places = decimals if decimals is not None else (2 if abs(rate) < 0.09995 else 1)
    return f"{number(rate * 100, places)}{NBSP}%"


def points(difference: float | None) -> str:
    """Return a difference of two rates in percentage points, signed."""
    if difference is None or math.isnan(difference):
        return missing()
    return signed(difference, lambda value: f"{number(value * 100, 2)}{NBSP}{tr('pp')}")


def money(amount: float | None, currency: str, *, short: bool = True) -> str:
    """Return an amount with its currency: €12.3k, CHF 950, or in full with two decimals."""
    if amount is None or math.isnan(amount):
        return missing()
    size = abs(amount)
    decimals = 2 if not short or size < 99.995 else 0
    figure = count(size) if short and size >= 9_999.5 else number(size, decimals)
    sign = MINUS if amount < 0 and any("1" <= c <= "9" for c in figure) else ""
    return f"{sign}{_prefix(currency)}{figure}"


def _prefix(currency: str) -> str:
    if not currency:
        return ""
    return CURRENCY_SIGNS.get(currency, f"{currency}{NBSP}")


def signed(value: float | None, wording: Callable[[float], str]) -> str:
    """Return the wording with a plus sign in front of a gain."""
    if value is None or math.isnan(value):
        return missing()
    text = wording(value)
    return f"+{text}" if value > 0 and any(c.isdigit() and c != "0" for c in text) else text


def interval(estimate: Estimate, wording: Callable[[float], str] = count, *, plus: bool = True) -> str:
    """Return the point with its 95 % interval, or n/a: of a change +120 (+80 to +160), of an amount 120 (80 to 160)."""
    if estimate.value is None or math.isnan(estimate.value):
        return missing()
    said: Callable[[float], str] = (lambda value: signed(value, wording)) if plus else wording
    span = limits(estimate, said)
    return f"{said(estimate.value)} ({span})" if span else said(estimate.value)


def limits(estimate: Estimate, wording: Callable[[float], str] = count) -> str:
    """Return the ends of the 95 % interval, or an empty text."""
    if estimate.low is None or estimate.high is None:
        return ""
    return tr("{low} to {high}").format(low=wording(estimate.low), high=wording(estimate.high))


def with_reason(text: str, reason: str) -> str:
    """Return ``n/a: why`` for a missing figure, the text as it is otherwise."""
    return f"{text}: {reason}" if reason and text == missing() else text


def p_value(p: float | None) -> str:
    """Return a p-value: p < 0.001, p = 0.03."""
    if p is None or math.isnan(p):
        return missing()
    if p < 0.001:
        return f"p < {number(0.001, 3)}"
    return f"p = {number(p, 3 if p < 0.01 else 2)}"


def score(value: float | None, decimals: int = 2) -> str:
    """Return a score such as CLS or the Conversion Impact Score."""
    return missing() if value is None or math.isnan(value) else number(value, decimals)


def measure_value(measure: Measure, value: float | None, currency: str = "") -> str:
    """Return a measure's value in its unit."""
    return _wording(measure, currency)(value)


def _wording(measure: Measure, currency: str) -> Callable[[float | None], str]:
    if measure.unit == "%":
        return lambda value: percent(value)  # noqa: PLW0108 - hides the optional argument
    if measure.unit == "money":
        return lambda value: money(value, currency)
    if measure.unit == "score":
        return lambda value: score(value)  # noqa: PLW0108
    return duration if measure.unit == "ms" else count


def measure_change(measure: Measure, change: float | None) -> str:
    """Return a change as the heatmap holds it: percentage points for rates, relative percent for everything else."""
    if measure.unit == "%":
        return points(change)
    return signed(change, lambda value: percent(value, 1 if abs(value) < 9.995 else 0))


def unit_label(measure: Measure, currency: str = "") -> str:
    """Return the unit for an axis or a legend."""
    return currency if measure.unit == "money" else {"": "", "score": tr("score")}.get(measure.unit, measure.unit)


def _local(time_ms: float, zone: str) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, tz=ZoneInfo(zone))


def day(time_ms: float, zone: str) -> str:
    """Return weekday and date in the workspace's zone: Tue 4 Aug 2026."""
    moment = _local(time_ms, zone)
    return QLocale().toString(QDate(moment.year, moment.month, moment.day), "ddd d MMM yyyy")


def date(time_ms: float, zone: str) -> str:
    """Return the date alone, where room is short: 4 Aug 2026."""
    moment = _local(time_ms, zone)
    return QLocale().toString(QDate(moment.year, moment.month, moment.day), "d MMM yyyy")


def dates(first_ms: float, last_ms: float, zone: str) -> str:
    """Return the dates from the first to the last instant, a common year said once: 22 Jul – 4 Aug 2026; of one day the minutes."""
    first, last = _local(first_ms, zone), _local(last_ms, zone)
    if first.date() == last.date():
        return f"{minute(first_ms, zone)} – {clock(last_ms - last_ms % MS_PER_MINUTE, zone)}"
    if first.year != last.year:
        return f"{date(first_ms, zone)} – {date(last_ms, zone)}"
    return f"{QLocale().toString(QDate(first.year, first.month, first.day), 'd MMM')} – {date(last_ms, zone)}"


def minute(time_ms: float, zone: str) -> str:
    """Return date and time to the minute, where room is short: 4 Aug 2026, 14:05."""
    return f"{date(time_ms, zone)}, {clock(time_ms - time_ms % MS_PER_MINUTE, zone)}"


def clock(time_ms: float, zone: str) -> str:
    """Return the time of day in the workspace's zone, with seconds only when there are any."""
    moment = _local(time_ms, zone)
    return QLocale().toString(
        QTime(moment.hour, moment.minute, moment.second), "HH:mm:ss" if moment.second else "HH:mm"
    )


def moment(time_ms: float, zone: str) -> str:
    """Return day and time of an instant."""
    return f"{day(time_ms, zone)}, {clock(time_ms, zone)}"


def span(window: TimeSpan, zone: str) -> str:
    """Return a span with the day said once when it is the same."""
    start, end = moment(window.start_ms, zone), moment(window.end_ms, zone)
    if day(window.start_ms, zone) == day(max(window.start_ms, window.end_ms - 1), zone):
        midnight = day(window.start_ms, zone) != day(window.end_ms, zone)
        end = "24:00" if midnight else clock(window.end_ms, zone)
    return f"{start} – {end}"


def length(ms: float) -> str:
    """Return the length of a span of time: 45 min, 4 h, 4 h 30 min, 3 days, 4.5 days, 109 days."""
    minutes = round(ms / MS_PER_MINUTE)
    if minutes < 1:
        return duration(ms)
    if ms >= 2 * MS_PER_DAY:
        days = ms / MS_PER_DAY
        tenths = days < WHOLE_DAYS_FROM and abs(days - round(days)) >= 0.05
        return tr("{n} days").format(n=number(days, 1 if tenths else 0))
    hours, rest = divmod(minutes, MS_PER_HOUR // MS_PER_MINUTE)
    parts = ([f"{hours}{NBSP}{tr('h')}"] if hours else []) + ([f"{rest}{NBSP}{tr('min')}"] if rest else [])
    return " ".join(parts)
