"""What if pages were faster: conversions and revenue under a set of changes, raw beside adjusted, inside what was observed.

The curves are fitted once per selection; an answer only evaluates them over the cells, so that a slider can ask on every move.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.exposure import Exposure, exposures
from docops_desktop.analysis.pages import Z95, in_major_units
from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.analysis.results.whatif import Check, Rung, WhatIfPart, WhatIfResult
from docops_desktop.analysis.speed_effect import SpeedFit, fit
from docops_desktop.analysis.whatif_words import (
    ADJUSTED_METHOD,
    METHOD,
    SUPPORT_HIGH,
    SUPPORT_LOW,
    doubts,
    nearest_end,
    outside_reason,
)
from docops_desktop.analysis.whatif_words import ladder as ladder_of
from docops_desktop.analysis.whatif_words import warnings as warnings_of
from docops_desktop.model.errors import Cancelled, RequestError
from docops_desktop.model.scenario import ALL_PAGES, Change

if TYPE_CHECKING:
    from docops_desktop.analysis.causal.model import CausalAnswer, CausalModel

Floats = npt.NDArray[np.float64]

MAX_OUTSIDE = 0.25  # of the exposed sessions may hit the floor before an answer is refused


@dataclass(frozen=True, slots=True)
class _Curves:
    exposure: Exposure
    adjusted: SpeedFit
    raw: SpeedFit
    floor_ms: float
    ceiling_ms: float


@dataclass(frozen=True, slots=True)
class _Effect:
    """Effect of one page group's change on its cells: (strata,) sums; ``gradient_*`` (strata, k) for the delta method."""

    conversions: Floats
    revenue: Floats
    raw_conversions: Floats
    raw_revenue: Floats
    gradient_conversions: Floats
    gradient_revenue: Floats
    spread_conversions: Floats
    spread_revenue: Floats
    covariance: Floats
    outside: float


