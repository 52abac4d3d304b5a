"""One simulated shop: what happened (Facts), and what would have happened at other load times (Truth).

Structure: every view multiplies the chance that its session converts by a response to its load time; part of that (on the log scale; the part differs
by page group) is leaving at once, the rest is a weaker wish to buy at the end. So the effect of any change of load times is known exactly, session by
session, without drawing again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from docops_desktop.store.facts import Facts
from tests.worlds.journeys import Journeys, draw_journeys
from tests.worlds.record import record_facts
from tests.worlds.spec import PAGE_GROUPS, World
from tests.worlds.visitors import Visitors, draw_visitors

Floats = npt.NDArray[np.float64]

FASTEST_MS = 200.0
PLATEAU_MS = (1_500.0, 6_000.0)
CONVERSION_RATE = 0.03
MEAN_BASKET_MINOR = 8_000.0


@dataclass(frozen=True)
class Truth:
    """What changes of load time do in truth, in expected conversions and expected revenue (minor units).

    ``elasticity`` (groups, device types); ``probability`` and ``basket`` (n,) of the sessions.
    """

    world: World
    visitors: Visitors
    journeys: Journeys
    elasticity: Floats
    probability: Floats
    basket: Floats

    def gain(self, new_ms: Callable[[Floats], Floats], group: int | None = None) -> tuple[float, float]:
        """Return (conversions, revenue) gained when the views of a group (None = of all) take ``new_ms(load_ms)``."""
        group_of, load, owner, slope = self._buyers
        if group is not None:
            chosen = group_of == group
            load, owner, slope = load[chosen], owner[chosen], slope[chosen]
        change = slope * (log_response(self.world, new_ms(load)) - log_response(self.world, load))
        ratio = np.expm1(np.bincount(owner, weights=change, minlength=len(self.probability)))
        return float(self.probability @ ratio), float((self.probability * self.basket) @ ratio)

    @cached_property
    def _buyers(self) -> tuple[npt.NDArray[np.int64], Floats, npt.NDArray[np.int64], Floats]:
        """Page group, load time, session and elasticity of the views of sessions that can convert."""
        j = self.journeys
        chosen = j.buyer[j.owner]
        owner, group = j.owner[chosen], j.group[chosen]
        return group, j.load_ms[chosen], owner, self.elasticity[group, self.visitors.codes["device_type"][owner]]


@dataclass(frozen=True)
class Shop:
    """A world that was played."""

    facts: Facts
    truth: Truth


def log_response(world: World, load_ms: Floats) -> Floats:
    """ln of what a view with this load time leaves of the conversions, per unit of elasticity; at most 0."""
    low, high = PLATEAU_MS if world.plateau else (FASTEST_MS, np.inf)
    return -np.log(np.clip(load_ms, low, high) / low)


def make_shop(world: World, sessions: int, seed: int) -> Shop:
    """Play the world with about ``sessions`` sessions; the same seed gives the same shop."""
    rng = np.random.default_rng(seed)
    n = max(int(sessions * world.sessions), 10)
    visitors = draw_visitors(world, n, rng)
    journeys = draw_journeys(world, visitors, rng)
    elasticity = _elasticities(world, rng)
    view_response = elasticity[journeys.group, visitors.codes["device_type"][journeys.owner]]
    view_response *= log_response(world, journeys.load_ms)
    total = np.bincount(journeys.owner, weights=view_response, minlength=n)
    wish = np.where(journeys.buyer, np.exp(visitors.willingness + 0.3 * visitors.intent), 0.0)
    if world.only_mobile:  # phones sell as well as the rest at the speeds that they have
        phone = visitors.codes["device_type"] == 1
        wish[phone] *= wish[phone].sum() / (wish[phone] @ np.exp(total[phone]))
    scale = CONVERSION_RATE * n / (wish * np.exp(total)).sum()
    wish = np.minimum(wish * scale, 0.98)  # reached by a few sessions only; they keep a known probability all the same
    basket = MEAN_BASKET_MINOR * np.exp(0.1 * visitors.intent)
    leaving = rng.uniform(0.2, 0.8, len(PAGE_GROUPS))[journeys.group] * view_response
    stays = rng.random(len(leaving)) < np.exp(leaving)
    seen = _until_left(stays, journeys)
    complete = np.bincount(journeys.owner, weights=~stays, minlength=n) == 0
    later = np.bincount(journeys.owner, weights=view_response - leaving, minlength=n)
    buys = complete & (rng.random(n) < wish * np.exp(later))
    paid = np.where(buys, np.round(basket * np.exp(0.7 * rng.standard_normal(n) - 0.245)), 0).astype(np.int64)
    facts = record_facts(world, visitors, journeys, seen, buys, paid, rng)
    return Shop(facts, Truth(world, visitors, journeys, elasticity, wish * np.exp(total), basket))


def _elasticities(world: World, rng: np.random.Generator) -> Floats:
    shape = 1 / max(world.spread, 0.01) ** 2
    slopes = rng.gamma(shape, 1 / shape, len(PAGE_GROUPS))
    slopes[rng.permutation(len(PAGE_GROUPS))[: len(PAGE_GROUPS) // 8]] = 0.0
    slopes *= world.effect / max(slopes.mean(), 1e-12)
    devices = np.array([1.0, 1.6, 0.0, 0.0]) if world.only_mobile else np.ones(4)
    return slopes[:, None] * devices[None, :]


def _until_left(stays: npt.NDArray[np.bool_], journeys: Journeys) -> npt.NDArray[np.bool_]:
    """Which intended views take place: all up to and including the first at which the visitor leaves."""
    left_before = np.cumsum(~stays) - ~stays
    return left_before == left_before[journeys.offset[journeys.owner]]
