"""Loads figures of whole groups (an origin's 28 days, a test's average, a dashboard's row): one row per figure in the table ``aggregates``.

Such figures are never page views or sessions and never mixed with them. Columns with a target say what a figure is of; every other column whose
cells are numbers is a figure with the column's caption as its name; what is no number is kept as a label.
"""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.context import Context
from docops_desktop.ingest.load.block_loader import BlockLoader
from docops_desktop.ingest.load.page_view_rows import filtered_rows, settle
from docops_desktop.ingest.mapping.breakdown import report_of
from docops_desktop.ingest.mapping.mapping import NULLS
from docops_desktop.ingest.mapping.targets import target
from docops_desktop.ingest.privacy.free_texts import without_personal
from docops_desktop.ingest.privacy.personal_data import personal_columns
from docops_desktop.ingest.values.attributes import attributes
from docops_desktop.ingest.values.distinct import decoded
from docops_desktop.ingest.values.fields import Fields
from docops_desktop.ingest.values.numbers import parse_numbers
from docops_desktop.ingest.values.urls import split_urls
from docops_desktop.ingest.values.values import Cells, Rejects, as_bools, trimmed
from docops_desktop.store.schema import AGGREGATE_DIMENSIONS

_UNIT = re.compile(r"[\s_.(\[](ms|s|ns|us|%|bytes|kb|mb)(?:[)\]]|\.(?:p\d+|avg|median|min|max))?$", re.IGNORECASE)
_NOT_LABELS = frozenset({"ip", "email", "phone", "person", "user", "session"})
_LABEL_LIMIT = 200


class AggregateLoader(BlockLoader):
    """Takes the blocks of an export of such figures; the ledger counts the export's records, not the figures in them."""

    def _load(self, context: Context, block: Block, cells: Cells, rejects: Rejects) -> None:
        fixed = _fixed(context, cells, rejects)
        figures, labels = _figures(context, block.table, cells, rejects)
        unwanted = filtered_rows(context, cells)
        empty = np.ones(cells.rows, dtype=bool)
        for values in figures.values():
            empty &= ~as_bools(pc.is_valid(values))
        for mask, _ in unwanted:
            empty &= ~mask
        rejects.add(empty, "no figure in this record")
        keep = settle(context, block, rejects, unwanted)
        if not keep.any():
            return
        fixed["labels_json"] = pa.array([json.dumps(label, ensure_ascii=False) if label else None for label in labels])
        rows = pa.table(fixed)
        for name, values in figures.items():
            have = pa.array(keep & as_bools(pc.is_valid(values)))
            part = rows.filter(have)
            if not part.num_rows:
                continue
            part = part.append_column("metric", pa.array([name] * part.num_rows, pa.string()))
            part = part.append_column("unit", pa.array([unit_of(name)] * part.num_rows, pa.string()))
            context.sink.append("aggregates", part.append_column("value", pc.filter(values, have)))
        context.tally.loaded += int(keep.sum())


def unit_of(caption: str) -> str | None:
    """Return the unit that a caption states, None when it states none."""
    if caption.startswith(("% ", "%_")):
        return "%"
    found = _UNIT.search(caption)
    return found.group(1).lower() if found else None


def _fixed(context: Context, cells: Cells, rejects: Rejects) -> dict[str, Any]:
    fields = Fields(context, cells, rejects)
    page = split_urls(cells.text("page_url")).path if cells.has("page_url") else pa.nulls(cells.rows, pa.string())
    columns: dict[str, Any] = {
        "start_ms": fields.time(required=False),
        "end_ms": fields.time("end_time", required=False),
        "subject": without_personal(cells.text("subject")),
        "page": page,
        "samples": fields.number("samples", 0, 1e15),
    }
    found = attributes(cells, context.agents, context.networks, strict=context.strict).texts
    for name in AGGREGATE_DIMENSIONS:
        columns[name] = found.get(name, pa.nulls(cells.rows, pa.string()))
    columns["page_group"] = without_personal(cells.text("page_group"))
    columns["report"] = pa.repeat(report_of(context.spec.name, cells), cells.rows)
    return columns


def _figures(
    context: Context, table: pa.Table, cells: Cells, rejects: Rejects
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    figures: dict[str, Any] = {}
    labels: list[dict[str, str]] = [{} for _ in range(cells.rows)]
    mapping = context.mapping(tuple(table.column_names)).columns
    nulls = NULLS | frozenset(context.spec.nulls)
    used = {*AGGREGATE_DIMENSIONS, "time", "end_time", "subject", "page_url", "samples"}
    personal = personal_columns(table, context.mapping(tuple(table.column_names)))
    ignored = {name for name, rule in context.spec.columns.items() if not rule}
    for column in table.column_names:
        aim = mapping.get(column, "")
        topic = f"figure:{column}"
        if aim in used or aim in _NOT_LABELS or column in ignored or (column in personal and not aim):
            continue
        values = trimmed(table.column(column), nulls)
        filled = int(pc.count(values).as_py())
        if context.decisions.get(topic) != "label" and filled:
            decimal = context.layout.decimal
            numbers, bad = parse_numbers(values, column, context.decisions, decimal=decimal, typed=context.layout.typed)
            is_figure = _may_be_figure(aim) and int(bad.sum()) * 2 < filled
            if context.decisions.choose(topic, "figure" if is_figure else "label", certain=True) == "figure":
                rejects.add(bad, f"unreadable number in {column!r}")
                figures[column] = numbers
                continue
        _add_labels(labels, aim.removeprefix("custom.") or column, decoded(without_personal(values)).to_pylist())
    return figures, labels


def _may_be_figure(aim: str) -> bool:
    """Whether a column with this target can be a figure: it has none, or one that is an amount."""
    found = target(aim)
    return found is None or found.kind in ("number", "count", "money", "flag")


def _add_labels(labels: list[dict[str, str]], name: str, texts: list[str | None]) -> None:
    for row, text in enumerate(texts):
        if text:
            labels[row][name] = text[:_LABEL_LIMIT]
