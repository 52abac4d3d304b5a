"""Builds the plan of one pass: selection and spans to blocks and clauses, each panel's keys to tables.

A panel asks for keys and gets a ``Handle``, by which it reads its sums when the pass is done. Nothing here computes a figure.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.percentiles import CoarseBins
from docops_desktop.analysis.plan.blocks import BASELINE, WINDOW, Condition, wanted_blocks
from docops_desktop.analysis.plan.clauses import CodeTest, NumberTest, test_of
from docops_desktop.analysis.plan.facts_index import FactsIndex, index_of
from docops_desktop.analysis.plan.handle import Handle
from docops_desktop.analysis.plan.keys import Key, tells_first
from docops_desktop.kernels import layout as lay
from docops_desktop.kernels.layout import Kept, LookPlan, ScanOutput, ScanPlan
from docops_desktop.model.dimensions import dimension
from docops_desktop.model.errors import RequestError
from docops_desktop.model.load_bins import N_CODES
from docops_desktop.model.selection import Clause, RangeClause, Selection
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import Column, Facts

_ROWS_PER_RUN = 1_000
"""Runs of a key that are longer than this on average get blocks of their own, whose rows are then all of one group."""
_LONGEST_LIST = 4_000_000
"""Sessions of the time that a second look is about, up to which the first one lists those that it keeps (16 bytes each)."""
_MAX_AUTHORS = 7
_ALL_PASS = 255


class PlanBuilder:
    """Collects clauses and panels, then builds the plan.

    Args:
        share: panels that group the same rows in the same way become one, with all that any of them asked for.
    """

    def __init__(
        self, facts: Facts, selection: Selection, baseline: Sequence[TimeSpan] = (), *, share: bool = False
    ) -> None:
        self.facts = facts
        self.index: FactsIndex = index_of(facts)
        self.selection = selection
        self.baseline = tuple(baseline)
        self._columns: list[tuple[int, int, int, int]] = []
        self._column_ids: dict[tuple[str, str], int] = {}
        self._extra: list[npt.NDArray[Any]] = []
        self._extra_size = 0
        self._key_lut: list[npt.NDArray[np.int32]] = []
        self._key_lut_size = 0
        self._keys: list[list[int]] = []
        self._runs: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]] = []
        self._runs_size = 0
        self._panels: list[list[int]] = []
        self._hists: list[list[int]] = []
        self._acc_rows = 0
        self._hist_size = 0
        self._stamp_size = 0
        self._authors: dict[str, int] = {}
        self._reserved: list[tuple[int, int]] = []
        self._by_list = True
        self._kept: Kept | None = None
        self._mask: npt.NDArray[np.uint8] | None = None
        self._share = share
        self._session_part: tuple[Any, ...] = ()
        self._shared: dict[Any, tuple[list[int], Handle]] = {}

    # panels

    def add(
        self,
        keys: Sequence[Key] = (),
        *,
        author: str = "",
        metrics: Iterable[str] = (),
        spans: int = WINDOW,
        baseline: bool = False,
        errors: bool = False,
        count_views: bool = True,
        outcomes: bool = True,
        exposure: int = lay.EXPOSURE_NONE,
        load_bins: tuple[npt.NDArray[Any], int] | None = None,
        session_remap: tuple[npt.NDArray[Any], int] | None = None,
        final_remap: tuple[npt.NDArray[Any], int] | None = None,
        coarse: CoarseBins | None = None,
    ) -> Handle:
        """Add a panel grouped by ``keys`` and return where its sums will be.

        Args:
            keys: the group number is key 0 + size 0 x (key 1 + size 1 x ...), session keys first when there is a ``session_remap``.
            author: the panel ignores the clauses of this author.
            metrics: histograms of these metrics, per group.
            spans: span bits of the rows that count; ``baseline``: the same over the baseline spans, as side 1.
            errors, count_views, outcomes: whether errors, page views, and bounces, conversions and revenue are counted.
            exposure: count exposures instead of sessions; then ``load_bins`` = (bin of each load code, number of bins) is the first key.
            session_remap: (new number of each combination of the session keys, how many); -1 drops.
            final_remap: (new number of each group, how many); -1 drops.
            coarse: bins of the histograms, where full ones would be too large.
        """
        metrics = tuple(metrics)
        own = bool(baseline or exposure or session_remap or final_remap or coarse)
        same = None if own else self._same(keys, author, spans)
        if same in self._shared:
            panel, handle = self._shared[same]
            if handle.hists and not set(metrics) <= {metric for metric, _ in handle.hists}:
                same = None  # a panel's histograms lie side by side: no more can be added
            else:
                panel[lay.PANEL_ERRORS] |= errors
                panel[lay.PANEL_OUTCOMES] |= outcomes
                if count_views:
                    page_keyed = bool(panel[lay.PANEL_PAGE_KEYED])
                    panel[lay.PANEL_COUNT_VIEWS] = self._view_counting(author, page_keyed)
                if metrics and not handle.hists:
                    panel[lay.PANEL_FIRST_HIST], panel[lay.PANEL_N_HISTS] = len(self._hists), len(metrics)
                    handle = replace(handle, hists=self._add_hists(metrics, handle.groups))
                    self._shared[same] = panel, handle
                return handle
        first_key = len(self._keys)
        groups = self._add_keys(keys, session_remap)
        stamp = self._stamp_size
        page_keyed = any(key.level == "page_view" for key in keys)
        n_load_bins = 0
        if exposure:
            assert load_bins is not None
            stamp, n_load_bins = self._lut(load_bins[0]), load_bins[1]
            groups *= n_load_bins
        elif page_keyed:
            self._stamp_size += groups
        final_lut = -1
        if final_remap is not None:
            final_lut, groups = self._lut(final_remap[0]), final_remap[1]
        sides = 2 if baseline else 1
        first_hist = len(self._hists)
        places = self._add_hists(metrics, sides * groups, coarse)
        handle = Handle(groups, self._acc_rows, places, baseline, coarse)
        panel = [0] * lay.PANEL_FIELDS
        panel[lay.PANEL_VARIANT] = self._variant(author)
        panel[lay.PANEL_SPANS] = spans
        panel[lay.PANEL_BASELINE_SPANS] = BASELINE if baseline else 0
        panel[lay.PANEL_FIRST_KEY], panel[lay.PANEL_N_KEYS] = first_key, len(keys)
        panel[lay.PANEL_PAGE_KEYED] = page_keyed
        panel[lay.PANEL_GROUPS], panel[lay.PANEL_ACC] = groups, self._acc_rows
        panel[lay.PANEL_FIRST_HIST], panel[lay.PANEL_N_HISTS] = first_hist, len(metrics)
        panel[lay.PANEL_ERRORS] = errors
        panel[lay.PANEL_COUNT_VIEWS] = self._view_counting(author, page_keyed) if count_views else lay.COUNT_NO_VIEWS
        panel[lay.PANEL_SESSION_REMAP] = -1 if session_remap is None else self._lut(session_remap[0])
        panel[lay.PANEL_REMAP_STRIDE] = 1
        panel[lay.PANEL_FINAL_REMAP], panel[lay.PANEL_STAMP] = final_lut, stamp
        panel[lay.PANEL_EXPOSURE], panel[lay.PANEL_LOAD_BINS] = exposure, n_load_bins
        panel[lay.PANEL_OUTCOMES] = outcomes
        panel[lay.PANEL_BY_FLAG] = tells_first(keys)
        panel[lay.PANEL_SAME_KEYS] = self._same_session_part(keys, session_remap, panel[lay.PANEL_VARIANT])
        self._panels.append(panel)
        self._acc_rows += sides * groups
        if same is not None:
            self._shared[same] = panel, handle
        return handle

    def _same_session_part(self, keys: Sequence[Key], session_remap: Any, variant: int) -> bool:
        """Tell whether the panel before groups sessions alike, by the very same keys."""
        part = (*(key for key in keys if key.level == "session"), session_remap, variant)
        before, self._session_part = self._session_part, part
        return len(part) == len(before) and all(a is b for a, b in zip(part, before, strict=True))

    def _same(self, keys: Sequence[Key], author: str, spans: int) -> Any:
        """Return what tells panels that may be one, None for one of its own."""
        if not self._share or any(k.bins is not None or k.virtual is not None or k.runs is not None for k in keys):
            return None
        return tuple((key.name, key.level) for key in keys), self._variant(author), spans

    def _add_hists(
        self, metrics: tuple[str, ...], groups: int, coarse: CoarseBins | None = None
    ) -> tuple[tuple[str, int], ...]:
        places: list[tuple[str, int]] = []
        lut, codes = (lay.IDENTITY, N_CODES) if coarse is None else (self._lut(coarse.of), len(coarse.middles))
        for metric in metrics:
            places.append((metric, self._hist_size))
            self._hists.append([self._column("page_views", metric), self._hist_size, lut, codes])
            self._hist_size += groups * codes
        return tuple(places)

    def reserve(self, author: str, spans: int, *, by_list: bool = False) -> None:
        """Let the pass keep what a panel of a second look will count, though no panel of this one does.

        Args:
            author: the panel ignores the clauses of this author.
            spans: span bits.
            by_list: the second look wants nothing but histograms by keys of the session, see ``grouping``: a list of the kept sessions is enough.
        """
        self._reserved.append((spans, self._variant(author)))
        self._by_list &= by_list

    @property
    def reserved_spans(self) -> int:
        """Span bits of the rows that a second look may want."""
        return functools.reduce(operator.or_, (spans for spans, _ in self._reserved), 0)

    def follow(self, first: PlanBuilder, out: ScanOutput) -> None:
        """Take the sessions that the ``first`` builder's pass kept, instead of testing the session clauses again."""
        self._mask, self._kept = out.mask, out.kept
        self._authors = dict(first._authors)

    @property
    def kept(self) -> Kept | None:
        """The sessions that the first pass listed; with them the second look takes ``build_look``, without them ``build``."""
        return self._kept

    def _variant(self, author: str) -> int:
        if not author or all(clause.author != author for clause in self.selection.clauses):
            return lay.FULL_SELECTION
        if author not in self._authors:
            if len(self._authors) == _MAX_AUTHORS:
                raise RequestError("too many panels have clauses of their own", fix="Remove some filters")
            self._authors[author] = 2 << len(self._authors)
        return self._authors[author]

    def _view_counting(self, author: str, page_keyed: bool) -> int:
        if page_keyed or any(_at_view(c) and (not author or c.author != author) for c in self.selection.clauses):
            return lay.COUNT_MATCHING_VIEWS
        return lay.COUNT_SESSION_VIEWS

    def _add_keys(self, keys: Sequence[Key], session_remap: tuple[npt.NDArray[Any], int] | None) -> int:
        stride = 1
        remapped = session_remap is not None
        for key in keys:
            if remapped and key.level == "page_view":
                assert session_remap is not None
                stride, remapped = session_remap[1], False
            row = [0] * lay.KEY_FIELDS
            row[lay.KEY_STRIDE] = stride
            row[lay.KEY_LUT] = lay.IDENTITY if key.bins is None else self._lut(key.bins)
            if key.runs is not None:
                row[lay.KEY_SOURCE] = lay.SOURCE_RUNS
                row[lay.KEY_RUNS], row[lay.KEY_N_RUNS] = self._runs_size, len(key.runs[0])
                self._runs.append(key.runs)
                self._runs_size += len(key.runs[0])
            else:
                at_view = key.level == "page_view"
                row[lay.KEY_SOURCE] = lay.SOURCE_PAGE_VIEW if at_view else lay.SOURCE_SESSION
                table = "page_views" if at_view else "sessions"
                row[lay.KEY_COLUMN] = (
                    self._column(table, key.name) if key.virtual is None else self._extra_column(key.virtual)
                )
            self._keys.append(row)
            stride *= key.size
        return session_remap[1] if remapped and session_remap is not None else stride

    def _lut(self, bins: npt.NDArray[Any]) -> int:
        place = self._key_lut_size
        self._key_lut.append(np.ascontiguousarray(bins, dtype=np.int32))
        self._key_lut_size += len(bins)
        return place

    # columns

    def _column(self, table: str, name: str) -> int:
        if (table, name) not in self._column_ids:
            column: Column = getattr(self.facts, table)[name]
            self._column_ids[table, name] = len(self._columns)
            self._columns.append((0, column.offset, np.dtype(column.dtype).itemsize, column.length))
        return self._column_ids[table, name]

    def _extra_column(self, values: npt.NDArray[Any]) -> int:
        self._columns.append((1, self._extra_size, values.dtype.itemsize, len(values)))
        self._extra.append(values)
        self._extra_size += -(-values.nbytes // 64) * 64
        return len(self._columns) - 1

    def _optional(self, table: str, name: str) -> int:
        return self._column(table, name) if name in getattr(self.facts, table) else -1

    # the plan

    def build(
        self, *, for_second_look: bool = False, write_mask: int = 0, cuts: npt.NDArray[np.int64] | None = None
    ) -> ScanPlan:
        """Return the plan.

        Args:
            for_second_look: the pass keeps the sessions that were reserved: it lists them where a list is enough and short, else it writes their masks.
            write_mask: span bits of the rows whose masks are written in any case.
            cuts: rows that no block spans.
        """
        calendar: list[tuple[CodeTest, int]] = []
        session_rows: list[list[int]] = []
        view_rows: list[list[int]] = []
        luts: list[npt.NDArray[np.uint8]] = []
        value_bits = self.index.value_bits.now()
        if self._mask is not None:
            session_rows.append([self._extra_column(self._mask), lay.KIND_MASK, 0, 0, 0, lay.NO_BITS])
        for clause in self.selection.clauses:
            test, fail = test_of(self.index, clause), self._fail(clause)
            if isinstance(test, NumberTest):
                column = self._column("page_views", test.column)
                view_rows.append([column, lay.KIND_RANGE, test.low, test.high, fail, lay.NO_BITS])
            elif test.coding == "calendar":
                calendar.append((test, fail))
            elif test.level == "page_view" or self._mask is None:
                table = "page_views" if test.level == "page_view" else "sessions"
                single = _single(test.passes) if test.level == "session" else None
                if single is not None:
                    code, kept = single
                    same, other = (_ALL_PASS, fail) if kept else (fail, _ALL_PASS)
                    column, place = self._column(table, test.column), value_bits.place(test.column, code)
                    session_rows.append([column, lay.KIND_EQUAL, code, same, other, place])
                    continue
                offset = sum(len(lut) for lut in luts)
                luts.append(np.where(test.passes, _ALL_PASS, fail).astype(np.uint8))
                rows = view_rows if test.level == "page_view" else session_rows
                rows.append([self._column(table, test.column), lay.KIND_LUT, offset, 0, fail, lay.NO_BITS])
        blocks = self._blocks(calendar, cuts)
        views = self._views_of(blocks)
        keep_size = self._keep(blocks, views) if for_second_look and not view_rows else (0, 0)
        if for_second_look and not keep_size[0]:
            write_mask |= self.reserved_spans
        at = self._special(int(views.max(initial=0)), write_mask)
        at[lay.AT_PLAIN] = not view_rows and self._is_plain(at)
        outcomes = self.index.outcomes()
        return ScanPlan(
            data=self.facts.buffer,
            extra=self._extra_buffer(),
            columns=_table(self._columns, lay.COLUMN_FIELDS),
            at=at,
            blocks=blocks,
            session_clauses=_table(session_rows, lay.CLAUSE_FIELDS),
            view_clauses=_table(view_rows, lay.CLAUSE_FIELDS),
            mask_lut=_concatenate(luts, np.uint8),
            keys=_table(self._keys, lay.KEY_FIELDS),
            key_lut=_concatenate(self._key_lut, np.int32),
            run_edges=_concatenate([edges for edges, _ in self._runs], np.int64),
            run_codes=_concatenate([codes for _, codes in self._runs], np.int32),
            panels=_table(self._panels, lay.PANEL_FIELDS),
            hists=_table(self._hists, lay.HIST_FIELDS),
            acc_rows=self._acc_rows,
            hist_size=self._hist_size,
            stamp_size=self._stamp_size,
            n_sessions=self.facts.n_sessions,
            n_page_views=int(views.sum()),
            has_outcome=outcomes.has,
            outcomes_before=outcomes.before,
            outcomes=outcomes.figures,
            value_bits=value_bits.bits,
            keep_size=keep_size,
        )

    def build_look(self) -> LookPlan:
        """Return the plan of a second look at the sessions that were listed."""
        return LookPlan(
            data=self.facts.buffer,
            columns=_table(self._columns, lay.COLUMN_FIELDS),
            keys=_table(self._keys, lay.KEY_FIELDS),
            key_lut=_concatenate(self._key_lut, np.int32),
            run_edges=_concatenate([edges for edges, _ in self._runs], np.int64),
            run_codes=_concatenate([codes for _, codes in self._runs], np.int32),
            panels=_table(self._panels, lay.PANEL_FIELDS),
            hists=_table(self._hists, lay.HIST_FIELDS),
            load=self._column_ids.get(("page_views", "load"), -1),
        )

    def _keep(self, blocks: npt.NDArray[np.int64], views: npt.NDArray[np.int64]) -> tuple[int, int]:
        """Give the blocks that were reserved their places in the list of kept sessions; return its size, 0 and 0 where masks serve better."""
        reserved = np.flatnonzero(blocks[:, lay.BLOCK_SPANS] & self.reserved_spans)
        lengths = blocks[reserved, lay.BLOCK_END] - blocks[reserved, lay.BLOCK_START]
        size = int(lengths.sum())
        weighted = self.index.weighted or "weight" in self.facts.page_views
        if not self._by_list or weighted or not 0 < size <= _LONGEST_LIST:
            return 0, 0
        views = views[reserved]
        blocks[reserved, lay.BLOCK_KEEP_AT] = np.cumsum(lengths) - lengths
        blocks[reserved, lay.BLOCK_CODES_AT] = np.cumsum(views) - views
        return size, int(views.sum())

    def _fail(self, clause: Clause) -> int:
        return self._authors.get(clause.author, 0) if clause.author else 0

    def _extra_buffer(self) -> npt.NDArray[np.uint8]:
        if len(self._extra) == 1:
            return self._extra[0].view(np.uint8)
        buffer = np.zeros(max(self._extra_size, 1), dtype=np.uint8)
        offset = 0
        for values in self._extra:
            buffer[offset : offset + values.nbytes] = values.view(np.uint8)
            offset += -(-values.nbytes // 64) * 64
        return buffer

    def _views_of(self, blocks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Write where each block's page views begin, and return how many they are."""
        offsets = self.facts.session("view_offset")
        blocks[:, lay.BLOCK_VIEWS_FROM] = offsets[blocks[:, lay.BLOCK_START]]
        views: npt.NDArray[np.int64] = (
            offsets[blocks[:, lay.BLOCK_END]].astype(np.int64) - blocks[:, lay.BLOCK_VIEWS_FROM]
        )
        return views

    def _special(self, most_views: int, write_mask: int) -> npt.NDArray[np.int64]:
        at = np.zeros(lay.AT_FIELDS, dtype=np.int64)
        at[lay.AT_VIEW_OFFSET] = self._column("sessions", "view_offset")
        at[lay.AT_VIEWS] = self._column("sessions", "views")
        at[lay.AT_CONVERSIONS] = self._column("sessions", "conversions")
        at[lay.AT_REVENUE] = self._column("sessions", "revenue")
        at[lay.AT_WEIGHT] = self._optional("sessions", "weight")
        at[lay.AT_VIEW_WEIGHT] = self._optional("page_views", "weight")
        at[lay.AT_FLAGS] = self._column("page_views", "flags")
        at[lay.AT_ERRORS] = self._column("page_views", "errors")
        at[lay.AT_LOAD] = self._column("page_views", "load")
        at[lay.AT_VIEWS_ARE_ROWS] = self.index.views_are_rows()
        at[lay.AT_OUTCOMES_APART] = self.index.outcomes().apart
        at[lay.AT_CAP] = (max(most_views, lay.BLOCK_ROWS) // lay.SLACK + 2) * lay.SLACK
        at[lay.AT_WRITE_MASK] = write_mask
        free = _ALL_PASS
        for clause in filter(_at_view, self.selection.clauses):
            free &= self._fail(clause)
        at[lay.AT_FREE] = free
        return at

    def _is_plain(self, at: npt.NDArray[np.int64]) -> bool:
        """Tell whether nothing about these facts needs the general way."""
        weighted = at[lay.AT_WEIGHT] >= 0 or at[lay.AT_VIEW_WEIGHT] >= 0
        return bool(not weighted and at[lay.AT_VIEWS_ARE_ROWS] and at[lay.AT_OUTCOMES_APART])

    def _blocks(
        self, calendar: list[tuple[CodeTest, int]], more_cuts: npt.NDArray[np.int64] | None
    ) -> npt.NDArray[np.int64]:
        """Return the rows that panels want, or that are reserved, in blocks."""
        n = self.facts.n_sessions
        claims = [
            (panel[lay.PANEL_SPANS] | panel[lay.PANEL_BASELINE_SPANS], panel[lay.PANEL_VARIANT])
            for panel in self._panels
        ]
        conditions = [
            Condition(self.index.runs(test.column), np.where(test.passes, _ALL_PASS, fail)) for test, fail in calendar
        ]
        cuts = [edges for edges, _ in self._runs if len(edges) * _ROWS_PER_RUN < n]
        if more_cuts is not None:
            cuts.append(more_cuts)
        window, baseline = self._window_rows(), self._baseline_rows()
        return wanted_blocks(n, window, baseline, [*claims, *self._reserved], conditions, cuts)

    def _window_rows(self) -> list[tuple[int, int]]:
        span = self.selection.span
        if span is None:
            return [(0, self.facts.n_sessions)]
        return [self.index.rows_between(span.start_ms, span.end_ms)]

    def _baseline_rows(self) -> list[tuple[int, int]]:
        return [self.index.rows_between(span.start_ms, span.end_ms) for span in self.baseline]


def _single(passes: npt.NDArray[np.bool_]) -> tuple[int, bool] | None:
    """Return (code, whether it is the one that passes) where one code alone differs from all others, else None."""
    if len(passes) < 2:
        return None
    n = int(passes.sum())
    if n == 1:
        return int(passes.argmax()), True
    return (int(passes.argmin()), False) if n == len(passes) - 1 else None


def _at_view(clause: Clause) -> bool:
    return isinstance(clause, RangeClause) or dimension(clause.dimension).level == "page_view"


def _table(rows: Sequence[Sequence[int]], fields: int) -> npt.NDArray[np.int64]:
    return np.array(rows, dtype=np.int64).reshape(len(rows), fields)


def _concatenate(arrays: list[npt.NDArray[Any]], dtype: Any) -> npt.NDArray[Any]:
    """Return the arrays in one; never empty, so that it has an address."""
    return np.concatenate([*arrays, np.zeros(1, dtype=dtype)]).astype(dtype)
