"""Facts of a size that isn't generated in memory: a smaller set, repeated one period later each time, in a file that is mapped.

A process of its own writes the file, so that the memory of the one that measures is that of opening and asking.
"""

from __future__ import annotations

import multiprocessing
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from docops_desktop.store.facts import Facts, layout
from tests.benchmarks.questions import SHAPE
from tests.support.synthetic_facts import synthetic_facts

IN_MEMORY = 20_000_000
_PIECE = 10_000_000


def facts_of(sessions: int, folder: Path) -> Facts:
    """Return generated facts; those of more than ``IN_MEMORY`` sessions are mapped from a file in ``folder``."""
    if sessions <= IN_MEMORY:
        return synthetic_facts(sessions, **SHAPE)
    writer = multiprocessing.get_context("spawn").Process(target=_write, args=(sessions // _PIECE, folder))
    writer.start()
    writer.join()
    if writer.exitcode:
        raise RuntimeError("the facts could not be written")
    header, *tables = pickle.loads((folder / "facts.pickle").read_bytes())
    buffer = np.memmap(folder / "facts.bin", dtype=np.uint8, mode="r")
    return Facts(header, np.asarray(buffer), *tables)


def _write(times: int, folder: Path) -> None:
    piece = synthetic_facts(_PIECE, **SHAPE)
    tables = [
        {name: _Planned(column.dtype, column.length * times) for name, column in table.items()}
        for table in (piece.sessions, piece.page_views)
    ]
    n = piece.n_sessions * times
    tables[0]["view_offset"] = _Planned("<u4", n + 1)
    places, size = layout(*tables)  # type: ignore[arg-type]  # only types and lengths are looked at
    header = piece.header
    period = -(-(header.last_ms - header.first_ms + 1) // 86_400_000) * 86_400_000
    buffer = np.memmap(folder / "facts.bin", dtype=np.uint8, mode="w+", shape=(size,))
    whole = Facts(replace(header, last_ms=header.last_ms + (times - 1) * period), buffer, *places)
    for k in range(times):
        for name in piece.sessions:
            if name != "view_offset":
                step = {"start_ms": k * period, "quarter": k * period // 900_000}.get(name, 0)
                values = piece.session(name)
                whole.session(name)[k * len(values) : (k + 1) * len(values)] = values + values.dtype.type(step)
        offset = piece.session("view_offset")
        whole.session("view_offset")[k * piece.n_sessions : (k + 1) * piece.n_sessions + 1] = (
            offset.astype(np.int64) + k * piece.n_page_views
        )
        for name in piece.page_views:
            values = piece.page_view(name)
            whole.page_view(name)[k * len(values) : (k + 1) * len(values)] = values
    buffer.flush()
    (folder / "facts.pickle").write_bytes(pickle.dumps((whole.header, *places)))


class _Planned:
    """Type and length of a column that isn't there yet."""

    def __init__(self, dtype: Any, length: int) -> None:
        self.dtype, self._length = np.dtype(dtype), length
        self.nbytes = self.dtype.itemsize * length

    def __len__(self) -> int:
        return self._length
