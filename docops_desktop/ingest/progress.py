"""How far an import has come, and whether somebody wants it stopped.

One ``Meter`` per file: its stages report to it, and ask it often enough that a cancel is obeyed within 100 ms. The fraction counts all that has to be
done until the file is in the workspace: fingerprint, reading (by packed bytes whose records are dealt with), what waits for the last record, and
the transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from docops_desktop.model.errors import Cancelled

REPORT_SECONDS = 0.05
HASHED, READ, GATHERED, STORED = 0.04, 0.75, 0.81, 1.0
"""Fraction of an import that is done after each stage, as measured on large files."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of one file.

    Attributes:
        file: name of the file.
        bytes_done, bytes_total: bytes of the file as it lies on the disk (packed).
        fraction: of the whole import, 0 to 1; 1 only when the file is in the workspace.
        rows: records read so far.
        rows_per_second: mean over the import.
        seconds_left: estimate; None until it can be known.
    """

    file: str
    bytes_done: int
    bytes_total: int
    fraction: float
    rows: int
    rows_per_second: float
    seconds_left: float | None


class Meter:
    """Counts bytes and rows, reports now and then, and raises ``Cancelled`` when asked to stop."""

    def __init__(
        self,
        file: str = "",
        bytes_total: int = 0,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._file = file
        self._total = bytes_total
        self._progress = progress
        self._cancelled = cancelled
        self._done = 0
        self._rows = 0
        self._stage = (0.0, HASHED)
        self._fraction = 0.0
        self._started = time.monotonic()
        self._reported = 0.0

    def check(self) -> None:
        """Stop here when the import was cancelled.

        Raises:
            Cancelled: somebody asked for it.
        """
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("the import was cancelled; nothing was changed")

    def stage(self, end: float) -> None:
        """Begin the next stage, after which the fraction ``end`` of the import is done."""
        self._stage = (self._stage[1], end)
        self.share(0.0)

    def share(self, done: float) -> None:
        """Note which part of the stage is done, 0 to 1."""
        begin, end = self._stage
        self._fraction = max(self._fraction, begin + (end - begin) * min(done, 1.0))
        self.check()
        self._report()

    def read(self, position: int) -> None:
        """Note up to which position of the packed file the records are dealt with."""
        self._done = max(self._done, position)
        self.share(self.read_share)

    @property
    def read_share(self) -> float:
        """Part of the packed file whose records are dealt with."""
        return self._done / self._total if self._total else 0.0

    def rows(self, count: int) -> None:
        """Note more records."""
        self._rows += count
        self._report()

    def restart(self) -> None:
        """Begin again from the first byte (a second reading)."""
        self._done = 0
        self._rows = 0
        self._stage = (0.0, HASHED)
        self._fraction = HASHED

    def finish(self) -> None:
        """Report the end, whatever was reported before."""
        self._done, self._fraction = self._total, 1.0
        self._report(force=True)

    def _report(self, *, force: bool = False) -> None:
        if self._progress is None:
            return
        now = time.monotonic()
        if not force and now - self._reported < REPORT_SECONDS:
            return
        self._reported = now
        elapsed = max(now - self._started, 1e-6)
        left = elapsed * (1.0 - self._fraction) / self._fraction if self._fraction > HASHED and elapsed > 0.2 else None
        rate = self._rows / elapsed
        self._progress(Progress(self._file, self._done, self._total, self._fraction, self._rows, rate, left))
