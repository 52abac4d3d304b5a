"""Orders of shop systems: Shopify with its line items, Magento's grid as CSV and as a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import pytest

from docops_desktop.ingest.derive.shopify import merged
from docops_desktop.ingest.importer import import_file, preview_file
from docops_desktop.ingest.readers.delimited import read_delimited
from docops_desktop.model.errors import ExportError
from docops_desktop.model.timespan import parse_time
from docops_desktop.store.workspace import Workspace
from tests.support.delimited_texts import text_of

Load = Callable[..., Any]
Rows = Callable[..., list[dict[str, Any]]]


def shopify(name: str, total: str, quantity: str, **more: str) -> list[str]:
    cells = {
        "Name": name,
        "Email": "a@b.example",
        "Total": total,
        "Lineitem quantity": quantity,
        "Lineitem name": "Thing",
    }
    if total:
        cells |= {"Financial Status": "paid", "Currency": "INR", "Refunded Amount": "0.00"}
    cells |= {"Created at": "2026-04-10 11:11:26 +0530"} | more
    return [cells.get(column, "") for column in SHOPIFY]


SHOPIFY = next(
    csv.reader(
        [
            "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem name,"
            "Note Attributes,Cancelled at,Refunded Amount"
        ]
    )
)


def test_t20_shopify_line_items_go_into_their_order(load: Load, rows: Rows) -> None:
    text = text_of(
        SHOPIFY,
        shopify("#1001", "120.50", "2", **{"Note Attributes": "utm_source: insta\nutm_campaign: Spring Sale"}),
        shopify("#1001", "", "3"),
        shopify("#1001", "", "1"),
        shopify("#1002", "0.00", "1", **{"Paid at": ""}),
        shopify("#1003", "50.00", "1", **{"Refunded Amount": "20.00"}),
        shopify("#1004", "9.00", "1", **{"Cancelled at": "2026-04-11 10:00:00 +0530"}),
    )
    record = load("orders_export.csv", text)
    assert (record.adapter, record.rows_read, record.rows_loaded) == ("shopify_orders", 6, 3)
    assert dict(record.filtered) == {"further line item of an order": 2, "cancelled order": 1}
    found = rows("SELECT order_key, revenue_minor, currency, items, source, time_ms FROM orders ORDER BY 1")
    moment = parse_time("2026-04-10T05:41:26Z")  # T13: the offset is in the cell
    assert [tuple(row.values()) for row in found] == [
        ("#1001", 12050, "INR", 6, "insta", moment),
        ("#1002", 0, "INR", 1, None, moment),
        ("#1003", 3000, "INR", 1, None, moment),
    ]


def test_t20_shopify_orders_are_whole_wherever_a_block_ends() -> None:
    from docops_desktop.ingest.recognise.dialect import detect_dialect

    lines = [shopify(f"#{1000 + i}", "1.00" if part == 0 else "", "1") for i in range(40) for part in range(i % 5 + 1)]
    data = text_of(SHOPIFY, *lines)
    dialect = detect_dialect(data, complete=True)
    for size in (150, 700, 1 << 20):
        pieces = iter([data[i : i + 97].encode() for i in range(0, len(data), 97)])
        items: list[Any] = []
        read = 0
        for block in merged(read_delimited(pieces, dialect, block_bytes=size)):
            items += block.table.column("shopify.items").to_pylist()
            read += block.records
        assert items == [str(i % 5 + 1) for i in range(40)]
        assert read == len(lines)


MAGENTO = [
    "ID",
    "Purchase Point",
    "Purchase Date",
    "Bill-to Name",
    "Grand Total (Base)",
    "Grand Total (Purchased)",
    "Status",
    "Customer Email",
    "Total Refunded",
]
MAGENTO_ROWS = [
    [
        "000000299",
        "Main Website\nMain Store\n   Default View",
        "2026-05-31 02:55:09",
        "Ann",
        "219.4000",
        "219.4000",
        "Pending",
        "a@b.example",
        "0.0000",
    ],
    [
        "000000300",
        "Main Website\nMain Store\n   Default View",
        "2026-06-01 11:20:41",
        "Bob",
        "59.0000",
        "59.0000",
        "complete",
        "b@b.example",
        "9.0000",
    ],
    [
        "000000301",
        "Main Website\nMain Store\n   Default View",
        "2026-06-01 11:20:41",
        "Bob",
        "59.0000",
        "59.0000",
        "Canceled",
        "b@b.example",
        "0.0000",
    ],
]


def spreadsheet(*rows: list[str]) -> str:
    def cell(text: str) -> str:
        return f'<Cell><Data ss:Type="String">{text.replace("&", "&amp;")}</Data></Cell>'

    body = "".join(f"<Row>{''.join(map(cell, row))}</Row>" for row in rows)
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="{name}" xmlns:ss="{name}">'
        f'<Worksheet ss:Name="orders"><Table>{body}</Table></Worksheet><Worksheet ss:Name="more"><Table><Row>{cell("no")}</Row></Table></Worksheet></Workbook>'
    )


@pytest.mark.parametrize(
    "written", [lambda rows: text_of(*rows, quoting=csv.QUOTE_ALL), lambda rows: spreadsheet(*rows)], ids=["csv", "xml"]
)
def test_t11_t18_magento_grid(written: Callable[[list[list[str]]], str], load: Load, rows: Rows) -> None:
    record = load("export.csv", written([MAGENTO, *MAGENTO_ROWS]))
    assert (record.adapter, record.rows_loaded, dict(record.filtered)) == ("magento_orders", 2, {"cancelled order": 1})
    found = rows("SELECT order_key, revenue_minor, status, time_ms FROM orders ORDER BY 1")
    assert [tuple(row.values()) for row in found] == [
        ("000000299", 21940, "Pending", parse_time("2026-05-31T02:55:09Z")),
        ("000000300", 5000, "complete", parse_time("2026-06-01T11:20:41Z")),
    ]


def test_spreadsheets_with_faults(ws: Workspace, put: Load) -> None:
    sound = spreadsheet(MAGENTO, *MAGENTO_ROWS)
    with pytest.raises(ExportError, match="damaged or cut off"):
        import_file(ws, put("cut.xml", sound[: len(sound) // 2]))
    with pytest.raises(ExportError, match="declares entities"):
        import_file(ws, put("bomb.xml", sound.replace("<Workbook", '<!DOCTYPE w [<!ENTITY a "aaaa">]><Workbook', 1)))
    gaps = sound.replace('<Cell><Data ss:Type="String">Ann</Data></Cell><Cell>', '<Cell ss:Index="5">', 1)
    assert preview_file(put("gaps.xml", gaps)).rows[0][3:5] == (None, "219.4000")
