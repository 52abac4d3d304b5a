"""Loads the heavy libraries and the compiled kernels behind a window that is already painted.

So the first act of the user doesn't wait for imports, and the start doesn't either. Nothing here may be called before the first paint.
"""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable, Sequence

from docops_desktop.kernels import compile_apart

log = logging.getLogger("docops_desktop")

HEAVY: tuple[str, ...] = ("pandas", "numba", "pyarrow", "scipy", "sqlite_utils")
"""Libraries that must not be loaded before the first window is painted."""

MODULES: tuple[str, ...] = (
    "docops_desktop.store.workspace",
    "docops_desktop.store.columnar_cache",
    "docops_desktop.analysis.refresh",
    "docops_desktop.analysis.ranking.pages",
    "docops_desktop.analysis.whatif.model",
)
"""What opening a workspace and its first refresh need, in this order."""


def warm_up(
    first: Sequence[str] = (), then: Callable[[], None] | None = None, done: Callable[[], None] | None = None
) -> threading.Thread:
    """Start it in a background thread and return that. Failures are logged; whoever needs the part meets them where they can be told properly.

    Args:
        first: a front end's own modules, imported before the engine's.
        then: called in the background thread when ``first`` are there.
        done: called in the background thread at the end, also after a failure.
    """
    compile_apart.compile_apart()
    thread = threading.Thread(target=_work, args=(first, then, done), name="docops-warm-up", daemon=True)
    thread.start()
    return thread


def _work(first: Sequence[str], then: Callable[[], None] | None, done: Callable[[], None] | None) -> None:
    try:
        for name in first:
            importlib.import_module(name)
        if then is not None:
            then()
        for name in MODULES:
            importlib.import_module(name)
        from docops_desktop.kernels import warmup

        warmup.wait()
    except Exception:
        log.exception("warm-up failed")
    finally:
        if done is not None:
            done()
