"""Reports with preambles, totals and footers: Google Analytics, Google Ads, Microsoft, LinkedIn, Salesforce, Adobe Workspace. Files are made here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docops_desktop.ingest.importer import preview_file
from docops_desktop.ingest.readers.report_dates import parse_day, parse_span
from docops_desktop.ingest.readers.report_text import read_records
from docops_desktop.ingest.readers.reports import detect_report, read_report
from docops_desktop.model.timespan import parse_time

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]

GOOGLE_HEADER = "Campaign status,Campaign,Day,Campaign type,Currency code,Impr.,CTR,Cost,Clicks,Conversions,Conv. value"
GOOGLE_LINES = [
    'Enabled,"Shoes, brand",2026-03-27,Search,EUR,"9,380",2.81%,"1,234.50",264,12.5,987.60',
    "Paused,Socks,2026-03-28,Performance Max,EUR, --, --,0.00,0,0.00,0.00",
    "Total: Campaigns,,,,EUR,9380,2.81%,1234.50,264,12.5,987.60",
    "Total: Account,,,,EUR,9380,2.81%,1234.50,264,12.5,987.60",
    "Total: Search,,,Search,EUR,9380,2.81%,1234.50,264,12.5,987.60",
]


def google(*lines: str, span: str = '"March 27, 2026 - March 28, 2026"', header: str = GOOGLE_HEADER) -> str:
    return "\n".join(["Campaign report", span, header, *lines]) + "\n"


def tabs(text: str) -> bytes:
    """The same report as UTF-16 with tabs: what the "Excel .csv" download is."""
    import csv
    import io

    return "\n".join("\t".join(row) for row in csv.reader(io.StringIO(text))).encode("utf-16")


@pytest.mark.parametrize("packed", [str.encode, tabs], ids=["utf-8, commas", "utf-16, tabs"])
def test_t1_t2_t3_google_ads_in_both_downloads(packed: Callable[[str], bytes], load: Load, rows: Rows) -> None:
    record = load("report.csv", packed(google(*GOOGLE_LINES)))
    assert (record.adapter, record.grain, record.rows_loaded) == ("google_ads", "campaign_day", 2)
    assert dict(record.filtered) == {"total row": 3}
    found = rows(
        "SELECT day, campaign, impressions, clicks, cost_minor, conversions, revenue_minor, currency FROM campaign_days ORDER BY day"
    )
    assert [tuple(row.values()) for row in found] == [
        ("2026-03-27", "Shoes, brand", 9380, 264, 123450, 12.5, 98760, "EUR"),
        ("2026-03-28", "Socks", None, 0, 0, 0, 0, "EUR"),  # T8: " --" is missing, not zero
    ]


def test_t15_a_google_report_without_days_never_lands_on_its_first_day(load: Load, rows: Rows) -> None:
    header = "Campaign,Currency code,Impr.,Cost,Clicks"
    record = load("p.csv", google('Shoes,EUR,"9,380",12.50,264', "Total: Account,EUR,9380,12.50,264", header=header))
    assert (record.rows_loaded, record.rows_filtered) == (1, 1)
    assert rows("SELECT * FROM campaign_days") == []
    found = {row["metric"]: row for row in rows("SELECT * FROM aggregates")}
    assert found["Impr."]["value"] == 9380
    assert found["Cost"]["value"] == 12.5
    assert found["Cost"]["start_ms"] == parse_time("2026-03-27T00:00:00Z")
    assert found["Cost"]["end_ms"] == parse_time("2026-03-29T00:00:00Z")
    assert "Shoes" in found["Cost"]["labels_json"]


def test_t15_a_report_over_one_day_is_that_day(load: Load, rows: Rows) -> None:
    load(
        "p.csv", google("Shoes,EUR,7,1.00,1", header="Campaign,Currency code,Impr.,Cost,Clicks", span="27 January 2026")
    )
    assert [row["day"] for row in rows("SELECT day FROM campaign_days")] == ["2026-01-27"]


def test_a_row_with_a_cell_too_few_is_named_and_not_shifted(load: Load, ws: Any) -> None:
    record = load("p.csv", google(GOOGLE_LINES[0], "Enabled,Hats,2026-03-28"))
    assert (record.rows_loaded, record.rows_quarantined) == (1, 1)
    assert [(row.line, row.reason) for row in ws.quarantine()] == [(5, "3 cells instead of 11")]


def test_a_preview_of_a_report_shows_its_table_as_it_stands(put: Load) -> None:
    found = preview_file(put("report.csv", tabs(google(*GOOGLE_LINES))))
    assert (found.adapter, found.delimiter, found.encoding, found.preamble_lines) == (
        "google_ads",
        "\t",
        "utf-16-le",
        2,
    )
    assert found.header == tuple(GOOGLE_HEADER.split(","))
    assert [row[5] for row in found.rows] == ["9,380", " --"]
    assert found.confidence > 0.9


MICROSOFT = [
    '"Report Name: Weekly check"',
    '"Report Time: 8/1/2026,8/2/2026"',
    '"Time Zone: (GMT) Greenwich"',
    '"Report Aggregation: Daily"',
    '"Report Filter: "',
    '"Potential Incomplete Data: true"',
    '"Rows: 2"',
    "",
    '"AccountId","TimePeriod","CurrencyCode","CampaignName","Impressions","Clicks","Spend","Conversions","Revenue","QualityScore"',
    '"180","2026-08-01","GBP","Boots","1000","20","12.34","2","99.00","--"',
    '"180","2026-08-02","GBP","Boots","1100","22","13.00","1","50.00","8"',
    "",
    '"©2026 Microsoft Corporation. All rights reserved. "',
]


def test_t2_t6_microsoft_ads_metadata_and_footer(load: Load, rows: Rows) -> None:
    record = load("m.csv", "\n".join(MICROSOFT) + "\n")
    assert (record.adapter, record.rows_loaded, dict(record.filtered)) == ("microsoft_ads", 2, {"footer": 1})
    found = rows("SELECT day, campaign, clicks, cost_minor, revenue_minor, currency FROM campaign_days ORDER BY day")
    assert [tuple(row.values()) for row in found] == [
        ("2026-08-01", "Boots", 20, 1234, 9900, "GBP"),
        ("2026-08-02", "Boots", 22, 1300, 5000, "GBP"),
    ]


def test_microsoft_metadata_in_two_cells_and_the_checksum_of_rows(load: Load, ws: Any) -> None:
    lines = [
        line.replace(": ", ':","', 1) if line.startswith(('"Report', '"Time', '"Rows')) else line for line in MICROSOFT
    ]
    record = load("m.csv", "\n".join(lines[:-3]) + "\n")
    assert (record.rows_loaded, record.rows_quarantined) == (1, 1)
    assert "promises 2 rows and holds 1" in ws.quarantine()[0].reason


def test_t15_microsoft_summary_of_several_days_is_kept_as_a_figure_of_its_span(load: Load, rows: Rows) -> None:
    text = "\n".join(MICROSOFT).replace("Daily", "Summary").replace('"TimePeriod",', "").replace('"2026-08-01",', "")
    text = text.replace('"2026-08-02",', "").replace("8/1/2026,8/2/2026", "8/1/2026 - 8/31/2026")
    assert load("m.csv", text).rows_loaded == 2
    assert rows("SELECT * FROM campaign_days") == []
    (clicks,) = {row["end_ms"] for row in rows("SELECT end_ms FROM aggregates WHERE metric = 'Clicks'")}
    assert clicks == parse_time("2026-09-01T00:00:00Z")


def linkedin(*lines: str, language: str = "en", end: str = "September 22, 2026, 11:59 PM") -> bytes:
    english = [
        "Campaign Performance Report (in UTC)",
        "Report Start: September 21, 2026, 12:00 AM",
        f"Report End: {end}",
        "Date Generated: September 23, 2026, 9:12 AM",
        "",
        "Start Date (in UTC)\tCurrency\tCampaign ID\tCampaign Name\tTotal Spent\tImpressions\tClicks\tConversions",
    ]
    dutch = [
        "Rapport met campagneprestaties (in UTC)",
        "Rapportbegin: 21 september 2026 00:00",
        "Rapporteinde: 23 september 2026 23:59",
        "Gegenereerd op: 24 september 2026 09:00",
        "",
        "Begindatum (in UTC)\tValuta\tCampagne-id\tCampagnenaam\tTotaal besteed\tWeergaven\tKlikken\tConversies",
    ]
    return "\n".join([*(english if language == "en" else dutch), *lines]).encode("utf-16")


def test_t1_t2_t14_linkedin_english(load: Load, rows: Rows) -> None:
    record = load(
        "l.csv",
        linkedin(
            '9/21/2026\tEUR\t8913120230000000001\tAutumn "gold\t55.39\t1,234\t12\t1',
            "9/22/2026\tEUR\t8913120230000000001\tAutumn\t1,055.00\t310\t1\t0",
        ),
    )
    assert (record.adapter, record.rows_loaded) == ("linkedin_ads", 2)
    found = rows("SELECT day, campaign, impressions, cost_minor FROM campaign_days ORDER BY day")
    assert [tuple(row.values()) for row in found] == [
        ("2026-09-21", 'Autumn "gold', 1234, 5539),
        ("2026-09-22", "Autumn", 310, 105500),
    ]


def test_t9_linkedin_dutch_numbers_and_days(load: Load, rows: Rows) -> None:
    load(
        "l.csv",
        linkedin(
            "21-9-2026\tEUR\t1\tHerfst\t1.055,39\t1.234\t12\t1",
            "3-10-2026\tEUR\t1\tHerfst\t9,36\t310\t1\t0",
            language="nl",
        ),
    )
    found = rows("SELECT day, impressions, cost_minor FROM campaign_days ORDER BY day")
    assert [tuple(row.values()) for row in found] == [("2026-09-21", 1234, 105539), ("2026-10-03", 310, 936)]


def test_t7_t15_linkedin_without_days_and_without_rows(load: Load, rows: Rows) -> None:
    one = "9/21/2026\tEUR\t1\tAutumn\t55.39\t1,234\t12\t1"
    assert load("l.csv", linkedin(one, one.replace("Autumn", "Winter"))).rows_loaded == 2
    assert rows("SELECT * FROM campaign_days") == []
    assert rows("SELECT count(*) AS n FROM aggregates WHERE metric = 'Impressions'") == [{"n": 2}]
    empty = load("e.csv", linkedin().rsplit("\n".encode("utf-16-le"), 1)[0])
    assert (empty.adapter, empty.rows_loaded, empty.status) == ("linkedin_ads", 0, "loaded")
    assert dict(empty.filtered) == {"the report says that it holds no data": 1}


UNIVERSAL = """# ----------------------------------------
# All Web Site Data
# Landing Pages
# 20260803-20260805
# ----------------------------------------

