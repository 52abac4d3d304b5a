"""Numbers that no export should hold: none of them stops a reader otherwise than by a clear refusal, none of them is believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.ingest.readers.report_dates import parse_day
from docops_desktop.model.errors import ExportError
from tests.support.system_exports import DASHES, magento_xml

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]
WILD = ("9" * 30, "9" * 5_000, "²", "٣", "-1", "1e400")


@pytest.mark.parametrize("number", WILD)
def test_the_nth_day_of_a_report(load: Load, number: str) -> None:
    head = [
        DASHES,
        "# Traffic",
        "# Account: A",
        "# Property: Shop",
        DASHES,
        "# Start date: 20260801",
        "# End date: 20260803",
    ]
    text = "\n".join([*head, "Nth day,Users", "0000,5", f"{number},7"]) + "\n"
    assert load("ga.csv", text).rows_read == 2


def test_digits_of_other_scripts_are_digits(load: Load, rows: Rows) -> None:
    lines = [f"2026-08-01T10:00:0{n}Z,/p,{text}\n" for n, text in enumerate(["٣901", "１２", "७", "²", "900"])]
    record = load("v.csv", "timestamp,url,load time (ms)\n" + "".join(lines))
    assert (record.rows_loaded, record.rows_quarantined) == (4, 1)
    assert [row["load_ms"] for row in rows("SELECT load_ms FROM page_views")] == [3901, 12, 7, 900]


def test_days_of_no_year() -> None:
    assert [parse_day(text) for text in ("9999-12-31", "00010101", "31.12.1969", "December 31, 9999")] == [None] * 4
    assert parse_day("2026-08-01") is not None


@pytest.mark.parametrize("number", WILD)
def test_rows_that_a_report_promises(load: Load, number: str) -> None:
    head = [
        '"Report Name: Week"',
        '"Report Time: 8/1/2026,8/2/2026"',
        '"Report Aggregation: Daily"',
        f'"Rows: {number}"',
        "",
    ]
    rows = ['"AccountId","TimePeriod","CampaignName","Clicks"', '"180","2026-08-01","Boots","20"']
    record = load("ads.csv", "\n".join([*head, *rows]) + "\n")
    assert record.rows_loaded == 1


@pytest.mark.parametrize("number", WILD)
def test_items_of_an_order(load: Load, rows: Rows, number: str) -> None:
    head = "Name,Email,Financial Status,Paid at,Currency,Total,Created at,Lineitem quantity,Lineitem name\n"
    record = load(
        "o.csv",
        head + f"#1001,a@x.example,paid,2026-08-01 10:00:00 +0000,EUR,10.00,2026-08-01 10:00:00 +0000,{number},Boot\n",
    )
    assert record.rows_read == 1
    assert rows("SELECT items FROM orders") in ([], [{"items": None}], [{"items": 3}])


@pytest.mark.parametrize("number", [str(10**400), "1e999"])
def test_figures_of_json(load: Load, number: str) -> None:
    text = '{"record":{"key":{"origin":"https://x.example"},"metrics":{"largest_contentful_paint":{"percentiles":{"p75":1583}},'
    text += '"first_contentful_paint":{"percentiles":{"p75":%s}}},"collectionPeriod":{"lastDate":{"year":9999,"month":12,"day":31}}}}'
    assert load("crux.json", text % number).rows_loaded == 1


@pytest.mark.parametrize(("old", "new"), [("<Cell>", '<Cell ss:Index="%s">'), ("<Row>", '<Row ss:Index="%s">')])
@pytest.mark.parametrize("number", ["9" * 30, "²", "-1", "1e400", "0", "999999999"])
def test_places_of_a_spreadsheet(load: Load, put: Callable[[str, Any], Path], old: str, new: str, number: str) -> None:
    text = magento_xml().decode()
    at = text.index(old, len(text) // 2)
    with pytest.raises(ExportError, match="says that it is number"):
        load("o.xml", text[:at] + new % number + text[at + len(old) :])


def test_an_encoding_of_a_spreadsheet_that_nobody_knows(load: Load) -> None:
    text = magento_xml().decode().replace('version="1.0"', 'version="1.0" encoding="no-such"')
    with pytest.raises(ExportError, match="damaged"):
        load("o.xml", text)
