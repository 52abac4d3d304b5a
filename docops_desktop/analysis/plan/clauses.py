"""Clauses of a selection as look-up tables and ranges over codes.

A clause becomes a table over the dimension's codes (pass or not), or a range of whole numbers of a metric column. Nothing here knows rows.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.plan.facts_index import FactsIndex, index_of
from docops_desktop.model.errors import RequestError
from docops_desktop.model.load_bins import EDGES, N_CODES
from docops_desktop.model.selection import RangeClause, Selection, ValueClause
from docops_desktop.store.facts import NOT_MEASURED_MS, Facts

_CLS_SCALE = 10_000


@dataclass(frozen=True)
class CodeTest:
    """``passes[code]`` for the codes of a dimension (session, page view or calendar) or of a metric column."""

    column: str
    level: str
    coding: str
    passes: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class NumberTest:
    """``low <= column < high`` in whole numbers, of a page-view column."""

    column: str
    low: int
    high: int


def test_of(index: FactsIndex, clause: ValueClause | RangeClause) -> CodeTest | NumberTest:
    """Return the test that a clause stands for.

    Raises:
        RequestError: the facts lack the dimension, or a range's end isn't a bin edge of a metric that is kept as bin codes only.
    """
    if isinstance(clause, RangeClause):
        return _range_test(clause)
    what = index.dimension(clause.dimension)
    codes = index.codes(clause.dimension)
    passes = np.full(len(index.labels(clause.dimension)), clause.negated, dtype=np.bool_)
    for value in clause.values:
        if value in codes:
            passes[codes[value]] = not clause.negated
    return CodeTest(clause.dimension, what.level, what.coding, passes)


test_of.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever its name


def _range_test(clause: RangeClause) -> CodeTest | NumberTest:
    metric = clause.number.removesuffix("_ms")
    low, high = _whole(metric, clause.low), _whole(metric, clause.high)
    low_code = 1 if low is None else _edge_code(low)
    high_code = N_CODES if high is None else _edge_code(high)
    if low_code is not None and high_code is not None:
        codes = np.arange(N_CODES)
        return CodeTest(metric, "page_view", "metric", (codes >= max(low_code, 1)) & (codes < high_code))
    if metric == "load":
        top = NOT_MEASURED_MS
        return NumberTest(
            "load_ms", 0 if low is None or low < 0 else min(low, top), top if high is None else max(min(high, top), 0)
        )
    wrong = low if low_code is None else high
    assert wrong is not None
    raise RequestError(
        f"{clause.number} is kept in bins of 2 %, and {_shown(metric, wrong)} is not an edge of one",
        clause.text(),
        f"Use {_nearest(metric, wrong)}",
    )


def _whole(metric: str, value: float) -> int | None:
    """Return the smallest whole number at or above the value, in the column's unit; None for an open end."""
    if math.isinf(value):
        return None
    return math.ceil(round(value * _CLS_SCALE, 6)) if metric == "cls" else math.ceil(value)


def _edge_code(value: int) -> int | None:
    """Return c such that ``x < value`` exactly when the code of a measured x is below c; None when the value isn't an edge."""
    if value <= 0:
        return 1
    place = bisect_left(EDGES, value)
    return place + 1 if place < len(EDGES) and EDGES[place] == value else None


def _nearest(metric: str, value: int) -> str:
    place = bisect_left(EDGES, value)
    near = EDGES[max(place - 1, 0) : place + 1]
    return " or ".join(_shown(metric, edge) for edge in near)


def _shown(metric: str, value: int) -> str:
    return f"{value / _CLS_SCALE:g}" if metric == "cls" else f"{value}"


def unknown_values(facts: Facts, selection: Selection) -> tuple[tuple[str, str], ...]:
    """Return the (dimension, value) pairs of the selection that no row has; they match nothing.

    Raises:
        RequestError: the facts lack a dimension.
    """
    index = index_of(facts)
    unknown: list[tuple[str, str]] = []
    for clause in selection.clauses:
        if isinstance(clause, ValueClause):
            index.dimension(clause.dimension)
            codes = index.codes(clause.dimension)
            unknown.extend((clause.dimension, value) for value in clause.values if value not in codes)
    return tuple(unknown)
