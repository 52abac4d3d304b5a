"""Says which kernels for running sums and quantiles serve: the compiled ones once the warm-up has loaded them, until then the reference."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from docops_desktop.kernels import prefix_reference, warmup


def kernels() -> ModuleType:
    """Return the kernels that can be called without waiting."""
    return _compiled() if warmup.ready() else prefix_reference


@cache
def _compiled() -> ModuleType:
    from docops_desktop.kernels import prefix_compiled

    return prefix_compiled
