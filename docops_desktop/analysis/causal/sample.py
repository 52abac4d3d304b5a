"""Which sessions and views the adjusted estimate is made from: all sessions or, where there are many, a share of them, converting ones first.

Turns Facts and a selection into flat arrays. Knows columns and clauses; estimates nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.causal.additive import go_on
from docops_desktop.analysis.causal.selected import Selected, places, session_codes
from docops_desktop.model.load_bins import EDGES
from docops_desktop.model.selection import RangeClause, Selection
from docops_desktop.store.facts import BEFORE_CONVERSION, Facts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.integer]

MAX_OTHER_SESSIONS = 300_000
MAX_CONVERTING_SESSIONS = 80_000
SKIPPED = frozenset({"variant"})  # randomised: it can't confound, and its levels would only add noise


@dataclass(frozen=True)
class Sample:
    """n sessions and their m measured page views, sorted by session and time.

    Attributes:
        weight: (n,) sessions that each stands for: 1 / the sampled share of the converting ones or of the others.
        outcome: (n,) conversions. ``revenue``: (n,) minor units.
        factors: dimension -> (n,) codes from 0, with ``levels`` of each.
        owner: (m,) row of the view's session. ``group``: (m,) page group code. ``url``: (m,) page URL code.
        log_load: (m,) ln ms. ``code``: (m,) load code. ``position``: (m,) place in the session, unmeasured views counted.
        before: (m,) the view took place before the session's conversion; later ones serve the placebo test only.
        unmeasured: page group code -> views before conversion of converting sessions, over the measured ones of them (1 = all measured).
    """

    weight: Floats
    outcome: Floats
    revenue: Floats
    rows: Ints
    factors: Mapping[str, Codes]
    levels: Mapping[str, int]
    owner: Ints
    group: Ints
    url: Ints
    code: Ints
    log_load: Floats
    position: Ints
    before: Bools
    unmeasured: Floats

    @property
    def n(self) -> int:
        """Sessions in the sample."""
        return len(self.weight)

    @cached_property
    def starts(self) -> Ints:
        """(n + 1,) first view of each session."""
        return np.append(0, np.cumsum(np.bincount(self.owner, minlength=self.n)))


def why_not(facts: Facts, selection: Selection) -> str:
    """Say why these facts can't carry the adjusted estimate, or return an empty text."""
    if "weight" in facts.sessions or "weight" in facts.page_views:
        return "the data are aggregated: the adjusted estimate needs single sessions"
    if any(isinstance(clause, RangeClause) for clause in selection.clauses):
        return "the selection filters by a measurement of the page view: the adjusted estimate needs all speeds"
    return ""


def draw_sample(facts: Facts, chosen: Selected, converting: Ints, cancelled: Callable[[], None] = go_on) -> Sample:
    """Return the sample of these sessions: at random, up to about ``MAX_CONVERTING_SESSIONS`` of the ``converting`` rows and ``MAX_OTHER_SESSIONS``."""
    rng = np.random.default_rng(1)
    buyers, weight_buyers = converting, max(1.0, len(converting) / MAX_CONVERTING_SESSIONS)
    if weight_buyers > 1:
        buyers = converting[places(len(converting), 1 / weight_buyers, rng)]
    others, weight_others = chosen.some_others(MAX_OTHER_SESSIONS, rng)
    rows = np.sort(np.concatenate([buyers, others]))
    cancelled()
    offset = facts.session("view_offset")
    first, last = offset[rows].astype(np.int64), offset[rows + 1].astype(np.int64)
    counts = last - first
    owner = np.repeat(np.arange(len(rows)), counts)
    position = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    view = first[owner] + position
    code = facts.page_view("load")[view].astype(np.int64)
    group = facts.page_view("page_group")[view].astype(np.int64)
    before = (facts.page_view("flags")[view] & BEFORE_CONVERSION) > 0
    outcome = facts.session("conversions")[rows].astype(np.float64)
    used = code > 0
    log_ms = log_of_code()
    cancelled()
    factors, levels = _factors(facts, rows)
    cancelled()
    return Sample(
        np.where(outcome > 0, weight_buyers, weight_others),
        outcome,
        facts.session("revenue")[rows].astype(np.float64),
        rows,
        factors,
        levels,
        owner[used],
        group[used],
        facts.page_view("page_url")[view[used]].astype(np.int64),
        code[used],
        log_ms[code[used]],
        position[used],
        before[used],
        _unmeasured(group, before & (outcome[owner] > 0), used),
    )


def converting_views(facts: Facts, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """Return place in ``rows``, page group code and load code of all measured views before conversion of these sessions."""
    offset = facts.session("view_offset")
    first = offset[rows].astype(np.int64)
    counts = offset[rows + 1].astype(np.int64) - first
    owner = np.repeat(np.arange(len(rows)), counts)
    view = np.arange(len(owner)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    code = facts.page_view("load")[view]
    used = (code > 0) & ((facts.page_view("flags")[view] & BEFORE_CONVERSION) > 0)
    return owner[used], facts.page_view("page_group")[view[used]].astype(np.int64), code[used].astype(np.int64)


def _factors(facts: Facts, rows: Ints) -> tuple[dict[str, Codes], dict[str, int]]:
    """Every session dimension that distinguishes sessions, and the calendar."""
    factors: dict[str, Codes] = {}
    levels: dict[str, int] = {}
    for name in (*facts.session_dictionaries, "hour", "day"):
        if name in SKIPPED:
            continue
        codes = session_codes(facts, name, rows)
        size = int(codes.max()) + 1 if len(codes) else 1
        if size > 1:
            factors[name], levels[name] = codes, size
    return factors, levels


def _unmeasured(group: Ints, counted: Bools, measured: Bools) -> Floats:
    size = int(group.max(initial=0)) + 1
    everything = np.bincount(group[counted], minlength=size)
    return everything / np.maximum(np.bincount(group[counted & measured], minlength=size), 1)


def log_of_code() -> Floats:
    """ln of the value that stands for each load code; code 0 (not measured) is NaN."""
    low = np.asarray(EDGES, dtype=np.float64)
    high = np.append(low[1:], low[-1] + 1)
    return np.concatenate([[np.nan], np.log(np.maximum((low + np.maximum(high - 1, low)) / 2, 1.0))])
