"""What a change of load times does to one page group's cells under its two curves, the stratified and the raw one, inside the observed range.

Sums stay apart by stratum, so that an answer can be split; knows no scenario and no words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.ranking.exposure import Exposure
from docops_desktop.analysis.ranking.speed_effect import SpeedFit
from docops_desktop.analysis.results.common import Z95, Estimate

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curves:
    """A page group's curves, and the range of load times that was observed."""

    exposure: Exposure
    stratified: SpeedFit
    raw: SpeedFit
    floor_ms: float
    ceiling_ms: float


@dataclass(frozen=True, slots=True)
class Move:
    """New load time = factor x old + ``add_ms``, at most ``cap_ms``; ``unmoved``: why a change comes to nothing.

    ``log_sd``: standard error of ln ``factor`` where that was itself estimated.
    """

    factor: float = 1.0
    add_ms: float = 0.0
    cap_ms: float = np.inf
    unmoved: str = ""
    log_sd: float = 0.0

    def one_sd(self) -> tuple[Move, Move]:
        """Return the moves that are a standard error stronger and weaker."""
        step = float(np.exp(self.log_sd))
        return replace(self, factor=self.factor / step), replace(self, factor=self.factor * step)


@dataclass(frozen=True, slots=True)
class Amount:
    """Change of a summed outcome by stratum (strata,), its gradient over the curve's coefficients (strata, k), its own spread (strata,)."""

    change: Floats
    gradient: Floats
    spread: Floats
    covariance: Floats

    def over(self, rows: Floats) -> tuple[Floats, Floats]:
        """Return (values, standard deviations) (K,) over sets of strata ``rows`` (K, strata) of 0 and 1, by the delta method."""
        gradient = rows @ self.gradient
        variance = ((gradient @ self.covariance) * gradient).sum(axis=1) + rows @ self.spread
        return rows @ self.change, np.sqrt(variance)


@dataclass(frozen=True, slots=True)
class Effect:
    """Change of conversions and of revenue (minor units) under each curve; ``outside``: share of the sessions that had to be kept in the range."""

    conversions: Amount
    revenue: Amount
    raw_conversions: Amount
    raw_revenue: Amount
    outside: float


def effect_of(curves: Curves, places: Mapping[str, Exposure], move: Move) -> Effect:
    """Return what a move does to the exposures that ``places`` has of the curves' page group."""
    exposure = places[curves.exposure.page_group]
    wanted, kept = moved(curves, move, exposure.load_ms)
    n = exposure.n.sum(axis=0)
    moved_out = np.abs(np.log(np.maximum(kept, 1.0) / np.maximum(wanted, 1.0))) > 1e-9
    counts, money = exposure.conversions.astype(np.float64), exposure.revenue.astype(np.float64)
    outcomes = ((counts, counts), (money, exposure.revenue_squared))
    doubt = log_doubt(curves, move, exposure.load_ms) if move.log_sd else None
    stratified, raw = (
        _amounts(fitted, outcomes, exposure.load_ms, kept, doubt) for fitted in (curves.stratified, curves.raw)
    )
    return Effect(stratified[0], stratified[1], raw[0], raw[1], float(n[moved_out].sum() / max(int(n.sum()), 1)))


def moved(curves: Curves, move: Move, load_ms: Floats) -> tuple[Floats, Floats]:
    """Return what was asked for and what the observed range allows, for load times in ms of any shape."""
    wanted = np.minimum(load_ms * move.factor + move.add_ms, np.maximum(move.cap_ms, 1.0))
    low, high = np.minimum(curves.floor_ms, load_ms), np.maximum(curves.ceiling_ms, load_ms)
    return wanted, np.clip(wanted, low, high)


def log_doubt(curves: Curves, move: Move, load_ms: Floats) -> Floats:
    """Return by how much a standard error of the move's own factor shifts ln of the new load times, inside the observed range."""
    stronger, weaker = (moved(curves, one, load_ms)[1] for one in move.one_sd())
    return np.log(np.maximum(weaker, 1.0) / np.maximum(stronger, 1.0)) / 2


def totals(amounts: Iterable[Amount], rows: Floats) -> list[Estimate]:
    """Add amounts over each of the sets of strata ``rows`` (K, strata), as if their errors were fully dependent."""
    value, deviation = np.zeros(len(rows)), np.zeros(len(rows))
    for amount in amounts:
        one, sd = amount.over(rows)
        value, deviation = value + one, deviation + sd
    ends = value - Z95 * deviation, value + Z95 * deviation
    return [Estimate(float(v), float(low), float(high)) for v, low, high in zip(value, *ends, strict=True)]


def _amounts(
    fitted: SpeedFit, outcomes: Iterable[tuple[Floats, Floats]], old_ms: Floats, new_ms: Floats, doubt: Floats | None
) -> list[Amount]:
    """``doubt``: see ``log_doubt``; it is one more parameter, of variance 1, that the change depends on."""
    log_ratio, difference = fitted.log_ratio(old_ms, new_ms)
    covariance = fitted.covariance
    if doubt is not None:
        spread = fitted.log_ratio(new_ms * np.exp(-doubt), new_ms * np.exp(doubt))[0] / 2
        difference = np.column_stack([difference, spread])
        covariance = np.pad(covariance, (0, 1))
        covariance[-1, -1] = 1.0
    factor = np.exp(log_ratio)
    gain, slope, square = factor - 1, factor[:, None] * difference, (factor - 1) ** 2
    return [Amount(amount @ gain, amount @ slope, squared @ square, covariance) for amount, squared in outcomes]
