"""New Relic query results: NerdGraph answers and the old Insights API; rows are handed on as they are.

Rows without a time of their own (facets, single figures) get the query's window.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docops_desktop.ingest.readers.shapes.items import Item, State, as_dict, as_list, bad

EMPTY = {"newrelic.empty": "no results"}
_TIMES = frozenset({"timestamp", "beginTimeSeconds", "window.begin"})


def unfold_nerdgraph(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return the rows of a NerdGraph answer, None when it is none."""
    answer = _nrql(as_dict(as_dict(record["data"]).get("actor")), 0)
    if answer is None:
        return None
    window = as_dict(as_dict(answer.get("metadata")).get("timeWindow"))
    return _rows(as_list(answer["results"]), {"window.begin": window.get("begin"), "window.end": window.get("end")})


def unfold_insights(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return the rows of an Insights API answer, None when it is none."""
    metadata = as_dict(record.get("metadata"))
    if "performanceStats" not in record and not {"eventTypes", "eventType", "contents", "guid"} & set(metadata):
        return None
    window = {
        "window.begin": metadata.get("beginTimeMillis") or metadata.get("beginTime"),
        "window.end": metadata.get("endTimeMillis") or metadata.get("endTime"),
    }
    rows: list[Any] = []
    for part in as_list(record.get("results")):
        events = as_dict(part).get("events")
        rows += events if isinstance(events, list) else [part]
    for facet in as_list(record.get("facets")):
        figures: dict[str, Any] = {"facet": as_dict(facet).get("name")}
        for part in as_list(as_dict(facet).get("results")):
            figures |= as_dict(part)
        rows.append(figures)
    return _rows(rows, window)


def _rows(rows: list[Any], window: dict[str, Any]) -> Iterator[Item]:
    if not rows:
        yield dict(EMPTY)
    for row in rows:
        if not isinstance(row, dict):
            yield bad("not a row of a result", row)
        elif _TIMES & row.keys():
            yield row
        else:
            yield row | {name: value for name, value in window.items() if value is not None}


def _nrql(value: dict[str, Any], depth: int) -> dict[str, Any] | None:
    """The first NRQL answer below a NerdGraph object (accounts may be aliased)."""
    for name, inner in value.items():
        if not isinstance(inner, dict):
            continue
        if isinstance(inner.get("results"), list) and (name == "nrql" or "metadata" in inner or len(inner) == 1):
            return inner
        if depth < 4:
            found = _nrql(inner, depth + 1)
            if found is not None:
                return found
    return None
