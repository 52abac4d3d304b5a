"""Figures in English words, for sentences and for the command line: one rule wherever there is no locale.

Thousands are grouped by a comma; a space stands before % and before a unit; a rate has two decimals below 10 %, else one; a load time is said in ms
below a second, in seconds from there; a currency's sign, or its code and a space, stands before the amount. ``ui/format.py`` follows the same rule in
the user's locale (a test holds the two together). What somebody set himself (a condition, a slider) is said exactly, in the unit he set it in.
Nothing here computes a figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

NA = "n/a"
_EXACT = 1e15
CURRENCY_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}


def is_missing(value: float | None) -> bool:
    """Tell whether there is no figure: None or NaN."""
    return value is None or math.isnan(value)


def number(value: float, decimals: int = 0) -> str:
    """Return a number with grouped thousands, halves rounded up as people do (and the window does); what rounds to zero has no sign."""
    size = abs(value)
    if size < _EXACT:
        size = Decimal(size).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)  # type: ignore[assignment]
    text = f"{size:,.{decimals}f}"
    return f"-{text}" if value < 0 and any("1" <= c <= "9" for c in text) else text


def count(value: float | None) -> str:
    """Return a count in full: 1,234,567; a small estimate with one decimal."""
    if value is None or math.isnan(value):
        return NA
    return number(value, 0 if abs(value) >= 9.95 or float(value).is_integer() else 1)


def counted(n: float, one: str, many: str = "") -> str:
    """Return a number of things: 1 row, 1,234 rows; ``many`` where the plural takes more than an s."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def percent(rate: float | None, decimals: int | None = None) -> str:
    """Return a rate (0-1) in percent: 3.17 %, 62.6 %."""
    if rate is None or math.isnan(rate):
        return NA
    return f"{number(100 * rate, decimals if decimals is not None else 2 if abs(rate) < 0.09995 else 1)} %"


def points(difference: float | None) -> str:
    """Return a difference of two rates in percentage points, signed: -1.23 pp."""
    if difference is None or math.isnan(difference):
        return NA
    return signed(difference, lambda value: f"{number(100 * value, 2)} pp")


def duration(ms: float | None) -> str:
    """Return a measured load time: 850 ms, 1.24 s, 12.4 s, 2 min 5 s."""
    if ms is None or math.isnan(ms):
        return NA
    size = abs(ms)
    if size < 999.5:
        return f"{number(ms)} ms"
    if size < 99_950:
        return f"{number(ms / 1000, 2 if size < 9_995 else 1)} s"
    minutes, seconds = divmod(round(size / 1000), 60)
    return f"{'-' if ms < 0 else ''}{number(minutes)} min" + (f" {seconds} s" if seconds else "")


def money(amount: float | None, currency: str = "") -> str:
    """Return an amount in full: €12,346, €12.50, CHF 950; decimals below 100."""
    if amount is None or math.isnan(amount):
        return NA
    text = number(amount, 2 if abs(amount) < 99.995 else 0)
    sign, figure = ("-", text[1:]) if text.startswith("-") else ("", text)
    before = CURRENCY_SIGNS.get(currency, f"{currency} " if currency else "")
    return f"{sign}{before}{figure}"


def signed(value: float | None, wording: Callable[[float], str] = count) -> str:
    """Return the wording with a plus sign in front of a gain."""
    if value is None or math.isnan(value):
        return NA
    text = wording(value)
    return f"+{text}" if value > 0 and any("1" <= c <= "9" for c in text) else text


def as_set(value: float, unit: str, *, sign: bool = False) -> str:
    """Return a value that somebody set, exactly and in its own unit: -1,505 ms, 4,000 ms, -20 %."""
    text = f"{value:+,}" if sign else f"{value:,}"
    return f"{text.removesuffix('.0')} {unit}"
