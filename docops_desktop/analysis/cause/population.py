"""The sessions of a question as the search wants them: window rows first, then baseline rows; ranks of frequent values; outcome and speed.

Rank 0 of a dimension is "not set, or too rare to be a cause"; ranks from 1 are values with enough support. Nothing here estimates an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.sample import log_of_code
from docops_desktop.analysis.cause.request import ExplainRequest
from docops_desktop.analysis.cause.rows import Rows, session_codes
from docops_desktop.kernels import cause_runner
from docops_desktop.model.selection import ValueClause
from docops_desktop.store.facts import BEFORE_CONVERSION, Facts

Floats = npt.NDArray[np.float64]
Values = npt.NDArray[np.float32]
Ranks = npt.NDArray[np.uint16]

N, OUTCOME, EXPECTED, SLOWNESS = range(4)
"""Columns of ``values`` (weight, outcome, expected outcome, weight x residual log load), and of the sums per combination; baseline sums come 4 later."""
BASE = 4
FEWEST_SESSIONS = 50
FEWEST_EXPECTED = 10.0
_MOST_LEVELS = 60_000
_SPEED_SAMPLE = 400_000
_REVENUE_SAMPLE = 2_000_000
_WINSOR = 2.5
NUISANCES = ("hour", "day")


@dataclass(frozen=True)
class Axis:
    """One dimension: the rank of each row, and the dictionary code of each rank (rank 0: -1)."""

    name: str
    ranks: Ranks
    codes: npt.NDArray[np.int64]

    @property
    def levels(self) -> int:
        """Ranks, rank 0 included."""
        return len(self.codes)


@dataclass(frozen=True)
class Population:
    """The rows of a question.

    Attributes:
        rows: session rows: ``n_window`` of the window, then those of the baseline.
        axes: dimensions to search, most values first.
        nuisances: calendar columns that only the expectation uses.
        values: (rows, 4) float32, see the constants above; residual load is NaN where nothing was measured, until the main effects are fitted.
        weight: (rows,) float32 when rows stand for several sessions, else empty.
        unit: outcome x unit = conversions, or minor units of revenue.
        min_sessions: support that a combination needs.
    """

    rows: Rows
    n_window: int
    axes: tuple[Axis, ...]
    nuisances: tuple[Axis, ...]
    values: Values
    weight: Values
    unit: float
    min_sessions: int

    @property
    def n(self) -> int:
        """Rows in all."""
        return len(self.rows)

    @property
    def sides(self) -> tuple[tuple[int, int, int], ...]:
        """(first row, end, column of the sums) of window and, when there is one, baseline."""
        window = (0, self.n_window, 0)
        return (window, (self.n_window, self.n, BASE)) if self.n > self.n_window else (window,)


def populate(
    facts: Facts,
    request: ExplainRequest,
    window: Rows,
    baseline: Rows,
    cancelled: Callable[[], bool],
) -> Population:
    """Gather the rows of window and baseline.

    Raises:
        RequestError: a dimension isn't there. Stopped: cancelled.
    """
    rows = np.concatenate([window, baseline])
    cause_runner.check(cancelled)
    weight = (
        facts.session("weight")[rows].astype(np.float32)
        if "weight" in facts.sessions
        else np.zeros(0, dtype=np.float32)
    )
    values = np.empty((len(rows), 4), dtype=np.float32)
    unit = _outcome(facts, request, rows, weight, values, cancelled)
    values[:, SLOWNESS] = _speed(facts, rows, cancelled)
    cause_runner.check(cancelled)
    least = request.min_sessions or _least(column_sums(values[: len(window)], cancelled), request)
    skipped = {
        clause.dimension
        for clause in request.selection.clauses
        if isinstance(clause, ValueClause) and not clause.negated and len(clause.values) == 1
    }
    names = request.dimensions or tuple(n for n in facts.session_dictionaries if n not in skipped)
    found = cause_runner.in_threads(
        lambda name: _axis(facts, name, rows, len(window), weight, least, cancelled),
        [(name,) for name in names],
        cancelled,
    )
    axes = [axis for axis in found if axis.levels > 1 and not (axis.levels == 2 and (axis.ranks == 1).all())]
    calendars = cause_runner.in_threads(
        lambda name: _calendar(facts, name, rows, cancelled), [(name,) for name in NUISANCES], cancelled
    )
    nuisances = tuple(axis for axis in calendars if axis.levels > 1)
    axes.sort(key=lambda axis: -axis.levels)
    return Population(rows, len(window), tuple(axes), nuisances, values, weight, unit, least)


def column_sums(
    values: Values, cancelled: Callable[[], bool], kept: npt.NDArray[np.bool_] | None = None
) -> npt.NDArray[np.float64]:
    """Return the sums of the columns over the rows that are ``kept`` (None: all), on all cores.

    Raises:
        Stopped: cancelled.
    """

    def work(low: int, high: int) -> npt.NDArray[np.float64]:
        part = values[low:high] if kept is None else values[low:high][kept[low:high]]
        found: npt.NDArray[np.float64] = part.sum(axis=0, dtype=np.float64)
        return found

    parts = cause_runner.in_threads(work, cause_runner.slices(len(values)), cancelled)
    return np.sum(parts, axis=0) if parts else np.zeros(values.shape[1])


def _outcome(
    facts: Facts,
    request: ExplainRequest,
    rows: Rows,
    weight: Values,
    values: Values,
    cancelled: Callable[[], bool],
) -> float:
    """Fill weight and outcome; revenue is divided by what makes its variance equal its mean, so that one formula serves all measures."""
    column = facts.session("revenue" if request.searched == "revenue" else "conversions")

    def work(low: int, high: int) -> tuple[float, float]:
        part = values[low:high]
        part[:, N] = weight[low:high] if len(weight) else 1.0
        part[:, EXPECTED] = 0.0
        if request.searched != "revenue":
            part[:, OUTCOME] = np.minimum(column[rows[low:high]], part[:, N])
            return 0.0, 0.0
        money = np.minimum(np.maximum(column[rows[low:high]], 0), cap * np.maximum(part[:, N], 1)).astype(np.float64)
        part[:, OUTCOME] = money
        return float((money**2).sum()), float(money.sum())

    cap = np.inf
    if request.searched == "revenue":
        sample = column[rows[:: max(1, len(rows) // _REVENUE_SAMPLE)]]
        paid = sample[sample > 0]
        cap = float(np.quantile(paid, 0.99)) if len(paid) else np.inf
    parts = cause_runner.in_threads(work, cause_runner.slices(len(rows)), cancelled)
    squares, total = (sum(part[k] for part in parts) for k in (0, 1))
    unit = squares / total if total > 0 else 1.0
    if unit != 1.0:
        values[:, OUTCOME] /= np.float32(unit)
    return unit


def _least(window: npt.NDArray[np.float64], request: ExplainRequest) -> int:
    if request.searched in ("sessions", "load"):
        return FEWEST_SESSIONS
    return int(max(FEWEST_SESSIONS, min(FEWEST_EXPECTED * float(window[N]) / max(float(window[OUTCOME]), 1.0), 1e9)))


def _axis(
    facts: Facts, name: str, rows: Rows, n_window: int, weight: Values, least: int, cancelled: Callable[[], bool]
) -> Axis:
    codes = session_codes(facts, name, rows)
    cause_runner.check(cancelled)
    size = int(codes.max(initial=0)) + 1
    counts = np.bincount(codes[:n_window], weight[:n_window] if len(weight) else None, minlength=size)
    cause_runner.check(cancelled)
    if n_window < len(rows):
        before = np.bincount(codes[n_window:], weight[n_window:] if len(weight) else None, minlength=size)
        counts = np.maximum(counts, before * (counts.sum() / max(before.sum(), 1)))
        cause_runner.check(cancelled)
    kept = np.flatnonzero(counts >= least)
    kept = kept[kept > 0]
    kept = np.sort(kept[np.argsort(-counts[kept], kind="stable")][:_MOST_LEVELS])
    rank = np.zeros(size, dtype=np.uint16)
    rank[kept] = np.arange(1, len(kept) + 1)
    return Axis(name, rank[codes], np.concatenate([[-1], kept]))


def _calendar(facts: Facts, name: str, rows: Rows, cancelled: Callable[[], bool]) -> Axis:
    codes = session_codes(facts, name, rows)
    cause_runner.check(cancelled)
    used = np.flatnonzero(np.bincount(codes))
    cause_runner.check(cancelled)
    rank = np.zeros(int(codes.max(initial=0)) + 1, dtype=np.uint16)
    rank[used] = np.arange(len(used))
    return Axis(name, rank[codes], used)


def page_means(facts: Facts, rows: Rows, cancelled: Callable[[], bool]) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of ln load by page group code (codes that were not seen get the overall ones)."""
    from docops_desktop.analysis.cause.rows import views_of

    step = max(1, len(rows) // _SPEED_SAMPLE)
    views, _ = views_of(facts, rows[::step])
    cause_runner.check(cancelled)
    code = facts.page_view("load")[views]
    group = facts.page_view("page_group")[views]
    used = (code > 0) & ((facts.page_view("flags")[views] & BEFORE_CONVERSION) != 0)
    x, g = log_of_code()[code[used]], group[used].astype(np.int64)
    cause_runner.check(cancelled)
    size = max(len(facts.header.dictionaries.get("page_group", ())), int(group.max(initial=0)) + 1, 1)
    n = np.bincount(g, minlength=size)
    overall = float(x.mean()) if len(x) else 0.0
    spread = float(x.std()) if len(x) > 1 else 1.0
    mean = (np.bincount(g, x, minlength=size) + overall) / (n + 1)
    sd = np.sqrt((np.bincount(g, (x - mean[g]) ** 2, minlength=size) + spread**2) / (n + 1))
    return mean, np.maximum(sd, 1e-3)


def _speed(facts: Facts, rows: Rows, cancelled: Callable[[], bool]) -> Values:
    """Mean winsorised ln load of each session's views before conversion, against the page groups' own means; NaN without a measured one."""
    mean, sd = page_means(facts, rows, cancelled)
    log_load = log_of_code()
    log_load[0] = 0.0
    residual = np.clip(log_load[None, :] - mean[:, None], -_WINSOR * sd[:, None], _WINSOR * sd[:, None])
    residual = residual.astype(np.float32)
    out = np.zeros(len(rows), dtype=np.float32)
    kernels = cause_runner.kernels()
    columns = (facts.page_view("page_group"), facts.page_view("load"), facts.page_view("flags"))

    def work(low: int, high: int) -> None:
        kernels.speeds(facts.session("view_offset"), rows, *columns, BEFORE_CONVERSION, residual, low, high, out)

    cause_runner.in_threads(work, cause_runner.slices(len(rows)), cancelled)
    return out


def texts(facts: Facts, population: Population, axis: int, ranks: Sequence[int]) -> tuple[str, ...]:
    """Return the values' texts."""
    what = population.axes[axis]
    labels = facts.header.dictionaries[what.name]
    return tuple(labels[int(what.codes[rank])] for rank in ranks)
