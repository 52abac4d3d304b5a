"""Which sessions a selection keeps, without a list of all their rows: of ten million, one byte each at most. Draws from them; estimates nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.plan.clauses import NumberTest, test_of
from docops_desktop.analysis.plan.facts_index import index_of
from docops_desktop.model.selection import Selection
from docops_desktop.store.facts import Facts

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

BLOCK = 1 << 17


@dataclass(frozen=True)
class Selected:
    """Sessions ``low`` to ``high`` - 1 for which ``keep`` is true; None: all of them."""

    facts: Facts
    low: int
    high: int
    keep: Bools | None

    def of(self, column: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the kept part of a column over all sessions."""
        part = column[self.low : self.high]
        return part if self.keep is None else part[self.keep]

    def converting(self) -> Ints:
        """Return the rows of the sessions that convert."""
        return self.low + np.flatnonzero(self._where(converts=True))

    def some_others(self, limit: int, rng: np.random.Generator) -> tuple[Ints, float]:
        """Return rows of sessions that don't convert, at random about ``limit`` or all, and how many each stands for."""
        others = self._where(converts=False)
        total = int(np.count_nonzero(others))
        if total <= limit:
            return self.low + np.flatnonzero(others), 1.0
        chosen = places(total, limit / total, rng)
        found, before = [], 0
        for first in range(0, len(others), BLOCK):
            rows = np.flatnonzero(others[first : first + BLOCK])
            here = slice(*np.searchsorted(chosen, [before, before + len(rows)]))
            found.append(rows[chosen[here] - before] + (self.low + first))
            before += len(rows)
        return np.concatenate(found), total / limit

    def _where(self, *, converts: bool) -> Bools:
        conversions = self.facts.session("conversions")[self.low : self.high]
        found: Bools = conversions > 0 if converts else conversions == 0
        if self.keep is not None:
            found &= self.keep
        return found


def places(total: int, share: float, rng: np.random.Generator) -> Ints:
    """Return places below ``total``, ascending, each in with probability ``share``: drawn by the gaps between them, so that few cost little."""
    found, last = [], -1
    while last < total:
        expected = (total - last) * share
        gaps = rng.geometric(share, int(expected + 5 * expected**0.5) + 10)
        found.append(last + np.cumsum(gaps))
        last = int(found[-1][-1])
    drawn = np.concatenate(found)
    return drawn[: np.searchsorted(drawn, total)]


def selected_sessions(facts: Facts, selection: Selection) -> Selected:
    """Return the sessions that a selection keeps (page clauses: any view matches all of them at once)."""
    low, high = 0, facts.n_sessions
    if selection.span is not None:
        ends = [selection.span.start_ms, selection.span.end_ms]
        low, high = (int(k) for k in np.searchsorted(facts.session("start_ms"), ends))
    offset = facts.session("view_offset")
    keep: Bools | None = None
    views: Bools | None = None
    first, last = int(offset[low]), int(offset[high])
    index = index_of(facts)
    for clause in selection.clauses:
        test = test_of(index, clause)
        if isinstance(test, NumberTest) or test.coding == "metric":
            continue  # refused by why_not
        if test.level == "page_view":
            match = test.passes[facts.page_view(test.column)[first:last]]
            views = match if views is None else views & match
        else:
            match = test.passes[session_codes(facts, test.column)[low:high]]
            keep = match if keep is None else keep & match
    if views is not None:
        match = _any_view(views, offset[low : high + 1].astype(np.int64) - first)
        keep = match if keep is None else keep & match
    return Selected(facts, low, high, keep)


def session_codes(facts: Facts, name: str, rows: Ints | None = None) -> npt.NDArray[Any]:
    """Return the codes of a dimension of the session, calendar ones included, for these rows or for all."""
    index = index_of(facts)
    if index.dimension(name).coding == "dictionary":
        codes = facts.session(name)
        return codes if rows is None else codes[rows]
    runs = index.runs(name)
    if rows is None:
        return np.repeat(runs.codes, np.diff(np.append(runs.edges, facts.n_sessions)))
    return runs.codes[np.searchsorted(runs.edges, rows, side="right") - 1]


def _any_view(views: Bools, starts: Ints) -> Bools:
    """Return which sessions have any view that is marked; session i's are ``starts[i]`` to ``starts[i + 1]`` - 1."""
    found = np.zeros(len(starts) - 1, dtype=bool)
    some = np.flatnonzero(np.diff(starts) > 0)
    if len(some):
        found[some] = np.logical_or.reduceat(views, starts[:-1][some])
    return found
