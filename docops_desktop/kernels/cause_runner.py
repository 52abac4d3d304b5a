"""Runs the kernels behind "find the cause": compiled when they are loaded, else the NumPy reference; in slices of rows, on all cores.

``start`` loads the compiled ones in the background. Work is cut into slices so that a cancel is seen within milliseconds and progress moves.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import ModuleType
from typing import Any

from docops_desktop.kernels import cause_reference, compile_apart, warmup
from docops_desktop.kernels.runner import thread_count

COMPILED = "docops_desktop.kernels.cause_compiled"
SLICE_ROWS = 1 << 19
_SLICE_REFERENCE = 1 << 18
_lock = threading.Lock()
_done = threading.Event()
_thread: threading.Thread | None = None
_compiled: ModuleType | None = None


class Stopped(Exception):  # noqa: N818 - an outcome that the caller asked for
    """The caller's ``cancelled`` said so."""


def start() -> None:
    """Begin to load the compiled kernels in the background; further calls do nothing."""
    global _thread  # noqa: PLW0603 - one load per process
    with _lock:
        if _thread is None and not os.environ.get(warmup.DISABLE_VARIABLE):
            _thread = threading.Thread(target=_load, name="cause-kernels", daemon=True)
            _thread.start()


def wait(timeout: float | None = None) -> bool:
    """Start loading, wait for its end and tell whether the compiled kernels are there."""
    start()
    if _thread is not None:
        _done.wait(timeout)
    return _compiled is not None


def loaded() -> bool:
    """Tell whether loading has ended, well or not; True where it was never begun because the reference was asked for."""
    return _done.is_set() or _thread is None


def kernels() -> ModuleType:
    """Return the kernels that can be called without waiting."""
    return _compiled or cause_reference


def slices(rows: int) -> list[tuple[int, int]]:
    """Cut rows into ``(low, high)`` of a size whose work takes some milliseconds."""
    step = SLICE_ROWS if _compiled is not None else _SLICE_REFERENCE
    return [(low, min(low + step, rows)) for low in range(0, rows, step)]


def check(cancelled: Callable[[], bool]) -> None:
    """Between two pieces of work.

    Raises:
        Stopped: ``cancelled`` said so.
    """
    if cancelled():
        raise Stopped


def in_threads(
    function: Callable[..., Any], arguments: Iterable[Iterable[Any]], cancelled: Callable[[], bool]
) -> list[Any]:
    """Call the function with each of the arguments, on all cores, and return the results in order; the first error ends it.

    Raises:
        Stopped: ``cancelled`` said so before all were done.
    """
    todo = list(arguments)
    results: list[Any] = [None] * len(todo)
    numbers = iter(range(len(todo)))
    take = threading.Lock()
    errors: list[BaseException] = []

    def work() -> None:
        while not errors:
            with take:
                number = next(numbers, None)
            if number is None:
                return
            try:
                check(cancelled)
                results[number] = function(*todo[number])
            except BaseException as error:
                errors.append(error)
                return

    threads = min(thread_count(), len(todo))
    if threads <= 1:
        work()
    else:
        with ThreadPoolExecutor(threads - 1, thread_name_prefix="cause") as pool:
            for _ in range(threads - 1):
                pool.submit(work)
            work()
    if errors:
        raise errors[0]
    return results


def _load() -> None:
    global _compiled  # noqa: PLW0603
    try:
        compile_apart.ensure((COMPILED,))
        from docops_desktop.kernels import cause_compiled

        _compiled = cause_compiled
        import_module(
            "scipy.special"
        )  # the search needs it, and its import is too long a time without a look at cancel
    except Exception as error:  # whatever keeps Numba from working, the reference serves
        warmup.log.warning("the compiled kernels of the cause finder can't be used: %s", error)
    finally:
        _done.set()
