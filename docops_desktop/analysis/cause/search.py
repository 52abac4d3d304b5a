"""Every combination of one to three dimensions with enough support, and its sums: an iceberg cube.

A pair is only counted where both values have support, a triple only where its base pair has. Dimensions that another one determines (a device model its
operating system) make no combinations with it: they would only restate it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.cause.population import BASE, Axis, Population, column_sums
from docops_desktop.kernels import cause_runner

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.int64]
DETERMINED = 0.95
_MAX_CELLS = 400_000_000


@dataclass(frozen=True)
class Grouping:
    """One set of dimensions: ``axes`` numbers in key order, strides, sorted keys of its combinations, where they begin among all."""

    axes: tuple[int, ...]
    levels: tuple[int, ...]
    keys: Keys
    first: int

    def ranks(self) -> tuple[Keys, ...]:
        """Return the rank of each axis by combination."""
        return tuple(np.unravel_index(self.keys, self.levels)) if len(self.axes) > 1 else (self.keys,)

    def key_of(self, ranks: Iterable[Any]) -> Any:
        """Return the keys of rank columns (one per axis)."""
        key: Any = 0
        for rank, size in zip(ranks, self.levels, strict=True):
            key = key * size + np.asarray(rank, dtype=np.int64)
        return key


@dataclass(frozen=True)
class Cube:
    """All combinations that have support.

    Attributes:
        ranks: (m, axes) uint16, 0 = the dimension is free.
        depth: (m,) dimensions that are set.
        sums: (m, 8): weight, outcome, expected, residual load of the window, then of the baseline.
        totals: (8,) of all rows.
        determined: pairs of axis numbers, the first of which determines the second.
    """

    groupings: tuple[Grouping, ...]
    ranks: npt.NDArray[np.uint16]
    depth: npt.NDArray[np.int8]
    sums: Floats
    totals: Floats
    determined: frozenset[tuple[int, int]]
    by_axes: dict[tuple[int, ...], Grouping] = field(repr=False)

    def find(self, ranks: npt.NDArray[Any]) -> int:
        """Return the number of the combination with these ranks, -1 when it has no support."""
        axes = tuple(int(a) for a in np.flatnonzero(ranks))
        grouping = next((g for key, g in self.by_axes.items() if tuple(sorted(key)) == axes), None)
        if grouping is None:
            return -1
        key = int(grouping.key_of([ranks[a] for a in grouping.axes]))
        place = int(np.searchsorted(grouping.keys, key))
        found = place < len(grouping.keys) and grouping.keys[place] == key
        return grouping.first + place if found else -1

    def singles(self) -> npt.NDArray[np.int64]:
        """(axes, levels) number of each single value's combination, -1 where there is none."""
        width = max((g.levels[0] for g in self.groupings if len(g.axes) == 1), default=1)
        out = np.full((self.ranks.shape[1], width), -1, dtype=np.int64)
        for g in self.groupings:
            if len(g.axes) == 1:
                out[g.axes[0], g.keys] = g.first + np.arange(len(g.keys))
        return out


def search(
    population: Population,
    max_depth: int,
    cancelled: Callable[[], bool],
    progress: Callable[[float], None],
) -> Cube:
    """Count and sum all combinations; ``population.values`` must hold the expectation.

    Raises:
        Stopped: cancelled.
    """
    scan = _Scan(population, cancelled, progress)
    axes = range(len(population.axes))
    found = cause_runner.in_threads(scan.single, [(a,) for a in axes], cancelled)
    determined: frozenset[tuple[int, int]] = frozenset()
    if max_depth >= 2:
        pairs = list(combinations(axes, 2))
        scan.plan(len(pairs), len(list(combinations(axes, 3))) if max_depth >= 3 else 0)
        found += cause_runner.in_threads(scan.pair, pairs, cancelled)
        determined = frozenset(scan.determined)
    if max_depth >= 3:
        related = {frozenset(p) for p in determined}
        triples = [t for t in combinations(axes, 3) if not any(frozenset(p) in related for p in combinations(t, 2))]
        scan.plan(0, len(triples))
        for part in cause_runner.in_threads(scan.triples, scan.by_pair(triples), cancelled):
            found += part
    return _cube(population, [f for f in found if f is not None], determined, cancelled)


Found = tuple[tuple[int, ...], tuple[int, ...], Keys, Floats]


