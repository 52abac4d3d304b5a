"""Lets the window's thread go first where processor cores are scarce: what computes beside it stands back.

Only Linux gives a priority to a single thread; elsewhere all threads stay equal. Importing this module must cost nothing.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading

NICER = 5
"""By how much computing threads and processes are nicer (see ``nice``) than the program itself: about a third of its weight."""


def stand_back() -> None:
    """Let the calling thread, and those that it starts, stand back behind the program's first thread; harmless when repeated."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            first = os.getpriority(os.PRIO_PROCESS, os.getpid())
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), first + NICER)