@dataclass(frozen=True)
class WhatIfModel:
    """Fitted curves of one selection, and its adjusted effect where there is one."""

    cells: PageCells
    curves: Mapping[str, _Curves]
    refused: Mapping[str, str]
    causal: CausalModel | None = None

    @classmethod
    def fit(
        cls, cells: PageCells, cancelled: Callable[[], bool] | None = None, causal: CausalModel | None = None
    ) -> WhatIfModel:
        """Fit every page group's curves; a group that can't answer is kept with its reason.

        Args:
            cells: exposures of the selection.
            cancelled: asked between two page groups.
            causal: the adjusted effect of the same selection; without it, or where it has none, answers are stratified.

        Raises:
            Cancelled: ``cancelled`` said so between two page groups.
        """
        curves: dict[str, _Curves] = {}
        refused: dict[str, str] = {}
        for exposure in exposures(cells):
            if cancelled is not None and cancelled():
                raise Cancelled
            if not exposure.answerable:
                refused[exposure.page_group] = exposure.reason
                continue
            adjusted = fit(exposure.n, exposure.conversions, exposure.load_ms)
            raw = fit(exposure.n.sum(axis=0)[None, :], exposure.conversions.sum(axis=0)[None, :], exposure.load_ms)
            low, high = exposure.quantile_ms(SUPPORT_LOW), exposure.quantile_ms(SUPPORT_HIGH)
            if adjusted is None or raw is None or low is None or high is None:
                refused[exposure.page_group] = "load times don't differ within any stratum with conversions"
                continue
            curves[exposure.page_group] = _Curves(exposure, adjusted, raw, low, high)
        return cls(cells, curves, refused, causal)

    def typical_ms(self, page_group: str) -> float | None:
        """Return the median exposure of a page group in ms, None when nothing is known of it."""
        found = self.curves.get(page_group)
        return None if found is None else found.exposure.quantile_ms(0.5)

    def answer(self, changes: tuple[Change, ...], by: str = "page_group") -> WhatIfResult:
        """Return deltas of conversions and revenue under the changes.

        Args:
            changes: at most one counts per page group, the later one.
            by: ``page_group`` or one of the cells' stratum dimensions; with an adjusted effect any dimension of the session. Parts add up to the whole.

        Raises:
            RequestError: a change names an unknown page group, or ``by`` isn't among the strata.
        """
        wanted = self._changes_by_group(changes)
        effects = {g: _effect(self.curves[g], change) for g, change in wanted.items() if g in self.curves}
        unanswerable = {g: self.refused[g] for g in wanted if g in self.refused}
        unsupported = {
            g: outside_reason(g, e.outside, self.curves[g].floor_ms, self.curves[g].ceiling_ms)
            for g, e in effects.items()
            if e.outside > MAX_OUTSIDE
        }
        good = {g: e for g, e in effects.items() if g not in unsupported}
        keys = self._part_keys(by, wanted)
        parts = tuple(self._part(key, by, wanted, good, {**unanswerable, **unsupported}) for key in keys)
        supported = bool(good) and not unsupported
        everything = {g: np.ones(len(self.cells.strata), dtype=bool) for g in good}
        raw_conversions: float | None
        raw_revenue: float | None
        conversions, revenue, raw_conversions, raw_revenue = self._sums(good, everything)
        ladder: tuple[Rung, ...] = ()
        better = self._adjusted(wanted, good, by) if supported else None
        if unsupported or not good:
            reason = " ".join(unsupported.values()) or "; ".join(f"{g}: {why}" for g, why in unanswerable.items())
            conversions = revenue = Estimate(None, reason=reason or self._nothing_asked())
            raw_conversions = raw_revenue = None
        else:
            ladder = ladder_of(raw_conversions, raw_revenue, conversions, revenue, better, self.cells)
            conversions, revenue = ladder[-1].conversions, ladder[-1].revenue
            parts = self._better_parts(parts, better, by)
        checks = self.causal.checks if better is not None and self.causal is not None else None
        warnings = warnings_of(
            {g: e.outside for g, e in good.items()},
            unanswerable,
            conversions,
            raw_conversions,
            adjusted=better is not None,
        )
        return WhatIfResult(
            changes,
            self.cells.total_sessions,
            self.cells.total_conversions,
            self.cells.total_revenue / 10**self.cells.minor_digits,
            conversions,
            revenue,
            raw_conversions,
            raw_revenue,
            by,
            parts,
            supported,
            (*warnings, *doubts(self.causal, conversions, adjusted=better is not None)),
            self.causal.adjusted_for
            if better is not None and self.causal is not None
            else tuple(self.cells.stratum_dimensions),
            self.cells.currency,
            METHOD if better is None else {**METHOD, **ADJUSTED_METHOD},
            ladder,
            tuple(Check(c.name, c.passed, c.figure, c.text) for c in checks.checks) if checks else (),
            checks.e_value if checks else None,
            checks.needed_for(nearest_end(conversions)) if checks else None,
        )

    def _adjusted(self, wanted: Mapping[str, Change], good: Mapping[str, _Effect], by: str) -> CausalAnswer | None:
        if self.causal is None or self.causal.reason:
            return None
        from docops_desktop.analysis.causal.sample import log_of_code

        load_ms = np.exp(np.nan_to_num(log_of_code()))
        return self.causal.answer(
            {group: np.log(np.maximum(_moved(self.curves[group], wanted[group], load_ms)[1], 1.0)) for group in good},
            by,
        )

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
                found.append(replace(old, conversions=part.conversions, revenue=money))
        return (*found, *(part for part in known.values() if by == "page_group"))

    def _nothing_asked(self) -> str:
        return "no change was asked for" if self.cells.page_groups else "no page view matches the selection"

    def _changes_by_group(self, changes: tuple[Change, ...]) -> dict[str, Change]:
        wanted: dict[str, Change] = {}
        for change in changes:
            groups = self.cells.page_groups if change.page_groups == (ALL_PAGES,) else change.page_groups
            for group in groups:
                if group not in self.cells.page_groups:
                    fix = "Use one of: " + ", ".join(self.cells.page_groups)
                    raise RequestError(f"there is no page group {group!r} in the selection", fix=fix)
                wanted[group] = change
        return wanted

    def _part_keys(self, by: str, wanted: Mapping[str, Change]) -> tuple[str, ...]:
        if by == "page_group":
            return tuple(wanted)
        if by not in self.cells.stratum_dimensions:
            if self.causal is not None and not self.causal.reason and by in self.causal.dimensions:
                return ()
            fix = "Use page_group, " + ", ".join(self.cells.stratum_dimensions)
            raise RequestError(f"the answer can't be split by {by}", fix=fix)
        place = self.cells.stratum_dimensions.index(by)
        return tuple(dict.fromkeys(key[place] for key in self.cells.stratum_keys))

    def _part(
        self, key: str, by: str, wanted: Mapping[str, Change], good: Mapping[str, _Effect], bad: Mapping[str, str]
    ) -> WhatIfPart:
        if by == "page_group":
            chosen = {key: good[key]} if key in good else {}
            rows = np.ones(len(self.cells.strata), dtype=bool)
            reason = bad.get(key, "")
            sessions = int(self.cells.n[self.cells.page_groups.index(key)].sum())
        else:
            place = self.cells.stratum_dimensions.index(by)
            rows = np.array([stratum[place] == key for stratum in self.cells.stratum_keys])
            chosen, reason = dict(good), "" if good else "; ".join(bad.values())
            groups = [g for g, name in enumerate(self.cells.page_groups) if name in wanted]
            sessions = int(self.cells.n[groups][:, rows].sum())
        if not chosen:
            nothing = Estimate(None, reason=reason)
            return WhatIfPart(key, sessions, nothing, nothing, None, None, False, reason)
        conversions, revenue, raw_conversions, raw_revenue = self._sums(chosen, dict.fromkeys(chosen, rows))
        return WhatIfPart(key, sessions, conversions, revenue, raw_conversions, raw_revenue, True, reason)

    def _sums(
        self, effects: Mapping[str, _Effect], rows: Mapping[str, npt.NDArray[np.bool_]]
    ) -> tuple[Estimate, Estimate, float, float]:
        unit = 10**self.cells.minor_digits
        conversions = _total(
            [(e.conversions, e.gradient_conversions, e.spread_conversions, e, rows[g]) for g, e in effects.items()]
        )
        revenue = _total([(e.revenue, e.gradient_revenue, e.spread_revenue, e, rows[g]) for g, e in effects.items()])
        raw_conversions = sum(float(e.raw_conversions[rows[g]].sum()) for g, e in effects.items())
        raw_revenue = sum(float(e.raw_revenue[rows[g]].sum()) for g, e in effects.items()) / unit
        return conversions, in_major_units(revenue, self.cells.minor_digits), raw_conversions, raw_revenue


