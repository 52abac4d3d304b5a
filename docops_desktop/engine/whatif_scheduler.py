"""Answers what-if questions while a slider moves: fitted in the background once per selection, answers then cost milliseconds.

Two models follow each other per selection: the stratified one is there at once and says that its answers are a first estimate; the adjusted one takes its
place when it is fitted. While none is there only the newest question is kept; it is answered as soon as one comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from docops_desktop.engine.jobs import JobContext, JobRunner
from docops_desktop.engine.queries import WHATIF, Question, is_adjusted, whatif_first, whatif_model
from docops_desktop.engine.refresh_scheduler import CALM_SECONDS, RefreshScheduler
from docops_desktop.engine.refresh_scheduler import LANE as REFRESH_LANE
from docops_desktop.model.errors import RequestError
from docops_desktop.model.scenario import Change, Scenario

if TYPE_CHECKING:
    from docops_desktop.analysis.results.page_cells import PageCells
    from docops_desktop.analysis.results.support import WhatIfReady
    from docops_desktop.analysis.results.whatif import WhatIfResult
    from docops_desktop.store.facts import Facts

LANE = "whatif"
FIT_LANE = "whatif fit"
COMPARE_LANE = "whatif comparison"
Compared = Callable[[tuple["WhatIfResult | RequestError", ...]], None]
"""Gets an answer per scenario, or why the present data can't be asked it (a page group or segment that they don't have)."""


class WhatIfScheduler:
    """Keeps the answer to the newest what-if question up to date.

    Args:
        by: gives the dimension by which answers are broken down.
        publish: gets ("whatif", WhatIfResult), or ("whatif", None) when no change is asked about; ("whatif_model", WhatIfReady) when there is another
            model, so that comparisons are worth asking anew.
    """

    def __init__(
        self,
        runner: JobRunner,
        refresh: RefreshScheduler,
        by: Callable[[], str],
        publish: Callable[[str, Any], None],
    ) -> None:
        runner.add_lane(LANE, newest_wins=True)
        runner.add_lane(FIT_LANE, newest_wins=True, behind=REFRESH_LANE)
        runner.add_lane(COMPARE_LANE, newest_wins=False)  # several may ask at once
        refresh.on_cells = self._take_cells
        refresh.on_schedule = self._drop
        self._runner = runner
        self._refresh = refresh
        self._by = by
        self._publish = publish
        self._changes: tuple[Change, ...] = ()
        self._model: Any = None
        self._generation = -1
        self.result: WhatIfResult | None = None
        self.ready: WhatIfReady | None = None

    def ask(self, changes: tuple[Change, ...]) -> None:
        """Ask what these changes would do; the answer of an older question will not be published any more."""
        self._changes = changes
        if not changes:
            self._runner.supersede(LANE)
            if self.result is not None:
                self.result = None
                self._publish("whatif", None)
            return
        self._refresh.show_panel(WHATIF)
        if self._present() is not None:
            self._answer()

    def ask_again(self) -> None:
        """Answer the same question anew (another breakdown)."""
        self.ask(self._changes)

    def compare(self, scenarios: tuple[Scenario, ...], done: Compared) -> bool:
        """``done(answers)`` to the scenarios, in their order, about the present selection.

        Nothing is delivered of a model that another one has replaced: whoever compares asks again at topic "whatif_model".

        Returns:
            False: there is no model yet.
        """
        self._refresh.show_panel(WHATIF)
        model = self._present()
        if model is None:
            return False

        def deliver(answers: tuple[WhatIfResult | RequestError, ...]) -> None:
            if model is self._present():
                done(answers)

        self._runner.submit(
            COMPARE_LANE,
            "Comparing scenarios",
            lambda _: tuple(_answer_or_why_not(model, scenario) for scenario in scenarios),
            deliver,
            visible=False,
        )
        return True

    def _present(self) -> Any:
        """The model of the present selection, None while there is none."""
        return self._model if self._generation == self._refresh.generation else None

    def _drop(self) -> None:
        """The selection changes: nobody will ask the model that is being fitted."""
        for lane in (LANE, FIT_LANE):
            self._runner.supersede(lane)

    def _take_cells(self, generation: int, facts: Facts, question: Question, cells: PageCells | None) -> None:
        """New cells have come: the old model is about another selection."""
        self._generation, self._model = generation, None
        if cells is None:
            return

        def first(context: JobContext) -> Any:
            at_once = is_adjusted(facts, question.selection, WHATIF)
            return (whatif_model if at_once else whatif_first)(facts, question, cells, context.cancelled)

        def adjusted(context: JobContext) -> Any:
            context.pause(CALM_SECONDS)
            return whatif_model(facts, question, cells, context.cancelled)

        def fitted(model: Any) -> None:
            from docops_desktop.analysis.results.support import WhatIfReady
            from docops_desktop.analysis.whatif.support import support_of

            if generation != self._refresh.generation:
                return
            self._model = model
            if self._changes:
                self._answer()
            if model.first_estimate:
                self._submit_fit(adjusted, fitted)
            self.ready = WhatIfReady(not model.first_estimate, support_of(cells))
            self._publish("whatif_model", self.ready)

        self._submit_fit(first, fitted, visible=False)

    def _submit_fit(
        self, work: Callable[[JobContext], Any], done: Callable[[Any], None], *, visible: bool = True
    ) -> None:
        self._runner.submit(FIT_LANE, "Adjusting the what-if", work, done, visible=visible)

    def _answer(self) -> None:
        model, changes, by = self._model, self._changes, self._by()
        self._runner.submit(
            LANE, "Answering the what-if", lambda _: model.answer(changes, by), self._done, visible=False
        )

    def _done(self, result: WhatIfResult) -> None:
        self.result = result
        self._publish("whatif", result)


def _answer_or_why_not(model: Any, scenario: Scenario) -> WhatIfResult | RequestError:
    try:
        result: WhatIfResult = model.answer(scenario.changes)
    except RequestError as error:
        return error
    return result
