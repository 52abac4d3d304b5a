"""What a collector would have recorded of a simulated shop, as Facts: seen views, confirmation and later views of buyers, flags."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.model.dimensions import NOT_SET
from docops_desktop.model.load_bins import EDGES, MAX_VALUE
from docops_desktop.store.facts import (
    BEFORE_CONVERSION,
    FIRST_MEASURED,
    FIRST_OF_GROUP,
    NOT_MEASURED_MS,
    Facts,
    FactsHeader,
    narrowest,
)
from tests.worlds.journeys import Journeys, draw_loads
from tests.worlds.spec import CONFIRMATION, PAGE_GROUPS, World
from tests.worlds.visitors import BASE_MS, Visitors

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
UNMEASURED_SHARE = 0.03
AFTERWARDS = 0.5  # of the buyers look at one more page after the confirmation
CODE_OF_MS = np.searchsorted(np.asarray(EDGES), np.arange(MAX_VALUE + 1), side="right").astype(np.uint16)


def record_facts(
    world: World, visitors: Visitors, journeys: Journeys, seen: Bools, buys: Bools, paid: Ints, rng: np.random.Generator
) -> Facts:
    """Return what was recorded; page group codes are 1-based, the confirmation is the last code."""
    n = len(buys)
    owner, group, load = journeys.owner[seen], journeys.group[seen] + 1, journeys.load_ms[seen]
    before = np.ones(len(owner), dtype=bool)
    views = np.bincount(owner, minlength=n)
    afterwards = buys & (rng.random(n) < AFTERWARDS)
    for later, (page, buyers) in enumerate(((len(PAGE_GROUPS) + 1, buys), (0, afterwards))):
        extra = np.flatnonzero(buyers)
        pages = np.full(len(extra), page) if page else rng.integers(1, len(PAGE_GROUPS) - 2, len(extra))
        phone = visitors.codes["device_type"][extra] == 1
        known = np.minimum(pages, len(PAGE_GROUPS)) - 1  # the confirmation loads like the checkout
        slow = draw_loads(world, journeys.slowness[extra], phone, views[extra] + later, known, rng)
        owner, group = np.concatenate([owner, extra]), np.concatenate([group, pages])
        load, before = np.concatenate([load, slow]), np.concatenate([before, np.zeros(len(extra), bool)])
    order = np.argsort(owner, kind="stable")
    owner, group, load, before = owner[order], group[order], np.clip(load[order], 1, 290_000), before[order]
    measured = rng.random(len(owner)) >= UNMEASURED_SHARE
    offset = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=n), out=offset[1:])
    whole = load.astype(np.int64)
    pages = {
        "page_group": group.astype(np.uint8),
        "page_url": group.astype(np.uint8),
        "load_ms": np.where(measured, whole, NOT_MEASURED_MS).astype(np.uint32),
        "load": np.where(measured, CODE_OF_MS[whole], 0).astype(np.uint16),
        "flags": _flags(owner, group, measured, before, offset),
        "errors": np.zeros(len(owner), np.uint8),
    }
    for name in ("ttfb", "lcp", "inp", "cls"):
        pages[name] = np.zeros(len(owner), np.uint16)
    columns: dict[str, npt.NDArray[Any]] = {
        "start_ms": visitors.start_ms,
        "quarter": ((visitors.start_ms - BASE_MS) // 900_000).astype(np.uint16),
        **{name: narrowest(codes) for name, codes in visitors.codes.items()},
        "landing_page": group[offset[:-1]].astype(np.uint8),
        "view_offset": offset.astype(np.uint32),
        "views": narrowest(np.diff(offset)),
        "conversions": buys.astype(np.uint8),
        "revenue": paid,
    }
    groups = (NOT_SET, *PAGE_GROUPS, CONFIRMATION)
    header = FactsHeader(
        data_version=f"world-{n}-{int(paid.sum())}",
        time_zone="Europe/Berlin",
        base_quarter_ms=BASE_MS,
        first_ms=int(visitors.start_ms[0]),
        last_ms=int(visitors.start_ms[-1]),
        currency="EUR",
        minor_digits=2,
        dictionaries={**visitors.dictionaries, "page_group": groups, "page_url": groups, "landing_page": groups},
        conversion_kind="flag",
    )
    return Facts.from_arrays(header, columns, pages)


def _flags(owner: Ints, group: Ints, measured: Bools, before: Bools, offset: Ints) -> npt.NDArray[np.uint8]:
    flags = np.where(before, BEFORE_CONVERSION, 0).astype(np.uint8)
    key = owner * 64 + group
    order = np.argsort(key, kind="stable")
    first = np.r_[True, np.diff(key[order]) > 0]
    flags[order[first]] |= FIRST_OF_GROUP
    rows = np.flatnonzero(measured)
    flags[rows[np.r_[True, np.diff(owner[rows]) > 0]]] |= FIRST_MEASURED
    return flags
