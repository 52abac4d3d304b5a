"""The page ranking's tile: the figures of each page group that are plain sums. What a model estimates waits for the refresh, and says so."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.figures.percentiles import CoarseBins, coarse_bins, quantile_columns
from docops_desktop.analysis.figures.sums import why_missing
from docops_desktop.analysis.panels.page_cells import PageCellsQuestion
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.handle import Handle
from docops_desktop.analysis.plan.question import Context, dimension_key
from docops_desktop.analysis.requests import PageCellsRequest
from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.pages import PageRow, PagesResult
from docops_desktop.analysis.tiles.panel_tile import COUNT_BYTES, ON_RELEASE, CannotServe, Kept, PanelTile
from docops_desktop.analysis.tiles.prefix_sums import SpanOutput
from docops_desktop.analysis.tiles.steady_list import SteadyList, codes_of
from docops_desktop.kernels import layout as lay
from docops_desktop.kernels.layout import EXPOSURE_FIRST_OF_GROUP, ScanOutput
from docops_desktop.model.load_bins import N_CODES
from docops_desktop.model.selection import Selection

_LATER = Estimate(None, reason=ON_RELEASE)
_MEASURED = np.where(np.arange(N_CODES) > 0, 0, -1).astype(np.int32)


class PagesTile(PanelTile):
    """Page views, sessions, exposures, conversions and percentiles by page group."""

    def __init__(self, context: Context, request: PageCellsRequest) -> None:
        self.question: PageCellsQuestion = PageCellsQuestion(context, request)
        self._coarse: CoarseBins | None = None
        self._handles: tuple[Handle, Handle, Handle] | None = None
        self._holding = False
        self._steady: SteadyList | None = None

    def hold(self, shown: Any) -> None:
        """The page groups that are ranked."""
        self.let_go()
        self._holding = True
        if isinstance(shown, PagesResult) and shown.rows:
            codes = {text: code for code, text in enumerate(self.question._labels)}
            self._hold_codes(codes_of((row.page_group for row in shown.rows), codes))

    def let_go(self) -> None:
        """See the interface."""
        self._holding, self._steady = False, None

    def _hold_codes(self, codes: npt.NDArray[np.int64]) -> None:
        self._steady = SteadyList(codes, 0, np.ones(len(self.question._labels), dtype=np.bool_))

    def looked(self, out: ScanOutput, load: Any, bins: int) -> None:  # noqa: ARG002 - the interface
        """Choose the histograms' bins."""
        per_code = len(self.question._labels) * (bins + 1) * 4
        if per_code * 24 > COUNT_BYTES:
            raise CannotServe(f"{len(self.question._labels)} page groups in {bins} time bins")
        self._coarse = coarse_bins(load, COUNT_BYTES // per_code)

    def ask(self, builder: PlanBuilder) -> tuple[Kept, ...]:
        """Groups, their exposures, and the total."""
        q = self.question
        author = q.request.panel_id
        pages = dimension_key(q.index, "page_group", q._group_bins, len(q._labels))
        groups = builder.add([pages], author=author, metrics=["load"], coarse=self._coarse)
        exposed = builder.add(
            [pages], author=author, exposure=EXPOSURE_FIRST_OF_GROUP, load_bins=(_MEASURED, 1), count_views=False
        )
        total = builder.add(author=author)
        self._handles = groups, exposed, total
        return (
            Kept(groups),
            Kept(exposed, (lay.ACC_SESSIONS,), money=False),
            Kept(total, (lay.ACC_VIEWS,), money=False),
        )

    def answer(self, out: SpanOutput, selection: Selection) -> tuple[Any, str]:  # noqa: ARG002 - the interface
        """One row per page group with page views, biggest first; while a hand drags, the groups that were ranked, in that order."""
        assert self._handles is not None
        q = self.question
        groups, exposed, total = (handle.sums(out, q.facts) for handle in self._handles)
        if self._steady is None:
            order = np.lexsort((np.arange(len(q._labels)), -groups.page_views))
            order = order[groups.page_views[order] > 0]
            if self._holding:
                self._hold_codes(order)
        else:
            order = self._steady.follow(groups.page_views)
        all_views, unknown = int(total.page_views[0]), why_missing("conversions", q.facts)
        percentiles = quantile_columns(groups.hists["load"][order], (0.50, 0.75, 0.95), self._coarse).T
        sums, n_exposed, revenue = groups.take(order), exposed.sessions[order], groups.revenue[order]
        counts = (sums.sessions, sums.page_views, n_exposed, sums.conversions, sums.converting, revenue)
        figures = zip(order.tolist(), *(column.tolist() for column in (*counts, *percentiles)), strict=True)
        rows = []
        for g, sessions, views, exposures, conversions, converting, money, *loads in figures:
            p50, p75, p95 = (None if math.isnan(load) else load for load in loads)
            rows.append(
                PageRow(
                    page_group=q._labels[g],
                    page_views=views,
                    share=views / all_views if all_views else 0.0,
                    sessions=sessions,
                    exposed=exposures,
                    conversions=None if unknown else conversions,
                    conversion_rate=converting / sessions if sessions and not unknown else None,
                    revenue=None if unknown else money,
                    load_p50=p50,
                    load_p75=p75,
                    load_p95=p95,
                    impact_score=None,
                    impact_score_p=None,
                    target_ms=None,
                    conversions_at_stake=_LATER,
                    revenue_at_stake=_LATER,
                    raw_conversions_at_stake=None,
                    raw_revenue_at_stake=None,
                    status="n/a",
                    why=f"What is at stake is {ON_RELEASE}.",
                    reasons=dict.fromkeys(("conversions_at_stake", "revenue_at_stake", "impact_score"), ON_RELEASE),
                    stratified_conversions_at_stake=_LATER,
                    stratified_revenue_at_stake=_LATER,
                )
            )
        method = {"preview": f"while the brush moves: counts and percentiles; what is at stake is {ON_RELEASE}"}
        return PagesResult(tuple(rows), "revenue_at_stake", method), f"what is at stake is {ON_RELEASE}"
