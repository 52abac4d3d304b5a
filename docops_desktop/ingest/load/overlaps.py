"""Which records of an export were loaded before, from a download that overlaps it: these must not add up.

Records of what happens (views, mailings, sessions) are told apart by whose they are, when and what; as two of them can be equal and both real, only
as many are repeats as were loaded. Earlier imports are only looked into when their time and the export's meet. Nothing is dropped here. Records
that change after their first export (campaign days, orders, leads) are loaded all the same: ``store.superseded`` says which download counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.privacy.keys import Keys, mixed, passing_keys
from docops_desktop.ingest.values.distinct import decoded
from docops_desktop.ingest.values.values import Bools, as_bools
from docops_desktop.model.traffic import ViewClass
from docops_desktop.store.aliases import Aliases
from docops_desktop.store.overlaps import EVENTS, SEPARATOR, TIMES, Earlier, Span

CELL_LOADED = "group of page loads already loaded"
VIEW_LOADED = "page view already loaded"
REASONS = {
    "email_events": "mailing event already loaded",
    "exposures": "exposure already loaded",
    "resources": "resource already loaded",
    "sessions": "session already loaded",
}
BEACON_REPEATED = "repeated beacon"
ALREADY_LOADED = frozenset({CELL_LOADED, VIEW_LOADED, BEACON_REPEATED, *REASONS.values()})
"""Reasons for leaving out what is in the workspace."""
RETRANSMITTED_MS = 3_600_000
"""A beacon that is sent again arrives within this time."""
_COARSE_MS = 3_600_000
"""Where all times are full hours they are rounded, or days: they tell no view from another."""
Read = Callable[[int], Iterable[Keys]]


class Repeats:
    """Identities that earlier imports brought, each as often as it was loaded.

    Args:
        spans: the earlier imports.
        read: returns the identities of one of them (0 = none).
        grace_ms: how far the times of the same record may lie apart.
    """

    def __init__(self, spans: list[Span], read: Read, grace_ms: int = 0) -> None:
        self._ahead = spans
        self._read = read
        self._grace_ms = grace_ms
        self._keys: Keys = np.empty(0, dtype=np.int64)
        self._left: Keys = np.empty(0, dtype=np.int64)

    def find(self, identities: Keys, times: Keys) -> Bools:
        """Return which rows are repeats; each takes one that was loaded out of the account.

        Args:
            identities: of the rows, 0 = none.
            times: of the rows (UTC epoch ms).
        """
        repeated = np.zeros(len(identities), dtype=bool)
        rows = np.flatnonzero(identities)
        if not len(rows) or not (self._ahead or len(self._keys)):
            return repeated
        self._look_into(int(times[rows].min()) - self._grace_ms, int(times[rows].max()) + self._grace_ms)
        if not len(self._keys):
            return repeated
        place = np.minimum(np.searchsorted(self._keys, identities[rows]), len(self._keys) - 1)
        hit = self._keys[place] == identities[rows]
        rows, place = rows[hit], place[hit]
        order = np.argsort(place, kind="stable")
        rows, place = rows[order], place[order]
        begins = np.append(True, place[1:] != place[:-1])[: len(place)]
        firsts = np.flatnonzero(begins)
        nth = np.arange(len(place)) - np.repeat(firsts, np.diff(firsts, append=len(place)))
        found = nth < self._left[place]
        np.subtract.at(self._left, place[found], 1)
        repeated[rows[found]] = True
        return repeated

    def _look_into(self, first_ms: int, last_ms: int) -> None:
        meet = meeting(self._ahead, first_ms, last_ms)
        if not meet:
            return
        self._ahead = [span for span in self._ahead if span not in meet]
        found = [self._keys.repeat(self._left)]
        found += [keys[keys != 0] for span in meet for keys in self._read(span.import_id)]
        self._keys, self._left = np.unique(np.concatenate(found), return_counts=True)


def meeting(spans: list[Span], first_ms: int, last_ms: int) -> list[Span]:
    """Return the spans that share a moment with another one."""
    return [span for span in spans if span.first_ms <= last_ms and span.last_ms >= first_ms]


class LoadedViews:
    """Page views that earlier imports brought: the same session (or user), time, address and class, or the same beacon.

    Synthetic runs are nobody's: they are told apart by their load time.

    Args:
        earlier: None = none.
        aliases: whose keys are one person's.
    """

    def __init__(self, earlier: Earlier | None, aliases: Aliases) -> None:
        self._earlier = earlier
        self._aliases = aliases
        self._spans = earlier.spans("page_views") if earlier is not None else []
        self._by: dict[str, Repeats] = {}
        self._beacons: Repeats | None = None

    def find(self, batch: pa.RecordBatch, user_keys: Keys) -> dict[str, Bools]:
        """Return which rows of a batch are repeats, by reason.

        Args:
            batch: as ``page_views.prepare`` makes them.
            user_keys: the rows' users, identities of one person already made one.
        """
        if self._earlier is None or not batch.num_rows:
            return {}
        found: dict[str, Bools] = {}
        times = _ints(batch, "time_ms")
        beacons = _ints(batch, "beacon_key")
        open_rows = np.ones(batch.num_rows, dtype=bool)
        if beacons.any():
            found[BEACON_REPEATED] = self._beacon_repeats(self._earlier).find(beacons, times)
            open_rows &= ~found[BEACON_REPEATED]
        if meeting(self._spans, int(times.min()), int(times.max())):
            sessions = _ints(batch, "session_key")
            what = {name: _ints(batch, name) for name in ("time_ms", "view_class", "page_url", "page_group")}
            repeated = np.zeros(batch.num_rows, dtype=bool)
            run = what["view_class"] == ViewClass.SYNTHETIC
            persons = {"run": np.where(run, _ints(batch, "load_ms") + 1, 0)}
            if (times % _COARSE_MS).any():
                persons["session_key"] = np.where(run, 0, sessions)
                persons["user_key"] = np.where(run | (sessions != 0), 0, user_keys)
            for person, keys in persons.items():
                if keys.any():
                    identities = np.where(open_rows, view_identity(keys, what), 0)
                    repeated |= self._repeats(self._earlier, person).find(identities, times)
            found[VIEW_LOADED] = repeated
        return found

    def _repeats(self, earlier: Earlier, person: str) -> Repeats:
        def read(import_id: int) -> Iterable[Keys]:
            for block in earlier.views(import_id, person):
                whose = self._aliases.resolved(block["person"]) if person == "user_key" else block["person"]
                yield np.where(block["beacon_key"] == 0, view_identity(whose, block), 0)

        return self._by.setdefault(person, Repeats(self._spans, read))

    def _beacon_repeats(self, earlier: Earlier) -> Repeats:
        if self._beacons is None:
            spans = earlier.spans("page_views", own_parts=True)
            self._beacons = Repeats(spans, earlier.beacons, RETRANSMITTED_MS)
        return self._beacons


def view_identity(person: Keys, what: dict[str, Keys]) -> Keys:
    """Return what tells page views apart, 0 for those of nobody."""
    page = np.where(what["page_url"] != 0, 2 * what["page_url"], 2 * what["page_group"] + 1)
    identity = mixed(mixed(person, what["time_ms"]), mixed(page, what["view_class"]))
    return np.where(person != 0, identity, 0)


class LoadedEvents:
    """Events of a plain table that earlier imports brought.

    Args:
        earlier: None = none.
        table: one that ``REASONS`` names, else nothing is a repeat.
    """

    def __init__(self, earlier: Earlier | None, table: str) -> None:
        self._table = table
        self._loaded: Repeats | None = None
        if earlier is not None and table in EVENTS:
            self._loaded = Repeats(earlier.spans(table), lambda number: map(_hashed, earlier.events(table, number)))

    def find(self, columns: dict[str, Any], open_rows: Bools) -> Bools:
        """Return which of the open rows are repeats."""
        if self._loaded is None:
            return np.zeros(len(open_rows), dtype=bool)
        names = EVENTS[self._table]
        key = _joined(columns, names)
        first = pc.fill_null(pc.cast(decoded(columns[names[0]]), pa.string()), "")
        is_open = open_rows & ~as_bools(pc.is_in(first, value_set=pa.array(["", "0"])))
        times = pc.fill_null(columns[TIMES.get(self._table, "time_ms")], 0)
        return self._loaded.find(
            np.where(is_open, passing_keys(key), 0), np.asarray(times.to_numpy(zero_copy_only=False))
        )


def _joined(columns: dict[str, Any], names: tuple[str, ...]) -> Any:
    parts = [pc.fill_null(pc.cast(decoded(columns[name]), pa.string()), "") for name in names]
    return pc.binary_join_element_wise(*parts, SEPARATOR)


def _hashed(texts: list[str]) -> Keys:
    return passing_keys(pa.array(texts, pa.string()))


def _ints(batch: pa.RecordBatch, name: str) -> Keys:
    return np.asarray(pc.fill_null(batch.column(name), 0).to_numpy(zero_copy_only=False), dtype=np.int64)
