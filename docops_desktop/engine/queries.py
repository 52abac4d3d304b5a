"""From what the analyst looks at to results: the synchronous core that the window's jobs and the command line share.

A question is a frozen value that holds all inputs, so that it can be compared, computed in another thread and repeated. Heavy libraries are
loaded by the first answer, not by importing this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from docops_desktop.analysis.requests import (
    STRATUM_DIMENSIONS,
    DistributionRequest,
    HeatmapRequest,
    PageCellsRequest,
    PanelRequest,
    RefreshRequest,
    SegmentsRequest,
    TimelineRequest,
    TotalsRequest,
)
from docops_desktop.engine.state import PANEL_IDS, ViewSettings
from docops_desktop.model.dimensions import dimension
from docops_desktop.model.errors import RequestError
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan

if TYPE_CHECKING:
    from docops_desktop.analysis.causal.model import CausalModel
    from docops_desktop.analysis.results.page_cells import PageCells
    from docops_desktop.analysis.results.page_story import PageStory
    from docops_desktop.analysis.results.pages import PagesResult
    from docops_desktop.analysis.tiles.brush_tiles import BrushTiles
    from docops_desktop.analysis.whatif.model import WhatIfModel
    from docops_desktop.analysis.whatif.segment_change import SegmentCells
    from docops_desktop.store.facts import Facts

Targets = float | tuple[tuple[str, float], ...] | None
"""Load time that "at stake" is counted against: one for all, by page group (name, ms), or None = each group's own best quartile."""

PAGES = "pages"
WHATIF = "whatif"
OnCancel = Callable[[Callable[[], None]], None]


@dataclass(frozen=True, slots=True)
class Question:
    """All inputs of one refresh. The requests "pages" and "whatif" ask for cells; the ranking is computed from those of "pages"."""

    selection: Selection = field(default_factory=Selection)
    baseline: tuple[TimeSpan, ...] = ()
    requests: tuple[PanelRequest, ...] = ()
    target_ms: Targets = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Results by panel id ("pages" is the PagesResult), and the cells behind ranking and what-if (None when not asked for).

    Attributes:
        cells: what a what-if is fitted on.
        to_rank: what the page ranking is still to be computed from; None when it is among the panels or wasn't asked for.
    """

    panels: Mapping[str, Any] = field(default_factory=dict)
    cells: PageCells | None = None
    to_rank: PageCells | None = None
    seconds: float = 0.0
    rows_scanned: int = 0
    compiled: bool = True


def request_of(panel_id: str, view: ViewSettings) -> PanelRequest:
    """Return the request of a panel by the view settings.

    Raises:
        RequestError: there is no such panel.
    """
    makers: dict[str, Callable[[], PanelRequest]] = {
        "timeline": lambda: TimelineRequest(bins=view.timeline_bins),
        PAGES: lambda: PageCellsRequest(PAGES),
        WHATIF: lambda: PageCellsRequest(WHATIF, strata_by(view.whatif_by)),
        "heatmap": lambda: HeatmapRequest(
            rows=view.heatmap_rows,
            columns=view.heatmap_columns,
            measure=view.heatmap_measure,
            top_rows=view.heatmap_top_rows,
            top_columns=view.heatmap_top_columns,
        ),
        "segments": lambda: SegmentsRequest(
            by=view.segments_by,
            measures=view.segments_measures,
            order=view.segments_order,
            limit=view.segments_limit,
        ),
        "distribution": DistributionRequest,
        "totals": TotalsRequest,
    }
    if panel_id not in makers:
        raise RequestError(f"there is no panel {panel_id!r}", fix=f"Use one of: {', '.join(PANEL_IDS)}")
    return makers[panel_id]()


def strata_by(by: str) -> tuple[str, ...]:
    """Return the strata that a what-if broken down by this dimension needs: the usual ones, and that dimension where it can be one."""
    coded = dimension(by)
    usual = by in STRATUM_DIMENSIONS or coded.level != "session" or coded.coding == "calendar"
    return STRATUM_DIMENSIONS if usual else (*STRATUM_DIMENSIONS, by)


def answer(facts: Facts, question: Question, on_cancel: OnCancel | None = None) -> Answer:
    """Compute all panels of a question, the page ranking included; arguments and errors as for ``scan``."""
    found = scan(facts, question, on_cancel)
    if found.to_rank is None:
        return found
    pages = rank(found.to_rank, question.target_ms, adjusted_for_cells(facts, question.selection, PAGES))
    return replace(found, panels={**found.panels, PAGES: pages}, to_rank=None)


def scan(facts: Facts, question: Question, on_cancel: OnCancel | None = None) -> Answer:
    """Compute all panels of a question in one pass over the facts, all but the ranking of ``to_rank``.

    Args:
        on_cancel: is given a function that stops the pass, to call when the answer isn't wanted any more.

    Raises:
        Cancelled: it was stopped.
        RequestError: the question names something that these data don't have.
    """
    from docops_desktop.analysis.refresh import CancelFlag, refresh

    flag = CancelFlag()
    if on_cancel is not None:
        on_cancel(flag.set)
    requests, shared = _share_cells(question)
    result = refresh(facts, RefreshRequest(question.selection, requests, question.baseline), flag)
    panels: dict[str, Any] = dict(result.results)
    to_rank, cells = panels.pop(PAGES, None), panels.pop(WHATIF, None)
    if shared:
        cells = to_rank
    return Answer(panels, cells, to_rank, result.seconds, result.rows_scanned, result.compiled)


def tiles_for(facts: Facts, question: Question, on_cancel: OnCancel | None = None) -> BrushTiles:
    """Build the tiles by which a brush along time is answered; arguments and errors as for ``scan``. The ranking's figures come without a model."""
    from docops_desktop.analysis.refresh import CancelFlag
    from docops_desktop.analysis.tiles.brush_tiles import BrushTiles

    flag = CancelFlag()
    if on_cancel is not None:
        on_cancel(flag.set)
    return BrushTiles.build(facts, RefreshRequest(question.selection, question.requests), flag)


