"""What a workspace holds already of one system, so that a download that overlaps an earlier one does not add up."""

from __future__ import annotations

import sqlite3

KEY_COLUMNS: dict[str, tuple[str, ...]] = {
    "campaign_days": ("day", "channel", "source", "medium", "campaign", "ad_group"),
    "orders": ("order_key", "time_ms"),
    "leads": ("lead_key", "time_ms"),
    "opportunities": ("opportunity_key", "created_ms"),
}
"""What tells one record from another, by table. A row whose first column is empty has no identity, and is never a repeat."""
SEPARATOR = "\x1f"


def loaded_keys(connection: sqlite3.Connection, table: str, adapter: str) -> frozenset[str]:
    """Return the records that imports through this adapter brought into a table: ``KEY_COLUMNS`` as one text each, joined by ``SEPARATOR``."""
    columns = KEY_COLUMNS[table]
    key = f" || '{SEPARATOR}' || ".join(f"ifnull({column}, '')" for column in columns)
    found = connection.execute(
        f"SELECT DISTINCT {key} FROM {table} JOIN imports USING (import_id) WHERE adapter = ? AND {columns[0]} IS NOT NULL",
        (adapter,),
    )
    return frozenset(text for (text,) in found)
