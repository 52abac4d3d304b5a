"""Adobe Analytics hits: visitor and session out of their parts, purchases out of the event list, revenue out of the product list.

Visitor ids are pairs of 64-bit numbers and stay texts. Revenue is the fourth field of each product and counts only on a purchase.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.derive.columns import Columns, texts

PURCHASE = "1"
_EMPTY = frozenset({"", "0", "::empty::", "::hash::0"})


def derive(columns: Columns) -> Mapping[str, Any]:
    """Return ``feed.visitor``, ``.session``, ``.purchases``, ``.revenue``."""
    high, low = columns.array("post_visid_high", "visid_high"), columns.array("post_visid_low", "visid_low")
    visitor = pc.binary_join_element_wise(high, low, "-")
    visitor = pc.if_else(pc.is_in(visitor, value_set=pa.array(["-", "0-0"])), pa.scalar(None, pa.string()), visitor)
    parts = [visitor, columns.array("visit_num"), columns.array("visit_start_time_gmt")]
    return {
        "feed.visitor": visitor,
        "feed.session": pc.binary_join_element_wise(*parts, "-"),
        **_purchases(columns),
    }


def _purchases(columns: Columns) -> dict[str, Any]:
    nothing: list[str | None] = [None] * columns.rows
    events = columns.cells("post_event_list", "event_list") or nothing
    products = columns.cells("post_product_list", "product_list") or nothing
    sold = [PURCHASE in _events(listed) for listed in events]
    revenue = [_revenue(listed) if is_sold else None for listed, is_sold in zip(products, sold, strict=True)]
    return {
        "feed.purchases": texts(["1" if is_sold else "0" for is_sold in sold]),
        "feed.revenue": texts(revenue),
    }


def _events(listed: str | None) -> set[str]:
    """Ids of events; ``200=2.5`` carries a value."""
    return {event.partition("=")[0].strip() for event in (listed or "").split(",")}


def _revenue(listed: str | None) -> str | None:
    total: Decimal | None = None
    for product in (listed or "").split(","):
        fields = product.split(";")
        if len(fields) < 4 or fields[3].strip() in _EMPTY - {"0"}:
            continue
        try:
            total = (total or Decimal(0)) + Decimal(fields[3].strip())
        except InvalidOperation:
            return listed
    return None if total is None else format(total, "f")
