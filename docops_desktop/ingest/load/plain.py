"""Loads the other grains: each record of the export is one row of a plain table.

What feeds which column is a table below; a further grain is a further entry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.context import Context
from docops_desktop.ingest.load.block_loader import BlockLoader
from docops_desktop.ingest.load.overlaps import REASONS, LoadedEvents
from docops_desktop.ingest.load.page_view_rows import SESSION_DIMENSIONS, filtered_rows, settle
from docops_desktop.ingest.load.sessionize import Salt, lone_keys
from docops_desktop.ingest.mapping.breakdown import report_of
from docops_desktop.ingest.privacy.free_texts import without_personal
from docops_desktop.ingest.values.attributes import Attributes, attributes
from docops_desktop.ingest.values.fields import Fields
from docops_desktop.ingest.values.urls import split_urls
from docops_desktop.ingest.values.values import Cells, Rejects

_YEAR_MS = 366 * 86_400_000
_SOURCES = ("channel", "source", "medium", "campaign")


class _Row:
    """The columns of one block's rows, read on demand."""

    def __init__(self, context: Context, cells: Cells, rejects: Rejects) -> None:
        self.context = context
        self.cells = cells
        self.fields = Fields(context, cells, rejects)
        self._found: Attributes | None = None

    @property
    def found(self) -> Attributes:
        if self._found is None:
            self._found = attributes(self.cells, self.context.agents, self.context.networks, strict=self.context.strict)
        return self._found

    def key(self, target: str) -> Any:
        return pa.array(self.context.keys.keys(self.cells.text(target)), pa.int64())

    def text(self, target: str) -> Any:
        values = self.cells.text(target)
        return without_personal(values) if self.context.strict else values

    def attribute(self, name: str) -> Any:
        return self.found.texts.get(name, pa.nulls(self.cells.rows, pa.string()))

    def sources(self) -> dict[str, Any]:
        return {name: self.attribute(name) for name in _SOURCES}

    def people(self) -> dict[str, Any]:
        return {"session_key": self.key("session"), "user_key": self.key("user")}


def _orders(row: _Row) -> dict[str, Any]:
    currencies = row.fields.currencies()
    revenue = row.fields.money("revenue", currencies)
    if row.cells.has("refund"):
        revenue = pc.subtract(revenue, pc.fill_null(row.fields.money("refund", currencies), 0))
    return {
        "order_key": row.text("order_id"),
        "time_ms": row.fields.time(),
        **row.people(),
        "revenue_minor": pc.fill_null(revenue, 0),
        "currency": currencies,
        "status": row.text("status"),
        **row.sources(),
        "coupon": row.text("coupon"),
        "items": row.fields.count("items"),
    }


def _campaign_days(row: _Row) -> dict[str, Any]:
    currencies = row.fields.currencies("cost")
    days = pc.strftime(pc.cast(row.fields.time(zone="UTC"), pa.timestamp("ms")), "%Y-%m-%d")
    return {
        "day": days,
        **row.sources(),
        "ad_group": row.text("ad_group"),
        "account": row.text("account"),
        "impressions": row.fields.count("impressions"),
        "clicks": row.fields.count("clicks"),
        "sessions": row.fields.count("sessions"),
        "cost_minor": row.fields.money("cost", currencies),
        "conversions": row.fields.number("conversions", 0, 1e12),
        "revenue_minor": row.fields.money("revenue", currencies),
        "currency": currencies,
        "report": pa.repeat(report_of(row.context.spec.name, row.cells), row.cells.rows),
    }


def _email_events(row: _Row) -> dict[str, Any]:
    return {
        "time_ms": row.fields.time(),
        "user_key": row.key("user"),
        "mailing_key": row.text("mailing_id"),
        "event": row.text("event"),
        "subject": row.text("subject"),
        "campaign": row.attribute("campaign"),
        "url": split_urls(row.cells.text("page_url")).path,
    }


def _exposures(row: _Row) -> dict[str, Any]:
    return {
        "time_ms": row.fields.time(),
        **row.people(),
        "experiment": row.text("experiment"),
        "variant": row.attribute("variant"),
    }


def _leads(row: _Row) -> dict[str, Any]:
    return {
        "lead_key": row.text("lead_id"),
        "time_ms": row.fields.time(),
        **row.people(),
        "stage": row.text("stage"),
        **row.sources(),
        "score": row.fields.number("score", -1e12, 1e12),
    }


