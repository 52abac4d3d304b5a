"""The way from worker threads back to the window's thread: a queue of callables, run one after the other by the event loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot


class QtDispatcher(QObject):
    """Call it with a callable from any thread; the callable runs in the thread that made the dispatcher, in the order of the calls.

    After ``stop()`` whatever still arrives is dropped: a window that is gone has no use for results.
    """

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = True
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def __call__(self, act: Callable[[], None]) -> None:
        """Queue the callable; returns at once."""
        if self._open:
            self._posted.emit(act)

    def stop(self) -> None:
        """Drop everything from now on."""
        self._open = False

    @Slot(object)
    def _run(self, act: Callable[[], None]) -> None:
        if self._open:
            act()
