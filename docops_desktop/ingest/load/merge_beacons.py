"""Several beacons of one page view become one row: repeats are dropped, an unload beacon is merged into its page view.

An unload beacon tells what only the end of a view knows (layout shift, interaction delay, errors). It finds its view by the adapter's view key
among the rows that stand for a view; the last of them, when single-page navigations share the key. One whose view is not in this export is
left out, since the view's own beacon is counted in another file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.load.page_view_rows import COUNTED_AS_VIEW, METRICS
from docops_desktop.ingest.privacy.keys import Keys
from docops_desktop.ingest.values.values import Bools

MERGED = "unload beacon, merged into its page view"
ORPHAN = "unload beacon without its page view in this export"
REPEATED = "repeated beacon"
_FINAL = ("cls", "inp_ms")
"""Metrics for which the later value is the right one."""
_SUMS = ("errors", "conversions", "revenue_minor")
_CARRIED = (*METRICS, "cls", *_SUMS)


@dataclass(frozen=True)
class MergePlan:
    """What happens to the rows of an import, by their number in order of reading.

    Attributes:
        dropped: rows that are not loaded.
        reasons: how many were dropped, by reason.
        targets: sorted numbers of the rows that take values from an unload beacon.
        values: those values, one row per target.
    """

    dropped: Bools
    reasons: dict[str, int]
    targets: npt.NDArray[np.int64]
    values: pa.Table | None


class BeaconMerger:
    """Collects keys while rows are read, and plans what to merge when all are known."""

    def __init__(self) -> None:
        self._view_keys: list[Keys] = []
        self._beacon_keys: list[Keys] = []
        self._unload: list[Bools] = []
        self._is_view: list[Bools] = []
        self._ends: list[pa.Table] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Note the keys of a batch, and keep the values of its unload beacons."""
        unload = _bools(batch, "unload")
        self._view_keys.append(_ints(batch, "view_key"))
        self._beacon_keys.append(_ints(batch, "beacon_key"))
        self._unload.append(unload)
        self._is_view.append(COUNTED_AS_VIEW[_ints(batch, "view_class")] & ~unload)
        if unload.any():
            self._ends.append(pa.Table.from_batches([batch]).select(list(_CARRIED)).filter(pa.array(unload)))

    def plan(self) -> MergePlan:
        """Return what to do with the rows that were added."""
        if not self._unload:
            return MergePlan(np.zeros(0, dtype=bool), {}, np.zeros(0, np.int64), None)
        views, unload = np.concatenate(self._view_keys), np.concatenate(self._unload)
        is_view = np.concatenate(self._is_view)
        repeated = _repeats(np.concatenate(self._beacon_keys))
        dropped = repeated.copy()
        ends = np.flatnonzero(unload)
        live = ~repeated[ends]
        candidates = np.flatnonzero(is_view & ~repeated & (views != 0))
        found = _last_with_key(views, candidates, ends)
        dropped[ends] = True
        reasons = {
            REPEATED: int(repeated.sum()),
            MERGED: int((live & (found >= 0)).sum()),
            ORPHAN: int((live & (found < 0)).sum()),
        }
        matched = np.flatnonzero(live & (found >= 0))
        if not len(matched):
            return MergePlan(dropped, reasons, np.zeros(0, np.int64), None)
        goals = found[matched]
        order = np.argsort(goals, kind="stable")
        last = np.append(goals[order][1:] != goals[order][:-1], True)
        chosen = order[last]
        values = pa.concat_tables(self._ends, promote_options="default").take(pa.array(matched[chosen]))
        return MergePlan(dropped, reasons, goals[chosen], values)


def apply_plan(batch: pa.RecordBatch, first: int, plan: MergePlan) -> pa.RecordBatch:
    """Return a batch, whose first row has the number ``first``, with values merged and dropped rows taken out."""
    end = first + batch.num_rows
    low, high = np.searchsorted(plan.targets, (first, end))
    if plan.values is not None and high > low:
        batch = _merged(batch, plan.targets[low:high] - first, plan.values.slice(low, high - low))
    dropped = plan.dropped[first:end]
    return batch.filter(pa.array(~dropped)) if dropped.any() else batch


def _merged(batch: pa.RecordBatch, rows: npt.NDArray[np.int64], values: pa.Table) -> pa.RecordBatch:
    place = np.full(batch.num_rows, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    indices = pa.array(place, mask=place < 0)
    columns = {name: batch.column(name) for name in batch.schema.names}
    for name in _CARRIED:
        later = pc.take(values.column(name).combine_chunks(), indices)
        own = columns[name]
        if name in _FINAL:
            columns[name] = pc.coalesce(later, own)
        elif name in _SUMS:
            columns[name] = pc.max_element_wise(own, later)
        else:
            columns[name] = pc.coalesce(own, later)
    return pa.RecordBatch.from_pydict(columns)


def _repeats(keys: Keys) -> Bools:
    """Return which rows repeat an earlier row's key (0 = no key)."""
    repeated = np.zeros(len(keys), dtype=bool)
    rows = np.flatnonzero(keys)
    if len(rows) > 1:
        order = rows[np.argsort(keys[rows], kind="stable")]
        repeated[order[1:]] = keys[order[1:]] == keys[order[:-1]]
    return repeated


def _last_with_key(
    keys: Keys, candidates: npt.NDArray[np.int64], seekers: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return for each seeker the last candidate row that has its key, or -1."""
    found = np.full(len(seekers), -1, dtype=np.int64)
    if not len(candidates) or not len(seekers):
        return found
    order = candidates[np.argsort(keys[candidates], kind="stable")]
    ordered = keys[order]
    place = np.searchsorted(ordered, keys[seekers], side="right") - 1
    hit = (place >= 0) & (ordered[np.maximum(place, 0)] == keys[seekers]) & (keys[seekers] != 0)
    found[hit] = order[place[hit]]
    return found


def _ints(batch: pa.RecordBatch, name: str) -> Keys:
    return np.asarray(batch.column(name).to_numpy(zero_copy_only=False), dtype=np.int64)


def _bools(batch: pa.RecordBatch, name: str) -> Bools:
    return np.asarray(batch.column(name).to_numpy(zero_copy_only=False), dtype=bool)