Landing Page,Device Category,Sessions,Bounce Rate,Avg. Session Duration,Revenue
/home,mobile,"1,727",62.65%,00:02:06,$0.00
/shop,desktop,412,30.00%,<00:00:01,"$1,234.50"
,,"3,215",55.10%,00:01:40,"$1,234.50"

Day Index,Sessions
8/3/26,"1,000"
8/4/26,"1,100"
8/5/26,"1,115"
,"3,215"
"""


def test_t3_t4_t5_universal_report_with_its_day_table(load: Load, rows: Rows) -> None:
    record = load("Analytics.csv", UNIVERSAL)
    assert (record.adapter, record.rows_loaded, dict(record.filtered)) == ("ga_universal", 5, {"total row": 2})
    found = rows("SELECT page, value FROM aggregates WHERE metric = 'Sessions' AND page IS NOT NULL ORDER BY value")
    assert [tuple(row.values()) for row in found] == [("/shop", 412), ("/home", 1727)]
    daily = rows(
        "SELECT start_ms, end_ms, value FROM aggregates WHERE metric = 'Sessions' AND page IS NULL ORDER BY start_ms"
    )
    assert [(row["start_ms"], row["value"]) for row in daily] == [
        (parse_time(f"2026-08-0{day}T00:00:00Z"), value) for day, value in ((3, 1000), (4, 1100), (5, 1115))
    ]
    assert all(row["end_ms"] - row["start_ms"] == 86_400_000 for row in daily)


def test_t9_universal_dutch_numbers_go_by_the_language_of_the_file(load: Load, rows: Rows) -> None:
    text = (
        "# ----------------------------------------\n# Alle websitegegevens\n# Apparaten\n# 20260801-20260831\n"
        '# ----------------------------------------\n\nApparaatcategorie,Sessies,Bouncepercentage\nmobile,2.546,"99,88%"\ndesktop,1.200,"12,50%"\n'
        ',3.746,"70,00%"\n'
    )
    load("nl.csv", text)
    found = rows("SELECT metric, value FROM aggregates ORDER BY value")
    assert [tuple(row.values()) for row in found] == [
        ("Bouncepercentage", 12.5),
        ("Bouncepercentage", 99.88),
        ("Sessies", 1200),
        ("Sessies", 2546),
    ]


def test_t14_the_order_of_day_and_month_is_the_one_inside_the_span(load: Load, rows: Rows) -> None:
    text = UNIVERSAL.replace("20260803-20260805", "20260308-20260508").replace("8/3/26", "08/03/2026")
    text = text.replace("8/4/26", "09/03/2026").replace("8/5/26", "10/03/2026")
    load("gb.csv", text)
    daily = rows("SELECT start_ms FROM aggregates WHERE metric = 'Sessions' AND page IS NULL ORDER BY start_ms")
    assert [row["start_ms"] for row in daily] == [parse_time(f"2026-03-{day:02}T00:00:00Z") for day in (8, 9, 10)]


def test_universal_campaigns_by_day_are_campaign_days(load: Load, rows: Rows) -> None:
    text = (
        "# ----------------------------------------\n# All Web Site Data\n# All Traffic\n# 20260801-20260802\n# ----------------------------------------\n\n"
        "Source / Medium,Campaign,Date,Sessions,Transactions,Revenue\n"
        'google / cpc,Shoes,20260801,"1,200",12,£340.00\n(direct) / (none),(not set),20260802,300,1,£9.50\n,,,"1,500",13,£349.50\n'
    )
    record = load("c.csv", text)
    assert record.rows_loaded == 2
    found = rows(
        "SELECT day, source, medium, campaign, sessions, conversions, revenue_minor FROM campaign_days ORDER BY day"
    )
    assert [tuple(row.values()) for row in found] == [
        ("2026-08-01", "google", "cpc", "Shoes", 1200, 12, 34000),
        ("2026-08-02", "(direct)", None, None, 300, 1, 950),
    ]


GA4 = """# ----------------------------------------
# Pages and screens
# Account: Shop
# Property: Shop - GA4
# ----------------------------------------
#
# All Users
# Start date: 20260801
# End date: 20260831
Page path and screen class,Views,Active users,Bounce rate,Total revenue
/home,4311,2000,0.62001524003048,0
,17,9,0.5,12.5
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_t10_ga4_report_of_a_span(newline: str, load: Load, rows: Rows) -> None:
    record = load("ga4.csv", GA4.replace("\n", newline))
    assert (record.adapter, record.rows_loaded, record.rows_filtered) == (
        "ga4_report",
        2,
        0,
    )  # an empty page is a page, no total
    (rate,) = rows("SELECT * FROM aggregates WHERE metric = 'Bounce rate' AND page = '/home'")
    assert rate["value"] == pytest.approx(0.62001524003048, rel=1e-15)
    assert (rate["start_ms"], rate["end_ms"]) == (
        parse_time("2026-08-01T00:00:00Z"),
        parse_time("2026-09-01T00:00:00Z"),
    )


