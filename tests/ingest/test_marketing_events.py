"""Raw events: GA4's BigQuery export, Kissmetrics, Adobe data feeds, Optimizely. Files are made here."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from docops_desktop.ingest.importer import import_file
from docops_desktop.model.errors import ExportError
from docops_desktop.model.timespan import parse_time
from docops_desktop.store.workspace import Workspace

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]
NOON_US = 1_785_585_600_000_000  # 2026-08-01T12:00:00Z


def ga4(
    name: str, seconds: int, session: int = 7, user: str = "111222333444555666.1785585600", **more: Any
) -> dict[str, Any]:
    page = more.pop("page", "https://shop.example/p/1?utm_source=news&token=SECRET")
    parameters: list[dict[str, Any]] = [
        {"key": "ga_session_id", "value": {"int_value": str(session)}},
        {"key": "page_location", "value": {"string_value": page}},
    ]
    parameters += [{"key": key, "value": value} for key, value in more.pop("parameters", {}).items()]
    event = {
        "event_date": "20260801",
        "event_timestamp": str(NOON_US + seconds * 1_000_000),
        "event_name": name,
        "event_params": parameters,
        "user_pseudo_id": user,
        "device": {"category": "mobile", "operating_system": "Android", "web_info": {"browser": "Chrome"}},
        "geo": {"country": "Germany", "region": "Berlin"},
        "traffic_source": {"source": "first-touch", "medium": "organic", "name": "(organic)"},
        "collected_traffic_source": {
            "manual_source": "news",
            "manual_medium": "email",
            "manual_campaign_name": "Spring",
        },
    }
    return event | more


GA4 = [
    ga4("session_start", 0),
    ga4("page_view", 1),
    ga4("LCP", 4, parameters={"metric_value": {"double_value": 2345.6}}),
    ga4("page_view", 60, page="https://shop.example/checkout"),
    ga4(
        "purchase",
        90,
        page="https://shop.example/checkout",
        parameters={"currency": {"string_value": "EUR"}},
        ecommerce={"transaction_id": "T-1", "purchase_revenue": 49.9, "purchase_revenue_in_usd": 55.0},
    ),
    ga4("page_view", 10, session=8, user="999.1", page="https://shop.example/"),
]


def parquet(records: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_struct_array(pa.array(records)), out)
    return out.getvalue()


@pytest.mark.parametrize("written", [lambda records: records, parquet], ids=["json lines", "parquet"])
def test_t12_t16_ga4_events_become_views_sessions_and_conversions(
    written: Callable[[Any], Any], load: Load, rows: Rows
) -> None:
    record = load("events", written(GA4))
    assert (record.adapter, record.grain, record.rows_read) == ("ga4_bigquery", "page_view", 6)
    assert record.rows_quarantined == 0
    views = rows("SELECT time, page_url, lcp_ms FROM v_page_views WHERE view_class = 'page view' ORDER BY time")
    assert [tuple(row.values()) for row in views] == [
        ("2026-08-01T12:00:01.000Z", "/p/1", 2346),
        ("2026-08-01T12:00:10.000Z", "/", None),
        ("2026-08-01T12:01:00.000Z", "/checkout", None),
    ]
    found = rows(
        "SELECT v.source, v.medium, v.campaign, v.device_type, v.browser, s.conversions, s.revenue_minor, s.currency "
        "FROM v_sessions v JOIN sessions s USING (session_id)  ORDER BY s.start_ms"
    )
    assert tuple(found[0].values()) == ("news", "email", "Spring", "Mobile", "Chrome", 1, 4990, "EUR")
    assert [row["conversions"] for row in found] == [1, 0]


def test_ga4_revenue_in_dollars_only_where_the_own_currency_is_not_known(load: Load, rows: Rows) -> None:
    load(
        "e",
        [ga4("page_view", 0), ga4("purchase", 9, ecommerce={"purchase_revenue_in_usd": 12.5, "transaction_id": "T"})],
    )
    assert [tuple(row.values()) for row in rows("SELECT revenue_minor, currency FROM sessions")] == [(1250, "USD")]


def test_ga4_joins_beacons_by_the_same_client_id(load: Load, rows: Rows) -> None:
    load("e", [ga4("page_view", 0, user="111.222")])
    load(
        "b",
        [
            {
                "rt.si": "x",
                "rt.tstart": "1785585600000",
                "u": "https://shop.example/",
                "t_done": "900",
                "tp.ga.clientid": "111.222",
            }
        ],
    )
    users = {row["user_key"] for row in rows("SELECT user_key FROM sessions")}
    assert len(users) == 1
    assert 0 not in users


def test_t17_ga4_copy_in_a_warehouse_with_a_repeated_caption(load: Load, rows: Rows) -> None:
    text = (
        "date,timestamp,name,platform,user_pseudo_id,param_ga_session_id,param_session_engaged,param_page_location,param_session_engaged,param_campaign\n"
        "2026-08-01,2026-08-01 12:00:00,page_view,WEB,111222333444555666.1,77,1,https://shop.example/a,1,spring\n"
        "2026-08-01,2026-08-01 12:00:05,scroll,WEB,111222333444555666.1,77,1,https://shop.example/a,1,spring\n"
    )
    record = load("ga4.csv", text)
    assert (record.adapter, record.rows_loaded) == ("ga4_warehouse", 2)
    found = rows("SELECT view_class, campaign FROM v_page_views ORDER BY time")
    assert found[0]["view_class"] == "page view"
    assert {row["campaign"] for row in found} == {"spring"}
    assert len({row["view_class"] for row in found}) == 2


KISS = [
    {"_p": "ann", "_n": "visited site", "_t": 1785585600, "url": "https://shop.example/", "campaign source": "news"},
    {"_p": "ann", "_n": "visited site", "_t": 1785585600, "url": "https://shop.example/", "campaign source": "news"},
    {"_p": "ann", "_n": "Purchased", "_t": 1785585660, "Billing Amount": "19.90"},
    {"_p": "ann", "_t": 1785585661, "plan": "gold"},
    {"_p": "ann", "_p2": "ann@x.example", "_t": 1785585662},
    {"_p": "bob", "_n": "visited site", "_t": 1785585599, "url": "https://shop.example/b"},
]


def test_t12_t19_kissmetrics_drops_exact_repeats(load: Load, rows: Rows) -> None:
    record = load("1.json", KISS)
    assert (record.adapter, record.rows_read, record.rows_loaded) == ("kissmetrics", 6, 3)
    assert dict(record.filtered) == {"repeated beacon": 1, "properties without an event": 1, "alias of an identity": 1}
    found = rows("SELECT start_ms, conversions, revenue_minor FROM sessions ORDER BY start_ms")
    noon = parse_time("2026-08-01T12:00:00Z")
    assert [tuple(row.values()) for row in found] == [(noon - 1000, 0, 0), (noon, 1, 1990)]


FEED = (
    "browser", "connection_type", "date_time", "domain", "exclude_hit", "geo_country", "ip", "os", "post_cust_hit_time_gmt",
    "post_event_list", "post_page_event", "post_pagename", "post_page_url", "post_product_list", "post_purchaseid", "post_visid_high",
    "post_visid_low", "ref_type", "visit_num", "visit_start_time_gmt", "post_currency", "post_campaign",
)  # fmt: skip
HIGH = "1148453524423463989"


def hit(moment: int, page: str, **more: str) -> list[str]:
    cells = {
        "browser": "2406576427", "connection_type": "2", "date_time": "2015-07-13 00:26:18", "domain": "isp.example", "exclude_hit": "0", "geo_country": "deu",
        "ip": "203.0.113.82",
        "os": "1550374905", "post_cust_hit_time_gmt": str(moment), "post_event_list": "100,101", "post_page_event": "0",
        "post_page_url": f"http://shop.example/{page}", "post_pagename": page, "post_product_list": ";;;;",
        "post_visid_high": HIGH, "post_visid_low": "3991764889999999991",
        "ref_type": "3", "visit_num": "1", "visit_start_time_gmt": "1436761578", "post_currency": "USD",
    } | more  # fmt: skip
    return [cells.get(name, "") for name in FEED]


HITS = [
    hit(1436761578, "home", post_campaign="::empty::"),
    hit(1436761600, "cart", post_pagename="tab\\\there and\\\na line and \\\\"),
    hit(
        1436761700,
        "thanks",
        post_event_list="1,200=2.5,100",
        post_product_list="Shoes;Boot;1;89.90;200=2.5,;Sock;3;10.05",
        post_purchaseid="P1",
    ),
    hit(1436761710, "excluded", exclude_hit="5"),
    hit(1436761720, "link", post_page_event="10"),
    hit(1436761730, "other", post_visid_low="3991764889999999992"),
]
HIT_DATA = "".join("\t".join(cells) + "\n" for cells in HITS)
LOOKUPS = {
    "column_headers.tsv": "\t".join(FEED) + "\n",
    "browser.tsv": "2406576427\tGoogle Chrome 43.0\n261\tOld\n",
    "operating_systems.tsv": "1550374905\tOS X 10.10\n",
    "connection_type.tsv": "0\tNot Specified\n2\tLAN/Wifi\n",
    "referrer_type.tsv": "1\tInside Your Site\tinternal\n3\tSearch Engines\tsearch_engine\n",
    "languages.tsv": "1\tFran\u00e7ais\n",
}


def in_folder(put: Load) -> Path:
    for name, text in LOOKUPS.items():
        put(name, text.encode("latin-1"))
    return put("hit_data.tsv", HIT_DATA)


def in_archive(put: Load) -> Path:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in LOOKUPS.items():
            archive.writestr(f"feed/{name}", text.encode("latin-1"))
        archive.writestr("feed/hit_data.tsv", HIT_DATA)
    return put("shop_2015-07-13.zip", packed.getvalue())


def in_tar(put: Load) -> Path:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in {"hit_data.tsv": HIT_DATA, **LOOKUPS}.items():
            data = text.encode("latin-1")
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return put("shop_2015-07-13.tar.gz", packed.getvalue())


@pytest.mark.parametrize("laid", [in_folder, in_archive, in_tar])
def test_t13_t16_t17_t18_adobe_feed_with_its_lookups(
    laid: Callable[[Load], Path], ws: Workspace, put: Load, rows: Rows
) -> None:
    record = import_file(ws, laid(put))
    assert (record.adapter, record.rows_read, record.rows_loaded) == ("adobe_data_feed", 6, 5)
    assert dict(record.filtered) == {"excluded by Adobe (exclude_hit)": 1}
    views = rows("SELECT time, page_url, view_class FROM v_page_views ORDER BY time")
    assert [row["page_url"] for row in views] == ["/home", "/cart", "/thanks", "/link", "/other"]
    assert views[0]["time"] == "2015-07-13T04:26:18.000Z"  # T13: the suite's own clock says 00:26:18
    assert [row["view_class"] == "page view" for row in views] == [True, True, True, False, True]
    found = rows(
        "SELECT v.browser, v.os, v.connection, v.country, s.conversions, s.revenue_minor, s.currency "
        "FROM v_sessions v JOIN sessions s USING (session_id)  ORDER BY s.start_ms"
    )
    assert tuple(found[0].values()) == ("Google Chrome 43.0", "OS X 10.10", "LAN/Wifi", "DE", 1, 9995, "USD")
    assert len(found) == 2  # T16: visitors whose ids differ in the last digit only
    assert "::empty::" not in {row["value"] for row in rows("SELECT value FROM dim_campaign")}


def test_adobe_hits_that_do_not_fit_are_named_and_a_lookup_is_no_hit(ws: Workspace, put: Load) -> None:
    path = in_folder(put)
    path.write_text(HIT_DATA + "only\tthree\tcells\n", encoding="utf-8")
    record = import_file(ws, path)
    assert (record.rows_loaded, record.rows_quarantined) == (5, 1)
    assert ws.quarantine()[0].reason == f"3 cells instead of {len(FEED)}"
    assert ws.quarantine()[0].line == 8
    beside = import_file(ws, path.parent / "browser.tsv")
    assert (beside.adapter, beside.rows_read, beside.rows_loaded, beside.rows_filtered) == ("adobe_data_feed", 2, 0, 2)


def optimizely(kind: str) -> list[dict[str, Any]]:
    from datetime import UTC, datetime

    common = {
        "timestamp": datetime(2026, 8, 1, 12, 0, 0, 448_000, tzinfo=UTC),
        "visitor_id": "v1",
        "session_id": "-1274245065",
        "account_id": "1",
    }
    attributes = [
        {"id": "300", "name": None, "type": "device", "value": "ipad"},
        {"id": "200", "name": None, "type": "campaign", "value": "Spring"},
    ]
    if kind == "decisions":
        chosen = {
            "campaign_id": "1",
            "experiment_id": "18142600572123456789",
            "variation_id": "18130191769",
            "attributes": attributes,
        }
        return [
            common | chosen | {"is_holdback": False, "client_engine": "js"},
            common | chosen | {"is_holdback": True, "client_engine": "js"},
        ]
    experiments = [
        {"campaign_id": "1", "experiment_id": str(number), "variation_id": f"9{number}", "is_holdback": False}
        for number in (1, 2)
    ]
    event = common | {"experiments": experiments, "attributes": attributes, "event_type": None, "client_engine": "js"}
    return [event | {"event_name": "purchase", "revenue": 1999}, event | {"event_name": "click", "revenue": None}]


def test_t11_t16_optimizely_decisions_and_events_join_by_session(ws: Workspace, tmp_path: Path, rows: Rows) -> None:
    for kind in ("decisions", "events"):
        folder = tmp_path / "export" / f"type={kind}" / "date=2026-08-01"
        folder.mkdir(parents=True)
        (folder / "part-0.snappy.parquet").write_bytes(parquet(optimizely(kind)))
    decisions = import_file(ws, tmp_path / "export/type=decisions/date=2026-08-01/part-0.snappy.parquet")
    assert (decisions.adapter, decisions.grain, decisions.rows_loaded) == ("optimizely_decisions", "exposure", 1)
    assert dict(decisions.filtered) == {"held back from the experiment": 1}
    events = import_file(ws, tmp_path / "export/type=events/date=2026-08-01/part-0.snappy.parquet")
    assert (events.adapter, events.rows_loaded) == ("optimizely_events", 2)
    (exposure,) = rows("SELECT * FROM exposures")
    assert exposure["experiment"] == "18142600572123456789"
    (session,) = rows(
        "SELECT s.session_key, s.conversions, s.revenue_minor, v.variant, v.device_type, v.campaign "
        "FROM v_sessions v JOIN sessions s USING (session_id) "
    )
    assert tuple(session.values()) == (exposure["session_key"], 1, 1999, "91", "Tablet", "Spring")


def test_optimizely_partition_columns_complete_the_rows(ws: Workspace, tmp_path: Path, rows: Rows) -> None:
    folder = tmp_path / "type=decisions" / "experiment_id=42"
    folder.mkdir(parents=True)
    records = [
        {name: value for name, value in record.items() if name != "experiment_id"} for record in optimizely("decisions")
    ]
    (folder / "p.parquet").write_bytes(parquet(records))
    assert import_file(ws, folder / "p.parquet").adapter == "optimizely_decisions"
    assert [row["experiment"] for row in rows("SELECT experiment FROM exposures")] == ["42"]


def test_no_visitor_or_query_string_of_an_event_export_is_kept(ws: Workspace, put: Load, tmp_path: Path) -> None:
    import_file(ws, put("ga4.json", "".join(json.dumps(record) + "\n" for record in GA4)))
    import_file(ws, in_folder(put))
    ws.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("test.docops*") if path.is_file())
    assert b"Spring" in stored
    for secret in ("SECRET", "111222333444555666", HIGH, "203.0.113.82"):
        assert secret.encode() not in stored, secret


def tarred(name: str, data: bytes, kind: bytes = tarfile.REGTYPE) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size, info.type, info.linkname = len(data), kind, "/etc/passwd" if kind == tarfile.SYMTYPE else ""
        archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def test_tar_archives_with_faults(ws: Workspace, put: Load) -> None:
    table = b"timestamp,session id,url\n2026-08-01,s,/a\n"
    assert import_file(ws, put("plain.tar", tarred("a.csv", table))).rows_loaded == 1
    assert (
        import_file(ws, put("inner.tar", tarred("a.csv.gz", gzip.compress(table + b"2026-08-01,t,/b\n")))).rows_loaded
        == 2
    )
    with pytest.raises(ExportError, match="outside itself"):
        import_file(ws, put("up.tar", tarred("../a.csv", table)))
    with pytest.raises(ExportError, match="no data"):
        import_file(ws, put("link.tar", tarred("a.csv", b"", tarfile.SYMTYPE)))
    with pytest.raises(ExportError, match="another archive"):
        import_file(ws, put("nest.tar", tarred("a.zip", b"PK\x03\x04" + table)))
    whole = gzip.compress(tarred("a.csv", table * 10_000))
    with pytest.raises(ExportError, match="damaged or cut off"):
        import_file(ws, put("cut.tar.gz", whole[: len(whole) // 2]))
