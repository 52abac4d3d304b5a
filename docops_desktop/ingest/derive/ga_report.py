"""Google Analytics reports: ``google / cpc`` as source and medium."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docops_desktop.ingest.derive.columns import Columns, texts

_BOTH = (
    "Session source / medium",
    "Source / Medium",
    "First user source / medium",
    "Quelle/Medium",
    "Source / Support",
)


def derive(columns: Columns) -> Mapping[str, Any]:
    """Return ``ga.source`` and ``ga.medium``."""
    cells = columns.cells(*_BOTH) or [None] * columns.rows
    parts = [(cell or "").rpartition(" / ") for cell in cells]
    sources = [left or (right or None) for left, _, right in parts]
    mediums = [right if left else None for left, _, right in parts]
    return {"ga.source": texts(sources), "ga.medium": texts(mediums)}
