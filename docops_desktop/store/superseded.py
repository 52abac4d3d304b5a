"""Which rows of records that are exported again and again count: campaign days, orders, leads, opportunities, figures of groups.

Such records change after their first export: platforms restate conversions of past days, orders are refunded, stages move. So the rows of every
download stay in the tables, and of one system's rows about the same record those of the newest download count. The others name, in
``superseded_by``, the import that counts instead of them (0 = the row counts); forgetting that import brings them back into effect.
What is the same record is said here only. Rows that nothing tells apart are never the same record.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from docops_desktop.store.schema import AGGREGATE_DIMENSIONS, FACT_TABLES

BY_HEADER = "generic"
"""Adapter of tables of any system: another header is another system's."""


_SAME_SYSTEM = {"microsoft_ads_plain": "microsoft_ads"}
"""Adapters of another layout of the very same download (here: without the lines around the table)."""
_SYSTEM = (
    "CASE adapter "
    + " ".join(f"WHEN '{one}' THEN '{other}'" for one, other in _SAME_SYSTEM.items())
    + " ELSE adapter END"
)


@dataclass(frozen=True, slots=True)
class _Record:
    """What tells one record of a table from another (SQL).

    Attributes:
        time: the column that is its time.
        identity: all that tells it apart, the time included; however many rows a download gives to one record, it is loaded once.
        known: which rows can be told apart at all.
    """

    time: str
    identity: tuple[str, ...]
    known: str


_CAMPAIGN = ("day", "CASE WHEN ifnull(campaign, '') = '' THEN channel END", "source", "medium", "campaign")
"""The channel is worked out from columns that not every download has; it only tells apart what has no campaign."""
_OF_WHAT = ("subject", "page", *AGGREGATE_DIMENSIONS, "labels_json")
RECORDS: dict[str, _Record] = {
    "campaign_days": _Record("day", (*_CAMPAIGN, "ad_group", "account", "report"), "day IS NOT NULL"),
    "orders": _Record("time_ms", ("order_key", "time_ms"), "order_key IS NOT NULL"),
    "leads": _Record("time_ms", ("lead_key", "time_ms"), "lead_key IS NOT NULL"),
    "opportunities": _Record("created_ms", ("opportunity_key", "created_ms"), "opportunity_key IS NOT NULL"),
    "aggregates": _Record(
        "start_ms",
        ("start_ms", "end_ms", *_OF_WHAT, "metric", "report"),
        f"start_ms IS NOT NULL AND (coalesce({', '.join(_OF_WHAT)}) IS NOT NULL OR (adapter <> '{BY_HEADER}' AND report <> ''))",
    ),
}


def settle(connection: sqlite3.Connection, adapter: str, import_id: int | None = None) -> None:
    """Say of one system's rows which of them count; within the caller's transaction.

    Args:
        import_id: only look at the times that this import has rows of; None = at all.
    """
    system = _SAME_SYSTEM.get(adapter, adapter)
    query = (
        f"SELECT DISTINCT table_name FROM import_tables JOIN imports USING (import_id) WHERE {_SYSTEM} = ?1 AND row_count > import_tables.rows_purged "
        "GROUP BY table_name HAVING ?2 IS NULL OR (count(*) > 1 AND max(import_id = ?2))"
    )
    for table in [name for (name,) in connection.execute(query, (system, import_id)) if name in RECORDS]:
        span = _span(connection, table, import_id)
        _newest_counts(connection, table, system, span)
        if table == "campaign_days" and system != BY_HEADER:
            _one_breakdown_counts(connection, system, span)


def settle_all(connection: sqlite3.Connection) -> None:
    """Say of all rows which of them count."""
    for (system,) in connection.execute(f"SELECT DISTINCT {_SYSTEM} FROM imports").fetchall():
        settle(connection, system)
    count_superseded(connection)


def count_superseded(connection: sqlite3.Connection) -> None:
    """Keep in the ledger how many rows of each import do not count, and how many rows it supersedes."""
    lost: dict[int, int] = defaultdict(int)
    won: dict[int, int] = defaultdict(int)
    for table in RECORDS:
        query = f"SELECT import_id, superseded_by, count(*) FROM {table} WHERE superseded_by <> 0 GROUP BY 1, 2"
        for loser, winner, count in connection.execute(query):
            lost[loser] += count
            won[winner] += count
    connection.execute(
        "UPDATE imports SET rows_superseded = 0, rows_replaced = 0 WHERE rows_superseded <> 0 OR rows_replaced <> 0"
    )
    for number in lost.keys() | won.keys():
        connection.execute(
            "UPDATE imports SET rows_superseded = ?, rows_replaced = ? WHERE import_id = ?",
            (lost[number], won[number], number),
        )


