"""Fits the adjusted effect: sample, predictions, moment equations, shrinkage. The door to this package's estimator; answers no question itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.basis import Basis, Parameters, basis_for
from docops_desktop.analysis.causal.moments import Equations, Moments, Views, equations
from docops_desktop.analysis.causal.nuisance import Nuisance, fit_nuisance
from docops_desktop.analysis.causal.sample import Sample
from docops_desktop.analysis.causal.shrinkage import Posterior, shrink

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEPS = 3
MIN_GROUP_SESSIONS = 25  # converting sessions, for a slope of its own
MIN_DEVICE_SESSIONS = 100
SPLIT_FROM = 2_000  # converting sessions; with fewer, first and later views share their equations
VARIANCE_SESSIONS = 60_000


@dataclass(frozen=True)
class Effect:
    """The fitted effect.

    Attributes:
        group_slot, device_slot: code -> slot with a slope of its own, or -1.
        buyers: views of the converting sessions, which every answer is summed over.
        revenue: (n,) of the converting sessions. ``rows``: their rows in the facts.
    """

    basis: Basis
    parameters: Parameters
    posterior: Posterior
    group_slot: Ints
    device_slot: Ints
    buyers: Views
    buyer_sessions: Ints
    equations: Equations
    nuisance: Nuisance


def fit_effect(sample: Sample, cancelled: Callable[[], None]) -> Effect:
    """Fit the effect of load time on conversions to a sample.

    Args:
        sample: sessions and views.
        cancelled: raises when the work is not wanted any more.
    """
    weight = sample.weight[sample.owner]
    basis = basis_for(sample.log_load, weight)
    nuisance = fit_nuisance(sample, basis.knots, cancelled)
    residual = nuisance.residual.copy()
    residual[:, 1:] -= basis.tilt * residual[:, :1]
    functions = basis(sample.log_load)
    later = _centred(functions, nuisance.base_residual, sample)
    group_slot, device_slot = _slots(sample)
    device = sample.factors.get("device_type", np.zeros(sample.n, dtype=np.int64))
    groups, devices = int(group_slot.max(initial=-1)) + 1, int(device_slot.max(initial=-1)) + 1
    parameters = Parameters(len(basis.knots), groups, devices)
    everything = (residual, later, functions, nuisance.risk, group_slot[sample.group], device_slot[device[sample.owner]], nuisance.index == 0)
    converts = sample.outcome > 0
    buyers = _views(sample, converts, *everything)
    others = np.flatnonzero(~converts)
    share = min(1.0, VARIANCE_SESSIONS / max(len(others), 1))
    taken = np.zeros(sample.n, dtype=bool)
    taken[others[np.random.default_rng(1).random(len(others)) < share]] = True
    rest = _views(sample, taken, *everything, scale=share**-0.5)
    cancelled()
    moments = Moments(parameters, split=len(buyers.outcome) >= SPLIT_FROM)
    theta = np.zeros(parameters.size)
    for _ in range(STEPS):
        found = equations(moments, buyers, rest, theta)
        posterior = shrink(found.derivative @ theta - found.score, found.derivative, found.variance, parameters.kinds)
        theta = posterior.mean
        cancelled()
    return Effect(basis, parameters, posterior, group_slot, device_slot, buyers, np.flatnonzero(converts), found, nuisance)


def _views(
    sample: Sample,
    chosen: npt.NDArray[np.bool_],
    residual: Floats,
    later: Floats,
    functions: Floats,
    risk: Floats,
    group: Ints,
    device: Ints,
    early: npt.NDArray[np.bool_],
    scale: float = 1.0,
) -> Views:
    row = np.cumsum(chosen) - 1
    used = chosen[sample.owner]
    return Views(
        row[sample.owner[used]],
        sample.outcome[chosen],
        sample.weight[chosen] * scale,
        residual[used],
        later[used],
        functions[used],
        risk[used],
        group[used],
        device[used],
        early[used],
    )


def _centred(functions: Floats, base_residual: Floats, sample: Sample) -> Floats:
    """The basis of later views without what is known of them whatever the session's speed; takes noise out of the derivative."""
    later = functions.copy()
    later[:, 0] = base_residual
    count = np.bincount(sample.group)
    for k in range(1, functions.shape[1]):
        mean = np.bincount(sample.group, functions[:, k]) / np.maximum(count, 1)
        later[:, k] -= mean[sample.group]
    return later


def _slots(sample: Sample) -> tuple[Ints, Ints]:
    """Page groups and device types with enough converting sessions get a slope of their own; one device type is the rest of them."""
    converting = sample.outcome[sample.owner] > 0
    seen = np.unique(sample.group[converting] * sample.n + sample.owner[converting]) // max(sample.n, 1)
    sessions = np.bincount(seen, minlength=int(sample.group.max(initial=0)) + 1)
    group_slot = np.where(sessions >= MIN_GROUP_SESSIONS, np.cumsum(sessions >= MIN_GROUP_SESSIONS) - 1, -1)
    if "device_type" not in sample.factors:
        return group_slot, np.array([-1])
    buyers = np.bincount(sample.factors["device_type"][sample.outcome > 0], minlength=sample.levels["device_type"])
    own = buyers >= MIN_DEVICE_SESSIONS
    if own.sum() == (buyers > 0).sum() and own.any():
        own[np.argmax(buyers)] = False
    return group_slot, np.where(own, np.cumsum(own) - 1, -1)
