"""Lets the window's thread go first where processor cores are scarce: what computes beside it stands back.

Only Linux gives a priority to a single thread; elsewhere all threads stay equal. Importing this module must cost nothing.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading

PASS = 5
"""By how much the threads of a pass are nicer (see ``nice``) than the program's first one: a third of its weight; somebody waits for them."""
BACKGROUND = 10
"""The same of what goes on beside the window (fits, imports, compiling): a tenth of its weight."""


def stand_back(by: int) -> None:
    """Let the calling thread, and those that it starts, stand back behind the program's first thread; harmless when repeated."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            first = os.getpriority(os.PRIO_PROCESS, os.getpid())
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), first + by)
