"""Seeded synthetic Facts for tests of everything above the store; no workspace needed.

``synthetic_facts`` is realistic enough for panels (Zipf dictionaries, log-normal load, conversions, daily rhythm) and has every awkward case:
unmeasured metrics, sessions without page views, several conversions, views after the conversion, not-set codes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.model.dimensions import NOT_SET
from docops_desktop.model.load_bins import EDGES
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
"""2026-08-01T00:00 in Europe/Berlin."""
PAGE_GROUPS = ("Home", "Product", "Category", "Search", "Cart", "Checkout", "Order confirmation", "Account", "Help")
SMALL = {
    "device_type": ("Mobile", "Desktop", "Tablet"),
    "os": ("Android", "iOS", "Windows", "macOS"),
    "browser": ("Chrome", "Safari", "Firefox", "Edge"),
    "connection": ("4g", "wifi", "3g", "cable"),
    "channel": ("Direct", "Organic Search", "Paid Search", "Email"),
    "source": ("google", "newsletter", "partner"),
    "medium": ("organic", "cpc", "email"),
    "variant": ("A", "B"),
}


def synthetic_facts(
    sessions: int = 2_000,
    seed: int = 1,
    *,
    days: float = 7.0,
    device_models: int = 40,
    carriers: int = 12,
    countries: int = 8,
    urls: int = 60,
    weighted: bool = False,
    mean_views: float = 3.0,
    time_zone: str = "Europe/Berlin",
    keep_ms: bool = True,
) -> Facts:
    """Return facts of ``sessions`` sessions with about ``mean_views`` page views each; the same seed gives the same facts."""
    rng = np.random.default_rng(seed)
    n = sessions
    sizes = {
        "device_model": device_models,
        "carrier": carriers,
        "country": countries,
        "region": 5,
        "campaign": 6,
    }
    dictionaries: dict[str, tuple[str, ...]] = {
        name: (NOT_SET, *(f"{name}-{k}" for k in range(1, size + 1))) for name, size in sizes.items()
    }
    dictionaries |= {name: (NOT_SET, *values) for name, values in SMALL.items()}
    dictionaries["page_group"] = (NOT_SET, *PAGE_GROUPS)
    dictionaries["page_url"] = (NOT_SET, *(f"https://shop.example/{k}" for k in range(1, urls + 1)))
    dictionaries["landing_page"] = dictionaries["page_group"]

    start = BASE_MS + np.sort(_rhythm(rng, n, days))
    columns: dict[str, npt.NDArray[Any]] = {
        "start_ms": start.astype(np.int64),
        "quarter": _at_least(narrowest((start - BASE_MS) // 900_000), np.uint16),
    }
    for name in (*sizes, *SMALL):
        columns[name] = narrowest(_zipf(rng, n, len(dictionaries[name])))

    counts = np.minimum(rng.geometric(1 / mean_views, n), 200)
    counts[rng.random(n) < 0.01] = 0
    offset = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(counts, out=offset[1:])
    m = int(offset[-1])
    owner = np.repeat(np.arange(n, dtype=np.int64), counts)
    position = np.arange(m) - offset[owner]

    pages = _page_views(rng, columns, owner, len(dictionaries["page_group"]), len(dictionaries["page_url"]))
    exposure = np.where(pages["load_ms"] == NOT_MEASURED_MS, 2_500.0, pages["load_ms"])
    mean_load = np.bincount(owner, weights=exposure, minlength=n) / np.maximum(counts, 1)
    chance = 0.08 * np.exp(-mean_load / 6_000.0) * np.where(columns["device_type"] == 2, 1.6, 1.0)
    converts = (rng.random(n) < chance) & (counts > 0)
    weight = rng.integers(1, 40, n) if weighted else np.ones(n, dtype=np.int64)
    conversions = np.where(converts, 1 + (rng.random(n) < 0.1), 0)
    if weighted:
        conversions = rng.binomial(weight, 0.05)
    revenue = np.where(conversions > 0, np.exp(rng.normal(8.3, 0.9, n)).astype(np.int64) * conversions, 0)
    conversion_at = np.where(converts, rng.integers(0, np.maximum(counts, 1)), np.iinfo(np.int64).max)

    pages["flags"] = _flags(owner, position, pages, conversion_at)
    if not keep_ms:
        pages["load_ms"][:] = NOT_MEASURED_MS
    views = counts
    if weighted:
        pages["weight"] = rng.integers(1, 30, m).astype(np.uint32)
        columns["weight"] = weight.astype(np.uint32)
        views = np.bincount(owner, weights=pages["weight"], minlength=n).astype(np.int64)
    columns["landing_page"] = np.zeros(n, dtype=np.uint8)
    has = counts > 0
    columns["landing_page"][has] = pages["page_group"][offset[:-1][has]]
    columns["view_offset"] = offset.astype(np.uint32)
    columns["views"] = narrowest(views)
    columns["conversions"] = narrowest(conversions)
    columns["revenue"] = revenue.astype(np.int64)
    header = FactsHeader(
        data_version=f"synthetic-{seed}-{n}",
        time_zone=time_zone,
        base_quarter_ms=BASE_MS,
        first_ms=int(start[0]) if n else 0,
        last_ms=int(start[-1]) if n else 0,
        currency="EUR",
        minor_digits=2,
        dictionaries=dictionaries,
        excluded={"bot": 7},
        conversion_kind="flag",
    )
    return Facts.from_arrays(header, columns, pages)


def load_codes(values: npt.NDArray[Any]) -> npt.NDArray[np.uint16]:
    """Codes of whole non-negative values; negative means not measured."""
    codes = np.searchsorted(np.asarray(EDGES), values, side="right")
    return np.where(values < 0, 0, codes).astype(np.uint16)


def _rhythm(rng: np.random.Generator, n: int, days: float) -> npt.NDArray[np.int64]:
    """Milliseconds after the base, denser in the evening."""
    span = days * 86_400_000
    candidates = rng.random(3 * n + 10) * span
    hour = candidates / 3_600_000 % 24
    kept = candidates[rng.random(len(candidates)) < 0.55 + 0.45 * np.sin((hour - 13) / 24 * 2 * np.pi)]
    return np.resize(kept if len(kept) else np.zeros(1), n).astype(np.int64)


def _zipf(rng: np.random.Generator, n: int, size: int) -> npt.NDArray[np.int64]:
    """Codes 0 .. size - 1; code 0 (not set) in about 3 % of rows, the others by Zipf's law."""
    share = 1 / np.arange(1, size)
    cumulated = np.cumsum(share / share.sum())
    codes = 1 + np.minimum(np.searchsorted(cumulated, rng.random(n)), size - 2)
    codes[rng.random(n) < 0.03] = 0
    return codes


