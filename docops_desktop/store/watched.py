"""SQL statements under way: how far they are, and whether somebody wants them stopped, asked all the time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from docops_desktop.model.errors import Cancelled

_STEPS = 20_000
"""Steps of SQLite's machine between two looks: some milliseconds."""
_STEPS_PER_ROW = 5
"""Of a copy of whole records; other statements take more, and are told as done a little early."""
_WAIT_S = 0.05
_END = 0.2
"""Part of the work that follows the last row: the commit, and bringing the log into the file."""


class Watched:
    """Polls for a cancel and reports progress while statements run on a connection; a context manager.

    Args:
        connection: runs the statements.
        rows: that all statements together copy.
        progress: called with the fraction of the work done. It may raise ``Cancelled`` to give up.
        cancelled: True stops the statement under way.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        rows: int,
        progress: Callable[[float], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._connection = connection
        self._total = max(rows, 1)
        self._progress, self._cancelled = progress, cancelled
        self._done, self._of_this, self._looks = 0, 0, 0

    @contextmanager
    def statement(self, rows: int) -> Iterator[None]:
        """Run a statement that copies so many rows."""
        self._of_this, self._looks = rows, 0
        yield
        self._done += rows
        self._of_this = 0
        self._report()
        self.check()

    def check(self) -> None:
        """Stop here when it was cancelled.

        Raises:
            Cancelled: so it is.
        """
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("the import was cancelled; nothing was changed")

    @contextmanager
    def afterthought(self) -> Iterator[None]:
        """Run a statement at which SQLite does not look, and that may be left undone: a cancel just ends it."""
        over = threading.Event()
        thread = threading.Thread(target=self._interrupt, args=(over,), name="afterthought", daemon=True)
        thread.start()
        try:
            yield
        except sqlite3.OperationalError as error:
            if not _is_interrupt(error):
                raise
        finally:
            over.set()
            thread.join()

    def _interrupt(self, over: threading.Event) -> None:
        while not over.wait(_WAIT_S):
            if self._cancelled is not None and self._cancelled():
                self._connection.interrupt()  # again and again: one that comes before the statement has begun is lost

    def __enter__(self) -> Self:
        self._connection.set_progress_handler(self._look, _STEPS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.set_progress_handler(None, 0)
        if isinstance(error, sqlite3.OperationalError) and _is_interrupt(error):
            raise Cancelled("the import was cancelled; nothing was changed") from error

    def _look(self) -> int:
        self._looks += 1
        try:
            self._report()
        except Cancelled:
            return 1
        return int(self._cancelled is not None and self._cancelled())

    def _report(self) -> None:
        if self._progress is not None:
            here = min(self._looks * _STEPS / _STEPS_PER_ROW, self._of_this)
            self._progress((1.0 - _END) * (self._done + here) / self._total)


def _is_interrupt(error: sqlite3.OperationalError) -> bool:
    return (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_INTERRUPT
