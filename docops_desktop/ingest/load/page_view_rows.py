"""A block of page-view records made ready to load: parsed, judged, encoded; faulty rows to quarantine, unwanted ones counted.

The result is narrow: integers and codes only, so that a big import can be set aside until unload beacons are merged and sessions are known.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.blocks import EMPTY, Block
from docops_desktop.ingest.context import Context
from docops_desktop.ingest.load.classify import classify
from docops_desktop.ingest.mapping.mapping import NULLS
from docops_desktop.ingest.privacy.consent import NO_CONSENT, consented
from docops_desktop.ingest.privacy.free_texts import without_personal
from docops_desktop.ingest.privacy.keys import joined, passing_keys
from docops_desktop.ingest.values.attributes import attributes
from docops_desktop.ingest.values.distinct import decoded
from docops_desktop.ingest.values.fields import Fields
from docops_desktop.ingest.values.values import Bools, Cells, Rejects, as_bools, trimmed
from docops_desktop.model.dimensions import SESSION_DICTIONARIES
from docops_desktop.model.traffic import ViewClass

METRICS = ("load_ms", "ttfb_ms", "lcp_ms", "fcp_ms", "inp_ms")
SESSION_DIMENSIONS = tuple(name for name in SESSION_DICTIONARIES if name != "landing_page")
_MEASURES = {**dict.fromkeys(METRICS, pa.int64()), "cls": pa.float64(), "errors": pa.int64()}


def prepare(context: Context, block: Block) -> pa.RecordBatch | None:
    """Return the rows of a block that can be loaded, or None when there are none.

    Columns: ``time_ms``, ``view_class``, ``page_group`` (null = not named), ``page_url``, the metrics, ``errors``, ``conversions``,
    ``revenue_minor``, ``session_key``, ``user_key``, ``view_key``, ``beacon_key`` (0 = none), ``unload``, ``currency`` (text), one code per
    session dimension; ``session_conversions`` and ``session_revenue_minor`` where the export repeats its visit's figures on each view.
    """
    context.take_broken(block)
    cells = context.cells(block)
    if not cells.rows:
        return None
    rejects = Rejects(cells.rows)
    fields = Fields(context, cells, rejects)
    columns: dict[str, Any] = {"time_ms": fields.time()}
    context.meter.check()
    for name in METRICS:
        columns[name] = fields.duration(name)
    columns["cls"] = fields.number("cls", 0, 1_000)
    columns["errors"] = fields.count("errors")
    currencies = fields.currencies("session_revenue" if cells.has("session_revenue") else "revenue")
    columns["revenue_minor"] = fields.money("revenue", currencies)
    columns["conversions"] = _conversions(cells, fields, columns["revenue_minor"])
    if cells.has("session_conversions"):
        columns["session_conversions"] = fields.flag("session_conversions")
    if cells.has("session_revenue"):
        columns["session_revenue_minor"] = fields.money("session_revenue", currencies)
    columns["currency"] = _of_sales(currencies, columns.get("session_revenue_minor", columns["revenue_minor"]))
    context.meter.check()
    found = attributes(cells, context.agents, context.networks, strict=context.strict)
    context.sink.judges_direct |= found.judges_direct
    context.meter.check()
    classes, unload = classify(cells, context.spec, found.agents)
    columns["view_class"] = pa.array(classes)
    columns["unload"] = pa.array(unload)
    unwanted = filtered_rows(context, cells)
    _note_aliases(context, cells, unwanted)
    kept = settle(context, block, rejects, unwanted)
    if not kept.any():
        return None
    _keys(context, cells, columns)
    context.meter.check()
    _encode(context, cells, found, columns, kept)
    keep = None if kept.all() else pa.array(kept)
    return pa.RecordBatch.from_pydict(
        {
            name: (values if keep is None or name in _ENCODED or name.startswith("custom.") else values.filter(keep))
            for name, values in columns.items()
        }
    )


def _note_aliases(context: Context, cells: Cells, unwanted: list[tuple[Bools, str]]) -> None:
    for pair in context.spec.aliases:
        raw = [cells.raw(column) for column in pair]
        if any(values is None for values in raw):
            continue
        first, second = (context.keys.keys(trimmed(values, NULLS)) for values in raw)
        for mask, reason in unwanted:
            if reason == NO_CONSENT:
                first = np.where(mask, 0, first)
        joined_now = context.aliases.add(first, second)
        if joined_now:
            context.sink.append(
                "aliases", pa.table(dict(zip(("first_key", "second_key"), zip(*joined_now, strict=True), strict=True)))
            )


_ENCODED = frozenset({"page_group", "page_url", *SESSION_DIMENSIONS})


def filtered_rows(context: Context, cells: Cells) -> list[tuple[Bools, str]]:
    """Return the rows that are left out on purpose, for want of consent or by the adapter's rules; each row under one reason."""
    found: list[tuple[Bools, str]] = []
    taken = np.zeros(cells.rows, dtype=bool)
    context.asks_consent |= cells.has("consent")
    if context.asks_consent and context.privacy != "off":
        taken = ~consented(cells.text("consent"))
        found.append((taken.copy(), NO_CONSENT))
    for rule in context.spec.filters:
        if rule.reason == NO_CONSENT and context.privacy == "off":
            continue
        values = cells.raw(rule.column)
        if values is None:
            continue
        if rule.blank:
            mask = as_bools(pc.is_null(trimmed(values, frozenset({""}))))
        else:
            mask = as_bools(pc.match_substring_regex(values, rule.pattern, ignore_case=True))
        mask &= ~taken
        taken |= mask
        found.append((mask, rule.reason))
    return found


