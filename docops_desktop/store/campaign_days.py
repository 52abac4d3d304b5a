"""Which campaign days a workspace holds of one system, so that a download that overlaps an earlier one does not add up."""

from __future__ import annotations

import sqlite3

KEY_COLUMNS = ("day", "channel", "source", "medium", "campaign", "ad_group")
"""What tells one campaign's day from another's."""
SEPARATOR = "\x1f"


def loaded_days(connection: sqlite3.Connection, adapter: str) -> frozenset[str]:
    """Return the days that imports through this adapter brought: ``KEY_COLUMNS`` as one text each, joined by ``SEPARATOR``."""
    key = f" || '{SEPARATOR}' || ".join(f"ifnull({column}, '')" for column in KEY_COLUMNS)
    found = connection.execute(
        f"SELECT DISTINCT {key} FROM campaign_days JOIN imports USING (import_id) WHERE adapter = ?", (adapter,)
    )
    return frozenset(text for (text,) in found)
