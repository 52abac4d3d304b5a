"""Tests that the adjusted estimate is put to, each with its figure: what ought to show no effect must show none, parts of the data must agree.

Also how strong an unrecorded cause would have to be to explain the effect away. A check informs; it changes no estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.additive import go_on
from docops_desktop.analysis.causal.fit import Effect
from docops_desktop.analysis.causal.moments import undone
from docops_desktop.analysis.causal.nuisance import page_and_place
from docops_desktop.analysis.causal.sample import Sample
from docops_desktop.model.wording import percent

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ALARM = 2.8  # standard deviations: 1 false alarm in 200 checks
SHUFFLES = 99
SHUFFLED_VIEWS = 60_000
MAX_SHUFFLE_CLAIMS = 0.15  # 5 % expected; more than this in 99 trials has a chance below 1 in 10,000
MIN_PLACEBO_VIEWS = 200
MIN_REFERENCE_VIEWS = 50  # before a conversion, same page and place in the visit: with fewer the expectation is a guess
MIN_SIDE = 50  # converting sessions on each side of a comparison
HALVES_APART_SD = 1.596  # difference between the means of the two halves of a normal distribution, in sd
FEW_CONVERSIONS = 500


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """One test: ``passed`` None = could not be made; ``figure`` in the unit that ``text`` names; ``hedge``: what a failure says of the answer."""

    name: str
    passed: bool | None
    figure: float | None
    text: str
    hedge: str = ""


@dataclass(frozen=True, slots=True)
class SelfChecks:
    """All tests, and the strength that an unrecorded cause would need (E-value; VanderWeele and Ding, Annals of Internal Medicine 2017).

    Attributes:
        strength: ln of the ratio between the conversions of sessions in the faster and in the slower half of unexplained speed.
        e_value: how many times as likely the cause would have to make both a slow session and a lost conversion to explain the whole effect.
        e_value_limit: the same until the interval includes no effect; 1 when it does already.
    """

    checks: tuple[SelfCheck, ...]
    strength: float
    e_value: float
    e_value_limit: float

    def needed_for(self, share: float) -> float:
        """Return the E-value for a share of the effect, for example an interval's end over its point."""
        return e_value(np.exp(self.strength * max(share, 0.0)))

    def warnings(self) -> tuple[str, ...]:
        """The sentences of the tests that failed."""
        return tuple(check.text for check in self.checks if check.passed is False)

    def hedges(self) -> tuple[str, ...]:
        """Why the answer must be stated with reserve, as half-sentences."""
        return tuple(check.hedge for check in self.checks if check.passed is False)


def self_checks(effect: Effect, sample: Sample, cancelled: Callable[[], None] = go_on) -> SelfChecks:
    """Put a fitted effect to all tests; ``cancelled`` raises when the work is not wanted any more."""
    part = _parts(effect)
    cancelled()
    shuffled = _shuffled(part)
    cancelled()
    checks = (
        _after_conversion(effect, sample),
        shuffled,
        _agree(
            "first and later views",
            part,
            effect.buyers.early,
            "slower sessions lose more or less than slower views within a session do: a cause that belongs to the whole visit may be at work",
            "something that belongs to the whole visit may be the cause",
        ),
        _agree(
            "earlier and later days",
            part,
            effect.buyers.owner < len(effect.buyers.outcome) // 2,
            "the effect differs between the first and the second half of the time span: the figure is an average of unlike times",
            "it is an average of unlike times",
        ),
        _support(effect),
    )
    cancelled()
    return SelfChecks(checks, *_e_values(effect, part))


@dataclass(frozen=True)
class _Parts:
    """Per view of converting sessions: instrument x U, its mean part, and how the site's slope moves it (all (m,)); ``owner`` (m,)."""

    instrument: Floats
    undone: Floats
    surprise: Floats
    move: Floats
    owner: Ints
    sessions: int

    def slope(self, chosen: npt.NDArray[np.bool_]) -> tuple[float, float]:
        """By how much the site's slope would have to move to satisfy the equations of these views; and the sd of that."""
        score = float((self.instrument * self.undone)[chosen].sum())
        derivative = -float(self.move[chosen].sum())
        by_session = np.bincount(self.owner[chosen], (self.instrument * self.surprise)[chosen], self.sessions)
        if derivative == 0.0:
            return 0.0, np.inf
        return -score / derivative, float(by_session @ by_session) ** 0.5 / abs(derivative)


def _parts(effect: Effect) -> _Parts:
    buyers, p = effect.buyers, effect.parameters
    left = undone(p, buyers, effect.posterior.mean)
    instrument = buyers.residual[:, 0]
    position = np.arange(len(buyers.owner))
    later = buyers.bounds[1:][buyers.owner] - 1 - position
    after = instrument * (1 + buyers.carry * later)
    return _Parts(instrument, left, left - buyers.risk, instrument * left * after, buyers.owner, len(buyers.outcome))


