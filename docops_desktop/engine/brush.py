"""The brush on the timeline: while a hand drags the window, the other panels follow from tiles; on release the ordinary refresh answers.

Tiles are built in the background when the pointer comes near and kept as long as the question is the same but for its window. A step that comes before they
are ready is answered by a plain pass where the window is small enough for one; else a preview without panels says that they wait, and the newest is
answered when the tiles are there. Previews never take the place of the last good results; they list what those list, in the same order, so that whoever
drags can watch one row, and only release sorts anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from docops_desktop.engine.jobs import JobContext, JobRunner
from docops_desktop.engine.queries import PAGES, WHATIF, Answer, Question, scan, tiles_for
from docops_desktop.engine.refresh_scheduler import RefreshScheduler
from docops_desktop.engine.state import Results, ViewSettings
from docops_desktop.model.errors import Cancelled
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan

if TYPE_CHECKING:
    from docops_desktop.analysis.tiles.brush_tiles import BrushStep, BrushTiles
    from docops_desktop.store.facts import Facts

TILES_LANE = "tiles"
BRUSH_LANE = "brush"
AT_ONCE_SECONDS = 0.008
"""Answers that take no longer are computed where they are asked for: the way to another thread and back would take longer."""
PLAIN_SESSIONS = 1_000_000
"""Windows with more sessions wait for the tiles: a plain pass over them would hold up the building."""
_Asked = tuple[Any, Selection, tuple[Any, ...]]


class BrushScheduler:
    """Answers the steps of a brush along time.

    Args:
        view: gives the view settings as they are now.
        publish: gets ("results", Results) with ``preview`` set.
    """

    def __init__(
        self,
        runner: JobRunner,
        refresh: RefreshScheduler,
        view: Callable[[], ViewSettings],
        publish: Callable[[str, Any], None],
    ) -> None:
        runner.add_lane(TILES_LANE, newest_wins=True)
        runner.add_lane(BRUSH_LANE, newest_wins=True)
        refresh.on_attach = self.forget
        self._runner = runner
        self._refresh = refresh
        self._view = view
        self._publish = publish
        self._asked: _Asked | None = None
        self._tiles: BrushTiles | None = None
        self._held: BrushTiles | None = None
        self._span: TimeSpan | None = None
        self._steps = 0
        self._quick = True
        self._waits = False

    def prepare(self) -> None:
        """Build the tiles for the question as it is now, unless they are there or on their way."""
        facts, question = self._refresh.facts, self._question()
        if facts is None or not question.requests:
            return
        asked: _Asked = (id(facts), question.selection, question.requests)
        if asked == self._asked:
            return
        self._asked, self._tiles = asked, None
        self._build(facts, question, asked)

    def move(self, span: TimeSpan) -> None:
        """The brush covers this span now."""
        self.prepare()
        if span == self._span:
            return
        self._span = span
        self._answer()

    def end(self) -> bool:
        """The brush was released or given up; tell whether previews were shown since it began."""
        shown = self._span is not None
        self._span, self._waits, self._held = None, False, None
        self._runner.supersede(BRUSH_LANE)
        return shown

    def forget(self) -> None:
        """Other facts: drop the tiles, which hold the old ones."""
        self._runner.supersede(TILES_LANE)
        self._runner.supersede(BRUSH_LANE)
        self._asked = self._tiles = self._held = self._span = None

    def _question(self) -> Question:
        """All panels but those that show a comparison with the baseline, which moves with the window."""
        question = self._refresh.question()
        compared = "" if self._view().heatmap_mode == "value" else "heatmap"
        requests = tuple(r for r in question.requests if r.panel_id != compared)
        return Question(question.selection.with_span(None), (), requests)

    def _build(self, facts: Facts, question: Question, asked: _Asked) -> None:
        def work(context: JobContext) -> BrushTiles:
            return tiles_for(facts, question, context.on_cancel)

        def built(tiles: BrushTiles) -> None:
            if self._asked == asked:
                self._tiles = tiles
                self._answer()

        def failed(error: BaseException) -> None:
            if self._asked == asked:
                self._asked = None
            if not isinstance(error, Cancelled):
                raise error

        self._runner.submit(TILES_LANE, "Preparing the brush", work, built, failed, visible=False)

    def _answer(self) -> None:
        tiles, span = self._tiles, self._span
        if span is None:
            return
        if tiles is None:
            self._answer_plainly(span)
            return
        self._waits = False
        if self._held is not tiles:
            self._held = tiles
            last = self._refresh.results
            tiles.hold({} if last is None else {**last.panels, PAGES: last.pages})
        if self._quick:
            self._runner.supersede(BRUSH_LANE)
            self._take(tiles.answer(span))
        else:
            self._runner.submit(
                BRUSH_LANE, "Following the brush", lambda _: tiles.answer(span), self._take, visible=False
            )

    def _answer_plainly(self, span: TimeSpan) -> None:
        """Compute the window by a pass; the ranking waits for the tiles."""
        facts, asked = self._refresh.facts, self._question()
        requests = tuple(r for r in asked.requests if r.panel_id not in (PAGES, WHATIF, "timeline"))
        if facts is None or not requests:
            return
        if _sessions_in(facts, span) > PLAIN_SESSIONS:
            self._runner.supersede(BRUSH_LANE)
            if not self._waits:  # told once: what the panels show is old until the tiles are there
                self._waits = True
                self._show(span, {}, 0.0, {})
            return
        self._waits = False
        question = Question(asked.selection.with_span(span), (), requests)

        def show(found: Answer) -> None:
            if self._tiles is None:
                self._show(span, found.panels, found.seconds, {})

        self._runner.submit(
            BRUSH_LANE,
            "Following the brush",
            lambda context: scan(facts, question, context.on_cancel),
            show,
            visible=False,
        )

    def _take(self, step: BrushStep | None) -> None:
        if step is not None:
            self._quick = step.seconds <= AT_ONCE_SECONDS
            self._show(step.span, step.results, step.seconds, step.approximate)

    def _show(self, span: TimeSpan, panels: Mapping[str, Any], seconds: float, approximate: Mapping[str, str]) -> None:
        if span != self._span:
            return
        self._steps += 1
        self._publish(
            "results",
            Results(
                -self._steps,
                self._refresh.question().selection.with_span(span),
                (),
                panels,
                pages=panels.get(PAGES),
                totals=panels.get("totals"),
                seconds=seconds,
                preview=True,
                approximate=approximate,
            ),
        )


def _sessions_in(facts: Facts, span: TimeSpan) -> int:
    from docops_desktop.analysis.plan.facts_index import index_of

    low, high = index_of(facts).rows_between(span.start_ms, span.end_ms)
    return high - low
