"""Loads the heavy libraries behind the painted window, so that the first act of the user doesn't wait for them.

Importing holds Python's import lock per module and the interpreter lock in short turns: the window stays usable.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable

from docops_desktop.ui.faults import log

HEAVY: tuple[str, ...] = ("pandas", "numba", "pyarrow", "scipy", "sqlite_utils")
"""Libraries that must not be loaded before the first window is painted (a test looks)."""


def warm_up(compile_kernels: Callable[[], None] | None = None) -> threading.Thread:
    """Import the engine's workers and then compile (or load) the kernels, in a background thread; return the running thread.

    A failure is logged, never raised: whoever needs the library meets the same failure where it can be said properly.
    """
    thread = threading.Thread(target=_work, args=(compile_kernels,), name="docops-warm-up", daemon=True)
    thread.start()
    return thread


def _work(compile_kernels: Callable[[], None] | None) -> None:
    interval = sys.getswitchinterval()
    try:
        sys.setswitchinterval(0.001)
        for name in ("docops_desktop.analysis.refresh", "docops_desktop.store.columnar_cache"):
            importlib.import_module(name)
        if compile_kernels is not None:
            compile_kernels()
    except Exception:
        log.exception("Warm-up failed")
    finally:
        sys.setswitchinterval(interval)
