"""GA4 events of the BigQuery export: parameters out of their list, the session of an event, purchases, sources of the session, web vitals.

``traffic_source`` is the user's first touch, never the session's source, and is not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.derive.columns import Columns, texts

_PARAMETERS = (
    "page_location", "page_referrer", "ga_session_id", "content_group", "currency", "metric_name", "metric_value",
    "web_vitals_measurement_name", "web_vitals_measurement_value",
)  # fmt: skip
_KINDS = ("string_value", "int_value", "double_value", "float_value")
_VITALS = {"LCP": "lcp_ms", "FCP": "fcp_ms", "TTFB": "ttfb_ms", "INP": "inp_ms", "CLS": "cls"}


def derive(columns: Columns) -> Mapping[str, Any]:
    """Return ``param.*`` and ``ga4.*`` columns."""
    found = columns.unfold("event_params", _parameters, _PARAMETERS)
    made: dict[str, Any] = {f"param.{name}": values for name, values in found.items()}
    events = [event or "" for event in columns.cells("event_name") or [""] * columns.rows]
    users = columns.array("user_pseudo_id")
    session = pc.binary_join_element_wise(users, found["ga_session_id"], ".")
    made["ga4.session"] = session
    made["ga4.view"] = pc.binary_join_element_wise(session, found["page_location"], "|")
    names = pc.coalesce(
        found["metric_name"], found["web_vitals_measurement_name"], columns.array("event_name")
    ).to_pylist()
    values = pc.coalesce(found["metric_value"], found["web_vitals_measurement_value"]).to_pylist()
    vitals = [_VITALS.get((name or "").upper(), "") if value else "" for name, value in zip(names, values, strict=True)]
    for target in _VITALS.values():
        pairs = zip(vitals, values, strict=True)
        made[f"ga4.{target}"] = texts([value if vital == target else None for vital, value in pairs])
    made["ga4.class"] = texts([_class(event, vital) for event, vital in zip(events, vitals, strict=True)])
    made["ga4.conversions"] = texts(["1" if event == "purchase" else "0" for event in events])
    made |= _money(columns, found, events)
    return made


def _class(event: str, vital: str) -> str:
    if event in ("page_view", "screen_view"):
        return "page_view"
    return "vital" if vital else "event"


def _money(columns: Columns, found: dict[str, Any], events: list[str]) -> dict[str, Any]:
    """Revenue of purchases in the event's own currency; only where that is not there, in US dollars."""
    own = columns.array("ecommerce.purchase_revenue")
    dollars = columns.array("ecommerce.purchase_revenue_in_usd")
    sold = pa.array([event == "purchase" for event in events])
    has_own = pc.and_(pc.is_valid(own), pc.is_valid(found["currency"]))
    revenue = pc.if_else(sold, pc.if_else(has_own, own, pc.coalesce(dollars, own)), pa.scalar(None, pa.string()))
    in_dollars = pc.and_(pc.invert(has_own), pc.is_valid(dollars))
    return {
        "ga4.revenue": revenue,
        "ga4.currency": pc.if_else(in_dollars, pa.scalar("USD"), found["currency"]),
    }


def _parameters(entries: Any) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or entry.get("key") not in _PARAMETERS:
            continue
        value = entry.get("value")
        if isinstance(value, dict):
            first = next((value[kind] for kind in _KINDS if value.get(kind) is not None), None)
            found[entry["key"]] = None if first is None else str(first)
    return found
