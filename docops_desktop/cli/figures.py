"""Numbers as text in tables: counts, rates, times, money, intervals; "n/a" where there is none."""

from __future__ import annotations

import math

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.cli.output import NA
from docops_desktop.model.measures import MEASURES


def count(value: float | None) -> str:
    """``1,234``."""
    return NA if _missing(value) else f"{value:,.0f}"


def rate(value: float | None) -> str:
    """``2.34 %``."""
    return NA if value is None or _missing(value) else f"{100 * value:.2f} %"


def milliseconds(value: float | None) -> str:
    """``1,234 ms``."""
    return NA if _missing(value) else f"{value:,.0f} ms"


def money(value: float | None, currency: str = "") -> str:
    """``1,234.50 EUR``, without decimals from 1,000 up."""
    if value is None or _missing(value):
        return NA
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"
    return f"{text} {currency}".rstrip()


def decimal(value: float | None) -> str:
    """Three significant digits."""
    return NA if _missing(value) else f"{value:.3g}"


def measure(name: str, value: float | None, currency: str = "") -> str:
    """A measure by its unit."""
    unit = MEASURES[name].unit
    if unit == "%":
        return rate(value)
    if unit == "ms":
        return milliseconds(value)
    if unit == "money":
        return money(value, currency)
    return decimal(value) if unit == "score" else count(value)


def estimate(value: Estimate, currency: str = "", *, is_money: bool = False) -> str:
    """``120 (80 to 160)``."""
    if value.value is None:
        return NA

    def text(number: float | None) -> str:
        if is_money or number is None:
            return money(number)
        return count(number) if abs(number) >= 9.95 or number == 0 else f"{number:.1f}"

    interval = "" if value.low is None or value.high is None else f" ({text(value.low)} to {text(value.high)})"
    return f"{text(value.value)}{interval}" + (f" {currency}" if is_money and currency else "")


def _missing(value: float | None) -> bool:
    return value is None or math.isnan(value)
