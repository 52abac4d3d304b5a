"""Says which kernels for running sums and quantiles serve: the compiled ones once the warm-up has loaded them, until then the reference."""

from __future__ import annotations

from types import ModuleType

from docops_desktop.kernels import prefix_reference, warmup


def kernels() -> ModuleType:
    """Return the kernels that can be called without waiting."""
    if not warmup.ready():
        return prefix_reference
    from docops_desktop.kernels import prefix_compiled

    return prefix_compiled
