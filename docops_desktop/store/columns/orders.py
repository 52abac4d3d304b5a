"""Orders find their session: by session key, else by user key and time (within the session or up to 30 minutes after its last page view)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from docops_desktop.model.timespan import MS_PER_MINUTE
from docops_desktop.store.column_reader import read_columns

IntArray = npt.NDArray[np.int64]

GRACE_MS = 30 * MS_PER_MINUTE
"""How long after a session's last page view an order of its user still belongs to it."""

NO_SALE = ("cancelled", "canceled", "voided", "void", "failed", "declined", "refunded", "rejected")
"""Order states (lower case) that are no conversion."""


@dataclass
class Orders:
    """Orders that count: time, keys, revenue in minor units of the workspace's currency (0 when in another one)."""

    time_ms: IntArray
    session_keys: IntArray
    user_keys: IntArray
    revenue: IntArray
    excluded: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.time_ms)


def read_orders(connection: sqlite3.Connection, currency: str) -> Orders:
    """Read all orders but those of which a newer download counts, and the cancelled ones, which are counted."""
    literal = currency.replace("'", "''")
    states = ", ".join(f"'{state}'" for state in NO_SALE)
    expressions = {
        "time_ms": "time_ms",
        "session_key": "session_key",
        "user_key": "user_key",
        "revenue": "revenue_minor",
        "foreign": f"ifnull(currency, '') NOT IN ('', '{literal}')",
        "no_sale": f"lower(trim(ifnull(status, ''))) IN ({states})",
        "superseded": "superseded_by",
    }
    with closing(read_columns(connection, "orders", expressions)) as reading:
        blocks = list(reading)
    every = {name: np.concatenate([block[name] for block in blocks] or [np.zeros(0, np.int64)]) for name in expressions}
    counts_now = every.pop("superseded") == 0
    every = {name: values[counts_now] for name, values in every.items()}
    sold = every.pop("no_sale") == 0
    columns = {name: values[sold] for name, values in every.items()}
    foreign = columns["foreign"] != 0
    counts = {"cancelled order": int((~sold).sum()), "order in another currency": int(foreign.sum())}
    return Orders(
        columns["time_ms"],
        columns["session_key"],
        columns["user_key"],
        np.where(foreign, 0, columns["revenue"]),
        {reason: count for reason, count in counts.items() if count},
    )


def attach(
    orders: Orders, keys: IntArray, start_ms: IntArray, end_ms: IntArray | None, users: IntArray | None
) -> IntArray:
    """Return each order's session row, or -1.

    Args:
        orders: the orders.
        keys, start_ms: session key and start of each session row.
        end_ms, users: last instant and user key of each session row; only needed when some order has a user key.
    """
    found = _by_key(orders.session_keys, keys)
    if users is not None and end_ms is not None:
        open_orders = np.flatnonzero((found < 0) & (orders.user_keys != 0))
        found[open_orders] = _by_user(
            orders.user_keys[open_orders], orders.time_ms[open_orders], users, start_ms, end_ms
        )
    return found


def _by_key(wanted: IntArray, keys: IntArray) -> IntArray:
    if not len(keys):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(keys, kind="stable")
    places = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
    rows = order[places]
    return np.where((keys[rows] == wanted) & (wanted != 0), rows, -1)


def _by_user(wanted: IntArray, time_ms: IntArray, users: IntArray, start_ms: IntArray, end_ms: IntArray) -> IntArray:
    """Return the latest session of the same user that began at or before each time, if it had not ended for more than the grace."""
    candidates = np.flatnonzero(np.isin(users, wanted) & (users != 0))
    if not len(candidates) or not len(wanted):
        return np.full(len(wanted), -1, np.int64)
    sizes = len(candidates), len(wanted)
    user = np.concatenate((users[candidates], wanted))
    time = np.concatenate((start_ms[candidates], time_ms))
    is_order = np.repeat([0, 1], sizes)
    order = np.lexsort((is_order, time, user))
    last_session = np.maximum.accumulate(np.where(is_order[order] == 0, np.arange(len(order)), -1))
    at = np.empty(len(order), np.int64)
    at[order] = last_session
    at = at[sizes[0] :]
    rows = candidates[np.minimum(order[np.maximum(at, 0)], sizes[0] - 1)]
    fits = (at >= 0) & (users[rows] == wanted) & (time_ms <= end_ms[rows] + GRACE_MS)
    return np.where(fits, rows, -1)
