"""Reading ahead: the same blocks in the same order, errors where they belong, bounded, and gone when nobody takes them any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pyarrow as pa
import pytest

from docops_desktop.ingest.blocks import Block, Reconsider
from docops_desktop.ingest.progress import Meter, Progress
from docops_desktop.ingest.read_ahead import DEPTH, read_ahead
from docops_desktop.model.errors import Cancelled


def block(number: int) -> Block:
    return Block(pa.table({"n": [str(number)]}), np.array([number], dtype=np.int64))


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "reader"]


def test_blocks_come_in_order_then_the_error() -> None:
    def read(meter: Meter) -> Iterator[Block]:
        for number in range(20):
            meter.read(number)
            yield block(number)
        raise Reconsider("encoding", "eight-bit")

    taken: list[int] = []
    with pytest.raises(Reconsider), closing(read_ahead(read, Meter())) as blocks:
        taken.extend(int(found.lines[0]) for found in blocks)
    assert taken == list(range(20))
    assert not readers()


def test_the_reader_waits_and_ends_when_nobody_takes() -> None:
    made: list[int] = []

    def read(meter: Meter) -> Iterator[Block]:
        for number in range(10_000):
            meter.check()
            made.append(number)
            yield block(number)

    with closing(read_ahead(read, Meter())) as blocks:
        next(blocks)
        time.sleep(0.2)
        assert len(made) <= DEPTH + 2
    assert not readers()


def test_a_cancel_is_noticed_while_the_reader_is_at_work() -> None:
    begun = threading.Event()

    def read(meter: Meter) -> Iterator[Block]:
        begun.set()
        while True:  # no block comes before the taker has gone
            meter.check()
            time.sleep(0.001)
        yield block(1)

    with pytest.raises(Cancelled), closing(read_ahead(read, Meter(cancelled=begun.is_set))) as blocks:
        next(blocks)
    assert not readers()


def test_progress_counts_what_was_dealt_with_and_comes_from_the_taker() -> None:
    told: list[tuple[int, str]] = []

    def note(progress: Progress) -> None:
        told.append((progress.bytes_done, threading.current_thread().name))

    def read(meter: Meter) -> Iterator[Block]:
        for number in range(3):
            meter.read(100 * (number + 1))
            yield block(number)

    meter = Meter("f", 300, note)
    with closing(read_ahead(read, meter)) as blocks:
        for found in blocks:
            done = told[-1][0] if told else 0
            assert done <= 100 * int(found.lines[0])
            time.sleep(0.06)
    meter.finish()
    assert told[-1][0] == 300
    assert {name for _, name in told} == {threading.current_thread().name}
