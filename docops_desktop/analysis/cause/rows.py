"""Which session rows a question is about: those of the window and those of the baseline, after the filters. Estimates nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.plan.clauses import CodeTest, NumberTest, test_of
from docops_desktop.analysis.plan.facts_index import index_of
from docops_desktop.model.dimensions import dimension
from docops_desktop.model.selection import RangeClause, Selection
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import Facts

Rows = npt.NDArray[np.int64]


def rows_in(facts: Facts, spans: Sequence[TimeSpan]) -> Rows:
    """Return the rows of sessions that start in any of the spans, ascending, each once."""
    index = index_of(facts)
    parts = [np.arange(*index.rows_between(span.start_ms, span.end_ms), dtype=np.int64) for span in spans]
    if len(parts) == 1:
        return parts[0]
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)


def filtered(facts: Facts, selection: Selection, rows: Rows) -> Rows:
    """Return the rows that fulfil the selection's clauses (its span is not looked at): any view matches all page-view clauses at once.

    Raises:
        RequestError: a clause names what these facts don't have.
    """
    if not selection.clauses or not len(rows):
        return rows
    index = index_of(facts)
    keep = np.ones(len(rows), dtype=bool)
    at_views: list[CodeTest | NumberTest] = []
    for clause in selection.clauses:
        test = test_of(index, clause)
        if isinstance(clause, RangeClause) or dimension(clause.dimension).level == "page_view":
            at_views.append(test)
        elif isinstance(test, CodeTest):
            keep &= test.passes[session_codes(facts, test.column, rows)]
    rows = rows[keep]
    return rows[_any_view(facts, rows, at_views)] if at_views else rows


def session_codes(facts: Facts, name: str, rows: Rows) -> npt.NDArray[Any]:
    """Return the codes of a session dimension, dictionary or calendar, for these rows."""
    index = index_of(facts)
    if index.dimension(name).coding == "dictionary":
        return facts.session(name)[rows]
    runs = index.runs(name)
    return np.repeat(runs.codes, np.diff(np.append(runs.edges, facts.n_sessions)))[rows]


def views_of(facts: Facts, rows: Rows) -> tuple[Rows, Rows]:
    """Return the page views of these sessions: their rows, and the place in ``rows`` of the session of each."""
    offset = facts.session("view_offset")
    first, last = offset[rows].astype(np.int64), offset[rows + 1].astype(np.int64)
    counts = last - first
    owner = np.repeat(np.arange(len(rows)), counts)
    return np.repeat(first - (np.cumsum(counts) - counts), counts) + np.arange(len(owner)), owner


def _any_view(facts: Facts, rows: Rows, tests: Sequence[CodeTest | NumberTest]) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(rows), dtype=bool)
    step = 1 << 20
    for low in range(0, len(rows), step):
        views, owner = views_of(facts, rows[low : low + step])
        match = np.ones(len(views), dtype=bool)
        for test in tests:
            column = facts.page_view(test.column)[views]
            match &= (
                (column >= test.low) & (column < test.high) if isinstance(test, NumberTest) else test.passes[column]
            )
        found[low + owner[match]] = True
    return found
