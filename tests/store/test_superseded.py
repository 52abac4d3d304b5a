"""Which rows count: the same whatever the order of looking, and forgetting an import leaves what would be without it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from docops_desktop.store.superseded import settle_all
from docops_desktop.store.workspace import Workspace

Rows = list[tuple[str, str, str, str]]
ROW = st.tuples(
    st.sampled_from(["2026-08-01", "2026-08-02", "2026-08-03"]),
    st.sampled_from(["Shoes", "Socks"]),
    st.sampled_from(["", "DE", "FR"]),
    st.sampled_from(["campaign", "campaign, device"]),
)
DOWNLOADS = st.lists(st.lists(ROW, min_size=1, max_size=5), min_size=1, max_size=5)


def load(ws: Workspace, rows: Rows, adapter: str = "ads") -> int:
    with ws.begin_import("a.csv", "", 1, adapter, "campaign_day") as writer:
        days, campaigns, accounts, reports = (list(column) for column in zip(*rows, strict=True))
        columns = {"day": days, "campaign": campaigns, "account": [text or None for text in accounts]}
        writer.append("campaign_days", pa.table(columns | {"report": reports, "cost_minor": [1] * len(rows)}))
        writer.count(read=len(rows), loaded=len(rows))
        return writer.commit().import_id


def counted(ws: Workspace) -> list[Any]:
    query = (
        "SELECT import_id, day, campaign, account, report, superseded_by = 0 FROM campaign_days ORDER BY 1, 2, 3, 4, 5"
    )
    with ws.reading() as connection:
        return connection.execute(query).fetchall()


def numbered(rows: list[Any], numbers: dict[int, int]) -> list[Any]:
    return [(numbers[row[0]], *row[1:]) for row in rows]


@settings(max_examples=15, deadline=None)
@given(DOWNLOADS, st.data())
def test_forgetting_an_import_leaves_what_would_be_without_it(downloads: list[Rows], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(downloads) - 1))
    with tempfile.TemporaryDirectory() as folder:
        with Workspace.create(Path(folder) / "all.docops") as ws:
            ids = [load(ws, rows) for rows in downloads]
            load(ws, downloads[0], "another system")
            before = counted(ws)
            with ws.changing() as connection:
                settle_all(connection)
            assert counted(ws) == before  # a look at the new times alone finds the same as a look at everything
            ws.forget(ids[gone])
            left = numbered(counted(ws), {number: place for place, number in enumerate(ids)} | {ids[-1] + 1: 99})
        with Workspace.create(Path(folder) / "without.docops") as ws:
            places = [place for place in range(len(downloads)) if place != gone]
            numbers = {load(ws, downloads[place]): place for place in places}
            numbers[load(ws, downloads[0], "another system")] = 99
            assert numbered(counted(ws), numbers) == left


@settings(max_examples=15, deadline=None)
@given(DOWNLOADS)
def test_every_record_counts_in_one_download_and_one_breakdown(downloads: list[Rows]) -> None:
    with tempfile.TemporaryDirectory() as folder, Workspace.create(Path(folder) / "a.docops") as ws:
        for rows in downloads:
            load(ws, rows)
        rows = counted(ws)
        ledger = {record.import_id: record for record in ws.ledger()}
    counting: dict[tuple[str, ...], set[int]] = {}
    first: dict[tuple[str, ...], int] = {}
    for number, day, campaign, account, report, counts in rows:
        record = (day, campaign, account or "", report)
        first[record] = min(number, first.get(record, number))
        if counts:
            counting.setdefault(record, set()).add(number)
    assert all(len(numbers) == 1 for numbers in counting.values())
    for day, campaign, account, report in counting:
        other = (day, campaign, account, "campaign" if report != "campaign" else "campaign, device")
        # two breakdowns count side by side only where one download brought both
        assert other not in counting or first[other] == first[day, campaign, account, report]
    # every campaign's day that any download has is counted somewhere
    assert {row[1:3] for row in rows} == {row[1:3] for row in rows if row[5]}
    assert sum(record.rows_superseded for record in ledger.values()) == sum(not row[5] for row in rows)
