"""The classic Conversion Impact Score, with the reading that its definition leaves open, and a permutation p-value.

Definition (SOASTA Data Science Workbench tutorial, 2015): share of all requests x Spearman's rho between load time and conversions. Bins and unit
were never published. Our reading: rho between a bin's load time and its conversion *rate*, each bin weighted by its exposed sessions, because rho
over conversion *counts* is about -0.9 whatever the truth (the tail of a log-normal empties). The p-value compares it with rho under conversions
dealt at random over the same bins, which also shows the bias that sparse bins bring.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

READING = (
    "share of page views x Spearman's rho of a load bin's time and its conversion rate, bins weighted by exposed sessions; "
    "negative = slower bins convert less; p from 999 random deals of the conversions over the bins"
)
PERMUTATIONS = 999
MIN_BINS = 4
MIN_SHARE = 1e-4  # of the group's sessions; the published chart recipe drops smaller bins

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ImpactScore:
    """Score in [-1, 1], its two-sided permutation p, or None with the reason."""

    score: float | None
    p: float | None
    reason: str = ""


def impact_score(
    n: npt.NDArray[np.int64], conversions: npt.NDArray[np.int64], share: float, seed: int = 1
) -> ImpactScore:
    """Return the Conversion Impact Score of one page group.

    Args:
        n: (bins,) exposed sessions by rising load time.
        conversions: (bins,) converting ones.
        share: the group's share of all page views, 0 to 1.
        seed: of the permutations.
    """
    used = n > max(MIN_SHARE * n.sum(), 0)
    n_used, c_used = n[used].astype(np.float64), conversions[used].astype(np.float64)
    if len(n_used) < MIN_BINS:
        return ImpactScore(None, None, f"fewer than {MIN_BINS} load-time bins have sessions")
    total = int(c_used.sum())
    if total == 0 or total >= n_used.sum():
        return ImpactScore(
            None, None, "no exposed session converts" if total == 0 else "every exposed session converts"
        )
    rho = float(_weighted_rho(n_used, (c_used / n_used)[None, :])[0])
    random = np.random.default_rng(seed)
    dealt = random.multinomial(total, n_used / n_used.sum(), size=PERMUTATIONS)
    null = _weighted_rho(n_used, np.minimum(dealt / n_used, 1.0))
    extreme = int((np.abs(null - null.mean()) >= abs(rho - null.mean()) - 1e-12).sum())
    return ImpactScore(share * rho, (extreme + 1) / (PERMUTATIONS + 1))


def _weighted_rho(weights: Floats, rates: Floats) -> Floats:
    """Spearman's rho of bin order and rate for each row of ``rates`` (rows, bins), every session counting once (mid-ranks within a bin)."""
    position = _mid_ranks(weights)
    order = np.argsort(rates, axis=1, kind="stable")
    in_order = np.take_along_axis(rates, order, axis=1)
    upto = np.cumsum(weights[order], axis=1)
    before = upto - weights[order]
    new_value = np.diff(in_order, axis=1) > 0
    first = np.concatenate([np.ones((len(rates), 1), dtype=bool), new_value], axis=1)
    last = np.concatenate([new_value, np.ones((len(rates), 1), dtype=bool)], axis=1)
    # Bins of equal rate share the middle of what they span together.
    start = np.maximum.accumulate(np.where(first, before, 0.0), axis=1)
    end = np.minimum.accumulate(np.where(last, upto, np.inf)[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty_like(rates)
    np.put_along_axis(ranks, order, (start + end) / 2, axis=1)
    total = weights.sum()
    x = position - (weights @ position) / total
    y = ranks - (ranks @ weights / total)[:, None]
    spread = np.sqrt((weights @ x**2) * (y**2 @ weights))
    rho: Floats = np.divide((y * x) @ weights, spread, out=np.zeros(len(rates)), where=spread > 0)
    return rho


def _mid_ranks(weights: Floats) -> Floats:
    cumulative = np.cumsum(weights)
    return cumulative - weights / 2
