"""What a window is compared with unless somebody says otherwise: one rule for every panel, the cause finder and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from docops_desktop.model.timespan import MS_PER_DAY, TimeSpan

_DAYS_BACK = 28
_MOST = 7
_SATURDAY = 5


@lru_cache(maxsize=256)
def default_baseline(window: TimeSpan, first_ms: int, zone: str) -> tuple[TimeSpan, ...]:
    """Return the same local hours of up to seven earlier stretches of days of the same kind (work days or weekend), newest first.

    A window that holds both kinds is compared with the same weekdays of earlier weeks; where the data don't go back that far, with any days before.
    Spans never reach into the window, into each other, or before ``first_ms``.
    """
    local = ZoneInfo(zone)
    begin, end = (datetime.fromtimestamp(t / 1000, UTC).astimezone(local) for t in (window.start_ms, window.end_ms))
    days = max(1, -(-window.duration_ms // MS_PER_DAY))
    kinds = _kinds(begin, end)
    same: list[TimeSpan] = []
    other: list[TimeSpan] = []
    for back in range(1, _DAYS_BACK * max(1, days // 7) + days):
        start, stop = begin - timedelta(days=back), end - timedelta(days=back)
        span = TimeSpan(_ms(start), _ms(stop))
        if span.start_ms < first_ms:
            break
        if span.end_ms <= window.start_ms:
            alike = _kinds(start, stop) == kinds and (len(kinds) == 1 or back % 7 == 0)
            (same if alike else other).append(span)
    return tuple(_apart(same)[:_MOST] or _apart(other)[:_MOST])


def days_kind(window: TimeSpan, baseline: Sequence[TimeSpan], zone: str) -> str:
    """Return ``workdays`` or ``weekend`` where window and baseline both hold only such days, else ``days``."""
    local = ZoneInfo(zone)
    found = [
        frozenset(
            _kinds(*(datetime.fromtimestamp(t / 1000, UTC).astimezone(local) for t in (span.start_ms, span.end_ms)))
        )
        for span in (window, *baseline)
    ]
    if len(set(found)) > 1 or len(found[0]) != 1:
        return "days"
    return "weekend" if True in found[0] else "workdays"


def _kinds(begin: datetime, end: datetime) -> set[bool]:
    """Return which kinds of days the local times touch: True = weekend."""
    last = (end - timedelta(milliseconds=1)).date()
    length = max((last - begin.date()).days, 0)
    return {(begin.date() + timedelta(days=k)).weekday() >= _SATURDAY for k in range(min(length, 7) + 1)}


def _apart(spans: Sequence[TimeSpan]) -> list[TimeSpan]:
    kept: list[TimeSpan] = []
    for span in spans:
        if not any(span.overlaps(other) for other in kept):
            kept.append(span)
    return kept


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
