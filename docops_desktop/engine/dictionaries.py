"""The values of each dimension, biggest first, for menus, completion and filters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from docops_desktop.model.dimensions import DIMENSIONS

if TYPE_CHECKING:
    from docops_desktop.store.facts import Facts

SAMPLE_ROWS = 1_000_000
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def values_by_size(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Return dimension -> values, without "(not set)", in the order of a sample of at most a million rows; unseen ones last.

    Calendar dimensions come in calendar order.
    """
    found = {name: _ordered(facts, name) for name in _present(facts)}
    found["hour"] = tuple(f"{hour:02d}" for hour in range(24))
    found["weekday"] = WEEKDAYS
    found["day"] = _days(facts)
    return found


def _present(facts: Facts) -> list[str]:
    custom = [name for name in facts.sessions if name.startswith("custom.")]
    names = [*DIMENSIONS, *custom]
    return [n for n in names if n in facts.header.dictionaries and (n in facts.sessions or n in facts.page_views)]


def _ordered(facts: Facts, name: str) -> tuple[str, ...]:
    import numpy as np

    texts = facts.header.dictionaries[name]
    column = facts.session(name) if name in facts.sessions else facts.page_view(name)
    step = len(column) // SAMPLE_ROWS + 1
    counts = np.bincount(column[::step], minlength=len(texts))[: len(texts)]
    order = np.argsort(-counts, kind="stable")
    return tuple(texts[code] for code in order.tolist() if code)


def _days(facts: Facts) -> tuple[str, ...]:
    if not facts.n_sessions:
        return ()
    zone = ZoneInfo(facts.header.time_zone)
    first, last = (
        datetime.fromtimestamp(ms / 1000, tz=UTC).astimezone(zone).date()
        for ms in (facts.header.first_ms, facts.header.last_ms)
    )
    return tuple((first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1))
