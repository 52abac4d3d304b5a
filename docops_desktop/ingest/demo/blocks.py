"""Makes blocks of finished sessions with their page views, as plain arrays of text indices and numbers.

Nothing here knows the store: the arrays speak of ``vocabulary`` texts. Blocks come in order of time and depend on plan and number only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.ingest.demo import pages
from docops_desktop.ingest.demo.acquisition import acquisitions
from docops_desktop.ingest.demo.devices import BROWSERS, DEVICE_TYPES, OPERATING_SYSTEMS, devices
from docops_desktop.ingest.demo.journeys import Browsing, browse
from docops_desktop.ingest.demo.places import COUNTRIES, places
from docops_desktop.ingest.demo.plan import BLOCK_SESSIONS, DemoPlan, Rhythm
from docops_desktop.ingest.demo.purchases import Loss, Purchases, buy, expected_loss
from docops_desktop.ingest.demo.shares import IntArray, draw_by_row
from docops_desktop.ingest.demo.timings import Timings, draw_timings
from docops_desktop.ingest.demo.visitors import CONNECTIONS, VARIANTS, Visitors, draw_visitors
from docops_desktop.model.traffic import ViewClass

CODED = ("device_model", "device_type", "os", "browser", "carrier", "connection", "country", "region", "variant")
"""Session dimensions with a code of their own; channel, source, medium and campaign follow from "acquisition"."""


@dataclass(frozen=True)
class Views:
    """Page views of a block, by session and time.

    Attributes:
        session: number of the session in its block.
        group: page group index; ``url``: index of the URL text.
        view_class: traffic class.
        timings: what the beacon measured.
        time_ms: UTC epoch ms.
        conversions, revenue_minor: on the order confirmation.
    """

    session: npt.NDArray[np.int32]
    group: npt.NDArray[np.uint8]
    url: IntArray
    view_class: npt.NDArray[np.uint8]
    timings: Timings
    time_ms: npt.NDArray[np.int64]
    conversions: npt.NDArray[np.int32]
    revenue_minor: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Finished sessions.

    Attributes:
        key: 63-bit session keys.
        visitors: attributes.
        views: page views; the sessions' views follow each other.
        offset: first view of each session, and the number of views at the end.
        bought: session converts.
        revenue_minor: its basket.
        loss: expected cost of the incident in this block.
    """

    key: npt.NDArray[np.int64]
    visitors: Visitors
    views: Views
    offset: npt.NDArray[np.int64]
    bought: npt.NDArray[np.bool_]
    revenue_minor: npt.NDArray[np.int64]
    loss: Loss


@lru_cache(maxsize=1)
def vocabulary() -> Mapping[str, tuple[str, ...]]:
    """Return the texts behind the indices, by dimension; "" = not set."""
    ways = acquisitions().combinations
    return {
        "device_model": devices().models,
        "device_type": DEVICE_TYPES,
        "os": OPERATING_SYSTEMS,
        "browser": BROWSERS,
        "carrier": places().carriers,
        "connection": CONNECTIONS,
        "country": tuple(country.code for country in COUNTRIES),
        "region": places().regions,
        "variant": VARIANTS,
        "channel": tuple(way.channel for way in ways),
        "source": tuple(way.source for way in ways),
        "medium": tuple(way.medium for way in ways),
        "campaign": tuple(way.campaign for way in ways),
        "page_group": pages.GROUPS,
        "page_url": pages.urls()[0],
    }


def make_block(plan: DemoPlan, when: Rhythm, number: int) -> Block:
    """Make block ``number`` of the plan."""
    first = number * BLOCK_SESSIONS
    n = min(BLOCK_SESSIONS, plan.sessions - first)
    rng = plan.random(1, number)
    visitors = draw_visitors(plan, when, first, n, rng)
    browsing = browse(visitors, rng, plan.incident)
    purchases = buy(visitors, browsing, rng, plan.incident)
    offset, views = _views(visitors, browsing, purchases, rng)
    bought = np.zeros(n, dtype=bool)
    bought[purchases.session] = purchases.bought
    revenue = np.zeros(n, dtype=np.int64)
    revenue[purchases.session] = purchases.revenue_minor
    loss = expected_loss(visitors, browsing) if plan.incident else Loss()
    return Block(_keys(plan.seed, first, n), visitors, views, offset, bought, revenue, loss)


