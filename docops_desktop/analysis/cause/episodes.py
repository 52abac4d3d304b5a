"""When a combination was slow: the stretch of time in which its load lay apart from the rest of its time, found by load alone.

Because the outcome isn't looked at, a loss within the stretch can then be tested without paying for the search over stretches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.cause.population import EXPECTED, OUTCOME, SLOWNESS, N, Population
from docops_desktop.analysis.cause.scoring import PRIOR, signed_root
from docops_desktop.kernels import cause_runner
from docops_desktop.model.timespan import MS_PER_DAY, MS_PER_HOUR

Floats = npt.NDArray[np.float64]
Ranks = npt.NDArray[np.uint16]
_COARSE = 56
_FINE = 336
_BEAM = 12
_TEMPER = 20.0
_CHANCE = 3.0
"""Nats by which chance makes the best of some twenty siblings look better than their parent."""
_Z_KEEP = (3.5, 5.0, 5.0)
Z_EPISODE = 6.0
_SHORTEST_SPAN = 3 * MS_PER_DAY
_LONGEST_SHARE = 0.6
_FEWEST = 30.0


@dataclass(frozen=True)
class Episode:
    """A combination and its slow stretch.

    Attributes:
        ranks: by axis, 0 = free. ``first_ms``, ``end_ms``: half-open.
        z_slow: slowdown inside against outside. ``z_loss``: loss inside against what the combination does outside.
    """

    ranks: Ranks
    first_ms: int
    end_ms: int
    z_slow: float
    z_loss: float


def best_stretch(
    n: npt.NDArray[Any], total: npt.NDArray[Any], sd: float
) -> tuple[Floats, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return for each row of (k, buckets) sums the highest z of a stretch against the rest of the row, and its first and end bucket."""
    z, first, end = np.zeros(len(n)), np.zeros(len(n), dtype=np.int64), np.zeros(len(n), dtype=np.int64)
    tables = (np.ascontiguousarray(table, dtype=np.float64) for table in (n, total))
    cause_runner.kernels().best_stretches(*tables, float(sd), _FEWEST, 1 - _LONGEST_SHARE, z, first, end)
    return z, first, end


def find_episodes(
    population: Population,
    start_ms: npt.NDArray[np.int64],
    sd: float,
    max_depth: int,
    free: npt.NDArray[np.bool_],
    cancelled: Callable[[], bool],
) -> list[Episode]:
    """Return combinations that were slow for a part of the time, by a beam search from single values to triples; slowest first.

    Args:
        start_ms: session start by row of the population. ``free``: rows that no earlier finding explains.
    """
    if not len(start_ms) or int(start_ms[-1]) - int(start_ms[0]) < _SHORTEST_SPAN:
        return []
    search = _Beam(population, start_ms, sd, cancelled)
    rows = np.flatnonzero(free)
    level = search.expand(rows, np.zeros(len(population.axes), dtype=np.uint16))
    found = list(level)
    for depth in range(2, max_depth + 1):
        deeper: dict[bytes, tuple[float, Ranks]] = {}
        for _, ranks in sorted(level, key=lambda item: -item[0])[:_BEAM]:
            cause_runner.check(cancelled)
            inside = rows[search.matches(rows, ranks)]
            for z, child in search.expand(inside, ranks):
                if z > _Z_KEEP[depth - 1]:
                    deeper[child.tobytes()] = (z, child)
        level = list(deeper.values())
        found += level
    strong = sorted((item for item in found if item[0] > Z_EPISODE), key=lambda item: -item[0])[: 3 * _BEAM]
    return [search.episode(rows, ranks) for _, ranks in strong]


