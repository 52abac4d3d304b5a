"""Progress and cancelling of a build: callbacks of the caller, polled between blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from docops_desktop.model.errors import Cancelled

ProgressCallback = Callable[[str, float], None]
CancelledCallback = Callable[[], bool]


@dataclass(frozen=True)
class Progress:
    """What the caller wants to hear and be asked."""

    report: ProgressCallback | None = None
    cancelled: CancelledCallback | None = None

    def step(self, text: str, fraction: float) -> None:
        """Tell how far the build is (0 to 1).

        Raises:
            Cancelled: the caller wants no more.
        """
        if self.report is not None:
            self.report(text, min(fraction, 1.0))
        if self.cancelled is not None and self.cancelled():
            raise Cancelled
