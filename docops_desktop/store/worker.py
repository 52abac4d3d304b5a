"""A thread that does one thing after the other while its caller goes on, a few steps behind at most."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait


class Worker:
    """Does what it is given in order; what goes wrong is raised in the caller, by one of its next calls.

    Args:
        name: of the thread.
        waiting: steps that may wait to be done: enough to smooth out the two sides' pace, few enough to bound memory.
    """

    def __init__(self, name: str, waiting: int) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._waiting = waiting
        self._under_way: deque[Future[None]] = deque()

    def do(self, work: Callable[[], None]) -> None:
        """Add a step; waits while too many others wait."""
        self._under_way.append(self._thread.submit(work))
        while len(self._under_way) > self._waiting or self._under_way[0].done():
            self._under_way.popleft().result()
            if not self._under_way:
                return

    def wait(self, seconds: float | None = None) -> bool:
        """Return whether everything is done, after so many seconds at the latest (None = when it is)."""
        done = self.idle(seconds)
        while self._under_way and self._under_way[0].done():
            self._under_way.popleft().result()
        return done

    def idle(self, seconds: float | None = None) -> bool:
        """The same, and what went wrong is not told."""
        return not wait(self._under_way, seconds).not_done

    def close(self) -> None:
        """Finish the step under way, forget the others; more than once does no harm."""
        self._thread.shutdown(wait=True, cancel_futures=True)
