"""Findings and annotations: small tables, written through sqlite-utils, read with plain SQL."""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import asdict, replace
from typing import Any

from docops_desktop.store.records import Annotation, Finding


def save_finding(connection: sqlite3.Connection, finding: Finding) -> Finding:
    """Insert (id 0) or replace a finding."""
    finding = replace(finding, created_ms=finding.created_ms or int(time.time() * 1000))
    row = asdict(finding)
    row["payload_json"] = json.dumps(row.pop("payload"), ensure_ascii=False)
    return replace(finding, finding_id=_save(connection, "findings", "finding_id", row))


def all_findings(connection: sqlite3.Connection) -> tuple[Finding, ...]:
    """Return all findings, newest first."""
    query = "SELECT title, kind, payload_json, note, created_ms, finding_id FROM findings ORDER BY created_ms DESC, finding_id DESC"
    return tuple(Finding(row[0], row[1], json.loads(row[2]), *row[3:]) for row in connection.execute(query))


def save_annotation(connection: sqlite3.Connection, annotation: Annotation) -> Annotation:
    """Insert (id 0) or replace an annotation."""
    return replace(annotation, annotation_id=_save(connection, "annotations", "annotation_id", asdict(annotation)))


def all_annotations(connection: sqlite3.Connection) -> tuple[Annotation, ...]:
    """Return all annotations by their start."""
    query = "SELECT start_ms, end_ms, text, kind, annotation_id FROM annotations ORDER BY start_ms, annotation_id"
    return tuple(Annotation(*row) for row in connection.execute(query))


def remove(connection: sqlite3.Connection, table: str, row_id: int) -> None:
    """Remove one row of ``findings`` or ``annotations``."""
    key = {"findings": "finding_id", "annotations": "annotation_id"}[table]
    connection.execute(f"DELETE FROM {table} WHERE {key} = ?", (row_id,))


def _save(connection: sqlite3.Connection, table: str, key: str, row: dict[str, Any]) -> int:
    import sqlite_utils

    if not row[key]:
        del row[key]
    saved = (
        sqlite_utils.Database(connection, execute_plugins=False).table(table).insert(row, pk=key, replace=key in row)
    )
    return int(saved.last_pk)
