"""The tables of a workspace: what stands in the file, for this program and for any other SQLite tool.

Plain tables with integer codes and dictionary tables beside them; times are UTC epoch milliseconds, money is whole minor units. The
declaration below is the only place that names columns; creation, migration, import and checks all read it. No data are touched here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from docops_desktop.model.dimensions import DIMENSIONS, SESSION_DICTIONARIES

APPLICATION_ID = 0x444F4350
"""``DOCP``, in the header of every workspace file."""

SCHEMA_VERSION = 7
"""``PRAGMA user_version`` of the files that this program writes."""


@dataclass(frozen=True)
class TableSpec:
    """One table: columns with their type, primary key, and the columns that are never NULL with their default."""

    columns: Mapping[str, type]
    pk: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    unique: tuple[str, ...] = ()


DICTIONARY_TABLE_OF: dict[str, str] = {
    name: "dim_page_group" if name == "landing_page" else f"dim_{name}"
    for name, dimension in DIMENSIONS.items()
    if dimension.coding == "dictionary"
}
"""Dictionary table of each built-in dictionary dimension; ``landing_page`` shares that of ``page_group``."""

_CAMPAIGN = {"channel": str, "source": str, "medium": str, "campaign": str}
_PERSON = {"session_key": int, "user_key": int}


AGGREGATE_DIMENSIONS = (
    "page_group", "device_type", "os", "browser", "carrier", "connection", "country", "region",
)  # fmt: skip
"""Dimensions that figures of whole groups are given by, as texts."""


def _dictionary(extra: Mapping[str, type] | None = None) -> TableSpec:
    extra = extra or {}
    columns = {"id": int, "value": str, **extra}
    return TableSpec(columns, "id", {"value": "", **dict.fromkeys(extra, 0)}, unique=("value",))


SMALL_TABLES: dict[str, TableSpec] = {
    "workspace_meta": TableSpec({"key": str, "value": str}, "key"),
    "imports": TableSpec(
        {
            "import_id": int,
            "file_name": str,
            "sha256": str,
            "size_bytes": int,
            "adapter": str,
            "grain": str,
            "status": str,
            "reason": str,
            "rows_read": int,
            "rows_loaded": int,
            "rows_filtered": int,
            "rows_quarantined": int,
            "filtered_json": str,
            "first_time_ms": int,
            "last_time_ms": int,
            "imported_at_ms": int,
            "imported_by": str,
            "mapping_json": str,
            "privacy_json": str,
            "seconds": float,
            "rows_purged": int,
            "rows_superseded": int,
            "rows_replaced": int,
        },
        "import_id",
        {"rows_purged": 0, "rows_superseded": 0, "rows_replaced": 0},
    ),
    "import_tables": TableSpec(
        {"import_table_id": int, "import_id": int, "table_name": str, "row_count": int, "rows_purged": int},
        "import_table_id",
        {"rows_purged": 0},
    ),
    "definitions": TableSpec({"key": str, "value_json": str}, "key"),
    "findings": TableSpec(
        {"finding_id": int, "created_ms": int, "title": str, "kind": str, "payload_json": str, "note": str},
        "finding_id",
    ),
    "annotations": TableSpec(
        {"annotation_id": int, "start_ms": int, "end_ms": int, "text": str, "kind": str}, "annotation_id"
    ),
    "followed_files": TableSpec(
        {
            "followed_file_id": int,
            "path": str,
            "size_bytes": int,
            "mtime_ns": int,
            "appendable": int,
            "head_bytes": int,
            "head_sha256": str,
            "loaded_bytes": int,
            "lines": int,
            "sha256": str,
            "adapter": str,
            "decided_json": str,
            "state": str,
            "reason": str,
            "updated_ms": int,
            "is_current": int,
        },
        "followed_file_id",
    ),
}
"""Tables that hold the workspace's own records, a few rows each."""

