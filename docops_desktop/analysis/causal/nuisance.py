"""What was to be expected of each view from all that was known before it: its load time, and whether its session would convert.

The load prediction is weighted by the conversion risk, so that it is right where conversions come from: an error of one of the two models alone
doesn't bias the effect (double robustness; Chernozhukov et al. 2018). Estimates no effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.additive import (
    Design,
    Factor,
    bins_by_quantile,
    fit_mean,
    fit_rate,
    rate_ratio,
    without_own,
)
from docops_desktop.analysis.causal.sample import Sample
from docops_desktop.analysis.causal.threads import both

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

POSITION_EDGES = np.array([1, 2, 3, 4, 5, 6, 7, 9, 12])  # 0, 1, ... 6, 7-8, 9-11, 12 and more
LEVEL_PRIOR = 8.0  # views: variance within over variance between levels, about (0.6 / 0.2) ** 2
RATE_PRIOR = 10.0  # expected conversions
PAST_BINS, SPEED_BINS = 12, 40
PAIRS = (("device_type", "country", "connection"), ("device_type", "browser"), ("carrier", "connection"))


@dataclass(frozen=True)
class Nuisance:
    """Predictions per view (m,).

    Attributes:
        risk: predicted conversions of the session, given what was known before the view and learnt from the other sessions: a session's own
            conversion must not raise the weight of its own speed, nor make the spread about the prediction look smaller than it is.
        residual: (m, k) unexplained part of each basis function of the view's ln load: the slope, then the bends.
        carry: (m,) how much of a view's unexplained slowness is to be expected of each later view of the session.
        value: predicted conversions by page, place and session attributes alone, without the session's past speed.
        next_value: ``value`` of the session's next view; at its last view the conversions themselves.
        index: (m,) number of measured views before it in the session.
    """

    risk: Floats
    residual: Floats
    carry: Floats
    value: Floats
    next_value: Floats
    index: Ints


def fit_nuisance(sample: Sample, bends: Floats, cancelled: Callable[[], None]) -> Nuisance:
    """Fit both predictions.

    Args:
        sample: the views.
        bends: (k - 1,) knots of the basis, in ln ms.
        cancelled: raises when the work is not wanted any more.
    """
    design = base_design(sample)
    cancelled()
    weight = sample.weight[sample.owner] * sample.before  # views after the conversion are predicted but teach nothing
    outcome = sample.outcome[sample.owner]
    base, value = both(
        lambda: fit_mean(sample.log_load, weight, design, LEVEL_PRIOR, cancelled=cancelled),
        lambda: fit_rate(outcome, weight, design, RATE_PRIOR, cancelled=cancelled),
    )
    rest = sample.log_load - base
    cancelled()
    index, past, carry = past_speed(sample, rest)
    history = _past_factors(past, index)
    cancelled()
    risk = value * rate_ratio(outcome, weight, value, history, RATE_PRIOR)
    design = design.with_view(history)
    risk *= without_own(outcome, weight, design, RATE_PRIOR)
    cancelled()
    # A floor: views without any risk teach nothing here, but an exact zero would leave levels unfitted.
    weight = weight * np.maximum(risk, 1e-3 * risk.mean() if len(risk) else 0.0)
    slope = past * _slopes(rest, past, weight, index)
    expected = base + slope
    expected += fit_mean(sample.log_load - expected, weight, design, LEVEL_PRIOR, 2, cancelled)
    cancelled()
    residual = np.empty((len(expected), 1 + len(bends)))
    residual[:, 0] = sample.log_load - expected
    speed = bins_by_quantile(expected, SPEED_BINS)
    cancelled()
    shape = design.with_view([Factor(speed, SPEED_BINS)])

    def unexplained(knot: float) -> Floats:
        bend = np.maximum(sample.log_load - knot, 0.0)
        bend -= fit_mean(bend, weight, shape, LEVEL_PRIOR, 2, cancelled)
        return bend

    works = [partial(unexplained, knot) for knot in bends]
    for k, bend in enumerate(both(*works) if len(works) == 2 else [work() for work in works]):
        residual[:, k + 1] = bend
    cancelled()
    return Nuisance(risk, residual, carry, value, _next(value, sample), index)


def base_design(sample: Sample) -> Design:
    """Everything known of the session, and of the view but its speed: page, place in the session, and how pages differ by device."""
    groups = int(sample.group.max()) + 1 if len(sample.group) else 1
    of_view = [page_and_place(sample)]
    urls = int(sample.url.max()) + 1 if len(sample.url) else 1
    if urls > groups:
        of_view.append(Factor(sample.url, urls))
    for name in ("connection", "device_type"):
        if name in sample.factors:
            size = sample.levels[name]
            of_view.append(Factor(sample.group * size + sample.factors[name][sample.owner], groups * size))
    of_session = [Factor(codes, sample.levels[name]) for name, codes in sample.factors.items()]
    of_session.extend(_combined(sample, names) for names in PAIRS if all(name in sample.factors for name in names))
    return Design.of(sample.starts, of_view, of_session)


def page_and_place(sample: Sample) -> Factor:
    """Page group x place in the session."""
    places = len(POSITION_EDGES) + 1
    groups = int(sample.group.max(initial=0)) + 1
    place = np.searchsorted(POSITION_EDGES, sample.position, side="right")
    return Factor(sample.group * places + place, groups * places)


def past_speed(sample: Sample, rest: Floats) -> tuple[Ints, Floats, Floats]:
    """Return views before (m,), the best guess of the session's own slowness from them (m,), and what one more view adds to it (m,).

    Views after the conversion aren't among them: pages that nobody sees earlier have no expectation that they could be slower than.
    """
    starts = sample.starts[:-1]
    seen = np.append(0, np.cumsum(sample.before))
    total = np.append(0.0, np.cumsum(rest * sample.before))
    index = seen[:-1] - seen[starts[sample.owner]]
    before = total[:-1] - total[starts[sample.owner]]
    neighbours = np.flatnonzero(index > 0)
    neighbours = neighbours[sample.before[neighbours]]
    shared = float((rest[neighbours] * rest[neighbours - 1]).mean()) if len(neighbours) else 0.0
    own = max(float(rest[sample.before].var()) - shared, 1e-9) if len(rest) else 1.0
    ratio = own / max(shared, 1e-3 * own)
    return index, before / (index + ratio), 1 / (index + 1 + ratio)


def _next(value: Floats, sample: Sample) -> Floats:
    following = np.append(value[1:], 0.0)
    last = np.append((sample.owner[1:] != sample.owner[:-1]) | ~sample.before[1:], True)
    return np.where(last, sample.outcome[sample.owner], following)


def _past_factors(past: Floats, index: Ints) -> list[Factor]:
    bins = np.where(index == 0, 0, 1 + bins_by_quantile(past, PAST_BINS).astype(np.int64))
    return [Factor(bins * 4 + np.minimum(index, 3), (PAST_BINS + 1) * 4)]


def _slopes(rest: Floats, past: Floats, weight: Floats, index: Ints) -> Floats:
    """How far the guess carries over, by number of views behind it."""
    stage = np.minimum(index, 6)
    cross = np.bincount(stage, weight * rest * past, 7)
    square = np.bincount(stage, weight * past * past, 7)
    return np.where(square > 0, cross / np.maximum(square, 1e-300), 0.0)[stage]


def _combined(sample: Sample, names: tuple[str, ...]) -> Factor:
    codes = np.zeros(sample.n, dtype=np.int64)
    size = 1
    for name in names:
        codes, size = codes * sample.levels[name] + sample.factors[name], size * sample.levels[name]
    return Factor(codes, size)
