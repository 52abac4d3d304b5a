"""Cubes with planted causes, in the style of the published generators: cells with a real value and a forecast, the truth known.

``synthetic``: as RiskLoc (arXiv 2205.10004, section 5.1) makes its S and L data: Weibull values, some cells empty, relative forecast errors on either side,
several anomalies of one direction, each with its severity, in cuboids of their own. ``layered``: as Squeeze (ISSRE 2019) makes its B data: values of very
different size, each cause of a given cuboid layer with its own magnitude, which its cells share (generalised ripple effect), and forecast errors of a given
mean relative size; small cells err more.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

Where = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CubeWorld:
    """Cells and what was planted: sorted (dimension, code) pairs of each cause."""

    codes: npt.NDArray[np.int64]
    real: npt.NDArray[np.float64]
    forecast: npt.NDArray[np.float64]
    causes: frozenset[Where]


@dataclass(frozen=True)
class Setting:
    """Ranges of the ``synthetic`` generator, each drawn from uniformly per instance."""

    sizes: tuple[int, ...]
    noise: tuple[float, float]
    severity: tuple[float, float]
    deviation: tuple[float, float]
    anomalies: tuple[int, int]
    elements: tuple[int, int]
    cells_only: bool = False


SMALL = Setting((10, 12, 10, 8, 5), (0.0, 0.25), (0.2, 1.0), (0.0, 0.1), (1, 3), (1, 3))
"""RiskLoc's S."""
LARGE = Setting((10, 24, 10, 15), (0.0, 0.1), (0.5, 1.0), (0.0, 0.0), (1, 5), (1, 1), cells_only=True)
"""RiskLoc's L."""
LAYERED_SIZES = (10, 36, 5, 12)
"""21,600 cells of four dimensions, about what Squeeze's B data have."""


def grid(sizes: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """All combinations of codes."""
    return np.array(list(product(*(range(size) for size in sizes))), dtype=np.int64)


def _inside(codes: npt.NDArray[np.int64], where: Where) -> npt.NDArray[np.bool_]:
    hit: npt.NDArray[np.bool_] = np.logical_and.reduce([codes[:, axis] == code for axis, code in where])
    return hit


def synthetic(setting: Setting, seed: int) -> CubeWorld:
    """Return an instance in the style of RiskLoc's S or L."""
    rng = np.random.default_rng([seed, len(setting.sizes)])
    codes = grid(setting.sizes)
    n = len(codes)
    real = rng.weibull(rng.uniform(0.5, 1.0), n) * 100 * (rng.random(n) > rng.uniform(0.0, 0.25))
    noise = rng.uniform(*setting.noise)
    other = np.maximum(real * (1 + rng.normal(0, noise, n)), 0.0)
    swap = rng.random(n) < 0.5
    real, forecast = np.where(swap, other, real), np.where(swap, real, other)
    rises = bool(real.sum() > forecast.sum())
    causes: list[Where] = []
    used: list[tuple[tuple[int, ...], list[Where]]] = []
    for _ in range(int(rng.integers(setting.anomalies[0], setting.anomalies[1], endpoint=True))):
        severity = rng.uniform(*setting.severity) + noise
        spread = rng.uniform(*setting.deviation)
        elements = _elements(rng, setting, codes, real, forecast, used)
        hit = np.logical_or.reduce([_inside(codes, where) for where in elements])
        kept = np.maximum(1 - rng.normal(severity, spread, int(hit.sum())), 0.0)
        if rises:
            forecast[hit] = real[hit] * kept
        else:
            real[hit] = forecast[hit] * kept
        causes += elements
    return CubeWorld(codes, real, forecast, frozenset(causes))


def _elements(
    rng: np.random.Generator,
    setting: Setting,
    codes: npt.NDArray[np.int64],
    real: npt.NDArray[np.float64],
    forecast: npt.NDArray[np.float64],
    used: list[tuple[tuple[int, ...], list[Where]]],
) -> list[Where]:
    """Draw one anomaly's elements: a cuboid that no other anomaly has, values that none of them uses, cells with something in them."""
    dims = len(setting.sizes)
    for _ in range(10_000):
        level = dims if setting.cells_only else int(rng.integers(1, dims, endpoint=True))
        axes = tuple(sorted(int(a) for a in rng.choice(dims, level, replace=False)))
        if level < dims and any(axes == theirs for theirs, _ in used):
            continue
        count = int(rng.integers(setting.elements[0], setting.elements[1], endpoint=True))
        taken = {pair for _, elements in used for where in elements for pair in where}
        left = [[c for c in range(setting.sizes[a]) if (a, c) not in taken] for a in axes]
        if not all(left):
            continue
        elements = [
            tuple((a, int(rng.choice(choices))) for a, choices in zip(axes, left, strict=True)) for _ in range(count)
        ]
        if len(set(elements)) < count:
            continue
        if level == dims and any((real + forecast)[_inside(codes, where)].min() == 0 for where in elements):
            continue
        used.append((axes, elements))
        return elements
    raise RuntimeError("no place for an anomaly")


def layered(layer: int, count: int, error: float, seed: int, sizes: tuple[int, ...] = LAYERED_SIZES) -> CubeWorld:
    """Return an instance in the style of Squeeze's B data.

    Args:
        layer: dimensions of each cause. ``count``: causes. ``error``: mean relative forecast error of all cells together.
    """
    rng = np.random.default_rng([seed, layer, count])
    codes = grid(sizes)
    share = np.ones(len(codes))
    for axis, size in enumerate(sizes):
        share *= rng.permutation(1 / np.arange(1, size + 1) ** 0.8)[codes[:, axis]]
    volume = share / share.mean() * 400 * rng.lognormal(0, 0.5, len(codes))
    forecast = rng.poisson(volume).astype(np.float64)
    scatter = rng.normal(0, 1, len(codes)) * (volume / volume.mean()) ** -0.25
    scatter *= error / ((np.abs(scatter) * forecast).sum() / forecast.sum())
    real = np.maximum(forecast * (1 + scatter), 0.0)
    causes: list[Where] = []
    taken = np.zeros(len(codes), dtype=bool)
    sign = rng.choice([-1.0, 1.0])
    while len(causes) < count:
        axes = sorted(int(a) for a in rng.choice(len(sizes), layer, replace=False))
        row = int(rng.choice(len(codes), p=forecast / forecast.sum()))
        where = tuple((a, int(codes[row, a])) for a in axes)
        hit = _inside(codes, where)
        if where in causes or (taken & hit).any() or forecast[hit].sum() < 0.004 * forecast.sum():
            continue
        magnitude = 1 + sign * rng.uniform(0.2, 0.9)
        real[hit] = np.maximum(forecast[hit] * magnitude * (1 + scatter[hit]), 0.0)
        taken |= hit
        causes.append(where)
    return CubeWorld(codes, real, forecast, frozenset(causes))