def test_t5_ga4_overview_of_many_tables_counts_days_from_the_start(load: Load, rows: Rows) -> None:
    text = (
        "# ----------------------------------------\n# Reports snapshot\n# Account: Shop\n# Property: Shop\n# ----------------------------------------\n"
        "\n# Start date: 20260830\n# End date: 20260901\nNth day,Active users\n0000,10\n0001,20\n0002,30\n"
        "\n# Start date: 20260830\n# End date: 20260901\nCountry,Active users\nGermany,44\n"
        "\n# Start date: 20260730\n# End date: 20260801\nNth day,Active users\n0000,1\n\n"
    )
    record = load("data-export.csv", text)
    assert record.rows_loaded == 5
    found = rows("SELECT start_ms, country, value FROM aggregates ORDER BY value")
    assert [(row["start_ms"], row["country"], row["value"]) for row in found] == [
        (parse_time("2026-07-30T00:00:00Z"), None, 1),
        (parse_time("2026-08-30T00:00:00Z"), None, 10),
        (parse_time("2026-08-31T00:00:00Z"), None, 20),
        (parse_time("2026-09-01T00:00:00Z"), None, 30),
        (parse_time("2026-08-30T00:00:00Z"), "DE", 44),
    ]


def test_t3_exploration_total_has_a_cell_more_than_the_header(load: Load, rows: Rows) -> None:
    text = (
        "# ----------------------------------------\n# Shop - GA4\n# My analysis-Tab 1\n# 20260801-20260831\n# ----------------------------------------\n\n"
        "Event name,Event count\n,4311,Grand total\npage_view,4000\npurchase,311\n"
    )
    record = load("x.csv", text)
    assert (record.adapter, record.rows_loaded, dict(record.filtered)) == ("ga4_exploration", 2, {"total row": 1})
    assert {row["value"] for row in rows("SELECT value FROM aggregates")} == {4000, 311}


