"""Reading and parsing in a thread of its own, a few blocks ahead of whoever encodes and stores them.

The parser leaves the interpreter free while it works, so that two cores are used. Memory stays bounded: the reader waits when it is ``DEPTH`` blocks
ahead. Nobody but the caller's thread is told of progress, and it is told how far the blocks reach that it has taken, not how far the reader is.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.progress import Meter
from docops_desktop.model.errors import Cancelled

DEPTH = 3
_WAIT_S = 0.05


class _Scout(Meter):
    """The reader's meter: remembers the position, and stops the reader when the taker has gone."""

    def __init__(self) -> None:
        super().__init__()
        self.position = 0
        self.gone = threading.Event()

    def check(self) -> None:
        """Stop here when nobody takes the blocks any more.

        Raises:
            Cancelled: so it is.
        """
        if self.gone.is_set():
            raise Cancelled

    def read(self, position: int) -> None:
        """Note the position in the packed file."""
        self.position = position
        self.check()


_Item = tuple[Block | None, int, BaseException | None]


def read_ahead(read: Callable[[Meter], Iterator[Block]], meter: Meter) -> Generator[Block, None, None]:
    """Yield the blocks of a reader; close the generator (``contextlib.closing``) when it is left early.

    Args:
        read: begins the reading with the meter it is given; whatever it raises is raised here, after the blocks before it.
        meter: is told the position of each block that is taken.

    Raises:
        Cancelled: the meter said so.
    """
    scout = _Scout()
    ready: queue.Queue[_Item] = queue.Queue(DEPTH)
    thread = threading.Thread(target=_fill, args=(read, scout, ready), name="reader", daemon=True)
    thread.start()
    try:
        while True:
            block, position, error = _next(ready, meter)
            if error is not None:
                raise error
            if block is None:
                return
            yield block
            meter.read(position)
    finally:
        scout.gone.set()
        thread.join()


def _next(ready: queue.Queue[_Item], meter: Meter) -> _Item:
    while True:
        try:
            return ready.get(timeout=_WAIT_S)
        except queue.Empty:
            meter.check()


def _fill(read: Callable[[Meter], Iterator[Block]], scout: _Scout, ready: queue.Queue[_Item]) -> None:
    try:
        for block in read(scout):
            _put(ready, (block, scout.position, None), scout)
        _put(ready, (None, scout.position, None), scout)
    except BaseException as error:
        try:
            _put(ready, (None, scout.position, error), scout)
        except Cancelled:
            return


def _put(ready: queue.Queue[_Item], item: _Item, scout: _Scout) -> None:
    while True:
        scout.check()
        try:
            ready.put(item, timeout=_WAIT_S)
        except queue.Full:
            continue
        return
