"""Which sessions and views the adjusted estimate is made from: all converting sessions and, where there are many, a share of the others.

Turns Facts and a selection into flat arrays. Knows columns and clauses; estimates nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.model.load_bins import EDGES
from docops_desktop.model.selection import RangeClause, Selection, ValueClause
from docops_desktop.store.facts import BEFORE_CONVERSION, Facts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MAX_OTHER_SESSIONS = 400_000
QUARTERS_PER_DAY = 96
SKIPPED = frozenset({"variant"})  # randomised: it can't confound, and its levels would only add noise


@dataclass(frozen=True)
class Sample:
    """n sessions, m measured page views before conversion, sorted by session and time.

    Attributes:
        weight: (n,) sessions that each stands for: 1 for converting ones, 1 / sampled share for the others.
        outcome: (n,) conversions. ``revenue``: (n,) minor units.
        factors: dimension -> (n,) codes from 0, with ``levels`` of each.
        owner: (m,) row of the view's session. ``group``: (m,) page group code. ``url``: (m,) page URL code.
        log_load: (m,) ln ms. ``code``: (m,) load code. ``position``: (m,) place in the session, unmeasured views counted.
        after_*: measured views of converting sessions after their conversion, for the placebo.
    """

    weight: Floats
    outcome: Floats
    revenue: Floats
    rows: Ints
    factors: Mapping[str, Ints]
    levels: Mapping[str, int]
    owner: Ints
    group: Ints
    url: Ints
    code: Ints
    log_load: Floats
    position: Ints
    after_owner: Ints
    after_group: Ints
    after_log_load: Floats

    @property
    def n(self) -> int:
        """Sessions in the sample."""
        return len(self.weight)

    @property
    def starts(self) -> Ints:
        """(n + 1,) first view of each session."""
        return np.searchsorted(self.owner, np.arange(self.n + 1)).astype(np.int64)


def why_not(facts: Facts, selection: Selection) -> str:
    """Say why these facts can't carry the adjusted estimate, or return an empty text."""
    if "weight" in facts.sessions or "weight" in facts.page_views:
        return "the data are aggregated: the adjusted estimate needs single sessions"
    if any(isinstance(clause, RangeClause) for clause in selection.clauses):
        return "the selection filters by a measurement of the page view: the adjusted estimate needs all speeds"
    return ""


def draw_sample(
    facts: Facts, selection: Selection, seed: int = 1, cancelled: Callable[[], bool] | None = None
) -> Sample:
    """Return the sample of a selection: every converting session, and at most ``MAX_OTHER_SESSIONS`` others drawn at random."""
    chosen = selected_sessions(facts, selection)
    converts = facts.session("conversions")[chosen] > 0
    buyers, others = chosen[converts], chosen[~converts]
    share = min(1.0, MAX_OTHER_SESSIONS / max(len(others), 1))
    if share < 1.0:
        others = others[np.random.default_rng(seed).random(len(others)) < share]
    rows = np.sort(np.concatenate([buyers, others]))
    _check(cancelled)
    offset = facts.session("view_offset")
    first, last = offset[rows].astype(np.int64), offset[rows + 1].astype(np.int64)
    counts = last - first
    owner = np.repeat(np.arange(len(rows)), counts)
    position = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    view = first[owner] + position
    code = facts.page_view("load")[view].astype(np.int64)
    group = facts.page_view("page_group")[view].astype(np.int64)
    before = (facts.page_view("flags")[view] & BEFORE_CONVERSION) > 0
    _check(cancelled)
    outcome = facts.session("conversions")[rows].astype(np.float64)
    used, after = (code > 0) & before, (code > 0) & ~before
    log_ms = _log_of_code()
    factors, levels = _factors(facts, rows)
    return Sample(
        np.where(outcome > 0, 1.0, 1 / share),
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
        owner[after],
        group[after],
        log_ms[code[after]],
    )