SALESFORCE = [
    '"Opportunity Owner","Account Name","Opportunity Name","Stage","Amount Currency","Amount","Probability (%)","Close Date","Created Date","Lead Source"',
    '"A. Seller","Bank Zürich","Licences","Closed Won","USD","25,000.00","100","11/14/2026","10/4/2026","Web"',
    '"B. Seller","Shop, Two","Renewal","Negotiation/Review","EUR","7,500.00","90","12/1/2026","11/22/2026","Trade ""Show"""',
    "",
    "",
    '"Grand Totals (2 records)"',
    "",
    '"Opportunities by owner"',
    '"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."',
    '"Confidential Information - Do Not Distribute"',
    '"Generated By:  A. Seller  11/15/2026, 9:01 AM"',
    '"Example Inc."',
]


def test_t6_t11_salesforce_report_in_latin_1_with_footer(load: Load, put: Load, rows: Rows) -> None:
    record = load("report.csv", "\n".join(SALESFORCE).encode("latin-1"))
    assert (record.adapter, record.grain, record.rows_loaded) == ("salesforce_report", "opportunity", 2)
    assert dict(record.filtered) == {"footer": 6}
    assert preview_file(put("again.csv", "\n".join(SALESFORCE))).footer_lines == 6
    found = rows(
        "SELECT opportunity_key, stage, amount_minor, currency, source, closed_ms FROM opportunities ORDER BY 1"
    )
    assert [tuple(row.values()) for row in found] == [
        ("Licences", "Closed Won", 2500000, "USD", "Web", parse_time("2026-11-14T00:00:00Z")),
        ("Renewal", "Negotiation/Review", 750000, "EUR", 'Trade "Show"', parse_time("2026-12-01T00:00:00Z")),
    ]


