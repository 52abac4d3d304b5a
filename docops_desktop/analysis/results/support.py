"""What load times were observed, and how far a change may go before the data can't answer: for sliders and curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Support:
    """Observed load times of a page group's exposures, ms.

    Attributes:
        floor_ms, ceiling_ms: ends of the range that an answer stays within. ``median_ms``: of the exposures.
        most_ms: so many ms faster, ``most_percent``: so many percent faster, is the most that is answered; ``least_to_ms``: the lowest median.
    """

    floor_ms: float
    ceiling_ms: float
    median_ms: float
    most_ms: float
    most_percent: float
    least_to_ms: float


@dataclass(frozen=True, slots=True)
class WhatIfReady:
    """A model behind the what-if is there.

    Attributes:
        adjusted: it is the adjusted one, not the first estimate.
        support: by page group that can be answered; ``"*"``: what holds for all of them at once.
    """

    adjusted: bool
    support: Mapping[str, Support]
