"""What if pages were faster: conversions and revenue under a set of changes, raw beside adjusted, inside what was observed.

The curves are fitted once per selection; an answer only evaluates them over the cells, so that a slider can ask on every move.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.certainty import hedges_of, nearest_end, standing_of, statement_of
from docops_desktop.analysis.ranking.exposure import Exposure, exposures
from docops_desktop.analysis.ranking.pages import NOBODY, in_major_units
from docops_desktop.analysis.ranking.speed_effect import fit
from docops_desktop.analysis.results.common import Check, Estimate
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.analysis.results.whatif import Rung, WhatIfPart, WhatIfResult
from docops_desktop.analysis.whatif.effect import Curves, Effect, Move, effect_of, log_doubt, moved, totals
from docops_desktop.analysis.whatif.segment_change import SegmentCells, Target, by_place, gap_to_rest, minus, targets
from docops_desktop.analysis.whatif.words import (
    ADJUSTED_METHOD,
    FAST_ALREADY,
    METHOD,
    NOT_SLOWER,
    THIN,
    doubts,
    outside_reason,
)
from docops_desktop.analysis.whatif.words import ladder as ladder_of
from docops_desktop.analysis.whatif.words import unmoved as unmoved_of
from docops_desktop.analysis.whatif.words import warnings as warnings_of
from docops_desktop.model.errors import Cancelled, RequestError
from docops_desktop.model.scenario import Change, Segment, segments_of

if TYPE_CHECKING:
    from docops_desktop.analysis.causal.model import CausalAnswer, CausalModel

Floats = npt.NDArray[np.float64]

MAX_OUTSIDE = 0.25  # of the exposed sessions may hit the floor before an answer is refused


@dataclass(frozen=True, slots=True)
class _Figures:
    """Conversions and revenue (major units) under the stratified curves and under the raw ones."""

    conversions: Estimate
    revenue: Estimate
    raw_conversions: Estimate
    raw_revenue: Estimate


@dataclass(frozen=True)
class WhatIfModel:
    """Fitted curves of one selection, and its adjusted effect where there is one; ``first_estimate``: what answers say while that is being fitted."""

    cells: PageCells
    curves: Mapping[str, Curves]
    refused: Mapping[str, str]
    causal: CausalModel | None = None
    segment_cells: SegmentCells | None = None
    first_estimate: str = ""

    @classmethod
    def fit(
        cls,
        cells: PageCells,
        cancelled: Callable[[], bool] | None = None,
        causal: CausalModel | None = None,
        segment_cells: SegmentCells | None = None,
    ) -> WhatIfModel:
        """Fit every page group's curves; a group that can't answer is kept with its reason.

        Args:
            cells: exposures of the selection.
            cancelled: asked between two page groups.
            causal: the adjusted effect of the same selection; without it, or where it has none, answers are stratified.
            segment_cells: gives the cells of segments, for changes of these; without it they are refused.

        Raises:
            Cancelled: ``cancelled`` said so between two page groups.
        """
        curves: dict[str, Curves] = {}
        refused: dict[str, str] = {}
        for exposure in exposures(cells):
            if cancelled is not None and cancelled():
                raise Cancelled
            if not exposure.answerable:
                refused[exposure.page_group] = exposure.reason
                continue
            adjusted = fit(exposure.n, exposure.conversions, exposure.load_ms)
            raw = fit(exposure.n.sum(axis=0)[None, :], exposure.conversions.sum(axis=0)[None, :], exposure.load_ms)
            support = exposure.support_ms()
            if adjusted is None or raw is None or support is None:
                refused[exposure.page_group] = "load times don't differ within any stratum with conversions"
                continue
            curves[exposure.page_group] = Curves(exposure, adjusted, raw, *support)
        return cls(cells, curves, refused, causal, segment_cells)

    def typical_ms(self, page_group: str) -> float | None:
        """Return the median exposure of a page group in ms, None when nothing is known of it."""
        found = self.curves.get(page_group)
        return None if found is None else found.exposure.quantile_ms(0.5)

    def answer(self, changes: tuple[Change, ...], by: str = "page_group") -> WhatIfResult:
        """Return deltas of conversions and revenue under the changes.

        Args:
            changes: a page view takes the last one that is about its page group and its session.
            by: ``page_group`` or one of the cells' stratum dimensions; with an adjusted effect any dimension of the session. Parts add up to the whole.

        Raises:
            RequestError: a change names an unknown page group, or ``by`` isn't among the strata.
        """
        segments = segments_of(changes)
        places = self._places(segments)
        asked = targets(changes, self.cells.page_groups, segments)
        wanted = tuple(dict.fromkeys(target.page_group for target in asked))
        moves = {t: self._move(t, places) for t in asked if t.page_group in self.curves}
        effects = {t: effect_of(self.curves[t.page_group], places[t.place], move) for t, move in moves.items()}
        unanswerable, unknown = {g: self.refused[g] for g in wanted if g in self.refused}, self.cells.outcomes_missing
        unsupported = {
            t.page_group: outside_reason(t.page_group, e.outside, curves.floor_ms, curves.ceiling_ms)
            for t, e in effects.items()
            if e.outside > MAX_OUTSIDE and (curves := self.curves[t.page_group])
        }
        good = {t: e for t, e in effects.items() if t.page_group not in unsupported}
        keys = self._part_keys(by, wanted)
        parts = self._parts(keys, by, good, {**unanswerable, **unsupported})
        supported = bool(good) and not unsupported
        found = self._sums(good.values())[0]
        ladder: tuple[Rung, ...] = ()
        better = self._adjusted({t: moves[t] for t in good}, segments, by) if supported else None
        if supported:
            ladder = ladder_of(
                found.raw_conversions, found.raw_revenue, found.conversions, found.revenue, better, self.cells
            )
            conversions, revenue = ladder[-1].conversions, ladder[-1].revenue
            parts = self._better_parts(parts, better, by)
        else:
            by_group = " ".join(unsupported.values()) or "; ".join(f"{g}: {why}" for g, why in unanswerable.items())
            reason = unknown if unknown and self.cells.page_groups else by_group
            conversions = revenue = Estimate(None, reason=reason or self._nothing_asked())
            found = _Figures(conversions, revenue, conversions, revenue)
        causal = self.causal if better is not None else None
        checks = None if causal is None else causal.checks
        limit = checks.needed_for(nearest_end(conversions)) if checks else None
        hedges = hedges_of(causal)
        return WhatIfResult(
            changes,
            self.cells.total_sessions,
            None if unknown else self.cells.total_conversions,
            None if unknown else self.cells.total_revenue / 10**self.cells.minor_digits,
            conversions,
            revenue,
            found.raw_conversions.value,
            found.raw_revenue.value,
            by,
            parts,
            supported,
            (
                *filter(None, (self.first_estimate,)),
                *unmoved_of({(_segment(t, segments), t.page_group): move.unmoved for t, move in moves.items()}),
                *warnings_of(
                    {_who(t, segments): e.outside for t, e in good.items()},
                    {} if unknown else unanswerable,
                    conversions,
                    found.raw_conversions.value,
                    adjusted=better is not None,
                ),
                *(() if unknown else doubts(self.causal, conversions, adjusted=better is not None)),
            ),
            tuple(self.cells.stratum_dimensions) if causal is None else causal.adjusted_for,
            self.cells.currency,
            METHOD if better is None else {**METHOD, **ADJUSTED_METHOD},
            ladder,
            tuple(Check(c.name, c.passed, c.figure, c.text) for c in checks.checks) if checks else (),
            checks.e_value if checks else None,
            limit,
            bool(self.first_estimate),
            standing_of(conversions, hedges),
            statement_of(
                conversions,
                hedges,
                found.raw_conversions.value,
                limit,
                thin=any(effect.outside > THIN for effect in good.values()),
            ),
            found.raw_conversions,
            found.raw_revenue,
        )

    def _places(self, segments: tuple[Segment, ...]) -> tuple[dict[str, Exposure], ...]:
        if not segments:
            return ({group: curves.exposure for group, curves in self.curves.items()},)
        if self.segment_cells is None:
            raise RequestError("segments can't be told apart in these data", fix="Change page groups for everybody")
        return by_place(self.cells, self.segment_cells(segments))

    def _move(self, target: Target, places: tuple[dict[str, Exposure], ...]) -> Move:
        """What the change does to a load time; a segment's own median and percentiles are those of its sessions."""
        change, whole = target.change, self.curves[target.page_group].exposure
        own = whole if change.segment is None else places[target.place][target.page_group]
        if change.kind == "ms":
            return Move(add_ms=change.value)
        if change.kind == "percent":
            return Move(factor=1 + change.value / 100)
        if change.kind == "to_ms":
            factor = change.value / (own.quantile_ms(0.5) or change.value)
            return Move(unmoved=FAST_ALREADY) if factor >= 1 else Move(factor=factor)
        if change.kind == "to_percentile":
            return Move(cap_ms=own.quantile_ms(change.value / 100) or np.inf)
        gap, share = gap_to_rest(own, minus(whole, own)), change.value / 100
        if not gap.log:
            return Move(unmoved=gap.reason or NOT_SLOWER)
        return Move(factor=float(np.exp(gap.log * share)), log_sd=gap.sd * share)

    def _adjusted(self, moves: Mapping[Target, Move], segments: tuple[Segment, ...], by: str) -> CausalAnswer | None:
        if self.causal is None or self.causal.reason:
            return None
        from docops_desktop.analysis.causal.sample import log_of_code

        load_ms = np.exp(np.nan_to_num(log_of_code()))
        new: list[dict[str, Floats]] = [{} for _ in range(len(segments) + 1)]
        doubts: list[dict[str, Floats]] = [{} for _ in range(len(segments) + 1)]
        for target, move in moves.items():
            curves = self.curves[target.page_group]
            new[target.place][target.page_group] = np.log(np.maximum(moved(curves, move, load_ms)[1], 1.0))
            if move.log_sd:
                doubts[target.place][target.page_group] = log_doubt(curves, move, load_ms)
        return self.causal.answer(new[0], by, tuple(zip(segments, new[1:], strict=True)), tuple(doubts))

    def _better_parts(
        self, parts: tuple[WhatIfPart, ...], better: CausalAnswer | None, by: str
    ) -> tuple[WhatIfPart, ...]:
        """The parts with the adjusted figures; a value that the strata don't name has no raw figure."""
        if better is None:
            return parts
        known = {part.key: part for part in parts}
        found: list[WhatIfPart] = []
        for part in better.parts:
            old = known.pop(part.key, None)
            money = in_major_units(part.revenue, self.cells.minor_digits)
            if old is None:
                found.append(WhatIfPart(part.key, part.sessions, part.conversions, money, None, None, True, ""))
            else:
                sessions = old.sessions if by == "page_group" else part.sessions
                found.append(replace(old, sessions=sessions, conversions=part.conversions, revenue=money))
        return (*found, *(part for part in known.values() if by == "page_group"))

    def _nothing_asked(self) -> str:
        return "no change was asked for" if self.cells.page_groups else NOBODY

    def _part_keys(self, by: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
        if by == "page_group":
            return wanted
        if by not in self.cells.stratum_dimensions:
            if self.causal is not None and not self.causal.reason and by in self.causal.dimensions:
                return ()
            why = "" if self.causal is None or not self.causal.reason else f": {self.causal.reason}"
            raise RequestError(
                f"the answer can't be split by {by} without the full adjustment{why}",
                fix="Use page_group, " + ", ".join(self.cells.stratum_dimensions),
            )
        place = self.cells.stratum_dimensions.index(by)
        return tuple(dict.fromkeys(key[place] for key in self.cells.stratum_keys))

    def _parts(
        self, keys: tuple[str, ...], by: str, good: Mapping[Target, Effect], bad: Mapping[str, str]
    ) -> tuple[WhatIfPart, ...]:
        if by == "page_group":
            return tuple(self._page_part(key, [e for t, e in good.items() if t.page_group == key], bad) for key in keys)
        if not keys:  # the strata don't name its values
            return ()
        place = self.cells.stratum_dimensions.index(by)
        rows = np.array(
            [[stratum[place] == key for stratum in self.cells.stratum_keys] for key in keys], dtype=np.float64
        )
        sessions = rows @ self.cells.stratum_sessions
        if not good:
            reason = "; ".join(bad.values())
            return tuple(_no_part(key, int(n), reason) for key, n in zip(keys, sessions, strict=True))
        found = self._sums(good.values(), rows)
        return tuple(_part(key, int(n), f) for key, n, f in zip(keys, sessions, found, strict=True))

    def _page_part(self, key: str, effects: list[Effect], bad: Mapping[str, str]) -> WhatIfPart:
        sessions = int(self.cells.n[self.cells.page_groups.index(key)].sum())
        return _part(key, sessions, self._sums(effects)[0]) if effects else _no_part(key, sessions, bad.get(key, ""))

    def _sums(self, effects: Collection[Effect], rows: Floats | None = None) -> list[_Figures]:
        """The effects together over each set of strata (K, strata); over all strata without such sets."""
        rows = np.ones((1, len(self.cells.strata))) if rows is None else rows
        digits = self.cells.minor_digits
        conversions = totals((e.conversions for e in effects), rows)
        revenue = totals((e.revenue for e in effects), rows)
        raw_conversions = totals((e.raw_conversions for e in effects), rows)
        raw_revenue = totals((e.raw_revenue for e in effects), rows)
        return [
            _Figures(c, in_major_units(r, digits), raw_c, in_major_units(raw_r, digits))
            for c, r, raw_c, raw_r in zip(conversions, revenue, raw_conversions, raw_revenue, strict=True)
        ]


def _part(key: str, sessions: int, found: _Figures) -> WhatIfPart:
    return WhatIfPart(
        key,
        sessions,
        found.conversions,
        found.revenue,
        found.raw_conversions.value,
        found.raw_revenue.value,
        True,
        "",
        found.raw_conversions,
        found.raw_revenue,
    )


def _no_part(key: str, sessions: int, reason: str) -> WhatIfPart:
    nothing = Estimate(None, reason=reason)
    return WhatIfPart(key, sessions, nothing, nothing, None, None, False, reason)


def _who(target: Target, segments: tuple[Segment, ...]) -> str:
    """The page group, and whose views of it."""
    return f"{target.page_group}, {_segment(target, segments)}" if target.place else target.page_group


def _segment(target: Target, segments: tuple[Segment, ...]) -> str:
    if not segments:
        return ""
    return segments[target.place - 1].text() if target.place else "everybody else"