FACT_TABLES: dict[str, TableSpec] = {
    "sessions": TableSpec(
        {
            "session_id": int,
            "import_id": int,
            **_PERSON,
            "start_ms": int,
            "end_ms": int,
            **dict.fromkeys(SESSION_DICTIONARIES, int),
            "currency": str,
            "views": int,
            "conversions": int,
            "revenue_minor": int,
            "weight": int,
        },
        "session_id",
        {
            "import_id": 0,
            **dict.fromkeys(_PERSON, 0),
            "start_ms": 0,
            "end_ms": 0,
            **dict.fromkeys(SESSION_DICTIONARIES, 0),
            "conversions": 0,
            "revenue_minor": 0,
            "weight": 1,
        },
    ),
    "page_views": TableSpec(
        {
            "page_view_id": int,
            "import_id": int,
            "session_id": int,
            "time_ms": int,
            "view_class": int,
            "page_group": int,
            "page_url": int,
            "load_ms": int,
            "ttfb_ms": int,
            "lcp_ms": int,
            "fcp_ms": int,
            "inp_ms": int,
            "cls": float,
            "errors": int,
            "conversions": int,
            "revenue_minor": int,
            "weight": int,
            "beacon_key": int,
        },
        "page_view_id",
        {
            "import_id": 0,
            "session_id": 0,
            "time_ms": 0,
            "view_class": 0,
            "page_url": 0,
            "errors": 0,
            "conversions": 0,
            "revenue_minor": 0,
            "weight": 1,
        },
    ),
    "orders": TableSpec(
        {
            "order_id": int,
            "import_id": int,
            "order_key": str,
            "time_ms": int,
            **_PERSON,
            "revenue_minor": int,
            "currency": str,
            "status": str,
            **_CAMPAIGN,
            "coupon": str,
            "items": int,
            "superseded_by": int,
        },
        "order_id",
        {"import_id": 0, "time_ms": 0, **dict.fromkeys(_PERSON, 0), "revenue_minor": 0, "superseded_by": 0},
    ),
    "campaign_days": TableSpec(
        {
            "campaign_day_id": int,
            "import_id": int,
            "day": str,
            **_CAMPAIGN,
            "ad_group": str,
            "impressions": int,
            "clicks": int,
            "sessions": int,
            "cost_minor": int,
            "conversions": float,
            "revenue_minor": int,
            "currency": str,
            "account": str,
            "report": str,
            "superseded_by": int,
        },
        "campaign_day_id",
        {"import_id": 0, "superseded_by": 0},
    ),
    "email_events": TableSpec(
        {
            "email_event_id": int,
            "import_id": int,
            "time_ms": int,
            "user_key": int,
            "mailing_key": str,
            "event": str,
            "subject": str,
            "campaign": str,
            "url": str,
        },
        "email_event_id",
        {"import_id": 0, "time_ms": 0, "user_key": 0},
    ),
    "resources": TableSpec(
        {
            "resource_id": int,
            "import_id": int,
            "time_ms": int,
            "session_key": int,
            "page_url": int,
            "url": str,
            "host": str,
            "kind": str,
            "start_ms": int,
            "duration_ms": int,
            "ttfb_ms": int,
            "transfer_bytes": int,
            "http_status": int,
        },
        "resource_id",
        {"import_id": 0, "time_ms": 0, "session_key": 0, "page_url": 0},
    ),
    "exposures": TableSpec(
        {"exposure_id": int, "import_id": int, "time_ms": int, **_PERSON, "experiment": str, "variant": str},
        "exposure_id",
        {"import_id": 0, "time_ms": 0, **dict.fromkeys(_PERSON, 0)},
    ),
    "leads": TableSpec(
        {
            "lead_id": int,
            "import_id": int,
            "lead_key": str,
            "time_ms": int,
            **_PERSON,
            "stage": str,
            **_CAMPAIGN,
            "score": float,
            "superseded_by": int,
        },
        "lead_id",
        {"import_id": 0, "time_ms": 0, **dict.fromkeys(_PERSON, 0), "superseded_by": 0},
    ),
    "opportunities": TableSpec(
        {
            "opportunity_id": int,
            "import_id": int,
            "opportunity_key": str,
            "lead_key": str,
            "created_ms": int,
            "closed_ms": int,
            "stage": str,
            "probability": float,
            "amount_minor": int,
            "currency": str,
            **_CAMPAIGN,
            "superseded_by": int,
        },
        "opportunity_id",
        {"import_id": 0, "created_ms": 0, "superseded_by": 0},
    ),
    "aliases": TableSpec(
        {"alias_id": int, "import_id": int, "first_key": int, "second_key": int},
        "alias_id",
        {"import_id": 0, "first_key": 0, "second_key": 0},
    ),
    "aggregates": TableSpec(
        {
            "aggregate_id": int,
            "import_id": int,
            "start_ms": int,
            "end_ms": int,
            "subject": str,
            "page": str,
            **dict.fromkeys(AGGREGATE_DIMENSIONS, str),
            "labels_json": str,
            "metric": str,
            "unit": str,
            "value": float,
            "samples": float,
            "report": str,
            "superseded_by": int,
        },
        "aggregate_id",
        {"import_id": 0, "superseded_by": 0},
    ),
    "quarantine": TableSpec(
        {"quarantine_id": int, "import_id": int, "line": int, "reason": str, "record": str},
        "quarantine_id",
        {"import_id": 0, "line": 0, "reason": "", "record": ""},
    ),
}
"""Tables whose rows come from imports; each row names its import."""

