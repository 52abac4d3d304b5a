"""Page views to sessions: by session id, else by user and 30 minutes of silence, else each view stands alone; and the sessions' rows.

A session's attributes are the first filled ones of its views in time; its figures are sums, or what the export states of
the whole visit. Memory: about 150 bytes per session of the export.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.load.loading import RowSink
from docops_desktop.ingest.load.page_view_rows import SESSION_DIMENSIONS
from docops_desktop.ingest.privacy.keys import KeyIndex, Keys, mixed
from docops_desktop.ingest.values.channels import DIRECT

SILENCE_MS = 30 * 60_000
_SLICE = 200_000
_DIMENSIONS = frozenset(SESSION_DIMENSIONS)
Ints = npt.NDArray[np.int64]


Salt = Callable[[], int]
Alive = Callable[[int], list[tuple[int, int, int]]]


def silence_keys(user_keys: Keys, times: Ints, session_keys: Keys, alive: Alive | None = None) -> Keys:
    """Return session keys in which rows without one, but with a user, got one by 30 minutes of silence.

    Args:
        alive: tells sessions of earlier parts of the log, which go on here: (user key, session key, end ms) since a time (ms).
    """
    rows = np.flatnonzero((session_keys == 0) & (user_keys != 0))
    if not len(rows):
        return session_keys
    users, moments = user_keys[rows], times[rows]
    order = np.lexsort((moments, users))
    users, moments = users[order], moments[order]
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = (users[1:] != users[:-1]) | (moments[1:] - moments[:-1] > SILENCE_MS)
    opens = np.flatnonzero(begins)
    fresh = mixed(users[opens], moments[opens])
    if alive is not None:
        fresh = _continued(fresh, users[opens], moments[opens], alive(int(moments.min()) - SILENCE_MS))
    keys = session_keys.copy()
    keys[rows[order]] = fresh[np.cumsum(begins) - 1]
    return keys


def _continued(keys: Keys, users: Keys, starts: Ints, alive: list[tuple[int, int, int]]) -> Keys:
    """Return the sessions' keys, that of an earlier part where the user's silence in between was short enough."""
    latest: dict[int, tuple[int, int]] = {}
    for user, key, end in alive:
        if user not in latest or end > latest[user][1]:
            latest[user] = key, end
    known = np.isin(users, np.fromiter(latest, np.int64, len(latest)))
    for place in np.flatnonzero(known):
        key, end = latest[int(users[place])]
        if abs(int(starts[place]) - end) <= SILENCE_MS and (place == 0 or users[place - 1] != users[place]):
            keys[place] = key
    return keys


def lone_keys(session_keys: Keys, first_row: int, salt: Salt) -> Keys:
    """Return session keys in which rows without any got one of their own.

    Args:
        session_keys: 0 = none.
        first_row: number of the first row in the export.
        salt: returns a number that differs between exports; only asked when a row needs it.
    """
    rows = np.flatnonzero(session_keys == 0)
    if not len(rows):
        return session_keys
    keys = session_keys.copy()
    keys[rows] = mixed(np.full(len(rows), salt(), dtype=np.int64), rows.astype(np.int64) + first_row)
    return keys


class Sessions:
    """The sessions of one import while their views come in."""

    def __init__(self, sink: RowSink) -> None:
        self._sink = sink
        self._index = KeyIndex()
        self._ids = _Growing(np.int64)
        self._keys = _Growing(np.int64)
        self._users = _Growing(np.int64)
        self._starts = _Growing(np.int64)
        self._ends = _Growing(np.int64)
        self._conversions = _Growing(np.int64)
        self._revenue = _Growing(np.int64)
        self._stated = {name: _Growing(np.int64) for name in ("session_conversions", "session_revenue_minor")}
        self._currency = _Growing(np.int32)
        self._codes: dict[str, _Growing] = {}
        self._currencies: dict[str, int] = {"": 0}

    @property
    def count(self) -> int:
        """Sessions so far."""
        return self._index.count

    def add(self, batch: pa.RecordBatch, session_keys: Keys) -> Ints:
        """Add views; return the session id of each row."""
        times = np.asarray(batch.column("time_ms").to_numpy(), dtype=np.int64)
        if bool((times[1:] >= times[:-1]).all()):
            rows = self._add(batch, times, session_keys)
            return self._ids.data[rows]
        order = np.argsort(times, kind="stable")
        rows = self._add(batch.take(pa.array(order)), times[order], session_keys[order])
        ids = np.empty(len(times), dtype=np.int64)
        ids[order] = self._ids.data[rows]
        return ids

    def _add(self, batch: pa.RecordBatch, times: Ints, session_keys: Keys) -> Ints:
        """Add views in order of time; return the number of each row's session."""
        encoded = pa.array(session_keys).dictionary_encode()  # of each row: which of the batch's sessions
        views = _Views(encoded.indices.to_numpy(), len(encoded.dictionary))
        distinct = encoded.dictionary.to_numpy()
        numbers, fresh = self._index.number(distinct)
        self._grow(distinct, numbers, fresh)
        first_times, last_times = times[views.first], times[views.last]
        self._attributes(batch, views, numbers, first_times < self._starts.data[numbers])
        self._starts.data[numbers] = np.minimum(self._starts.data[numbers], first_times)
        self._ends.data[numbers] = np.maximum(self._ends.data[numbers], last_times)
        rows = numbers[views.codes]
        for column, total in (("conversions", self._conversions), ("revenue_minor", self._revenue)):
            values = _numbers(batch, column)
            have = np.flatnonzero(values)
            np.add.at(total.data, rows[have], values[have])
        for column, stated in self._stated.items():
            if column in batch.schema.names:
                np.maximum.at(stated.data, rows, _numbers(batch, column))
        return rows

    def _grow(self, distinct: Keys, numbers: Ints, fresh: Ints) -> None:
        if not len(fresh):
            return
        size = self._index.count
        grown = (
            self._ids,
            self._keys,
            self._users,
            self._starts,
            self._ends,
            self._conversions,
            self._revenue,
            self._currency,
        )
        for growing in (*grown, *self._stated.values(), *self._codes.values()):
            growing.resize(size)
        new = numbers[fresh]
        first = self._sink.new_session_ids(len(fresh))
        self._ids.data[new] = np.arange(first, first + len(fresh))
        self._keys.data[new] = distinct[fresh]
        self._starts.data[new] = np.iinfo(np.int64).max
        self._ends.data[new] = np.iinfo(np.int64).min

    def _attributes(self, batch: pa.RecordBatch, views: _Views, numbers: Ints, earlier: Any) -> None:
        """Take over what the views say of their sessions.

        Args:
            batch: the views, in order of time.
            views: to which of the batch's sessions they belong.
            numbers: of those sessions.
            earlier: which of them begin before what was known of them.
        """
        columns: list[tuple[_Growing, Any]] = [(self._users, batch.column("user_key").to_numpy())]
        columns += [
            (self._codes_of(name), batch.column(name).fill_null(0).to_numpy(zero_copy_only=False))
            for name in batch.schema.names
            if name in _DIMENSIONS or name.startswith("custom.")
        ]
        columns.append((self._currency, self._currency_codes(batch.column("currency"))))
        for growing, values in columns:
            found, rows = views.first_filled(np.asarray(values))
            owners = numbers[found]
            take = (growing.data[owners] == 0) | earlier[found]
            growing.data[owners[take]] = values[rows[take]]

    def _codes_of(self, dimension: str) -> _Growing:
        if dimension not in self._codes:
            self._codes[dimension] = _Growing(np.int32)
            self._codes[dimension].resize(self.count)
        return self._codes[dimension]

    def _currency_codes(self, values: Any) -> Any:
        encoded = values.dictionary_encode()
        codes = [self._currencies.setdefault(text, len(self._currencies)) for text in encoded.dictionary.to_pylist()]
        return np.array(codes, dtype=np.int32)[encoded.indices.to_numpy(zero_copy_only=False)]

    def write(self, share: Callable[[float], None]) -> None:
        """Append the sessions' rows; ``share`` is told which part of them is done."""
        if self._sink.judges_direct:
            direct = int(self._sink.encode("channel", pa.array([DIRECT]))[0].as_py())
            channel = self._codes_of("channel").data
            channel[channel == 0] = direct
        known = {name: codes for name, codes in self._codes.items() if codes.data.any()}
        names = pa.array(sorted(self._currencies, key=lambda text: self._currencies[text]), pa.string())
        for start in range(0, self.count, _SLICE):
            share(start / self.count)
            part = slice(start, min(start + _SLICE, self.count))
            columns: dict[str, Any] = {
                "session_id": self._ids.data[part],
                "session_key": self._keys.data[part],
                "user_key": self._users.data[part],
                "start_ms": self._starts.data[part],
                "end_ms": self._ends.data[part],
                "conversions": np.maximum(self._conversions.data[part], self._stated["session_conversions"].data[part]),
                "revenue_minor": np.maximum(self._revenue.data[part], self._stated["session_revenue_minor"].data[part]),
                **{name: codes.data[part] for name, codes in known.items()},
            }
            table = pa.table({name: pa.array(values) for name, values in columns.items()})
            currency = pc.take(names, pa.array(self._currency.data[part]))
            self._sink.append("sessions", table.append_column("currency", currency))
            self._sink.reached("sessions", part.stop / self.count)


