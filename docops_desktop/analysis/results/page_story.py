"""Why a page group has the status that it has: in words, with the curve behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.results.pages import Status

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its sentences."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PageCurve:
    """Conversion rate by load time of the exposed sessions, P points of neighbouring load times with enough sessions each.

    Attributes:
        edges_ms: (P + 1,). ``load_ms``: (P,) the typical load time of each point. ``n``: (P,) sessions.
        rate, low, high: (P,) share that converted, with Wilson's 95 % interval.
        same_visitors: (P,) what the rate would be if the same mix of visitors saw every load time (within strata); empty where no curve can be fitted.
        floor_ms, ceiling_ms: the observed range that answers stay within. ``target_ms``: what is at stake is counted against it.
    """

    edges_ms: Floats
    load_ms: Floats
    n: Floats
    rate: Floats
    low: Floats
    high: Floats
    same_visitors: Floats
    floor_ms: float
    ceiling_ms: float
    target_ms: float | None


@dataclass(frozen=True, slots=True, eq=False)
class PageStory:
    """One page group's explanation; ``curve`` is None when no session was exposed."""

    page_group: str
    status: Status
    sections: tuple[Section, ...]
    curve: PageCurve | None
