"""What a refresh has to read at the least, and how fast this machine's memory is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.store.facts import Facts
from tests.benchmarks import questions
from tests.benchmarks.timing import timed

LINE = 64
_CHUNK = 1 << 22


def memory_bandwidth(threads: int) -> float:
    """Return GB/s of reading in order with so many threads: the best of several sums over 256 MB each."""
    parts = [np.ones(32_000_000, dtype=np.int64) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        best = min(timed(lambda: list(pool.map(np.sum, parts))) for _ in range(7))
    return sum(p.nbytes for p in parts) / best / 1e9


def touched(facts: Facts) -> dict[str, float]:
    """Return the bytes that the refresh under three filters must read, and the bytes of the cache lines in which they lie.

    The filters' columns are read whole, the numbers of views, whose running sum says where a session's page views lie, and the bits of who converts. Of the
    sessions that pass, over all the time (for the timeline): conversions and revenue of those that converted, the load codes of their page views; of those
    inside the window also the panels' dimensions, and the page views' groups and flags.
    """
    total = {"bytes": 0.0, "lines": 0.0}
    for name in (*questions.KEPT, "views"):
        _add(total, facts.session(name).itemsize, facts.n_sessions, facts.n_sessions)
    _add(total, 1 / 8, facts.n_sessions, facts.n_sessions)
    span = questions.selection(facts).span
    assert span is not None
    low, high = np.searchsorted(facts.session("start_ms"), [span.start_ms, span.end_ms])
    for rows in _passing(facts):
        views = _views_of(facts, rows)
        converted = rows[facts.session("conversions")[rows] > 0]
        inside = rows[(rows >= low) & (rows < high)]
        for name in ("conversions", "revenue"):
            _lines(total, facts.session(name), converted)
        _lines(total, facts.page_view("load"), views)
        for name in ("device_model", "carrier", "device_type", "connection", "country"):
            _lines(total, facts.session(name), inside)
        for name in ("page_group", "flags"):
            _lines(total, facts.page_view(name), _views_of(facts, inside))
    return total


def _passing(facts: Facts) -> Any:
    for first in range(0, facts.n_sessions, _CHUNK):
        chunk = slice(first, first + _CHUNK)
        kept = [facts.session(name)[chunk] == questions.code(facts, name) for name in questions.KEPT]
        yield first + np.flatnonzero(np.logical_and.reduce(kept))


def _views_of(facts: Facts, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    offset = facts.session("view_offset")
    low = offset[rows].astype(np.int64)
    counts = offset[rows + 1].astype(np.int64) - low
    return np.repeat(low - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())


def _lines(total: dict[str, float], column: npt.NDArray[Any], rows: npt.NDArray[np.int64]) -> None:
    lines = rows * column.itemsize // LINE
    _add(total, column.itemsize, len(rows), (1 + np.count_nonzero(np.diff(lines))) * LINE / column.itemsize)


def _add(total: dict[str, float], size: float, items: float, items_in_lines: float) -> None:
    total["bytes"] += size * items
    total["lines"] += size * items_in_lines
