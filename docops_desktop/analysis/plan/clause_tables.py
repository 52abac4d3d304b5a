"""A selection's clauses as the tables of a plan: rows for session and page-view columns, conditions for the calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.plan.authors import ALL_PASS, Authors
from docops_desktop.analysis.plan.blocks import Condition
from docops_desktop.analysis.plan.clauses import CodeTest, NumberTest, test_of
from docops_desktop.analysis.plan.columns import PlanColumns
from docops_desktop.analysis.plan.facts_index import FactsIndex
from docops_desktop.analysis.plan.tables import joined, table
from docops_desktop.analysis.plan.value_bits import Snapshot
from docops_desktop.kernels import layout as lay
from docops_desktop.model.selection import Selection


@dataclass(eq=False)
class ClauseTables:
    """What a pass tests.

    Attributes:
        session, view: rows of CLAUSE_FIELDS.
        luts: masks by code, which some of them look up.
        calendar: conditions on the rows' place in time.
    """

    session: list[list[int]] = field(default_factory=list)
    view: list[list[int]] = field(default_factory=list)
    luts: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    calendar: list[Condition] = field(default_factory=list)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the tables by their names in a plan."""
        return {
            "session_clauses": table(self.session, lay.CLAUSE_FIELDS),
            "view_clauses": table(self.view, lay.CLAUSE_FIELDS),
            "mask_lut": joined(self.luts, np.uint8),
        }

    def add_lut(self, masks: npt.NDArray[np.uint8]) -> int:
        """Add masks by code and return their place."""
        self.luts.append(masks)
        return sum(map(len, self.luts)) - len(masks)


def clause_tables(
    index: FactsIndex,
    selection: Selection,
    columns: PlanColumns,
    authors: Authors,
    bits: Snapshot,
    kept: npt.NDArray[np.uint8] | None,
) -> ClauseTables:
    """Return the tables of a selection.

    Args:
        index: of the facts.
        selection: whose clauses.
        columns: the plan's.
        authors: the plan's, when all panels have been added.
        bits: values of which the pass needn't read the column.
        kept: masks by session, where an earlier pass has tested the clauses on sessions.

    Raises:
        RequestError: the facts can't answer a clause.
    """
    tables = ClauseTables()
    if kept is not None:
        tables.session.append([columns.made(kept), lay.KIND_MASK, 0, 0, 0, lay.NO_BITS])
    for clause in selection.clauses:
        test, fail = test_of(index, clause), authors.left_by(clause)
        if isinstance(test, NumberTest):
            column = columns.page_view(test.column)
            tables.view.append([column, lay.KIND_RANGE, test.low, test.high, fail, lay.NO_BITS])
        elif test.coding == "calendar":
            tables.calendar.append(Condition(index.runs(test.column), np.where(test.passes, ALL_PASS, fail)))
        elif test.level == "page_view":
            place = tables.add_lut(_masks(test, fail))
            tables.view.append([columns.page_view(test.column), lay.KIND_LUT, place, 0, fail, lay.NO_BITS])
        elif kept is None:
            tables.session.append(_session_row(tables, test, fail, columns, bits))
    return tables


def _session_row(tables: ClauseTables, test: CodeTest, fail: int, columns: PlanColumns, bits: Snapshot) -> list[int]:
    column, single = columns.session(test.column), _single(test.passes)
    if single is None:
        return [column, lay.KIND_LUT, tables.add_lut(_masks(test, fail)), 0, fail, lay.NO_BITS]
    code, kept = single
    same, other = (ALL_PASS, fail) if kept else (fail, ALL_PASS)
    return [column, lay.KIND_EQUAL, code, same, other, bits.place(test.column, code)]


def _masks(test: CodeTest, fail: int) -> npt.NDArray[np.uint8]:
    return np.where(test.passes, np.uint8(ALL_PASS), np.uint8(fail))


def _single(passes: npt.NDArray[np.bool_]) -> tuple[int, bool] | None:
    """Return (code, whether it is the one that passes) where one code alone differs from all others, else None."""
    if len(passes) < 2:
        return None
    n = int(np.count_nonzero(passes))
    if n == 1:
        return int(passes.argmax()), True
    return (int(passes.argmin()), False) if n == len(passes) - 1 else None