def _views(
    visitors: Visitors, browsing: Browsing, purchases: Purchases, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], Views]:
    n = len(browsing.length)
    length = browsing.length.astype(np.int64)
    length[purchases.session] += 1 + purchases.checkouts + purchases.bought
    offset = _running(length)
    session = np.repeat(np.arange(n, dtype=np.int32), length)
    group = np.empty(len(session), dtype=np.uint8)
    load = np.empty(len(session), dtype=np.float32)
    kind = np.empty(len(session), dtype=np.uint8)
    for k, m in enumerate(browsing.at):
        place = offset[browsing.order[:m]] + k
        group[place] = browsing.group[k, :m]
        load[place] = browsing.load_ms[k, :m]
        kind[place] = browsing.view_class[k, :m]
    last = _add_purchases(purchases, offset[purchases.session] + browsing.length[purchases.session], group, load, kind)
    robots = np.flatnonzero(visitors.robot)
    if len(robots):
        robot = visitors.robot[session]
        np.copyto(kind, robot, where=robot > 0)
    timings = draw_timings(load, kind, visitors.device_type[session], rng)
    return offset, Views(
        session,
        group,
        draw_by_row(rng, pages.urls()[1], group, pages.URL_BITS),
        kind,
        timings,
        _times(visitors.start_ms, offset, load, rng),
        _at(last, 1, len(session)).astype(np.int32),
        _at(last, purchases.revenue_minor[purchases.bought], len(session)),
    )


def _add_purchases(
    purchases: Purchases,
    begin: npt.NDArray[np.int64],
    group: npt.NDArray[np.uint8],
    load: npt.NDArray[np.float32],
    kind: npt.NDArray[np.uint8],
) -> npt.NDArray[np.int64]:
    """Put cart, checkout and confirmation views behind the browsed ones; return the places of the confirmations."""
    steps = (
        (pages.CART, begin, np.ones(len(begin), dtype=bool)),
        (pages.CHECKOUT, begin + 1, purchases.checkouts > 0),
        (pages.CHECKOUT, begin + 2, purchases.checkouts > 1),
        (pages.CONFIRMATION, begin + 1 + purchases.checkouts, purchases.bought),
    )
    for i, (page, place, there) in enumerate(steps):
        group[place[there]] = page
        load[place[there]] = purchases.load_ms[i, there]
        kind[place[there]] = ViewClass.PAGE_VIEW
    return (begin + 1 + purchases.checkouts)[purchases.bought]


def _times(
    start_ms: npt.NDArray[np.int64],
    offset: npt.NDArray[np.int64],
    load: npt.NDArray[np.float32],
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Return when each view began: the first at the session's start, the next after loading and reading (under 20 minutes)."""
    reading = np.exp(np.float32(10.1) + rng.standard_normal(len(load), dtype=np.float32))
    stay = np.minimum(load + reading, 1_200_000).astype(np.int64)
    before = _running(stay)[:-1]
    begin = start_ms - before[offset[:-1]]
    times: npt.NDArray[np.int64] = before + np.repeat(begin, np.diff(offset))
    return times


def _running(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return 0 and the running sums."""
    sums = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=sums[1:])
    return sums


def _at(place: npt.NDArray[np.int64], values: Any, n: int) -> npt.NDArray[np.int64]:
    array = np.zeros(n, dtype=np.int64)
    array[place] = values
    return array


def _keys(seed: int, first: int, n: int) -> npt.NDArray[np.int64]:
    """Return distinct, well-mixed 63-bit keys (the finaliser of SplitMix64 over seed and number, top bit cleared; never 0)."""
    with np.errstate(over="ignore"):
        z = np.arange(first, first + n, dtype=np.uint64) + np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    keys: npt.NDArray[np.int64] = np.maximum(z >> np.uint64(1), np.uint64(1)).astype(np.int64)
    return keys
