"""Answers of an interface that wrap their records in one list (``{"data": [...], "paging": {...}}``), whatever the system.

Only what holds nothing but such a list and words about paging is a wrapper: an order with its items is a record of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docops_desktop.ingest.readers.shapes.items import Item, bad

LISTS = frozenset(
    {
        *(
            "data",
            "results",
            "result",
            "items",
            "rows",
            "records",
            "value",
            "values",
            "events",
            "entries",
            "hits",
            "list",
        ),
        *("content", "orders", "sessions", "campaigns", "leads", "opportunities", "response", "body", "payload"),
    }
)
"""Names of such lists, and of what they lie in."""
_ABOUT = frozenset(
    {
        *(
            "paging",
            "pagination",
            "page",
            "pages",
            "meta",
            "metadata",
            "links",
            "_links",
            "next",
            "previous",
            "prev",
            "cursor",
        ),
        *(
            "count",
            "total",
            "totalsize",
            "total_count",
            "totalcount",
            "total_results",
            "size",
            "offset",
            "limit",
            "per_page",
        ),
        *(
            "pagesize",
            "page_size",
            "done",
            "has_more",
            "hasmore",
            "next_page",
            "nextpage",
            "nextpagetoken",
            "nextrecordsurl",
        ),
        *(
            "status",
            "success",
            "ok",
            "code",
            "message",
            "took",
            "timed_out",
            "_shards",
            "max_score",
            "version",
            "apiversion",
        ),
        *(
            "request_id",
            "requestid",
            "fieldmask",
            "kind",
            "etag",
            "selflink",
            "@odata.context",
            "@odata.nextlink",
            "@odata.count",
        ),
    }
)
"""What may stand beside the list (in lower case)."""
_MAX_DEPTH = 3


def unfold(record: dict[str, Any]) -> Iterator[Item] | None:
    """Return the records of a wrapper, None when it is none."""
    found = _list_in(record, _MAX_DEPTH)
    return None if found is None else _records(found)


def _list_in(record: dict[str, Any], depth: int) -> list[Any] | None:
    names = [name for name in record if name.lower() not in _ABOUT]
    if len(names) != 1 or names[0].lower() not in LISTS or not depth:
        return None
    inside = record[names[0]]
    if isinstance(inside, dict):
        return _list_in(inside, depth - 1)
    is_list = isinstance(inside, list) and inside and all(isinstance(item, dict) for item in inside[:100])
    return inside if is_list else None


def _records(items: list[Any]) -> Iterator[Item]:
    for item in items:
        yield item if isinstance(item, dict) else bad("not a JSON object", item)
