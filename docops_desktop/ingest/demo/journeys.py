"""Walks the sessions of a block through the shop and says how fast each page came, up to the decision to buy.

The walk does not depend on speed; the decision does, through the first counted view of each page group (see ``pages.EFFECT_PER_100_MS``). So the
true effect of a page group's speed is known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.ingest.demo import pages
from docops_desktop.ingest.demo.shares import draw, draw_by_row, share_table
from docops_desktop.ingest.demo.visitors import Visitors
from docops_desktop.model.traffic import ViewClass

FloatArray = npt.NDArray[np.float32]

_LENGTH_SHARES = (0.0, 0.355, 0.200, 0.140, 0.100, 0.075, 0.052, 0.041, 0.037)
MAX_BROWSE = len(_LENGTH_SHARES) - 1

LN_BASE = np.array((7.585, 7.373, 7.51), dtype=np.float32)
"""ln of a typical load time in ms: desktop, mobile, tablet."""
SESSION_SD = np.array((0.34, 0.28, 0.28), dtype=np.float32)
VIEW_SD = np.array((0.715, 0.605, 0.585), dtype=np.float32)
"""Spread of ln(load time) between like sessions, and between views of a session."""

COLD_LN, WARM_LN, REPEAT_LN, SPA_LN = (np.float32(x) for x in (0.20, -0.10, -0.12, -0.10))
"""Effect on ln(load time): first view with an empty cache, later views, a template seen before, a navigation without a full load."""

INCIDENT_SLOWDOWN = np.float32(6.0)
"""The planted incident: product pages take this many times as long."""

_SPA_SHARE, _BFCACHE_SHARE, _HIDDEN_SHARE, _ERROR_SHARE = 0.45, 0.025, 0.02, 0.003
_SPA_GROUPS = np.array([g in ("Category", "Search", "Product", "Sale") for g in pages.GROUPS])


@dataclass(frozen=True)
class Browsing:
    """The browsed views of a block, one column per position in the session; row ``i`` is session ``order[i]``.

    Rows are sorted by falling length, so that the first ``at[k]`` rows have a view number ``k``.

    Attributes:
        order: session of each row.
        length: views of each session (in the order of the sessions).
        at: rows that reach each position.
        group, load_ms, view_class: shape (MAX_BROWSE, sessions); valid in ``[k, :at[k]]``.
        base_ln: ln of the session's typical load time without page effects (in the order of the sessions).
        saw_product: a counted product view took place.
        harm: sum of the true effects so far; conversion is multiplied by ``exp(-harm)``.
        harm_by_incident: the part of ``harm`` that the incident added.
    """

    order: npt.NDArray[np.intp]
    length: npt.NDArray[np.int32]
    at: tuple[int, ...]
    group: npt.NDArray[np.uint8]
    load_ms: FloatArray
    view_class: npt.NDArray[np.uint8]
    base_ln: FloatArray
    saw_product: npt.NDArray[np.bool_]
    harm: FloatArray
    harm_by_incident: FloatArray


def browse(visitors: Visitors, rng: np.random.Generator, incident: bool = True) -> Browsing:
    """Walk a block of sessions through the shop."""
    n = len(visitors.start_ms)
    length = draw(rng, _LENGTHS, n)
    order = np.argsort(-length.astype(np.int8), kind="stable")
    device = visitors.device_type
    base_ln = LN_BASE[device] + visitors.ln_load + SESSION_SD[device] * rng.standard_normal(n, dtype=np.float32)
    at = tuple(int(count) for count in n - np.searchsorted(np.sort(length), np.arange(MAX_BROWSE), side="right"))
    walk = _Walk(visitors, order, base_ln, incident)
    for k in range(MAX_BROWSE):
        walk.step(k, at[k], rng)
    back = np.empty(n, dtype=np.intp)
    back[order] = np.arange(n)
    return Browsing(
        order,
        length,
        at,
        walk.group,
        walk.load_ms,
        walk.view_class,
        base_ln,
        (walk.seen & (1 << pages.PRODUCT)).astype(bool)[back],
        walk.harm[back],
        walk.harm_by_incident[back],
    )


class _Walk:
    """State of a block's walk: one row per session, in falling order of length."""

    def __init__(self, visitors: Visitors, order: npt.NDArray[np.intp], base_ln: FloatArray, incident: bool) -> None:
        n = len(order)
        self.base_ln = base_ln[order]
        self.view_sd = VIEW_SD[visitors.device_type][order]
        self.channel = visitors.channel[order]
        self.incident = visitors.incident[order] if incident else np.zeros(n, dtype=bool)
        self.seen = np.zeros(n, dtype=np.uint16)
        self.harm = np.zeros(n, dtype=np.float32)
        self.harm_by_incident = np.zeros(n, dtype=np.float32)
        self.group = np.zeros((MAX_BROWSE, n), dtype=np.uint8)
        self.load_ms = np.zeros((MAX_BROWSE, n), dtype=np.float32)
        self.view_class = np.zeros((MAX_BROWSE, n), dtype=np.uint8)

    def step(self, k: int, m: int, rng: np.random.Generator) -> None:
        """Make view number ``k`` of the first ``m`` rows."""
        row, table = (self.channel[:m], _LANDINGS) if k == 0 else (self.group[k - 1, :m], _WALKS)
        group = draw_by_row(rng, table, row)
        kind = _view_classes(rng, group, first=k == 0)
        counted = kind <= ViewClass.SPA
        bit = np.left_shift(1, group).astype(np.uint16)
        again = (self.seen[:m] & bit) != 0
        ln = self.base_ln[:m] + pages.LN_LOAD[group] + self.view_sd[:m] * rng.standard_normal(m, dtype=np.float32)
        ln += COLD_LN if k == 0 else WARM_LN + REPEAT_LN * again + SPA_LN * (kind == ViewClass.SPA)
        usual = np.exp(ln)
        load = usual
        first = counted & ~again
        hit = np.flatnonzero(self.incident[:m] & (group == pages.PRODUCT))
        if len(hit):
            load = usual.copy()
            load[hit] *= INCIDENT_SLOWDOWN
            extra = first[hit] * (harm_of(group[hit], load[hit]) - harm_of(group[hit], usual[hit]))
            self.harm_by_incident[hit] += extra
        self.harm[:m] += first * harm_of(group, load)
        self.seen[:m] |= np.where(counted, bit, 0).astype(np.uint16)
        self.group[k, :m] = group
        self.view_class[k, :m] = kind
        self.load_ms[k, :m] = _as_seen(load, kind)


