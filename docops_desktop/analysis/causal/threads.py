"""Independent parts of a fit side by side: most of their time is spent in kernels that don't hold the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


def both(one: Callable[[], T], other: Callable[[], U]) -> tuple[T, U]:
    """Do two works, the second in a thread of its own, and return what they return; an error is raised once both have ended."""
    with ThreadPoolExecutor(1, thread_name_prefix="fit") as pool:
        second = pool.submit(other)
        return one(), second.result()
