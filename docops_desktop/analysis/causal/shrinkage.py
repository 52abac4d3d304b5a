"""Empirical Bayes over the parameters of the effect: page groups and device types are drawn towards the site, bends towards a straight line.

The equations at theta0 are read as y = A theta + noise(B) with y = A theta0 - score; each kind of parameter has a normal prior whose width is not
chosen but averaged over, by its marginal likelihood (Kass and Steffey, JASA 1989; Morris, JASA 1983: the width's own uncertainty belongs to the
interval). Knows nothing of views.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SITE_SD = 0.5
WIDTHS: tuple[float, ...] = (0.002, 0.005, 0.01, 0.02, 0.03, 0.045, 0.07, 0.1, 0.15, 0.25)
SCALE = 0.06  # half-normal scale of a prior's width, in elasticity per view


@dataclass(frozen=True)
class Posterior:
    """Mean (P,) and covariance (P, P); ``widths``: posterior mean of each kind's prior width; ``misfit``, ``freedom``: Hansen's J and its degrees."""

    mean: Floats
    covariance: Floats
    widths: tuple[float, ...]
    misfit: float
    freedom: int


def shrink(y: Floats, derivative: Floats, variance: Floats, kinds: Sequence[slice]) -> Posterior:
    """Return the posterior of theta.

    Args:
        y: (M,) pseudo-observations of the equations.
        derivative: (M, P).
        variance: (M, M) of y.
        kinds: slices of theta that share a prior width; the first (the site) has a wide fixed one.
    """
    scale = np.sqrt(np.maximum(np.diag(variance), 1e-12))
    root = np.linalg.cholesky(variance / np.outer(scale, scale) + 1e-6 * np.eye(len(y)))
    a = np.linalg.solve(root, derivative / scale[:, None])
    observed = np.linalg.solve(root, y / scale)
    information, pull = a.T @ a, a.T @ observed
    free = [kind for kind in kinds[1:] if kind.stop > kind.start]
    size = derivative.shape[1]
    means, spreads, evidence, widths = [], [], [], []
    for combination in product(WIDTHS, repeat=len(free)):
        precision = np.full(size, SITE_SD**-2)
        for kind, width in zip(free, combination, strict=True):
            precision[kind] = width**-2
        inner = information + np.diag(precision)
        chol = np.linalg.cholesky(inner)
        half = np.linalg.solve(chol, pull)
        log_evidence = 0.5 * half @ half + 0.5 * np.log(precision).sum() - np.log(np.diag(chol)).sum()
        log_prior = sum(-0.5 * (w / SCALE) ** 2 + np.log(w) for w in combination)  # log-spaced grid: width as measure
        inverse = np.linalg.inv(inner)
        means.append(inverse @ pull)
        spreads.append(inverse)
        evidence.append(log_evidence + log_prior)
        widths.append(combination)
    share = np.exp(np.asarray(evidence) - max(evidence))
    share /= share.sum()
    stacked = np.asarray(means)
    mean = share @ stacked
    off = stacked - mean
    covariance = np.einsum("k,kij->ij", share, np.asarray(spreads)) + (off * share[:, None]).T @ off
    fitted = np.linalg.lstsq(a, observed, rcond=None)[0]
    misfit = float(((observed - a @ fitted) ** 2).sum())
    average = tuple(float(w) for w in share @ np.asarray(widths)) if free else ()
    return Posterior(mean, covariance, average, misfit, max(len(y) - size, 0))