def selected_sessions(facts: Facts, selection: Selection) -> Ints:
    """Return the rows of the sessions that a selection keeps (page clauses: any view matches all of them at once)."""
    start = facts.session("start_ms")
    low, high = 0, facts.n_sessions
    if selection.span is not None:
        low, high = (int(k) for k in np.searchsorted(start, [selection.span.start_ms, selection.span.end_ms]))
    keep = np.ones(high - low, dtype=bool)
    offset = facts.session("view_offset")
    views: Bools | None = None
    first, last = int(offset[low]), int(offset[high])
    for clause in selection.clauses:
        if not isinstance(clause, ValueClause):
            continue
        if clause.dimension in facts.page_views:
            match = _matches(facts, clause)[facts.page_view(clause.dimension)[first:last]]
            views = match if views is None else views & match
        else:
            keep &= _matches(facts, clause)[_session_codes(facts, clause.dimension, slice(low, high))]
    if views is not None:
        seen = np.concatenate([[0], np.cumsum(views)])
        keep &= np.diff(seen[offset[low : high + 1].astype(np.int64) - first]) > 0
    return low + np.flatnonzero(keep)


def calendar_code(facts: Facts, name: str, rows: Ints | slice) -> Ints:
    """Return hour of day, day since the first, or weekday (0 = the first day's weekday) of sessions, in the workspace's time zone."""
    quarter = facts.session("quarter")[rows].astype(np.int64)
    if name == "hour":
        return quarter % QUARTERS_PER_DAY // 4
    day = quarter // QUARTERS_PER_DAY
    return day % 7 if name == "weekday" else day


def _session_codes(facts: Facts, name: str, rows: Ints | slice) -> Ints:
    if name in facts.sessions:
        return facts.session(name)[rows].astype(np.int64)
    return calendar_code(facts, name, rows)


def _matches(facts: Facts, clause: ValueClause) -> Bools:
    texts = dimension_values(facts, clause.dimension)
    wanted = set(clause.values)
    match = np.array([text in wanted for text in texts], dtype=bool)
    return ~match if clause.negated else match


def dimension_values(facts: Facts, name: str) -> tuple[str, ...]:
    """Return the texts by code of a dictionary dimension, or of a calendar one as the front ends write them."""
    if name in facts.header.dictionaries:
        return facts.header.dictionaries[name]
    if name == "hour":
        return tuple(f"{hour:02d}" for hour in range(24))
    from datetime import UTC, datetime, timedelta
    from zoneinfo import ZoneInfo

    base = datetime.fromtimestamp(facts.header.base_quarter_ms / 1000, tz=UTC)
    first = base.astimezone(ZoneInfo(facts.header.time_zone)).date()
    last = int(facts.session("quarter").max()) // QUARTERS_PER_DAY if facts.n_sessions else 0
    if name == "weekday":
        return tuple((first + timedelta(days=k)).strftime("%a") for k in range(7))
    return tuple((first + timedelta(days=k)).isoformat() for k in range(last + 1))


def _factors(facts: Facts, rows: Ints) -> tuple[dict[str, Ints], dict[str, int]]:
    """Every session dimension that distinguishes sessions, and the calendar."""
    factors: dict[str, Ints] = {}
    levels: dict[str, int] = {}
    for name in (*facts.session_dictionaries, "hour", "day"):
        if name in SKIPPED:
            continue
        codes = _session_codes(facts, name, rows)
        size = int(codes.max()) + 1 if len(codes) else 1
        if size > 1:
            factors[name], levels[name] = codes, size
    return factors, levels


def _log_of_code() -> Floats:
    """ln of the value that stands for each load code; code 0 (not measured) is NaN."""
    low = np.asarray(EDGES, dtype=np.float64)
    high = np.append(low[1:], low[-1] + 1)
    return np.concatenate([[np.nan], np.log(np.maximum((low + np.maximum(high - 1, low)) / 2, 1.0))])


def _check(cancelled: Callable[[], bool] | None) -> None:
    from docops_desktop.model.errors import Cancelled

    if cancelled is not None and cancelled():
        raise Cancelled
