"""From tables to columns: the one place that puts the steps of a build in order.

Columns are handed out one by one, each dropped when it is written, so that a build needs little more memory than what it has read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.model.definitions import Definitions
from docops_desktop.store import meta
from docops_desktop.store.aliases import read_aliases
from docops_desktop.store.columns.calendar import base_quarter_ms, quarters
from docops_desktop.store.columns.conversions import NEVER, Stated, decide, flags_of, stated_events
from docops_desktop.store.columns.dictionaries import CodeBook, read_code_book
from docops_desktop.store.columns.flags import view_flags
from docops_desktop.store.columns.merge_sessions import merge_parts
from docops_desktop.store.columns.orders import Orders, attach, read_orders
from docops_desktop.store.columns.progress import Progress
from docops_desktop.store.columns.read_sessions import SessionParts, read_sessions
from docops_desktop.store.columns.read_views import Views, read_views
from docops_desktop.store.currency import minor_digits
from docops_desktop.store.facts import FactsHeader, narrowest
from docops_desktop.store.schema import dictionary_table, session_dimensions

IntArray = npt.NDArray[np.int64]
Array = npt.NDArray[Any]
_LATEST_OFFSET_MS = (1 << 31) - 1


@dataclass
class Columns:
    """A finished build: the header, and the columns as streams of (name, array) in the order they are to be written."""

    header: FactsHeader
    sessions: Iterator[tuple[str, Array]]
    page_views: Iterator[tuple[str, Array]]


def build(connection: sqlite3.Connection, progress: Progress) -> Columns:
    """Build the columns from one snapshot of a workspace.

    Raises:
        Cancelled: the caller wants no more.
    """
    definitions = meta.read_definitions(connection)
    currency = main_currency(connection)
    books = {name: read_code_book(connection, dictionary_table(name)) for name in session_dimensions(connection)}
    books["page_group"] = books["landing_page"]
    books["page_url"] = read_code_book(connection, "dim_page_url")
    orders = read_orders(connection, currency)
    progress.step("Reading sessions", 0.0)
    session_books = {name: book for name, book in books.items() if name not in ("page_group", "page_url")}
    with_users = bool(orders.user_keys.any())
    parts = read_sessions(connection, session_books, currency, progress, with_users=with_users)
    if with_users and parts.users is not None:
        aliases = read_aliases(connection)
        parts.users, orders.user_keys = aliases.resolved(parts.users), aliases.resolved(orders.user_keys)
    views = read_views(connection, parts.ids, books["page_group"], books["page_url"], progress)
    return _Build(definitions, currency, books, parts, views, orders, progress).columns(meta.data_version(connection))


def main_currency(connection: sqlite3.Connection) -> str:
    """Return the currency of most sessions and orders, or "" when none is named."""
    query = (
        "SELECT currency, sum(n) FROM (SELECT currency, count(*) AS n FROM sessions WHERE currency <> '' GROUP BY 1 "
        "UNION ALL SELECT currency, count(*) FROM orders WHERE currency <> '' GROUP BY 1) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"
    )
    row = connection.execute(query).fetchone()
    return "" if row is None else str(row[0])


class _Build:
    """The state of one build; each method is one step, called once by ``columns``."""

    def __init__(
        self,
        definitions: Definitions,
        currency: str,
        books: dict[str, CodeBook],
        parts: SessionParts,
        views: Views,
        orders: Orders,
        progress: Progress,
    ) -> None:
        self.definitions, self.currency, self.books = definitions, currency, books
        self.views, self.orders, self.progress = views, orders, progress
        self.excluded = {**views.excluded, **parts.excluded, **orders.excluded}
        self.parts, self.session_of_part = merge_parts(parts)

    def columns(self, data_version: str) -> Columns:
        """Run the steps and return the columns."""
        self.progress.step("Sorting", 0.76)
        rows = self._choose_and_sort()
        self._sort_views()
        self.progress.step("Applying the conversion rule", 0.86)
        converted, kind = self._conversions(rows)
        start_ms = self.parts.start_ms[rows]
        first, last = (int(start_ms[0]), int(start_ms[-1])) if len(rows) else (0, 0)
        base = base_quarter_ms(first, self.definitions.time_zone)
        dictionaries = {name: book.texts for name, book in self.books.items()}
        header = FactsHeader(
            data_version,
            self.definitions.time_zone,
            base,
            first,
            last,
            self.currency,
            minor_digits(self.currency),
            dictionaries,
            self.excluded,
            kind,
        )
        return Columns(header, self._session_columns(rows, start_ms, base, converted), self._view_columns(converted))

    def _choose_and_sort(self) -> IntArray:
        """Return the sessions to keep as rows of ``parts``, by start; set each part's final row (-1: left out)."""
        any_view, counted = (self._per_session(flags) for flags in (self.views.any_view, self.views.counted_view))
        kept = counted | ~any_view
        if not kept.all():
            self.excluded["session without a counted page view"] = int((~kept).sum())
        rows = np.flatnonzero(kept)
        rows = rows[np.argsort(self.parts.start_ms[rows], kind="stable")]
        final = np.full(len(self.parts), -1, dtype=np.int32)
        final[rows] = np.arange(len(rows), dtype=np.int32)
        self.row_of_part = final if self.session_of_part is None else final[self.session_of_part]
        return rows

    def _per_session(self, flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        if self.session_of_part is None:
            return flags
        result = np.zeros(len(self.parts), dtype=bool)
        result[self.session_of_part[flags]] = True
        return result

    def _sort_views(self) -> None:
        """Find the views' order by (session row, time), import order where times are equal; count each session's views."""
        row = self.row_of_part[self.views.part]
        self.n_rows = int(self.row_of_part.max(initial=-1)) + 1
        counts = np.bincount(row, minlength=self.n_rows)
        self.offsets = np.concatenate(([0], np.cumsum(counts)))
        first_ms = np.full(self.n_rows, NEVER)
        np.minimum.at(first_ms, row, self.views.time_ms)
        keys = np.minimum(self.views.time_ms - first_ms[row], _LATEST_OFFSET_MS)
        keys += row.astype(np.int64) << 31
        self.row = row
        self.order = None if bool((keys[1:] >= keys[:-1]).all()) else np.argsort(keys, kind="stable")

    def _sorted(self, values: Array) -> Array:
        return values if self.order is None else values[self.order]

    def _conversions(self, rows: IntArray) -> tuple[Stated, str]:
        views, count = self.views, len(rows)
        per_session = Stated.none(count)
        if self.parts.conversions is not None:
            per_session.count = self.parts.conversions[rows]
        if self.parts.revenue is not None:
            per_session.revenue = self.parts.revenue[rows]
        event_rows = self.row_of_part[views.conversion_part].astype(np.int64)
        revenue = views.conversion_revenue
        if self.parts.foreign is not None:
            revenue = self._in_currency(event_rows, revenue, self.parts.foreign[rows])
        per_view = stated_events(count, event_rows, views.conversion_ms, views.conversion_count, revenue)
        order_rows = self._attach_orders(rows)
        ones = np.ones(len(self.orders), np.int64)
        by_order = stated_events(count, order_rows, self.orders.time_ms, ones, self.orders.revenue)
        return decide(self.definitions.conversion, flags_of(per_session, per_view), by_order, self._reached(count))

    def _in_currency(self, event_rows: IntArray, revenue: IntArray, foreign: npt.NDArray[np.bool_]) -> IntArray:
        lost = (event_rows >= 0) & foreign[event_rows] & (revenue != 0)
        if lost.any():
            reason = "revenue in another currency"
            self.excluded[reason] = self.excluded.get(reason, 0) + int(lost.sum())
        return np.where(lost, 0, revenue)

    def _attach_orders(self, rows: IntArray) -> IntArray:
        if not len(self.orders):
            return np.zeros(0, np.int64)
        end_ms = users = None
        if self.parts.users is not None and self.parts.end_ms is not None:
            users, end_ms = self.parts.users[rows], np.maximum(self.parts.end_ms, self.parts.start_ms)[rows]
            np.maximum.at(end_ms, self.row, self.views.time_ms)
        found = attach(self.orders, self.parts.keys[rows], self.parts.start_ms[rows], end_ms, users)
        if (found < 0).any():
            self.excluded["order without a session"] = int((found < 0).sum())
        return found

    def _reached(self, sessions: int) -> Stated:
        """Return one conversion for each session that viewed the rule's page group, at its first view of it."""
        rule = self.definitions.conversion
        texts = self.books["page_group"].texts
        if rule.kind != "page_group" or rule.page_group not in texts:
            return Stated.none(sessions)
        hits = np.flatnonzero(self.views.columns["page_group"] == texts.index(rule.page_group))
        nothing = np.zeros(len(hits), np.int64)
        reached = stated_events(sessions, self.row[hits].astype(np.int64), self.views.time_ms[hits], nothing, nothing)
        reached.count[self.row[hits]] = 1
        return reached

    def _session_columns(
        self, rows: IntArray, start_ms: IntArray, base_ms: int, converted: Stated
    ) -> Iterator[tuple[str, Array]]:
        yield "start_ms", start_ms
        yield "quarter", quarters(start_ms, base_ms)
        for name in self.parts.codes:
            codes = self.parts.codes[name][rows]
            yield name, self._landing_pages(codes) if name == "landing_page" else codes
        yield "view_offset", self.offsets.astype(np.uint32 if self.offsets[-1] <= 0xFFFF_FFFF else np.uint64)
        yield "views", narrowest(self._view_counts(rows))
        yield "conversions", narrowest(np.clip(converted.count, 0, 0xFFFF_FFFF))
        yield "revenue", converted.revenue
        if self.parts.weight is not None:
            yield "weight", np.clip(self.parts.weight[rows], 0, 0xFFFF_FFFF).astype(np.uint32)

    def _landing_pages(self, stated: Array) -> Array:
        """Return the page group of each session's first view, or what the export says for a session without views."""
        groups = self._sorted(self.views.columns["page_group"])
        with_views = self.offsets[1:] > self.offsets[:-1]
        landing = stated.astype(groups.dtype)
        landing[with_views] = groups[self.offsets[:-1][with_views]]
        return landing

    def _view_counts(self, rows: IntArray) -> IntArray:
        weight = self.views.columns.get("weight")
        if weight is None:
            counts = np.diff(self.offsets)
        else:
            counts = np.zeros(len(rows), np.int64)
            np.add.at(counts, self.row, weight.astype(np.int64))
        if self.parts.views is None:
            return counts
        return np.where(counts > 0, counts, np.clip(self.parts.views[rows], 0, 0xFFFF_FFFF))

    def _view_columns(self, converted: Stated) -> Iterator[tuple[str, Array]]:
        self.progress.step("Writing page views", 0.92)
        converted_ms = None if bool((converted.first_ms == NEVER).all()) else converted.first_ms
        columns = self.views.columns
        flags = view_flags(
            self.offsets,
            self._sorted(columns["page_group"]),
            self._sorted(columns["load"]),
            self._sorted(self.views.time_ms),
            converted_ms,
        )
        yield "flags", flags
        for name in list(columns):
            yield name, self._sorted(columns.pop(name))