def _span(connection: sqlite3.Connection, table: str, import_id: int | None) -> tuple[object, object] | None:
    if import_id is None:
        return None
    time = RECORDS[table].time
    first, last = connection.execute(
        f"SELECT min({time}), max({time}) FROM {table} WHERE import_id = ?", (import_id,)
    ).fetchone()
    return first, last


def _rows(table: str, identity: Sequence[str], *, within: bool) -> str:
    """Query of a system's rows: id, identity, import, and its download (the parts of a followed file are one)."""
    record = RECORDS[table]
    text = " || char(31) || ".join(f"ifnull({part}, '')" for part in identity)
    limits = f" AND {record.time} BETWEEN :first AND :last" if within else ""
    return (
        f"SELECT {FACT_TABLES[table].pk} AS id, {text} AS identity, import_id, superseded_by, "
        f"ifnull(json_extract(mapping_json, '$.followed.path'), import_id) AS download "
        f"FROM {table} JOIN imports USING (import_id) WHERE {_SYSTEM} = :system AND {record.known}{limits}"
    )


def _values(system: str, span: tuple[object, object] | None) -> dict[str, object]:
    first, last = span or (None, None)
    return {"system": system, "first": first, "last": last}


def _newest_counts(connection: sqlite3.Connection, table: str, system: str, span: tuple[object, object] | None) -> None:
    rows = _rows(table, RECORDS[table].identity, within=span is not None)
    connection.execute(
        f"WITH newest AS (SELECT id, download, superseded_by AS was, first_value(import_id) OVER latest AS by_import, "
        f"first_value(download) OVER latest AS by_download FROM ({rows}) "
        "WINDOW latest AS (PARTITION BY identity ORDER BY import_id DESC)), "
        "found AS (SELECT id, was, CASE WHEN download = by_download THEN 0 ELSE by_import END AS now FROM newest) "
        f"UPDATE {table} SET superseded_by = found.now FROM found "
        f"WHERE {table}.{FACT_TABLES[table].pk} = found.id AND found.was <> found.now",
        _values(system, span),
    )


def _one_breakdown_counts(connection: sqlite3.Connection, system: str, span: tuple[object, object] | None) -> None:
    """Let of two reports on one campaign's day with other dimensions (by ad group, by device) the one count that was loaded first.

    Both say where the same money went, so that they must not add up; which of the two is whole, nothing in them says.
    """
    rows = _rows("campaign_days", _CAMPAIGN, within=span is not None)
    table = (
        f"SELECT found.*, ifnull(report, '') AS report, ifnull(account, '') AS account FROM ({rows}) AS found "
        "JOIN campaign_days ON campaign_day_id = found.id"
    )
    query = (
        f"WITH every AS MATERIALIZED ({table}) SELECT id, identity, report, account, import_id, superseded_by FROM every WHERE identity IN "
        "(SELECT identity FROM every GROUP BY identity HAVING count(DISTINCT report) > 1) ORDER BY identity"
    )
    days: dict[str, list[tuple[int, str, str, int, int]]] = defaultdict(list)
    for number, identity, *rest in connection.execute(query, _values(system, span)):
        days[identity].append((number, *rest))
    changes = [change for day in days.values() for change in _others(day)]
    connection.executemany("UPDATE campaign_days SET superseded_by = ? WHERE campaign_day_id = ?", changes)


def _others(day: list[tuple[int, str, str, int, int]]) -> list[tuple[int, int]]:
    """Return (import that counts, row) of the rows of a campaign's day that another breakdown stands before.

    A report without accounts may be of any account.
    """
    first: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    for _, report, account, import_id, _ in day:
        first[report, account] = min(import_id, first.get((report, account), import_id))
        last[report, account] = max(import_id, last.get((report, account), import_id))
    kept: list[tuple[str, str]] = []
    instead: dict[tuple[str, str], int] = {}
    for report, account in sorted(first, key=lambda key: first[key]):
        before = [
            (other, whose)
            for other, whose in kept
            if other != report and (whose == account or not whose or not account)
            if first[other, whose] < first[report, account]
        ]
        if before:
            instead[report, account] = last[before[0]]
        else:
            kept.append((report, account))
    return [
        (instead[report, account], number)
        for number, report, account, _, superseded in day
        if (report, account) in instead and not superseded
    ]
