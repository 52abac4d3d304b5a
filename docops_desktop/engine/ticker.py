"""Calls a function every few seconds in a thread of its own, until it is stopped; what goes wrong in one call does not end the next."""

from __future__ import annotations

import threading
from collections.abc import Callable

JOIN_SECONDS = 5.0


class Ticker:
    """A slow clock.

    Args:
        act: called in the ticker's thread; its time does not count.
        failed: gets what ``act`` raised.
    """

    def __init__(self, name: str, seconds: float, act: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        self._name, self._seconds, self._act, self._failed = name, seconds, act, failed
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; harmless when repeated."""
        if self._thread is None:
            self._end.clear()
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End; waits some seconds for a call that is under way. Harmless when repeated."""
        self._end.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        end = self._end
        while not end.wait(self._seconds):
            try:
                self._act()
            except Exception as error:
                self._failed(error)
