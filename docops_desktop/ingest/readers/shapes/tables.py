"""Tables in JSON with their column names apart: Dynatrace USQL (``columnNames`` + ``values``) and the mPulse query API (``columnNames`` + ``data``).

USQL may be computed on a sample: counts and sums are then multiplied by the extrapolation level, and the level goes along.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from docops_desktop.ingest.blocks import unique_names
from docops_desktop.ingest.readers.shapes.items import Item, State, bad, number, text

_ADDITIVE = re.compile(r"^(?:count|sum)\(", re.IGNORECASE)


def unfold(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return the rows of such a table, None when it is none."""
    names, rows = record["columnNames"], record.get("values", record.get("data"))
    if not isinstance(names, list) or not isinstance(rows, list):
        return None
    usql = "extrapolationLevel" in record
    extra = {"extrapolationLevel": record["extrapolationLevel"]} if usql else {"mpulse.table": "query"}
    return _rows(unique_names([str(name) for name in names]), rows, extra)


def unfold_histograms(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return a RUM Archive row with its histograms as texts again, None when they are texts already."""
    if not isinstance(record["PLTHISTOGRAM"], dict):
        return None
    return iter([{name: _dumped(value) if name.endswith("HISTOGRAM") else value for name, value in record.items()}])


def _dumped(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value


def _rows(names: tuple[str, ...], rows: list[Any], extra: dict[str, Any]) -> Iterator[Item]:
    level = number(extra.get("extrapolationLevel")) or 1
    if not rows:
        yield {**dict.fromkeys(names), **extra, "table.empty": "no rows"}
    for row in rows:
        if not isinstance(row, list) or len(row) != len(names):
            yield bad(f"a row that has not the table's {len(names)} columns", row)
            continue
        cells = dict(zip(names, row, strict=True))
        if level > 1:
            for name, value in cells.items():
                found = number(value)
                if _ADDITIVE.match(name) and found is not None:
                    cells[name] = text(found * level)
        yield cells | extra