class _Views:
    """Which of a batch's sessions its views belong to.

    Attributes:
        codes: of each view, its session.
        first, last: of each session, its first and last view.
    """

    def __init__(self, codes: npt.NDArray[np.int32], sessions: int) -> None:
        self.codes = codes
        self._sessions = sessions
        self.first = self._firsts(np.arange(len(codes)))
        self.last = np.empty(sessions, dtype=np.int64)
        self.last[codes] = np.arange(len(codes))

    def _firsts(self, rows: Ints) -> Ints:
        """Return the first of these views of each session, -1 = none."""
        found = np.full(self._sessions, -1, dtype=np.int64)
        found[self.codes[rows[::-1]]] = rows[::-1]  # where several are written to one place, the last one stays
        return found

    def first_filled(self, values: Any) -> tuple[Ints, Ints]:
        """Return the sessions with a view whose value is not 0, and the first such view of each."""
        rows = np.flatnonzero(values)
        if len(rows) == len(values):
            return np.arange(self._sessions), self.first
        firsts = self._firsts(rows)
        found = np.flatnonzero(firsts >= 0)
        return found, firsts[found]


def _numbers(batch: pa.RecordBatch, column: str) -> Ints:
    return np.asarray(batch.column(column).fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)


class _Growing:
    """An array that grows by doubling; new items are 0."""

    def __init__(self, dtype: Any) -> None:
        self._array: npt.NDArray[Any] = np.zeros(1_024, dtype=dtype)
        self._size = 0

    @property
    def data(self) -> npt.NDArray[Any]:
        return self._array[: self._size]

    def resize(self, size: int) -> None:
        if size > len(self._array):
            bigger = np.zeros(max(size, 2 * len(self._array)), dtype=self._array.dtype)
            bigger[: self._size] = self._array[: self._size]
            self._array = bigger
        self._size = size
