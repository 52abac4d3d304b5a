"""Downloads of overlapping spans: a campaign's day counts once, and the ledger says what was left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from docops_desktop.model.errors import ExportError
from docops_desktop.store.workspace import Workspace

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
    return int(rows("SELECT sum(cost_minor) AS total FROM campaign_days")[0]["total"])


def test_days_of_an_overlapping_download_do_not_add_up(load: Load, rows: Rows) -> None:
    assert (
        load("first.csv", report(1, 2, 3)).rows_loaded == 6
    )  # two rows of one campaign's day in one file are two ad groups or devices
    record = load("second.csv", report(2, 3, 4))
    assert (record.rows_read, record.rows_loaded, dict(record.filtered)) == (
        6,
        2,
        {"campaign and day already loaded": 4},
    )
    assert total(rows) == 8 * 1000


def test_another_campaign_or_system_of_the_same_days_is_no_overlap(load: Load, rows: Rows) -> None:
    load("first.csv", report(1, 2))
    assert load("other.csv", report(1, 2, campaign="Socks")).rows_filtered == 0
    plain = "Date,Source,Medium,Campaign,Impressions,Clicks,Cost\n2026-08-01,newsletter,email,Shoes,10,1,2.00\n"
    assert load("plain.csv", plain).rows_filtered == 0


def test_a_download_that_brings_nothing_new_says_so_and_forgetting_the_first_makes_way(
    load: Load, rows: Rows, ws: Workspace
) -> None:
    first = load("first.csv", report(1, 2))
    with pytest.raises(ExportError, match="campaign and day already loaded: 4"):
        load("again.csv", report(1, 2, cost="11.00"))
    ws.forget(first.import_id)
    assert load("later.csv", report(1, 2, cost="11.00")).rows_loaded == 4
    assert total(rows) == 4 * 1100


def test_orders_of_an_overlapping_download_do_not_add_up(load: Load, rows: Rows) -> None:
    header = "order_id,order_date,revenue,currency\n"
    lines = [f"A{n},2026-08-0{n}T10:00:00Z,10.00,EUR\n" for n in range(1, 6)]
    assert load("first.csv", header + "".join(lines[:3])).rows_loaded == 3
    other_shop = "A1,2026-08-01T11:11:11Z,5.00,EUR\n"
    record = load("second.csv", header + "".join(lines[1:]) + other_shop)
    assert (record.rows_loaded, dict(record.filtered)) == (3, {"order already loaded": 2})
    assert rows("SELECT sum(revenue_minor) AS total FROM orders") == [{"total": 5500}]
