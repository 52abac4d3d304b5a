"""Turns every change of selection, view, panels or data into at most one refresh job, the newest wins.

Changes made in one turn of the event loop become one job. A stale result is dropped, the last good one is kept until the new one is there.
Results of one generation come in up to three steps: first what the pass over the facts gives, then, with the same generation, the page ranking beside
it as a first estimate (stratified), then the adjusted one. They take longer than the pass and must hold up neither the other panels nor the next pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from docops_desktop.analysis.requests import PanelRequest
from docops_desktop.engine.jobs import Dispatch, JobContext, JobRunner
from docops_desktop.engine.queries import (
    PAGES,
    Answer,
    Question,
    adjusted_for_cells,
    is_adjusted,
    rank,
    rank_first,
    request_of,
    scan,
    story_of,
    targets_of,
)
from docops_desktop.engine.state import Results, ViewSettings
from docops_desktop.model.errors import Cancelled
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan

if TYPE_CHECKING:
    from docops_desktop.analysis.results.page_cells import PageCells
    from docops_desktop.analysis.results.page_story import PageStory
    from docops_desktop.store.facts import Facts

LANE = "analysis"
RANKING_LANE = "ranking"
CALM_SECONDS = 0.08
"""Ranking and fits begin when nothing newer comes for this long: while a brush moves, they would only take time from passes and painting."""
Panel = str | PanelRequest
OnCells = Callable[[int, "Facts", Question, "PageCells | None"], None]
"""Is given the generation, and the facts, question and cells that a what-if is fitted on (None: not asked for)."""
View = Callable[[], tuple[Selection, tuple[TimeSpan, ...], ViewSettings]]


class RefreshScheduler:
    """Keeps the visible panels' results up to date.

    Args:
        view: gives selection, baseline and view settings as they are now.
        publish: gets ("results", Results) and ("busy", bool).
    """

    def __init__(self, runner: JobRunner, dispatch: Dispatch, view: View, publish: Callable[[str, Any], None]) -> None:
        runner.add_lane(LANE, newest_wins=True)
        runner.add_lane(RANKING_LANE, newest_wins=True, behind=LANE)
        self._runner = runner
        self._dispatch = dispatch
        self._view = view
        self._publish = publish
        self._panels: dict[str, Panel] = {}
        self._facts: Facts | None = None
        self._targets: Mapping[str, float] = {}
        self._asked: Question | None = None
        self._flush_is_posted = False
        self._busy = False
        self.generation = 0
        self.results: Results | None = None
        self._ranked: tuple[Any, PageCells] | None = None
        self.on_cells: OnCells | None = None
        self.on_attach: Callable[[], None] | None = None
        self.on_schedule: Callable[[], None] | None = None

    @property
    def busy(self) -> bool:
        """A refresh is on its way."""
        return self._busy

    @property
    def facts(self) -> Facts | None:
        """The facts that are asked."""
        return self._facts

    def show_last(self) -> None:
        """Publish the last good results again, after previews of something else."""
        if self.results is not None:
            self._publish("results", self.results)

    def story(self, page_group: str) -> PageStory | None:
        """Explain a row of the ranking that is shown; None while there is no ranking.

        Raises:
            RequestError: it has no such page group.
        """
        if self._ranked is None or self.results is None or self.results.pages is not self._ranked[0]:
            return None
        return story_of(*self._ranked, page_group)

    def attach(self, facts: Facts | None, targets: Mapping[str, float] | None = None, *, keep: bool = False) -> None:
        """Use other facts from now on (None: none); the results of the old ones stay on show only with ``keep``."""
        self._facts, self._targets = facts, targets or {}
        if self.on_attach is not None:
            self.on_attach()
        if not keep:
            self.results = self._ranked = None
        self.schedule()

    def show_panel(self, panel: Panel) -> None:
        """Compute this panel from now on."""
        panel_id = panel if isinstance(panel, str) else panel.panel_id
        if isinstance(panel, str):
            request_of(panel, ViewSettings())
        if self._panels.get(panel_id) != panel:
            self._panels[panel_id] = panel
            self.update()

    def hide_panel(self, panel_id: str) -> None:
        """Don't compute this panel any more; what was computed stays in the last results."""
        self._panels.pop(panel_id, None)

    def update(self) -> None:
        """Refresh if the question is another one than was asked last."""
        if self.question() != self._asked:
            self.schedule()

    def schedule(self) -> None:
        """Refresh in any case; what is being computed is dropped."""
        self.generation += 1
        self._asked = None
        self._runner.supersede(LANE)
        self._runner.supersede(RANKING_LANE)
        if self.on_schedule is not None:
            self.on_schedule()
        if not self._flush_is_posted:
            self._flush_is_posted = True
            self._set_busy(True)
            self._dispatch(self._flush)

    def question(self) -> Question:
        """Return the question as it is now."""
        selection, baseline, view = self._view()
        requests = tuple(request_of(p, view) if isinstance(p, str) else p for p in self._panels.values())
        return Question(selection, baseline, requests, targets_of(view, self._targets))

    def _flush(self) -> None:
        self._flush_is_posted = False
        facts, question, generation = self._facts, self.question(), self.generation
        self._asked = question
        if facts is None or not question.requests:
            self._set_busy(False)
            return

        def work(context: JobContext) -> Answer:
            return scan(facts, question, context.on_cancel)

        self._set_busy(True)
        self._runner.submit(
            LANE,
            "Refreshing panels",
            work,
            lambda found: self._done(generation, facts, question, found),
            self._failed,
            visible=False,
        )

    def _done(self, generation: int, facts: Facts, question: Question, found: Answer) -> None:
        if generation != self.generation:
            return
        results = Results(
            generation,
            question.selection,
            question.baseline,
            found.panels,
            totals=found.panels.get("totals"),
            seconds=found.seconds,
            rows_scanned=found.rows_scanned,
            compiled=found.compiled,
        )
        if found.to_rank is not None:
            self._rank(results, found.to_rank, facts, question)
        self._show(results, complete=found.to_rank is None)
        if self.on_cells is not None:
            self.on_cells(generation, facts, question, found.cells)

    def _rank(self, results: Results, cells: PageCells, facts: Facts, question: Question) -> None:
        def ranked(pages: Any) -> None:
            if results.generation == self.generation:
                self._ranked = pages, cells
            panels = {**results.panels, PAGES: pages}
            self._show(replace(results, panels=panels, pages=pages), complete=True)

        def first(context: JobContext) -> Any:
            context.pause(CALM_SECONDS)
            if is_adjusted(facts, question.selection, PAGES):
                return adjusted(context)
            return rank_first(cells, question.target_ms)

        def adjusted(context: JobContext) -> Any:
            causal = adjusted_for_cells(facts, question.selection, PAGES, context.cancelled)
            return rank(cells, question.target_ms, causal)

        def later(context: JobContext) -> Any:
            context.pause(CALM_SECONDS)
            return adjusted(context)

        def estimated(pages: Any) -> None:
            ranked(pages)
            if pages.first_estimate and results.generation == self.generation:
                self._submit_ranking(later, ranked)

        self._submit_ranking(first, estimated)

    def _submit_ranking(self, work: Callable[[JobContext], Any], done: Callable[[Any], None]) -> None:
        self._runner.submit(RANKING_LANE, "Ranking pages", work, done, self._failed, visible=False)

    def _show(self, results: Results, *, complete: bool) -> None:
        if results.generation != self.generation:
            return
        self.results = results
        if complete:
            self._set_busy(False)
        self._publish("results", results)

    def _failed(self, error: BaseException) -> None:
        self._asked = None
        self._set_busy(False)
        if not isinstance(error, Cancelled):
            raise error

    def _set_busy(self, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            self._publish("busy", busy)
