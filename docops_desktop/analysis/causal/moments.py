"""The moment equations of the structural nested mean model among converting sessions, their derivative and their variance by session.

For a view j of session i with outcome y_i, U_ij = y_i exp(-sum over k >= j of gamma(l_ik)) is what would have come of the session had this view and
all later ones had the reference speed; at the true gamma it doesn't go with the unexplained part Z_ij of the view's speed: E[sum Z_ij U_ij] = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.additive import sums_by
from docops_desktop.analysis.causal.basis import Parameters

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Views:
    """Measured views before conversion of some sessions, sorted by session.

    Attributes:
        owner: (m,) session 0 to n - 1. ``first``: (m,) index of the session's first view here. ``last``: of its last.
        outcome: (n,) conversions. ``weight``: (n,) sessions that each stands for. ``share``: of those there are, these are.
        residual: (m, 1 + bends) unexplained part of each basis function (instruments).
        carry: (m,) how much of a view's unexplained slowness is to be expected of each later view of the session.
        functions: (m, 1 + bends) the functions themselves.
        risk: (m,) predicted conversions. ``surprise``: (m,) predicted conversions at the next view less those at this one (both without past speed).
        value: (m,) the latter. ``group``, ``device``: (m,) slots with a slope of their own, -1 = none.
        early: (m,) the session's first measured view, whose speed compares sessions; later ones compare within a session.
    """

    owner: Ints
    outcome: Floats
    weight: Floats
    residual: Floats
    carry: Floats
    functions: Floats
    risk: Floats
    surprise: Floats
    value: Floats
    group: Ints
    device: Ints
    early: npt.NDArray[np.bool_]
    share: float = 1.0

    @cached_property
    def bounds(self) -> Ints:
        """(n + 1,) first view of each session."""
        return np.append(0, np.cumsum(np.bincount(self.owner, minlength=len(self.outcome))))

    def of(self, chosen: npt.NDArray[np.bool_], share: float = 1.0) -> Views:
        """Return the views of the chosen sessions (n,), renumbered; they are a random ``share`` of those that they stand for."""
        row = np.cumsum(chosen) - 1
        used = np.flatnonzero(chosen[self.owner])
        return Views(
            row[self.owner[used]],
            self.outcome[chosen],
            self.weight[chosen],
            self.residual[used],
            self.carry[used],
            self.functions[used],
            self.risk[used],
            self.surprise[used],
            self.value[used],
            self.group[used],
            self.device[used],
            self.early[used],
            share,
        )


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
            found += sums_by(views.owner[used] * size + place[used], (amount * factor)[used], n * size)
        return found.reshape(n, size)

    def total(self, views: Views, factor: Floats) -> Floats:
        """Return (size,) sums over all views of instrument times ``factor`` (m,)."""
        found = np.zeros(self.size)
        for place, amount in self._terms(views):
            used = place >= 0
            found += sums_by(place[used], (amount * factor)[used], self.size)
        return found

    def derivative(self, views: Views, factor: Floats, after: Floats) -> Floats:
        """Return (size, parameters): minus the sums of instrument x ``factor`` (m,) x ``after`` (m, parameters)."""
        from scipy.sparse import csr_array

        found = np.zeros((self.size, after.shape[1]))
        for place, amount in self._terms(views):
            used = np.flatnonzero(place >= 0)
            instrument = csr_array(((amount * factor)[used], (place[used], used)), shape=(self.size, len(place)))
            found -= instrument @ after
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
    """The equations at one theta, as y = A theta + noise: ``y`` (M,), ``derivative`` A (M, P), ``variance`` (M, M) of the noise.

    The last ``groups`` equations are about the next step (see ``next_step``); their parameters are the last ``1 + groups`` columns.
    """

    y: Floats
    derivative: Floats
    variance: Floats


def equations(
    moments: Moments,
    buyers: Views,
    some: Views,
    others_variance: Floats,
    theta: Floats,
    next_step: tuple[Floats, Floats],
    after: Floats,
) -> Equations:
    """Evaluate the equations.

    Args:
        moments: which equations.
        buyers: views of converting sessions.
        some: of a share of the converting sessions, for derivative and variance.
        others_variance: what the sessions that don't convert add to the variance (see ``influence_variance``).
        theta: the parameters (without those of the next step).
        next_step: what ``next_step_sums`` found over all sessions.
        after: what ``reach`` found of the views in ``some``.
    """
    p = moments.parameters
    score = moments.total(buyers, _undone(p, buyers, theta) * buyers.weight[buyers.owner])
    undone = _undone(p, some, theta)
    main = moments.derivative(some, undone * some.weight[some.owner], after) / some.share
    sums, squares = next_step
    derivative = np.zeros((moments.size + p.groups, p.size + 1 + p.groups))
    derivative[: moments.size, : p.size] = main
    derivative[moments.size :, p.size] = squares
    derivative[moments.size :, p.size + 1 :] = np.diag(squares)
    variance = others_variance + influence_variance(moments, some, undone)
    return Equations(np.concatenate([main @ theta - score, sums]), derivative, variance)


def influence_variance(moments: Moments, views: Views, undone: Floats) -> Floats:
    """Return the part (M, M) of the equations' variance that these sessions bring: squares of what each adds beyond what was expected of it."""
    influence = np.hstack(
        [moments.contributions(views, views.risk - undone), _next_step(views, moments.parameters.groups)]
    )
    influence *= views.weight[:, None]
    result: Floats = influence.T @ influence / views.share
    return result


