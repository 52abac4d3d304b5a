"""Page views out of the workspace: the counted ones as columns, all others as counts by class, conversions as a sparse list.

A conversion or revenue counts whatever the class of its row (a purchase is often a background request), robots and synthetic tests excepted.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.model.load_bins import EDGES, MAX_VALUE
from docops_desktop.model.traffic import COUNTED, LABELS, ViewClass
from docops_desktop.store.column_reader import read_columns
from docops_desktop.store.columns.dictionaries import CodeBook
from docops_desktop.store.columns.progress import Progress
from docops_desktop.store.facts import NOT_MEASURED_MS

IntArray = npt.NDArray[np.int64]

METRICS: dict[str, str] = {
    "load": "load_ms",
    "ttfb": "ttfb_ms",
    "lcp": "lcp_ms",
    "inp": "inp_ms",
    "cls": "round(cls * 10000)",
}
"""Column of bin codes -> SQL expression of the whole number that is binned."""

_MACHINES = (ViewClass.BOT, ViewClass.SYNTHETIC)
_MOST_ERRORS = 0xFFFF


@dataclass
class Views:
    """Counted page views in the workspace's order, each column of length n.

    Attributes:
        part: row of the session part.
        time_ms: UTC epoch ms.
        columns: the page-view columns of the facts, but for ``flags``; ``weight`` only when some view stands for more than one.
        any_view, counted_view: per part: has any page-view row / a counted one.
        conversion_*: one entry per row that states a conversion or revenue: its part, time, conversions, revenue.
        excluded: page-view rows that are left out, by reason.
    """

    part: npt.NDArray[np.uint32]
    time_ms: IntArray
    columns: dict[str, npt.NDArray[Any]]
    any_view: npt.NDArray[np.bool_]
    counted_view: npt.NDArray[np.bool_]
    conversion_part: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    conversion_ms: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    conversion_count: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    conversion_revenue: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    excluded: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.part)


def read_views(
    connection: sqlite3.Connection, part_ids: IntArray, groups: CodeBook, urls: CodeBook, progress: Progress
) -> Views:
    """Read all page views; ``part_ids`` are the ascending ids of the session parts."""
    (count,) = connection.execute("SELECT count(*) FROM page_views").fetchone()
    expressions, present = _wanted(connection)
    columns = _columns(count, groups, urls, present)
    views = Views(
        np.zeros(count, np.uint32), np.zeros(count, np.int64), columns, *np.zeros((2, len(part_ids)), dtype=bool)
    )
    row_of_id = _row_of_id(part_ids)
    group_of_url = _group_of_url(connection, groups, urls)
    by_class = np.zeros(len(ViewClass), np.int64)
    conversions: list[tuple[IntArray, ...]] = []
    kept, done, homeless = 0, 0, 0
    with closing(read_columns(connection, "page_views", expressions)) as blocks:
        for block in blocks:
            part = row_of_id[np.clip(block["session_id"], 0, len(row_of_id) - 1)]
            view_class = np.clip(block["view_class"], 0, len(ViewClass) - 1)
            known = part >= 0
            homeless += int((~known).sum())
            by_class += np.bincount(view_class[known], minlength=len(ViewClass))
            counted = known & np.isin(view_class, [int(c) for c in COUNTED])
            views.any_view[part[known]] = True
            views.counted_view[part[counted]] = True
            states = known & ~np.isin(view_class, [int(c) for c in _MACHINES])
            states &= _nonzero(block, "conversions") | _nonzero(block, "revenue_minor")
            if states.any():
                conversions.append(_stated(block, part, states))
            size = int(counted.sum())
            _fill(
                views,
                slice(kept, kept + size),
                {name: values[counted] for name, values in block.items()},
                part[counted],
                (groups, urls, group_of_url),
            )
            kept, done = kept + size, done + len(part)
            progress.step("Reading page views", 0.3 + 0.45 * done / count)
    views.part, views.time_ms = views.part[:kept], views.time_ms[:kept]
    views.columns = {name: values[:kept] for name, values in columns.items()}
    if conversions:
        (views.conversion_part, views.conversion_ms, views.conversion_count, views.conversion_revenue) = (
            np.concatenate(values) for values in zip(*conversions, strict=True)
        )
    views.excluded = {LABELS[c]: int(by_class[c]) for c in ViewClass if c not in COUNTED and by_class[c]}
    if homeless:
        views.excluded["page view without a session"] = homeless
    return views


def _wanted(connection: sqlite3.Connection) -> tuple[dict[str, str], set[str]]:
    """Return SQL expressions by name and the optional columns that have content; the others are not read."""
    tests = {name: f"{expression.split('(')[-1].split(' ')[0]} IS NOT NULL" for name, expression in METRICS.items()}
    tests |= {name: f"{name} <> 0" for name in ("errors", "conversions", "revenue_minor")}
    tests |= {"weight": "weight <> 1", "page_group": "page_group IS NOT NULL"}
    selected = ", ".join(f"ifnull(max({test}), 0)" for test in tests.values())
    needed = connection.execute(f"SELECT {selected} FROM page_views").fetchone()
    present = {name for name, used in zip(tests, needed, strict=True) if used}
    expressions = {name: name for name in ("session_id", "time_ms", "view_class", "page_url")}
    for name in present:
        expressions[name] = f"ifnull({METRICS.get(name, name)}, -1)"
    return expressions, present


def _columns(count: int, groups: CodeBook, urls: CodeBook, present: set[str]) -> dict[str, npt.NDArray[Any]]:
    columns: dict[str, npt.NDArray[Any]] = {
        "page_group": np.zeros(count, groups.dtype),
        "page_url": np.zeros(count, urls.dtype),
        "load_ms": np.full(count, NOT_MEASURED_MS, np.uint32),
        **{name: np.zeros(count, np.uint16) for name in METRICS},
        "errors": np.zeros(count, np.uint16 if "errors" in present else np.uint8),
    }
    if "weight" in present:
        columns["weight"] = np.zeros(count, np.uint32)
    return columns


def _fill(
    views: Views,
    place: slice,
    block: dict[str, IntArray],
    part: npt.NDArray[np.int32],
    books: tuple[CodeBook, CodeBook, npt.NDArray[np.uint32]],
) -> None:
    groups, urls, group_of_url = books
    columns = views.columns
    views.part[place] = part
    views.time_ms[place] = block["time_ms"]
    url = urls.codes(block["page_url"])
    columns["page_url"][place] = url
    group = group_of_url[url]
    if "page_group" in block:
        group = np.where(block["page_group"] >= 0, groups.codes(block["page_group"]), group)
    columns["page_group"][place] = group
    for name in METRICS:
        if name in block:
            columns[name][place] = bin_codes(block[name])
    if "load" in block:
        load = block["load"]
        columns["load_ms"][place] = np.where(load < 0, NOT_MEASURED_MS, np.minimum(load, NOT_MEASURED_MS - 1))
    if "errors" in block:
        columns["errors"][place] = np.clip(block["errors"], 0, _MOST_ERRORS)
    if "weight" in block:
        columns["weight"][place] = np.clip(block["weight"], 0, np.iinfo(np.uint32).max)


def _nonzero(block: dict[str, IntArray], name: str) -> npt.NDArray[np.bool_]:
    return block[name] != 0 if name in block else np.zeros(len(block["session_id"]), dtype=bool)


def _stated(
    block: dict[str, IntArray], part: npt.NDArray[np.int32], rows: npt.NDArray[np.bool_]
) -> tuple[IntArray, ...]:
    size = int(rows.sum())
    figures = (
        block[name][rows] if name in block else np.zeros(size, np.int64) for name in ("conversions", "revenue_minor")
    )
    return part[rows].astype(np.int64), block["time_ms"][rows], *figures


_BIN_OF = np.concatenate(([0], np.searchsorted(np.array(EDGES), np.arange(MAX_VALUE + 1), side="right"))).astype(
    np.uint16
)


def bin_codes(values: IntArray) -> npt.NDArray[np.uint16]:
    """Return the bin codes of whole numbers as ``model.load_bins`` defines them; negative = not measured."""
    return _BIN_OF[np.clip(values, -1, MAX_VALUE) + 1]


def _row_of_id(part_ids: IntArray) -> npt.NDArray[np.int32]:
    rows = np.full(
        (int(part_ids[-1]) if len(part_ids) else 0) + 2, -1, dtype=np.int32
    )  # one more: ids beyond the last are unknown
    rows[part_ids] = np.arange(len(part_ids), dtype=np.int32)
    return rows


def _group_of_url(connection: sqlite3.Connection, groups: CodeBook, urls: CodeBook) -> npt.NDArray[np.uint32]:
    """Return the page-group code of each URL code."""
    rows = np.array(
        connection.execute("SELECT id, page_group FROM dim_page_url WHERE id > 0").fetchall(), np.int64
    ).reshape(-1, 2)
    result = np.zeros(len(urls.texts), np.uint32)
    result[urls.codes(rows[:, 0])] = groups.codes(rows[:, 1])
    result[0] = 0
    return result
