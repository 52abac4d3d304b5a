"""Who takes which change when a scenario names segments: every session has one place, 0 = in no segment, k = in the k-th segment.

Cells add up, so a segment's cells come from one more pass over the facts and everybody else's by subtraction, exactly. Estimates no effect.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.ranking.exposure import Exposure, exposures
from docops_desktop.analysis.requests import PageCellsRequest, RefreshRequest
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.model.errors import RequestError
from docops_desktop.model.scenario import ALL_PAGES, Change, Segment
from docops_desktop.model.selection import Selection, ValueClause

if TYPE_CHECKING:
    from docops_desktop.store.facts import Facts

Floats = npt.NDArray[np.float64]
SegmentCells = Callable[[tuple[Segment, ...]], tuple[PageCells | None, ...]]
"""Gives the cells of each segment's place; None: nobody is there."""

MIN_MEDIAN = 30
"""Exposed sessions on each side, to compare two medians."""
AROUND_MEDIAN = 0.1


@dataclass(frozen=True, slots=True)
class Target:
    """One page group of the sessions of one place, and the change that it takes."""

    page_group: str
    place: int
    change: Change


def targets(changes: tuple[Change, ...], page_groups: Sequence[str], segments: tuple[Segment, ...]) -> list[Target]:
    """Return what changes, page groups in the order in which the changes name them; of several changes the later one counts.

    Raises:
        RequestError: a change names an unknown page group.
    """
    found: dict[tuple[str, int], Change] = {}
    for change in changes:
        places = range(len(segments) + 1) if change.segment is None else (segments.index(change.segment) + 1,)
        for group in page_groups if change.page_groups == (ALL_PAGES,) else change.page_groups:
            if group not in page_groups:
                fix = "Use one of: " + ", ".join(page_groups)
                raise RequestError(f"there is no page group {group!r} in the selection", fix=fix)
            found.update(dict.fromkeys(((group, place) for place in places), change))
    return [Target(group, place, change) for (group, place), change in found.items()]


def narrowed(selection: Selection, segment: Segment, later: Sequence[Segment]) -> Selection | None:
    """Return the selection's sessions that belong to the segment and to none of the later ones; None when there can't be any."""
    kept = list(segment.values)
    for clause in selection.clauses:
        if isinstance(clause, ValueClause) and clause.dimension == segment.dimension and not clause.negated:
            kept = [value for value in kept if value in clause.values]
    for other in later:
        if other.dimension == segment.dimension:
            kept = [value for value in kept if value not in other.values]
        else:
            selection = selection.exclude(other.dimension, other.values)
    return selection.keep(segment.dimension, kept) if kept else None


def segment_cells(facts: Facts, selection: Selection, request: PageCellsRequest) -> SegmentCells:
    """Return what computes the cells of segments as the request's own cells were: same strata, and blind to the panel's own clauses.

    It keeps what it computed, and doesn't keep the facts in memory.
    """
    known: dict[tuple[Segment, ...], tuple[PageCells | None, ...]] = {}
    source, asked = weakref.ref(facts), selection.without_author(request.panel_id)

    def cells(segments: tuple[Segment, ...]) -> tuple[PageCells | None, ...]:
        if segments not in known:
            present = source()
            if present is None:
                raise RequestError("the data that the answer is about are closed", fix="Open the workspace again")
            known.clear()
            known[segments] = tuple(
                _scan(present, narrowed(asked, segment, segments[place + 1 :]), request)
                for place, segment in enumerate(segments)
            )
        return known[segments]

    return cells


def _scan(facts: Facts, selection: Selection | None, request: PageCellsRequest) -> PageCells | None:
    from docops_desktop.analysis.refresh import refresh

    if selection is None:
        return None
    cells = refresh(facts, RefreshRequest(selection, (request,))).results[request.panel_id]
    assert isinstance(cells, PageCells)
    return cells


def by_place(whole: PageCells, segments: Sequence[PageCells | None]) -> tuple[dict[str, Exposure], ...]:
    """Return the exposures of each place by page group, place 0 being what no segment holds."""
    found = [{} if cells is None else {e.page_group: e for e in exposures(cells)} for cells in segments]
    rest: dict[str, Exposure] = {}
    for exposure in exposures(whole):
        left = exposure
        for place in found:
            part = place.get(exposure.page_group)
            left = left if part is None else minus(left, part)
            place.setdefault(exposure.page_group, minus(exposure, exposure))
        rest[exposure.page_group] = left
    return (rest, *found)


def minus(whole: Exposure, part: Exposure) -> Exposure:
    """Return the exposures that are in the whole and not in the part."""
    return replace(
        whole,
        n=whole.n - part.n,
        conversions=whole.conversions - part.conversions,
        revenue=whole.revenue - part.revenue,
        revenue_squared=np.maximum(whole.revenue_squared - part.revenue_squared, 0.0),
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """ln of the others' median over the segment's own (at most 0: nobody is made slower), its standard error, and why there is none."""

    log: float
    sd: float
    reason: str = ""


def gap_to_rest(own: Exposure, others: Exposure) -> Gap:
    """Compare a segment's median with that of everybody else."""
    mine, theirs = int(own.n.sum()), int(others.n.sum())
    if min(mine, theirs) < MIN_MEDIAN:
        who = "sessions of the segment" if mine < MIN_MEDIAN else "other sessions"
        reason = f"only {min(mine, theirs)} {who} were measured here; at least {MIN_MEDIAN} are needed for a median"
        return Gap(0.0, 0.0, reason)
    (a, sd_a), (b, sd_b) = _log_median(own), _log_median(others)
    return Gap(min(0.0, b - a), float(np.hypot(sd_a, sd_b)))


def _log_median(exposure: Exposure) -> tuple[float, float]:
    """ln of the median, and its standard error 1 / (2 f sqrt(n)), the density f being that between two shares around it."""
    below, median, above = (
        np.log(exposure.quantile_ms(q) or 1.0) for q in (0.5 - AROUND_MEDIAN, 0.5, 0.5 + AROUND_MEDIAN)
    )
    density = 2 * AROUND_MEDIAN / max(float(above - below), 1e-9)
    return float(median), 0.5 / (density * float(exposure.n.sum()) ** 0.5)
