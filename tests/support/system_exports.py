"""One small export of every reader, made here: the seeds of fuzzing, and, with the personal data that such a system writes, of the search for leaks."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.support.personal_exports import beacons_json, figures_csv, har_json, person, rum_csv, table

DASHES = "# ----------------------------------------"
NOON_MS = 1_785_585_600_000
"""2026-08-01T12:00:00Z."""
FEED = (
    "browser", "date_time", "exclude_hit", "geo_country", "ip", "os", "post_cust_hit_time_gmt", "post_event_list", "post_page_event",
    "post_page_url", "post_pagename", "post_product_list", "post_visid_high", "post_visid_low", "visit_num", "visit_start_time_gmt",
)  # fmt: skip


def lines(*texts: str) -> bytes:
    return ("\n".join(texts) + "\n").encode()


def json_lines(records: list[Any]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def parquet(records: list[dict[str, Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.Table.from_struct_array(pa.array(records)), out)
    return out.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def escaped_csv() -> bytes:
    rows = [f'"2026-08-01 10:00:{n:02}","{person(n)["visitor"]}","/p/\\"{n}\\"","{n * 100}"' for n in range(12)]
    return lines("timestamp,session_id,url,load_time_ms", *rows)


def w3c_log() -> bytes:
    fields = (
        "#Fields: date time cs-method cs-uri-stem cs-uri-query cs-username c-ip cs(User-Agent) sc-status time-taken"
    )
    hits = [
        f"2026-08-01 10:00:0{n} GET /a{n}.html {person(n)['query'][1:]} zoepriv{n} {person(n)['ip']} Mozilla/5.0+(X11;+Linux) 200 {n}0"
        for n in range(6)
    ]
    return lines(
        "#Software: Internet Services", fields, *hits, fields.replace(" cs-username", ""), "2026-08-01 10:01:00 GET /b"
    )


def query_strings() -> bytes:
    hits = [
        f"u=https%3A%2F%2Fshop.example%2F{n}&rt.si={person(n)['visitor']}&rt.end={NOON_MS + n}&t_done={900 + n}"
        for n in range(6)
    ]
    return lines(*hits)


def google_ads() -> bytes:
    header = "Campaign status,Campaign,Day,Campaign type,Currency code,Impr.,CTR,Cost,Clicks,Conversions,Conv. value"
    rows = [
        f'Enabled,"Shoes, brand",2026-03-2{n},Search,EUR,"9,380",2.81%,"1,234.50",264,12.5,987.60' for n in range(1, 8)
    ]
    total = "Total: Campaigns,,,,EUR,9380,2.81%,1234.50,264,12.5,987.60"
    return lines("Campaign report", '"March 21, 2026 - March 27, 2026"', header, *rows, total)


def microsoft_ads() -> bytes:
    head = ['"Report Name: Week"', '"Report Time: 8/1/2026,8/2/2026"', '"Report Aggregation: Daily"', '"Rows: 2"', ""]
    header = (
        '"AccountId","TimePeriod","CurrencyCode","CampaignName","Impressions","Clicks","Spend","Conversions","Revenue"'
    )
    rows = [f'"180","2026-08-0{n}","GBP","Boots","1000","20","12.34","2","99.00"' for n in (1, 2)]
    return lines(*head, header, *rows, "", '"©2026 Microsoft Corporation. All rights reserved. "')


def linkedin_ads() -> bytes:
    head = ["Campaign Performance Report (in UTC)", "Report Start: September 21, 2026, 12:00 AM"]
    head += ["Report End: September 22, 2026, 11:59 PM", "Date Generated: September 23, 2026, 9:12 AM", ""]
    header = "Start Date (in UTC)\tCurrency\tCampaign ID\tCampaign Name\tTotal Spent\tImpressions\tClicks\tConversions"
    rows = [
        "9/21/2026\tEUR\t8913120230000000001\tAutumn\t55.39\t1,234\t12\t1",
        "9/22/2026\tEUR\t7\tAutumn\t5.00\t310\t1\t0",
    ]
    return "\n".join([*head, header, *rows]).encode("utf-16")


def universal() -> bytes:
    head = [DASHES, "# All Web Site Data", "# Landing Pages", "# 20200601-20200602", DASHES, ""]
    page = f"/p/a{person(1)['query']}"
    rows = [f'"{page}",mobile,"1,727",62.65%,00:02:06', "/b,desktop,12,50.00%,00:00:10", ',,"3,215",60.00%,00:01:00']
    days = ["Day Index,Sessions", '6/1/20,"1,700"', "6/2/20,39", ',"1,739"']
    return lines(*head, "Landing Page,Device Category,Sessions,Bounce Rate,Avg. Session Duration", *rows, "", *days)


def ga4_report() -> bytes:
    head = [DASHES, "# Pages and screens", "# Account: Shop", "# Property: Shop - GA4", DASHES, "# ", "# All Users"]
    head += ["# Start date: 20260801", "# End date: 20260831"]
    return lines(
        *head,
        "Page path and screen class,Views,Active users,Total revenue",
        f"/p{person(1)['query']},120,80,99.5",
        "/q,20,8,0",
    )


def ga4_exploration() -> bytes:
    head = [DASHES, "# Shop - GA4", "# My analysis-Tab 1", "# 20260801-20260831", DASHES, ""]
    return lines(*head, "Page path,Views", "/a,4000", "/b,311", ",4311,Grand total")


def ga4_events() -> list[dict[str, Any]]:
    def event(n: int) -> dict[str, Any]:
        page = f"https://shop.example/p/{n}{person(n)['query']}"
        parameters = [
            {"key": "ga_session_id", "value": {"int_value": str(n // 3)}},
            {"key": "page_location", "value": {"string_value": page}},
        ]
        return {
            "event_date": "20260801",
            "event_timestamp": str(NOON_MS * 1000 + n * 1_000_000),
            "event_name": "page_view",
            "event_params": parameters,
            "user_pseudo_id": person(n)["client"],
            "user_id": person(n)["email"],
            "device": {"category": "mobile", "operating_system": "Android", "web_info": {"browser": "Chrome"}},
            "geo": {"country": "Germany"},
        }

    return [event(n) for n in range(12)]


def salesforce_report() -> bytes:
    header = (
        '"Opportunity Owner","Account Name","Opportunity Name","Opportunity ID","Stage","Amount","Amount Currency",'
    )
    header += '"Probability (%)","Close Date","Created Date","Lead Source"'
    rows = [
        f'"Zoepriv Mustermann","Firma {n}","Deal {n}","00650000{n}","Closed Won","1,200.00","USD","90","8/2{n}/2026","8/1/2026","Web"'
        for n in range(4)
    ]
    foot = ['"Grand Totals (4 records)"', '"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."']
    foot += ['"Confidential Information - Do Not Distribute"', '"Generated By: Zoepriv Mustermann  9/1/2026 9:00 AM"']
    return ("\n".join([header, *rows, "", "", *foot]) + "\n").encode("latin-1")


def adobe_workspace() -> bytes:
    rule = "#" + "=" * 40
    head = [rule, "# Freeform", "# Report suite: shop", '"# Date: Jul 27, 2026 - Aug 2, 2026"', rule, ""]
    title = ["####", "# Freeform table (4)", "####"]
    return lines(
        *head, *title, ",All visits,All visits", "Page,Page Views,Visits", "Page,300,120", "home,200,80", "cart,100,40"
    )


def adobe_feed(hits: int = 12) -> dict[str, bytes]:
    rows = []
    for n in range(hits):
        moment = NOON_MS // 1000 + 30 * n
        rows.append("\t".join([
            "240", "2026-08-01 14:00:00", "0", "deu", person(n)["ip"], "155", str(moment), "1,200=2.5" if n % 4 == 3 else "100", "0",
            f"https://shop.example/{n}{person(n)['query']}", "tab\\\there", "Shoes;Boot;1;89.90" if n % 4 == 3 else ";;;;",
            "1148453524423463989", f"399176488999999999{n % 3}", "1", str(NOON_MS // 1000),
        ]))  # fmt: skip
    return {
        "hit_data.tsv": ("\n".join(rows) + "\n").encode(),
        "column_headers.tsv": ("\t".join(FEED) + "\n").encode(),
        "browser.tsv": b"240\tGoogle Chrome 43.0\n",
        "operating_systems.tsv": b"155\tOS X\n",
        "languages.tsv": "1\tFran\u00e7ais\n".encode("latin-1"),
    }


def magento_xml() -> bytes:
    def row(*cells: str) -> str:
        return "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in cells) + "</Row>"

    header = row(
        "ID",
        "Purchase Point",
        "Purchase Date",
        "Bill-to Name",
        "Grand Total (Base)",
        "Grand Total (Purchased)",
        "Status",
        "Customer Email",
    )
    rows = [
        row(
            f"00000{n}",
            "Main",
            f"2026-08-0{n} 10:00:00",
            person(n)["name"],
            "19.9000",
            "19.9000",
            "complete",
            person(n)["email"],
        )
        for n in range(1, 6)
    ]
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="o"><Table>'
        f"{header}{''.join(rows)}</Table></Worksheet></Workbook>"
    ).encode()


def dynatrace() -> bytes:
    def session(n: int) -> dict[str, Any]:
        at = NOON_MS + n * 60_000
        action = {
            "name": f"loading of page /p{n}{person(n)['query']}",
            "type": "Load",
            "startTime": at,
            "endTime": at + 3_000,
            "duration": 3_000,
        }
        made = {
            "tenantId": "t",
            "userSessionId": person(n)["visitor"],
            "startTime": at,
            "userType": "REAL_USER",
            "ip": person(n)["ip"],
        }
        return made | {
            "userId": person(n)["email"],
            "country": "Germany",
            "userActions": [action | {"loadEventEnd": 2_900}],
        }

    return json_lines([item for n in range(5) for item in ({"index": {"_id": str(n)}}, session(n))])


def dynatrace_usql() -> bytes:
    return json.dumps(
        {
            "extrapolationLevel": 4,
            "columnNames": ["browserFamily", "avg(useraction.duration)"],
            "values": [["Firefox", 1200.5], ["null", 900]],
        }
    ).encode()


def newrelic() -> bytes:
    events = [
        {
            "appName": "Shop",
            "session": person(n)["visitor"],
            "pageUrl": f"https://shop.example/p{person(n)['query']}",
            "timestamp": NOON_MS + n,
        }
        | {"userAgentName": "Chrome", "countryCode": "GB", "duration": 2.31, "backendDuration": 0.4}
        for n in range(5)
    ]
    return json.dumps({"results": [{"events": events}], "metadata": {"eventType": "PageView"}}, indent=1).encode()


def opentelemetry() -> bytes:
    def request(n: int) -> dict[str, Any]:
        start = (NOON_MS + n * 1000) * 1_000_000
        url = {"key": "http.url", "value": {"stringValue": f"https://shop.example/{n}{person(n)['query']}"}}
        base = {
            "traceId": f"t{n}",
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + 2_000_000_000),
            "attributes": [url],
        }
        events = [
            {"name": name, "timeUnixNano": str(start + offset)}
            for name, offset in (("fetchStart", 0), ("loadEventEnd", 1_900_000_000))
        ]
        resource = {"attributes": [{"key": "session.id", "value": {"stringValue": person(n)["visitor"]}}]}
        return {
            "resourceSpans": [
                {"resource": resource, "scopeSpans": [{"spans": [base | {"name": "documentLoad", "events": events}]}]}
            ]
        }

    return json_lines([request(n) for n in range(4)])


def crux() -> bytes:
    lcp = {
        "histogram": [{"start": 0, "end": 2500, "density": 0.9}, {"start": 2500, "density": 0.1}],
        "percentiles": {"p75": 1583},
    }
    period = {"firstDate": {"year": 2026, "month": 7, "day": 1}, "lastDate": {"year": 2026, "month": 7, "day": 28}}
    record = {
        "key": {"origin": "https://shop.example", "formFactor": "PHONE"},
        "metrics": {"largest_contentful_paint": lcp},
    }
    return json.dumps({"record": record | {"collectionPeriod": period}}, indent=1).encode()


def catchpoint() -> bytes:
    details = {"TestName": "Home", "TestId": "1", "NodeName": "Berlin - DTAG", "Asn": "3320"}
    return json_lines(
        [
            {
                "TestDetails": details,
                "Summary": {"Timestamp": "20260801100000000", "DocumentComplete": "3100", "Wait": "210"},
            }
        ]
    )


def kissmetrics() -> bytes:
    return json_lines(
        [
            {
                "_p": person(n)["email"],
                "_n": "visited site",
                "_t": NOON_MS // 1000 + n,
                "url": f"https://shop.example/{person(n)['query']}",
            }
            for n in range(5)
        ]
    )


def optimizely() -> bytes:
    made = {
        "account_id": "1",
        "campaign_id": "1",
        "experiment_id": "18142600572123456789",
        "variation_id": "18130191769",
        "is_holdback": False,
    }
    attributes = [{"id": "300", "name": None, "type": "device", "value": "ipad"}]
    return parquet([
        made | {"timestamp": datetime(2026, 8, 1, 12, n, tzinfo=UTC), "visitor_id": person(n)["visitor"], "session_id": str(n), "user_ip": person(n)["ip"]}
        | {"attributes": attributes, "client_engine": "js"}
        for n in range(5)
    ])  # fmt: skip


def rum_archive() -> bytes:
    header = "SOURCE SITE DATE DEVICETYPE USERAGENTFAMILY OS COUNTRY BEACONTYPE VISIBILITYSTATE LANDINGPAGE BEACONS PLTHISTOGRAM PLTAVG PLTSUMLN PLTCOUNT"
    histogram = json.dumps({"10": [1050, 3], "20": [2100, 2]})
    rows = [
        [
            "s",
            "shop",
            "2026-08-01",
            "Mobile",
            "Chrome",
            "Android",
            "DE",
            "page view",
            "visible",
            "true",
            "5",
            histogram,
            "1470",
            "36.2",
            "5",
        ]
    ] * 4
    out = io.StringIO()
    csv.writer(out, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n").writerows(
        [header.split(), *rows]
    )
    return out.getvalue().encode()


def no_data() -> bytes:
    return lines(
        '"Reporting starts","Reporting ends","Campaign name",Impressions,"Amount spent (USD)"', '"No data available."'
    )


def small_csv() -> bytes:
    rows = [["2026-08-01 10:00:00", person(n)["visitor"], f"/é/{n}", str(n * 100)] for n in range(12)]
    return table(["timestamp", "session_id", "url", "load_time_ms"], rows).encode()


def access_log() -> bytes:
    agent = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"
    )
    return lines(
        *(
            f'203.0.113.{n} - - [01/Aug/2026:12:00:0{n} +0000] "GET /p/{n}?a=b HTTP/1.1" 200 512 "-" "{agent}"'
            for n in range(6)
        )
    )


def mpulse_query() -> bytes:
    answer = {
        "columnNames": ["Page Group", "Median", "MoE", "Measurements"],
        "data": [["Home", 1200, 12, 400], ["Cart", 1900, 30, 90]],
    }
    return json.dumps(answer, indent=1).encode()


def catchpoint_chart() -> bytes:
    metrics = [{"index": 0, "name": "Document Complete (ms)"}, {"index": 1, "name": "# Runs"}]
    items = [
        {"breakdown_1": {"id": n, "name": f"Test {n}"}, "synthetic_metrics": [900.5 + n, None if n else 7]}
        for n in range(3)
    ]
    made = {"start": "2026-08-01T00:00:00", "end": "2026-08-02T00:00:00", "timezone": {"name": "UTC"}}
    return json.dumps(
        made | {"summary": {"fields": {"breakdown_1": {"name": "Test"}, "synthetic_metrics": metrics}, "items": items}}
    ).encode()


SYSTEM_EXPORTS: dict[str, Callable[[], bytes]] = {
    "cp1252.csv": lambda: small_csv().decode().encode("cp1252"),
    "utf16.csv": lambda: small_csv().decode().replace(",", "\t").encode("utf-16"),
    "escaped.csv": escaped_csv,
    "packed.csv.gz": lambda: gzip.compress(small_csv()),
    "packed.zip": lambda: zipped({"a.csv": small_csv(), "b.csv": small_csv()}),
    "iis.log": w3c_log,
    "beacons.txt": query_strings,
    "google_ads.csv": google_ads,
    "microsoft_ads.csv": microsoft_ads,
    "linkedin_ads.csv": linkedin_ads,
    "universal.csv": universal,
    "ga4_report.csv": ga4_report,
    "ga4_exploration.csv": ga4_exploration,
    "ga4_events.json": lambda: json_lines(ga4_events()),
    "ga4_events.parquet": lambda: parquet(ga4_events()),
    "salesforce_report.csv": salesforce_report,
    "adobe_workspace.csv": adobe_workspace,
    "adobe_feed.tar.gz": lambda: tarred(adobe_feed()),
    "adobe_feed.zip": lambda: zipped(adobe_feed()),
    "magento.xml": magento_xml,
    "dynatrace.json": dynatrace,
    "dynatrace_usql.json": dynatrace_usql,
    "newrelic.json": newrelic,
    "opentelemetry.json": opentelemetry,
    "crux.json": crux,
    "catchpoint.json": catchpoint,
    "kissmetrics.json": kissmetrics,
    "optimizely.parquet": optimizely,
    "rum_archive.tsv": rum_archive,
}
"""A loadable export by file name."""

READER_SEEDS: dict[str, Callable[[], bytes]] = {
    **SYSTEM_EXPORTS,
    "no_data.csv": no_data,
    "access.log": access_log,
    "mpulse_query.json": mpulse_query,
    "catchpoint_chart.json": catchpoint_chart,
    "rum.csv": lambda: rum_csv().encode(),
    "figures.csv": lambda: figures_csv().encode(),
    "boomerang.json": lambda: beacons_json().encode(),
    "beacon_array.json": lambda: json.dumps(
        [json.loads(text) for text in beacons_json().split("\n")[:8]], indent=1
    ).encode(),
    "page.har": lambda: har_json().encode(),
}
"""Every reader has at least one."""
