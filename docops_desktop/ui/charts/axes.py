"""Axes that speak the reader's language: workspace time, load times on a log scale, counts, percents."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyqtgraph as pg
from PySide6.QtCore import QDate, QLocale

from docops_desktop.ui import format as fmt
from docops_desktop.ui.theme import Theme

_LOAD_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000)
_LINE = 1.5
"""Height of a line of tick labels, in letters."""
_EDGE = 0.04
_STEP_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)


class Axis(pg.AxisItem):
    """A plain axis whose numbers are worded by a function of ours."""

    textWidth: int  # noqa: N815 - pyqtgraph's name

    def __init__(self, side: str, wording: Callable[[float], str] = fmt.count) -> None:
        super().__init__(side)
        self._wording = wording
        self.letter_px = 12
        self.enableAutoSIPrefix(False)
        self.setStyle(tickLength=-4, autoExpandTextSpace=True, autoReduceTextSpace=False, hideOverlappingLabels=True)

    def set_wording(self, wording: Callable[[float], str]) -> None:
        """Word the numbers in another way."""
        self._wording = wording
        self.picture = None
        self.update()

    def dress(self, theme: Theme, colour: str = "") -> None:
        """Take the theme's colours and type size; ``colour`` tints the numbers like the line that they belong to."""
        if self.orientation in ("left", "right"):  # pyqtgraph only ever widens the room for numbers
            self.textWidth = round(self.textWidth * theme.fonts.small / self.letter_px)
        font = self.font()
        font.setPixelSize(theme.fonts.small)
        self.letter_px = theme.fonts.small
        self.textHeight = round(theme.fonts.small * _LINE)  # pyqtgraph would learn it from a first painting, too late
        self.setStyle(tickFont=font)
        self.setTextPen(colour or theme.text_muted)
        self.setPen(theme.control_border)
        self.setTickPen(theme.grid)

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002
        """Word the ticks' numbers."""
        return without_needless_zeros([self._wording(value * scale) for value in values])


def without_needless_zeros(texts: Sequence[str]) -> list[str]:
    """Return "1 s, 2 s" for "1.00 s, 2.00 s"; round numbers only, one by one: axes hold round numbers."""
    point = re.escape(QLocale().decimalPoint())
    return [re.sub(rf"({point}\d*?)0+(?=\D|$)", lambda m: "" if len(m[1]) == 1 else m[1], text) for text in texts]


class CountAxis(Axis):
    """Numbers of sessions: ticked at whole numbers, since there is no half session."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803 - pyqtgraph's names
        """Return the levels of ticks that are whole."""
        return [level for level in super().tickSpacing(minVal, maxVal, size) if level[0] >= 1] or [(1.0, 0.0)]


class TimeAxis(Axis):
    """UTC epoch milliseconds, ticked and worded in the workspace's time zone: midnights say the day, hours the time."""

    def __init__(self, side: str = "bottom") -> None:
        super().__init__(side)
        self._zone = "UTC"

    def set_zone(self, zone: str) -> None:
        """Use another IANA time zone."""
        self._zone = zone
        self.picture = None
        self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803 - pyqtgraph's names
        """Return ticks on round local times, about as far apart as a label and a gap are wide."""
        room = max(2, int(size // (7.5 * self.letter_px)))
        return [(1.0, _time_ticks(minVal, maxVal, room, ZoneInfo(self._zone)))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002
        """Word midnights as days, other times as hours; the first tick always says the day. Where years differ they are said instead of weekdays."""
        years = len({datetime.fromtimestamp(value / 1000, tz=ZoneInfo(self._zone)).year for value in values}) > 1
        form = "d MMM yyyy" if years else "ddd d MMM"
        return [self._word(value, form, first=i == 0) for i, value in enumerate(values)]

    def _word(self, value: float, form: str, *, first: bool) -> str:
        local = datetime.fromtimestamp(value / 1000, tz=ZoneInfo(self._zone))
        date = QLocale().toString(QDate(local.year, local.month, local.day), form)
        if local.hour == 0 and local.minute == 0:
            return date
        time = fmt.clock(value, self._zone)
        return f"{date} {time}" if first else time


def _time_ticks(start_ms: float, end_ms: float, room: int, zone: ZoneInfo) -> list[float]:
    """Return at most about ``room`` ticks; steps are minutes, hours, or whole days of local time (daylight saving respected)."""
    if not end_ms > start_ms:
        return []
    wanted = (end_ms - start_ms) / 60_000 / room
    step = next((minutes for minutes in _STEP_MINUTES if minutes >= wanted), None)
    days = 1 if step else max(1, math.ceil(wanted / 1440))
    midnight = datetime.fromtimestamp(start_ms / 1000, tz=zone).replace(hour=0, minute=0, second=0, microsecond=0)
    ticks: list[float] = []
    while (begin := midnight.timestamp() * 1000) <= end_ms and len(ticks) < 500:
        inside = (
            [(midnight + timedelta(minutes=m)).timestamp() * 1000 for m in range(0, 1440, step)] if step else [begin]
        )
        ticks += [tick for tick in inside if start_ms <= tick <= end_ms]
        midnight += timedelta(days=days)
    margin = (end_ms - start_ms) * _EDGE
    # a label at the very edge finds no room
    readable = any(start_ms + margin <= tick <= end_ms - margin for tick in ticks)
    return ticks if readable else [(start_ms + end_ms) / 2]


class LoadAxis(Axis):
    """Load times in log10(ms), ticked at 1-2-5."""

    def __init__(self, side: str = "bottom") -> None:
        super().__init__(side, lambda value: fmt.duration(_round(10**value)))

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803 - pyqtgraph's names
        """Return the 1-2-5 ticks inside, thinned out to 1s and 5s or 1s when there is little room."""
        inside = [ms for ms in _LOAD_TICKS if minVal <= math.log10(ms) <= maxVal]
        while len(inside) > max(2, size // (4.7 * self.letter_px)) and len(inside) > 2:
            inside = inside[::2]
        return [(1.0, [math.log10(ms) for ms in inside])]


def _round(ms: float) -> float:
    digits = max(0, 2 - math.floor(math.log10(ms))) if ms > 0 else 0
    return round(ms, digits)
