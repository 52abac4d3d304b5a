"""The conversion rule: which sessions convert, how often, for how much, and when first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.model.definitions import ConversionRule

IntArray = npt.NDArray[np.int64]
NEVER = np.iinfo(np.int64).max


@dataclass
class Stated:
    """Figures per session row from one source: count, revenue (minor units), instant of the first (``NEVER`` = none or unknown)."""

    count: IntArray
    revenue: IntArray
    first_ms: IntArray

    @classmethod
    def none(cls, sessions: int) -> Stated:
        """No conversions at all."""
        return cls(np.zeros(sessions, np.int64), np.zeros(sessions, np.int64), np.full(sessions, NEVER))

    @property
    def any(self) -> bool:
        """Some session has a conversion or revenue."""
        return bool(self.count.any() or self.revenue.any())


def stated_events(sessions: int, row: IntArray, time_ms: IntArray, count: IntArray, revenue: IntArray) -> Stated:
    """Sum events into session rows; events with row -1 are ignored."""
    result = Stated.none(sessions)
    kept = row >= 0
    np.add.at(result.count, row[kept], count[kept])
    np.add.at(result.revenue, row[kept], revenue[kept])
    np.minimum.at(result.first_ms, row[kept], time_ms[kept])
    return result


def flags_of(per_session: Stated, per_view: Stated) -> Stated:
    """Join the export's figures per session and per page view: the larger holds; revenue without a count is one conversion."""
    count = np.maximum(per_session.count, per_view.count)
    revenue = np.maximum(per_session.revenue, per_view.revenue)
    return Stated(np.where((count == 0) & (revenue > 0), 1, count), revenue, per_view.first_ms)


def decide(rule: ConversionRule, flags: Stated, orders: Stated, reached: Stated) -> tuple[Stated, str]:
    """Return what counts by the rule, and the kind that was in effect: flag, order, page_group or none.

    ``auto`` takes flags where any row has one, else orders. Revenue that the rule's own source never states comes from the other one.
    """
    kind: str = rule.kind
    if kind == "auto":
        kind = "flag" if flags.count.any() else "order" if orders.any else "none"
    chosen = {"flag": flags, "order": orders, "page_group": reached}.get(kind)
    if chosen is None:
        return Stated.none(len(flags.count)), "none"
    revenue = chosen.revenue
    if not revenue.any():
        revenue = flags.revenue if flags.revenue.any() else orders.revenue
    return Stated(chosen.count, revenue, chosen.first_ms), kind
