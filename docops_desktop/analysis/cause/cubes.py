"""Causes in a cube that was aggregated before it came here: cells with a real value and a forecast, no sessions, no counts to test against.

What is known of such cells: a cause moves all the cells below it by the same ratio (the ripple effect), all others only scatter about their forecast. So
each cell's relative deviation is either noise around 0 or noise around its cause's ratio, and a combination is judged by the likelihood ratio of the two
over its cells, less what its name costs among all names (minimum description length). A combination is a cause only if no set of its own parts tells the
same in fewer words; what is named is taken out, and the search goes on. Ripple effect and ratio: Squeeze (Li et al., ISSRE 2019); the deviation's clean
side as the measure of noise: RiskLoc (Kalander, arXiv 2205.10004); the likelihood of the partition is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_CLIP = 30.0
"""Nats that one cell may say: a cell far beyond the cause's ratio belongs to another cause, and mustn't break this one up."""
_NAME = 2.0
"""Nats that naming any combination costs beyond picking it."""
_WHOLE = 0.97
"""A combination stands where its parts, named apart, would tell no more than some 3 % more: cells of other causes lie in any large one."""
_LEAST_SD = 0.004
_LEAST_RATIO = 0.04
"""A deviation of 4 % and less is no cause, however certain it is."""
_ALIKE = 1.5
"""Up to this ratio the two sides scatter alike: then that of the direction which is explained counts."""
_SIDE_CELLS = 20
_BINS = 8
_BIN_CELLS = 1_000
_MOST = 40
_ROUND = 0.9
"""Causes of less evidence than this share of the strongest one's wait: while it isn't taken out, its cells may break them up."""


@dataclass(frozen=True)
class CubeCause:
    """One cause.

    Attributes:
        where: number of the dimension -> code. ``cells``: how many have anything in them. ``real``, ``forecast``: their sums.
        evidence: log likelihood ratio less the cost of the name, in nats.
    """

    where: dict[int, int]
    cells: int
    real: float
    forecast: float
    evidence: float


@dataclass(frozen=True)
class _Cuboid:
    """One set of dimensions: the element of each cell, and each element's codes (elements, dimensions)."""

    axes: tuple[int, ...]
    element: Ints
    codes: Ints


@dataclass(frozen=True)
class _Scores:
    """By element: evidence as one combination (0: its parts tell more), and the best that can be said of its cells at all."""

    own: Floats
    best: Floats


def localize(codes: Ints, real: Floats, forecast: Floats, max_depth: int = 6) -> tuple[CubeCause, ...]:
    """Return the combinations that explain why real values deviate from their forecasts as a whole, the strongest evidence first.

    Args:
        codes: (cells, dimensions), from 0. ``real``, ``forecast``: (cells,), not negative; cells with neither say nothing.

    Only deviations in the direction of the whole are looked for: a drop is explained by what dropped.
    """
    total = float(real.sum() - forecast.sum())
    used = np.flatnonzero((real > 0) | (forecast > 0))
    if not len(used) or total == 0:
        return ()
    codes, real, forecast = codes[used], real[used], forecast[used]
    larger = np.maximum(real, forecast)
    deviation = (real - forecast) / larger * np.sign(total)
    search = _Search(deviation, noise(deviation, larger), cuboids(codes, max_depth))
    found = [
        CubeCause(where, len(cells), float(real[cells].sum()), float(forecast[cells].sum()), nats)
        for where, cells, nats in search.run()
    ]
    return tuple(sorted(found, key=lambda cause: -cause.evidence))


def cuboids(codes: Ints, max_depth: int) -> tuple[_Cuboid, ...]:
    """Return all sets of up to ``max_depth`` dimensions, the shortest first."""
    found = []
    sizes = codes.max(axis=0) + 1
    for depth in range(1, min(max_depth, codes.shape[1]) + 1):
        for axes in combinations(range(codes.shape[1]), depth):
            key = np.ravel_multi_index(tuple(codes[:, a] for a in axes), tuple(sizes[list(axes)]))
            keys, element = np.unique(key, return_inverse=True)
            named = np.stack(np.unravel_index(keys, tuple(sizes[list(axes)])), axis=1)
            found.append(_Cuboid(axes, element.astype(np.int64), named.astype(np.int64)))
    return tuple(found)


