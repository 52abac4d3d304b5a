"""What a change of load times brings under a fitted effect: sums over converting sessions, exactly, with the interval's ingredients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.fit import Effect

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gain:
    """Point, and standard deviation of it."""

    value: float
    sd: float


def gain(effect: Effect, amount: Floats, old_log: Floats, new_log: Floats) -> Gain:
    """Return the change of a summed outcome.

    Args:
        effect: the fitted effect.
        amount: (n,) conversions or revenue of the converting sessions.
        old_log: (m,) ln load of their views now. ``new_log``: (m,) after the change.
    """
    views, p = effect.buyers, effect.parameters
    moved = np.flatnonzero(new_log != old_log)
    difference = effect.basis(new_log[moved]) - effect.basis(old_log[moved])
    gradient = p.gradient(difference, views.group[moved], views.device[moved])
    change = np.bincount(views.owner[moved], gradient @ effect.posterior.mean, len(amount))
    factor = np.exp(change)
    slope = (amount * factor)[views.owner[moved]] @ gradient
    variance = float(slope @ effect.posterior.covariance @ slope) + float(((amount * (factor - 1)) ** 2).sum())
    return Gain(float(amount @ (factor - 1)), variance**0.5)
