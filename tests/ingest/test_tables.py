"""Plain tables through synonyms and mappings: units, locales, zones, sessions, conversions, other grains, privacy."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.ingest import importer
from docops_desktop.ingest.importer import import_file, preview_file
from docops_desktop.model.timespan import parse_time
from docops_desktop.store.workspace import Workspace

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]


def table(header: str, *lines: str, delimiter: str = ",") -> str:
    return "\n".join([header.replace(",", delimiter), *lines]) + "\n"


def values(rows: Rows, column: str, name: str = "page_views") -> list[Any]:
    return [row[column] for row in rows(f"SELECT {column} FROM {name} ORDER BY 1")]


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("Load time (ms)", ["1200", "950.4"], [950, 1200]),
        ("load_time_s", ["1.2", "0.9504"], [950, 1200]),
        ("load time", ["1.2", "0.95"], [950, 1200]),
        ("Load", ["1200", "950"], [950, 1200]),
        ("Page load time [s]", ["2", "3"], [2000, 3000]),
    ],
)
def test_units(header: str, cells: list[str], expected: list[int], load: Load, rows: Rows) -> None:
    load("t.csv", table(f"timestamp,session id,url,{header}", *(f"2026-08-01 10:00:00,s,/a,{cell}" for cell in cells)))
    assert values(rows, "load_ms") == expected


@pytest.mark.parametrize("header", ["order_time", "Ordered at", "purchase_time", "Transaction date", "Paid at"])
def test_times_of_orders(header: str, load: Load, rows: Rows) -> None:
    record = load("t.csv", table(f"{header},order_id,order_total,currency", "2026-08-01T10:00:00Z,7,9.50,EUR"))
    assert record.grain == "order"
    assert values(rows, "time_ms", "orders") == [parse_time("2026-08-01T10:00:00Z")]


def test_the_decimal_sign_belongs_to_the_column_even_when_it_shows_late(
    load: Load, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docops_desktop.ingest.readers.delimited.MEMORY_POOL_BLOCK", 64)
    lines = [f"2026-08-01 10:00:0{i};s{i};/a;1.234;EUR" for i in range(8)]
    load("t.csv", table("timestamp;session id;url;revenue;currency", *lines, "2026-08-01 10:00:09;t;/a;2.345,50;EUR"))
    assert values(rows, "revenue_minor") == [123400] * 8 + [234550]


def test_day_and_month_order_belong_to_the_column_even_when_it_shows_late(load: Load, rows: Rows) -> None:
    lines = [f"0{i}/02/2026 10:00,s{i},/a" for i in range(1, 8)] + ["25/02/2026 10:00,t,/a"]
    load("t.csv", table("timestamp,session id,url", *lines))
    assert values(rows, "time_ms")[0] == parse_time("2026-02-01T10:00:00Z")


def test_money_never_passes_through_a_float(load: Load, rows: Rows) -> None:
    amounts = ["0.29", "1.15", "90071992547409.93", "$1,234.56", ""]
    cells = io.StringIO()
    csv.writer(cells, lineterminator="\n").writerows(
        ["2026-08-01", f"s{i}", "/a", text] for i, text in enumerate(amounts)
    )
    load("t.csv", table("date,session,url,Revenue (USD)") + cells.getvalue())
    assert values(rows, "revenue_minor") == [0, 29, 115, 123456, 9007199254740993]
    assert {row["currency"] for row in rows("SELECT currency FROM sessions")} == {"USD", ""}
    assert sorted(values(rows, "conversions")) == [0, 1, 1, 1, 1]


def test_zones(ws: Workspace, put: Load, rows: Rows) -> None:
    text = table("timestamp,session id,url", "2026-07-01 12:00:00,a,/a", "2026-07-01T12:00:00+02:00,b,/a")
    import_file(ws, put("t.csv", text), time_zone="America/New_York")
    assert values(rows, "time_ms") == [parse_time("2026-07-01T10:00:00Z"), parse_time("2026-07-01T16:00:00Z")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be"])
def test_encodings(encoding: str, load: Load, rows: Rows) -> None:
    text = table("timestamp\tsession id\turl\tcarrier", "2026-08-01 10:00:00\ts\t/a\tTélé2 – Österreich")
    load("t.csv", text.encode(encoding))
    assert values(rows, "carrier", "v_sessions") == ["Télé2 – Österreich"]


def test_cp1252_that_shows_late(load: Load, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docops_desktop.ingest.recognise.sniff.SAMPLE_BYTES", 200)
    lines = [f"2026-08-01 10:00:00,s{i},/a,Plain" for i in range(50)]
    record = load(
        "t.csv",
        table("timestamp,session id,url,carrier", *lines, "2026-08-01 10:00:00,t,/a,Telefónica").encode("cp1252"),
    )
    assert record.rows_loaded == 51
    assert "Telefónica" in values(rows, "carrier", "v_sessions")


def test_half_an_hour_of_silence_ends_a_session(load: Load, rows: Rows) -> None:
    minutes = [("u1", 0), ("u2", 5), ("u1", 29), ("u1", 59), ("u1", 90), ("u2", 4)]
    lines = [f"2026-08-01 1{m // 60}:{m % 60:02}:00,{user},/a" for user, m in minutes]
    load("t.csv", table("timestamp,user id,url", *lines))
    found = rows(
        "SELECT (end_ms - start_ms) / 60000 AS length, count(*) AS views FROM sessions JOIN page_views USING (session_id) GROUP BY session_id"
    )
    assert sorted((row["length"], row["views"]) for row in found) == [(0, 1), (1, 2), (59, 3)]


def test_views_without_session_or_user_stand_alone(load: Load, rows: Rows) -> None:
    record = load("t.csv", table("timestamp,url,load ms", *(f"2026-08-01,/a,{i + 1}" for i in range(5))))
    assert rows("SELECT count(*) AS n FROM sessions") == [{"n": 5}]
    assert "alone" in record.mapping["sessions"]


def test_sessions_sum_conversions_and_revenue_and_span_their_views(load: Load, rows: Rows) -> None:
    text = table(
        "timestamp,session id,url,converted,revenue,currency,country,custom",
        "2026-08-01 10:05:00,a,/checkout,yes,10.50,EUR,de,x",
        "2026-08-01 10:00:00,a,/p,no,,EUR,,x",
        "2026-08-01 10:01:00,b,/p,0,,EUR,fr,x",
    )
    load("t.csv", text)
    found = rows(
        "SELECT s.conversions, s.revenue_minor, (end_ms - start_ms) / 1000 AS s, v.country FROM v_sessions v JOIN sessions s USING (session_id)"
    )
    assert sorted(tuple(row.values()) for row in found) == [(0, 0, 0, "FR"), (1, 1050, 300, "DE")]


def test_the_same_session_has_the_same_key_in_every_import(load: Load, rows: Rows) -> None:
    load("a.csv", table("timestamp,session id,url", "2026-08-01,s,/a"))
    load("b.csv", table("timestamp,session id,url", "2026-08-01,s,/b", "2026-08-01,t,/b"))
    keys = values(rows, "session_key", "sessions")
    assert len(keys) == 3
    assert len(set(keys)) == 2
    assert 0 not in keys


def test_orders(load: Load, rows: Rows) -> None:
    record = load(
        "o.csv",
        table(
            "order id,order date,total,currency,status", "A-1,2026-08-01,12.30,EUR,paid", "A-2,2026-08-02,1200,JPY,paid"
        ),
    )
    assert record.grain == "order"
    found = rows("SELECT order_key, revenue_minor, currency FROM orders ORDER BY 1")
    assert [tuple(row.values()) for row in found] == [("A-1", 1230, "EUR"), ("A-2", 1200, "JPY")]


def test_shopify_orders(load: Load, rows: Rows) -> None:
    header = "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Total,Created at,Lineitem name,Cancelled at,Refunded Amount"
    record = load(
        "orders_export.csv",
        table(
            header,
            "#1001,joe@example.com,paid,,,EUR,10,12.00,2026-08-01 10:00:00 +0200,Shoe,,2.00",
            "#1001,joe@example.com,,,,,,,2026-08-01 10:00:00 +0200,Sock,,",
            "#1002,ann@example.com,voided,,,EUR,5,5.00,2026-08-01 11:00:00 +0200,Hat,2026-08-02 10:00:00 +0200,0",
        ),
    )
    assert (record.adapter, record.rows_loaded) == ("shopify_orders", 1)
    assert dict(record.filtered) == {"further line item of an order": 1, "cancelled order": 1}
    (order,) = rows("SELECT * FROM orders")
    assert (order["order_key"], order["revenue_minor"], order["time_ms"]) == (
        "#1001",
        1000,
        parse_time("2026-08-01T08:00:00Z"),
    )
    assert order["user_key"] != 0


def test_campaign_days(load: Load, rows: Rows) -> None:
    load(
        "c.csv",
        table("Day,Campaign,Impressions,Clicks,Amount spent (AUD),Conversions", "2026-08-01,Spring,1000,50,12.5,2"),
        time_zone="Asia/Tokyo",
    )
    (row,) = rows("SELECT * FROM campaign_days")
    assert (row["day"], row["campaign"], row["impressions"], row["clicks"]) == ("2026-08-01", "Spring", 1000, 50)
    assert (row["cost_minor"], row["currency"], row["conversions"]) == (1250, "AUD", 2)


def test_session_grain(load: Load, rows: Rows) -> None:
    record = load(
        "s.csv",
        table(
            "session id,session start,session duration (s),pageviews,device type,converted",
            "a,2026-08-01 10:00:00,90,3,smartphone,true",
        ),
    )
    assert record.grain == "session"
    (row,) = rows(
        "SELECT s.views, s.conversions, s.end_ms - s.start_ms AS length, v.device_type FROM v_sessions v JOIN sessions s USING (session_id)"
    )
    assert tuple(row.values()) == (3, 1, 90_000, "Mobile")


def test_a_mapping_file_has_the_last_word(ws: Workspace, put: Load, rows: Rows) -> None:
    mapping = put(
        "m.toml",
        "time_zone = 'Europe/Berlin'\ngrain = 'page_view'\ncurrency = 'CHF'\n"
        "[columns]\nWann = 'time'\nDauer = {to = 'load_ms', unit = 's'}\nSitzung = 'session'\n"
        "Seite = 'page_group'\n'Erlös' = 'revenue'\nload = ''\nshop = 'custom.shop'\n",
    )
    path = put(
        "t.csv",
        "Wann;Sitzung;Seite;Dauer;Erlös;load;shop\n01.08.2026 12:00;s;Produkt;1,5;9,99;junk;Nord\n01.08.2026 12:01;s;Kasse;2,25;;junk;Nord\n",
    )
    record = import_file(ws, path, mapping=mapping)
    assert record.rows_loaded == 2
    assert values(rows, "load_ms") == [1500, 2250]
    assert values(rows, "revenue_minor") == [0, 999]
    assert values(rows, "time_ms")[0] == parse_time("2026-08-01T10:00:00Z")
    assert values(rows, "page_group", "v_page_views") == ["Kasse", "Produkt"]
    assert {row["value"] for row in rows('SELECT value FROM "dim_custom.shop"')} == {"Nord"}


def test_an_adapter_of_the_users_own(ws: Workspace, put: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    own = put(
        "own/mine.toml".replace("/", "_"),
        "name = 'mine'\nsystem = 'Mine'\ngrain = 'page_view'\n[signature]\nrequired = ['zeit', 'seite']\n[columns]\nzeit = 'time'\nseite = 'page_group'\n",
    )
    folder = own.parent / "adapters"
    folder.mkdir()
    own.rename(folder / "mine.toml")
    monkeypatch.setattr("docops_desktop.ingest.mapping.adapters.user_adapter_folder", lambda: folder)
    assert "mine" in [spec.name for spec in importer.list_adapters()]
    assert import_file(ws, put("t.csv", "zeit,seite\n2026-08-01,Home\n2026-08-02,Cart\n")).adapter == "mine"


def test_no_personal_data_anywhere_in_the_workspace(ws: Workspace, put: Load, tmp_path: Path) -> None:
    text = table(
        "timestamp,session id,user id,email,phone,ip address,first name,url,referrer,load ms",
        "2026-08-01 10:00,SECRETSESSION1,SECRETUSER7,joe.doe@example.com,+49 170 1234567,203.0.113.77,Joachim,https://x.example/p/joe.doe@example.com"
        "?token=SECRETQUERY&utm_campaign=Spring,https://r.example/?who=SECRETREF,100",
        "2026-08-01 10:01,SECRETSESSION1,SECRETUSER7,joe.doe@example.com,+49 170 1234567,203.0.113.77,Joachim,https://x.example/p?token=SECRETQUERY,,fast",
        "2026-08-01 10:02,SECRETSESSION1,joe.doe@example.com,203.0.113.77",
    )
    record = import_file(ws, put("t.csv", text))
    assert (record.rows_loaded, record.rows_quarantined) == (1, 2)
    assert record.privacy["level"] == "strict"
    assert record.privacy["columns"]["email"] == "not stored"
    assert "hash" in record.privacy["columns"]["user id"]
    ws.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("test.docops*") if path.is_file())
    assert b"Spring" in stored
    for secret in ("SECRET", "joe.doe", "example.com", "1234567", "203.0.113.77", "Joachim"):
        assert secret.encode() not in stored, secret


def test_preview_tells_what_would_happen(put: Load) -> None:
    path = put(
        "t.csv",
        table(
            "timestamp,session id,url,load ms,email",
            "2026-08-01,s,/a,100,j@e.com",
            "2026-08-01,s,/a,x,j@e.com",
            "2026-08-01,s",
            delimiter=",",
        ),
    )
    found = preview_file(path)
    assert found.header == ("timestamp", "session id", "url", "load ms", "email")
    assert (found.adapter, found.grain, found.encoding, found.delimiter) == ("generic", "page_view", "utf-8", ",")
    assert found.mapping["load ms"] == "load_ms"
    assert set(found.personal_data) == {"session id", "email"}
    assert [tuple(row)[3] for row in found.rows] == ["100", "x"]
    estimate = found.estimate
    assert (estimate.read, estimate.loaded, estimate.filtered, estimate.quarantined) == (3, 1, 0, 2)
    assert found.broken == ((4, "2 cells instead of 5"),)
    assert 0 < found.confidence < 1
    assert len(preview_file(path, rows=1).rows) == 1


def test_a_device_column_with_types_is_no_model(load: Load, rows: Rows) -> None:
    text = table(
        "timestamp,session id,url,device",
        "2026-08-01,a,/a,mobile",
        "2026-08-01,b,/a,Desktop",
        "2026-08-01,c,/a,Pixel 8",
    )
    load("t.csv", text)
    found = rows("SELECT device_model, device_type FROM v_sessions ORDER BY 1, 2")
    assert [tuple(row.values()) for row in found] == [
        ("(not set)", "Desktop"),
        ("(not set)", "Mobile"),
        ("Pixel 8", "(not set)"),
    ]
