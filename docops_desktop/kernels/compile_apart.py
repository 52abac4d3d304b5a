"""Compiles kernels in a process of its own, on a machine (or with a source) on which they have not been compiled yet.

Compiling makes millions of Python objects. Each look of the garbage collector at them holds all threads of its process for 0.1 to 0.5 s, the window's
too. So a program with a window has them compiled elsewhere, and then only loads what lies in the cache.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from docops_desktop.kernels import environment
from docops_desktop.kernels.priority import BACKGROUND

_apart = threading.Event()


def compile_apart() -> None:
    """From now on, compile in another process whatever this machine has not compiled yet."""
    _apart.set()


def ensure(modules: Sequence[str]) -> None:
    """Return when the modules' kernels lie in the cache, as far as this program compiles apart; a failure shows when they are loaded."""
    folder = environment.prepare()
    if not _apart.is_set() or all(_stamp(folder, module).exists() for module in modules):
        return
    child = multiprocessing.get_context("spawn").Process(
        target=_compile, args=(str(folder), tuple(modules)), name="compile kernels", daemon=True
    )
    child.start()
    child.join()
    child.close()


def _stamp(folder: Path, module: str) -> Path:
    """The file that tells that a module was compiled for this processor."""
    from llvmlite.binding import get_host_cpu_name

    return folder / f"{module.rpartition('.')[2]}.{get_host_cpu_name()}.compiled"


def _compile(folder: str, modules: tuple[str, ...]) -> None:
    """Run in the child."""
    if hasattr(os, "nice"):
        os.nice(BACKGROUND)
    os.environ[environment.VARIABLE] = folder
    for module in modules:
        importlib.import_module(module)
        _stamp(Path(folder), module).touch()
