"""Salesforce opportunities: the stage by ``IsWon`` and ``IsClosed``, since stage names are in the language of the organisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docops_desktop.ingest.derive.columns import Cells, Columns, texts

_YES = frozenset({"1", "true", "yes"})


def derive(columns: Columns) -> Mapping[str, Any]:
    """Return ``salesforce.stage``: Closed Won, Closed Lost, else the export's own stage."""
    nothing: Cells = [None] * columns.rows
    won = columns.cells("IsWon", "is_won", "Won") or nothing
    closed = columns.cells("IsClosed", "is_closed", "Closed") or nothing
    names = columns.cells("StageName", "stage_name", "Stage") or nothing
    stages: Cells = []
    for is_won, is_closed, name in zip(won, closed, names, strict=True):
        if (is_won or "").lower() in _YES:
            stages.append("Closed Won")
        elif (is_closed or "").lower() in _YES:
            stages.append("Closed Lost")
        else:
            stages.append(name)
    return {"salesforce.stage": texts(stages)}
