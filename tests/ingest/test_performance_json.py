"""Performance systems whose exports are JSON documents: recognised by content, the right units, nothing lost, nothing mixed up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.ingest.importer import preview_file
from docops_desktop.ingest.readers.json_records import read_json_lines
from docops_desktop.model.errors import ExportError
from docops_desktop.model.timespan import parse_time
from docops_desktop.model.traffic import ViewClass
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.records import ImportRecord
from docops_desktop.store.workspace import Workspace

Load = Callable[..., ImportRecord]
Rows = Callable[..., list[dict[str, Any]]]
Put = Callable[[str, Any], Path]


def ledger(record: ImportRecord) -> tuple[str, str, int, int, int, int]:
    return (
        record.adapter,
        record.grain,
        record.rows_read,
        record.rows_loaded,
        record.rows_filtered,
        record.rows_quarantined,
    )


def entry(url: str, started: str, page: str | None = "p1", status: int = 200, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "startedDateTime": started,
        "time": 120.5,
        "request": {"method": "GET", "url": url, "headers": [{"name": "Cookie", "value": "sid=hush42"}]},
        "response": {"status": status, "headersSize": 100, "bodySize": 900, "content": {"mimeType": "text/html"}},
        "timings": {"blocked": 10, "dns": -1, "connect": 40, "ssl": 30, "send": 0, "wait": 50, "receive": 5},
    }
    if page is not None:
        made["pageref"] = page
    return made | more


def har(pages: list[dict[str, Any]] | None, entries: list[Any]) -> dict[str, Any]:
    log: dict[str, Any] = {"version": "1.2", "creator": {"name": "own"}, "browser": {"name": "Firefox"}}
    return {"log": log | ({} if pages is None else {"pages": pages}) | {"entries": entries}}


def page(name: str, started: str, load: float, **timings: float) -> dict[str, Any]:
    return {"id": name, "startedDateTime": started, "title": "run", "pageTimings": {"onLoad": load, **timings}}


def test_har_pages_are_synthetic_page_views_and_entries_are_resources(load: Load, rows: Rows, ws: Workspace) -> None:
    document = har(
        [
            page("p1", "2026-08-01T10:00:00.000+02:00", 1500, _largestContentfulPaint=900, _firstPaint=300),
            page("p2", "2026-08-01T10:05:00.000+02:00", -1),
        ],
        [
            entry("https://shop.example.com/", "2026-08-01T10:00:00.000+02:00", status=301),
            entry("https://shop.example.com/de/?q=hush42", "2026-08-01T10:00:00.200+02:00"),
            entry("https://tags.example.net/t.js?u=1", "2026-08-01T10:00:00.700+02:00", timings={}),
            entry("https://shop.example.com/de/", "2026-08-01T10:05:00.000+02:00", page="p2"),
        ],
    )
    record = load("run.anything", json.dumps(document, indent=1).encode())
    assert ledger(record) == ("har", "page_view", 6, 6, 0, 0)
    first, second = rows("SELECT * FROM page_views ORDER BY time_ms")
    assert first["time_ms"] == parse_time("2026-08-01T08:00:00Z")
    assert (first["load_ms"], first["ttfb_ms"], first["lcp_ms"]) == (1500, 300, 900)
    assert second["load_ms"] is None
    assert first["view_class"] == second["view_class"] == ViewClass.SYNTHETIC
    resources = rows("SELECT * FROM resources ORDER BY time_ms")
    assert [row["host"] for row in resources][:3] == ["shop.example.com", "shop.example.com", "tags.example.net"]
    third = resources[2]
    assert (third["url"], third["start_ms"], third["duration_ms"], third["ttfb_ms"]) == ("/t.js", 700, 120, None)
    assert (third["transfer_bytes"], third["http_status"]) == (1000, 200)
    keys = {row["session_key"] for row in rows("SELECT session_key FROM sessions")}
    assert {row["session_key"] for row in resources} == keys
    assert open_facts(ws).header.excluded["synthetic test"] == 2
    assert b"hush42" not in ws.path.read_bytes()


def test_har_without_pages_has_resources_and_no_invented_page_view(load: Load, rows: Rows) -> None:
    started = "2026-08-01T10:00:00Z"
    record = load("h", json.dumps(har(None, [entry("https://a.example/x.css", started, page=None), 7])))
    assert ledger(record) == ("har", "page_view", 2, 1, 0, 1)
    assert not rows("SELECT * FROM page_views")
    assert rows("SELECT kind FROM resources") == [{"kind": "document"}]
    assert rows("SELECT reason FROM quarantine")[0]["reason"] == "an entry without a request"


def spans(trace: str, start: int, load: int, first_byte: int) -> list[dict[str, Any]]:
    def event(name: str, offset: int) -> dict[str, str]:
        return {"name": name, "timeUnixNano": str(start + offset)}

    url = {"key": "http.url", "value": {"stringValue": f"https://shop.example.com/{trace}?a=b"}}
    base = {"traceId": trace, "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + load)}
    fetch = base | {
        "name": "documentFetch",
        "attributes": [url],
        "events": [event("fetchStart", 0), event("responseStart", first_byte)],
    }
    whole = base | {
        "name": "documentLoad",
        "attributes": [url],
        "events": [event("fetchStart", 0), event("loadEventEnd", load), event("firstContentfulPaint", load // 2)],
    }
    script = {
        "key": "http.url",
        "value": {"stringValue": "https://cdn.example.net/a.js"},
    }
    resource = {
        "traceId": trace,
        "name": "resourceFetch",
        "startTimeUnixNano": str(start + 300_000_000),
        "endTimeUnixNano": str(start + 400_000_000),
        "attributes": [script, {"key": "http.response_content_length", "value": {"intValue": "4096"}}],
    }
    return [whole, fetch, resource, base | {"name": "click"}]


def otlp(*requests: list[dict[str, Any]], scope: str = "scopeSpans") -> list[dict[str, Any]]:
    common = [
        {"key": "session.id", "value": {"stringValue": "s-1"}},
        {"key": "user_agent.original", "value": {"stringValue": "Mozilla/5.0 (Windows NT 10.0) Firefox/128.0"}},
    ]
    return [
        {"resourceSpans": [{"resource": {"attributes": common}, scope: [{"spans": request}]}]} for request in requests
    ]


START = 1_785_578_400_000_000_000


@pytest.mark.parametrize("scope", ["scopeSpans", "instrumentationLibrarySpans"])
def test_otlp_spans_of_a_page_load_become_one_page_view(scope: str, load: Load, rows: Rows) -> None:
    requests = (spans("aa", START, 1_890_000_000, 296_400_000), spans("bb", START + 10**12, 900_000_000, 100_000_000))
    record = load("spans", otlp(*requests, scope=scope))
    assert ledger(record) == ("opentelemetry", "page_view", 8, 4, 4, 0)
    views = rows("SELECT time_ms, load_ms, ttfb_ms, fcp_ms FROM page_views ORDER BY time_ms")
    assert views[0] == {"time_ms": START // 10**6, "load_ms": 1890, "ttfb_ms": 296, "fcp_ms": 945}
    assert len(rows("SELECT * FROM sessions")) == 1
    resource = rows("SELECT * FROM resources ORDER BY time_ms")[0]
    assert (resource["host"], resource["start_ms"], resource["duration_ms"]) == ("cdn.example.net", 300, 100)
    assert resource["transfer_bytes"] == 4096
    assert rows("SELECT value FROM dim_page_url WHERE id = " + str(resource["page_url"])) == [{"value": "/aa"}]
    assert set(record.filtered) == {"documentFetch span: its figures are in its page load", "span that is no page load"}


def test_a_duration_of_years_sets_its_row_aside_and_no_other(load: Load, rows: Rows) -> None:
    good, bad = spans("aa", START, 1_890_000_000, 296_400_000), spans("bb", START + 10**12, 900_000_000, 100_000_000)
    for span in bad:
        for event in span.get("events", ()):
            if event["name"] == "fetchStart":
                event["timeUnixNano"] = event["timeUnixNano"][1:]
    record = load("spans", otlp(good, bad))
    reasons = [row["reason"] for row in rows("SELECT reason FROM quarantine")]
    assert record.rows_quarantined == len(reasons) == 2, (
        "the page view, and the resource whose start is counted from its fetch"
    )
    assert all("out of range" in reason or "longer than a day" in reason for reason in reasons), reasons
    assert len(rows("SELECT * FROM page_views")) == 1


def test_console_spans_are_in_microseconds(load: Load, rows: Rows) -> None:
    start = START // 1_000
    seconds, rest = divmod(START, 10**9)
    fetch = {
        "traceId": "t",
        "id": "1",
        "name": "documentFetch",
        "timestamp": start,
        "duration": 300_000,
        "events": [
            {"name": "fetchStart", "time": [seconds, rest]},
            {"name": "responseStart", "time": [seconds, rest + 250_000_000]},
        ],
    }
    whole = {
        "traceId": "t",
        "id": "2",
        "name": "documentLoad",
        "timestamp": start,
        "duration": 2_000_000,
        "attributes": {"http.url": "https://shop.example.com/basket", "session.id": "s"},
        "events": [
            {"name": "fetchStart", "time": [seconds, rest]},
            {"name": "loadEventEnd", "time": [seconds + 1, rest + 500_000_000]},
        ],
    }
    record = load(
        "console", json.dumps(fetch) + "\n" + json.dumps(whole) + '\n{"traceId": "t", "name": 5, "timestamp": 1}\n'
    )
    assert ledger(record) == ("opentelemetry", "page_view", 3, 1, 1, 1)
    assert rows("SELECT load_ms, ttfb_ms FROM page_views") == [{"load_ms": 1500, "ttfb_ms": 250}]


def test_traces_without_page_loads_are_valid_and_empty(load: Load) -> None:
    server = {"traceId": "x", "name": "GET /", "startTimeUnixNano": str(START), "endTimeUnixNano": str(START + 5)}
    assert ledger(load("server", otlp([server]))) == ("opentelemetry", "page_view", 1, 0, 1, 0)


def test_catchpoint_chart_metrics_are_positional(load: Load, rows: Rows) -> None:
    chart = {
        "start": "2026-08-01T00:00:00",
        "end": "2026-08-02T00:00:00",
        "timezone": {"id": 0, "name": "UTC"},
        "summary": {
            "fields": {
                "breakdown_1": {"name": "Test"},
                "synthetic_metrics": [{"index": 0, "name": "Document Complete (ms)"}, {"index": 1, "name": "# Runs"}],
            },
            "items": [
                {"breakdown_1": {"id": 1, "name": "Home"}, "synthetic_metrics": [3120, 288]},
                {"breakdown_1": {"id": 2, "name": "Basket"}, "synthetic_metrics": [None, 10]},
                {"breakdown_1": {"id": 3, "name": "Short"}, "synthetic_metrics": [1]},
            ],
        },
    }
    record = load("chart", json.dumps(chart))
    assert ledger(record) == ("catchpoint_chart", "aggregate", 3, 1, 0, 2)
    (row,) = rows("SELECT start_ms, subject, metric, unit, value, samples FROM aggregates")
    assert row == {
        "start_ms": parse_time("2026-08-01T00:00:00Z"),
        "subject": "Home",
        "metric": "Document Complete (ms)",
        "unit": "ms",
        "value": 3120.0,
        "samples": 288.0,
    }


def webhook(moment: str, complete: str) -> dict[str, Any]:
    details = {"TestName": "Home", "TestId": "1", "NodeName": "Berlin - DTAG", "Asn": "3320"}
    return {"TestDetails": details, "Summary": {"Timestamp": moment, "DocumentComplete": complete, "Wait": "210"}}


def test_catchpoint_webhook_runs_are_synthetic_and_its_template_is_empty(load: Load, rows: Rows) -> None:
    record = load("runs", [webhook("20260801100000000", "3100")])
    assert ledger(record) == ("catchpoint_webhook", "page_view", 1, 1, 0, 0)
    assert rows("SELECT time_ms, view_class, load_ms, ttfb_ms FROM page_views") == [
        {
            "time_ms": parse_time("2026-08-01T10:00:00Z"),
            "view_class": ViewClass.SYNTHETIC,
            "load_ms": 3100,
            "ttfb_ms": 210,
        }
    ]
    template = load("template", json.dumps(webhook("${timestamp}", "${timingdocumentcomplete}"), indent=2))
    assert ledger(template) == ("catchpoint_webhook", "page_view", 1, 0, 1, 0)


def crux_record(metrics: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"record": {"key": {"origin": "https://shop.example.com", "formFactor": "PHONE"}, "metrics": metrics} | more}


def test_crux_is_a_figure_of_28_days_and_never_a_session(load: Load, rows: Rows) -> None:
    period = {"firstDate": {"year": 2026, "month": 7, "day": 1}, "lastDate": {"year": 2026, "month": 7, "day": 28}}
    metrics = {
        "largest_contentful_paint": {
            "histogram": [{"start": 0, "end": 2500, "density": 0.9}, {"start": 2500, "density": 0.1}],
            "percentiles": {"p75": 1583},
        },
        "cumulative_layout_shift": {"percentiles": {"p75": "0.11"}},
    }
    record = load("crux", json.dumps(crux_record(metrics, collectionPeriod=period)))
    assert ledger(record) == ("crux", "aggregate", 1, 1, 0, 0)
    found = {row["metric"]: row for row in rows("SELECT * FROM aggregates")}
    lcp = found["largest_contentful_paint p75 (ms)"]
    assert (lcp["value"], lcp["unit"], lcp["device_type"]) == (1583.0, "ms", "Mobile")
    assert lcp["start_ms"] == parse_time("2026-07-01T00:00:00Z")
    assert lcp["end_ms"] == parse_time("2026-07-29T00:00:00Z")
    assert found["cumulative_layout_shift p75"]["value"] == 0.11
    assert found["largest_contentful_paint share 2500 to more"]["value"] == 0.1
    assert not rows("SELECT * FROM sessions")
    assert not rows("SELECT * FROM page_views")


def test_crux_history_has_a_row_per_period(load: Load, rows: Rows) -> None:
    days = [
        {"firstDate": {"year": 2026, "month": m, "day": 1}, "lastDate": {"year": 2026, "month": m, "day": 28}}
        for m in (5, 6)
    ]
    metrics = {"largest_contentful_paint": {"percentilesTimeseries": {"p75s": [1500, None]}}}
    record = load("history", json.dumps(crux_record(metrics, collectionPeriods=days)))
    assert ledger(record) == ("crux", "aggregate", 2, 1, 0, 1)
    assert rows("SELECT metric, value FROM aggregates") == [
        {"metric": "largest_contentful_paint p75 (ms)", "value": 1500.0}
    ]


def test_crux_without_data_for_a_page_is_valid_and_empty(load: Load) -> None:
    answer = {"error": {"code": 404, "message": "chrome ux report data not found", "status": "NOT_FOUND"}}
    assert ledger(load("none", json.dumps(answer))) == ("crux", "aggregate", 1, 0, 1, 0)


def test_pagespeed_field_and_lab_figures(load: Load, rows: Rows) -> None:
    answer = {
        "loadingExperience": {
            "id": "https://shop.example.com/",
            "metrics": {
                "LARGEST_CONTENTFUL_PAINT_MS": {
                    "percentile": 2100,
                    "distributions": [{"min": 0, "max": 2500, "proportion": 0.8}],
                },
                "CUMULATIVE_LAYOUT_SHIFT_SCORE": {"percentile": 11},
            },
        },
        "lighthouseResult": {
            "requestedUrl": "https://shop.example.com/",
            "fetchTime": "2026-08-01T10:00:00.000Z",
            "audits": {"speed-index": {"numericValue": 3210.5, "numericUnit": "millisecond"}, "viewport": {"score": 1}},
        },
        "analysisUTCTimestamp": "2026-08-01T10:00:05.000Z",
    }
    assert ledger(load("psi", json.dumps(answer))) == ("crux", "aggregate", 2, 2, 0, 0)
    found = {row["metric"]: row["value"] for row in rows("SELECT metric, value FROM aggregates")}
    assert found["LARGEST_CONTENTFUL_PAINT_MS p75 (ms)"] == 2100
    assert found["CUMULATIVE_LAYOUT_SHIFT_SCORE p75"] == 0.11
    assert found["lab speed-index (ms)"] == 3210.5


def test_mpulse_query_tables_and_summaries(load: Load, rows: Rows) -> None:
    table = {
        "columnNames": ["Page Group", "Median Time (ms)", "Measurements"],
        "data": [["Home", 1840, 1200], ["Cart", 2900, 90]],
    }
    assert ledger(load("table", json.dumps(table))) == ("mpulse_query", "aggregate", 2, 2, 0, 0)
    summary = {"n": 1290, "median": 1900, "p95": 6100, "p98": 8000, "moe": 12.5}
    assert ledger(load("summary", json.dumps(summary))) == ("mpulse_query", "aggregate", 1, 1, 0, 0)
    found = rows("SELECT page_group, metric, value, samples FROM aggregates ORDER BY aggregate_id")
    assert found[0] == {"page_group": "Home", "metric": "Median Time (ms)", "value": 1840.0, "samples": 1200.0}
    assert {row["metric"]: row["value"] for row in found if row["samples"] == 1290} == {
        "median": 1900,
        "p95": 6100,
        "p98": 8000,
        "moe": 12.5,
    }


def test_bluetriangle_beacon_times_are_milliseconds(load: Load, rows: Rows, ws: Workspace) -> None:
    beacon = {
        "siteID": "SHOP",
        "sID": 999999999999999901,
        "gID": 888888888888888801,
        "nst": 1_785_578_400_250,
        "pageName": "PDP",
        "pgTm": 2150,
        "bv": 19.5,
        "AB": "blue",
        "CmpN": "summer",
        "CmpM": "cpc",
        "CmpS": "google",
        "thisURL": "https://shop.example.com/p/1?token=verysecret",
        "txnName": "Shop",
        "device": "Mobile",
        "EUOS": "iOS",
        "NATIVEAPP": {"deviceModel": "iPhone14,5"},
    }
    record = load(
        "beacon", [beacon, beacon | {"nst": 1_785_578_500_250}, beacon | {"sID": 999999999999999902, "nst": "never"}]
    )
    assert ledger(record) == ("bluetriangle_beacon", "page_view", 3, 2, 0, 1)
    view = rows("SELECT * FROM v_page_views")[0]
    assert (view["load_ms"], view["page_group"], view["revenue_minor"]) == (2150, "PDP", 1950)
    assert (view["source"], view["medium"], view["campaign"], view["variant"]) == ("google", "cpc", "summer", "blue")
    assert view["device_model"] == "iPhone14,5"
    data = ws.path.read_bytes()
    assert b"verysecret" not in data
    assert b"999999999999999901" not in data


def test_rigor_checks_are_figures(load: Load, rows: Rows) -> None:
    check = {
        "id": 5,
        "name": "Home",
        "type": "real_browser",
        "frequency": 5,
        "created_at": "2026-01-01T00:00:00Z",
        "status": {"last_code": 200, "last_response_time": 1234, "last_run_at": "2026-08-01T10:00:00Z"},
    }
    assert ledger(load("checks", json.dumps([check]))) == ("rigor_checks", "aggregate", 1, 1, 0, 0)
    assert rows("SELECT subject, metric, value, start_ms FROM aggregates") == [
        {
            "subject": "Home",
            "metric": "status.last_response_time",
            "value": 1234.0,
            "start_ms": parse_time("2026-08-01T10:00:00Z"),
        }
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"log": {"entries": [{"request": "no"}], "pages": [{"pageTimings": None}, 3]}},
        {"resourceSpans": [4, {"scopeSpans": [{"spans": ["x", {"name": "documentLoad"}]}]}]},
        {"userSessionId": "u", "userActions": [None, 3]},
        {"columnNames": ["a"], "values": [3]},
        {"record": {"key": {}, "metrics": {"lcp": 3}, "collectionPeriods": [1]}},
        {"summary": {"fields": {"synthetic_metrics": 3}, "items": [1]}, "start": 5},
        {"data": {"actor": {"nrql": {"results": [1, None]}}}},
    ],
)
def test_documents_of_a_known_shape_with_rubbish_inside_are_told_not_crashed_on(
    document: dict[str, Any], put: Put, load: Load
) -> None:
    path = put("rubbish", json.dumps(document))
    seen = preview_file(path)
    assert seen.estimate.loaded == 0
    with pytest.raises(ExportError, match="rubbish"):
        load("rubbish", json.dumps(document))


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just("-1")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = (
    har([page("p1", "2026-08-01T10:00:00Z", 900)], [entry("https://a.example/", "2026-08-01T10:00:00Z")]),
    otlp(spans("aa", START, 10**9, 10**8))[0],
    crux_record({"largest_contentful_paint": {"histogram": [{"start": 0, "density": 1}], "percentiles": {"p75": 9}}}),
    webhook("20260801100000000", "3100"),
    {
        "userSessionId": "u",
        "stringProperties": [{"key": "a", "value": "b"}],
        "userActions": [{"name": "x", "startTime": 1}],
    },
    {"columnNames": ["a", "count(*)"], "values": [["x", 1]], "extrapolationLevel": 2},
    {
        "data": {
            "actor": {"account": {"nrql": {"metadata": {"timeWindow": {"begin": 1}}, "results": [{"timestamp": 1}]}}}
        }
    },
    {
        "summary": {
            "fields": {"synthetic_metrics": [{"name": "a"}]},
            "items": [{"breakdown_1": {"id": 1}, "synthetic_metrics": [1]}],
        }
    },
)


@given(data=st.data(), document=st.sampled_from(DOCUMENTS), junk=JUNK)
def test_junk_anywhere_in_a_document_is_taken_or_told(data: st.DataObject, document: dict[str, Any], junk: Any) -> None:
    document = json.loads(json.dumps(document))
    place: Any = document
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = junk
            break
        place = place[key]
    for block in read_json_lines(iter([json.dumps(document).encode()])):
        assert block.table.num_rows == len(block.lines)
        assert block.records > 0
