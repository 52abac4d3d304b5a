"""One refresh: all requested panels from one fused pass over the facts.

This is the door to the kernels for engine and command line. It compiles a request into a plan, runs it and hands out frozen results; it keeps
no state besides figures of the unfiltered facts, which are computed once per Facts object.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from docops_desktop.analysis.figures.sums import Sums
from docops_desktop.analysis.panels.distribution import DistributionQuestion
from docops_desktop.analysis.panels.heatmap import HeatmapQuestion
from docops_desktop.analysis.panels.page_cells import PageCellsQuestion
from docops_desktop.analysis.panels.segments import SegmentsQuestion
from docops_desktop.analysis.panels.timeline import TimelineQuestion
from docops_desktop.analysis.panels.totals import TotalsQuestion
from docops_desktop.analysis.plan.blocks import BASELINE, WINDOW
from docops_desktop.analysis.plan.builder import PlanBuilder
from docops_desktop.analysis.plan.clauses import unknown_values
from docops_desktop.analysis.plan.facts_index import FactsIndex, index_of
from docops_desktop.analysis.plan.question import Ask, Context, Question
from docops_desktop.analysis.requests import (
    DistributionRequest,
    HeatmapRequest,
    PageCellsRequest,
    PanelRequest,
    RefreshRequest,
    SegmentsRequest,
    TimelineRequest,
    TotalsRequest,
)
from docops_desktop.analysis.results.common import Totals
from docops_desktop.analysis.results.distribution import DistributionResult
from docops_desktop.analysis.results.heatmap import HeatmapResult
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.analysis.results.segments import SegmentsResult
from docops_desktop.analysis.results.timeline import TimelineResult
from docops_desktop.kernels import runner, second_look
from docops_desktop.kernels.cancel import CancelFlag
from docops_desktop.kernels.layout import ScanOutput, ScanPlan
from docops_desktop.model.errors import Cancelled
from docops_desktop.model.selection import Selection
from docops_desktop.store.facts import Facts

__all__ = [
    "CancelFlag",
    "DistributionRequest",
    "HeatmapRequest",
    "PageCellsRequest",
    "PanelRequest",
    "PanelResult",
    "RefreshRequest",
    "RefreshResult",
    "SegmentsRequest",
    "TimelineRequest",
    "TotalsRequest",
    "refresh",
    "unknown_values",
]

PanelResult = TimelineResult | HeatmapResult | SegmentsResult | DistributionResult | Totals | PageCells


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """Results by panel id.

    Attributes:
        seconds: wall time of the whole refresh.
        rows_scanned: session rows and page-view rows that were read.
        compiled: False when the NumPy reference served because the compiled kernels were not ready yet.
    """

    results: Mapping[str, PanelResult]
    seconds: float
    rows_scanned: int
    compiled: bool


def refresh(facts: Facts, request: RefreshRequest, cancel: CancelFlag | None = None) -> RefreshResult:
    """Compute every panel of the request; what shows everything (no clause, window or baseline) is computed once per facts and kept.

    Raises:
        Cancelled: ``cancel`` was set meanwhile.
        RequestError: the request names a dimension that these facts don't have, or a range that the columns can't answer exactly.
    """
    started = time.perf_counter()
    passes = Passes(index_of(facts), cancel or CancelFlag())
    passes.check()  # kept answers too are no longer wanted
    context = Context(facts, passes.index, request.selection, request.baseline, {}, passes.run)
    unasked = request.selection.is_empty and not request.baseline
    kept = {p.panel_id: passes.index.recall_result(p) for p in request.panels} if unasked else {}
    results: dict[str, PanelResult] = {panel_id: result for panel_id, result in kept.items() if result is not None}
    questions = {p.panel_id: question_of(context, p) for p in request.panels if p.panel_id not in results}
    if questions:
        results |= _answers(context, questions, passes)
    if unasked:
        for panel in request.panels:
            passes.index.remember_result(panel, results[panel.panel_id])
    passes.index.value_bits.make_beside(facts)
    results = {panel.panel_id: results[panel.panel_id] for panel in request.panels}
    seconds = time.perf_counter() - started
    for panel_id, result in results.items():
        if isinstance(result, Totals):
            results[panel_id] = replace(result, rows_scanned=passes.rows, seconds=seconds)
    return RefreshResult(results, seconds, passes.rows, passes.compiled)


def _answers(context: Context, questions: Mapping[str, Question], passes: Passes) -> dict[str, PanelResult]:
    """Ask the questions in one pass, have the second look where some need it, and return their answers.

    The rows of window and baseline come first in the pass. Whoever looks at no others is answered while the rest of it goes on.
    """
    first = PlanBuilder(context.facts, context.selection, context.baseline, share=True)
    for question in questions.values():
        question.ask(first)
    late = {panel_id: question for panel_id, question in questions.items() if question.is_late()}
    soon = {panel_id: question for panel_id, question in questions.items() if panel_id not in late}
    results: dict[str, PanelResult] = {}

    def early(out: ScanOutput) -> None:
        if soon:
            threads = (
                1 if late and context.selection.span is not None else runner.thread_count()
            )  # the others go on with the rest
            results.update(_answers_of(context, soon, passes, first, out, threads))

    follows = any(question.may_follow() for question in soon.values())
    out = passes.run(first, for_second_look=follows, early=early)
    context.everything.update(unfiltered(context, late.values()))
    for panel_id, question in late.items():
        question.read(out)
        results[panel_id] = question.result()
    return results


def _answers_of(
    context: Context,
    questions: Mapping[str, Question],
    passes: Passes,
    first: PlanBuilder,
    out: ScanOutput,
    threads: int,
) -> dict[str, PanelResult]:
    """Return the answers of questions by the first look's sums, and by a second look where they need it."""
    for question in questions.values():
        passes.check()
        question.read(out)
    second = PlanBuilder(context.facts, context.selection, context.baseline)
    second.follow(first, out)
    following = [panel_id for panel_id, question in questions.items() if question.follow(second)]
    context.everything.update(unfiltered(context, questions.values()))
    results: dict[str, PanelResult] = {}

    def answer(wanted: Iterable[str]) -> None:
        for panel_id in wanted:
            passes.check()
            results[panel_id] = questions[panel_id].result()

    def answer_others() -> None:
        answer(panel_id for panel_id in questions if panel_id not in following)

    if following:
        found = passes.look(second, answer_others, threads)
        for panel_id in following:
            questions[panel_id].read_followed(found)
        answer(following)
    else:
        answer_others()
    return results