def settle(context: Context, block: Block, rejects: Rejects, unwanted: list[tuple[Bools, str]]) -> Bools:
    """Count the rows left out on purpose, put faulty ones into quarantine, and return which rows remain."""
    skipped = np.zeros(len(rejects.mask), dtype=bool)
    for mask, reason in unwanted:
        context.tally.filter(reason, int(mask.sum()))
        skipped |= mask
    rejects.reasons = {row: reason for row, reason in rejects.reasons.items() if not skipped[row]}
    dialect = context.layout.dialect if context.layout.format == "delimited" else None
    own = block.table.column_names[: len(dialect.header)] if dialect is not None else []
    empty = _empty_rows(block.table, own, sorted(rejects.reasons))
    context.tally.filter(EMPTY, len(empty))
    for row in empty:
        del rejects.reasons[row]
    context.take_rejects(block, rejects)
    return ~rejects.mask & ~skipped


def _empty_rows(table: pa.Table, names: list[str], rows: list[int]) -> list[int]:
    """Return those of the rows that have nothing in any of the columns, which are all that the export itself has."""
    left = np.array(rows if names else [], dtype=np.int64)
    for name in names:
        if not len(left):
            break
        texts = pc.utf8_trim_whitespace(pc.fill_null(table.column(name).take(pa.array(left)), ""))
        left = left[as_bools(pc.equal(texts, ""))]
    return [int(row) for row in left]


def _of_sales(currencies: Any, revenue: Any) -> Any:
    """Return the currency of each row with revenue, coded, "" for the others."""
    texts = pa.concat_arrays([pa.array([""]), currencies.dictionary])
    codes = pc.if_else(pc.is_valid(revenue), pc.add(currencies.indices, 1), pa.scalar(0, pa.int32()))
    return pa.DictionaryArray.from_arrays(codes, texts)


def _conversions(cells: Cells, fields: Fields, revenue: Any) -> Any:
    if cells.has("conversions"):
        return fields.flag("conversions")
    if cells.has("order_id"):
        return pc.cast(pc.is_valid(cells.text("order_id")), pa.int64())
    if cells.has("session_conversions"):
        return pa.nulls(cells.rows, pa.int64())
    return pc.cast(pc.greater(revenue, 0), pa.int64())


def _keys(context: Context, cells: Cells, columns: dict[str, Any]) -> None:
    columns["session_key"] = pa.array(context.keys.keys(cells.coded("session")), pa.int64())
    user = cells.coded("user")
    if not cells.has("session") and not cells.has("user") and cells.has("ip"):
        user = joined([cells.text("ip"), pc.fill_null(cells.text("user_agent"), "")])
    columns["user_key"] = pa.array(context.keys.keys(user), pa.int64())
    for name, groups in (("view_key", context.spec.view_keys), ("beacon_key", context.spec.beacon_keys)):
        if not groups:
            columns[name] = pa.array(np.zeros(cells.rows, dtype=np.int64))
            continue
        key = pa.nulls(cells.rows, pa.string())
        for group in groups:
            raw = [cells.raw(column) for column in group]
            if all(values is not None for values in raw):
                parts = [decoded(trimmed(values, frozenset({""}))) for values in raw]
                key = pc.coalesce(key, joined(parts))
        passing = passing_keys(key)
        columns[name] = pa.array(context.keys.masked(passing) if name == "beacon_key" else passing, pa.int64())


def _encode(context: Context, cells: Cells, found: Any, columns: dict[str, Any], kept: Bools) -> None:
    keep = None if kept.all() else pa.array(kept)
    sink = context.sink

    def remaining(values: Any) -> Any:
        return values if keep is None else values.filter(keep)

    if cells.has("page_group"):
        groups = remaining(cells.coded("page_group"))
        groups = without_personal(groups) if context.strict else groups
        codes = sink.encode("page_group", groups)
        columns["page_group"] = pc.if_else(pc.equal(codes, 0), pa.scalar(None, pa.int32()), codes)
    else:
        columns["page_group"] = pa.nulls(int(kept.sum()), pa.int32())
    if found.addresses is not None:
        columns["page_url"] = sink.encode("page_url", remaining(found.addresses.path))
    else:
        columns["page_url"] = pa.array(np.zeros(int(kept.sum()), dtype=np.int32))
    for name, values in found.texts.items():
        if name == "landing_page":
            continue
        columns[name] = sink.encode(name, remaining(values))
        context.meter.check()


def empty_measure(name: str, rows: int) -> Any:
    """Return a column of a metric that was not measured."""
    return pa.nulls(rows, _MEASURES[name])


COUNTED_AS_VIEW = np.array([view_class != ViewClass.XHR for view_class in ViewClass], dtype=bool)
"""By view class: whether such a row stands for a view of a page (an unload beacon can belong to it)."""
