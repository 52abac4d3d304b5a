"""What keeps an eye on something beside the open workspace: a slow clock in a thread of its own looks, the io lane does the work.

What goes wrong in one look is logged and does not end the next.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from docops_desktop.engine.faults import log

if TYPE_CHECKING:
    from docops_desktop.engine.import_process import Importer
    from docops_desktop.engine.jobs import JobRunner
    from docops_desktop.engine.workspace_jobs import WorkspaceJobs

JOIN_SECONDS = 5.0


class Watcher(ABC):
    """Base of what looks every few seconds.

    Args:
        publish: gets topic and payload.

    Attributes:
        name: of the clock's thread; every_s: seconds between two looks, the time of a look not counted.
    """

    name: ClassVar[str]
    every_s: ClassVar[float]

    def __init__(
        self, runner: JobRunner, workspaces: WorkspaceJobs, publish: Callable[[str, Any], None], importer: Importer
    ) -> None:
        self._runner = runner
        self._workspaces = workspaces
        self._publish = publish
        self._importer = importer
        self._no_more = threading.Event()
        self._clock: threading.Thread | None = None

    @abstractmethod
    def look(self) -> None:
        """Look once, and have done what is due; in the clock's thread, or in any other."""

    def _start_clock(self) -> None:
        """Look every few seconds from now on; harmless when repeated."""
        if self._clock is None:
            self._no_more.clear()
            self._clock = threading.Thread(target=self._tick, name=self.name, daemon=True)
            self._clock.start()

    def _stop_clock(self) -> None:
        """Look no more; waits some seconds for a look that is under way. Harmless when repeated."""
        self._no_more.set()
        clock, self._clock = self._clock, None
        if clock is not None and clock is not threading.current_thread():
            clock.join(JOIN_SECONDS)

    def _tick(self) -> None:
        while not self._no_more.wait(self.every_s):
            try:
                self.look()
            except Exception as error:
                log.warning("%s: %s", self.name, error)