def harm_of(group: npt.NDArray[np.integer], load_ms: FloatArray) -> FloatArray:
    """Return what a first view does to ln(conversion), negated: the true effect times the load time above the reference."""
    harm: FloatArray = _EFFECTS[group] * (np.minimum(load_ms, pages.EFFECT_CAP_MS) - np.float32(pages.REFERENCE_MS))
    return harm


def _view_classes(rng: np.random.Generator, group: npt.NDArray[np.integer], first: bool) -> npt.NDArray[np.uint8]:
    u = rng.random(len(group), dtype=np.float32)
    kind = np.where(u < _ERROR_SHARE, ViewClass.ERROR_PAGE, ViewClass.PAGE_VIEW).astype(np.uint8)
    if not first:
        kind[(u > 1 - _SPA_SHARE) & _SPA_GROUPS[group]] = ViewClass.SPA
        kind[u > 1 - _BFCACHE_SHARE] = ViewClass.BFCACHE
        kind[(u > _ERROR_SHARE) & (u < _ERROR_SHARE + _HIDDEN_SHARE)] = ViewClass.HIDDEN
    return kind


def _as_seen(load: FloatArray, kind: npt.NDArray[np.uint8]) -> FloatArray:
    """Return the load times that a beacon reports: nothing to load from the back/forward cache, throttled in a hidden tab."""
    seen = np.where(kind == ViewClass.BFCACHE, 20 + load * np.float32(0.03), load)
    return np.where(kind == ViewClass.HIDDEN, seen * np.float32(3.5), seen).astype(np.float32)


_LENGTHS = share_table(_LENGTH_SHARES)
_LANDINGS = pages.landing_tables()
_WALKS = pages.walk_tables()
_EFFECTS = pages.effects()