class _Scan:
    def __init__(
        self, population: Population, cancelled: Callable[[], bool], progress: Callable[[float], None]
    ) -> None:
        self.population = population
        self.determined: set[tuple[int, int]] = set()
        self._cancelled = cancelled
        self._progress = progress
        self._kernels = cause_runner.kernels()
        self._pair_ids: dict[tuple[int, int], tuple[npt.NDArray[np.int32], int]] = {}
        self._lock = threading.Lock()
        self._todo = (0, 0)
        self._done = 0.0
        self._share = 1.0

    def plan(self, pairs: int, triples: int) -> None:
        left = 1.0 - self._done
        self._share = left / max(pairs + 2 * triples, 1)

    def _step(self, size: int) -> None:
        with self._lock:
            self._done = min(self._done + size * self._share, 1.0)
            done = self._done
        self._progress(done)

    def single(self, a: int) -> Found:
        axis = self.population.axes[a]
        table = np.zeros((axis.levels, 8))
        for low, high, column in self._slices():
            self._kernels.sum_levels(self.population.values, axis.ranks, low, high, table, column)
        keys = np.arange(1, axis.levels)
        return (a,), (axis.levels,), keys, table[1:]

    def pair(self, a: int, b: int) -> Found | None:
        x, y = self.population.axes[a], self.population.axes[b]
        counts = np.zeros(x.levels * y.levels, dtype=np.int32)
        for low, high in self._window():
            self._kernels.count_pairs(x.ranks, y.ranks, y.levels, self.population.weight, low, high, counts)
        table_of_counts = counts.reshape(x.levels, y.levels)
        table_of_counts[0], table_of_counts[:, 0] = 0, 0
        for way in self._determines(table_of_counts):
            with self._lock:
                self.determined.add((a, b) if way == 0 else (b, a))
            self._step(1)
            return None
        keys = self._kept(counts)
        table = np.zeros((len(keys) + 1, 8))
        for low, high, column in self._slices():
            self._kernels.sum_pairs(
                x.ranks, y.ranks, y.levels, counts, self.population.values, low, high, table, column
            )
        with self._lock:
            self._pair_ids[a, b] = (counts, len(keys))
        self._step(1)
        return (a, b), (x.levels, y.levels), keys, table[:-1]

    def by_pair(self, triples: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, list[int]]]:
        """Return for each pair of axes the third ones that it is the cheapest base for, the most work first."""
        levels = [axis.levels for axis in self.population.axes]
        shared: dict[tuple[int, int], list[int]] = {}
        for t in triples:
            choices = [((t[p], t[q]), t[r]) for p, q, r in ((0, 1, 2), (0, 2, 1), (1, 2, 0))]
            pair, third = min(choices, key=lambda c: self._pair_ids[c[0]][1] * levels[c[1]])
            shared.setdefault(pair, []).append(third)
        return [(a, b, thirds) for (a, b), thirds in sorted(shared.items(), key=lambda item: -len(item[1]))]

    def triples(self, a: int, b: int, thirds: list[int]) -> list[Found]:
        """Count and sum the triples of a pair with each of the third axes; the rows that have the pair are listed once."""
        ids, n_pairs = self._pair_ids[a, b]
        x, y = self.population.axes[a], self.population.axes[b]
        found: list[Found] = []
        if not n_pairs:
            self._step(2 * len(thirds))
            return found
        rows = np.zeros(self.population.n, dtype=np.int32)
        pairs = np.zeros(self.population.n, dtype=np.int32)
        sides: list[tuple[int, int, int]] = []
        kept = 0
        for first, end, column in self.population.sides:
            begin = kept
            for low, high in cause_runner.slices(end - first):
                self._check()
                kept = self._kernels.pack_pairs(
                    x.ranks, y.ranks, y.levels, ids, n_pairs, first + low, first + high, rows, pairs, kept
                )
            sides.append((begin, kept, column))
        pair_keys = np.flatnonzero(ids < n_pairs)
        for c in thirds:
            z = self.population.axes[c]
            if n_pairs * z.levels <= _MAX_CELLS:
                keys, table = self._triple(rows, pairs, sides, z, n_pairs)
                full = pair_keys[keys // z.levels] * z.levels + keys % z.levels
                found.append(((a, b, c), (x.levels, y.levels, z.levels), full, table))
            self._step(2)
        return found

    def _triple(
        self,
        rows: npt.NDArray[np.int32],
        pairs: npt.NDArray[np.int32],
        sides: list[tuple[int, int, int]],
        z: Axis,
        n_pairs: int,
    ) -> tuple[Keys, Floats]:
        counts = np.zeros(n_pairs * z.levels, dtype=np.int32)
        for low, high in cause_runner.slices(sides[0][1]):
            self._check()
            self._kernels.count_triples(rows, pairs, z.ranks, z.levels, self.population.weight, low, high, counts)
        counts[:: z.levels] = 0
        keys = self._kept(counts)
        table = np.zeros((len(keys) + 1, 8))
        if len(keys):
            for first, end, column in sides:
                for low, high in cause_runner.slices(end - first):
                    self._check()
                    self._kernels.sum_triples(
                        rows, pairs, z.ranks, z.levels, counts,
                        self.population.values, first + low, first + high, table, column,
                    )  # fmt: skip
        return keys, table[:-1]

    def _kept(self, counts: npt.NDArray[np.int32]) -> Keys:
        """Return the cells with support, and turn the counts into their numbers; all others get the number after the last."""
        keys = np.flatnonzero(counts >= self.population.min_sessions)
        counts.fill(len(keys))
        counts[keys] = np.arange(len(keys), dtype=np.int32)
        return keys

    @staticmethod
    def _determines(counts: npt.NDArray[np.int32]) -> list[int]:
        """Return 0 when rows determine columns, 1 for the other way round (Goodman and Kruskal's lambda near 1)."""
        inner = counts[1:, 1:]
        total = int(inner.sum())
        found = []
        for way in (0, 1):
            table = inner if way == 0 else inner.T
            missed = total - int(table.sum(axis=0).max(initial=0))
            wrong = total - int(table.max(axis=1, initial=0).sum())
            if total and table.shape[1] > 1 and (missed == 0 or 1 - wrong / missed >= DETERMINED):
                found.append(way)
        return found

    def _window(self) -> Iterable[tuple[int, int]]:
        for low, high in cause_runner.slices(self.population.n_window):
            self._check()
            yield low, high

    def _slices(self) -> Iterable[tuple[int, int, int]]:
        for first, end, column in self.population.sides:
            for low, high in cause_runner.slices(end - first):
                self._check()
                yield first + low, first + high, column

    def _check(self) -> None:
        cause_runner.check(self._cancelled)


def _cube(
    population: Population,
    found: list[Found],
    determined: frozenset[tuple[int, int]],
    cancelled: Callable[[], bool],
) -> Cube:
    groupings: list[Grouping] = []
    first = 0
    for axes, levels, keys, _ in found:
        groupings.append(Grouping(axes, levels, keys, first))
        first += len(keys)
    ranks = np.zeros((first, len(population.axes)), dtype=np.uint16)
    depth = np.zeros(first, dtype=np.int8)
    for g in groupings:
        place = slice(g.first, g.first + len(g.keys))
        depth[place] = len(g.axes)
        for axis, values in zip(g.axes, g.ranks(), strict=True):
            ranks[place, axis] = values
    totals = np.zeros(8)
    for low, high, column in population.sides:
        totals[column : column + 4] = column_sums(population.values[low:high], cancelled)
    sums = np.concatenate([table for *_, table in found]) if found else np.zeros((0, 8))
    return Cube(tuple(groupings), ranks, depth, sums, totals, determined, {g.axes: g for g in groupings})


def sums_within(
    cube: Cube, population: Population, inside: npt.NDArray[np.int64], cancelled: Callable[[], bool]
) -> tuple[Floats, Floats]:
    """Return the part of every combination's sums, and of the totals, that the rows ``inside`` make up."""
    out = np.zeros_like(cube.sums)
    values = population.values[inside]
    at = np.where(inside < population.n_window, 0, BASE)
    axes: list[Axis] = list(population.axes)
    cause_runner.check(cancelled)
    columns = [axis.ranks[inside] for axis in axes]
    cause_runner.check(cancelled)

    def work(g: Grouping) -> None:
        key = g.key_of([columns[a] for a in g.axes])
        place = np.searchsorted(g.keys, key)
        place[place == len(g.keys)] = 0
        hit = g.keys[place] == key
        for side in (0, BASE) if len(population.sides) > 1 else (0,):
            mine = hit & (at == side)
            for k in range(4):
                out[g.first : g.first + len(g.keys), side + k] = np.bincount(
                    place[mine], values[mine, k], minlength=len(g.keys)
                )

    cause_runner.in_threads(work, [(g,) for g in cube.groupings if len(g.keys)], cancelled)
    totals = np.zeros(8)
    for side in (0, BASE):
        totals[side : side + 4] = values[at == side].sum(axis=0, dtype=np.float64)
    return out, totals
