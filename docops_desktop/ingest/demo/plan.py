"""What a demo is asked to be, and when its visitors come: daily and weekly rhythm, drawn once, so that sessions can then be made in order of time.

Sessions are made in blocks of fixed size, each with its own random stream. So the outcome depends on the seed alone, not on how many blocks are
written at once, and memory does not grow with the number of sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from docops_desktop.model.errors import RequestError

TIME_ZONE = "Europe/Berlin"
END = datetime(2026, 8, 5)
"""End of the data (local midnight); fixed, so that a demo is the same on any day."""

INCIDENT_START = datetime(2026, 8, 3, 14)
"""Local hour at which the incident begins; it lasts to the end of the data."""

BLOCK_SESSIONS = 16_384
MS_PER_QUARTER = 900_000

_HOURS = (22, 12, 7, 5, 6, 12, 28, 48, 62, 72, 80, 84, 88, 84, 80, 80, 84, 90, 98, 110, 122, 118, 86, 48)
_WEEKDAYS = (1.04, 1.00, 0.98, 0.97, 0.92, 0.94, 1.12)


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What to make.

    Attributes:
        sessions: sessions in all, robots included.
        seed: same seed, same data.
        days: days of data before ``END``.
        planted_share: share of sessions with the planted model on the planted operator, beyond chance (a bundle offer of that operator).
        incident: False makes the same visitors without the incident.
    """

    sessions: int = 200_000
    seed: int = 1
    days: int = 14
    planted_share: float = 0.028
    incident: bool = True

    def __post_init__(self) -> None:
        if not 1_000 <= self.sessions <= 100_000_000:
            raise RequestError(f"a demo can't have {self.sessions:,} sessions", fix="Ask for 1,000 to 100,000,000")
        if not 3 <= self.days <= 120:
            raise RequestError(f"a demo can't have {self.days} days", fix="Ask for 3 to 120 days")
        if self.seed < 0:
            raise RequestError("a seed can't be negative", fix="Give a seed of 0 or more")

    @property
    def first_ms(self) -> int:
        """Begin of the data."""
        return _epoch_ms(END - timedelta(days=self.days))

    @property
    def end_ms(self) -> int:
        """End of the data (exclusive)."""
        return _epoch_ms(END)

    @property
    def incident_start_ms(self) -> int:
        """Begin of the incident."""
        return _epoch_ms(INCIDENT_START)

    @property
    def blocks(self) -> int:
        """Blocks of sessions."""
        return -(-self.sessions // BLOCK_SESSIONS)

    def random(self, *stream: int) -> np.random.Generator:
        """Return the random stream of a block (or another numbered purpose)."""
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence((self.seed, *stream))))


@dataclass(frozen=True)
class Rhythm:
    """When the sessions come.

    Attributes:
        first_ms: begin of the first quarter hour.
        until: running number of sessions at the end of each quarter hour.
        busy: each quarter hour's traffic against the mean, as ln.
        ln_conversion: readiness to buy by quarter hour: evenings more, nights less, and days that differ.
        hour: local hour of each quarter hour.
        day: day number of each quarter hour.
    """

    first_ms: int
    until: npt.NDArray[np.int64]
    busy: npt.NDArray[np.float32]
    ln_conversion: npt.NDArray[np.float32]
    hour: npt.NDArray[np.int32]
    day: npt.NDArray[np.int32]

    def starts(
        self, first: int, n: int, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return quarter-hour numbers and start times (ms, ascending) of sessions ``first`` to ``first + n``."""
        number = np.arange(first, first + n)
        quarter = np.searchsorted(self.until, number, side="right")
        begin = np.concatenate([[0], self.until])
        count = np.diff(begin)[quarter]
        part = (number - begin[quarter] + rng.random(n)) / count
        return quarter, self.first_ms + quarter * MS_PER_QUARTER + (part * (MS_PER_QUARTER - 1)).astype(np.int64)


def rhythm(plan: DemoPlan) -> Rhythm:
    """Draw how many sessions start in each quarter hour."""
    rng = plan.random(0)
    zone = ZoneInfo(TIME_ZONE)
    quarters = (plan.end_ms - plan.first_ms) // MS_PER_QUARTER
    hour = np.zeros(quarters, dtype=np.int32)
    day = np.zeros(quarters, dtype=np.int32)
    weekday = np.zeros(quarters, dtype=np.int32)
    begin = datetime.fromtimestamp(plan.first_ms / 1000, zone).date()
    for i in range(quarters):
        local = datetime.fromtimestamp((plan.first_ms + i * MS_PER_QUARTER) / 1000, zone)
        hour[i], day[i], weekday[i] = local.hour, (local.date() - begin).days, local.weekday()
    days = int(day.max()) + 1
    minutes = np.tile(np.arange(4) / 4, -(-quarters // 4))[:quarters]
    by_hour = np.array(_HOURS, dtype=np.float64)
    level = by_hour[hour] * (1 - minutes) + by_hour[(hour + 1) % 24] * minutes
    level *= np.array(_WEEKDAYS)[weekday] * np.exp(rng.normal(0, 0.03, days))[day]
    level *= np.exp(rng.normal(0, 0.04, quarters))
    counts = rng.multinomial(plan.sessions, level / level.sum())
    evening = 0.10 * np.cos((hour - 20) / 24 * 2 * np.pi) - 0.02
    return Rhythm(
        plan.first_ms,
        np.cumsum(counts),
        np.log(level / level.mean()).astype(np.float32),
        (evening + rng.normal(0, 0.02, days)[day]).astype(np.float32),
        hour,
        day,
    )


def _epoch_ms(local: datetime) -> int:
    return round(local.replace(tzinfo=ZoneInfo(TIME_ZONE)).timestamp() * 1000)
