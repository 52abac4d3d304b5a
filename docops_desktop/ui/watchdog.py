"""Measures how long the window's thread does not answer, and what it was doing then.

A timer in the event loop leaves a beat every few milliseconds; a thread beside it looks at the age of the last beat. A gap that grows past the
limit is a stall: the thread takes a sample of the window thread's stack while it lasts. Used by tests and by the performance overlay.
"""

from __future__ import annotations

import faulthandler
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PySide6.QtCore import QObject, Qt, QTimer

_SCHEDSTAT = Path("/proc/thread-self/schedstat")


@dataclass(frozen=True, slots=True)
class Stall:
    """One gap between two beats.

    Attributes:
        gap_ms: its length.
        stack: the window thread's stack in the midst of it, outermost call first; "" when it was too short to sample.
        queued_ms: how long the thread stood ready meanwhile and others had the processors (0 where the system doesn't tell). The rest it computed, or
            waited for the interpreter lock.
    """

    gap_ms: float
    stack: str
    queued_ms: float = 0.0

    @property
    def own_ms(self) -> float:
        """The gap as it would be on a machine that does nothing else."""
        return self.gap_ms - self.queued_ms


class Watchdog(QObject):
    """Start it in the window's thread, do things, stop it, read ``stalls`` and ``longest``.

    Args:
        limit_ms: gaps above this are recorded.
        beat_ms: distance of the beats; a gap is known to about this much.
    """

    def __init__(self, limit_ms: float = 50.0, beat_ms: int = 5, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._limit_s, self._beat_s = limit_ms / 1000, beat_ms / 1000
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(beat_ms)
        self._timer.timeout.connect(self._beat)
        self._last = self._queued = 0.0
        self._sampled: tuple[float, str] = (0.0, "")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._watched = threading.get_ident()
        self._longest_s = 0.0
        self.stalls: list[Stall] = []

    @property
    def longest(self) -> Stall:
        """The longest recorded gap; its stack is empty when it stayed below the limit."""
        worst = max(self.stalls, key=lambda stall: stall.gap_ms, default=Stall(0.0, ""))
        return worst if self.stalls else Stall(self._longest_s * 1000, "")

    def start(self) -> None:
        """Begin to measure (call in the window's thread)."""
        self._watched = threading.get_ident()
        self._last, self._queued = time.perf_counter(), _queued_s()
        self._longest_s = 0.0
        self.stalls.clear()
        self._stop.clear()
        self._timer.start()
        self._thread = threading.Thread(target=self._watch, name="docops-watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> Stall:
        """End it; return the longest gap."""
        self._beat()
        self._timer.stop()
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        return self.longest

    def _beat(self) -> None:
        now = time.perf_counter()
        gap = now - self._last
        self._longest_s = max(self._longest_s, gap)
        if gap > self._limit_s:
            began, stack = self._sampled
            queued_ms = (_queued_s() - self._queued) * 1000
            self.stalls.append(Stall(gap * 1000, stack if began == self._last else "", queued_ms))
        self._last, self._queued = now, _queued_s()

    def _watch(self) -> None:
        with tempfile.TemporaryFile("w+b") as scratch:
            while not self._stop.wait(self._beat_s):
                self._look(scratch)

    def _look(self, scratch: IO[bytes]) -> None:
        last = self._last
        if time.perf_counter() - last > self._limit_s * 0.8 and self._sampled[0] != last:
            stack = _stack_of(self._watched, scratch)
            if self._last == last:
                self._sampled = (last, stack)


def _queued_s() -> float:
    """How long the calling thread has waited for a processor in its life (the second figure of Linux's schedstat, in ns), in seconds."""
    try:
        return int(_SCHEDSTAT.read_text().split()[1]) * 1e-9
    except (OSError, IndexError, ValueError):
        return 0.0


def _stack_of(ident: int, scratch: IO[bytes]) -> str:
    """Return a thread's stack, outermost call first.

    Written out in one go by ``faulthandler``. A frame object (``sys._current_frames``) would keep that thread's locals alive for a moment, and a
    painter that outlives its paint event crashes Qt.
    """
    scratch.seek(0)
    scratch.truncate()
    faulthandler.dump_traceback(scratch, all_threads=True)
    scratch.seek(0)
    for block in scratch.read().decode(errors="replace").split("\n\n"):
        head, *calls = block.strip().splitlines()
        if f"{ident:x} " in head.lower():
            return "\n".join(reversed(calls))
    return ""
