"""The mechanism behind a finding: speed beside it, page groups, since when, its relatives, its course over time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.sample import log_of_code
from docops_desktop.analysis.cause.episodes import best_stretch
from docops_desktop.analysis.cause.figures import Bench, Indices
from docops_desktop.analysis.cause.population import EXPECTED, OUTCOME, SLOWNESS, N
from docops_desktop.analysis.cause.rows import views_of
from docops_desktop.analysis.results.cause import Moment, PageEvidence, Relative
from docops_desktop.kernels import cause_runner
from docops_desktop.model.load_bins import N_CODES, middle
from docops_desktop.model.timespan import MS_PER_HOUR
from docops_desktop.store.facts import Facts

MAX_PAGES = 8
_MOMENTS = 96
_MOST_VIEWS_ROWS = 300_000
Z_SINCE = 6.0
_FEWEST_VIEWS = 20


class Speeds:
    """Load times of page views by page group for a set of sessions; of a sample of them when there are very many."""

    def __init__(self, facts: Facts, rows: npt.NDArray[np.int64]) -> None:
        step = max(1, len(rows) // _MOST_VIEWS_ROWS)
        views, _ = views_of(facts, np.sort(rows[::step]))
        code = facts.page_view("load")[views].astype(np.int64)
        group = facts.page_view("page_group")[views].astype(np.int64)
        groups = max(len(facts.header.dictionaries.get("page_group", ())), int(group.max(initial=0)) + 1)
        weight = facts.page_view("weight")[views] if "weight" in facts.page_views else None
        hist = np.bincount(group * N_CODES + code, weight, minlength=groups * N_CODES).reshape(groups, N_CODES)
        self.views = hist.sum(axis=1) * step
        self.hist = hist.astype(np.float64)
        self.hist[:, 0] = 0

    def p75(self, group: int | None = None) -> float | None:
        """75th percentile in ms; None with fewer than 20 measured views."""
        hist = self.hist.sum(axis=0) if group is None else self.hist[group]
        total = hist.sum()
        if total < _FEWEST_VIEWS:
            return None
        return middle(int(np.searchsorted(np.cumsum(hist), 0.75 * total)))

    def mean_log(self, group: int) -> tuple[float, float]:
        """Mean ln load and number of measured views."""
        n = self.hist[group, 1:].sum()
        return float((self.hist[group, 1:] * log_of_code()[1:]).sum() / max(n, 1.0)), float(n)


def pages(facts: Facts, now: Speeds, before: Speeds) -> tuple[PageEvidence, ...]:
    """Return the page groups with most views, those that slowed down most first."""
    labels = facts.header.dictionaries.get("page_group", ())
    found: list[PageEvidence] = []
    for group in np.argsort(-now.views)[:MAX_PAGES]:
        if group >= len(labels) or now.views[group] < _FEWEST_VIEWS:
            continue
        (mean, n), (mean_before, n_before) = now.mean_log(group), before.mean_log(group)
        enough = min(n, n_before) >= _FEWEST_VIEWS
        shift = float(np.expm1(mean - mean_before)) if enough else None
        found.append(PageEvidence(labels[group], int(now.views[group]), now.p75(group), before.p75(group), shift))
    return tuple(sorted(found, key=lambda page: -(page.shift if page.shift is not None else -9.0)))


def relatives(
    facts: Facts, bench: Bench, ranks: npt.NDArray[np.uint16], inside: Indices, split: npt.NDArray[np.bool_]
) -> tuple[Relative, ...]:
    """Return how the combination with one value swapped fares.

    Args:
        inside: rows of the finding. ``split``: by row of the population: True = hit time (the window), False = reference.
    """
    axes = np.flatnonzero(ranks)
    if len(axes) < 2:
        return ()
    population = bench.population
    mine = np.zeros(population.n, dtype=bool)
    mine[inside] = True
    cause_runner.check(bench.stop)
    has_reference = not split.all()
    found: list[Relative] = []
    for axis in axes:
        cause_runner.check(bench.stop)
        hit = ~mine
        for other in axes[axes != axis]:
            cause_runner.check(bench.stop)
            hit &= population.axes[other].ranks == ranks[other]
        cause_runner.check(bench.stop)
        rows = np.flatnonzero(hit)
        now = rows[split[rows]]
        if not len(now):
            continue
        figures = bench.figures(now, rows[~split[rows]] if has_reference else None)
        effect = figures.effect()
        what = population.axes[axis]
        text = facts.header.dictionaries[what.name][int(what.codes[ranks[axis]])]
        hurt = effect.high is not None and effect.high < 0 and figures.slowdown > 2 * np.sqrt(figures.slowdown_var)
        found.append(
            Relative(
                what.name, text, int(figures.sessions), figures.observed, figures.expected, effect,
                float(np.expm1(figures.slowdown)), bool(hurt),
            )
        )  # fmt: skip
    return tuple(found)


def stretch(facts: Facts, bench: Bench, inside: Indices) -> tuple[int, int] | None:
    """Return when the finding was slow (first, end ms), where a part of its time stands out; None where none does."""
    population = bench.population
    start = facts.session("start_ms")[population.rows[inside]]
    if not len(start):
        return None
    first, last = int(start.min()), int(start.max()) + 1
    width = max(MS_PER_HOUR, -(-(last - first) // 336))
    first -= first % MS_PER_HOUR
    bucket = (start - first) // width
    size = int(bucket.max()) + 1
    values = population.values[inside]
    n = np.bincount(bucket, values[:, N], minlength=size)[None, :]
    total = np.bincount(bucket, values[:, SLOWNESS], minlength=size)[None, :]
    z, low, high = best_stretch(n, total, bench.model.sd)
    if z[0] < Z_SINCE:
        return None
    busy = np.flatnonzero(n[0])
    begin = int(busy[np.searchsorted(busy, low[0])])
    return first + begin * width, min(first + int(high[0]) * width, last)


def course(facts: Facts, bench: Bench, inside: Indices, hit: npt.NDArray[np.bool_], scale: float) -> tuple[Moment, ...]:
    """Return the finding's course over time in at most 96 buckets.

    Args:
        hit: which rows of it lie in the window. ``scale``: outcome x scale = the measure's unit.
    """
    population = bench.population
    start = facts.session("start_ms")[population.rows[inside]]
    if not len(start):
        return ()
    first = int(start.min()) // MS_PER_HOUR * MS_PER_HOUR
    width = max(MS_PER_HOUR, -(-(int(start.max()) + 1 - first) // _MOMENTS // MS_PER_HOUR) * MS_PER_HOUR)
    bucket = (start - first) // width
    values = population.values[inside].astype(np.float64)
    values[hit, EXPECTED] *= bench.drift
    sums = [np.bincount(bucket, values[:, k]) for k in (N, OUTCOME, EXPECTED, SLOWNESS)]
    return tuple(
        Moment(
            first + k * width,
            int(sums[0][k]),
            float(sums[1][k]) * scale,
            float(sums[2][k]) * scale,
            float(np.expm1(sums[3][k] / (sums[0][k] * bench.model.measured)))
            if sums[0][k] * bench.model.measured >= 1
            else None,
        )
        for k in range(len(sums[0]))
        if sums[0][k] > 0
    )


def same_but_one(where: Mapping[str, str], dropped: str) -> str:
    """Return the words for a relative: "Halden H7 Lite with other values of carrier"."""
    kept = ", ".join(value for name, value in where.items() if name != dropped)
    return f"{kept} with another {dropped.replace('_', ' ')}"
