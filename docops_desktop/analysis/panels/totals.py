"""Totals of the selection beside the unfiltered workspace and the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from docops_desktop.analysis.figures.sums import Sums, metrics_of
from docops_desktop.analysis.panels.heatmap import covered_ms
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.handle import Handle
from docops_desktop.analysis.plan.question import Ask, Context, Question
from docops_desktop.analysis.requests import TotalsRequest
from docops_desktop.analysis.results.common import Totals
from docops_desktop.analysis.tiles.prefix_sums import SpanOutput
from docops_desktop.kernels.layout import ScanOutput
from docops_desktop.model.timespan import TimeSpan


class TotalsQuestion(Question):
    """Answers a ``TotalsRequest``; ``rows_scanned`` and ``seconds`` are filled in at the end of the refresh."""

    def __init__(self, context: Context, request: TotalsRequest) -> None:
        super().__init__(context)
        self.request = request
        self._handle: Handle | None = None
        self._sums: Sums | None = None
        self._before: Sums | None = None

    def unfiltered(self) -> Mapping[Any, Ask]:
        """Name the same figures of the whole workspace."""
        return {self._key: lambda builder: self._add(builder, "")}

    def ask(self, builder: PlanBuilder) -> None:
        """Add the panels of the first look."""
        self._handle = self._add(builder, self.request.panel_id, baseline=bool(self.context.baseline))

    def read(self, out: ScanOutput) -> None:
        """Take the sums of the first look."""
        assert self._handle is not None
        self._sums = self._handle.sums(out, self.facts)
        has_baseline = self._handle.has_baseline and not isinstance(
            out, SpanOutput
        )  # a moving brush moves its baseline too
        self._before = self._handle.sums(out, self.facts, 1) if has_baseline else None
        if self.context.selection.is_empty:
            self.index.remember(self._key, self._sums)

    def result(self) -> Totals:
        """Return the frozen answer."""
        assert self._sums is not None
        measures = self.request.measures
        selected = self._sums.rows([()], measures)[0]
        everything = self.context.everything.get(self._key, self._sums).rows([()], measures)[0]
        totals = Totals(selected, everything, self.facts.header.currency, 0, 0.0)
        if self._before is None:
            return totals
        header = self.facts.header
        window = self.context.selection.span or TimeSpan(header.first_ms, header.last_ms + 1)
        covered = covered_ms(self.context.baseline, header)
        ratio = covered_ms((window,), header) / covered if covered else None
        return replace(totals, baseline=self._before.rows([()], measures)[0], time_ratio=ratio)

    @property
    def _key(self) -> Any:
        return ("totals", self.request.measures)

    def _add(self, builder: PlanBuilder, author: str, *, baseline: bool = False) -> Handle:
        measures = self.request.measures
        return builder.add(author=author, metrics=metrics_of(measures), errors="errors" in measures, baseline=baseline)
