"""The invented shop's pages: 13 groups with their URLs, how visitors walk between them, and the true effect of speed on each.

The URLs match the workspace's page rules (the defaults plus ``EXTRA_RULES``), so that editing the rules works on the demo as on any export.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from docops_desktop.ingest.demo.acquisition import CHANNELS
from docops_desktop.ingest.demo.shares import IntArray, stack_tables, zipf
from docops_desktop.model.definitions import PageRule

GROUPS = (
    "Home",
    "Category",
    "Search",
    "Product",
    "Sale",
    "Article",
    "Account",
    "Wishlist",
    "Store finder",
    "Help",
    "Cart",
    "Checkout",
    "Order confirmation",
)
HOME, CATEGORY, SEARCH, PRODUCT, SALE, ARTICLE, ACCOUNT, WISHLIST, STORES, HELP, CART, CHECKOUT, CONFIRMATION = range(
    13
)
N_BROWSE = CART
"""Groups before ``Cart`` are browsed; the last three follow from the decision to buy."""

EXTRA_RULES = (
    PageRule(r"/sale\b", "Sale"),
    PageRule(r"/wishlist\b", "Wishlist"),
    PageRule(r"/stores\b", "Store finder"),
)
"""Rules that go before the default ones."""

EFFECT_PER_100_MS: Mapping[str, float] = {
    "Home": 0.0,
    "Category": 0.003,
    "Search": 0.004,
    "Product": 0.010,
    "Sale": 0.003,
    "Article": 0.0,
    "Account": 0.0,
    "Wishlist": 0.0,
    "Store finder": 0.0,
    "Help": 0.0,
    "Cart": 0.002,
    "Checkout": 0.005,
    "Order confirmation": 0.0,
}
"""The truth: each 100 ms on the session's first counted view of the group multiplies its conversion by ``exp(-effect)``, up to ``EFFECT_CAP_MS``."""

EFFECT_CAP_MS = 12_000.0
"""Who has waited that long waits on."""

REFERENCE_MS = 2_000.0
"""The speed at which the effect counts as 1."""

LN_LOAD = np.array(
    (-0.05, 0.0, 0.12, 0.08, 0.10, -0.15, -0.05, -0.10, 0.05, -0.25, -0.05, -0.10, -0.20), dtype=np.float32
)
"""Effect of each group on ln(load time)."""

URL_BITS = 14

_PER_CHANNEL = {
    # Home, Category, Search, Product, Sale, Article, Account, Wishlist, Store finder, Help
    "Direct": (56, 12, 3, 12, 4, 2, 7, 2, 1, 1),
    "Organic Search": (20, 27, 0, 36, 3, 9, 0, 0, 3, 2),
    "Paid Search": (8, 28, 3, 48, 13, 0, 0, 0, 0, 0),
    "Email": (8, 17, 0, 30, 42, 2, 1, 0, 0, 0),
    "Paid Social": (10, 15, 0, 42, 25, 8, 0, 0, 0, 0),
    "Organic Social": (15, 10, 0, 38, 7, 30, 0, 0, 0, 0),
    "Display": (10, 15, 0, 30, 43, 2, 0, 0, 0, 0),
    "Affiliates": (15, 20, 0, 40, 23, 2, 0, 0, 0, 0),
    "Referral": (38, 15, 0, 25, 2, 20, 0, 0, 0, 0),
}
_WALK = (
    (6, 42, 17, 14, 11, 3, 3, 1, 2, 1),
    (3, 30, 8, 52, 3, 1, 1, 1, 0.5, 0.5),
    (2, 10, 28, 57, 1, 0.5, 0.5, 0.5, 0, 0.5),
    (4, 24, 9, 52, 3, 1, 2, 3, 1, 1),
    (3, 20, 5, 55, 14, 0.5, 1, 1, 0.5, 0),
    (12, 22, 6, 25, 4, 27, 1, 0, 1, 2),
    (12, 20, 8, 18, 4, 1, 25, 8, 1, 3),
    (4, 12, 5, 62, 3, 0, 4, 10, 0, 0),
    (18, 20, 10, 15, 4, 1, 2, 0, 28, 2),
    (15, 15, 8, 15, 3, 2, 10, 0, 4, 28),
)
_PATHS: Mapping[str, tuple[str, int]] = {
    "Category": ("/c/{theme}-{i}", 180),
    "Product": ("/p/{theme}-{i:05d}", 2400),
    "Sale": ("/sale/{theme}-{i}", 30),
    "Article": ("/blog/{theme}-{i}", 150),
    "Store finder": ("/stores/{i}", 120),
    "Help": ("/help/topic-{i}", 25),
}
_FIXED_PATHS: Mapping[str, tuple[str, ...]] = {
    "Home": ("/", "/index.html"),
    "Search": ("/search", "/search/filter", "/search/suggest"),
    "Account": ("/account", "/login", "/account/orders", "/register", "/account/address"),
    "Wishlist": ("/wishlist", "/wishlist/shared"),
    "Cart": ("/cart", "/cart/mini"),
    "Checkout": ("/checkout/address", "/checkout/payment"),
    "Order confirmation": ("/order-confirmation",),
}
_THEMES = (
    "sneaker",
    "jacket",
    "denim",
    "dress",
    "boot",
    "shirt",
    "knit",
    "hat",
    "watch",
    "lamp",
    "chair",
    "towel",
    "toy",
    "tent",
    "scarf",
)


def landing_tables() -> IntArray:
    """Return share tables of the first page group, by channel."""
    return stack_tables([_PER_CHANNEL[channel] for channel in CHANNELS])


def walk_tables() -> IntArray:
    """Return share tables of the next page group, by page group."""
    return stack_tables(list(_WALK))


@lru_cache(maxsize=1)
def urls() -> tuple[tuple[str, ...], IntArray]:
    """Return all URL texts and their share tables by page group (``URL_BITS``; a look-up gives the index of the text)."""
    texts: list[str] = []
    tables = []
    for group in GROUPS:
        paths = _paths(group)
        table = stack_tables([zipf(len(paths), 0.7 if len(paths) > 3 else 2.0)], URL_BITS)
        tables.append(table + np.int32(len(texts)))
        texts += [f"https://www.shop.example{path}" for path in paths]
    return tuple(texts), np.concatenate(tables)


def _paths(group: str) -> tuple[str, ...]:
    if group in _FIXED_PATHS:
        return _FIXED_PATHS[group]
    pattern, n = _PATHS[group]
    return tuple(pattern.format(theme=_THEMES[i % len(_THEMES)], i=i) for i in range(1, n + 1))


def effects() -> npt.NDArray[np.float32]:
    """Return the true effect per millisecond by page group."""
    return np.array([EFFECT_PER_100_MS[group] / 100 for group in GROUPS], dtype=np.float32)
