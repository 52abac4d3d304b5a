"""Tables of advertising, CRM and mail systems without a preamble, copies of them in warehouses, and systems without a public layout."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from docops_desktop.ingest.importer import import_file, list_adapters, preview_file
from docops_desktop.ingest.readers.partitions import partitions
from docops_desktop.model.timespan import parse_time
from docops_desktop.store.workspace import Workspace
from tests.support.delimited_texts import text_of

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]


META = [
    [
        "Reporting starts",
        "Reporting ends",
        "Campaign name",
        "Results",
        "Result indicator",
        "Reach",
        "Impressions",
        "Amount spent (AUD)",
    ],
    [
        "2026-08-01",
        "2026-08-01",
        "Brand, AU",
        "12",
        "actions:offsite_conversion.fb_pixel_purchase",
        "1834",
        "2410",
        "41.46",
    ],
    ["2026-08-01", "2026-08-01", "Leads", "7", "actions:lead", "900", "1100", "12.3"],
    ["2026-08-02", "2026-08-02", "Brand, AU", "", "", "", "2010", "41.4"],
    ["2026-08-01", "2026-08-02", "", "", "", "2000", "5520", "95.16"],
]


def test_t11_meta_currency_in_the_caption_and_results_by_their_kind(load: Load, rows: Rows) -> None:
    record = load("meta.csv", b"\xef\xbb\xbf" + text_of(*META).encode())
    assert (record.adapter, record.rows_loaded) == ("meta_ads", 3)
    assert dict(record.filtered) == {"summary row without a name": 1}
    found = rows(
        "SELECT day, campaign, impressions, cost_minor, currency, conversions FROM campaign_days ORDER BY day, campaign"
    )
    assert [tuple(row.values()) for row in found] == [
        ("2026-08-01", "Brand, AU", 2410, 4146, "AUD", 12),
        ("2026-08-01", "Leads", 1100, 1230, "AUD", None),  # leads are never added to purchases
        ("2026-08-02", "Brand, AU", 2010, 4140, "AUD", None),
    ]


def test_t15_meta_rows_of_a_span_are_figures_of_that_span(load: Load, rows: Rows) -> None:
    load("meta.csv", text_of(META[0], ["2026-08-01", "2026-08-31", *META[1][2:]]))
    assert rows("SELECT * FROM campaign_days") == []
    (spent,) = rows("SELECT * FROM aggregates WHERE metric = 'Amount spent (AUD)'")
    assert (spent["value"], spent["end_ms"]) == (41.46, parse_time("2026-09-01T00:00:00Z"))


def test_t9_meta_in_french(load: Load, rows: Rows) -> None:
    header = ["Jour", "Nom de la campagne", "Montant dépensé (EUR)", "Impressions", "Couverture", "Clics sur un lien"]
    lines = [
        ["01/08/2026", "Été", "1\u202f234,56", "1\u202f000", "900", "12"],
        ["02/08/2026", "Été", "7,5", "10", "9", "0"],
    ]
    record = load("meta.csv", text_of(header, *lines, delimiter=";"))
    assert (record.adapter, record.rows_loaded) == ("meta_ads", 2)
    found = rows("SELECT day, impressions, clicks, cost_minor, currency FROM campaign_days ORDER BY day")
    assert [tuple(row.values()) for row in found] == [
        ("2026-08-01", 1000, 12, 123456, "EUR"),
        ("2026-08-02", 10, 0, 750, "EUR"),
    ]


def test_t7_meta_without_data_says_so(ws: Workspace, put: Load) -> None:
    path = put("meta.csv", text_of(META[0]) + '"No data available."\n')
    record = import_file(ws, path)
    assert (record.adapter, record.rows_read, record.rows_loaded, record.rows_filtered) == ("meta_ads", 1, 0, 1)


WAREHOUSE = [
    (
        "google_ads_warehouse",
        "_fivetran_id,customer_id,date,_fivetran_synced,ad_network_type,clicks,conversions,conversions_value,cost_micros,device,id,impressions",
        "x,2121450128,2026-08-01,2026-08-02 17:10:11,SEARCH,49,2.5,99.5,36150000,MOBILE,99352494091234567,166",
        ("99352494091234567", 166, 49, 3615, 2.5),
    ),
    (
        "meta_ads_warehouse",
        "ad_id,date,account_id,impressions,inline_link_clicks,spend,reach",
        "6215293456071,2026-08-01,1700252260223815,4233,10,144.,608",
        (None, 4233, 10, 14400, None),
    ),
    (
        "linkedin_ads_warehouse",
        "campaign_id,day,clicks,cost_in_local_currency,cost_in_usd,external_website_conversions,impressions,one_click_leads",
        "77,2026-08-01 00:00:00,5,12.345,13,1,500,0",
        ("77", 500, 5, 1235, 1),
    ),
    (
        "microsoft_ads_plain",
        "AccountId,CampaignId,TimePeriod,CurrencyCode,DeviceType,CampaignName,Impressions,Clicks,Spend,Conversions,QualityScore",
        "1,2,2026-08-01T16:00:00+00:00,USD,Computer,Boots,100,3,4.56,1,--",
        ("Boots", 100, 3, 456, 1),
    ),
    (
        "adroll",
        "date,campaign,type,status,impressions,clicks,cost,ctr,click_through_conversions,view_through_conversions,total_conversions",
        '2026-08-01,Everybody,retargeting,running,"12,034",38,$23.18,0.32%,1,3,4',
        ("Everybody", 12034, 38, 2318, 1),
    ),
]


@pytest.mark.parametrize(("adapter", "header", "line", "expected"), WAREHOUSE, ids=[case[0] for case in WAREHOUSE])
def test_t11_t16_copies_in_warehouses(
    adapter: str, header: str, line: str, expected: Any, load: Load, rows: Rows
) -> None:
    record = load("t.csv", f"{header}\n{line}\n")
    assert (record.adapter, record.grain, record.rows_loaded) == (adapter, "campaign_day", 1)
    (found,) = rows("SELECT day, campaign, impressions, clicks, cost_minor, conversions FROM campaign_days")
    assert tuple(found.values()) == ("2026-08-01", *expected)


def test_meta_actions_stay_apart_by_type(load: Load, rows: Rows) -> None:
    text = "_fivetran_id,ad_id,date,index,_7_d_click,_fivetran_synced,action_type,inline,value\n"
    text += "a,1,2026-08-01,0,2.0,2026-08-02 00:00:00,lead,,2.0\na,1,2026-08-01,1,,2026-08-02 00:00:00,purchase,,3.0\n"
    assert load("t.csv", text).adapter == "meta_ads_actions"
    found = rows("SELECT subject, value FROM aggregates WHERE metric = 'value' ORDER BY value")
    assert [tuple(row.values()) for row in found] == [("lead", 2), ("purchase", 3)]


OPPORTUNITY = [
    "Id",
    "IsDeleted",
    "AccountId",
    "Name",
    "StageName",
    "Amount",
    "Probability",
    "CloseDate",
    "LeadSource",
    "IsClosed",
    "IsWon",
]


def test_t8_t11_t16_t18_salesforce_data_export(load: Load, rows: Rows) -> None:
    header = [*OPPORTUNITY, "CurrencyIsoCode", "CampaignId", "CreatedDate", "Notes__c"]
    lines = [
        [
            "006A00000012345AAA",
            "0",
            "1",
            "Señal",
            "Ganada",
            "1234.5",
            "100",
            "2026-08-31 00:00:00",
            "Web",
            "1",
            "1",
            "MXN",
        ],
        ["006A00000012345AAB", "0", "1", "Bank", "Negociación", "", "40", "2026-09-30 00:00:00", "", "0", "0", "USD"],
        ["006A00000012345AAC", "0", "1", "Shop", "Perdida", "10", "0", "2026-09-01 00:00:00", "", "1", "0", "USD"],
        ["006A00000012345AAD", "1", "1", "Gone", "Ganada", "99", "100", "2026-09-01 00:00:00", "", "1", "1", "USD"],
    ]
    tails = [["000000000000000AAA", "2026-08-01 10:00:00", '<b>two\nlines</b> "quoted"']] * 4
    rows_text = [[*line, *tail] for line, tail in zip(lines, tails, strict=True)]
    record = load("Opportunity.csv", text_of(header, *rows_text, quoting=csv.QUOTE_ALL).encode("latin-1"))
    assert (record.adapter, record.rows_loaded, dict(record.filtered)) == (
        "salesforce_opportunities",
        3,
        {"deleted in Salesforce": 1},
    )
    found = rows(
        "SELECT opportunity_key, stage, amount_minor, currency, campaign, created_ms FROM opportunities ORDER BY 1"
    )
    created = parse_time("2026-08-01T10:00:00Z")
    assert [tuple(row.values()) for row in found] == [
        ("006A00000012345AAA", "Closed Won", 123450, "MXN", None, created),
        ("006A00000012345AAB", "Negociación", None, "USD", None, created),
        ("006A00000012345AAC", "Closed Lost", 1000, "USD", None, created),
    ]


def test_salesforce_leads_of_a_connector_keep_nobody(load: Load, rows: Rows, ws: Workspace) -> None:
    text = (
        "id,name,first_name,last_name,email,phone,company,status,lead_source,is_converted,is_deleted,created_date,converted_opportunity_id,utm_campaign_c\n"
        "00Q1,Ann Lee,Ann,Lee,ann.lee@acme.example,+49 30 1234567,ACME,Open,Web,false,false,2026-08-01 10:00:00,,spring\n"
    )
    assert load("lead.csv", text).adapter == "salesforce_leads"
    (lead,) = rows("SELECT * FROM leads")
    assert (lead["lead_key"], lead["stage"], lead["source"], lead["campaign"]) == ("00Q1", "Open", "Web", "spring")
    with ws.reading() as connection:
        dump = "\n".join(connection.iterdump())
    assert "Ann" not in dump
    assert "acme.example" not in dump
    assert "1234567" not in dump


SILVERPOP = next(
    csv.reader(
        [
            "Recipient Id,Recipient Type,Mailing Id,Report Id,Campaign Id,Email,Event Type,Event Timestamp,Body Type,Content Id,Click Name,URL,"
            "Conversion Action,Conversion Detail,Conversion Amount,Suppression Reason"
        ]
    )
)


@pytest.mark.parametrize("delimiter", [",", "|", "\t"])
def test_t14_t17_silverpop_in_its_three_dialects(delimiter: str, load: Load, rows: Rows) -> None:
    sent = [
        "9001",
        "Normal",
        "55",
        "1",
        "Spring",
        "joe@x.example",
        "Sent",
        "06/30/17 11:32 PM",
        "HTML",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
    ]
    url = "https://shop.example/p?utm_source=mail&token=SECRET"
    click = [
        "9001",
        "Normal",
        "55",
        "1",
        "Spring",
        "joe@x.example",
        "Click Through",
        "07/01/17 12:05 AM",
        "HTML",
        "",
        "Top",
        url,
        "",
        "",
        "",
        "",
    ]
    unnamed = [[*SILVERPOP, "", ""], [*sent, "a", "b"], [*click, "a", "b"]]
    record = load("raw.csv", text_of(*unnamed, delimiter=delimiter))
    assert (record.adapter, record.grain, record.rows_loaded) == ("silverpop", "email_event", 2)
    found = rows("SELECT event, mailing_key, campaign, time_ms, url, user_key FROM email_events ORDER BY time_ms")
    assert [(row["event"], row["mailing_key"], row["campaign"], row["url"]) for row in found] == [
        ("Sent", "55", "Spring", None),
        ("Click Through", "55", "Spring", "/p"),
    ]
    assert found[0]["time_ms"] == parse_time("2017-06-30T23:32:00Z")
    assert found[0]["user_key"] == found[1]["user_key"] != 0


def test_search_console_zip_without_its_filter_list(load: Load, rows: Rows) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Chart.csv", "Date,Clicks,Impressions,CTR,Position\n2026-08-01,12,1000,1.2%,7.5\n")
        archive.writestr("Queries.csv", "Top queries,Clicks,Impressions,CTR,Position\nred shoes,5,100,5%,2.1\n")
        archive.writestr(
            "Pages.csv", "Top pages,Clicks,Impressions,CTR,Position\nhttps://shop.example/p?x=1,4,90,4.4%,3\n"
        )
        archive.writestr("Filters.csv", "Filter,Value\nDate,Last 3 months\n")
    record = load("performance.zip", packed.getvalue())
    assert (record.adapter, record.rows_read, record.rows_loaded) == ("search_console", 3, 3)
    found = rows("SELECT start_ms, page, value FROM aggregates WHERE metric = 'CTR' ORDER BY value")
    assert [tuple(row.values()) for row in found] == [
        (parse_time("2026-08-01T00:00:00Z"), None, 1.2),
        (None, "/p", 4.4),
        (None, None, 5),
    ]


def test_a_ga4_download_without_comment_lines_has_no_span(load: Load, rows: Rows) -> None:
    record = load(
        "d.csv",
        "Event name,Event count,Total users,Event count per active user,Total revenue\npurchase,12,10,1.2,340.5\n",
    )
    assert (record.adapter, record.rows_loaded) == ("ga4_download", 1)
    assert {row["start_ms"] for row in rows("SELECT start_ms FROM aggregates")} == {None}


UNKNOWN = [
    (
        "quantum_metric",
        "Replay URL,Session ID,Session Start,Device Type,Browser,Converted,Cart Value",
        "u,s1,2026-08-01 10:00,Mobile,Safari,yes,12.50",
        "sessions",
    ),
    (
        "datorama",
        "Day,Campaign Name,Media Buy Name,Impressions,Clicks,Media Cost",
        "2026-08-01,Spring,Banner,100,3,4.50",
        "campaign_days",
    ),
    (
        "condati",
        "Date,conDati Channel,Campaign,Sessions,Cost,Revenue",
        "2026-08-01,Paid,Spring,10,4.50,9",
        "campaign_days",
    ),
    ("krux", "kuid,timestamp,segment id,country", "abc,2026-08-01 10:00:00,s1,DE", "sessions"),
    (
        "optimizely_results",
        "Experiment,Variation,Visitors,Unique conversions,Conversion rate,Improvement",
        "Button,Red,1000,50,5%,2%",
        "aggregates",
    ),
]


@pytest.mark.parametrize(("adapter", "header", "line", "table"), UNKNOWN, ids=[case[0] for case in UNKNOWN])
def test_systems_without_a_public_layout_say_so_and_guess(
    adapter: str, header: str, line: str, table: str, load: Load, rows: Rows, put: Load
) -> None:
    spec = next(spec for spec in list_adapters() if spec.name == adapter)
    assert spec.evidence == "unknown"
    found = preview_file(put("p.csv", f"{header}\n{line}\n"))
    assert found.adapter == adapter
    assert found.confidence < 0.9
    assert load("t.csv", f"{header}\n{line}\n\n").rows_loaded == 1
    assert rows(f"SELECT count(*) AS n FROM {table}")[0]["n"] >= 1


def test_partition_columns_stand_in_the_path() -> None:
    from pathlib import Path

    assert partitions(Path("/x/type=events/date=2026-08-01/part.parquet"), "") == {
        "type": "events",
        "date": "2026-08-01",
    }
    assert partitions(Path("/x/a.zip"), "experiment=a%20b/part.parquet") == {"experiment": "a b"}
    assert partitions(Path("/x/plain/part=0.parquet"), "") == {}