def test_salesforce_lead_report(load: Load, rows: Rows) -> None:
    text = (
        '"First Name","Last Name","Company / Account","Email","Lead Source","Lead Status","Lead Owner","Created Date"\n'
        '"Ann","Lee","ACME","ann@acme.example","Web","Open","A. Seller","2026-08-01"\n\n"Grand Totals (1 records)"\n'
    )
    record = load("leads.csv", text)
    assert (record.adapter, record.grain, record.rows_loaded, record.rows_filtered) == (
        "salesforce_report_leads",
        "lead",
        1,
        1,
    )
    (lead,) = rows("SELECT * FROM leads")
    assert (lead["stage"], lead["source"]) == ("Open", "Web")
    assert lead["user_key"] != 0


def test_t5_adobe_workspace_tables_with_two_header_rows(load: Load, rows: Rows) -> None:
    text = (
        "\ufeff#=================================================================\n# Freeform\n# Report suite: Shop\n"
        '"# Date: Jul 27, 2026 - Aug 2, 2026"\n#=================================================================\n\n'
        "##############################################\n# Freeform table (4)\n##############################################\n"
        ",All Visits,Mobile visits\n,Page Views,Page Views\nPage,500,200\nhome,300,150\ncart,100,20\n\n"
        "##############################################\n# Freeform table (5)\n##############################################\n"
        ',All Visits\n,Visits\nDay,90\n"Jul 27, 2026",50\n"Jul 28, 2026",40\n'
    )
    record = load("ws.csv", text)
    assert (record.adapter, record.rows_loaded, dict(record.filtered)) == ("adobe_workspace", 4, {"total row": 2})
    found = rows("SELECT page_group, metric, value FROM aggregates WHERE page_group IS NOT NULL ORDER BY value")
    assert [tuple(row.values()) for row in found] == [
        ("cart", "Page Views (Mobile visits)", 20),
        ("cart", "Page Views", 100),
        ("home", "Page Views (Mobile visits)", 150),
        ("home", "Page Views", 300),
    ]
    daily = rows("SELECT start_ms, value FROM aggregates WHERE metric = 'Visits' ORDER BY start_ms")
    assert [tuple(row.values()) for row in daily] == [
        (parse_time("2026-07-27T00:00:00Z"), 50),
        (parse_time("2026-07-28T00:00:00Z"), 40),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("March 27, 2026 - April 23, 2026", (date(2026, 3, 27), date(2026, 4, 23))),
        ("27 January 2026 - 23 February 2026", (date(2026, 1, 27), date(2026, 2, 23))),
        ("1. März 2026 - 31. März 2026", (date(2026, 3, 1), date(2026, 3, 31))),
        ("1 de enero de 2026 - 2 de enero de 2026", (date(2026, 1, 1), date(2026, 1, 2))),
        ("1 août 2026 – 3 août 2026", (date(2026, 8, 1), date(2026, 8, 3))),
        ("20260801-20260831", (date(2026, 8, 1), date(2026, 8, 31))),
        ("2/7/2020", (date(2020, 2, 7), date(2020, 2, 7))),
        ("April 23, 2026 - March 27, 2026", None),
        ("Campaign report", None),
        ("31 February 2026", None),
    ],
)
def test_spans_in_the_languages_of_the_interfaces(text: str, expected: Any) -> None:
    assert parse_span(text) == expected


