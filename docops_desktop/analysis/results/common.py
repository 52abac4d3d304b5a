"""Values shared by several results: an estimate with its interval, a number that may be unanswerable, the totals of a selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Z95 = 1.959963984540054
"""Standard errors on each side of a 95 % interval (normal distribution)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point with a 95 % interval; ``value`` is None when the data can't answer, and ``reason`` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""


UNANSWERED = Estimate(None)
Standing = Literal["shown", "doubtful", "not shown", "n/a"]
"""How far an estimate may be relied on.

``shown``: the interval excludes no effect, and nothing speaks against it; ``doubtful``: it does, but a check failed or the figure isn't fully adjusted;
``not shown``: the interval includes no effect.
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One test that an answer was put to; ``passed`` None = could not be made."""

    name: str
    passed: bool | None
    figure: float | None
    text: str


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """Measures of one group.

    ``values`` holds measure name -> number (None = not answerable, see ``reasons``); rates are 0-1, money is in major units of the currency.
    """

    keys: tuple[str, ...]
    values: Mapping[str, float | None]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Totals:
    """The selection as a whole, beside the unfiltered workspace and, where there is a baseline, the same selection over the baseline's spans.

    Attributes:
        baseline: None without a baseline, and while a brush moves.
        time_ratio: covered time of the window / of the baseline: what additive measures of the baseline are multiplied by before they are compared.
    """

    selected: MeasureRow
    everything: MeasureRow
    currency: str
    rows_scanned: int
    seconds: float
    baseline: MeasureRow | None = None
    time_ratio: float | None = None