class _Beam:
    def __init__(
        self, population: Population, start_ms: npt.NDArray[np.int64], sd: float, cancelled: Callable[[], bool]
    ) -> None:
        self._population = population
        self._start = start_ms
        self._sd = sd
        self._cancelled = cancelled
        self._first = int(start_ms.min()) // MS_PER_HOUR * MS_PER_HOUR
        self._span = int(start_ms.max()) + 1 - self._first
        self._bucket = ((start_ms - self._first) * _COARSE // self._span).astype(np.uint16)

    def matches(self, rows: npt.NDArray[np.int64], ranks: Ranks) -> npt.NDArray[np.bool_]:
        hit = np.ones(len(rows), dtype=bool)
        for axis in np.flatnonzero(ranks):
            hit &= self._population.axes[axis].ranks[rows] == ranks[axis]
        return hit

    def expand(self, rows: npt.NDArray[np.int64], ranks: Ranks) -> list[tuple[float, Ranks]]:
        """Return the slowest combinations with one more value."""
        numbers = [(number,) for number in range(len(self._population.axes)) if not ranks[number]]
        parts = cause_runner.in_threads(lambda number: self._slowest(rows, ranks, number), numbers, self._cancelled)
        return [item for part in parts for item in part]

    def _slowest(self, rows: npt.NDArray[np.int64], ranks: Ranks, number: int) -> list[tuple[float, Ranks]]:
        """Return the slowest combinations with one more value of this axis."""
        axis = self._population.axes[number]
        n, total = np.zeros((axis.levels, _COARSE)), np.zeros((axis.levels, _COARSE))
        for low, high in cause_runner.slices(len(rows)):
            cause_runner.check(self._cancelled)
            cause_runner.kernels().sum_stretches(
                rows, axis.ranks, self._bucket, self._population.values, low, high, n, total
            )
        kept = np.flatnonzero(n.sum(axis=1) >= self._population.min_sessions)
        kept = kept[kept > 0]
        z, _, _ = best_stretch(n[kept], total[kept], self._sd)
        found: list[tuple[float, Ranks]] = []
        for place in np.argsort(-z)[:_BEAM]:
            if z[place] > _Z_KEEP[0]:
                more = ranks.copy()
                more[number] = kept[place]
                found.append((float(z[place]), more))
        return found

    def episode(self, rows: npt.NDArray[np.int64], ranks: Ranks) -> Episode:
        inside = rows[self.matches(rows, ranks)]
        width = max(MS_PER_HOUR, -(-self._span // _FINE))
        bucket = (self._start[inside] - self._first) // width
        values = self._population.values[inside].astype(np.float64)
        buckets = int(-(-self._span // width))
        n = np.bincount(bucket, values[:, N], minlength=buckets)[None, :]
        total = np.bincount(bucket, values[:, SLOWNESS], minlength=buckets)[None, :]
        z, first, end = best_stretch(n, total, self._sd)
        during = (bucket >= first[0]) & (bucket < end[0])
        loss = _loss(values[during], values[~during])
        begin = self._first + int(first[0]) * width
        return Episode(ranks, begin, self._first + int(end[0]) * width, float(z[0]), loss)


def _loss(during: Floats, otherwise: Floats) -> float:
    reference = otherwise[:, OUTCOME].sum() + PRIOR
    ratio = reference / (otherwise[:, EXPECTED].sum() + PRIOR)
    expected = np.array([during[:, EXPECTED].sum() * ratio])
    if expected[0] < 3:
        return 0.0
    return float(signed_root(np.array([during[:, OUTCOME].sum()]), expected, np.array([reference]))[0])


def strength(z_loss: float, z_slow: float) -> float:
    """Return how strongly loss and slowdown speak for a cause, in nats; the slowdown tempered, so that it can't outweigh a missing loss."""
    return z_loss**2 / 2 + _TEMPER * float(np.log1p(z_slow**2 / (2 * _TEMPER)))


def rows_of(
    population: Population, start_ms: npt.NDArray[np.int64], episode: Episode, free: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Return the rows of the combination that start within the stretch and are free."""
    hit = free & (start_ms >= episode.first_ms) & (start_ms < episode.end_ms)
    for axis in np.flatnonzero(episode.ranks):
        hit &= population.axes[axis].ranks == episode.ranks[axis]
    return np.flatnonzero(hit)


def shortest(
    best: Episode,
    others: list[Episode],
    population: Population,
    start_ms: npt.NDArray[np.int64],
    free: npt.NDArray[np.bool_],
) -> Episode:
    """Return the shortest description: a value is dropped while the sessions that come in, in the same stretch, are hurt alike."""
    known = {episode.ranks.tobytes(): episode for episode in others}
    while np.count_nonzero(best.ranks) > 1:
        step: Episode | None = None
        inside = rows_of(population, start_ms, best, free)
        for axis in np.flatnonzero(best.ranks):
            fewer = best.ranks.copy()
            fewer[axis] = 0
            parent = known.get(fewer.tobytes())
            if parent is None:
                continue
            wider = Episode(fewer, best.first_ms, best.end_ms, parent.z_slow, parent.z_loss)
            rest = np.setdiff1d(rows_of(population, start_ms, wider, free), inside, assume_unique=True)
            if _alike(population, inside, rest) > -_CHANCE:
                step = parent
        if step is None:
            return best
        best = step
    return best


def _alike(population: Population, inside: npt.NDArray[np.int64], rest: npt.NDArray[np.int64]) -> float:
    mine, theirs = (population.values[rows].sum(axis=0, dtype=np.float64) for rows in (inside, rest))
    factor = (mine[OUTCOME] + 0.5) / (mine[EXPECTED] + 0.5)
    loss = theirs[OUTCOME] * np.log(factor) - (factor - 1) * theirs[EXPECTED]
    slow = mine[SLOWNESS] / max(mine[N], 1.0)
    mean = theirs[SLOWNESS] / max(theirs[N], 1.0)
    variance = float(np.var(population.values[inside, SLOWNESS])) + 1e-9
    return float(loss) + float(np.clip(theirs[N] / variance * (mean * slow - slow**2 / 2), -6.0, 6.0))