def _effect(curves: _Curves, change: Change) -> _Effect:
    exposure = curves.exposure
    new_ms, outside = _shifted(curves, change)
    log_ratio, difference = curves.adjusted.log_ratio(exposure.load_ms, new_ms)
    raw_log_ratio, _ = curves.raw.log_ratio(exposure.load_ms, new_ms)
    factor, raw_factor = np.exp(log_ratio), np.exp(raw_log_ratio)
    counts, money = exposure.conversions.astype(np.float64), exposure.revenue.astype(np.float64)
    return _Effect(
        counts @ (factor - 1),
        money @ (factor - 1),
        counts @ (raw_factor - 1),
        money @ (raw_factor - 1),
        (counts * factor) @ difference,
        (money * factor) @ difference,
        counts @ (factor - 1) ** 2,
        exposure.revenue_squared @ (factor - 1) ** 2,
        curves.adjusted.covariance,
        outside,
    )


def _shifted(curves: _Curves, change: Change) -> tuple[Floats, float]:
    """Return the new load time of each bin, kept inside what was observed, and the share of sessions that had to be kept inside."""
    wanted, kept = _moved(curves, change, curves.exposure.load_ms)
    n = curves.exposure.n.sum(axis=0)
    moved_out = np.abs(np.log(np.maximum(kept, 1.0) / np.maximum(wanted, 1.0))) > 1e-9
    return kept, float(n[moved_out].sum() / n.sum())


def _moved(curves: _Curves, change: Change, load_ms: Floats) -> tuple[Floats, Floats]:
    """Return what was asked for and what the observed range allows, for load times in ms of any shape."""
    if change.kind == "ms":
        wanted = load_ms + change.value
    elif change.kind == "percent":
        wanted = load_ms * (1 + change.value / 100)
    else:
        wanted = load_ms * (change.value / (curves.exposure.quantile_ms(0.5) or change.value))
    low, high = np.minimum(curves.floor_ms, load_ms), np.maximum(curves.ceiling_ms, load_ms)
    return wanted, np.clip(wanted, low, high)


def _total(items: list[tuple[Floats, Floats, Floats, _Effect, npt.NDArray[np.bool_]]]) -> Estimate:
    value, deviation = 0.0, 0.0
    for amounts, gradients, spreads, effect, rows in items:
        gradient = gradients[rows].sum(axis=0)
        variance = float(gradient @ effect.covariance @ gradient) + float(spreads[rows].sum())
        value += float(amounts[rows].sum())
        deviation += variance**0.5
    return Estimate(value, value - Z95 * deviation, value + Z95 * deviation)
