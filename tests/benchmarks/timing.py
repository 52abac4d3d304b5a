# ruff: noqa: T201 - it tells a person what is going on
"""Clocks of the benchmark: wall time, CPU time of all threads, memory, and a word on what is being done."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_started = time.perf_counter()


def say(text: str) -> None:
    """Tell on the error stream what comes next, and how long it has been."""
    print(f"[{time.perf_counter() - _started:6.0f} s] {text}", file=sys.stderr, flush=True)


def timed(work: Callable[[], Any]) -> float:
    """Return the seconds that it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@dataclass
class Times:
    """Wall and CPU seconds of several runs."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self, work: Callable[[], Any]) -> Any:
        """Run it once more."""
        cpu, wall = time.process_time(), time.perf_counter()
        result = work()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)
        return result

    def figures(self) -> dict[str, float]:
        """Return medians and the best."""
        return {
            "seconds": statistics.median(self.wall),
            "best": min(self.wall),
            "cpu_seconds": statistics.median(self.cpu),
            "best_cpu": min(self.cpu),
        }


def peak_mb() -> float:
    """Return the most memory that this process has had, columns that are mapped from a file included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident_mb() -> float:
    """Return the memory that this process has now (Linux; elsewhere its peak)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return peak_mb()
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
