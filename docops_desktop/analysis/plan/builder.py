"""Builds the plan of one pass: the panels that were asked for, the rows and clauses of the selection, what is kept for a second look.

Nothing here computes a figure.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.plan.authors import Authors
from docops_desktop.analysis.plan.blocks import Condition, wanted_blocks
from docops_desktop.analysis.plan.clause_tables import clause_tables
from docops_desktop.analysis.plan.columns import PlanColumns
from docops_desktop.analysis.plan.facts_index import FactsIndex, index_of
from docops_desktop.analysis.plan.panel_table import PanelTable
from docops_desktop.kernels import layout as lay
from docops_desktop.kernels.layout import Kept, LookPlan, ScanOutput, ScanPlan
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import Facts

_ROWS_PER_RUN = 1_000
"""Runs of a key that are longer than this on average get blocks of their own, whose rows are then all of one group."""
_LONGEST_LIST = 4_000_000
"""Sessions of the time that a second look is about, up to which the first one lists those that it keeps (16 bytes each, and 4 for each column)."""


class PlanBuilder:
    """Collects panels, then builds the plan.

    Args:
        share: panels that group the same rows in the same way become one, with all that any of them asked for.

    Attributes:
        add: adds a panel, see ``PanelTable.add``.
    """

    def __init__(
        self, facts: Facts, selection: Selection, baseline: Sequence[TimeSpan] = (), *, share: bool = False
    ) -> None:
        self.facts = facts
        self.index: FactsIndex = index_of(facts)
        self.selection = selection
        self.baseline = tuple(baseline)
        self._columns = PlanColumns(facts)
        self._authors = Authors(selection)
        self._panels = PanelTable(self._columns, self._authors, share=share)
        self.add = self._panels.add
        self._reserved: list[tuple[int, int]] = []
        self._by_list = True
        self._listed: tuple[str, ...] = ()
        self._kept: Kept | None = None
        self._mask: npt.NDArray[np.uint8] | None = None

    def reserve(self, author: str, spans: int, *, by_list: bool = False, dimensions: Iterable[str] = ()) -> None:
        """Let the pass keep what a panel of a second look will count, though no panel of this one does.

        Args:
            author: the panel ignores the clauses of this author.
            spans: span bits.
            by_list: the second look wants nothing but histograms by keys of the session: a list of the kept sessions is enough.
            dimensions: by which they are; the list holds the codes of those that have a session column.
        """
        self._reserved.append((spans, self._authors.variant(author)))
        self._by_list &= by_list
        columns = (name for name in dimensions if name in self.facts.sessions)
        self._listed = tuple(dict.fromkeys((*self._listed, *columns)))

    @property
    def reserved_spans(self) -> int:
        """Span bits of the rows that a second look may want."""
        return functools.reduce(operator.or_, (spans for spans, _ in self._reserved), 0)

    def follow(self, first: PlanBuilder, out: ScanOutput) -> None:
        """Take the sessions that the ``first`` builder's pass kept, instead of testing the session clauses again."""
        self._mask, self._kept, self._listed = out.mask, out.kept, first._listed
        self._authors.same_as(first._authors)

    @property
    def kept(self) -> Kept | None:
        """The sessions that the first pass listed; with them the second look takes ``build_look``, without them ``build``."""
        return self._kept

    def build(
        self, *, for_second_look: bool = False, write_mask: int = 0, cuts: npt.NDArray[np.int64] | None = None
    ) -> ScanPlan:
        """Return the plan.

        Args:
            for_second_look: the pass keeps the sessions that were reserved: it lists them where a list is enough and short, else it writes their masks.
            write_mask: span bits of the rows whose masks are written in any case.
            cuts: rows that no block spans.
        """
        panels, outcomes, bits = self._panels, self.index.outcomes(), self.index.value_bits.now()
        clauses = clause_tables(self.index, self.selection, self._columns, self._authors, bits, self._mask)
        blocks = self._blocks(clauses.calendar, cuts)
        views = self._views_of(blocks)
        keep_size = self._keep(blocks, views) if for_second_look and not clauses.view else (0, 0)
        if for_second_look and not keep_size[0]:
            write_mask |= self.reserved_spans
        keep_columns = self._keep_columns() if keep_size[0] else []
        at = self._special(int(views.max(initial=0)), write_mask, plain=not clauses.view)
        return ScanPlan(
            data=self.facts.buffer,
            extra=self._columns.extra(),
            columns=self._columns.rows(),  # all are known by now
            at=at,
            blocks=blocks,
            acc_rows=panels.acc_rows,
            hist_size=panels.hist_size,
            stamp_size=panels.stamp_size,
            n_sessions=self.facts.n_sessions,
            n_page_views=int(views.sum()),
            has_outcome=outcomes.has,
            outcomes_before=outcomes.before,
            outcomes=outcomes.figures,
            value_bits=bits.bits,
            keep_size=keep_size,
            keep_columns=np.array(keep_columns, dtype=np.int64),
            **clauses.arrays(),
            **panels.arrays(),
        )

    def build_look(self) -> LookPlan:
        """Return the plan of a second look at the sessions that were listed."""
        self._keep_columns()
        return LookPlan(
            data=self.facts.buffer,
            columns=self._columns.rows(),
            load=self._columns.known("page_view", "load"),
            **self._panels.arrays(),
        )

    def _blocks(self, calendar: Sequence[Condition], more_cuts: npt.NDArray[np.int64] | None) -> npt.NDArray[np.int64]:
        """Return the rows that panels want, or that are reserved, in blocks."""
        n = self.facts.n_sessions
        cuts = self._panels.keys.edges_of_long_runs(_ROWS_PER_RUN, n)
        if more_cuts is not None:
            cuts.append(more_cuts)
        claims = [*self._panels.claims(), *self._reserved]
        return wanted_blocks(n, self._window_rows(), self._baseline_rows(), claims, calendar, cuts)

    def _window_rows(self) -> list[tuple[int, int]]:
        span = self.selection.span
        if span is None:
            return [(0, self.facts.n_sessions)]
        return [self.index.rows_between(span.start_ms, span.end_ms)]

    def _baseline_rows(self) -> list[tuple[int, int]]:
        return [self.index.rows_between(span.start_ms, span.end_ms) for span in self.baseline]

    def _views_of(self, blocks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Write where each block's page views begin, and return how many they are."""
        offsets = self.facts.session("view_offset")
        first = offsets[blocks[:, lay.BLOCK_START]].astype(np.int64)
        blocks[:, lay.BLOCK_VIEWS_FROM] = first
        views: npt.NDArray[np.int64] = offsets[blocks[:, lay.BLOCK_END]] - first
        return views

    def _keep(self, blocks: npt.NDArray[np.int64], views: npt.NDArray[np.int64]) -> tuple[int, int]:
        """Give the blocks that were reserved their places in the list of kept sessions; return its size, 0 and 0 where masks serve better."""
        weighted = self.index.weighted or "weight" in self.facts.page_views
        if not self._by_list or weighted:
            return 0, 0
        reserved = ((blocks[:, lay.BLOCK_SPANS] & self.reserved_spans) != 0).nonzero()[0]
        lengths = blocks[reserved, lay.BLOCK_END] - blocks[reserved, lay.BLOCK_START]
        size = int(lengths.sum())
        if not 0 < size <= _LONGEST_LIST:
            return 0, 0
        views = views[reserved]
        blocks[reserved, lay.BLOCK_KEEP_AT] = lengths.cumsum() - lengths
        blocks[reserved, lay.BLOCK_CODES_AT] = views.cumsum() - views
        return size, int(views.sum())

    def _keep_columns(self) -> list[int]:
        """Let the keys read from the list of kept sessions what it holds; return the numbers of these columns."""
        columns = [self._columns.session(name) for name in self._listed]
        self._panels.keys.read_listed(columns)
        return columns

    def _special(self, most_views: int, write_mask: int, *, plain: bool) -> npt.NDArray[np.int64]:
        """Return the table of single numbers; ``plain``: no clause on page views needs the general way."""
        columns, index = self._columns, self.index
        at = [0] * lay.AT_FIELDS
        at[lay.AT_VIEW_OFFSET] = columns.session("view_offset")
        at[lay.AT_VIEWS] = columns.session("views")
        at[lay.AT_CONVERSIONS] = columns.session("conversions")
        at[lay.AT_REVENUE] = columns.session("revenue")
        at[lay.AT_WEIGHT] = columns.weight("session")
        at[lay.AT_VIEW_WEIGHT] = columns.weight("page_view")
        at[lay.AT_FLAGS] = columns.page_view("flags")
        at[lay.AT_ERRORS] = columns.page_view("errors")
        at[lay.AT_LOAD] = columns.page_view("load")
        at[lay.AT_VIEWS_ARE_ROWS] = index.views_are_rows()
        at[lay.AT_OUTCOMES_APART] = index.outcomes().apart
        at[lay.AT_CAP] = (max(most_views, lay.BLOCK_ROWS) // lay.SLACK + 2) * lay.SLACK
        at[lay.AT_WRITE_MASK] = write_mask
        at[lay.AT_FREE] = self._authors.left_without_views()
        weighted = at[lay.AT_WEIGHT] >= 0 or at[lay.AT_VIEW_WEIGHT] >= 0
        at[lay.AT_PLAIN] = plain and not weighted and at[lay.AT_VIEWS_ARE_ROWS] and at[lay.AT_OUTCOMES_APART]
        return np.array(at, dtype=np.int64)
