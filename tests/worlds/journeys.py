"""Where visitors mean to go, and how fast each page would load for them: the intended views, before anyone leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tests.worlds.spec import PAGE_GROUPS, World
from tests.worlds.visitors import Visitors

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MEDIAN_MS = 2_900.0
SESSION_SD, VIEW_SD = 0.35, 0.50  # of ln load: what a session shares, what a single view has of its own
BUYER_SHARE = 0.15
MAX_VIEWS = 24
LANDING = np.array([0.30, 0.14, 0.26, 0.04, 0.12, 0.07, 0.015, 0.015, 0.03, 0.01, 0.0, 0.0, 0.0])
BROWSING = np.array([0.06, 0.24, 0.36, 0.09, 0.06, 0.04, 0.015, 0.015, 0.03, 0.03, 0.06, 0.0, 0.0])
HEAVY = np.array([-0.15, 0.05, 0.10, 0.15, 0.05, -0.10, -0.25, 0.0, 0.05, 0.0, 0.10, 0.05, 0.20])
CART, DELIVERY, CHECKOUT = (PAGE_GROUPS.index(name) for name in ("Cart", "Delivery", "Checkout"))


@dataclass(frozen=True)
class Journeys:
    """Intended views of all sessions, in order: ``offset`` (n + 1,), ``owner``, ``position``, ``group`` (0-based), ``load_ms`` (m,).

    ``buyer`` (n,): the journey ends in cart, delivery and checkout; only such a session can convert. ``slowness`` (n,): ln of how much slower than
    the median all of the session's views load.
    """

    offset: Ints
    owner: Ints
    position: Ints
    group: Ints
    load_ms: Floats
    buyer: npt.NDArray[np.bool_]
    slowness: Floats


def draw_journeys(world: World, visitors: Visitors, rng: np.random.Generator) -> Journeys:
    """Draw every session's intended views."""
    n = len(visitors.start_ms)
    buyer = rng.random(n) < BUYER_SHARE * np.exp(0.45 * visitors.intent - 0.1)
    mean = 2.2 * np.exp((0.25 + 0.25 * world.depth) * visitors.intent)
    browsing = np.minimum(1 + rng.poisson(mean * rng.gamma(2.0, 0.5, n)), MAX_VIEWS)
    counts = browsing + 3 * buyer
    offset = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(counts, out=offset[1:])
    owner = np.repeat(np.arange(n), counts)
    position = np.arange(len(owner)) - offset[owner]
    group = np.searchsorted(np.cumsum(BROWSING), rng.random(len(owner))).clip(max=len(PAGE_GROUPS) - 3)
    first = offset[:-1]
    group[first] = np.searchsorted(np.cumsum(LANDING), rng.random(n)).clip(max=len(PAGE_GROUPS) - 4)
    for back, page in ((3, CART), (2, DELIVERY), (1, CHECKOUT)):
        group[offset[1:][buyer] - back] = page
    slowness = visitors.slowness + SESSION_SD * rng.standard_normal(n) + world.hidden * visitors.hidden
    load_ms = draw_loads(world, slowness[owner], visitors.codes["device_type"][owner] == 1, position, group, rng)
    return Journeys(offset, owner, position, group, load_ms, buyer, slowness)


def draw_loads(
    world: World, slowness: Floats, phone: npt.NDArray[np.bool_], position: Ints, group: Ints, rng: np.random.Generator
) -> Floats:
    """Draw load times in ms of views whose sessions are by ``slowness`` (m,) slower than the median."""
    warm = 1 - np.exp(-position / 2.0)
    log_load = np.log(MEDIAN_MS) + HEAVY[group] * np.where(phone, 1.3, 0.9) + slowness
    log_load -= (0.2 + 0.5 * world.depth) * warm
    log_load += VIEW_SD * rng.standard_normal(len(group))
    return np.maximum(np.round(np.exp(log_load)), 60.0)
