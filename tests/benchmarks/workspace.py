"""Import and open in the benchmark: a file of page views into a workspace, its columns built, mapped again, and the first answer."""

from __future__ import annotations

import csv
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from docops_desktop.analysis.refresh import RefreshRequest, TotalsRequest, refresh
from docops_desktop.ingest.demo.make import make_demo
from docops_desktop.ingest.importer import import_file
from docops_desktop.store.columnar_cache import open_facts
from docops_desktop.store.workspace import Workspace


def workspace(sessions: int, rows: int) -> dict[str, Any]:
    """Time an import of ``rows`` page views from CSV, and writing, building, opening a workspace of ``sessions`` demo sessions."""
    with tempfile.TemporaryDirectory() as folder:
        found = _import(Path(folder), rows)
        path = Path(folder) / "demo.docops"
        found |= {"sessions": sessions}
        with Workspace.create(path) as ws:
            found["write_seconds"] = _timed(lambda: make_demo(ws, sessions))
            found["build_columns_seconds"] = _timed(lambda: open_facts(ws))
        started = time.perf_counter()
        with Workspace.open(path) as ws:
            facts = open_facts(ws)
            found["open_seconds"] = time.perf_counter() - started
            refresh(facts, RefreshRequest(panels=(TotalsRequest(),)))
            found["first_answer_seconds"] = time.perf_counter() - started
    return found


def _import(folder: Path, rows: int) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    path = folder / "views.csv"
    seconds = 1_785_535_200 + np.sort(rng.integers(0, 7 * 86_400, rows))
    session, load = rng.integers(0, max(rows // 3, 1), rows), rng.lognormal(7.4, 0.7, rows).astype(int)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["timestamp", "session_id", "url", "load_time_ms", "country", "browser"])
        for at, key, ms in zip(seconds.tolist(), session.tolist(), load.tolist(), strict=True):
            when = datetime.fromtimestamp(at, UTC).isoformat()
            out.writerow([when, f"s{key}", f"https://shop.example/p/{key % 97}", ms, ("DE", "FR")[key % 2], "Chrome"])
    with Workspace.create(folder / "import.docops") as ws:
        took = _timed(lambda: import_file(ws, path))
        loaded = ws.ledger()[0].rows_loaded
    return {"import_rows": loaded, "import_seconds": took, "import_mb": path.stat().st_size / 1e6}


def _timed(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
