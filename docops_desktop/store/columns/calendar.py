"""Quarter hours: how a session's start is kept so that hour, weekday and day in the workspace's time zone can be looked up.

Quarters are counted in UTC from a local midnight. Offsets of time zones are whole quarters of an hour, so that each quarter lies within one local
hour and day, also on the days when the clocks change.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from docops_desktop.model.timespan import MS_PER_DAY, MS_PER_MINUTE

QUARTER_MS = 15 * MS_PER_MINUTE


def base_quarter_ms(first_ms: int, time_zone: str) -> int:
    """Return the UTC instant (epoch ms) of the local midnight at or before ``first_ms``; of the UTC one for years that no calendar has."""
    try:
        local = datetime.fromtimestamp(first_ms / 1000, tz=ZoneInfo(time_zone))
    except (OverflowError, ValueError, OSError):
        return first_ms // MS_PER_DAY * MS_PER_DAY
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    base = int(midnight.astimezone(UTC).timestamp()) * 1000
    # Where the clocks skip midnight, the day begins at the instant of the change; either way a quarter boundary is needed.
    return min(base, first_ms) // QUARTER_MS * QUARTER_MS


def quarters(start_ms: npt.NDArray[np.int64], base_ms: int) -> npt.NDArray[Any]:
    """Return the quarter of each start: uint16 where it suffices (682 days), else uint32."""
    index = (start_ms - base_ms) // QUARTER_MS
    top = int(index.max()) if len(index) else 0
    return index.astype(np.uint16 if top <= 0xFFFF else np.uint32)