class Passes:
    """Runs plans for one refresh, and remembers how much was read."""

    def __init__(self, index: FactsIndex, cancel: CancelFlag) -> None:
        self.rows = 0
        self.compiled = True
        self.index = index
        self._cancel = cancel

    def check(self) -> None:
        """Stop between two steps that a pass' own polling doesn't reach.

        Raises:
            Cancelled: the flag was set.
        """
        if self._cancel.is_set:
            raise Cancelled

    def run(
        self,
        builder: PlanBuilder,
        *,
        for_second_look: bool = False,
        early: Callable[[ScanOutput], None] | None = None,
    ) -> ScanOutput:
        """Run what the builder holds.

        Args:
            builder: the panels.
            for_second_look: keep the sessions that were reserved.
            early: called once with the sums of those panels that look at nothing outside window and baseline, while the pass may still go on.
        """
        return self.run_plan(builder.build(for_second_look=for_second_look), early)

    def look(self, builder: PlanBuilder, meanwhile: Callable[[], None], threads: int) -> ScanOutput:
        """Have the second look that the builder holds at the sessions that it follows; ``meanwhile`` is done beside it."""
        if builder.kept is None:
            out = self.run_plan(builder.build())
            meanwhile()
            return out
        try:
            return second_look.look(builder.build_look(), builder.kept, self._cancel, threads, meanwhile)
        except runner.PassCancelled as error:
            raise Cancelled from error

    def run_plan(self, plan: ScanPlan, early: Callable[[ScanOutput], None] | None = None) -> ScanOutput:
        """Run a plan.

        Raises:
            Cancelled: the flag was set before the pass was done.
        """
        try:
            out = runner.run(plan, self._cancel, wide=self.index.wide(), early=early, early_spans=WINDOW | BASELINE)
        except runner.PassCancelled as error:
            raise Cancelled from error
        self.rows += plan.rows + plan.n_page_views
        self.compiled = self.compiled and out.compiled
        return out


def question_of(context: Context, request: PanelRequest) -> Question:
    """Return the question that answers a request."""
    match request:
        case TimelineRequest():
            return TimelineQuestion(context, request)
        case HeatmapRequest():
            return HeatmapQuestion(context, request)
        case SegmentsRequest():
            return SegmentsQuestion(context, request)
        case DistributionRequest():
            return DistributionQuestion(context, request)
        case TotalsRequest():
            return TotalsQuestion(context, request)
        case PageCellsRequest():
            return PageCellsQuestion(context, request)
        case _:
            assert_never(request)


def unfiltered(context: Context, questions: Iterable[Question]) -> dict[Any, Sums]:
    """Return the unfiltered figures that the questions need; those not known yet are computed in one pass and kept."""
    wanted: dict[Any, Ask] = {}
    for question in questions:
        wanted.update(question.unfiltered())
    index = context.index
    missing = {key: ask for key, ask in wanted.items() if index.recall(key) is None}
    if missing:
        builder = PlanBuilder(context.facts, Selection())
        handles = {key: ask(builder) for key, ask in missing.items()}
        out = context.run(builder)
        for key, handle in handles.items():
            index.remember(key, handle.sums(out, context.facts))
    found = {key: index.recall(key) for key in wanted}
    return {key: sums for key, sums in found.items() if sums is not None}
