"""An export of every adapter that reads tables or plain records, made from the adapter's own description: its columns, cells that fit their targets.

Formats with a shape of their own (reports, feeds, logs, nested answers of an interface) are in ``system_exports``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from docops_desktop.ingest.mapping.adapters import AdapterSpec, ColumnRule, all_adapters
from docops_desktop.ingest.mapping.targets import target

ROWS = 8
MOST_COLUMNS = 40
START = datetime(2026, 8, 1, 12, 0, 5, tzinfo=UTC)
_SHAPED = (
    "report.",
    "otel.",
    "har.",
    "log.",
    "crux.",
    "catchpoint.",
    "dynatrace.",
    "mpulse.",
    "newrelic.",
    "ga4.",
    "adobe.",
    "shopify.",
    "meta.",
    "ga.",
)
"""Columns that a reader makes."""
_PER_UNIT = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_CELLS = {
    "duration": lambda n: str(900 + n), "number": lambda n: f"{1 + n}.5", "count": lambda n: str(5 + n), "flag": lambda n: str(n % 2),
    "money": lambda n: f"{10 + n}.50", "url": lambda n: f"https://shop.example/p/{n}?utm_source=news",
    "key": lambda n: f"k{n // 2}", "text": lambda n: f"t{n % 3}",
}  # fmt: skip


def adapter_exports() -> Iterator[tuple[str, str, bytes]]:
    """Yield (name of a file, name of its adapter, content)."""
    for spec in all_adapters():
        columns = columns_of(spec)
        shaped = any(all(name.startswith(_SHAPED) for name in group.split("|")) for group in spec.signature.required)
        if shaped or spec.name == "generic":
            continue
        records = [{name: cell(name, rule, n) for name, rule in columns.items()} for n in range(ROWS)]
        formats = spec.formats or ("delimited",)
        if "delimited" in formats:
            yield f"{spec.name}.csv", spec.name, delimited(records)
        if "json" in formats:
            yield (
                f"{spec.name}.ndjson",
                spec.name,
                "".join(json.dumps(nested(record)) + "\n" for record in records).encode(),
            )
        if "parquet" in formats:
            yield f"{spec.name}.parquet", spec.name, columnar(records)


def columns_of(spec: AdapterSpec) -> dict[str, ColumnRule]:
    """Return the columns that such an export has, and what each becomes."""
    rules = {name: ColumnRule(rule) if isinstance(rule, str) else rule for name, rule in spec.columns.items()}
    rules |= {names[0]: ColumnRule(aim) for aim, names in spec.synonyms.items() if spec.evidence == "unknown"}
    plain = {name.lower(): rule for name, rule in rules.items()}
    signs = [group.split("|")[0] for group in (*spec.signature.required, *spec.signature.typical)]
    keys = [name for group in (*spec.view_keys, *spec.beacon_keys) for name in group]
    found: dict[str, ColumnRule] = {}
    for name in (*signs, *keys, *rules):
        label = name.replace("*", "EUR)" if "(" in name else "x")
        if (
            not label.startswith(_SHAPED)
            and len(found) < MOST_COLUMNS
            and label.lower() not in {known.lower() for known in found}
        ):
            found[label] = plain.get(name.lower(), ColumnRule(""))
    return found | {"another figure": ColumnRule("")} if spec.grain == "aggregate" else found


def cell(name: str, rule: ColumnRule, n: int) -> str:
    """Return a text that fits a column's target, for row ``n``."""
    aim = target(rule.to) if rule.to else None
    if aim is None and name.startswith("Reporting "):
        aim = target("time")
    if aim is None:
        return '{"10": [1050, 1]}' if name.endswith("HISTOGRAM") else str(3 + n)
    if rule.to == "currency":
        return "EUR"
    if aim.kind != "time":
        return _CELLS[aim.kind](n).replace(".", rule.decimal or ".")
    moment = START + timedelta(days=n % 3, seconds=7 * n)
    if rule.unit:
        return str(int(moment.timestamp()) * _PER_UNIT[rule.unit])
    return moment.strftime(rule.format or "%Y-%m-%d %H:%M:%S")


def delimited(records: list[dict[str, str]]) -> bytes:
    """Return records as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue().encode()


def columnar(records: list[dict[str, str]]) -> bytes:
    """Return records as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), out)
    return out.getvalue()


def nested(record: dict[str, str]) -> dict[str, Any]:
    """Return a record with ``a.b`` as an object in an object."""
    found: dict[str, Any] = {}
    for name, text in record.items():
        *path, last = name.split(".")
        place = found
        for part in path:
            below = place.setdefault(part, {})
            if not isinstance(below, dict):  # the name is a field, too
                break
            place = below
        else:
            place.setdefault(last, text)
    return found
