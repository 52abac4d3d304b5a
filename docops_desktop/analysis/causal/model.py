"""The adjusted what-if: fitted once per selection in the background, answered while a slider moves.

Answers are sums over converting sessions of exp(sum of gamma(new) - gamma(old)) - 1, with intervals from the posterior of the effect and the spread of
baskets. New load times come from the caller as one number per (page group, load code); what is allowed and how it is worded is decided elsewhere.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.cells import Breakdown, Cells, cells_of
from docops_desktop.analysis.causal.checks import SelfChecks, self_checks
from docops_desktop.analysis.causal.fit import Curve, fit_effect
from docops_desktop.analysis.causal.sample import (
    Sample,
    converting_views,
    draw_sample,
    log_of_code,
    why_not,
)
from docops_desktop.analysis.causal.selected import selected_sessions, session_codes
from docops_desktop.analysis.causal.threads import both
from docops_desktop.analysis.plan.facts_index import index_of
from docops_desktop.analysis.results.common import Z95, Estimate
from docops_desktop.kernels import estimator
from docops_desktop.model.errors import Cancelled, RequestError
from docops_desktop.model.scenario import Segment
from docops_desktop.model.selection import Selection

if TYPE_CHECKING:
    from docops_desktop.store.facts import Facts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MIN_CONVERTING = 30
MIN_SPREAD = 0.01  # sd of ln load
NewLoad = Mapping[str, Floats]
"""Page group -> ln of the new load time by load code, (N_CODES,); page groups that aren't named stay as they are."""


@dataclass(frozen=True, slots=True)
class CausalPart:
    """Gains of one page group, or of one value of a dimension (``sessions`` of the selection have it); revenue in minor units."""

    key: str
    sessions: int
    conversions: Estimate
    revenue: Estimate


@dataclass(frozen=True)
class CausalAnswer:
    """Gains under a change, as a whole and by part; revenue in minor units. The parts' values add up to the whole."""

    conversions: Estimate
    revenue: Estimate
    parts: tuple[CausalPart, ...]


@dataclass(frozen=True)
class CausalModel:
    """The fitted effect of one selection, or the reason why there is none.

    Attributes:
        reason: why these data can't carry an adjusted estimate; empty when they can.
        adjusted_for: names of the dimensions held fixed.
        checks: what the estimate was tested against.
        converting_sessions, views: what it was made from.
        dimensions: names of what an answer can be broken down by.
    """

    reason: str
    adjusted_for: tuple[str, ...] = ()
    checks: SelfChecks | None = None
    converting_sessions: int = 0
    views: int = 0
    dimensions: tuple[str, ...] = ()
    _fit: _Fit | None = None

    @classmethod
    def fit(cls, facts: Facts, selection: Selection, cancelled: Callable[[], bool] | None = None) -> CausalModel:
        """Fit the effect of a selection.

        Raises:
            Cancelled: ``cancelled`` said so between two steps.
        """

        def check() -> None:
            if cancelled is not None and cancelled():
                raise Cancelled

        reason = why_not(facts, selection)
        if reason:
            return cls(reason)
        estimator.await_kernels(check)
        selected = selected_sessions(facts, selection)
        check()
        rows = selected.converting()
        sample = draw_sample(facts, selected, rows, check)
        check()
        converting, reason = _enough(sample)
        if reason:
            return cls(reason)
        effect = fit_effect(sample, check)
        checks, inside = both(
            lambda: self_checks(effect, sample, check),
            lambda: _for_answers(facts, selection, rows, sample, effect.curve, check),
        )
        check()
        dimensions = (*facts.session_dictionaries, "hour", "weekday", "day")
        return cls("", tuple(sample.factors), checks, converting, len(sample.owner), dimensions, inside)

    def answer(
        self,
        new_load: NewLoad,
        by: str = "page_group",
        segments: tuple[tuple[Segment, NewLoad], ...] = (),
        doubts: tuple[NewLoad, ...] = (),
    ) -> CausalAnswer:
        """Return what the change brings.

        Args:
            new_load: the new load times.
            by: ``page_group`` or any dimension of the session.
            segments: new load times, in place of ``new_load``, of the sessions of a segment; the last one that holds a session counts.
            doubts: standard errors of ``new_load`` and of each segment's, where they are estimates themselves; one cause for all of a page group.
        """
        assert self._fit is not None, self.reason
        fitted = self._fit.split(tuple(segment for segment, _ in segments))
        return fitted.answer((new_load, *(load for _, load in segments)), by, doubts)


