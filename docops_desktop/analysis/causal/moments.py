"""The moment equations of the structural nested mean model among converting sessions, their derivative and their variance by session.

For a view j of session i with outcome y_i, U_ij = y_i exp(-sum over k >= j of gamma(l_ik)) is what would have come of the session had this view and
all later ones had the reference speed; at the true gamma it doesn't go with the unexplained part Z_ij of the view's speed: E[sum Z_ij U_ij] = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.basis import Parameters

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CHUNK = 200_000


@dataclass(frozen=True)
class Views:
    """Measured views before conversion of some sessions, sorted by session.

    Attributes:
        owner: (m,) session 0 to n - 1. ``first``: (m,) index of the session's first view here. ``last``: of its last.
        outcome: (n,) conversions; weight: (n,) what a session counts.
        residual: (m, 1 + bends) unexplained part of each basis function (instruments).
        later: (m, 1 + bends) each function centred by what doesn't depend on the session's own speed.
        functions: (m, 1 + bends) the functions themselves.
        risk: (m,) predicted conversions. ``group``, ``device``: (m,) slots with a slope of their own, -1 = none.
        early: (m,) the session's first measured view, whose speed compares sessions; later ones compare within a session.
    """

    owner: Ints
    outcome: Floats
    weight: Floats
    residual: Floats
    later: Floats
    functions: Floats
    risk: Floats
    group: Ints
    device: Ints
    early: npt.NDArray[np.bool_]

    @property
    def bounds(self) -> Ints:
        """(n + 1,) first view of each session."""
        return np.searchsorted(self.owner, np.arange(len(self.outcome) + 1))


@dataclass(frozen=True)
class Moments:
    """Which equations there are: per page group for first and for later views, per device type, per bend.

    ``split``: first and later views have equations of their own; otherwise they share one.
    """

    parameters: Parameters
    split: bool

    @property
    def size(self) -> int:
        """Number of equations."""
        p = self.parameters
        return (p.groups + 1) * (2 if self.split else 1) + p.devices + p.bends

    def contributions(self, views: Views, factor: Floats) -> Floats:
        """Return (n, size): every session's sum over its views of instrument times ``factor`` (m,)."""
        n, size = len(views.outcome), self.size
        found = np.zeros(n * size)
        for place, amount in self._terms(views):
            used = place >= 0
            found += np.bincount(views.owner[used] * size + place[used], (amount * factor)[used], n * size)
        return found.reshape(n, size)

    def derivative(self, views: Views, undone: Floats, after: Floats) -> Floats:
        """Return (size, parameters): minus the sum of instrument x U x sum of gradients of this and later views; ``after`` (m, parameters)."""
        found = np.zeros((self.size, self.parameters.size))
        for place, amount in self._terms(views):
            used = place >= 0
            weighted = (amount * undone)[used, None] * after[used]
            for k in range(found.shape[1]):
                found[:, k] -= np.bincount(place[used], weighted[:, k], self.size)
        return found

    def _terms(self, views: Views) -> list[tuple[Ints, Floats]]:
        p = self.parameters
        group = np.where(views.group >= 0, views.group, p.groups)
        groups = p.groups + 1
        if self.split:
            group = group + np.where(views.early, 0, groups)
            groups *= 2
        terms = [(group, views.residual[:, 0])]
        if p.devices:
            terms.append((np.where(views.device >= 0, groups + views.device, -1), views.residual[:, 0]))
        every = np.zeros(len(views.owner), dtype=np.int64)
        terms.extend((every + groups + p.devices + k, views.residual[:, 1 + k]) for k in range(p.bends))
        return terms


@dataclass(frozen=True)
class Equations:
    """The equations at one theta: ``score`` (M,), ``derivative`` (M, P), ``variance`` (M, M) of the score."""

    score: Floats
    derivative: Floats
    variance: Floats


def equations(moments: Moments, buyers: Views, others: Views, theta: Floats) -> Equations:
    """Evaluate the equations.

    Args:
        moments: which equations.
        buyers: views of converting sessions.
        others: views of sessions that don't convert; their part of the variance only.
        theta: the parameters.
    """
    p = moments.parameters
    gamma = p.value(theta, buyers.functions, buyers.group, buyers.device)
    undone = buyers.outcome[buyers.owner] * np.exp(-sums_from_here(gamma[:, None], buyers.bounds, buyers.owner)[:, 0])
    score = moments.contributions(buyers, undone).sum(axis=0)
    derivative = np.zeros((moments.size, p.size))
    own = p.gradient(buyers.residual, buyers.group, buyers.device)
    later = p.gradient(buyers.later, buyers.group, buyers.device)
    after = sums_from_here(later, buyers.bounds, buyers.owner) - later + own
    derivative = moments.derivative(buyers, undone, after)
    influence = moments.contributions(buyers, undone - buyers.risk)
    variance = influence.T @ influence
    rest = moments.contributions(others, others.risk) * others.weight[:, None]
    return Equations(score, derivative, variance + rest.T @ rest)


def sums_from_here(values: Floats, bounds: Ints, owner: Ints) -> Floats:
    """Return for every view the sum of ``values`` (m, k) over itself and the later views of its session."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    result: Floats = total[bounds[1:]][owner] - total[:-1]
    return result
