"""Answers of an interface: the list in them is the records; a record that has a list is a record."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]
VIEWS = [{"timestamp": f"2026-08-01T10:00:0{n}Z", "session id": f"s{n}", "url": f"/p{n}"} for n in range(3)]


@pytest.mark.parametrize(
    "answer",
    [
        {"data": VIEWS, "paging": {"next": "https://x.example/2"}},
        {"totalSize": 3, "done": True, "records": VIEWS},
        {"results": VIEWS, "fieldMask": "a,b"},
        {"status": "ok", "data": {"rows": VIEWS, "total": 3}},
        {"took": 5, "timed_out": False, "hits": {"total": 3, "hits": VIEWS}},
        {"@odata.context": "x", "value": VIEWS},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_the_records_are_in_the_list(load: Load, rows: Rows, answer: dict[str, Any], indent: int | None) -> None:
    record = load("a.json", json.dumps(answer, indent=indent).encode())
    assert (record.rows_read, record.rows_loaded) == (3, 3)
    assert [row["page_url"] for row in rows("SELECT page_url FROM v_page_views ORDER BY time")] == ["/p0", "/p1", "/p2"]


def test_pages_one_after_the_other(load: Load) -> None:
    pages = [{"data": [view], "paging": {}} for view in VIEWS]
    assert load("a.ndjson", pages).rows_loaded == 3


def test_what_is_no_object_in_the_list_is_told(load: Load) -> None:
    many = [VIEWS[0]] * 100 + [7]
    record = load("a.json", json.dumps({"data": many}).encode())
    assert (record.rows_read, record.rows_loaded, record.rows_quarantined) == (101, 100, 1)


def test_a_record_with_a_list_is_a_record(load: Load, rows: Rows) -> None:
    order = {"order_id": "A1", "order_date": "2026-08-01T10:00:00Z", "revenue": 5, "currency": "EUR"}
    record = load(
        "a.ndjson", [order | {"entries": [{"sku": "x"}, {"sku": "y"}]}, order | {"order_id": "A2", "entries": []}]
    )
    assert record.rows_loaded == 2
    assert rows("SELECT order_key FROM orders") == [{"order_key": "A1"}, {"order_key": "A2"}]


def test_a_document_without_records_is_counted_beside_others(load: Load) -> None:
    pages = [{"data": [VIEWS[0]], "paging": {}}, {"resourceSpans": [{"scopeSpan%s": 1}]}, {"resourceSpans": []}]
    record = load("a.ndjson", pages)
    assert (record.rows_read, record.rows_loaded) == (3, 1)
    assert record.filtered == {"a document without records": 2}