def _enough(sample: Sample) -> tuple[int, str]:
    """Return the converting sessions that can teach something, and why they are not enough, if so."""
    seen = np.bincount(sample.owner[sample.before], minlength=sample.n) > 0
    converts = sample.outcome > 0
    converting, others = int((seen & converts).sum()), int((seen & ~converts).sum())
    if converting < MIN_CONVERTING:
        have = {0: "no converting session has", 1: "only one converting session has"}.get(
            converting, f"only {converting} converting sessions have"
        )
        return converting, f"{have} a measured page view before the conversion; at least {MIN_CONVERTING} are needed"
    if others < MIN_CONVERTING:
        return converting, "nearly every session converts: there is nothing to compare the converting ones with"
    if float(sample.log_load[sample.before].std()) < MIN_SPREAD:
        return converting, "load times don't differ"
    return converting, ""


def _for_answers(
    facts: Facts, selection: Selection, rows: Ints, sample: Sample, curve: Curve, check: Callable[[], None]
) -> _Fit:
    """Return what answers are made from: the curve, and the cells of all converting sessions (``rows``), not only of those in the sample."""
    owner, group, code = converting_views(facts, rows)
    check()
    device = facts.session("device_type")[rows] if "device_type" in facts.sessions else np.zeros(len(rows), np.int64)
    cells = cells_of(
        group,
        curve.device_slot[device.astype(np.int64)][owner],
        code,
        owner,
        facts.session("conversions")[rows].astype(np.float64),
        facts.session("revenue")[rows].astype(np.float64),
        sample.unmeasured,
    )
    check()
    inside = _Fit(curve, cells, weakref.ref(facts), rows, index_of(facts).labels("page_group"), selection)
    inside.prepare()
    return inside


@dataclass(frozen=True)
class _Fit:
    curve: Curve
    cells: Cells
    source: weakref.ref[Facts]  # a remembered model must not keep the data mapped
    rows: Ints
    page_groups: tuple[str, ...]
    selection: Selection
    known: dict[str, tuple[tuple[str, ...], Ints, Breakdown]] = field(default_factory=dict)
    splits: dict[tuple[Segment, ...], _Fit] = field(default_factory=dict)

    def split(self, segments: tuple[Segment, ...]) -> _Fit:
        """Return the same with cells by place: 0 = in no segment, k = in the k-th one; the newest split is kept."""
        if not segments:
            return self
        if segments not in self.splits:
            facts = self._facts()
            place = np.zeros(len(self.rows), dtype=np.int64)
            for k, segment in enumerate(segments):
                labels = index_of(facts).labels(segment.dimension)
                wanted = np.isin(np.asarray(labels, dtype=object), segment.values)
                place[wanted[session_codes(facts, segment.dimension, self.rows)]] = k + 1
            self.splits.clear()
            self.splits[segments] = replace(self, cells=self.cells.split(place, len(segments) + 1), known={}, splits={})
        return self.splits[segments]

    def answer(self, by_place: tuple[NewLoad, ...], by: str, doubts: tuple[NewLoad, ...]) -> CausalAnswer:
        cells, theta = self.cells, self.curve.posterior.mean
        old = log_of_code()[cells.code]
        new = old.copy()
        for at, by_code in self._cells_of(by_place):
            new[at] = by_code[cells.code[at]]
        moved = self.curve.basis(new) - self.curve.basis(old)
        slot = np.append(self.curve.group_slot, -1)[np.minimum(cells.group, len(self.curve.group_slot))]
        gradient = self.curve.parameters.gradient(moved * cells.unmeasured[:, None], slot, cells.device)
        change = gradient @ theta
        covariance = self.curve.posterior.covariance
        unsure = [(at, by_code[cells.code[at]]) for at, by_code in self._cells_of(doubts)]
        if unsure:
            gradient = np.column_stack([gradient, self._of_doubts(new, unsure, slot)])
            covariance = np.pad(covariance, (0, len(unsure)))
            covariance[len(theta) :, len(theta) :] = np.eye(len(unsure))
        keys, sessions, sums = self._by_page() if by == "page_group" else self._by(by)
        found = [
            _Amount(sums, amount, squares, change, gradient, self._together(total, change))
            for amount, squares, total in (
                (sums.conversions, sums.conversions_squared, cells.outcome),
                (sums.revenue, sums.revenue_squared, cells.revenue),
            )
        ]
        estimates = [amount.estimates(covariance) for amount in found]
        changed = set().union(*by_place)
        whole, split = [e[0] for e in estimates], [e[1] for e in estimates]
        shown = [k for k, key in enumerate(keys) if (key in changed if by == "page_group" else sessions[k] > 0)]
        parts = tuple(CausalPart(keys[k], int(sessions[k]), split[0][k], split[1][k]) for k in shown)
        return CausalAnswer(whole[0], whole[1], parts)

    def _cells_of(self, by_place: tuple[NewLoad, ...]) -> Iterator[tuple[Ints, Floats]]:
        """The cells of each page group that is named at a place, and what is said of them by load code."""
        for place, by_group in enumerate(by_place):
            for name, by_code in by_group.items():
                if name in self.page_groups:
                    here = (self.cells.group == self.page_groups.index(name)) & (self.cells.place == place)
                    yield np.flatnonzero(here), by_code

    def _of_doubts(self, new: Floats, doubts: list[tuple[Ints, Floats]], slot: Ints) -> Floats:
        """How the cells' change depends on the error of each estimated change of load times, (K, doubts)."""
        found, cells, p = np.zeros((len(new), len(doubts))), self.cells, self.curve.parameters
        for k, (at, sd) in enumerate(doubts):
            moved = (self.curve.basis(new[at] + sd) - self.curve.basis(new[at] - sd)) / 2
            moved *= cells.unmeasured[at][:, None]
            found[at, k] = p.value(self.curve.posterior.mean, moved, slot[at], cells.device[at])
        return found

    def _together(self, total: Floats, change: Floats) -> tuple[float, float]:
        """What changed views of one session do together beyond each alone: (to add to the sum, factor of the spread)."""
        cells = self.cells
        s = np.bincount(cells.sample_owner, change[cells.sample_cell], len(cells.sample_sessions))
        alone = np.bincount(cells.sample_owner, np.expm1(change)[cells.sample_cell], len(s))
        squares = np.bincount(cells.sample_owner, np.expm1(change)[cells.sample_cell] ** 2, len(s))
        amount = total[cells.sample_sessions]
        scale = len(total) / max(len(s), 1)
        spread = float(amount**2 @ np.expm1(s) ** 2) / max(float(amount**2 @ squares), 1e-300)
        return scale * float(amount @ (np.expm1(s) - alone)), spread

    def prepare(self) -> None:
        """Do what the first answer would have to do, so that it comes as fast as the others."""
        self._by_page()

    def _by_page(self) -> tuple[tuple[str, ...], Ints, Breakdown]:
        if "page_group" not in self.known:
            whole = self.cells.sums(np.zeros(len(self.cells.outcome), dtype=np.int64), 1)
            group = self.cells.group[whole.cell]
            amounts = (whole.conversions, whole.revenue, whole.conversions_squared, whole.revenue_squared)
            size = len(self.page_groups)
            breakdown = Breakdown(group, whole.cell, *amounts, size)
            self.known["page_group"] = (self.page_groups, np.zeros(size, dtype=np.int64), breakdown)
        return self.known["page_group"]

    def _facts(self) -> Facts:
        facts = self.source()
        if facts is None:
            raise RequestError("the data that the answer is about are closed", fix="Open the workspace again")
        return facts

    def _by(self, name: str) -> tuple[tuple[str, ...], Ints, Breakdown]:
        if name not in self.known:
            facts = self._facts()
            labels, codes = index_of(facts).labels(name), session_codes(facts, name)
            selected = selected_sessions(facts, self.selection)
            sessions = np.bincount(selected.of(codes), minlength=len(labels))
            breakdown = self.cells.sums(codes[self.rows].astype(np.int64), len(labels))
            self.known[name] = (labels, sessions, breakdown)
        return self.known[name]


