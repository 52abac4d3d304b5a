"""Loads aggregates of page loads (one row = a group of page loads with histograms of their timings) as weighted page views.

A group becomes cells: page views that stand for many. Each timing keeps its own distribution and its own number of measurements exactly, at the
middles of the export's buckets. Which of a group's layout shifts went with which of its load times is not in such an export; within a group they
are paired by rank. No session is in it either: every page load stands alone. The ledger counts the export's rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.context import Context
from docops_desktop.ingest.load.block_loader import BlockLoader
from docops_desktop.ingest.load.classify import classify
from docops_desktop.ingest.load.overlaps import CELL_LOADED, Repeats
from docops_desktop.ingest.load.page_view_rows import SESSION_DIMENSIONS, filtered_rows, settle
from docops_desktop.ingest.privacy.keys import joined, mixed, passing_keys
from docops_desktop.ingest.values.attributes import attributes
from docops_desktop.ingest.values.fields import Fields
from docops_desktop.ingest.values.values import Bools, Cells, Rejects, as_bools

_HISTOGRAMS = {
    "load_ms": "plt",
    "ttfb_ms": "ttfb",
    "lcp_ms": "lcp",
    "fcp_ms": "fcp",
    "inp_ms": "inp",
    "cls": "cls",
}
_FIGURE = re.compile(r"_?(histogram|avg|sumln|count)$", re.IGNORECASE)
"""Columns of what was measured; all others say of which group."""
_CLS_SCALE = 1_000
"""Layout shifts are exported times 1000 (documented with the tables)."""
_LIMIT = 2**31 - 1
_DECODER = msgspec.json.Decoder(dict[str, tuple[float, int]], strict=False)
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Histogram:
    """Ascending middles of buckets, and the running totals of their counts."""

    middles: tuple[float, ...]
    ends: tuple[int, ...]

    @property
    def total(self) -> int:
        return self.ends[-1] if self.ends else 0


class CellLoader(BlockLoader):
    """Takes the blocks of an export of such groups."""

    def __init__(self) -> None:
        self._loaded: Repeats | None = None
        self._seen: Counter[int] = Counter()

    def _load(self, context: Context, block: Block, cells: Cells, rejects: Rejects) -> None:
        fields = Fields(context, cells, rejects)
        times = fields.time()
        weights = fields.number("samples", 0, _LIMIT)
        missing = as_bools(pc.is_null(weights))
        rejects.add(missing, "no number of page loads")
        groups = _groups(cells, weights, rejects)
        found = attributes(cells, context.agents, context.networks, strict=context.strict)
        classes, _ = classify(cells, context.spec, found.agents)
        unwanted = filtered_rows(context, cells)
        keys = self._record_keys(context, block, cells)
        unwanted.append((self._repeats(context, keys, times, rejects, unwanted), CELL_LOADED))
        keep = settle(context, block, rejects, unwanted)
        rows: list[int] = []
        places: list[int] = []
        parts: list[tuple[int, dict[str, float | None]]] = []
        for row in np.flatnonzero(keep):
            for place, cell in enumerate(split(*groups[row])):
                rows.append(int(row))
                places.append(place)
                parts.append(cell)
        context.tally.loaded += int(keep.sum())
        if rows:
            at = np.array(rows, dtype=np.int64)
            self._write(
                context, found, at, times, classes, parts, _cell_keys(keys[at], np.array(places, dtype=np.int64))
            )

    def _record_keys(self, context: Context, block: Block, cells: Cells) -> Ints:
        """What tells one record from another: the group that it is of, and how often the same has come before in this export.

        Its figures do not: a day that was downloaded before it was over comes again with others, and still is that day.
        """
        counted = {source.source.column for source in cells.sources("samples")}
        names = [name for name in sorted(block.table.column_names) if name not in counted and not _FIGURE.search(name)]
        columns = [pc.fill_null(block.table.column(name), "") for name in names]
        shape = pa.repeat("\x1f".join(names), block.table.num_rows)
        content = context.keys.masked(passing_keys(joined([shape, *(column.combine_chunks() for column in columns)])))
        nth = np.empty(len(content), dtype=np.int64)
        for row, key in enumerate(content.tolist()):
            nth[row] = self._seen[key]
            self._seen[key] += 1
        return mixed(content, nth)

    def _repeats(
        self, context: Context, keys: Ints, times: Any, rejects: Rejects, unwanted: list[tuple[Bools, str]]
    ) -> Bools:
        if context.earlier is None:
            return np.zeros(len(keys), dtype=bool)
        self._loaded = self._loaded or Repeats(context.earlier.spans("sessions"), context.earlier.session_keys)
        still_open = ~rejects.mask
        for mask, _ in unwanted:
            still_open &= ~mask
        moments = np.asarray(pc.fill_null(times, 0).to_numpy(zero_copy_only=False), dtype=np.int64)
        return self._loaded.find(np.where(still_open, _cell_keys(keys, np.zeros_like(keys)), 0), moments)

    def _write(
        self,
        context: Context,
        found: Any,
        rows: Ints,
        times: Any,
        classes: Any,
        parts: list[tuple[int, dict[str, float | None]]],
        keys: Ints,
    ) -> None:
        take = pa.array(rows)
        count = len(rows)
        first = context.sink.new_session_ids(count)
        ids = pa.array(np.arange(first, first + count))
        weight = pa.array([weight for weight, _ in parts], pa.int64())
        moments = pc.take(times, take)
        views: dict[str, Any] = {
            "session_id": ids,
            "time_ms": moments,
            "view_class": pa.array(classes[rows]),
            "weight": weight,
        }
        for name in _HISTOGRAMS:
            values = [cell[name] for _, cell in parts]
            if name == "cls":
                views[name] = pa.array(
                    [None if value is None else value / _CLS_SCALE for value in values], pa.float64()
                )
            else:
                views[name] = pa.array([None if value is None else round(value) for value in values], pa.int64())
        if found.addresses is not None:
            views["page_url"] = context.sink.encode("page_url", pc.take(found.addresses.path, take))
        sessions: dict[str, Any] = {
            "session_id": ids,
            "session_key": pa.array(keys),
            "start_ms": moments,
            "end_ms": moments,
            "weight": weight,
        }
        for name, texts in found.texts.items():
            if name in SESSION_DIMENSIONS or name.startswith("custom."):
                sessions[name] = context.sink.encode(name, pc.take(texts, take))
        context.sink.append("sessions", pa.table(sessions))
        context.sink.append("page_views", pa.table(views))


def _cell_keys(record_keys: Ints, places: Ints) -> Ints:
    """Keys of cells: the record's, and which of its cells it is."""
    return mixed(record_keys, places)


