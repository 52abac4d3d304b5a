"""Find the cause: the door for engine, window and command line.

rows -> population -> main effects -> cube of combinations -> causes one after the other -> figures and evidence. Keeps no state; may run in any thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from docops_desktop.analysis.cause import episodes, evidence, main_effects, words
from docops_desktop.analysis.cause.change import change_of
from docops_desktop.analysis.cause.choose import ALPHA_SLOW, Chooser
from docops_desktop.analysis.cause.figures import Bench
from docops_desktop.analysis.cause.findings import Cause, finding_of
from docops_desktop.analysis.cause.population import (
    BASE,
    EXPECTED,
    OUTCOME,
    SLOWNESS,
    N,
    Population,
    Values,
    column_sums,
    populate,
)
from docops_desktop.analysis.cause.request import ExplainRequest
from docops_desktop.analysis.cause.rows import Rows, filtered, rows_in
from docops_desktop.analysis.cause.scoring import Model
from docops_desktop.analysis.cause.search import Floats, search
from docops_desktop.analysis.figures.sums import why_missing
from docops_desktop.analysis.results.cause import Change, ExplainResult, Finding
from docops_desktop.kernels import cause_runner
from docops_desktop.model.baseline import default_baseline
from docops_desktop.model.errors import Cancelled
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.store.facts import Facts

__all__ = ["ExplainRequest", "ExplainResult", "explain"]

_NO_CHANGE = (None,) * 10
_FIT, _SEARCH = 0.25, 0.65
_CERTAIN, _FELT = 3.0, 0.03
_WORTH_COMPILING = 1_000_000
_COMPILE_SECONDS = 30.0
Progress = Callable[[str, float], None]


def explain(
    facts: Facts,
    request: ExplainRequest,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ExplainResult:
    """Answer a question.

    Args:
        progress: called with what is done and the fraction done, from any thread.
        cancelled: polled every few milliseconds, from any thread.

    Raises:
        RequestError: the request names what these facts don't have.
        Cancelled: ``cancelled`` said so.
    """
    started = time.perf_counter()
    say = progress or (lambda _what, _fraction: None)
    stop = cancelled or (lambda: False)
    try:
        result = _Question(facts, request, say, stop).answer()
    except cause_runner.Stopped as error:
        raise Cancelled from error
    return replace(result, seconds=time.perf_counter() - started)


@dataclass(frozen=True)
class _Spans:
    window: TimeSpan | None
    baseline: tuple[TimeSpan, ...]
    window_ms: int
    baseline_ms: int


class _Question:
    def __init__(self, facts: Facts, request: ExplainRequest, say: Progress, stop: Callable[[], bool]) -> None:
        self.facts = facts
        self.request = request
        self.say = say
        self.stop = stop
        self.warnings: list[str] = []

    def answer(self) -> ExplainResult:
        spans = self._spans()
        window, baseline = self._rows(spans)
        self._compiled(len(window) + len(baseline))
        self.say("reading sessions", 0.02)
        if not len(window):
            return self._nothing(spans, (0, len(baseline)), "there are no sessions in the window")
        unknown = why_missing(self.request.measure, self.facts)
        if unknown:
            return self._nothing(spans, (len(window), len(baseline)), unknown)
        if self.request.compare and not len(baseline):
            why = "there are no sessions to compare with: the baseline is empty"
            return self._nothing(spans, (len(window), 0), why)
        population = populate(self.facts, self.request, window, baseline, self.stop)
        if not population.axes:
            why = f"there is nothing to compare: no dimension has two values, one of them with {population.min_sessions:,} sessions or more"
            return self._nothing(spans, (len(window), len(baseline)), why)
        return self._searched(spans, population)

    def _compiled(self, rows: int) -> None:
        """Begin to load the compiled kernels; wait for them where the reference would take longer than that."""
        cause_runner.start()
        until = time.monotonic() + _COMPILE_SECONDS
        while rows > _WORTH_COMPILING and not cause_runner.loaded() and time.monotonic() < until:
            self.say("loading the compiled kernels", 0.0)
            cause_runner.check(self.stop)
            time.sleep(0.02)

    # what is compared

    def _spans(self) -> _Spans:
        header = self.facts.header
        data = TimeSpan(header.first_ms, max(header.last_ms + 1, header.first_ms))
        window = self.request.selection.span
        if not self.request.compare:
            return _Spans(window, (), (window or data).duration_ms, 1)
        baseline = self.request.baseline
        if window is None:
            begin = max((span.end_ms for span in baseline), default=max(data.end_ms - 86_400_000, data.start_ms))
            window = TimeSpan(min(begin, data.end_ms), data.end_ms)
        if not baseline:
            baseline = default_baseline(window, header.first_ms, header.time_zone)
        length = _within(window, data)
        return _Spans(window, baseline, length, sum(_within(span, data) for span in baseline))

    def _rows(self, spans: _Spans) -> tuple[Rows, Rows]:
        everything = np.arange(self.facts.n_sessions, dtype=np.int64)
        window = everything if spans.window is None else rows_in(self.facts, [spans.window])
        baseline = rows_in(self.facts, spans.baseline)
        if len(baseline) and len(window):
            inside = (baseline >= window[0]) & (baseline <= window[-1])
            if inside.any():
                self.warnings.append("the baseline reaches into the window; sessions of both count for the window")
                baseline = baseline[~inside]
        selection = self.request.selection
        return filtered(self.facts, selection, window), filtered(self.facts, selection, baseline)

    # the search

    def _searched(self, spans: _Spans, population: Population) -> ExplainResult:
        self.say("fitting what the attributes explain", 0.1)
        raw = population.values[:, SLOWNESS].copy()
        effects = self._fit(population, raw)
        kind = "rest" if not self.request.compare else "baseline"
        if self.request.searched == "sessions":
            kind = "sessions"
        model = Model(kind, effects.sd, effects.measured)
        self.say("searching combinations", _FIT)
        cube = search(
            population,
            self.request.max_depth,
            self.stop,
            lambda done: self.say("searching combinations", _FIT + (_SEARCH - _FIT) * done),
        )
        chooser = Chooser(cube, population, model, self.request.searched, self.stop)
        causes = self._causes(chooser, population, model)
        self.say("measuring the findings", 0.85)
        bench = self._bench(population, model, causes, raw, chooser.shift())
        findings = self._findings(bench, causes)
        missed = (0.0, 0.0) if findings else chooser.largest_missed()
        change = self._change(spans, population, cube.totals, bench, findings)
        findings = self._shared(findings, change)
        missed_effect = missed[0] / missed[1] if missed[1] else None
        unit = population.unit * (10.0**-self.facts.header.minor_digits if self.request.measure == "revenue" else 1.0)
        loss = missed[0] * unit if missed[0] and self.request.searched != "load" else None
        self.say("done", 1.0)
        return ExplainResult(
            self.request.measure,
            spans.window,
            spans.baseline,
            change,
            findings,
            words.answer(
                self.request.searched,
                findings,
                (loss, missed_effect),
                self._drift(bench, cube.totals),
                self._has_earlier(spans),
            ),
            loss,
            missed_effect if loss else None,
            tuple(axis.name for axis in population.axes),
            chooser.tested,
            population.min_sessions,
            int(cube.totals[N]),
            int(cube.totals[BASE + N]),
            self.facts.header.currency,
            tuple(self.warnings),
            0.0,
            cause_runner.kernels().__name__.endswith("compiled"),
        )

    def _has_earlier(self, spans: _Spans) -> bool:
        return spans.window is not None and spans.window.start_ms > self.facts.header.first_ms

    def _drift(self, bench: Bench, totals: Floats) -> tuple[float, float, bool] | None:
        """Return the site-wide relative drift of outcome and load, and whether it is more than noise; None without a baseline."""
        if not self.request.compare:
            return None
        noise = np.sqrt(1 / max(totals[OUTCOME], 1.0) + 1 / max(totals[BASE + OUTCOME], 1.0))
        load = bench.model.sd / np.sqrt(max(totals[N] * bench.model.measured, 1.0))
        plain = abs(np.log(max(bench.drift, 1e-9))) > _CERTAIN * noise or abs(bench.shift) > max(_CERTAIN * load, _FELT)
        return bench.drift - 1, float(np.expm1(bench.shift)), bool(plain)

    def _fit(self, population: Population, raw: Values) -> main_effects.Effects:
        """Fit main effects on the baseline where there is one, else on all rows; and predict all rows."""
        axes = (*population.axes, *population.nuisances)
        first = population.n_window if self.request.compare else 0
        part = [replace(axis, ranks=axis.ranks[first:]) for axis in axes]
        effects = main_effects.fit(
            population.values[first:],
            part,
            self.stop,
            lambda done: self.say("fitting what the attributes explain", 0.1 + 0.15 * done),
        )
        if first:
            effects.apply(population.values, axes, first, raw, self.stop)
        return effects

    def _causes(self, chooser: Chooser, population: Population, model: Model) -> list[Cause]:
        causes: list[Cause] = []
        if model.kind == "rest" and self.request.searched != "load":
            causes += self._episodes(chooser, population, model)
        while len(causes) < self.request.top:
            cause_runner.check(self.stop)
            self.say("weighing combinations", _SEARCH + 0.2 * len(causes) / self.request.top)
            choice = chooser.next()
            if choice is None:
                break
            causes.append(
                Cause(
                    chooser.cube.ranks[choice.number],
                    choice.rows,
                    choice.z_loss,
                    choice.z_slow,
                    choice.p_value,
                    choice.q_value,
                    choice.slow,
                )
            )
        if self.request.searched != "load":
            causes.sort(key=lambda cause: -episodes.strength(cause.z_loss, cause.z_slow if cause.slow else 0.0))
        return causes

    def _episodes(self, chooser: Chooser, population: Population, model: Model) -> list[Cause]:
        """Causes that lasted a part of the time only."""
        from scipy.special import ndtr, ndtri

        start = self.facts.session("start_ms")[population.rows]
        free = np.ones(population.n, dtype=bool)
        causes: list[Cause] = []
        while len(causes) < self.request.top:
            self.say("looking for stretches of time", _SEARCH)
            found = episodes.find_episodes(population, start, model.sd, self.request.max_depth, free, self.stop)
            needed = float(-ndtri(ALPHA_SLOW / max(len(found), 1)))
            good = [e for e in found if e.z_loss > needed]
            if not good:
                return causes
            best = max(good, key=lambda episode: episodes.strength(episode.z_loss, episode.z_slow))
            best = episodes.shortest(best, good, population, start, free)
            rows = episodes.rows_of(population, start, best, free)
            p = float(ndtr(-best.z_loss))
            causes.append(
                Cause(
                    best.ranks,
                    rows,
                    best.z_loss,
                    best.z_slow,
                    p,
                    min(1.0, p * len(found)),
                    True,
                    (best.first_ms, best.end_ms),
                )
            )
            chooser.remove(rows)
            free[rows] = False
        return causes

    # what they cost

    def _bench(self, population: Population, model: Model, causes: list[Cause], raw: Values, shift: float) -> Bench:
        """Take the causes' sessions out of the expectation, once more and exactly."""
        clean = np.ones(population.n, dtype=bool)
        for cause in causes:
            clean[cause.rows] = False
        if model.kind == "rest":
            if causes:
                values = np.empty_like(population.values)

                def copy(low: int, high: int) -> None:
                    values[low:high] = population.values[low:high]
                    values[low:high, SLOWNESS] = raw[low:high]
                    gone = np.flatnonzero(~clean[low:high]) + low
                    values[gone, N] = 0.0
                    values[gone, OUTCOME] = 0.0

                cause_runner.in_threads(copy, cause_runner.slices(population.n), self.stop)
                axes = (*population.axes, *population.nuisances)
                effects = main_effects.fit(values, axes, self.stop)
                effects.apply(population.values, axes, population.n, raw, self.stop)
                model = replace(model, sd=effects.sd)
            return Bench(population, model, stop=self.stop)
        n = population.n_window
        window = column_sums(population.values[:n], self.stop, clean[:n])
        if model.kind == "sessions":
            kept = column_sums(population.values[n:], self.stop, clean[n:])
            return Bench(population, model, float(window[N] / max(kept[N], 1.0)), stop=self.stop)
        return Bench(population, model, float(window[OUTCOME] / max(window[EXPECTED], 1e-9)), shift, self.stop)

    def _findings(self, bench: Bench, causes: list[Cause]) -> tuple[Finding, ...]:
        found = []
        for number, cause in enumerate(causes):
            cause_runner.check(self.stop)
            self.say("measuring the findings", 0.85 + 0.14 * number / len(causes))
            found.append(finding_of(self.facts, self.request, bench, cause))
        return tuple(found)

    def _change(
        self, spans: _Spans, population: Population, totals: Floats, bench: Bench, findings: tuple[Finding, ...]
    ) -> Change:
        p75: tuple[float | None, float | None] = (None, None)
        if self.request.searched == "load":
            now = evidence.Speeds(self.facts, population.rows[: population.n_window])
            before = evidence.Speeds(self.facts, population.rows[population.n_window :])
            p75 = now.p75(), before.p75()
        drift = (bench.drift - 1, float(np.expm1(bench.shift))) if self.request.compare else None
        lost = [f.lost_revenue if self.request.measure == "revenue" else f.lost_conversions for f in findings]
        gone = sum(e.value or 0.0 for e in lost)
        if self.request.measure == "sessions":
            gone = sum(f.expected - f.observed for f in findings)
        scale = spans.window_ms / max(spans.baseline_ms, 1)
        return change_of(self.facts, population, self.request.measure, totals, scale, drift, gone, p75, self.stop)

    def _shared(self, findings: tuple[Finding, ...], change: Change) -> tuple[Finding, ...]:
        """Say which share of the whole change each finding makes up."""
        out = []
        for finding in findings:
            reason = ""
            part: float | None = {
                "revenue": finding.lost_revenue.value,
                "sessions": finding.expected - finding.observed,
                "conversions": finding.lost_conversions.value,
                "conversion_rate": finding.expected_share,
            }.get(self.request.measure)
            gap = change.difference
            if not self.request.compare:
                reason = "there is no baseline"
            elif part is None:
                reason = "the change of a percentile does not split"
            elif gap is None:
                reason = "the change is not known"
            elif gap >= 0:
                reason = words.rose(self.request.measure, gap, part)
            share = None if reason or part is None or not gap else part / -gap
            out.append(
                replace(
                    finding,
                    share_of_change=share,
                    reasons={**finding.reasons, **({"share_of_change": reason} if reason else {})},
                )
            )
        return tuple(out)

    def _nothing(self, spans: _Spans, sessions: tuple[int, int], why: str) -> ExplainResult:
        return ExplainResult(
            self.request.measure, spans.window, spans.baseline, Change(*_NO_CHANGE, why), (), f"nothing can be said: {why}", None, None,
            (), 0, 0, *sessions, self.facts.header.currency, tuple(self.warnings), 0.0, False,
        )  # fmt: skip


def _within(span: TimeSpan, data: TimeSpan) -> int:
    return max(0, min(span.end_ms, data.end_ms) - max(span.start_ms, data.start_ms))
