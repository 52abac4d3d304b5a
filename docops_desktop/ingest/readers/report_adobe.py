"""Adobe Analytics Workspace: a banner of ``#`` lines, then freeform tables with two header rows (segment, metric) and a total in the first row.

The first data row carries the dimension's name and the total; breakdowns follow as rows of a second label column. All rows cover the panel's span,
unless the dimension is the day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.readers.report_dates import parse_day, parse_span
from docops_desktop.ingest.readers.report_text import TOTAL, Gatherer, Record

_BANNER = re.compile(r'"?#\s*[=#]{4,}')
_ALL = frozenset({"all visits", "all data", "all hits", "all visitors", ""})


def is_adobe_workspace(records: list[Record]) -> bool:
    """Whether these records begin with the banner of a Workspace download."""
    head = [record.text.strip().strip('"') for record in records[:12] if record.text.strip()]
    return (
        bool(head)
        and bool(_BANNER.match(head[0]))
        and any(re.match(r"#\s*(?:Report suite|Date)\s*:", line) for line in head)
    )


def read_adobe_workspace(records: Iterator[Record]) -> Iterator[Block]:
    """Yield the rows of all freeform tables."""
    out = Gatherer("adobe_workspace")
    span: tuple[date, date] | None = None
    heads: list[tuple[str, ...]] = []
    dimension = ""
    for record in records:
        line = record.text.strip().strip('"').rstrip(",").strip('"')
        if line.startswith("#"):
            heads, dimension = [], ""
            bare = line.lstrip("#").strip().strip("=#").strip()
            if bare.lower().startswith("date:"):
                span = parse_span(bare.partition(":")[2]) or span
            elif bare and not bare.lower().startswith("report suite"):
                out.title = bare
        elif record.blank:
            heads, dimension = (heads, dimension) if heads and not dimension else ([], "")
        elif not dimension and len(heads) < 2 and not _has_number(record):
            heads.append(record.cells)
        elif not dimension:
            dimension = record.first.strip() or "Item"
            yield from out.table(_header(heads, dimension, len(record.cells)))
            out.skip(TOTAL)
        else:
            day = parse_day(record.first) if dimension.lower() in ("day", "date", "tag", "jour", "día") else None
            first, last = (day, day) if day else span or (None, None)
            yield from out.row(record, first, last, "aggregate")
    yield from out.finish()


def _header(heads: list[tuple[str, ...]], dimension: str, width: int) -> tuple[str, ...]:
    """One name per column: the metric, with its segment unless that is everything."""
    segments, metrics = heads if len(heads) == 2 else ((), heads[0] if heads else ())
    names = [dimension]
    for place in range(1, width):
        metric = metrics[place].strip() if place < len(metrics) else ""
        segment = segments[place].strip() if place < len(segments) else ""
        names.append(metric if segment.lower() in _ALL else f"{metric} ({segment})" if metric else segment)
    return tuple(names)


def _has_number(record: Record) -> bool:
    return any(re.fullmatch(r"[-+$€£]?[\d.,]+\s?%?", cell.strip()) for cell in record.cells[1:])
