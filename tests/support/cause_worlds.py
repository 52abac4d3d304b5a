"""Raw-session instances for the cause finder: planted causes, decoys that must not be named, empty instances; the truth is known.

Eight dimensions with skewed cardinalities, main effects of every attribute on speed and conversion, a daily rhythm, site-wide drift between baseline
and window. A loss is planted with a size in standard errors of the conversions that its sessions would have had.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.model.dimensions import NOT_SET
from docops_desktop.model.load_bins import EDGES
from docops_desktop.model.timespan import MS_PER_DAY, TimeSpan
from docops_desktop.store.facts import (
    BEFORE_CONVERSION,
    FIRST_MEASURED,
    FIRST_OF_GROUP,
    NOT_MEASURED_MS,
    Facts,
    FactsHeader,
    narrowest,
)

BASE_MS = 1_785_535_200_000
FULL_SIZES = {
    "device_model": 18_000,
    "carrier": 600,
    "country": 60,
    "campaign": 200,
    "landing_page": 40,
    "browser": 12,
    "os": 8,
    "connection": 5,
}
SMALL_SIZES = {
    "device_model": 60,
    "carrier": 25,
    "country": 12,
    "campaign": 15,
    "landing_page": 10,
    "browser": 6,
    "os": 4,
    "connection": 4,
}
SKEW = {"device_model": 0.9, "carrier": 0.9, "country": 1.1, "campaign": 1.0, "landing_page": 0.8, "browser": 1.2}
RATE = 0.03
LOAD_SD = 0.75
Where = dict[str, int]


@dataclass(frozen=True)
class World:
    """An instance.

    Attributes:
        causes: what was planted: dimension -> text; the biggest loss first.
        decoys: what looks suspicious and is not the answer.
        lost: expected conversions lost, by cause. ``lost_revenue``: the same in major units.
        window, baseline: what to compare; no baseline in worlds for "what stands out".
    """

    facts: Facts
    causes: tuple[dict[str, str], ...]
    decoys: tuple[tuple[str, dict[str, str]], ...]
    lost: tuple[float, ...]
    lost_revenue: tuple[float, ...]
    window: TimeSpan
    baseline: tuple[TimeSpan, ...]
    truth: dict[str, Any] = field(default_factory=dict)


def make_world(
    sessions: int = 2_000_000,
    seed: int = 0,
    *,
    compare: bool = True,
    causes: int = 1,
    decoys: bool = True,
    strength: float = 8.0,
    sizes: dict[str, int] | None = None,
    slower: bool = True,
    depth: int | None = None,
) -> World:
    """Return an instance.

    Args:
        sessions: in all; with a baseline, 70 % of them are the baseline.
        causes: planted losses, 0 to 2.
        strength: loss in standard errors (square roots of expected conversions).
        slower: causes are slower too.
    """
    rng = np.random.default_rng([seed, causes, compare])
    sizes = FULL_SIZES if sizes is None else sizes
    n = sessions
    share = 0.3 if compare else 1.0
    in_window = rng.random(n) < share
    hour = _hours(rng, n)
    day = np.where(in_window, 7 if compare else rng.integers(0, 7, n), rng.integers(0, 7, n))
    start = BASE_MS + day * MS_PER_DAY + (hour * 3_600_000).astype(np.int64)
    order = np.argsort(start, kind="stable")
    start, in_window, hour = start[order], in_window[order], hour[order]
    codes = _codes(rng, n, sizes)

    ln_rate = np.full(n, np.log(RATE)) + 0.15 * np.sin((hour - 14) / 24 * 2 * np.pi)
    ln_load = np.full(n, np.log(2000.0)) + 0.08 * np.sin((hour - 10) / 24 * 2 * np.pi)
    for name, size in sizes.items():
        effect = np.clip(rng.normal(0, 0.18, size + 1), -0.5, 0.5)
        speed = np.clip(rng.normal(0, 0.15, size + 1) - 0.3 * effect, -0.5, 0.5)
        ln_rate += effect[codes[name]]
        ln_load += speed[codes[name]]
    ln_rate -= np.log(np.exp(ln_rate).mean() / RATE)

    drift = rng.normal(0, 0.06), rng.normal(0, 0.05)
    if compare:
        ln_rate[in_window] += drift[0]
        ln_load[in_window] += drift[1]

    taken: list[npt.NDArray[np.bool_]] = []
    named: list[tuple[str, dict[str, str]]] = []
    if decoys:
        _decoys(rng, codes, sizes, in_window, ln_rate, ln_load, compare, taken, named)
    planted: list[tuple[float, float, dict[str, str]]] = []
    basket = 60.0
    short = {name: narrowest(values) for name, values in codes.items()}
    for number in range(causes):
        where, hit = _pick_cause(rng, short, sizes, in_window, ln_rate, taken, strength, compare, depth)
        taken.append(hit)
        hurt = hit & in_window
        would = np.exp(ln_rate[hurt]).sum()
        loss = min(0.92, strength * (1 + 0.35 * (1 - number) * (causes > 1)) / np.sqrt(would))
        ln_rate[hurt] += np.log1p(-loss)
        if slower:
            ln_load[hurt] += rng.uniform(0.35, 0.8)
        planted.append((float(would * loss), loss, {k: f"{k}-{v}" for k, v in where.items()}))
    planted.sort(key=lambda item: -item[0])
    facts = _facts(rng, sizes, codes, start, np.minimum(np.exp(ln_rate), 0.9), ln_load, basket, seed)
    window = TimeSpan(BASE_MS + 7 * MS_PER_DAY, BASE_MS + 8 * MS_PER_DAY)
    baseline: tuple[TimeSpan, ...] = (TimeSpan(BASE_MS, BASE_MS + 7 * MS_PER_DAY),)
    if not compare:
        window, baseline = TimeSpan(BASE_MS, BASE_MS + 7 * MS_PER_DAY), ()
    return World(
        facts,
        tuple(where for _, _, where in planted),
        tuple(named),
        tuple(lost for lost, _, _ in planted),
        tuple(lost * basket for lost, _, _ in planted),
        window,
        baseline,
        {"drift": drift, "loss": [loss for _, loss, _ in planted]},
    )


def _hours(rng: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
    hour = rng.random(2 * n + 10) * 24
    kept = hour[rng.random(len(hour)) < 0.6 + 0.4 * np.sin((hour - 14) / 24 * 2 * np.pi)]
    return np.resize(kept, n)


def _codes(rng: np.random.Generator, n: int, sizes: dict[str, int]) -> dict[str, npt.NDArray[np.int64]]:
    """Skewed values; carriers cling to countries, browsers to operating systems, so that combinations are not independent."""
    codes: dict[str, npt.NDArray[np.int64]] = {}
    for name, size in sizes.items():
        share = 1 / np.arange(1, size + 1) ** SKEW.get(name, 0.7)
        codes[name] = 1 + np.minimum(np.searchsorted(np.cumsum(share / share.sum()), rng.random(n)), size - 1)
    if {"carrier", "country"} <= sizes.keys():
        home = rng.integers(1, sizes["country"] + 1, sizes["carrier"] + 1)
        stays = rng.random(n) < 0.5
        codes["country"][stays] = home[codes["carrier"][stays]]
    if {"browser", "os"} <= sizes.keys():
        usual = rng.integers(1, sizes["browser"] + 1, sizes["os"] + 1)
        stays = rng.random(n) < 0.5
        codes["browser"][stays] = usual[codes["os"][stays]]
    return codes


def _matches(codes: dict[str, npt.NDArray[Any]], where: Where) -> npt.NDArray[np.bool_]:
    hit = np.ones(len(next(iter(codes.values()))), dtype=bool)
    for name, value in where.items():
        hit &= codes[name] == value
    return hit


def _pick_cause(
    rng: np.random.Generator,
    codes: dict[str, npt.NDArray[Any]],
    sizes: dict[str, int],
    in_window: npt.NDArray[np.bool_],
    ln_rate: npt.NDArray[np.float64],
    taken: list[npt.NDArray[np.bool_]],
    strength: float,
    compare: bool,
    depth: int | None,
) -> tuple[Where, npt.NDArray[np.bool_]]:
    """Draw combinations until one is big enough to lose ``strength`` standard errors, is no restatement of a shorter one, and is apart from the others."""
    all_inside = np.count_nonzero(in_window)
    for _ in range(20_000):
        k = depth or int(rng.choice([1, 2, 3], p=[0.2, 0.55, 0.25]) if compare else rng.choice([2, 3], p=[0.7, 0.3]))
        names = [str(name) for name in rng.choice(list(sizes), k, replace=False)]
        row = int(rng.integers(len(in_window)))
        where = {name: int(codes[name][row]) for name in names}
        hit = _matches(codes, where)
        inside = hit & in_window
        would = np.exp(ln_rate[inside]).sum()
        if would < 1.3 * strength**2 or np.count_nonzero(inside) > 0.12 * all_inside:
            continue
        parents = [_matches(codes, {a: v for a, v in where.items() if a != name}) for name in names] if k > 1 else []
        count = np.count_nonzero
        if any(count(hit) > (0.5 if not compare else 0.75) * count(parent) for parent in parents):
            continue
        if any(count(hit & other) > 0.1 * min(count(hit), count(other)) for other in taken):
            continue
        return where, hit
    raise RuntimeError("no combination is big enough: more sessions or less strength")


def _decoys(
    rng: np.random.Generator,
    codes: dict[str, npt.NDArray[np.int64]],
    sizes: dict[str, int],
    in_window: npt.NDArray[np.bool_],
    ln_rate: npt.NDArray[np.float64],
    ln_load: npt.NDArray[np.float64],
    compare: bool,
    taken: list[npt.NDArray[np.bool_]],
    named: list[tuple[str, dict[str, str]]],
) -> None:
    short = {name: narrowest(values) for name, values in codes.items()}

    def pick(names: list[str], low: float, high: float) -> tuple[Where, npt.NDArray[np.bool_]]:
        small = [t for t in taken if np.count_nonzero(t) < 0.02 * len(t)]
        for _ in range(2000):
            row = int(rng.integers(len(in_window)))
            where = {name: int(short[name][row]) for name in names}
            hit = _matches(short, where)
            if low < np.count_nonzero(hit) / len(hit) < high and not any((hit & t).any() for t in small):
                return where, hit
        return where, hit

    def add(kind: str, where: Where, hit: npt.NDArray[np.bool_]) -> None:
        taken.append(hit)
        named.append((kind, {name: f"{name}-{value}" for name, value in where.items()}))

    where, hit = pick(["browser"], 0.002, 0.03)  # a robot's browser: fast, never converts, and comes more often
    ln_rate[hit], ln_load[hit] = -20.0, ln_load[hit] - 0.5
    add("bot", where, hit)
    where, hit = pick(["device_model"], 0.002, 0.05)
    ln_load[hit] += 0.6
    add("always slow, converts normally", where, hit)
    where, hit = pick(["country", "connection"], 0.003, 0.05)
    ln_rate[hit] -= 0.7
    add("always converts badly", where, hit)
    where, hit = pick(["carrier", "os"], 0.003, 0.05)
    ln_load[hit & in_window] += 0.45
    add("slower, lost nothing", where, hit)
    where, hit = pick(
        ["campaign"], 0.005, 0.06
    )  # traffic shift: a badly converting campaign comes three times as often
    ln_rate[hit] -= 0.5
    if compare:
        donors = np.flatnonzero(in_window & ~hit & ~np.any(taken, axis=0))
        moved = rng.choice(donors, min(int(2 * (hit & in_window).sum()), len(donors) // 3), replace=False)
        codes["campaign"][moved] = where["campaign"]
        ln_rate[moved] -= 0.5
        hit = codes["campaign"] == where["campaign"]
    add("traffic shift", where, hit)


def _facts(
    rng: np.random.Generator,
    sizes: dict[str, int],
    codes: dict[str, npt.NDArray[np.int64]],
    start: npt.NDArray[np.int64],
    chance: npt.NDArray[np.float64],
    ln_load: npt.NDArray[np.float64],
    basket: float,
    seed: int,
) -> Facts:
    n = len(start)
    views = np.where(rng.random(n) < 0.4, 2, 1)
    offset = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(views, out=offset[1:])
    owner = np.repeat(np.arange(n), views)
    m = len(owner)
    load = np.exp(ln_load[owner] + rng.normal(0, LOAD_SD, m).astype(np.float32))
    load_ms = np.minimum(load, 200_000).astype(np.int64)
    measured = rng.random(m, dtype=np.float32) > 0.05
    first = np.zeros(m, dtype=bool)
    first[offset[:-1]] = True
    flags = np.where(first, FIRST_OF_GROUP | FIRST_MEASURED | BEFORE_CONVERSION, BEFORE_CONVERSION).astype(np.uint8)
    converts = rng.random(n) < chance
    revenue = np.where(converts, basket * 100 * np.exp(rng.normal(-0.18, 0.6, n)), 0).astype(np.int64)
    landing = codes.get("landing_page", np.ones(n, dtype=np.int64))
    group = landing[owner]
    group[~first] = 1 + (group[~first] % sizes.get("landing_page", 3))
    pages: dict[str, npt.NDArray[Any]] = {
        "page_group": narrowest(group),
        "page_url": narrowest(group),
        "load_ms": np.where(measured, load_ms, NOT_MEASURED_MS).astype(np.uint32),
        "load": np.where(measured, np.searchsorted(np.asarray(EDGES), load_ms, side="right"), 0).astype(np.uint16),
        "flags": flags,
        "errors": np.zeros(m, dtype=np.uint8),
    }
    for name in ("ttfb", "lcp", "inp", "cls"):
        pages[name] = np.zeros(m, dtype=np.uint16)
    columns: dict[str, npt.NDArray[Any]] = {
        "start_ms": start,
        "quarter": ((start - BASE_MS) // 900_000).astype(np.uint16),
        **{name: narrowest(values) for name, values in codes.items()},
        "view_offset": offset.astype(np.uint32),
        "views": narrowest(views),
        "conversions": converts.astype(np.uint8),
        "revenue": revenue,
    }
    dictionaries = {name: (NOT_SET, *(f"{name}-{k}" for k in range(1, size + 1))) for name, size in sizes.items()}
    dictionaries["page_group"] = dictionaries["page_url"] = dictionaries.get("landing_page", (NOT_SET, "a", "b", "c"))
    header = FactsHeader(
        f"cause-{seed}", "Europe/Berlin", BASE_MS, int(start[0]), int(start[-1]), "EUR", 2, dictionaries,
        conversion_kind="flag",
    )  # fmt: skip
    return Facts.from_arrays(header, columns, pages)
