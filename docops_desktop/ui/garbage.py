"""Collects garbage in the window's thread, between events.

Left to itself, Python collects in whichever thread makes many objects: a look at everything holds all threads meanwhile (0.1 s and more while libraries
are loaded), and a widget freed outside the window's thread is an error in Qt. So the automatic collector is off while a window is there, and a timer
does its work by the same thresholds.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 100
OLDEST = 2
PATIENCE = 20
"""How many times its threshold the oldest generation may wait for a calm moment."""


class GarbageCollector(QObject):
    """Make it in the window's thread: from then on nothing is collected until ``start()``, and by itself again when it is destroyed.

    Args:
        calm: tells whether nothing is under way that a pause would show in. A look at everything takes some 40 ms, and waits for that.
    """

    def __init__(self, calm: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._calm = calm
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.look)
        self.destroyed.connect(gc.enable)
        gc.disable()

    def start(self) -> None:
        """Begin, with what is made from now on: everything older stays for good, as the libraries do that were loaded meanwhile."""
        gc.freeze()
        self._timer.start()

    def look(self) -> None:
        """Collect the oldest generation that is due, and with it all younger ones."""
        for generation in (OLDEST, 1, 0):
            limit, count = gc.get_threshold()[generation], gc.get_count()[generation]
            if not limit or count <= limit:
                continue
            if generation < OLDEST or self._calm() or count > PATIENCE * limit:
                gc.collect(generation)
                return