def rank(cells: PageCells, target_ms: Targets, causal: CausalModel | None = None) -> Any:
    """Rank page groups from their cells, adjusted by the effect of the same selection where there is one; return a PagesResult."""
    from docops_desktop.analysis.ranking.pages import rank_pages

    targets = dict(target_ms) if isinstance(target_ms, tuple) else target_ms
    return rank_pages(cells, targets, causal)


def story_of(pages: PagesResult, cells: PageCells, page_group: str) -> PageStory:
    """Explain a row of a ranking from the cells that it was made from.

    Raises:
        RequestError: it has no such page group.
    """
    from docops_desktop.analysis.ranking.story import page_story

    return page_story(pages, page_group, cells)


FIRST_ESTIMATE = "First estimate, adjusted for {strata} only; the adjustment for everything recorded is being computed."


def rank_first(cells: PageCells, target_ms: Targets) -> Any:
    """Rank page groups by stratified figures, marked as a first estimate; return a PagesResult."""
    pages = rank(cells, target_ms)
    return replace(pages, first_estimate=True, warnings=(first_estimate(cells), *pages.warnings))


def first_estimate(cells: PageCells) -> str:
    """Say of stratified figures that better ones are on their way."""
    from docops_desktop.analysis.ranking.pages import labels_of

    return FIRST_ESTIMATE.format(strata=labels_of(cells.stratum_dimensions) or "nothing")


def is_adjusted(facts: Facts, selection: Selection, panel_id: str) -> bool:
    """Tell whether ``adjusted_for_cells`` would answer at once."""
    from docops_desktop.analysis.causal.shared import is_known

    return is_known(facts, selection.without_author(panel_id))


def whatif_model(
    facts: Facts, question: Question, cells: PageCells, cancelled: Callable[[], bool] | None = None
) -> WhatIfModel:
    """Return the adjusted what-if of a question's cells.

    Raises:
        Cancelled: ``cancelled`` said so.
    """
    from docops_desktop.analysis.whatif.model import WhatIfModel

    causal = adjusted_for_cells(facts, question.selection, WHATIF, cancelled)
    return WhatIfModel.fit(cells, cancelled, causal, cells_of_segments(facts, question))


def whatif_first(
    facts: Facts, question: Question, cells: PageCells, cancelled: Callable[[], bool] | None = None
) -> WhatIfModel:
    """Return the stratified what-if of a question's cells, whose answers say that they are a first estimate."""
    from docops_desktop.analysis.whatif.model import WhatIfModel

    fitted = WhatIfModel.fit(cells, cancelled, segment_cells=cells_of_segments(facts, question))
    return replace(fitted, first_estimate=first_estimate(cells))


def adjusted_for_cells(
    facts: Facts, selection: Selection, panel_id: str, cancelled: Callable[[], bool] | None = None
) -> CausalModel:
    """Return the adjusted effect of what a panel's cells are about (without the panel's own clauses); fitted once per selection.

    Raises:
        Cancelled: ``cancelled`` said so.
    """
    from docops_desktop.analysis.causal.shared import shared_model

    return shared_model(facts, selection.without_author(panel_id), cancelled)


def cells_of_segments(facts: Facts, question: Question) -> SegmentCells:
    """Return what gives the cells of segments to the what-if of a question."""
    from docops_desktop.analysis.whatif.segment_change import segment_cells

    request = next(r for r in question.requests if r.panel_id == WHATIF)
    assert isinstance(request, PageCellsRequest)
    return segment_cells(facts, question.selection, request)


def targets_of(view: ViewSettings, by_group: Mapping[str, float]) -> Targets:
    """The target load time that counts: the view's, else the workspace's by page group, else none."""
    if view.target_ms is not None:
        return view.target_ms
    return tuple(sorted(by_group.items())) or None


def _share_cells(question: Question) -> tuple[tuple[PanelRequest, ...], bool]:
    """Leave the what-if's request out where the ranking's cells are the same: no clause is hidden from either of the two."""
    by_id = {request.panel_id: request for request in question.requests}
    authors = {clause.author for clause in question.selection.clauses}
    pages, whatif = by_id.get(PAGES), by_id.get(WHATIF)
    same = isinstance(pages, PageCellsRequest) and whatif == replace(pages, panel_id=WHATIF)
    shared = same and not authors & {PAGES, WHATIF}
    kept = tuple(r for r in question.requests if not (shared and r.panel_id == WHATIF))
    return kept, shared
