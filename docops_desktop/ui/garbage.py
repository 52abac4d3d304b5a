"""Collects garbage in the window's thread, between events.

Left to itself, Python collects in whichever thread makes many objects: a look at everything holds all threads meanwhile (0.1 s and more while libraries
are loaded), and a widget freed outside the window's thread is an error in Qt. So the automatic collector is off while a window is there, and a timer
does its work by the same thresholds.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 100


class GarbageCollector(QObject):
    """Make it in the window's thread: from then on nothing is collected until ``start()``, and by itself again when it is destroyed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(collect)
        self.destroyed.connect(gc.enable)
        gc.disable()

    def start(self) -> None:
        """Begin, with what is made from now on: everything older stays for good, as the libraries do that were loaded meanwhile."""
        gc.freeze()
        self._timer.start()


def collect() -> None:
    """Collect the oldest generation whose threshold is passed, and with it all younger ones."""
    for generation in (2, 1, 0):
        limit = gc.get_threshold()[generation]
        if limit and gc.get_count()[generation] > limit:
            gc.collect(generation)
            return
