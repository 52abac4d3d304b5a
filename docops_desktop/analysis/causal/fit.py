"""Fits the adjusted effect: sample, predictions, moment equations, shrinkage. The door to this package's estimator; answers no question itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.basis import Basis, Parameters, basis_for
from docops_desktop.analysis.causal.moments import (
    Moments,
    Views,
    equations,
    influence_variance,
    next_step_sums,
)
from docops_desktop.analysis.causal.nuisance import Nuisance, fit_nuisance
from docops_desktop.analysis.causal.sample import Sample
from docops_desktop.analysis.causal.shrinkage import Posterior, shrink

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEPS = 5
MAX_GROUPS = 30  # with a slope of their own; the most seen ones
MIN_GROUP_SESSIONS = 25  # converting sessions, for a slope of its own
MIN_DEVICE_SESSIONS = 100
SPLIT_FROM = 2_000  # converting sessions; with fewer, first and later views share their equations
DERIVATIVE_SESSIONS = 30_000
VARIANCE_SESSIONS = 60_000


@dataclass(frozen=True)
class Curve:
    """The fitted curve, small: what answers need.

    Attributes:
        group_slot, device_slot: code -> slot with a slope of its own, or -1.
    """

    basis: Basis
    parameters: Parameters
    posterior: Posterior
    group_slot: Ints
    device_slot: Ints


@dataclass(frozen=True)
class Effect:
    """The fitted effect with what it was fitted to: what the self-checks need.

    Attributes:
        every: the measured views before conversion of all sessions of the sample; ``buyers``: of the converting ones.
        after: residual (a,) and session (a,) of converting sessions' views after conversion, for the placebo.
    """

    curve: Curve
    every: Views
    buyers: Views
    after: tuple[Floats, Ints]

    @property
    def parameters(self) -> Parameters:
        """Which parameters there are."""
        return self.curve.parameters

    @property
    def posterior(self) -> Posterior:
        """What is known of them."""
        return self.curve.posterior


def fit_effect(sample: Sample, cancelled: Callable[[], None]) -> Effect:
    """Fit the effect of load time on conversions to a sample.

    Args:
        sample: sessions and views.
        cancelled: raises when the work is not wanted any more.
    """
    before = sample.before
    basis = basis_for(sample.log_load[before], sample.weight[sample.owner[before]])
    nuisance = fit_nuisance(sample, basis.knots, cancelled)
    group_slot, device_slot = _slots(sample)
    groups, devices = int(group_slot.max(initial=-1)) + 1, int(device_slot.max(initial=-1)) + 1
    parameters = Parameters(len(basis.knots), groups, devices)
    every = _views(sample, nuisance, basis, group_slot, device_slot)
    cancelled()
    converts = sample.outcome > 0
    buyers = every.of(converts)
    cancelled()
    moments = Moments(parameters, split=len(buyers.outcome) >= SPLIT_FROM)
    some = moments.place(_some(every, converts, DERIVATIVE_SESSIONS))
    rest = moments.place(_some(every, ~converts, VARIANCE_SESSIONS))
    cancelled()
    next_step, placed = next_step_sums(every, groups), moments.place(buyers)
    others = influence_variance(moments, rest, np.zeros(len(rest.views.owner)))
    theta = np.zeros(parameters.size)
    for _ in range(STEPS):
        found = equations(moments, placed, some, others, theta, next_step)
        posterior = shrink(found.y, found.derivative, found.variance, parameters)
        theta = posterior.mean
        cancelled()
    placebo = (nuisance.residual[~before, 0], sample.owner[~before])
    return Effect(Curve(basis, parameters, posterior, group_slot, device_slot), every, buyers, placebo)


def _views(sample: Sample, nuisance: Nuisance, basis: Basis, group_slot: Ints, device_slot: Ints) -> Views:
    """The measured views before conversion, with what the equations need of each."""
    used = sample.before
    residual = nuisance.residual[used]
    residual[:, 1:] -= basis.tilt * residual[:, :1]
    functions = basis(sample.log_load[used])
    owner, group = sample.owner[used], sample.group[used]
    device = sample.factors.get("device_type", np.zeros(sample.n, dtype=np.int64))
    return Views(
        owner,
        sample.outcome,
        sample.weight,
        residual,
        nuisance.carry[used],
        functions,
        nuisance.risk[used],
        (nuisance.next_value - nuisance.value)[used],
        nuisance.value[used],
        group_slot[group],
        device_slot[device[owner]],
        nuisance.index[used] == 0,
    )


def _some(every: Views, chosen: npt.NDArray[np.bool_], limit: int) -> Views:
    """A random share of these sessions, weighted so that sums stand for all of them."""
    rows = np.flatnonzero(chosen)
    share = min(1.0, limit / max(len(rows), 1))
    taken = np.zeros(len(chosen), dtype=bool)
    taken[rows[np.random.default_rng(1).random(len(rows)) < share] if share < 1.0 else rows] = True
    return every.of(taken, share)


def _slots(sample: Sample) -> tuple[Ints, Ints]:
    """Page groups and device types with enough converting sessions get a slope of their own; the other page groups share one, so that their
    deviation is as uncertain as any; one device type is the rest of them."""
    row = np.cumsum(sample.outcome > 0) - 1
    converting = (sample.outcome[sample.owner] > 0) & sample.before
    seen = np.zeros((int(sample.group.max(initial=0)) + 1, int(row[-1]) + 1), dtype=bool)
    seen[sample.group[converting], row[sample.owner[converting]]] = True
    sessions = seen.sum(axis=1)
    big = np.zeros(len(sessions), dtype=bool)
    big[np.argsort(-sessions, kind="stable")[:MAX_GROUPS]] = True
    big &= sessions >= MIN_GROUP_SESSIONS
    group_slot = np.where(big, np.cumsum(big) - 1, np.where(sessions > 0, big.sum(), -1))
    if "device_type" not in sample.factors:
        return group_slot, np.array([-1])
    buyers = np.bincount(sample.factors["device_type"][sample.outcome > 0], minlength=sample.levels["device_type"])
    own = buyers >= MIN_DEVICE_SESSIONS
    if own.sum() == (buyers > 0).sum() and own.any():
        own[np.argmax(buyers)] = False
    return group_slot, np.where(own, np.cumsum(own) - 1, -1)
