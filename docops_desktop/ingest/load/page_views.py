"""Loads page-view records: straight through when each row names its session, else set aside until views are merged and sessions known."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.context import Context
from docops_desktop.ingest.load.loading import RowSink
from docops_desktop.ingest.load.merge_beacons import BeaconMerger, apply_plan
from docops_desktop.ingest.load.overlaps import LoadedViews
from docops_desktop.ingest.load.page_view_rows import METRICS, prepare
from docops_desktop.ingest.load.sessionize import Salt, Sessions, lone_keys, silence_keys
from docops_desktop.ingest.load.spool import Spool
from docops_desktop.ingest.privacy.keys import Keys
from docops_desktop.store.worker import Worker

_STORED = ("time_ms", "view_class", "page_group", "page_url", *METRICS, "cls", "errors", "conversions", "revenue_minor")

_WAITING = 2
"""Blocks that may wait to become sessions while the next ones are prepared."""
_SPOOLED_SHARE = 0.8
"""Part of the work after the last record that views which were set aside are; the sessions' rows are the rest."""


class PageViewLoader:
    """Takes the blocks of all members of one export, then finishes them together."""

    def __init__(self, salt: Salt) -> None:
        self._salt = salt
        self._sessions: Sessions | None = None
        self._worker = Worker("sessions", _WAITING)
        self._loaded: LoadedViews | None = None
        self._row = 0
        self._spool: Spool | None = None
        self._merger: BeaconMerger | None = None
        self._users: list[Keys] = []
        self._keys: list[Keys] = []
        self._times: list[Keys] = []

    def load(self, context: Context, blocks: Iterator[Block]) -> None:
        """Load or set aside the rows of some blocks."""
        merges = bool(context.spec.view_keys or context.spec.beacon_keys)
        for block in blocks:
            batch = prepare(context, block)
            context.meter.rows(block.records)
            context.meter.check()
            if batch is None:
                continue
            by_silence = not context.cells(block).has("session")
            if self._spool is not None or merges or by_silence:
                self._set_aside(batch)
            else:
                self._write(context, batch, _keys(batch, "session_key"), _keys(batch, "user_key"))
                context.sink.reached("page_views", context.meter.read_share)

    def finish(self, context: Context) -> None:
        """Load what was set aside, and the sessions."""
        if self._spool is not None:
            self._write_spooled(context, self._spool)
        self._worker.wait()
        context.sink.reached("page_views", 1.0)
        if self._sessions is not None:
            before = _SPOOLED_SHARE if self._spool is not None else 0.0
            self._sessions.write(lambda done: context.meter.share(before + (1.0 - before) * done))

    def close(self) -> None:
        """Release what was set aside."""
        self._worker.close()
        if self._spool is not None:
            self._spool.__exit__(None, None, None)

    def _set_aside(self, batch: pa.RecordBatch) -> None:
        self._spool = self._spool or Spool()
        self._merger = self._merger or BeaconMerger()
        self._merger.add(batch)
        self._spool.append(batch)
        self._users.append(_keys(batch, "user_key"))
        self._keys.append(_keys(batch, "session_key"))
        self._times.append(_keys(batch, "time_ms"))

    def _write_spooled(self, context: Context, spool: Spool) -> None:
        assert self._merger is not None
        plan = self._merger.plan()
        context.meter.check()
        for reason, count in plan.reasons.items():
            context.tally.filter(reason, count)
        users, keys, times = (np.concatenate(parts) for parts in (self._users, self._keys, self._times))
        keys[plan.dropped & (keys == 0)] = 1  # a dropped row must not keep a session going
        users = context.aliases.resolved(users)  # only to find visits: kept is what each row names
        keys = silence_keys(users, times, keys, partial(_alive, context) if context.alive is not None else None)
        first = 0
        for batch in spool.batches():
            context.meter.share(_SPOOLED_SHARE * first / len(keys))
            end = first + batch.num_rows
            kept = apply_plan(batch, first, plan)
            if kept.num_rows:
                remain = ~plan.dropped[first:end]
                self._write(context, kept, keys[first:end][remain], users[first:end][remain])
            context.sink.reached("page_views", first / len(keys))
            first = end

    def _write(self, context: Context, batch: pa.RecordBatch, session_keys: Keys, user_keys: Keys) -> None:
        self._loaded = self._loaded or LoadedViews(context.earlier, context.aliases)
        fresh = np.ones(batch.num_rows, dtype=bool)
        for reason, repeated in self._loaded.find(batch, user_keys).items():
            context.tally.filter(reason, int(repeated.sum()))
            fresh &= ~repeated
        if not fresh.all():
            batch, session_keys = batch.filter(pa.array(fresh)), session_keys[fresh]
        if not batch.num_rows:
            return
        if self._sessions is None:
            self._sessions = Sessions(context.sink)
        session_keys = lone_keys(session_keys, self._row, self._salt)
        self._row += batch.num_rows
        context.tally.loaded += batch.num_rows
        self._worker.do(partial(_store, context.sink, self._sessions, batch, session_keys))


def _store(sink: RowSink, sessions: Sessions, batch: pa.RecordBatch, session_keys: Keys) -> None:
    """Add views to their sessions, and load them."""
    ids = sessions.add(batch, session_keys)
    stored = {name: batch.column(name) for name in _STORED}
    columns: dict[str, Any] = {name: values for name, values in stored.items() if values.null_count < len(values)}
    columns["session_id"] = pa.array(ids)
    beacons = _keys(batch, "beacon_key")
    if beacons.any():
        columns["beacon_key"] = pa.array(beacons, mask=beacons == 0)
    sink.append("page_views", pa.table(columns))


def _alive(context: Context, since_ms: int) -> list[tuple[int, int, int]]:
    assert context.alive is not None
    return [(context.aliases.person(user), session, end) for user, session, end in context.alive(since_ms)]


def _keys(batch: pa.RecordBatch, name: str) -> Keys:
    return np.asarray(batch.column(name).to_numpy(), dtype=np.int64)