def test_days_by_their_signs() -> None:
    assert parse_day("23-9-2026") == date(2026, 9, 23)
    assert parse_day("9/23/2026") == date(2026, 9, 23)
    assert parse_day("1/8/2026", day_first=True) == date(2026, 8, 1)
    assert parse_day("2026-13-01") is None


def test_an_ordinary_table_is_no_report() -> None:
    assert detect_report("timestamp,session id,url\n2026-08-01,s,/a\n") is None
    assert detect_report("# a comment\na,b,c\n1,2,3\n") is None
    assert detect_report("My title\nmade by me\nDay,Campaign,Clicks\n2026-08-01,a,1\n") is None


def test_blocks_of_a_long_report_keep_every_row(load: Load) -> None:
    lines = [f"Enabled,C{i},2026-03-27,Search,EUR,{i},1%,1.00,1,0,0" for i in range(12_345)]
    found = detect_report(google(*lines[:100]))
    assert found is not None
    data = google(*lines).encode()
    pieces = iter([data[i : i + 1_000] for i in range(0, len(data), 1_000)])
    names = [name for block in read_report(pieces, found[0]) for name in block.table.column("Campaign").to_pylist()]
    assert names == [f"C{i}" for i in range(12_345)]


def test_legacy_encoding_that_shows_late_is_noticed_in_a_report(
    load: Load, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docops_desktop.ingest.recognise.sniff.SAMPLE_BYTES", 400)
    lines = [f"Enabled,C{i},2026-03-27,Search,EUR,{i},1%,1.00,1,0,0" for i in range(50)]
    record = load("g.csv", google(*lines, "Enabled,Été,2026-03-27,Search,EUR,1,1%,1.00,1,0,0").encode("cp1252"))
    assert (record.rows_loaded, record.rows_quarantined) == (51, 0)
    assert "Été" in {row["campaign"] for row in rows("SELECT campaign FROM campaign_days")}


CELL = st.text(alphabet='ab,"1.\n\t-:#Total é', max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELL, min_size=1, max_size=6).map(",".join), max_size=12), st.integers(1, 50))
def test_every_record_behind_the_header_is_a_row_or_is_named(lines: list[str], piece: int) -> None:
    text = google(*lines, header="Campaign,Currency code,Impr.,Cost,Clicks")
    data = text.encode()
    found = detect_report(text)
    assert found is not None
    records = [record for record in read_records(iter([data]), found[0].delimiter) if not record.blank][3:]
    pieces = iter([data[i : i + piece] for i in range(0, len(data), piece)])
    blocks = list(read_report(pieces, found[0]))
    accounted = sum(block.records for block in blocks) - sum(
        block.filtered.get("the report says that it holds no data", 0) for block in blocks
    )
    assert accounted == len(records)
    rows = [list(row.values())[:5] for block in blocks for row in block.table.to_pylist()]
    whole = [list(record.cells) for record in records if len(record.cells) == 5]
    assert [row for row in rows if row not in whole] == []
