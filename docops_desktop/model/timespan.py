"""Half-open spans of time, in UTC epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from docops_desktop.model.errors import RequestError

MS_PER_MINUTE = 60_000
MS_PER_HOUR = 3_600_000
MS_PER_DAY = 86_400_000


@dataclass(frozen=True, slots=True, order=True)
class TimeSpan:
    """``start_ms <= t < end_ms``."""

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:
            raise RequestError(
                "the time span ends before it starts",
                f"{iso(self.start_ms)} / {iso(self.end_ms)}",
                "Swap the two times",
            )

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds."""
        return self.end_ms - self.start_ms

    def shifted(self, by_ms: int) -> TimeSpan:
        """Return the span moved by ``by_ms`` (negative = earlier)."""
        return TimeSpan(self.start_ms + by_ms, self.end_ms + by_ms)

    def overlaps(self, other: TimeSpan) -> bool:
        """Tell whether the two spans share an instant."""
        return self.start_ms < other.end_ms and other.start_ms < self.end_ms


def iso(time_ms: int, zone: str = "UTC") -> str:
    """Return ISO 8601 text of an instant, to the second (milliseconds only when there are any)."""
    moment = datetime.fromtimestamp(time_ms / 1000, tz=ZoneInfo(zone))
    text = moment.isoformat(timespec="milliseconds" if time_ms % 1000 else "seconds")
    return text.replace("+00:00", "Z")


def parse_time(text: str, zone: str = "UTC") -> int:
    """Return UTC epoch milliseconds of an ISO 8601 date or time; without an offset it is read in ``zone``.

    Raises:
        RequestError: the text is no ISO 8601 date or time.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise RequestError(
            f"{text!r} is not an ISO 8601 time", fix="Write for example 2026-08-04T14:00 or 2026-08-04T14:00:00Z"
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return round((moment - epoch).total_seconds() * 1000)


def parse_span(text: str, zone: str = "UTC") -> TimeSpan:
    """Return the span written as ``FROM/TO``.

    Raises:
        RequestError: it isn't two ISO 8601 times with a slash between.
    """
    start, slash, end = text.partition("/")
    if not slash:
        raise RequestError(
            f"{text!r} is not a time span", fix="Write FROM/TO, for example 2026-08-04T14:00/2026-08-04T18:00"
        )
    return TimeSpan(parse_time(start, zone), parse_time(end, zone))
