"""Views that show the workspace's rows as texts and ISO times, for people with any SQLite tool.

They are derived from the schema and made anew whenever it changes; the program itself never reads them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from docops_desktop.model.dimensions import NOT_SET
from docops_desktop.model.traffic import LABELS
from docops_desktop.store.schema import FACT_TABLES, dictionary_table, quoted, session_dimensions

_PLAIN = {
    "v_campaign_days": ("campaign_days", (), ()),
    "v_email_events": ("email_events", ("time_ms",), ()),
    "v_aliases": ("aliases", (), ()),
    "v_exposures": ("exposures", ("time_ms",), ()),
    "v_leads": ("leads", ("time_ms",), ()),
    "v_opportunities": ("opportunities", ("created_ms", "closed_ms"), ()),
    "v_aggregates": ("aggregates", ("start_ms", "end_ms"), ()),
    "v_resources": ("resources", ("time_ms",), ("page_url",)),
}
"""Views of tables that need no more than times and codes as texts: table, its times, its codes. Rows that do not count are only in the tables."""
_COUNTS = "superseded_by = 0"
VIEW_NAMES = ("v_imports", "v_sessions", "v_page_views", "v_orders", "v_quarantine", *_PLAIN)


def create_views(connection: sqlite3.Connection) -> None:
    """Drop and make the text views."""
    dimensions = session_dimensions(connection)
    statements = {
        "v_imports": _imports(),
        "v_sessions": _sessions(dimensions),
        "v_page_views": _page_views(dimensions),
        "v_orders": _orders(),
        "v_quarantine": "SELECT q.import_id, i.file_name, q.line, q.reason, q.record FROM quarantine q LEFT JOIN imports i USING (import_id)",
    }
    statements |= {name: _plain(*parts) for name, parts in _PLAIN.items()}
    for name, select in statements.items():
        connection.execute(f"DROP VIEW IF EXISTS {name}")
        connection.execute(f"CREATE VIEW {name} AS {select}")


def _iso(column: str, alias: str) -> str:
    text = f"strftime('%Y-%m-%dT%H:%M:%fZ', {column} / 1000.0, 'unixepoch')"
    return f"{text} AS {alias}"


def _text(column: str, dimension: str, alias: str | None = None) -> str:
    table = quoted(dictionary_table(dimension))
    return f"ifnull((SELECT value FROM {table} WHERE id = {column}), '{NOT_SET}') AS {quoted(alias or dimension)}"


def _imports() -> str:
    rows = "rows_read, rows_loaded, rows_filtered, rows_quarantined, rows_purged, rows_superseded, rows_replaced"
    kept = f"import_id, file_name, sha256, size_bytes, adapter, grain, status, {rows}, filtered_json"
    times = ", ".join(_iso(f"{name}_ms", name) for name in ("first_time", "last_time", "imported_at"))
    return f"SELECT {kept}, {times}, imported_by, seconds FROM imports"


def _sessions(dimensions: Sequence[str]) -> str:
    texts = ", ".join(_text(f"s.{quoted(name)}", name) for name in dimensions)
    return (
        f"SELECT s.session_id, s.import_id, s.session_key, {_iso('s.start_ms', 'start_time')}, {_iso('s.end_ms', 'end_time')}, {texts}, "
        "s.conversions, s.revenue_minor, s.currency, s.weight FROM sessions s"
    )


def _page_views(dimensions: Sequence[str]) -> str:
    labels = " ".join(f"WHEN {int(view_class)} THEN '{label}'" for view_class, label in LABELS.items())
    group = "ifnull(v.page_group, (SELECT page_group FROM dim_page_url WHERE id = v.page_url))"
    texts = ", ".join(_text(f"s.{quoted(name)}", name) for name in dimensions)
    return (
        f"SELECT v.page_view_id, v.import_id, v.session_id, {_iso('v.time_ms', 'time')}, CASE v.view_class {labels} END AS view_class, "
        f"{_text(group, 'page_group')}, {_text('v.page_url', 'page_url')}, v.load_ms, v.ttfb_ms, v.lcp_ms, v.fcp_ms, v.inp_ms, v.cls, v.errors, "
        f"v.conversions, v.revenue_minor, s.currency, v.weight, {texts} FROM page_views v LEFT JOIN sessions s USING (session_id)"
    )


def _orders() -> str:
    return (
        f"SELECT order_id, import_id, order_key, {_iso('time_ms', 'time')}, revenue_minor, currency, status, channel, source, medium, campaign, "
        f"coupon, items FROM orders WHERE {_COUNTS}"
    )


def _plain(table: str, times: Sequence[str], codes: Sequence[str]) -> str:
    """All columns of a table: times in ISO form (``start_ms`` of a resource is a duration and stays one), codes as texts."""
    shown = []
    lasting = "superseded_by" in FACT_TABLES[table].columns
    for column in FACT_TABLES[table].columns:
        if column == "superseded_by":
            continue
        if column in times:
            shown.append(_iso(quoted(column), "time" if column == "time_ms" else column.replace("_ms", "_time")))
        elif column in codes:
            shown.append(_text(f"t.{quoted(column)}", column))
        else:
            shown.append(f"t.{quoted(column)}")
    return f"SELECT {', '.join(shown)} FROM {table} t" + (f" WHERE {_COUNTS}" if lasting else "")
