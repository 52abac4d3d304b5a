"""What the store's tests share: a workspace in a folder of its own, and a short way to import rows into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from docops_desktop.model.dimensions import SESSION_DICTIONARIES
from docops_desktop.store.records import ImportRecord
from docops_desktop.store.workspace import Workspace

Rows = Iterable[Mapping[str, Any]]
START_MS = 1_785_000_000_000  # 2026-07-25T17:20:00Z


def import_rows(
    ws: Workspace,
    sessions: Rows = (),
    page_views: Rows = (),
    orders: Rows = (),
    sha256: str = "0" * 64,
    rejected: Iterable[tuple[int, str, str]] = (),
) -> ImportRecord:
    """Import rows given as dictionaries with texts; a page view's ``session`` is the position of its session in this import."""
    sessions, page_views, orders, rejected = list(sessions), list(page_views), list(orders), list(rejected)
    with ws.begin_import("rows.csv", sha256, 1, "generic", "page_view", {"a": "b"}, {}) as writer:
        first = writer.new_session_ids(len(sessions))
        if sessions:
            coded = {
                name for row in sessions for name in row if name in SESSION_DICTIONARIES or name.startswith("custom.")
            }
            table = {"session_id": pa.array(range(first, first + len(sessions)))}
            for name in {name for row in sessions for name in row}:
                values = [row.get(name) for row in sessions]
                table[name] = writer.encode(name, pa.array(values, pa.string())) if name in coded else pa.array(values)
            writer.append("sessions", pa.table(table))
        if page_views:
            table = {"session_id": pa.array([first + row["session"] for row in page_views])}
            for name in {name for row in page_views for name in row} - {"session"}:
                values = [row.get(name) for row in page_views]
                if name == "page_url":
                    table[name] = writer.encode(name, pa.array(values, pa.string()))
                elif name == "page_group":  # absent = by the URL rules
                    codes = writer.encode(name, pa.array(values, pa.string())).to_pylist()
                    table[name] = pa.array([code or None for code in codes], pa.int32())
                else:
                    table[name] = pa.array(values)
            writer.append("page_views", pa.table(table))
        if orders:
            writer.append("orders", pa.Table.from_pylist(orders))
        writer.quarantine(rejected)
        loaded = len(page_views) or len(sessions) or len(orders)
        writer.count(read=loaded + len(rejected), loaded=loaded, quarantined=len(rejected))
        return writer.commit(0.5)


@pytest.fixture(name="import_rows")
def _import_rows() -> Callable[..., ImportRecord]:
    return import_rows


@pytest.fixture
def start_ms() -> int:
    return START_MS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.docops"


@pytest.fixture
def ws(path: Path) -> Iterator[Workspace]:
    with Workspace.create(path) as workspace:
        yield workspace


@pytest.fixture(autouse=True)
def _own_user_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may leave anything in the real user's cache folder."""
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_args, **_named: str(tmp_path / "user-cache"))