@dataclass(frozen=True)
class _Amount:
    """One outcome's sums by (key, cell) (R,), and those of its squares, under a change (K,) per cell with gradient (K, P)."""

    sums: Breakdown
    amount: Floats
    squares: Floats
    change: Floats
    gradient: Floats
    together: tuple[float, float]

    def estimates(self, covariance: Floats) -> tuple[Estimate, list[Estimate]]:
        """Return the whole, and the part of every key."""
        values, gradients, spreads = self._by_key()
        whole = _estimate(float(values.sum()), gradients.sum(axis=0), float(spreads.sum()), covariance)
        return whole, [
            _estimate(float(v), g, float(s), covariance) for v, g, s in zip(values, gradients, spreads, strict=True)
        ]

    def _by_key(self) -> tuple[Floats, Floats, Floats]:
        extra, factor = self.together
        gain = np.expm1(self.change)
        columns = np.column_stack([gain, np.abs(gain), (1 + gain)[:, None] * self.gradient])
        found = self.sums.weigh(self.amount, columns)
        values, size, gradients = found[:, 0], found[:, 1], found[:, 2:]
        everything = float(size.sum())
        if everything > 0:  # the gradient grows in the same proportion as the value does
            alone = float(values.sum())
            grows = 1 + 2 * extra / alone if abs(alone) > 1e-9 * everything else 1.0
            gradients = gradients * min(max(grows, 0.5), 2.0)
            values = values + extra * size / everything
        return values, gradients, self.sums.weigh(self.squares, gain[:, None] ** 2)[:, 0] * factor


def _estimate(value: float, gradient: Floats, spread: float, covariance: Floats) -> Estimate:
    half = Z95 * float(gradient @ covariance @ gradient + spread) ** 0.5
    return Estimate(value, value - half, value + half)
