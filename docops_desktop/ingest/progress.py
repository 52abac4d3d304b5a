"""How far an import has come, and whether somebody wants it stopped.

One ``Meter`` per file: readers report compressed bytes and rows to it, and every stage asks it often enough that a cancel is obeyed within 100 ms.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from docops_desktop.model.errors import Cancelled

REPORT_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of one file.

    Attributes:
        file: name of the file.
        bytes_done, bytes_total: bytes of the file as it lies on the disk (packed).
        rows: records read so far.
        rows_per_second: mean over the import.
        seconds_left: estimate; None until it can be known.
    """

    file: str
    bytes_done: int
    bytes_total: int
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
        self._started = time.monotonic()
        self._reported = 0.0

    def check(self) -> None:
        """Stop here when the import was cancelled.

        Raises:
            Cancelled: somebody asked for it.
        """
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("the import was cancelled; nothing was changed")

    def read(self, position: int) -> None:
        """Note the position in the packed file."""
        self._done = max(self._done, position)
        self.check()
        self._report()

    def rows(self, count: int) -> None:
        """Note more records."""
        self._rows += count
        self._report()

    def restart(self) -> None:
        """Begin again from the first byte (a second reading)."""
        self._done = 0
        self._rows = 0

    def finish(self) -> None:
        """Report the end, whatever was reported before."""
        self._done = self._total
        self._report(force=True)

    def _report(self, *, force: bool = False) -> None:
        if self._progress is None:
            return
        now = time.monotonic()
        if not force and now - self._reported < REPORT_SECONDS:
            return
        self._reported = now
        elapsed = max(now - self._started, 1e-6)
        left = elapsed * (self._total - self._done) / self._done if self._done and elapsed > 0.2 else None
        self._progress(Progress(self._file, self._done, self._total, self._rows, self._rows / elapsed, left))