def split(weight: int, histograms: dict[str, _Histogram]) -> Iterator[tuple[int, dict[str, float | None]]]:
    """Yield the cells of a group of ``weight`` page loads: how many each stands for, and its timings (None = not measured).

    Every timing's distribution over the cells is its histogram; those without a measurement come last.
    """
    edges = {weight}
    for histogram in histograms.values():
        edges.update(histogram.ends)
    place = dict.fromkeys(histograms, 0)
    start = 0
    for end in sorted(edges):
        if end <= start:
            continue
        values: dict[str, float | None] = {}
        for name, histogram in histograms.items():
            at = place[name]
            while at < len(histogram.ends) and histogram.ends[at] <= start:
                at += 1
            place[name] = at
            values[name] = histogram.middles[at] if at < len(histogram.ends) else None
        yield end - start, values
        start = end


def parse_histogram(text: str | None) -> _Histogram:
    """Return the histogram in a cell: JSON ``{"bucket": [middle, count], ...}``; an empty one for an empty cell.

    Raises:
        ValueError: it is none.
    """
    if not text or text == "{}":
        return _Histogram((), ())
    try:
        buckets = _DECODER.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    pairs = sorted(pair for pair in buckets.values() if pair[1])
    if any(not 0 <= middle <= _LIMIT or not 0 <= count <= _LIMIT for middle, count in pairs):
        raise ValueError("out of range")
    return _Histogram(tuple(middle for middle, _ in pairs), tuple(accumulate(count for _, count in pairs)))


def _groups(cells: Cells, weights: Any, rejects: Rejects) -> list[tuple[int, dict[str, _Histogram]]]:
    """Read the histograms of all rows; rows with an unreadable one, or with more measurements than page loads, are rejected."""
    columns = {name: cells.raw(f"{prefix}histogram") for name, prefix in _HISTOGRAMS.items()}
    texts = {
        name: values.to_pylist() if values is not None else [None] * cells.rows for name, values in columns.items()
    }
    known: dict[str, _Histogram] = {}
    faulty: dict[str, Bools] = {}
    groups: list[tuple[int, dict[str, _Histogram]]] = []
    for row, weight in enumerate(weights.to_pylist()):
        found: dict[str, _Histogram] = {}
        for name, prefix in _HISTOGRAMS.items():
            text = texts[name][row] or ""
            try:
                histogram = known[text] = known[text] if text in known else parse_histogram(text)
            except ValueError:
                histogram = _Histogram((), ())
                reason = f"unreadable histogram in '{prefix.upper()}HISTOGRAM'"
                faulty.setdefault(reason, np.zeros(cells.rows, dtype=bool))[row] = True
            if weight is not None and histogram.total > weight:
                reason = f"'{prefix.upper()}HISTOGRAM' counts more measurements than page loads"
                faulty.setdefault(reason, np.zeros(cells.rows, dtype=bool))[row] = True
            found[name] = histogram
        groups.append((int(weight or 0), found))
    for reason, mask in faulty.items():
        rejects.add(mask, reason)
    return groups
