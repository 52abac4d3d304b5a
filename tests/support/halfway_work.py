"""An import that stands still in the midst of its file, however fast the machine is: tests cancel it there, or kill its process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from docops_desktop.engine.import_process import FilesWork
from docops_desktop.engine.state import ImportOutcome
from docops_desktop.ingest import progress as reports
from docops_desktop.store.workspace import Workspace

HALFWAY = 0.3
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class HalfwayWork(FilesWork):
    """Goes on when it is cancelled, or after a long while if nobody does that."""

    def run(
        self,
        workspace: Workspace,
        progress: Callable[[float | None, str], None],
        cancelled: Callable[[], bool],
        outcome: Callable[[ImportOutcome], None],
    ) -> None:
        every_s, reports.REPORT_SECONDS = reports.REPORT_SECONDS, 0.0
        end = time.monotonic() + PATIENCE_S

        def stand_still(fraction: float | None, text: str) -> None:
            progress(fraction, text)
            while fraction and fraction > HALFWAY and not cancelled() and time.monotonic() < end:
                progress(fraction, text)
                time.sleep(0.02)

        try:
            FilesWork.run(self, workspace, stand_still, cancelled, outcome)
        finally:
            reports.REPORT_SECONDS = every_s
