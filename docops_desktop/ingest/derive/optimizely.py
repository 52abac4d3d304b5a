"""Optimizely enriched events: the experiment that an event belongs to, and the visitor's attributes, out of their lists.

Revenue is in cents. An event of several experiments names the first one: its money must not be counted once per experiment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docops_desktop.ingest.derive.columns import Columns

_DEVICES = {"ipad": "Tablet", "tablet": "Tablet", "iphone": "Mobile", "mobile": "Mobile", "desktop": "Desktop"}


def derive(columns: Columns) -> Mapping[str, Any]:
    """Return ``opt.*`` columns: experiment, variation, device_type, campaign, source_type."""
    first = columns.unfold("experiments", _experiment, ("experiment", "variation"))
    about = columns.unfold("attributes", _attributes, ("device_type", "campaign", "source_type"))
    return {f"opt.{name}": values for name, values in (first | about).items()}


def _experiment(entries: Any) -> dict[str, str | None]:
    entry = entries[0] if isinstance(entries, list) and entries and isinstance(entries[0], dict) else {}
    return {"experiment": _text(entry.get("experiment_id")), "variation": _text(entry.get("variation_id"))}


def _attributes(entries: Any) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for entry in entries if isinstance(entries, list) else ():
        kind, value = (entry.get("type"), _text(entry.get("value"))) if isinstance(entry, dict) else (None, None)
        if kind == "device" and value:
            found.setdefault("device_type", _DEVICES.get(value.lower()))
        elif kind in ("campaign", "source_type"):
            found.setdefault(kind, value)
    return found


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None
