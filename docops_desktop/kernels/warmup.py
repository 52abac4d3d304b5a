"""Compiles or loads the compiled pass ahead of need, in a background thread.

Until it is ready the NumPy reference serves, so nobody ever waits for a compile. A machine on which Numba can't work stays with the reference and
says why in ``failure()``.
"""

from __future__ import annotations

import logging
import os
import threading

log = logging.getLogger(__name__)

_lock = threading.Lock()
_done = threading.Event()
_thread: threading.Thread | None = None
_failure: str = ""

DISABLE_VARIABLE = "DOCOPS_REFERENCE_KERNELS"
"""Set to a non-empty value, the NumPy reference serves for good (for comparison and for diagnosis)."""


def start() -> None:
    """Begin to load the compiled pass in the background; further calls do nothing."""
    global _thread  # noqa: PLW0603 - one warm-up per process
    with _lock:
        if _thread is None and not os.environ.get(DISABLE_VARIABLE):
            _thread = threading.Thread(target=_load, name="kernel-warmup", daemon=True)
            _thread.start()


def ready() -> bool:
    """Tell whether the compiled pass can be called without waiting."""
    return _done.is_set() and not _failure


def wait(timeout: float | None = None) -> bool:
    """Start the warm-up, wait for its end and tell whether the compiled pass is ready."""
    start()
    if _thread is not None:
        _done.wait(timeout)
    return ready()


def failure() -> str:
    """Return why the compiled pass can't be used, or ""."""
    return _failure


def _load() -> None:
    global _failure  # noqa: PLW0603
    try:
        from docops_desktop.kernels import environment

        environment.prepare()
        from docops_desktop.kernels import fused  # noqa: F401 - importing it compiles it
    except Exception as error:  # whatever keeps Numba from working, the reference serves
        _failure = f"{type(error).__name__}: {error}"
        log.warning("the compiled kernels can't be used, the slower reference serves: %s", _failure)
    finally:
        _done.set()
