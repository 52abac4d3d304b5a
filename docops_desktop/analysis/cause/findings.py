"""One cause as a finding: its figures with intervals, its evidence, its sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.cause import evidence, words
from docops_desktop.analysis.cause.choose import rows_of
from docops_desktop.analysis.cause.figures import Bench, Figures, Indices, basket, in_money, shrunk
from docops_desktop.analysis.cause.population import OUTCOME, N, column_sums
from docops_desktop.analysis.cause.request import ExplainRequest
from docops_desktop.analysis.cause.scoring import PRIOR
from docops_desktop.analysis.results.cause import Finding, Moment, PageEvidence, Relative
from docops_desktop.analysis.results.common import Estimate
from docops_desktop.kernels import cause_runner
from docops_desktop.model.dimensions import DIMENSIONS
from docops_desktop.store.facts import Facts


@dataclass(frozen=True)
class Cause:
    """What the search chose: ranks by axis, rows of the population (within ``span`` when it lasted a part of the time), how sure."""

    ranks: npt.NDArray[np.uint16]
    rows: Indices
    z_loss: float
    z_slow: float
    p_value: float
    q_value: float
    slow: bool
    span: tuple[int, int] | None = None


def finding_of(facts: Facts, request: ExplainRequest, bench: Bench, cause: Cause) -> Finding:
    """Return the finding of a cause."""
    population = bench.population
    everywhere = rows_of(population, cause.ranks)
    split = np.arange(population.n) < population.n_window
    reference: Indices | None = None
    if cause.span is not None:
        start = facts.session("start_ms")[population.rows]
        split = (start >= cause.span[0]) & (start < cause.span[1])
        reference = everywhere[~split[everywhere]]
    elif request.compare:
        reference = everywhere[everywhere >= population.n_window]
    now = everywhere[split[everywhere]]
    figures = bench.figures(now, reference, _doubt(bench, cause, everywhere))

    siblings = _siblings(bench, cause.ranks, everywhere) if reference is None else reference
    speeds = evidence.Speeds(facts, population.rows[now])
    cause_runner.check(bench.stop)
    before = evidence.Speeds(facts, population.rows[siblings])
    cause_runner.check(bench.stop)
    pages = evidence.pages(facts, speeds, before)
    relatives = evidence.relatives(facts, bench, cause.ranks, everywhere if reference is not None else now, split)
    when = cause.span or evidence.stretch(facts, bench, everywhere)
    hit = split[everywhere] if request.compare else np.zeros(len(everywhere), dtype=bool)
    money = 10.0**-facts.header.minor_digits if request.searched == "revenue" else 1.0
    course = evidence.course(facts, bench, everywhere, hit, population.unit * money)

    where = {
        population.axes[a].name: facts.header.dictionaries[population.axes[a].name][
            int(population.axes[a].codes[cause.ranks[a]])
        ]
        for a in sorted(np.flatnonzero(cause.ranks), key=lambda a: _place(population.axes[a].name))
    }
    return _assembled(facts, request, bench, cause, figures, where, (speeds.p75(), before.p75()), when,
                      (pages, relatives, course))  # fmt: skip


def _assembled(
    facts: Facts,
    request: ExplainRequest,
    bench: Bench,
    cause: Cause,
    figures: Figures,
    where: dict[str, str],
    load: tuple[float | None, float | None],
    when: tuple[int, int] | None,
    shown: tuple[tuple[PageEvidence, ...], tuple[Relative, ...], tuple[Moment, ...]],
) -> Finding:
    population, header = bench.population, facts.header
    pages, relatives, course = shown
    cause_runner.check(bench.stop)
    everywhere = rows_of(population, cause.ranks)
    mean, error = basket(facts, population, everywhere)
    money = 10.0**-header.minor_digits
    effect, slower, lost = figures.effect(), figures.slower(), figures.lost()
    observed, expected = figures.observed, figures.expected
    reasons: dict[str, str] = {}
    if request.searched == "revenue":
        revenue = _scaled(lost, population.unit * money)
        conversions = _scaled(lost, population.unit / max(mean, 1e-9))
        observed, expected = observed * population.unit * money, expected * population.unit * money
    else:
        conversions = _scaled(lost, _rate(bench, everywhere)) if request.searched == "sessions" else lost
        revenue = in_money(conversions, mean, error, money)
    if request.measure == "conversion_rate":
        observed, expected = (x / max(figures.sessions, 1.0) for x in (observed, expected))
    if request.searched == "load":
        effect = slower
        observed, expected = load[0] or float("nan"), load[1] or float("nan")
    if mean == 0:
        revenue = Estimate(None, reason="there is no revenue in these data")
        reasons["lost_revenue"] = revenue.reason
    if load[0] is None or load[1] is None:
        reasons["load_p75_baseline" if load[0] is not None else "load_p75"] = "too few page views were measured"
    z = cause.z_slow if request.searched == "load" else cause.z_loss
    why = words.why(
        request.searched, where, (figures.observed, figures.expected), conversions, revenue, header.currency, load, slower,
        cause.slow, words.since_text(when[0] if when else None, header.time_zone), pages, relatives,
    )  # fmt: skip
    until = when[1] if when and when[1] < header.last_ms - 3_600_000 else None
    share = (figures.expected - figures.observed) / _window_sessions(bench)
    return Finding(
        where=where,
        sessions=int(figures.sessions),
        expected=expected,
        observed=observed,
        effect=effect,
        effect_shrunk=shrunk(effect.value or 0.0, z),
        expected_share=share,
        lost_conversions=conversions,
        lost_revenue=revenue,
        share_of_change=None,
        p_value=cause.p_value,
        q_value=cause.q_value,
        z_loss=cause.z_loss,
        z_slow=cause.z_slow,
        load_p75=load[0],
        load_p75_baseline=load[1],
        slowdown=slower,
        since_ms=when[0] if when else None,
        until_ms=until,
        pages=pages,
        relatives=relatives,
        course=course,
        why=why,
        reasons=reasons,
    )


def _place(name: str) -> int:
    """Place of a dimension in the usual order; custom ones come last."""
    names = list(DIMENSIONS)
    return names.index(name) if name in names else len(names)


def _doubt(bench: Bench, cause: Cause, everywhere: Indices) -> float:
    """Relative variance of an expectation that rests on main effects: each value's outcome outside of the cause."""
    doubt = 0.0
    population = bench.population
    mine = float(population.values[everywhere, OUTCOME].sum(dtype=np.float64))
    for axis in np.flatnonzero(cause.ranks):
        cause_runner.check(bench.stop)
        rows = population.axes[axis].ranks == cause.ranks[axis]
        total = float(population.values[rows, OUTCOME].sum(dtype=np.float64))
        doubt += 1 / (max(total - mine, 0.0) + PRIOR)
    return doubt


def _siblings(bench: Bench, ranks: npt.NDArray[np.uint16], everywhere: Indices) -> Indices:
    """Rows that share all values of the combination but one."""
    population = bench.population
    axes = np.flatnonzero(ranks)
    shared = np.zeros(population.n, dtype=np.int8)
    for axis in axes:
        cause_runner.check(bench.stop)
        shared += population.axes[axis].ranks == ranks[axis]
    rows = np.flatnonzero(shared == len(axes) - 1)
    return rows if len(rows) else np.setdiff1d(np.arange(population.n), everywhere)


def _rate(bench: Bench, rows: Indices) -> float:
    n, outcome = bench.population.values[rows].sum(axis=0, dtype=np.float64)[:2]
    return float(outcome / max(n, 1.0))


def _window_sessions(bench: Bench) -> float:
    population = bench.population
    return max(float(column_sums(population.values[: population.n_window], bench.stop)[N]), 1.0)


def _scaled(value: Estimate, factor: float) -> Estimate:
    if value.value is None or value.low is None or value.high is None:
        return value
    return Estimate(value.value * factor, value.low * factor, value.high * factor)
