"""Catchpoint chart data: metrics are positional, their names stand in the head; one record per item. Webhook documents: one test run each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docops_desktop.ingest.readers.shapes.items import Item, State, as_dict, as_list, bad

_COMPACT = re.compile(r"^(20\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?$")
_METRICS = ("synthetic_metrics", "rum_metrics", "metrics")


def unfold(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return the items of a chart, None when it is none."""
    parts = [as_dict(record.get("detail")), as_dict(record.get("summary"))]
    charts = [part for part in parts if isinstance(part.get("fields"), dict)]
    if not charts or not any(name in charts[0]["fields"] for name in _METRICS):
        return None
    return _items(record, charts)


def unfold_webhook(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return a test run with its compact time (``YYYYMMDDhhmmss``, perhaps with ``mmm``, UTC) in ISO, None when it is none."""
    moment = as_dict(record.get("Summary")).get("Timestamp")
    if not isinstance(moment, str):
        return None
    found = _COMPACT.match(moment)
    if found is None:
        return iter([record])
    day, clock, part = found.group(1, 2, 3), found.group(4, 5, 6), found.group(7) or "000"
    return iter([record | {"catchpoint.time": f"{'-'.join(day)}T{':'.join(clock)}.{part}Z"}])


def _items(record: dict[str, Any], charts: list[dict[str, Any]]) -> Iterator[Item]:
    zone = as_dict(record.get("timezone")).get("name")
    mark = "Z" if zone in ("UTC", "GMT") else ""
    common: dict[str, Any] = {"catchpoint.timezone": zone}
    for name in ("start", "end"):
        moment = record.get(name)
        common[f"catchpoint.{name}"] = f"{moment}{mark}" if isinstance(moment, str) else None
    for chart in charts:
        fields = chart["fields"]
        kind = next((name for name in _METRICS if name in fields), "")
        names = [str(as_dict(field).get("name")) for field in as_list(fields.get(kind))]
        items = as_list(chart.get("items"))
        if not items:
            yield {**common, "catchpoint.empty": "no items"}
        for item in items:
            values = as_dict(item).get(kind)
            if not isinstance(values, list) or len(values) != len(names):
                yield bad(f"an item that has not the chart's {len(names)} metrics", item)
                continue
            yield {
                **common,
                "catchpoint.part": "detail" if chart is record.get("detail") else "summary",
                **_breakdowns(item),
                **dict(zip(names, values, strict=True)),
            }


def _breakdowns(item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in item.items():
        if name.startswith(("breakdown", "dimension")):
            part = as_dict(value)
            found[f"catchpoint.{name}"] = part.get("name") if part else value
            if "id" in part:
                found[f"catchpoint.{name}.id"] = part["id"]
    return found
