"""Fixtures that run a test on the compiled pass, on the NumPy reference, or on both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from unittest import mock

from docops_desktop.kernels import warmup


@contextmanager
def mode(name: str) -> Iterator[None]:
    """Serve from the ``compiled`` pass (waiting for it) or from the ``reference``."""
    if name == "compiled":
        assert warmup.wait(), warmup.failure()
    patched = mock.patch.object(warmup, "ready", return_value=False) if name == "reference" else nullcontext()
    with patched:
        yield