DICTIONARY_TABLES: dict[str, TableSpec] = {
    table: _dictionary({"page_group": int} if table == "dim_page_url" else None)
    for table in dict.fromkeys(DICTIONARY_TABLE_OF.values())
}
"""Dictionaries: ``id`` from 1, ``value`` the text; ``dim_page_url`` also has its page group by the URL rules."""

TABLES: dict[str, TableSpec] = {**SMALL_TABLES, **DICTIONARY_TABLES, **FACT_TABLES}


def quoted(name: str) -> str:
    """Return a table or column name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def dictionary_table(dimension: str) -> str:
    """Return the dictionary table of a dimension, custom ones included."""
    return DICTIONARY_TABLE_OF.get(dimension, f"dim_{dimension}")


def custom_dimensions(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the names (``custom.NAME``) of the workspace's own session dimensions, in column order."""
    names = (row[1] for row in connection.execute("PRAGMA table_info(sessions)"))
    return tuple(name for name in names if name.startswith("custom."))


def session_dimensions(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return all dictionary dimensions that ``sessions`` carries, built-in ones first."""
    return (*SESSION_DICTIONARIES, *custom_dimensions(connection))


def add_missing(connection: sqlite3.Connection) -> None:
    """Create the tables and add the columns that the file does not have yet; what is there stays as it is."""
    import sqlite_utils

    database = sqlite_utils.Database(connection, execute_plugins=False)
    present = set(database.table_names())
    for name, spec in TABLES.items():
        if name not in present:
            create_table(database, name, spec)
            continue
        have = {column.name for column in database.table(name).columns}
        for column, kind in spec.columns.items():
            if column not in have:
                database.table(name).add_column(column, kind, not_null_default=spec.defaults.get(column))


def create_table(database: Any, name: str, spec: TableSpec) -> None:
    """Create one table through sqlite-utils."""
    table = database.table(name)
    table.create(dict(spec.columns), pk=spec.pk, not_null=set(spec.defaults), defaults=dict(spec.defaults) or None)
    for column in spec.unique:
        table.create_index([column], unique=True)


def add_custom_dimension(connection: sqlite3.Connection, name: str) -> None:
    """Add a ``custom.NAME`` dimension: its dictionary and its column in ``sessions`` (0 = not set in every row so far)."""
    import sqlite_utils

    database = sqlite_utils.Database(connection, execute_plugins=False)
    create_table(database, dictionary_table(name), _dictionary())
    database.table("sessions").add_column(name, int, not_null_default=0)
