"""The moment equations of the structural nested mean model among converting sessions, their derivative and their variance by session.

For a view j of session i with outcome y_i, U_ij = y_i exp(-sum over k >= j of gamma(l_ik)) is what would have come of the session had this view and
all later ones had the reference speed; at the true gamma it doesn't go with the unexplained part Z_ij of the view's speed: E[sum Z_ij U_ij] = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.basis import Parameters
from docops_desktop.kernels import estimator

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
    def bends_at(self) -> int:
        """First of the equations of bends."""
        p = self.parameters
        return (p.groups + 1) * (2 if self.split else 1) + p.devices

    @property
    def size(self) -> int:
        """Number of equations."""
        return self.bends_at + self.parameters.bends

    def place(self, views: Views) -> Placed:
        """Say which equations each view goes into."""
        p = self.parameters
        group = np.where(views.group >= 0, views.group, p.groups)
        groups = p.groups + 1
        if self.split:
            group = group + np.where(views.early, 0, groups)
        return Placed(views, group, np.where(views.device >= 0, self.bends_at - p.devices + views.device, -1))


@dataclass(frozen=True)
class Placed:
    """Views with the equations that their slopes go into: ``by_group``, ``by_device`` (m,), -1 = none. Their bends go into those of all views."""

    views: Views
    by_group: Ints
    by_device: Ints


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
    buyers: Placed,
    some: Placed,
    others_variance: Floats,
    theta: Floats,
    next_step: tuple[Floats, Floats],
) -> Equations:
    """Evaluate the equations.

    Args:
        moments: which equations.
        buyers: views of converting sessions.
        some: of a share of the converting sessions, for derivative and variance.
        others_variance: what the sessions that don't convert add to the variance (see ``influence_variance``).
        theta: the parameters (without those of the next step).
        next_step: what ``next_step_sums`` found over all sessions.
    """
    p, kernels = moments.parameters, estimator.moments()
    score, views = np.zeros(moments.size), buyers.views
    weighted = undone(p, views, theta) * views.weight[views.owner]
    kernels.instrument_sums(buyers.by_group, buyers.by_device, views.residual, moments.bends_at, weighted, score)
    views, left = some.views, undone(p, some.views, theta)
    main = np.zeros((moments.size, p.size))
    kernels.derivative(
        views.bounds, some.by_group, some.by_device, views.residual, views.carry, views.group, views.device,
        moments.bends_at, left * views.weight[views.owner], p.groups, main,
    )  # fmt: skip
    main /= views.share
    sums, squares = next_step
    derivative = np.zeros((moments.size + p.groups, p.size + 1 + p.groups))
    derivative[: moments.size, : p.size] = main
    derivative[moments.size :, p.size] = squares
    derivative[moments.size :, p.size + 1 :] = np.diag(squares)
    variance = others_variance + influence_variance(moments, some, left)
    return Equations(np.concatenate([main @ theta - score, sums]), derivative, variance)


def influence_variance(moments: Moments, placed: Placed, left: Floats) -> Floats:
    """Return the part (M, M) of the equations' variance that these sessions bring: squares of what each adds beyond what was expected of it.

    ``left`` (m,): U of the views, see ``undone``.
    """
    views, size = placed.views, moments.size + moments.parameters.groups
    found = np.zeros((size, size))
    estimator.moments().influence_squares(
        views.bounds, views.weight, placed.by_group, placed.by_device, views.residual, moments.bends_at,
        views.risk - left, views.group, views.surprise, moments.size, found,
    )  # fmt: skip
    found /= views.share
    return found


def undone(p: Parameters, views: Views, theta: Floats) -> Floats:
    """Return U (m,): what would have come of each view's session had it and all later views had the reference speed."""
    left = np.empty(len(views.owner))
    estimator.moments().undone(
        views.bounds, views.outcome, views.functions, views.group, views.device, theta, p.groups, left
    )
    return left


def next_step_sums(views: Views, groups: int) -> tuple[Floats, Floats]:
    """Return (groups,) sums of Z x surprise and of Z^2 x value over all views: how a view's speed moves the prospects at the very next step.

    Visitors who leave at once, or go to a page from which fewer buy, are many; buyers are few. So this is known far better than the effect on
    conversions, and page groups where it is large are expected to have a large effect, as far as the data bear that out (surrogate index: Athey,
    Chetty, Imbens and Kang 2019; here only the centre of a prior whose weight is learnt).
    """
    sums, squares = np.zeros(groups), np.zeros(groups)
    estimator.moments().next_step(
        views.bounds, views.weight, views.group, views.residual, views.surprise, views.value, sums, squares
    )
    return sums, squares
