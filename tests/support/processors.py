"""How much of the machine's processors other programs used meanwhile: figures of time mean little where that is much."""

from __future__ import annotations

import os
import time
from pathlib import Path


class Others:
    """Begin when it is made, and ask afterwards; children of this program count as others until they were waited for."""

    def __init__(self) -> None:
        self._wall_s, self._machine_s, self._own_s = time.monotonic(), _machine_s(), _own_s()

    def share(self) -> float:
        """Part of all processors' time since then, 0 to 1; 0 where the system doesn't tell (only Linux does)."""
        wall_s = (time.monotonic() - self._wall_s) * (os.cpu_count() or 1)
        used_s = _machine_s() - self._machine_s - (_own_s() - self._own_s)
        return min(max(used_s / wall_s, 0.0), 1.0)


def _machine_s() -> float:
    """How long the processors have been at work since the system's start, in seconds, what a host took away from them (steal) included."""
    try:
        ticks = [int(text) for text in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    except (OSError, ValueError, IndexError):
        return 0.0
    user, nice, system, _idle, _waiting, *interrupts_and_steal = ticks
    return (user + nice + system + sum(interrupts_and_steal)) / os.sysconf("SC_CLK_TCK")


def _own_s() -> float:
    return sum(os.times()[:4])
