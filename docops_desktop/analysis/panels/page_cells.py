"""Cells for the page ranking and the what-if: page group x stratum x load bin over exposures.

Strata are the combinations of a few session dimensions that have most sessions in the unfiltered data, so that they stay the same while a selection
changes; all others are one stratum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.grouped_codes import PIECE
from docops_desktop.analysis.figures.percentiles import edges
from docops_desktop.analysis.figures.sums import Sums, why_missing
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.handle import Handle
from docops_desktop.analysis.plan.question import Context, Question, dimension_key
from docops_desktop.analysis.requests import PageCellsRequest
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.kernels.layout import EXPOSURE_FIRST_OF_GROUP, ScanOutput
from docops_desktop.model.dimensions import OTHER
from docops_desktop.model.load_bins import MAX_VALUE, N_CODES
from docops_desktop.model.selection import Selection

MAX_PAGE_GROUPS = 200
"""Page groups that stand alone; the smaller ones beyond are one."""
_LOW_MS, _HIGH_MS, _BINS = 100, 60_000, 56
_MAX_COMBINATIONS = 2_000_000


@dataclass(frozen=True)
class Strata:
    """``of[combination]`` is the stratum of each combination of codes; ``keys`` the values behind each stratum, ``texts`` the same as one text."""

    dimensions: tuple[str, ...]
    of: npt.NDArray[np.int32]
    keys: tuple[tuple[str, ...], ...]
    texts: tuple[str, ...]


class PageCellsQuestion(Question):
    """Answers a ``PageCellsRequest``."""

    def __init__(self, context: Context, request: PageCellsRequest) -> None:
        super().__init__(context)
        self.request = request
        self._strata = self._find_strata()
        self._group_bins, self._labels = self._find_groups()
        self._handles: tuple[Handle, Handle, Handle, Handle] | None = None
        self._sums: tuple[Sums, Sums, Sums, Sums] | None = None

    def ask(self, builder: PlanBuilder) -> None:
        """Add the panels of the first look."""
        author = self.request.panel_id
        pages = dimension_key(self.index, "page_group", self._group_bins, len(self._labels))
        bin_of, edges_ms = coarse_bins()
        strata = [dimension_key(self.index, name) for name in self._strata.dimensions]
        remap = (self._strata.of, len(self._strata.keys))
        cells = builder.add(
            [*strata, pages],
            author=author,
            exposure=EXPOSURE_FIRST_OF_GROUP,
            load_bins=(bin_of, len(edges_ms) - 1),
            session_remap=remap,
            count_views=False,
        )
        by_stratum = builder.add(strata, author=author, session_remap=remap, count_views=False)
        groups, total = builder.add([pages], author=author, metrics=["load"]), builder.add(author=author)
        self._handles = cells, groups, total, by_stratum

    def read(self, out: ScanOutput) -> None:
        """Take the sums of the first look."""
        assert self._handles is not None
        cells, groups, total, by_stratum = (handle.sums(out, self.facts) for handle in self._handles)
        self._sums = cells, groups, total, by_stratum

    def result(self) -> PageCells:
        """Return the frozen answer."""
        assert self._sums is not None
        cells, groups, total, by_stratum = self._sums
        order = (-groups.page_views).argsort(kind="stable")
        order = order[groups.page_views[order] > 0]
        groups = groups.take(order)
        edges_ms = coarse_bins()[1]
        shape = (len(self._labels), len(self._strata.keys), len(edges_ms) - 1)

        def cube(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
            return values.reshape(shape)[order]

        seen = groups.sessions > 0
        share = np.divide(groups.converting, groups.sessions, out=np.full(len(order), np.nan), where=seen)
        header = self.facts.header
        return PageCells(
            page_groups=tuple([self._labels[g] for g in order.tolist()]),
            stratum_dimensions=self._strata.dimensions,
            strata=self._strata.texts,
            stratum_keys=self._strata.keys,
            bin_edges_ms=edges_ms,
            n=cube(cells.sessions),
            conversions=cube(cells.converting),
            revenue=cube(cells.revenue_minor),
            revenue_squared=cube(cells.revenue_squared),
            load_hist=groups.hists["load"].astype(np.int64),
            page_views=groups.page_views,
            sessions=groups.sessions,
            converting_sessions=groups.converting,
            conversions_any=groups.conversions,
            revenue_any=groups.revenue_minor,
            converter_share=share,
            total_page_views=int(total.page_views[0]),
            total_sessions=int(total.sessions[0]),
            total_converting_sessions=int(total.converting[0]),
            total_conversions=int(total.conversions[0]),
            total_revenue=int(total.revenue_minor[0]),
            currency=header.currency,
            minor_digits=header.minor_digits,
            stratum_sessions=by_stratum.sessions,
            outcomes_missing=why_missing("conversions", self.facts),
        )

    def _find_strata(self) -> Strata:
        wanted, top = self.request.strata, self.request.top_strata
        found: Strata = self.index.once(("strata", wanted, top), lambda: self._count_strata(wanted, top))
        return found

    def _count_strata(self, wanted: tuple[str, ...], top: int) -> Strata:
        names: list[str] = []
        size = 1
        for name in wanted:  # a dimension that the facts lack, or that would make too many combinations, is left out
            if name in self.facts.sessions and size * len(self.index.labels(name)) <= _MAX_COMBINATIONS:
                names.append(name)
                size *= len(self.index.labels(name))
        builder = PlanBuilder(self.facts, Selection())
        handle = builder.add([dimension_key(self.index, name) for name in names], count_views=False)
        sessions = handle.sums(self.context.run(builder), self.facts).sessions
        order = np.lexsort((np.arange(size), -sessions))
        order = order[sessions[order] > 0]
        chosen, rest = order[:top], order[top:]
        of = np.full(size, len(chosen), dtype=np.int32)
        of[chosen] = np.arange(len(chosen))
        keys = [self._texts(names, int(code)) for code in chosen]
        if len(rest) or not keys:
            keys.append((OTHER,) * len(names))
        else:
            of[of == len(chosen)] = -1
        return Strata(tuple(names), of, tuple(keys), tuple(" / ".join(key) for key in keys))

    def _texts(self, names: list[str], code: int) -> tuple[str, ...]:
        texts = []
        for name in names:
            labels = self.index.labels(name)
            texts.append(labels[code % len(labels)])
            code //= len(labels)
        return tuple(texts)

    def _find_groups(self) -> tuple[npt.NDArray[np.int32] | None, tuple[str, ...]]:
        """Return the place of each page group, None where each stands alone, and the texts by place."""
        labels = self.index.labels("page_group")
        if len(labels) <= MAX_PAGE_GROUPS:
            return None, labels
        found: tuple[npt.NDArray[np.int32], tuple[str, ...]] = self.index.once(("page groups",), self._count_groups)
        return found

    def _count_groups(self) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
        labels = self.index.labels("page_group")
        column, counts = self.facts.page_view("page_group"), np.zeros(len(labels), dtype=np.int64)
        for low in range(0, len(column), PIECE):
            counts += np.bincount(column[low : low + PIECE], minlength=len(labels))
        chosen = np.lexsort((np.arange(len(labels)), -counts))[:MAX_PAGE_GROUPS]
        bins = np.full(len(labels), len(chosen), dtype=np.int32)
        bins[chosen] = np.arange(len(chosen))
        return bins, (*(labels[code] for code in chosen), OTHER)


@cache
def coarse_bins() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return the coarse bin of each load code (-1 for "not measured") and the bins' edges in ms.

    56 bins of about 12 % between 100 ms and 60 s, one below and one above; every edge is an edge of a code.
    """
    inner = np.unique(np.searchsorted(edges(), np.geomspace(_LOW_MS, _HIGH_MS, _BINS + 1)))
    bin_of = np.searchsorted(inner + 1, np.arange(N_CODES), side="right").astype(np.int32)
    bin_of[0] = -1
    return bin_of, np.concatenate([[0], edges()[inner], [MAX_VALUE + 1]]).astype(np.int64)