def noise(deviation: Floats, size: Floats) -> Floats:
    """Return each cell's standard deviation where there is no cause; small cells scatter more."""
    bins = int(np.clip(len(size) // _BIN_CELLS, 1, _BINS))
    logs = np.log(size)
    middles, scales = [], []
    for part in np.array_split(np.argsort(size, kind="stable"), bins):
        middles.append(float(np.median(logs[part])))
        scales.append(np.log(_scale(deviation[part])))
    # a power of the size, fitted to the bins: steps would make the smallest cells of a bin look like causes
    slope = min(float(np.polyfit(middles, scales, 1)[0]), 0.0) if bins > 1 else 0.0
    sd: Floats = np.exp(np.mean(scales) + slope * (logs - np.mean(middles)))
    return np.maximum(sd, _LEAST_SD)


def _scale(deviation: Floats) -> float:
    """Return the standard deviation of noise; causes lie on the positive side only, so that side counts only where it looks like the other."""
    sides = [np.abs(deviation[deviation * side > 0]) for side in (1, -1)]
    if min(len(side) for side in sides) < _SIDE_CELLS:
        sides = [np.abs(deviation)] * 2
    hit, calm = (max(float(np.median(side)) / 0.6745, _LEAST_SD) for side in sides)
    return hit if hit < _ALIKE * calm else calm


class _Search:
    def __init__(self, deviation: Floats, sd: Floats, found: tuple[_Cuboid, ...]) -> None:
        self._x, self._sd, self._cuboids = deviation, sd, found
        self._at = {cuboid.axes: number for number, cuboid in enumerate(found)}
        self._free = np.arange(len(deviation))

    def run(self) -> list[tuple[dict[int, int], Ints, float]]:
        """Return (combination, its cells, evidence), one after the other."""
        found: list[tuple[dict[int, int], Ints, float]] = []
        while len(found) < _MOST and len(self._free):
            scores = self._scores()
            picked = self._picked(scores)
            if not picked:
                break
            for number, element, nats in picked:
                cuboid = self._cuboids[number]
                inside = cuboid.element == element
                where = dict(zip(cuboid.axes, (int(c) for c in cuboid.codes[element]), strict=True))
                found.append((where, np.flatnonzero(inside), nats))
                self._free = self._free[~inside[self._free]]
        return found

    def _scores(self) -> list[_Scores]:
        """Score all elements over the cells that no cause explains yet, the longest combinations first: an element's best is its own or its parts'."""
        scores: list[_Scores | None] = [None] * len(self._cuboids)
        depths = {len(cuboid.axes) for cuboid in self._cuboids}
        axes = {a for cuboid in self._cuboids for a in cuboid.axes}
        for number in reversed(range(len(self._cuboids))):
            cuboid = self._cuboids[number]
            own = self._own(cuboid)
            parts = np.zeros(len(own))
            if len(cuboid.axes) + 1 in depths:
                for more in axes - set(cuboid.axes):
                    deeper = self._at[tuple(sorted((*cuboid.axes, more)))]
                    below = scores[deeper]
                    assert below is not None
                    parent = self._parents(cuboid, self._cuboids[deeper])
                    parts = np.maximum(parts, np.bincount(parent, below.best, minlength=len(own)))
            whole = own >= _WHOLE * parts
            scores[number] = _Scores(np.where(whole, own, 0.0), np.where(whole, np.maximum(own, 0.0), parts))
        return [score for score in scores if score is not None]

    @staticmethod
    def _parents(cuboid: _Cuboid, deeper: _Cuboid) -> Ints:
        """Return the element of ``cuboid`` that each element of the deeper one lies in."""
        parent = np.empty(len(deeper.codes), dtype=np.int64)
        parent[deeper.element] = cuboid.element
        return parent

    def _own(self, cuboid: _Cuboid) -> Floats:
        """Return each element's evidence as one combination: how much better its own ratio explains its cells than none, less the cost of the name."""
        m = len(cuboid.codes)
        element, x, sd = cuboid.element[self._free], self._x[self._free], self._sd[self._free]
        n = np.bincount(element, minlength=m).astype(np.float64)
        middle = _medians(element, x, n)
        # cells far beyond the ratio are another cause's: they count as one of this one's, not for what they are
        near = np.minimum(x, middle[element] + 2 * sd)
        gain = np.clip((near**2 - (near - middle[element]) ** 2) / (2 * sd**2), -_CLIP, _CLIP)
        cost = np.log(max(int((n > 0).sum()), 1)) + np.log(len(self._cuboids)) + _NAME
        evidence: Floats = np.where(middle > _LEAST_RATIO, np.bincount(element, gain, minlength=m) - cost, 0.0)
        return evidence

    def _picked(self, scores: list[_Scores]) -> list[tuple[int, int, float]]:
        """Return the strongest causes that share no cells: (cuboid, element, evidence)."""
        strong = [
            (float(score.own[element]), number, int(element))
            for number, score in enumerate(scores)
            for element in np.flatnonzero(score.own > 0)
        ]
        strong.sort(key=lambda item: (-item[0], item[1]))
        taken = np.zeros(len(self._x), dtype=bool)
        picked: list[tuple[int, int, float]] = []
        for nats, number, element in strong[:_MOST]:
            if nats < _ROUND * strong[0][0]:
                break
            inside = self._free[self._cuboids[number].element[self._free] == element]
            # what overlaps waits for the next round, and so do its parts
            if not taken[inside].any():
                picked.append((number, element, nats))
            taken[inside] = True
        return picked


def _medians(element: Ints, x: Floats, n: Floats) -> Floats:
    """Return the (lower) median of ``x`` by element, 0 where it has none."""
    order = np.argsort(x, kind="stable")
    # short integers sort in linear time
    short = element[order].astype(np.uint16 if len(n) <= np.iinfo(np.uint16).max else np.int64)
    order = order[np.argsort(short, kind="stable")]
    first = np.concatenate([[0], np.cumsum(n)[:-1]]).astype(np.int64)
    place = np.minimum(first + np.maximum(n.astype(np.int64) - 1, 0) // 2, len(x) - 1)
    middle: Floats = np.where(n > 0, x[order][place], 0.0)
    return middle
