"""Calendar dimensions as runs of rows.

Sessions are sorted by their start, so the hour, weekday or day of a session depends on its row number alone: a list of row numbers where the value
changes replaces a column. Changes of the clock (summer time) are honoured.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from docops_desktop.model.timespan import MS_PER_DAY, MS_PER_HOUR
from docops_desktop.store.facts import Facts

I64 = npt.NDArray[np.int64]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SAMPLE_MS = 6 * MS_PER_HOUR
_QUARTER_MS = 900_000
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple(f"{hour:02d}" for hour in range(24))


@dataclass(frozen=True)
class Runs:
    """``codes[i]`` holds for rows ``edges[i] .. edges[i + 1] - 1`` (the last one to the end); ``labels`` are the texts by code."""

    edges: I64
    codes: npt.NDArray[np.int32]
    labels: tuple[str, ...]


def calendar_runs(facts: Facts, name: str) -> Runs:
    """Return the runs of ``hour``, ``weekday`` or ``day`` in the workspace's time zone."""
    header = facts.header
    starts: list[I64] = []
    values: list[I64] = []
    unit = MS_PER_HOUR if name == "hour" else MS_PER_DAY
    for low, high, offset in _offsets(header.first_ms, header.last_ms, header.time_zone):
        units = np.arange((low + offset) // unit, (high - 1 + offset) // unit + 1)
        starts.append(np.maximum(units * unit - offset, low))
        values.append(units)
    start_ms, unit_number = np.concatenate(starts), np.concatenate(values)
    edges = np.searchsorted(facts.session("start_ms"), start_ms).astype(np.int64)
    edges[0] = 0
    kept = np.append(edges[1:] > edges[:-1], True)
    edges, unit_number = edges[kept], unit_number[kept]
    if name == "hour":
        return Runs(edges, (unit_number % 24).astype(np.int32), HOURS)
    if name == "weekday":
        return Runs(edges, ((unit_number + 3) % 7).astype(np.int32), WEEKDAYS)  # 1970-01-01 was a Thursday
    days, codes = np.unique(unit_number, return_inverse=True)
    labels = tuple((_EPOCH + timedelta(days=int(day))).date().isoformat() for day in days)
    return Runs(edges, codes.astype(np.int32), labels)


def _offsets(first_ms: int, last_ms: int, time_zone: str) -> list[tuple[int, int, int]]:
    """Return (from, to, UTC offset) in ms over the span, cut where the zone's offset changes (to the quarter hour)."""
    zone = ZoneInfo(time_zone)
    low = first_ms // _QUARTER_MS * _QUARTER_MS
    end = last_ms + 1
    result: list[tuple[int, int, int]] = []
    begin, offset = low, _offset(low, zone)
    at = low
    while at < end:
        upto = min(at + _SAMPLE_MS, end)
        if _offset(upto, zone) != offset:
            change = _first_change(at, upto, offset, zone)
            if change < end:
                result.append((begin, change, offset))
                begin, offset = change, _offset(change, zone)
        at = upto
    result.append((begin, end, offset))
    return result


def _first_change(low: int, high: int, offset: int, zone: ZoneInfo) -> int:
    while high - low > _QUARTER_MS:
        middle = low + (high - low) // 2 // _QUARTER_MS * _QUARTER_MS
        if middle in (low, high):
            break
        if _offset(middle, zone) == offset:
            low = middle
        else:
            high = middle
    return -(-high // _QUARTER_MS) * _QUARTER_MS


def _offset(time_ms: int, zone: ZoneInfo) -> int:
    delta = (_EPOCH + timedelta(milliseconds=time_ms)).astimezone(zone).utcoffset() or timedelta()
    return round(delta.total_seconds() * 1000)
