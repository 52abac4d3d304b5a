"""Session parts out of the workspace: one entry per row of ``sessions``, in the order of their ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.store.column_reader import read_columns
from docops_desktop.store.columns.dictionaries import CodeBook
from docops_desktop.store.columns.progress import Progress
from docops_desktop.store.schema import quoted

IntArray = npt.NDArray[np.int64]


@dataclass
class SessionParts:
    """Columns of the parts, each of length n; optional ones are None when no row needs them.

    Attributes:
        ids: ids in the workspace, ascending.
        keys: session keys, 0 = none; parts with the same key are one session.
        users: user keys, 0 = none.
        start_ms, end_ms: span of the part, UTC epoch ms.
        codes: dictionary codes by dimension; ``landing_page`` holds what the export says.
        views: the export's own number of page views, 0 = not stated.
        conversions, revenue: the export's own figures, revenue in minor units of the workspace's currency.
        weight: sessions that the row stands for.
        foreign: revenue is in another currency (and left out).
    """

    ids: IntArray
    keys: IntArray
    start_ms: IntArray
    codes: dict[str, npt.NDArray[Any]]
    end_ms: IntArray | None = None
    users: IntArray | None = None
    views: IntArray | None = None
    conversions: IntArray | None = None
    revenue: IntArray | None = None
    weight: IntArray | None = None
    foreign: npt.NDArray[np.bool_] | None = None
    excluded: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


def read_sessions(
    connection: sqlite3.Connection,
    books: Mapping[str, CodeBook],
    currency: str,
    progress: Progress,
    *,
    with_users: bool,
) -> SessionParts:
    """Read all parts.

    Args:
        connection: a snapshot of the workspace.
        books: dictionary of each session dimension.
        currency: the workspace's currency; revenue in another one is left out and counted.
        progress: told after each block.
        with_users: also read user keys and ends, which only orders without a session key need.
    """
    expressions, optional = _wanted(connection, books, currency, with_users=with_users)
    (count,) = connection.execute("SELECT count(*) FROM sessions").fetchone()
    arrays: dict[str, npt.NDArray[Any]] = {
        name: np.zeros(count, books[name].dtype if name in books else np.int64) for name in expressions
    }
    done = 0
    with closing(read_columns(connection, "sessions", expressions)) as blocks:
        for block in blocks:
            size = len(block["session_id"])
            for name, values in block.items():
                arrays[name][done : done + size] = books[name].codes(values) if name in books else values
            done += size
            progress.step("Reading sessions", 0.3 * done / count)
    parts = SessionParts(
        arrays["session_id"],
        arrays["session_key"],
        arrays["start_ms"],
        {name: arrays.get(name, np.zeros(count, np.uint8)) for name in books},
    )
    for target, name in optional.items():
        setattr(parts, target, arrays[name])
    if parts.foreign is not None:
        _leave_out_foreign(parts)
    return parts


def _wanted(
    connection: sqlite3.Connection, books: Mapping[str, CodeBook], currency: str, *, with_users: bool
) -> tuple[dict[str, str], dict[str, str]]:
    """Return SQL expressions by name, and which of them fill the optional fields; columns without content are not read at all."""
    literal = currency.replace("'", "''")
    candidates = {
        "views": ("views", "ifnull(views, 0)", "ifnull(views, 0) <> 0"),
        "conversions": ("conversions", "conversions", "conversions <> 0"),
        "revenue": ("revenue_minor", "revenue_minor", "revenue_minor <> 0"),
        "weight": ("weight", "weight", "weight <> 1"),
        "foreign": ("foreign", f"ifnull(currency, '') NOT IN ('', '{literal}')", "ifnull(currency, '') <> ''"),
    }
    tests = ", ".join(f"ifnull(max({test}), 0)" for _, _, test in candidates.values())
    needed = connection.execute(f"SELECT {tests} FROM sessions").fetchone()
    optional = {target: spec[0] for (target, spec), used in zip(candidates.items(), needed, strict=True) if used}
    expressions = {name: name for name in ("session_id", "session_key", "start_ms")}
    expressions |= {spec[0]: spec[1] for target, spec in candidates.items() if target in optional}
    if with_users:
        optional |= {"users": "user_key", "end_ms": "end_ms"}
        expressions |= {"user_key": "user_key", "end_ms": "end_ms"}
    expressions |= {name: quoted(name) for name, book in books.items() if len(book.texts) > 1}
    return expressions, optional


def _leave_out_foreign(parts: SessionParts) -> None:
    assert parts.foreign is not None
    parts.foreign = parts.foreign.astype(bool)
    if parts.revenue is not None:
        lost = parts.foreign & (parts.revenue != 0)
        if lost.any():
            parts.excluded["revenue in another currency"] = int(lost.sum())
            parts.revenue[lost] = 0
