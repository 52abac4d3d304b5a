"""Says which kernels of the adjusted estimate serve: the compiled ones once the warm-up has loaded them, until then the reference."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType

from docops_desktop.kernels import moments_reference, sweep_reference, warmup

PATIENCE_SECONDS = 1.0
"""A fit waits so long for kernels that are just being loaded: less than the reference takes longer."""
_POLL_SECONDS = 0.02


def sweeps() -> ModuleType:
    """Return the sweeps of additive models that can be called without waiting."""
    if not warmup.ready():
        return sweep_reference
    from docops_desktop.kernels import sweep_compiled

    return sweep_compiled


def moments() -> ModuleType:
    """Return the sums of the moment equations that can be called without waiting."""
    if not warmup.ready():
        return moments_reference
    from docops_desktop.kernels import moments_compiled

    return moments_compiled


def await_kernels(check: Callable[[], None]) -> None:
    """Give a warm-up that is under way a little time to end; ``check`` raises when the work is not wanted any more."""
    end = time.monotonic() + PATIENCE_SECONDS
    while warmup.pending() and time.monotonic() < end:
        check()
        time.sleep(_POLL_SECONDS)
