"""Loads the heavy libraries and the compiled kernels behind a window that is already painted.

So the first act of the user doesn't wait for imports, and the start doesn't either. Nothing here may be called before the first paint.
"""

from __future__ import annotations

import importlib
import logging
import sys
import threading

log = logging.getLogger("docops_desktop")

HEAVY: tuple[str, ...] = ("pandas", "numba", "pyarrow", "scipy", "sqlite_utils")
"""Libraries that must not be loaded before the first window is painted."""

MODULES: tuple[str, ...] = (
    "docops_desktop.store.workspace",
    "docops_desktop.store.columnar_cache",
    "docops_desktop.analysis.refresh",
    "docops_desktop.analysis.pages",
    "docops_desktop.analysis.whatif",
)
"""What opening a workspace and its first refresh need, in this order."""

SWITCH_SECONDS = 0.001
"""While it runs, other threads get the interpreter this often (5 ms otherwise), so that the window answers."""


def warm_up() -> threading.Thread:
    """Start it in a background thread and return that. Failures are logged; whoever needs the part meets them where they can be told properly."""
    thread = threading.Thread(target=_work, name="docops-warm-up", daemon=True)
    thread.start()
    return thread


def _work() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        for name in MODULES:
            importlib.import_module(name)
        from docops_desktop.kernels import warmup

        warmup.wait()
    except Exception:
        log.exception("warm-up failed")
    finally:
        sys.setswitchinterval(interval)
