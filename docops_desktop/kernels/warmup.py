"""Compiles or loads the compiled pass ahead of need, in a background thread.

Until it is ready the NumPy reference serves, so nobody ever waits for a compile. A machine on which Numba can't work stays with the reference and
says why in ``failure()``. The rare pass with 64-bit histograms is loaded only when somebody first needs it.
"""

from __future__ import annotations

import importlib
import logging
import os
import threading

log = logging.getLogger(__name__)

DISABLE_VARIABLE = "DOCOPS_REFERENCE_KERNELS"
"""Set to a non-empty value, the NumPy reference serves for good (for comparison and for diagnosis)."""

_MODULES = {
    False: (
        "docops_desktop.kernels.fused",
        "docops_desktop.kernels.merge",
        "docops_desktop.kernels.prefix_compiled",
        "docops_desktop.kernels.second_look_compiled",
        "docops_desktop.kernels.sweep_compiled",
        "docops_desktop.kernels.moments_compiled",
    ),
    True: ("docops_desktop.kernels.fused_wide",),
}


class _Loader:
    """Loads modules of compiled kernels once, in the background."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self.modules = modules
        self.done = threading.Event()
        self.failure = ""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        with self._lock:
            if self._thread is None and not os.environ.get(DISABLE_VARIABLE):
                self._thread = threading.Thread(target=self._load, name="kernel-warmup", daemon=True)
                self._thread.start()

    def wait(self, timeout: float | None) -> None:
        self.start()
        if self._thread is not None:
            self.done.wait(timeout)

    def ready(self) -> bool:
        return self.done.is_set() and not self.failure

    def pending(self) -> bool:
        return self._thread is not None and not self.done.is_set()

    def _load(self) -> None:
        try:
            from docops_desktop.kernels import compile_apart

            compile_apart.ensure(self.modules)
            for module in self.modules:
                importlib.import_module(module)  # importing it compiles it
        except Exception as error:  # whatever keeps Numba from working, the reference serves
            self.failure = f"{type(error).__name__}: {error}"
            log.warning("the compiled kernels can't be used, the slower reference serves: %s", self.failure)
        finally:
            self.done.set()


_loaders = {wide: _Loader(modules) for wide, modules in _MODULES.items()}


def start(*, wide: bool = False) -> None:
    """Begin to load the compiled pass in the background; further calls do nothing."""
    _loaders[wide].start()


def ready(*, wide: bool = False) -> bool:
    """Tell whether the compiled pass can be called without waiting."""
    return _loaders[wide].ready()


def pending(*, wide: bool = False) -> bool:
    """Tell whether the compiled pass is being loaded at this moment."""
    return _loaders[wide].pending()


def wait(timeout: float | None = None, *, wide: bool = False) -> bool:
    """Start the warm-up, wait for its end and tell whether the compiled pass is ready."""
    _loaders[wide].wait(timeout)
    return ready(wide=wide)


def failure() -> str:
    """Return why the compiled pass can't be used, or ""."""
    return _loaders[False].failure
