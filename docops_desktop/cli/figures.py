"""Numbers as text in tables: the wording of ``model.wording``, measures by their unit, estimates with their interval."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.model import wording
from docops_desktop.model.measures import MEASURES


def decimal(value: float | None) -> str:
    """Three significant digits."""
    return wording.NA if value is None or wording.is_missing(value) else f"{value:.3g}"


def measure(name: str, value: float | None, currency: str = "") -> str:
    """A measure by its unit."""
    unit = MEASURES[name].unit
    if unit == "money":
        return wording.money(value, currency)
    words: dict[str, Callable[[float | None], str]] = {
        "%": wording.percent,
        "ms": wording.duration,
        "score": decimal,
    }
    return words.get(unit, wording.count)(value)


def estimate(value: Estimate, currency: str | None = None) -> str:
    """``120 (80 to 160)``; with a currency, "" for an unknown one, ``€1,546 (-€1,005 to €4,097)``."""
    return _worded(value, _wording(currency))


def change(value: Estimate, currency: str | None = None) -> str:
    """The same of a change: ``+120 (+80 to +160)``."""
    return _worded(value, partial(wording.signed, wording=_wording(currency)))


def _wording(currency: str | None) -> Callable[[float | None], str]:
    return wording.count if currency is None else partial(wording.money, currency=currency)


def _worded(value: Estimate, text: Callable[[float | None], str]) -> str:
    if value.value is None or value.low is None or value.high is None:
        return text(value.value)
    return f"{text(value.value)} ({text(value.low)} to {text(value.high)})"
