"""Dynatrace and New Relic: sessions with their actions, query tables, events in seconds; nothing lost, nothing counted twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from docops_desktop.store.records import ImportRecord
from docops_desktop.store.workspace import Workspace

Load = Callable[..., ImportRecord]
Rows = Callable[..., list[dict[str, Any]]]


def ledger(record: ImportRecord) -> tuple[str, str, int, int, int, int]:
    return (
        record.adapter,
        record.grain,
        record.rows_read,
        record.rows_loaded,
        record.rows_filtered,
        record.rows_quarantined,
    )


START_NS = 1_785_578_400_000_000_000


def action(name: str, start: int, **more: Any) -> dict[str, Any]:
    made = {"name": f"loading of page {name}", "domain": "shop.example.com", "type": "Load", "startTime": start}
    return made | {"endTime": start + 3_000, "duration": 3_000, "loadEventEnd": 2_900, "responseStart": 400} | more


def session(name: str, actions: list[Any], **more: Any) -> dict[str, Any]:
    made = {"tenantId": "t", "userSessionId": name, "startTime": 1_785_578_400_000, "userType": "REAL_USER"}
    return made | {"ip": "198.51.100.77", "userActions": actions} | more


def test_dynatrace_sessions_with_new_and_old_names(load: Load, rows: Rows, ws: Workspace) -> None:
    at = 1_785_578_400_000
    new = session(
        "new",
        [
            action("/", at, largestContentfulPaint=1_200, cumulativeLayoutShift=0.04),
            action("click on pay", at + 5_000, type="Xhr", loadEventEnd=None, duration=640, responseStart=None),
            action("/confirmation", at + 9_000),
        ],
        country="Germany",
        osFamily="Android",
        browserType="Mobile Browser",
        matchingConversionGoalsCount=1,
        doubleProperties=[{"key": "Revenue", "value": 49.99}],
        stringProperties=[{"key": "utm_campaign", "value": "summer"}, {"key": "utm_source", "value": "google"}],
    )
    old = session(
        "old",
        [action("/old", at, matchingConversionGoals=["Order"])],
        geolocationCountryName="France",
        osFamilyName="iOS",
        stringTags=[{"key": "utm_campaign", "value": "winter"}],
    )
    robot = session("robot", [action("/", at)], userType="ROBOT")
    bulk = [new, old, robot, session("none", [])]
    text = "".join('{"index":{"_index":"dt","_id":"1"}}\n' + json.dumps(item) + "\n" for item in bulk)
    record = load("export", text + "{broken\n")
    assert ledger(record) == ("dynatrace_sessions", "page_view", 11, 5, 5, 1)
    assert record.filtered == {"action line of a bulk file": 4, "session without user actions": 1}
    views = rows("SELECT * FROM v_page_views ORDER BY country, time")
    french = next(view for view in views if view["country"] == "FR")
    assert (french["os"], french["campaign"], french["conversions"]) == ("iOS", "winter", 1)
    german = [view for view in views if view["country"] == "DE"]
    assert [view["view_class"] for view in german] == ["page view", "background request", "page view"]
    assert [view["load_ms"] for view in german] == [2900, 640, 2900]
    assert [view["conversions"] for view in german] == [0, 0, 1]
    assert [view["revenue_minor"] for view in german] == [0, 0, 4999]
    assert (german[0]["ttfb_ms"], german[0]["lcp_ms"], german[0]["cls"]) == (400, 1200, 0.04)
    assert (german[0]["page_url"], german[0]["device_type"], german[0]["source"]) == ("/", "Mobile", "google")
    assert [view["view_class"] for view in views if not view["country"] or view["country"] == "(not set)"] == ["bot"]
    assert b"198.51.100.77" not in ws.path.read_bytes()


def test_dynatrace_usql_figures_are_no_page_views(load: Load, rows: Rows) -> None:
    table = {
        "extrapolationLevel": 4,
        "columnNames": ["browserFamily", "avg(useraction.duration)", "count(*)"],
        "values": [["Firefox", 1200.5, 25], ["null", 900, 5], ["short"]],
    }
    record = load("usql", json.dumps(table))
    assert ledger(record) == ("dynatrace_usql", "aggregate", 3, 2, 0, 1)
    found = rows("SELECT browser, metric, value FROM aggregates ORDER BY metric, value")
    assert [(row["browser"], row["value"]) for row in found] == [
        (None, 900),
        ("Firefox", 1200.5),
        (None, 20),
        ("Firefox", 100),
    ]
    assert not rows("SELECT * FROM sessions")


def test_dynatrace_usql_without_rows_is_valid_and_empty(load: Load) -> None:
    empty = {"extrapolationLevel": 1, "columnNames": ["city"], "values": []}
    assert ledger(load("usql", json.dumps(empty)))[:4] == ("dynatrace_usql", "aggregate", 1, 0)


def test_dynatrace_lists_of_sessions_and_grail_records(load: Load, rows: Rows) -> None:
    listed = {
        "extrapolationLevel": 1,
        "columnNames": ["userSessionId", "startTime", "duration", "userActionCount", "country"],
        "values": [["a", 1_785_578_400_000, 60_000, 3, "Spain"]],
    }
    assert ledger(load("list", json.dumps(listed))) == ("dynatrace_usql_sessions", "session", 1, 1, 0, 0)
    grail = {"result": {"records": [{"start_time": str(START_NS), "duration": "5000000000", "dt.rum.session.id": "g"}]}}
    assert ledger(load("grail", json.dumps(grail))) == ("dynatrace_grail", "session", 1, 1, 0, 0)
    found = rows("SELECT start_ms, end_ms, views FROM sessions ORDER BY end_ms")
    assert found == [
        {"start_ms": START_NS // 10**6, "end_ms": START_NS // 10**6 + 5_000, "views": None},
        {"start_ms": 1_785_578_400_000, "end_ms": 1_785_578_460_000, "views": 3},
    ]


def newrelic(page_view: dict[str, Any]) -> dict[str, Any]:
    base = {"appName": "Shop", "session": "abc", "pageUrl": "https://shop.example.com/p?x=1", "userAgentName": "Chrome"}
    return base | {"asnOrganization": "Vodafone", "countryCode": "GB", "timestamp": 1_785_578_400_123} | page_view


@pytest.mark.parametrize("envelope", ["nerdgraph", "insights", "array"])
def test_newrelic_durations_are_seconds(envelope: str, load: Load, rows: Rows) -> None:
    events = [newrelic({"duration": 2.31, "backendDuration": 0.4}), newrelic({"duration": "soon"})]
    content: Any = events
    if envelope == "nerdgraph":
        content = {"data": {"actor": {"account": {"nrql": {"results": events}}}}}
    elif envelope == "insights":
        content = {"results": [{"events": events}], "performanceStats": {}, "metadata": {"eventType": "PageView"}}
    record = load("nr", json.dumps(content, indent=2))
    assert ledger(record) == ("newrelic_pageview", "page_view", 2, 1, 0, 1)
    assert rows("SELECT load_ms, ttfb_ms, time_ms FROM page_views") == [
        {"load_ms": 2310, "ttfb_ms": 400, "time_ms": 1_785_578_400_123}
    ]
    assert rows("SELECT carrier, browser, country FROM v_sessions") == [
        {"carrier": "Vodafone", "browser": "Chrome", "country": "GB"}
    ]


def test_newrelic_time_series_and_facets_are_figures(load: Load, rows: Rows) -> None:
    series = [
        {
            "beginTimeSeconds": 1_785_578_400,
            "endTimeSeconds": 1_785_578_460,
            "average.duration": 2.5,
            "inspectedCount": 9,
        }
    ]
    window = {"timeWindow": {"begin": 1_785_578_400_000, "end": 1_785_582_000_000}}
    facets = [{"facet": "Firefox", "userAgentName": "Firefox", "percentile.duration": {"75": 3.1}}]
    for name, rows_of, metadata in (("series", series, {}), ("facets", facets, window)):
        answer = {"data": {"actor": {"account": {"nrql": {"metadata": metadata, "results": rows_of}}}}}
        assert ledger(load(name, json.dumps(answer))) == ("newrelic_figures", "aggregate", 1, 1, 0, 0)
    found = rows("SELECT start_ms, end_ms, subject, metric, value, samples FROM aggregates ORDER BY value")
    assert [(row["metric"], row["value"], row["samples"]) for row in found] == [
        ("average.duration", 2.5, 9.0),
        ("percentile.duration.75", 3.1, None),
    ]
    assert found[1]["subject"] == "Firefox"
    assert found[1]["start_ms"] == 1_785_578_400_000
    empty = {"data": {"actor": {"account": {"nrql": {"results": []}}}}}
    assert ledger(load("none", json.dumps(empty))) == ("newrelic_figures", "aggregate", 1, 0, 1, 0)