def _opportunities(row: _Row) -> dict[str, Any]:
    currencies = row.fields.currencies()
    return {
        "opportunity_key": row.text("opportunity_id"),
        "lead_key": row.text("lead_id"),
        "created_ms": row.fields.time(),
        "closed_ms": row.fields.time("closed_time", required=False),
        "stage": row.text("stage"),
        "probability": row.fields.number("probability", 0, 100),
        "amount_minor": row.fields.money("revenue", currencies),
        "currency": currencies,
        **row.sources(),
    }


def _resources(row: _Row) -> dict[str, Any]:
    """Third parties and own files of a page: address without its query, start from the page's start."""
    address = split_urls(row.cells.text("resource_url"))
    return {
        "time_ms": row.fields.time(),
        "session_key": row.key("session"),
        "page_url": split_urls(row.cells.text("page_url")).path,
        "url": address.path,
        "host": address.host,
        "kind": row.text("resource_kind"),
        "start_ms": row.fields.duration("resource_start"),
        "duration_ms": row.fields.duration("resource_ms"),
        "ttfb_ms": row.fields.duration("ttfb_ms"),
        "transfer_bytes": pc.cast(pc.round(row.fields.number("bytes", 0, 2**52)), pa.int64()),
        "http_status": row.fields.count("http_status"),
    }


def _sessions(row: _Row) -> dict[str, Any]:
    currencies = row.fields.currencies()
    start = row.fields.time()
    length = pc.fill_null(row.fields.duration("session_duration", _YEAR_MS), 0)
    revenue = row.fields.money("session_revenue" if row.cells.has("session_revenue") else "revenue", currencies)
    sold = pc.cast(pc.greater(revenue, 0), pa.int64())
    stated = next((name for name in ("session_conversions", "conversions") if row.cells.has(name)), None)
    converted = row.fields.flag(stated) if stated else sold
    return {
        **row.people(),
        "start_ms": start,
        "end_ms": pc.add(start, length),
        "views": row.fields.count("views"),
        "conversions": pc.fill_null(converted, 0),
        "revenue_minor": pc.fill_null(revenue, 0),
        "currency": currencies,
        **{name: row.attribute(name) for name in SESSION_DIMENSIONS if name in row.found.texts},
        **{name: values for name, values in row.found.texts.items() if name.startswith("custom.")},
        "landing_page": row.attribute("landing_page"),
    }


TABLES: dict[str, tuple[str, Callable[[_Row], dict[str, Any]]]] = {
    "order": ("orders", _orders),
    "campaign_day": ("campaign_days", _campaign_days),
    "email_event": ("email_events", _email_events),
    "exposure": ("exposures", _exposures),
    "lead": ("leads", _leads),
    "opportunity": ("opportunities", _opportunities),
    "resource": ("resources", _resources),
    "session": ("sessions", _sessions),
}
"""Table and columns by grain."""


class PlainLoader(BlockLoader):
    """Loads the records of one grain."""

    def __init__(self, grain: str, salt: Salt) -> None:
        self._table, self._columns = TABLES[grain]
        self._salt = salt
        self._row = 0
        self._loaded: LoadedEvents | None = None

    def _load(self, context: Context, block: Block, cells: Cells, rejects: Rejects) -> None:
        columns = self._columns(_Row(context, cells, rejects))
        unwanted = filtered_rows(context, cells)
        self._loaded = self._loaded or LoadedEvents(context.earlier, self._table)
        still_open = ~rejects.mask
        for mask, _ in unwanted:
            still_open &= ~mask
        if self._table in REASONS:
            unwanted.append((self._loaded.find(columns, still_open), REASONS[self._table]))
        keep = settle(context, block, rejects, unwanted)
        if not keep.any():
            return
        rows = pa.table(columns).filter(pa.array(keep))
        if self._table == "sessions":
            rows = self._coded(context, rows)
        if self._table == "resources":
            codes = context.sink.encode("page_url", rows.column("page_url"))
            rows = rows.set_column(rows.schema.get_field_index("page_url"), "page_url", codes)
        context.sink.append(self._table, rows)
        context.tally.loaded += rows.num_rows

    def _coded(self, context: Context, rows: pa.Table) -> pa.Table:
        columns: dict[str, Any] = {}
        for name in rows.column_names:
            is_dimension = name in SESSION_DIMENSIONS or name == "landing_page" or name.startswith("custom.")
            columns[name] = context.sink.encode(name, rows.column(name)) if is_dimension else rows.column(name)
        keys = np.asarray(rows.column("session_key").to_numpy(), dtype=np.int64)
        columns["session_key"] = pa.array(lone_keys(keys, self._row, self._salt))
        self._row += rows.num_rows
        first = context.sink.new_session_ids(rows.num_rows)
        columns["session_id"] = pa.array(np.arange(first, first + rows.num_rows))
        return pa.table(columns)
