"""Answers what-if questions while a slider moves: the model is fitted once per selection in the background, answers then cost milliseconds.

While a refresh or a fit is on its way only the newest question is kept; it is answered as soon as the model for the present selection is there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from docops_desktop.engine.jobs import JobContext, JobRunner
from docops_desktop.engine.queries import WHATIF
from docops_desktop.engine.refresh_scheduler import Adjust, RefreshScheduler
from docops_desktop.model.scenario import Change

if TYPE_CHECKING:
    from docops_desktop.analysis.results.page_cells import PageCells
    from docops_desktop.analysis.results.whatif import WhatIfResult

LANE = "whatif"


class WhatIfScheduler:
    """Keeps the answer to the newest what-if question up to date.

    Args:
        by: gives the dimension by which answers are broken down.
        publish: gets ("whatif", WhatIfResult), or ("whatif", None) when no change is asked about.
    """

    def __init__(
        self,
        runner: JobRunner,
        refresh: RefreshScheduler,
        by: Callable[[], str],
        publish: Callable[[str, Any], None],
    ) -> None:
        runner.add_lane(LANE, newest_wins=True)
        refresh.on_cells = self._take_cells
        self._runner = runner
        self._refresh = refresh
        self._by = by
        self._publish = publish
        self._changes: tuple[Change, ...] = ()
        self._cells: PageCells | None = None
        self._model: Any = None
        self._generation = -1
        self.result: WhatIfResult | None = None

    def ask(self, changes: tuple[Change, ...]) -> None:
        """Ask what these changes would do; the answer of an older question will not be published any more."""
        self._changes = changes
        if not changes:
            if self.result is not None:
                self.result = None
                self._publish("whatif", None)
            return
        self._refresh.show_panel(WHATIF)
        if self._generation == self._refresh.generation and self._model is not None:
            self._answer()

    def ask_again(self) -> None:
        """Answer the same question anew (another breakdown)."""
        self.ask(self._changes)

    def _take_cells(self, generation: int, cells: PageCells | None, adjust: Adjust) -> None:
        """New cells have come: the old model is about another selection."""
        self._generation, self._cells, self._model = generation, cells, None
        self._runner.supersede(LANE)
        if cells is None:
            return

        def fit(context: JobContext) -> Any:
            from docops_desktop.analysis.whatif import WhatIfModel

            return WhatIfModel.fit(cells, context.cancelled, adjust(context.cancelled))

        self._runner.submit(LANE, "Preparing the what-if", fit, lambda model: self._fitted(generation, model))

    def _fitted(self, generation: int, model: Any) -> None:
        if generation == self._refresh.generation:
            self._model = model
            if self._changes:
                self._answer()

    def _answer(self) -> None:
        model, changes, by = self._model, self._changes, self._by()
        self._runner.submit(
            LANE, "Answering the what-if", lambda _: model.answer(changes, by), self._done, visible=False
        )

    def _done(self, result: WhatIfResult) -> None:
        self.result = result
        self._publish("whatif", result)
