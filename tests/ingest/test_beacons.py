"""Beacons: all naming styles and packings, load and unload of one view once, classes of traffic, sessions."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from docops_desktop.model.traffic import ViewClass
from docops_desktop.store.workspace import Workspace

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36"
)
PHONE = "Mozilla/5.0 (Linux; Android 13; SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36"
BASE = 1_785_600_000_000
Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]


def boomerang(view: int, session: str = "sess-1", **changes: str | None) -> dict[str, str]:
    start = BASE + view * 20_000
    beacon: dict[str, str | None] = {
        "rt.si": session,
        "pid": f"pid{view}",
        "n": "1",
        "rt.start": "navigation",
        "rt.tstart": str(start),
        "rt.end": str(start + 1_500),
        "nt_nav_st": str(start),
        "u": f"https://shop.example.com/product/{view}?utm_source=news&utm_medium=email&utm_campaign=spring&email=joe@example.com",
        "r": "https://shop.example.com/",
        "t_done": str(1_500 + view),
        "t_resp": "300",
        "pt.lcp": "1200",
        "c.cls": "0.01",
        "mob.etype": "4g",
        "vis.st": "visible",
        "user_agent": CHROME,
    } | changes
    return {name: value for name, value in beacon.items() if value is not None}


def unload(view: int, session: str = "sess-1", **changes: str | None) -> dict[str, str]:
    gone = {"rt.start": None, "nt_nav_st": None, "pt.lcp": None, "t_resp": None}
    return boomerang(view, session, **(gone | {"rt.quit": "", "n": "2", "c.cls": "0.25", "vis.st": "hidden"} | changes))


def test_load_and_unload_of_one_view_count_once(load: Load, rows: Rows) -> None:
    record = load("b.json", [boomerang(0), unload(0), boomerang(1), boomerang(2), unload(2), unload(1)])
    assert (record.adapter, record.rows_read, record.rows_loaded) == ("boomerang", 6, 3)
    assert dict(record.filtered) == {"unload beacon, merged into its page view": 3}
    views = rows("SELECT load_ms, cls, lcp_ms, view_class FROM page_views ORDER BY time_ms")
    assert views == [{"load_ms": 1500 + i, "cls": 0.25, "lcp_ms": 1200, "view_class": 0} for i in range(3)]


def test_an_unload_before_its_load_and_one_without(load: Load, rows: Rows) -> None:
    record = load("b.json", [unload(0), boomerang(0), unload(7), boomerang(0), boomerang(3, pid=None)])
    assert record.rows_loaded == 2
    assert dict(record.filtered) == {
        "unload beacon, merged into its page view": 1,
        "unload beacon without its page view in this export": 1,
        "repeated beacon": 1,
    }
    assert rows("SELECT cls FROM page_views WHERE load_ms = 1500") == [{"cls": 0.25}]


def test_an_unload_belongs_to_the_last_navigation_not_to_a_background_request(load: Load, rows: Rows) -> None:
    spa = boomerang(0, n="2", **{"http.initiator": "spa", "u": "https://shop.example.com/cart", "t_done": "400"})
    xhr = boomerang(0, n="3", **{"http.initiator": "xhr", "t_done": "50"})
    record = load("b.json", [boomerang(0), spa, xhr, unload(0, n="4")])
    assert record.rows_loaded == 3
    found = rows("SELECT load_ms, view_class, cls FROM page_views ORDER BY load_ms")
    assert [(row["load_ms"], ViewClass(row["view_class"])) for row in found] == [
        (50, ViewClass.XHR),
        (400, ViewClass.SPA),
        (1500, ViewClass.PAGE_VIEW),
    ]
    assert [row["cls"] for row in found] == [0.01, 0.25, 0.01]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ViewClass.PAGE_VIEW),
        ({"http.initiator": "spa_hard"}, ViewClass.PAGE_VIEW),
        ({"http.initiator": "spa"}, ViewClass.SPA),
        ({"http.initiator": "xhr"}, ViewClass.XHR),
        ({"http.initiator": "error"}, ViewClass.XHR),
        ({"http.initiator": "bfcache"}, ViewClass.BFCACHE),
        ({"vis.st": "hidden"}, ViewClass.HIDDEN),
        ({"vis.st": "prerender"}, ViewClass.HIDDEN),
        ({"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, ViewClass.BOT),
        ({"user_agent": f"{CHROME} PTST/231006"}, ViewClass.SYNTHETIC),
        ({"user_agent": CHROME.replace("Chrome/", "HeadlessChrome/")}, ViewClass.BOT),
        ({"http.errno": "404"}, ViewClass.ERROR_PAGE),
    ],
)
def test_classes(changes: dict[str, str], expected: ViewClass, load: Load, rows: Rows) -> None:
    load("b.json", [boomerang(0, **changes)])
    assert [row["view_class"] for row in rows("SELECT view_class FROM page_views")] == [expected]


def test_attributes_of_the_session(load: Load, rows: Rows) -> None:
    landing = boomerang(0, user_agent=PHONE)
    later = boomerang(1, user_agent=PHONE, u="https://shop.example.com/cart", r="https://shop.example.com/product/0")
    load("b.json", [later, landing])
    (session,) = rows("SELECT * FROM v_sessions")
    assert session["device_model"] == "Samsung SM-G991B"
    assert session["device_type"] == "Mobile"
    assert (session["os"], session["browser"], session["connection"]) == ("Android", "Chrome Mobile", "4g")
    assert (session["source"], session["medium"], session["campaign"]) == ("news", "email", "spring")
    assert session["channel"] == "Email"
    urls = {row["value"] for row in rows("SELECT value FROM dim_page_url")}
    assert urls == {"/product/0", "/cart"}
    assert {row["value"] for row in rows("SELECT value FROM dim_page_group")} >= {"Product", "Cart"}


@pytest.mark.parametrize(
    ("referrer", "channel", "source"),
    [
        ("https://www.google.com/search?q=private", "Organic Search", "google.com"),
        ("https://m.facebook.com/", "Organic Social", "m.facebook.com"),
        ("https://blog.other.org/post", "Referral", "blog.other.org"),
        ("https://www.shop.example.com/home", "Direct", "(not set)"),
        (None, "Direct", "(not set)"),
    ],
)
def test_channel_by_referrer(referrer: str | None, channel: str, source: str, load: Load, rows: Rows) -> None:
    first = boomerang(0, u="https://shop.example.com/", r="https://shop.example.com/x")
    second = boomerang(1, u="https://shop.example.com/p/1", r=referrer)
    load("b.json", [first, second])
    assert [(row["channel"], row["source"]) for row in rows("SELECT channel, source FROM v_sessions")] == [
        (channel, source)
    ]


def views_of(rows: Rows) -> list[tuple[Any, ...]]:
    sql = "SELECT time_ms, load_ms, ttfb_ms, lcp_ms, cls, view_class, p.value AS url FROM page_views JOIN dim_page_url p ON p.id = page_url"
    return sorted(tuple(row.values()) for row in rows(sql))


def as_queries(beacons: list[dict[str, str]]) -> str:
    return "".join(urlencode(beacon) + "\n" for beacon in beacons)


def as_log(beacons: list[dict[str, str]]) -> str:
    lines = ['203.0.113.7 - - [01/Aug/2026:10:00:00 +0000] "GET /index.html HTTP/1.1" 200 512 "-" "curl/8"']
    for beacon in beacons:
        bare = {name: value for name, value in beacon.items() if name != "user_agent"}
        target = f"/beacon.gif?{urlencode(bare)}"
        lines.append(
            f'www.example.com:80 203.0.113.7 - - [01/Aug/2026:10:00:00 +0000] "GET {target} HTTP/1.1" 204 - "https://shop.example.com/" "{CHROME}"'
        )
    return "\n".join(lines) + "\n"


def as_iis(beacons: list[dict[str, str]]) -> str:
    lines = ["#Software: IIS", "#Fields: date time cs-method cs-uri-stem cs-uri-query sc-status"]
    for number, beacon in enumerate(beacons):
        if number == 1:
            lines.append("#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query cs(User-Agent) sc-status")
        bare = urlencode({name: value for name, value in beacon.items() if name != "user_agent"})
        if number == 0:
            lines.append(f"2026-08-01 10:00:00 GET /beacon {bare} 204")
        else:
            lines.append(f"2026-08-01 10:00:00 203.0.113.7 GET /beacon {bare} {CHROME.replace(' ', '+')} 204")
    return "\n".join(lines) + "\n"


def test_every_packing_of_boomerang_gives_the_same_views(tmp_path: Any, put: Load, rows: Rows) -> None:
    from docops_desktop.ingest.importer import import_file

    beacons = [boomerang(i, f"s{i // 2}") for i in range(6)]
    forms = {
        "lines.json": "".join(json.dumps(beacon) + "\n" for beacon in beacons),
        "array.json": json.dumps(beacons, indent=1),
        "one_after_the_other.json": "".join(json.dumps(beacon) for beacon in beacons),
        "lines.json.gz": gzip.compress("".join(json.dumps(beacon) + "\n" for beacon in beacons).encode()),
        "queries.txt": as_queries(beacons),
        "access.log": as_log(beacons),
        "iis.log": as_iis(beacons),
    }
    found: dict[str, Any] = {}
    for name, content in forms.items():
        with Workspace.create(tmp_path / f"{name}.docops") as ws:
            record = import_file(ws, put(name, content))
            assert (record.adapter, record.rows_loaded) == ("boomerang", 6), name
            with ws.reading() as connection:
                found[name] = sorted(
                    connection.execute(
                        "SELECT time_ms, load_ms, ttfb_ms, lcp_ms, cls, view_class, p.value FROM page_views JOIN dim_page_url p ON p.id = page_url"
                    ).fetchall()
                )
                (sessions,) = connection.execute("SELECT count(*) FROM sessions").fetchone()
            assert sessions == 3, name
    assert all(views == found["lines.json"] for views in found.values())


def mpulse(number: int, session: str = "m-1", **changes: Any) -> dict[str, Any]:
    beacon = {
        "type": "beacon",
        "id": f"beacon-{number}",
        "timestamp": BASE + number * 1_000,
        "page_id": f"pg{number}",
        "remote_ip": "203.0.113.0",
        "beacon_type": "page view",
        "page_group": "Product",
        "ab_test": "B",
        "url": f"https://shop.example.com/product/{number}",
        "mobile_connection_type": "4G",
        "session": {"ID": session, "start": BASE},
        "user_agent": {
            "family": "Chrome Mobile",
            "os": "Android",
            "model": "SM-G991B",
            "manufacturer": "Samsung",
            "type": "Mobile",
        },
        "geo": {"cc": "de", "rg": "BE", "isp": "Vodafone"},
        "timers": {"t_done": 1_500 + number, "t_resp": 300, "lcp": 1_200},
        "params": {"tp.ga.clientid": "1.2", "tp.ga.utm_source": "google", "tp.ga.utm_medium": "cpc", "c.cls": "0.02"},
    }
    return beacon | changes


WAREHOUSE = {
    "timestamp": "timestamp",
    "sessionId": "session",
    "beaconId": "id",
    "pageId": "page_id",
    "beaconType": "beacon_type",
    "pageGroup": "page_group",
    "pageUrl": "url",
    "abTestName": "ab_test",
    "mobileConnectionType": "mobile_connection_type",
}


def warehouse(beacon: dict[str, Any]) -> dict[str, Any]:
    row = {name: beacon[key] for name, key in WAREHOUSE.items() if key != "session"}
    agent, geo, timers = beacon["user_agent"], beacon["geo"], beacon["timers"]
    return row | {
        "sessionId": beacon["session"]["ID"],
        "pageLoadTime": timers["t_done"],
        "timersResponse": timers["t_resp"],
        "LARGESTCONTENTFULPAINT": timers["lcp"],
        "cumulativeLayoutShift": float(beacon["params"]["c.cls"]),
        "userAgentDeviceType": agent["type"],
        "userAgentFamily": agent["family"],
        "userAgentOs": agent["os"],
        "userAgentManufacturer": agent["manufacturer"],
        "userAgentModel": agent["model"],
        "countryCode": geo["cc"],
        "regionCode": geo["rg"],
        "isp": geo["isp"],
        "tpGaUtmSource": "google",
        "tpGaUtmMedium": "cpc",
    }


@pytest.mark.parametrize("style", ["upload", "warehouse_csv", "warehouse_parquet"])
def test_mpulse_names(style: str, load: Load, rows: Rows) -> None:
    beacons = [
        mpulse(0),
        mpulse(1, beacon_type="spa"),
        mpulse(2, beacon_type="xhr"),
        mpulse(3, "m-2"),
        mpulse(3, "m-2", id="beacon-9", beacon_type="unload", params={"c.cls": "0.3"}),
    ]
    if style == "upload":
        record = load("b.gz", gzip.compress("".join(json.dumps(beacon) + "\n" for beacon in beacons).encode()))
    else:
        table = pa.Table.from_pylist([warehouse(beacon) for beacon in beacons])
        sink = pa.BufferOutputStream()
        if style == "warehouse_csv":
            import pyarrow.csv as pacsv

            pacsv.write_csv(table, sink)
        else:
            pq.write_table(table, sink)
        record = load("b.csv", sink.getvalue().to_pybytes())
    assert record.adapter == ("mpulse_beacons" if style == "upload" else "mpulse_warehouse")
    assert (record.rows_read, record.rows_loaded) == (5, 4)
    assert [row["view_class"] for row in rows("SELECT view_class FROM page_views ORDER BY time_ms")] == [0, 1, 4, 0]
    assert rows("SELECT cls FROM page_views WHERE load_ms = 1503") == [{"cls": 0.3}]
    found = rows(
        "SELECT DISTINCT device_model, device_type, os, browser, carrier, country, region, channel, variant FROM v_sessions"
    )
    assert [tuple(row.values()) for row in found] == [
        ("Samsung SM-G991B", "Mobile", "Android", "Chrome Mobile", "Vodafone", "DE", "BE", "Paid Search", "B")
    ]
    assert rows("SELECT DISTINCT page_group FROM v_page_views") == [{"page_group": "Product"}]
    assert rows("SELECT count(*) AS n FROM sessions") == [{"n": 2}]
