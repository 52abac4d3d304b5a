"""Downloads of overlapping spans: everything counts once, and the ledger says what was left out, or which download counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from docops_desktop.store.checks import check_workspace
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.workspace import Workspace
from tests.support.system_exports import DASHES, READER_SEEDS

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]
HEADER = "Campaign status,Campaign,Day,Campaign type,Currency code,Impr.,Cost,Clicks\n"


def report(*days: int, campaign: str = "Shoes", cost: str = "10.00") -> str:
    rows = [
        f"Enabled,{campaign},2026-08-{day:02},{kind},EUR,100,{cost},5\n"
        for day in days
        for kind in ("Search", "Search")
    ]
    return f"Campaign report\n2026-08-01 - 2026-08-31\n{HEADER}" + "".join(rows)


def total(rows: Rows) -> int:
    return int(rows("SELECT sum(cost_minor) AS total FROM v_campaign_days")[0]["total"])


def test_days_of_an_overlapping_download_count_once_as_the_newest_says(load: Load, rows: Rows, ws: Workspace) -> None:
    # two rows of one campaign's day in one file are two ad groups or devices
    assert load("first.csv", report(1, 2, 3)).rows_loaded == 6
    record = load("second.csv", report(2, 3, 4, cost="11.00"))  # the platform restated what it said
    assert (record.rows_loaded, record.rows_replaced, record.rows_superseded) == (6, 4, 0)
    assert [(one.rows_superseded, one.rows_replaced) for one in ws.ledger()] == [(4, 0), (0, 4)]
    assert total(rows) == 2 * 1000 + 6 * 1100
    assert rows("SELECT count(*) AS n FROM campaign_days") == [{"n": 12}]
    assert (record.first_time_ms, record.last_time_ms) == (1785628800000, 1785801600000)


@pytest.mark.parametrize("forgotten", [1, 2, 3])
def test_forgetting_any_download_lets_the_others_count(load: Load, rows: Rows, ws: Workspace, forgotten: int) -> None:
    for number in (1, 2, 3):
        load(f"{number}.csv", report(1, number + 1, cost=f"{number}.00"))
    ws.forget(forgotten)
    left = [number for number in (1, 2, 3) if number != forgotten]
    assert total(rows) == 2 * 100 * (left[-1] + sum(left))
    assert sum(one.rows_superseded for one in ws.ledger()) == sum(one.rows_replaced for one in ws.ledger()) == 2
    assert all(result.ok for result in check_workspace(ws))


def test_another_campaign_or_system_of_the_same_days_is_no_overlap(load: Load, rows: Rows) -> None:
    load("first.csv", report(1, 2))
    assert load("other.csv", report(1, 2, campaign="Socks")).rows_replaced == 0
    plain = "Date,Source,Medium,Campaign,Impressions,Clicks,Cost\n2026-08-01,newsletter,email,Shoes,10,1,2.00\n"
    assert load("plain.csv", plain).rows_replaced == 0
    assert total(rows) == 8 * 1000 + 200


def test_of_two_breakdowns_of_one_day_the_first_counts_and_the_other_takes_its_place(
    load: Load, rows: Rows, ws: Workspace
) -> None:
    def by(column: str, *days: int) -> str:
        first, span, body = report(*days).split("\n", 2)
        head, lines = body.split("\n", 1)
        return f"{first}\n{span}\n{head},{column}\n" + "".join(f"{line},x\n" for line in lines.splitlines())

    whole = load("whole.csv", report(1, 2))
    for name, column in {"groups": "Ad group", "devices": "Device", "keywords": "Search keyword"}.items():
        part = load(f"{name}.csv", by(column, 2, 3))
        assert (part.rows_loaded, part.rows_superseded, part.rows_replaced) == (4, 2 if name == "groups" else 4, 0)
    assert load("status.csv", by("Budget", 2)).rows_superseded == 0  # no other dimension: the newest of the whole
    assert total(rows) == 6 * 1000
    ws.forget(whole.import_id)
    ws.forget(5)
    assert total(rows) == 4 * 1000
    assert {row["ad_group"] for row in rows("SELECT ad_group FROM v_campaign_days")} == {"x"}


def test_tables_of_nobody_knows_which_system_are_known_by_their_header(load: Load, rows: Rows) -> None:
    head = "date,campaign,impressions,clicks,cost"
    load("one.csv", f"{head}\n2026-08-01,Sale,10,1,2.00\n")
    assert load("two.csv", f"{head},views\n2026-08-01,Sale,10,1,3.00,7\n").rows_replaced == 0
    assert load("three.csv", f"{head}\n2026-08-01,Sale,10,1,4.00\n").rows_replaced == 1
    assert total(rows) == 700


def test_orders_leads_and_opportunities_stand_as_the_newest_download_says(load: Load, rows: Rows) -> None:
    header = "order_id,order_date,revenue,currency,status\n"
    lines = [f"A{n},2026-08-0{n}T10:00:00Z,10.00,EUR,paid\n" for n in range(1, 6)]
    assert load("first.csv", header + "".join(lines[:3])).rows_loaded == 3
    other_shop = "A1,2026-08-01T11:11:11Z,5.00,EUR,paid\n"
    record = load("second.csv", header + lines[1].replace("paid", "refunded") + "".join(lines[2:]) + other_shop)
    assert (record.rows_loaded, record.rows_replaced) == (5, 2)
    assert rows("SELECT sum(revenue_minor) AS total, count(*) AS n FROM v_orders WHERE status = 'paid'") == [
        {"total": 4500, "n": 5}
    ]
    head = "Id,IsDeleted,StageName,IsWon,IsClosed,Amount,CloseDate,CreatedDate,Probability,ForecastCategory\n"
    load("open.csv", head + "0061,0,Offer,0,0,100,2026-09-01,2026-08-01 10:00:00,50,Pipeline\n")
    won = load("won.csv", head + "0061,0,Ganada,1,1,90,2026-08-20,2026-08-01 10:00:00,100,Closed\n")
    assert won.rows_replaced == 1
    assert rows("SELECT stage, amount_minor FROM v_opportunities") == [{"stage": "Closed Won", "amount_minor": 9000}]


def test_refunds_of_a_newer_download_reach_the_figures(load: Load, ws: Workspace) -> None:
    load("views.csv", VIEWS + "2026-08-01T10:00:00Z,s1,/a,100\n")
    header = "order_id,order_date,session id,revenue,currency,status\n"
    line = "A1,2026-08-01T10:05:00Z,s1,10.00,EUR,"
    load("first.csv", f"{header}{line}paid\n")
    assert int(open_facts(ws).session("revenue").sum()) == 1000
    newer = load("second.csv", f"{header}{line}refunded\n")
    facts = open_facts(ws)
    assert facts.header.excluded["cancelled order"] == 1
    assert not facts.session("revenue").any()
    ws.forget(newer.import_id)
    assert int(open_facts(ws).session("revenue").sum()) == 1000


def test_figures_of_the_same_span_and_thing_count_once(load: Load, rows: Rows) -> None:
    def answer(day: int, p75: int, origin: str = "https://x.example") -> bytes:
        dates = {
            "firstDate": {"year": 2026, "month": 7, "day": day},
            "lastDate": {"year": 2026, "month": 8, "day": day},
        }
        metrics = {"largest_contentful_paint": {"percentiles": {"p75": p75}}}
        record = {"key": {"origin": origin}, "metrics": metrics, "collectionPeriod": dates}
        return json.dumps({"record": record}).encode()

    load("a.json", answer(1, 2000))
    assert load("b.json", answer(1, 2100)).rows_replaced == 1
    assert load("c.json", answer(2, 2200)).rows_replaced == 0
    assert load("d.json", answer(1, 900, "https://y.example")).rows_replaced == 0
    assert [row["value"] for row in rows("SELECT value FROM v_aggregates ORDER BY aggregate_id")] == [2100, 2200, 900]


def test_figures_that_nothing_tells_apart_are_never_the_same(load: Load, rows: Rows) -> None:
    shares = '[{"date":"2026_07_07","percent":"40.5","device":null,"timestamp":"1783382400000"}%s]'
    load("first.json", shares % "")  # what has no device in a list by device is told apart
    more = ',{"date":"2026_08_04","percent":"59.5","device":"Mobile","timestamp":"1785801600000"}'
    assert load("second.json", shares % more).rows_replaced == 1
    series = '[{"beginTimeSeconds":1785801600,"endTimeSeconds":1785805200,"average.duration":%s}]'
    load("shop.json", series % "1.5")
    assert load("blog.json", series % "2.5").rows_replaced == 0
    assert len(rows("SELECT * FROM v_aggregates")) == 4


def test_a_download_without_its_metadata_is_of_the_same_system(load: Load, rows: Rows) -> None:
    head = "TimePeriod,AccountId,CampaignName,CurrencyCode,Impressions,Clicks,Spend\n"
    lines = [f"2026-08-0{day},1,Brand,EUR,50,4,3.00\n" for day in (1, 2, 3)]
    around = (
        '"Report Name: Campaign"\n"Report Time: 8/1/2026 - 8/2/2026"\n"Rows: 2"\n\n{}\n"@2026 Microsoft Corporation."\n'
    )
    load("whole.csv", around.format(head + "".join(lines[:2])))
    record = load("plain.csv", head + "".join(lines[1:]))
    assert (record.adapter, record.rows_replaced) == ("microsoft_ads_plain", 1)
    assert total(rows) == 900


def test_two_accounts_campaigns_of_one_name_are_two(load: Load, rows: Rows) -> None:
    def of_account(days: tuple[int, ...], account: str) -> str:
        first, *body = report(*days).split("\n", 2)
        head, lines = body[1].split("\n", 1)
        return f"{first}\n{body[0]}\n{head},Account\n" + "".join(f"{line},{account}\n" for line in lines.splitlines())

    load("one.csv", of_account((1, 2), "Shop DE"))
    assert load("two.csv", of_account((1, 2), "Shop FR")).rows_replaced == 0
    assert load("three.csv", of_account((2, 3), "Shop FR")).rows_replaced == 2
    # without the column nothing tells whose the campaign is: a day that is there stays the day that is there
    assert load("four.csv", report(3, 4)).rows_superseded == 2
    assert load("five.csv", of_account((4, 5), "Shop DE")).rows_superseded == 2
    assert total(rows) == 14 * 1000
    # a download without accounts that does not count itself stands before nobody
    assert load("six.csv", report(6)).rows_superseded == 0
    assert load("seven.csv", of_account((6,), "Shop DE")).rows_superseded == 2
    load("eight.csv", of_account((7,), "Shop DE"))
    assert load("nine.csv", report(7)).rows_superseded == 2
    assert load("ten.csv", of_account((7,), "Shop FR")).rows_superseded == 0
    assert total(rows) == 20 * 1000


def test_two_properties_of_google_analytics_are_two(load: Load, rows: Rows) -> None:
    def daily(name: str, first: int) -> str:
        head = [
            DASHES,
            "# Traffic",
            "# Account: A",
            f"# Property: {name}",
            DASHES,
            "# Start date: 20260801",
            "# End date: 20260803",
        ]
        body = [f"202608{day:02},summer,{10 * day}" for day in range(first, first + 2)]
        return "\n".join([*head, "Date,Session campaign,Sessions", *body]) + "\n"

    load("one.csv", daily("Shop DE", 1))
    assert load("two.csv", daily("Shop FR", 1)).rows_replaced == 0
    assert load("three.csv", daily("Shop FR", 2)).rows_replaced == 1
    assert rows("SELECT account, sum(sessions) AS n FROM v_campaign_days GROUP BY 1 ORDER BY 1") == [
        {"account": "Shop DE", "n": 30},
        {"account": "Shop FR", "n": 60},
    ]


VIEWS = "timestamp,session id,url,load time (ms)\n"


def views(*seconds: int, of: str = "s") -> str:
    return VIEWS + "".join(
        f"2026-08-01T10:{n // 60:02}:{n % 60:02}Z,{of}{n % 7},/p{n % 5},{100 + n}\n" for n in seconds
    )


def test_page_views_of_an_overlapping_download_count_once(load: Load, rows: Rows) -> None:
    first, second, whole = range(0, 200), range(150, 300), range(0, 300)
    load("first.csv", views(*first))
    record = load("second.csv", views(*second))
    assert (record.rows_read, record.rows_loaded, record.filtered) == (150, 100, {"page view already loaded": 50})
    counted = "SELECT count(*) AS views, sum(load_ms) AS ms, count(DISTINCT session_id) AS parts FROM page_views"
    assert rows(counted)[0] == {"views": 300, "ms": sum(100 + n for n in whole), "parts": 14}
    assert rows("SELECT count(DISTINCT session_key) AS n FROM sessions") == [{"n": 7}]


def test_as_many_equal_views_are_repeats_as_were_loaded(load: Load) -> None:
    line = "2026-08-01T10:00:00Z,s,/a,100\n"
    load("first.csv", VIEWS + line * 2)
    record = load("second.csv", VIEWS + line * 3 + "2026-08-01T10:00:01Z,s,/a,100\n")
    assert (record.rows_loaded, record.filtered) == (2, {"page view already loaded": 2})


def test_days_tell_no_view_from_another(load: Load) -> None:
    day = "timestamp,session id,url\n2026-08-01,s,/a\n"
    load("part-1.csv", day)
    assert load("part-2.csv", day + "2026-08-01,s,/a\n").rows_filtered == 0


def test_views_that_differ_in_session_page_or_time_are_no_repeats(load: Load) -> None:
    load("first.csv", VIEWS + "2026-08-01T10:00:00Z,s,/a,100\n2026-08-01T11:00:05Z,s,/a,100\n")
    other = "2026-08-01T10:00:00Z,t,/a,100\n2026-08-01T10:00:00Z,s,/b,100\n2026-08-01T10:00:01Z,s,/a,100\n"
    assert load("second.csv", VIEWS + other).rows_loaded == 3


def test_views_of_nobody_are_never_repeats(load: Load) -> None:
    for name in ("first.csv", "second.csv"):
        record = load(name, f"timestamp,url,note\n2026-08-01T10:00:00Z,/a,{name}\n")
        assert record.rows_filtered == 0


def test_another_systems_views_are_no_overlap(load: Load) -> None:
    load("first.csv", views(1, 2))
    beacon = {
        "rt.si": "s1",
        "u": "https://x.example/p1",
        "rt.end": 1785578401000,
        "t_done": "5",
        "rt.tstart": 1785578401000,
    }
    assert load("second.json", [beacon | {"nt_nav_st": 1785578401000}]).rows_filtered == 0


def test_views_by_user_are_known_by_their_user(load: Load, rows: Rows) -> None:
    head = "timestamp,user id,url\n"
    lines = [f"2026-08-01T10:{n:02}:00Z,u{n % 3},/p\n" for n in range(40)]
    load("first.csv", head + "".join(lines[:25]))
    record = load("second.csv", head + "".join(lines[10:]))
    assert (record.rows_loaded, record.filtered) == (15, {"page view already loaded": 15})
    assert rows("SELECT count(*) AS n FROM page_views") == [{"n": 40}]


def test_forgetting_the_first_download_makes_way_for_its_views(load: Load, ws: Workspace) -> None:
    first = load("first.csv", views(*range(10)))
    part = load("part.csv", views(*range(5)))
    assert (part.rows_loaded, part.filtered) == (0, {"page view already loaded": 5})
    ws.forget(part.import_id)
    ws.forget(first.import_id)
    assert load("part.csv", views(*range(5))).rows_loaded == 5


def test_beacons_are_known_by_their_own_id(load: Load, rows: Rows) -> None:
    def beacon(n: int, arrived_ms: int) -> dict[str, Any]:
        made = {
            "beacon_type": "page view",
            "id": f"b{n}",
            "timestamp": arrived_ms,
            "url": "https://x.example/",
            "timers": {"t_done": n},
        }
        return made | {"session": {"ID": "s"}, "domain": "x.example"}

    at = 1785578401000
    load("first.json", [beacon(n, at + n) for n in range(5)])
    record = load(
        "second.json", [beacon(3, at + 5_000), beacon(9, at + 3), beacon(4, at + 4)]
    )  # b3 was sent again later
    assert (record.rows_loaded, record.filtered) == (1, {"repeated beacon": 2})
    assert rows("SELECT count(*) AS n, count(DISTINCT beacon_key) AS keys FROM page_views") == [{"n": 6, "keys": 6}]


MAILING = "Recipient Id,Recipient Type,Mailing Id,Report Id,Campaign Id,Email,Event Type,Event Timestamp,Body Type,Click Name,URL\n"


def test_events_of_overlapping_mailing_exports_count_once(load: Load, rows: Rows) -> None:
    def event(n: int, kind: str = "Open", url: str = "") -> str:
        return f"{n % 4},Normal,77,1,5,p{n % 4}@x.example,{kind},08/29/2026 12:{n // 60:02}:{n % 60:02},HTML,,{url}\n"

    both_links = event(9, "Click Through", "https://x.example/a") + event(9, "Click Through", "https://x.example/b")
    load("first.csv", MAILING + "".join(event(n) for n in range(30)) + event(9, "Click Through", "https://x.example/a"))
    record = load("second.csv", MAILING + "".join(event(n) for n in range(20, 50)) + event(9, "Sent") + both_links)
    assert (record.rows_loaded, record.filtered) == (22, {"mailing event already loaded": 11})
    assert rows("SELECT event, count(*) AS n FROM email_events GROUP BY 1 ORDER BY 1") == [
        {"event": "Click Through", "n": 2},
        {"event": "Open", "n": 50},
        {"event": "Sent", "n": 1},
    ]


def test_sessions_of_overlapping_downloads_count_once_but_join_their_views(load: Load, rows: Rows) -> None:
    head = "session start,session id,session duration,session converted,page views\n"
    lines = [f"2026-08-01T1{n}:00:00Z,s{n},60,1,3\n" for n in range(6)]
    load("views.csv", VIEWS + "2026-08-01T10:00:00Z,s0,/a,100\n")
    assert load("first.csv", head + "".join(lines[:4]), mapping=None).rows_loaded == 4
    record = load("second.csv", head + "".join(lines[2:]))
    assert (record.rows_loaded, record.filtered) == (2, {"session already loaded": 2})
    assert rows("SELECT sum(conversions) AS n FROM sessions") == [{"n": 6}]


@pytest.mark.parametrize("name", ["page.har", "catchpoint.json", "newrelic.json", "kissmetrics.json", "dynatrace.json"])
def test_the_same_events_in_another_file_are_no_news(load: Load, name: str) -> None:
    content = READER_SEEDS[name]()
    first = load(name, content)
    again = load(f"again-{name}", content + b"\n")
    assert first.rows_loaded > 0
    assert again.rows_loaded == 0
    assert sum(again.filtered.values()) == again.rows_read


def test_a_group_of_page_loads_that_grew_is_the_same_group(load: Load, rows: Rows) -> None:
    head, line = READER_SEEDS["rum_archive.tsv"]().decode().splitlines()[:2]
    cells = dict(zip(head.split("\t"), line.split("\t"), strict=True))
    grown = cells | {"BEACONS": "900", "PLTAVG": "1.5"}
    elsewhere = cells | {"COUNTRY": "FR"}
    load("first.tsv", f"{head}\n{line}\n")
    before = rows("SELECT sum(weight) AS n FROM page_views")
    second = "\n".join([head, "\t".join(grown.values()), "\t".join(elsewhere.values())]) + "\n"
    assert load("second.tsv", second).filtered == {"group of page loads already loaded": 1}
    assert rows("SELECT sum(weight) AS n FROM page_views")[0]["n"] == 2 * before[0]["n"]


def test_groups_of_page_loads_of_overlapping_downloads_count_once(load: Load, rows: Rows) -> None:
    head, *lines = READER_SEEDS["rum_archive.tsv"]().decode().splitlines()  # four equal groups
    other = lines[0].replace("2026-08-01", "2026-08-02")
    load("first.tsv", "\n".join([head, *lines[:3], other]) + "\n")
    record = load("second.tsv", "\n".join([head, other, *lines]) + "\n")
    assert (record.rows_loaded, record.filtered) == (1, {"group of page loads already loaded": 4})
    assert rows("SELECT sum(weight) AS n, count(DISTINCT session_key) AS keys, count(*) AS cells FROM sessions") == [
        {"n": 25, "keys": 10, "cells": 10}
    ]
