from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from docops_desktop.ingest.importer import import_file
from docops_desktop.store.records import ImportRecord
from docops_desktop.store.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "test.docops") as workspace:
        yield workspace


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, Any], Path]:
    """Write a file: text, bytes, or a list of records (one JSON object per line)."""

    def write(name: str, content: Any) -> Path:
        path = tmp_path / "exports" / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, list):
            content = "".join(json.dumps(record) + "\n" for record in content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def load(ws: Workspace, put: Callable[[str, Any], Path]) -> Callable[..., ImportRecord]:
    """Write a file, import it, and hold the ledger to its promise."""

    def run(name: str, content: Any, **options: Any) -> ImportRecord:
        record = import_file(ws, put(name, content), **options)
        assert record.rows_read == record.rows_loaded + record.rows_filtered + record.rows_quarantined
        return record

    return run


@pytest.fixture
def rows(ws: Workspace) -> Callable[..., list[dict[str, Any]]]:
    """Query the workspace as any SQLite tool would."""

    def query(sql: str) -> list[dict[str, Any]]:
        with ws.reading() as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return query
