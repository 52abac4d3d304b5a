"""Shopify orders: the rows of further line items go into their order, which is the row that carries the amounts.

Rows of one order follow each other; the last order of a block waits for the next one, so that an order is whole wherever a block ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.derive.columns import Columns

MERGED = "further line item of an order"
_UTM = re.compile(r"utm_(source|medium|campaign)\s*[:=]\s*([^\s&]+)", re.IGNORECASE)
_KEYS = ("source", "medium", "campaign")


def merged(blocks: Iterator[Block]) -> Iterator[Block]:
    """Yield one row per order, with ``shopify.items`` and ``shopify.source``, ``.medium``, ``.campaign`` from note attributes."""
    held: pa.Table | None = None
    held_lines = np.empty(0, dtype=np.int64)
    for block in blocks:
        same = held is not None and held.column_names == block.table.column_names
        if held is not None and not same:
            yield _merged(Block(held, held_lines))
        table = pa.concat_tables([held, block.table]) if same else block.table
        lines = np.concatenate((held_lines, block.lines)) if same else block.lines
        cut = _last_order(table)
        if cut or block.broken or block.filtered:
            yield _merged(Block(table.slice(0, cut), lines[:cut], block.broken, block.filtered))
        held, held_lines = table.slice(cut), lines[cut:]
    if held is not None and held.num_rows:
        yield _merged(Block(held, held_lines))


def _last_order(table: pa.Table) -> int:
    names = Columns(table).cells("Name") or []
    cut = len(names)
    while cut > 1 and names[cut - 2] == names[-1]:
        cut -= 1
    return max(cut - 1, 0) if names else 0


def _merged(block: Block) -> Block:
    columns = Columns(block.table)
    rows = columns.rows
    names = columns.cells("Name") or [None] * rows
    totals = columns.cells("Total") or [None] * rows
    counts = columns.cells("Lineitem quantity") or [None] * rows
    notes = columns.cells("Note Attributes") or [None] * rows
    heads: list[int] = []
    items: list[int | None] = []
    for row, (name, total, count) in enumerate(zip(names, totals, counts, strict=True)):
        number = int(count) if count and count.strip().isdecimal() and len(count) < 10 else None
        if heads and total is None and name is not None and name == names[heads[-1]]:
            items[-1] = (items[-1] or 0) + number if number is not None else items[-1]
        else:
            heads.append(row)
            items.append(number)
    table = block.table.take(pa.array(heads, pa.int64()))
    table = table.append_column("shopify.items", pa.array([None if n is None else str(n) for n in items], pa.string()))
    marks = [{key.lower(): value for key, value in _UTM.findall(notes[row] or "")} for row in heads]
    for key in _KEYS:
        table = table.append_column(f"shopify.{key}", pa.array([mark.get(key) for mark in marks], pa.string()))
    dropped = rows - len(heads)
    filtered = dict(block.filtered) | ({MERGED: dropped} if dropped else {})
    return Block(table, block.lines[heads], block.broken, filtered)