def _after_conversion(effect: Effect, sample: Sample) -> SelfCheck:
    name = "load after the conversion"
    residual, session = effect.after
    level = page_and_place(sample)
    of_before, of_after = level.codes[sample.before], level.codes[~sample.before]
    weight = effect.every.weight[effect.every.owner] * effect.every.risk
    total, square = (np.bincount(of_before, w, level.size) for w in (weight, weight**2))
    # Kish's effective size: views of equal weight that would tell as much of a page at this place in the visit.
    reference = total**2 / np.maximum(square, 1e-300)
    known = reference[of_after] >= MIN_REFERENCE_VIEWS
    if known.sum() < MIN_PLACEBO_VIEWS:
        return SelfCheck(name, None, None, "too few page views after a conversion to test with")
    by_session = np.bincount(session[known], residual[known], sample.n)
    compared = np.bincount(of_after[known], minlength=level.size)
    usual = float(weight @ effect.every.residual[:, 0] ** 2 / weight.sum())
    prediction = usual * float((compared**2 / np.maximum(reference, MIN_REFERENCE_VIEWS)).sum())
    z = float(residual[known].sum() / max(float(by_session @ by_session + prediction) ** 0.5, 1e-12))
    what = "views after the conversion, which can't have caused it, were "
    if abs(z) < ALARM:
        return SelfCheck(name, True, z, what + f"as fast as expected ({z:+.1f} standard errors)")
    tail = "faster" if z < 0 else "slower"
    return SelfCheck(
        name,
        False,
        z,
        what + f"{tail} than expected ({z:+.1f} standard errors): buyers differ in speed for another reason",
        f"buyers' pages are {tail} even after they have bought",
    )


def _shuffled(part: _Parts) -> SelfCheck:
    """Deal the unexplained speeds anew over the converting views, many times: an effect may be claimed in about 5 % of the deals."""
    rng = np.random.default_rng(1)
    used = part.owner < np.searchsorted(np.cumsum(np.bincount(part.owner)), SHUFFLED_VIEWS) + 1
    owner, undone = part.owner[used], part.undone[used]
    instrument = part.instrument[used] - part.instrument[used].mean()
    claims = 0
    for _ in range(SHUFFLES):
        dealt = rng.choice(instrument, len(instrument)) * undone
        by_session = np.bincount(owner, dealt)
        claims += abs(dealt.sum()) > 1.96 * float(by_session @ by_session) ** 0.5
    share = claims / SHUFFLES
    text = f"with shuffled load times {percent(share, 0)} of {SHUFFLES} trials claim an effect; 5 % are to be expected"
    hedge = "shuffled load times claim an effect too often, so that the interval is too narrow"
    return SelfCheck("shuffled load times", bool(share <= MAX_SHUFFLE_CLAIMS), share, text, hedge)


def _agree(name: str, part: _Parts, one: npt.NDArray[np.bool_], failed: str, hedge: str) -> SelfCheck:
    sides = [int((np.bincount(part.owner[side], minlength=1) > 0).sum()) for side in (one, ~one)]
    if min(sides) < MIN_SIDE:
        return SelfCheck(name, None, None, f"too few conversions to compare {name}")
    (a, sd_a), (b, sd_b) = part.slope(one), part.slope(~one)
    z = float((a - b) / np.hypot(sd_a, sd_b))
    if abs(z) < ALARM:
        return SelfCheck(name, True, z, f"{name} agree ({z:+.1f} standard errors apart)")
    return SelfCheck(name, False, z, f"{failed} ({z:+.1f} standard errors)", hedge)


def _support(effect: Effect) -> SelfCheck:
    count = len(effect.buyers.outcome)
    text = f"{count:,} converting sessions inform the effect"
    if count < FEW_CONVERSIONS:
        hedge = f"only {count:,} converting sessions inform it"
        return SelfCheck("support", False, float(count), f"only {text}: expect wide intervals", hedge)
    return SelfCheck("support", True, float(count), text)


def _e_values(effect: Effect, part: _Parts) -> tuple[float, float, float]:
    """Strength and E-values of a session in the slower half of unexplained speed against one in the faster half."""
    views = effect.buyers
    mean = np.zeros(effect.parameters.size)
    mean[0] = len(views.owner) / part.sessions
    for kind, slot in zip(effect.parameters.kinds[2:], (views.group, views.device), strict=True):
        counts = np.bincount(slot[slot >= 0], minlength=kind.stop - kind.start)
        mean[kind] = counts / part.sessions
    total = float(mean @ effect.posterior.mean)
    sd = float(mean @ effect.posterior.covariance @ mean) ** 0.5
    first = effect.every.residual[effect.every.early, 0]
    rest = effect.every.residual[~effect.every.early, 0]
    shared = max(float(first.var()) - float(rest.var()), 0.0) if len(rest) else float(first.var())
    unit = HALVES_APART_SD * max(shared, 0.01) ** 0.5
    limit = max(abs(total) - 1.96 * sd, 0.0)
    return abs(total) * unit, e_value(np.exp(abs(total) * unit)), e_value(np.exp(limit * unit))


def e_value(ratio: float) -> float:
    """Return the E-value of a ratio of at least 1."""
    return float(ratio + (ratio * (ratio - 1)) ** 0.5)