def reach(p: Parameters, views: Views) -> Floats:
    """Return (m, parameters) how a view's unexplained speed goes into the gamma of this and the session's later views.

    What a view's speed says of the later ones is taken from the model of speeds: products of single residuals would be noise in the derivative, and
    noise there draws every estimate towards zero.
    """
    line = np.zeros((len(views.owner), 1 + p.bends))
    line[:, 0] = 1.0
    one = p.gradient(line, views.group, views.device)
    later = sums_from_here(one, views.bounds, views.owner) - one
    own = p.gradient(views.residual, views.group, views.device)
    return own + (views.carry * views.residual[:, 0])[:, None] * later


def _undone(p: Parameters, views: Views, theta: Floats) -> Floats:
    gamma = p.value(theta, views.functions, views.group, views.device)
    left: Floats = views.outcome[views.owner] * np.exp(-sums_from_here(gamma[:, None], views.bounds, views.owner)[:, 0])
    return left


def next_step_sums(views: Views, groups: int) -> tuple[Floats, Floats]:
    """Return (groups,) sums of Z x surprise and of Z^2 x value over all views: how a view's speed moves the prospects at the very next step.

    Visitors who leave at once, or go to a page from which fewer buy, are many; buyers are few. So this is known far better than the effect on
    conversions, and page groups where it is large are expected to have a large effect, as far as the data bear that out (surrogate index: Athey,
    Chetty, Imbens and Kang 2019; here only the centre of a prior whose weight is learnt).
    """
    own = np.flatnonzero(views.group >= 0)
    group, residual = views.group[own], views.residual[own, 0] * views.weight[views.owner[own]]
    sums = sums_by(group, residual * views.surprise[own], groups)
    return sums, sums_by(group, residual * views.residual[own, 0] * views.value[own], groups)


def _next_step(views: Views, groups: int) -> Floats:
    n, own = len(views.outcome), views.group >= 0
    place = views.owner[own] * groups + views.group[own]
    return sums_by(place, (views.residual[:, 0] * views.surprise)[own], n * groups).reshape(n, groups)


def sums_from_here(values: Floats, bounds: Ints, owner: Ints) -> Floats:
    """Return for every view the sum of ``values`` (m, k) over itself and the later views of its session."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    result: Floats = total[bounds[1:]][owner] - total[:-1]
    return result
