"""One progress line over several files: share of all bytes, rows per second, time left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docops_desktop.model.wording import counted

if TYPE_CHECKING:
    from docops_desktop.engine.state import ImportOutcome


class ImportMeter:
    """Adds the progress of the file at hand to the files before it.

    Args:
        files: in the order of import.
        report: gets (fraction, text).
    """

    def __init__(self, files: Sequence[Path], report: Callable[[float | None, str], None]) -> None:
        self._sizes = [_size(file) for file in files]
        self._names = [file.name for file in files]
        self._total = max(1, sum(self._sizes))
        self._done = 0
        self._index = 0
        self._report = report

    def tell(self, progress: Any) -> None:
        """Take the importer's Progress (fraction, rows, rows_per_second, seconds_left)."""
        here = self._sizes[self._index] if self._index < len(self._sizes) else 0
        self._report((self._done + progress.fraction * here) / self._total, self._text(progress))

    def tell_each(self, found: Iterable[ImportOutcome | None], outcome: Callable[[ImportOutcome], None]) -> None:
        """Go through the files, each worked on when it is asked for, and tell what became of it; None is nothing to tell."""
        for one in found:
            if one is not None:
                outcome(one)
            self.next_file()

    def next_file(self) -> None:
        """The file at hand is done."""
        if self._index < len(self._sizes):
            self._done += self._sizes[self._index]
            self._index += 1
        self._report(self._done / self._total, "")

    def _text(self, progress: Any) -> str:
        parts = []
        if len(self._names) > 1 and self._index < len(self._names):
            parts.append(f"{self._names[self._index]} ({self._index + 1} of {len(self._names)})")
        parts.append(counted(progress.rows, "row"))
        if progress.rows_per_second:
            parts.append(f"{progress.rows_per_second:,.0f} rows/s")
        if progress.seconds_left is not None:
            parts.append(f"{seconds_text(progress.seconds_left)} left")
        return ", ".join(parts)


def seconds_text(seconds: float) -> str:
    """``8 s``, ``3 min 20 s``, ``1 h 5 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