def _page_views(
    rng: np.random.Generator,
    sessions: dict[str, npt.NDArray[Any]],
    owner: npt.NDArray[np.int64],
    groups: int,
    urls: int,
) -> dict[str, npt.NDArray[Any]]:
    m = len(owner)
    url = _zipf(rng, m, urls)
    group = np.where(url == 0, 0, 1 + (url * 7) % (groups - 1))
    slow = np.where(sessions["device_model"][owner] == 3, 0.35, 0.0) + 0.05 * (sessions["country"][owner] % 4)
    load = np.exp(rng.normal(7.4, 0.75, m) + slow + 0.03 * group)
    result: dict[str, npt.NDArray[Any]] = {"page_group": narrowest(group), "page_url": narrowest(url)}
    load_ms = np.minimum(load.astype(np.int64), 400_000)
    load_ms[rng.random(m) < 0.07] = -1
    result["load_ms"] = np.where(load_ms < 0, NOT_MEASURED_MS, load_ms).astype(np.uint32)
    result["load"] = load_codes(load_ms)
    for name, factor in (("ttfb", 0.2), ("lcp", 0.7), ("inp", 0.06), ("cls", 0.1)):
        values = (load * factor * rng.uniform(0.5, 1.5, m)).astype(np.int64)
        values[rng.random(m) < 0.2] = -1
        result[name] = load_codes(values)
    result["errors"] = np.minimum(rng.poisson(0.1, m), 255).astype(np.uint8)
    return result


def _flags(
    owner: npt.NDArray[np.int64],
    position: npt.NDArray[np.int64],
    pages: dict[str, npt.NDArray[Any]],
    conversion_at: npt.NDArray[np.int64],
) -> npt.NDArray[np.uint8]:
    m = len(owner)
    flags = np.zeros(m, dtype=np.uint8)
    pair = owner * 1_000 + pages["page_group"]
    flags[np.unique(pair, return_index=True)[1]] |= FIRST_OF_GROUP
    flags[position < conversion_at[owner]] |= BEFORE_CONVERSION
    measured = np.flatnonzero(pages["load"])
    first = np.unique(owner[measured], return_index=True)[1]
    flags[measured[first]] |= FIRST_MEASURED
    return flags


def _at_least(array: npt.NDArray[Any], dtype: type) -> npt.NDArray[Any]:
    return array if array.dtype.itemsize >= np.dtype(dtype).itemsize else array.astype(dtype)
