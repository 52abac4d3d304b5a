"""Reading whole columns of numbers out of SQLite in blocks, fast and with the standard library alone.

SQLite itself joins the values of a block into one text per column (``group_concat``); NumPy parses the texts. That costs about 0.06 s per million
values, twice as fast as fetching rows as Python objects, and both steps leave other threads of the program free to run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK_ROWS = 100_000

IntArray = npt.NDArray[np.int64]


def read_columns(
    connection: sqlite3.Connection,
    table: str,
    columns: Mapping[str, str],
    block_rows: int = BLOCK_ROWS,
    rows: tuple[int, int] | None = None,
) -> Generator[dict[str, IntArray], None, None]:
    """Yield the table's rows in rowid order, as one int64 array per column and block.

    Use it within ``contextlib.closing``: a loop that is left early must end the reading ahead before the connection is closed.

    Args:
        connection: an open connection that any thread may use, and nobody else does meanwhile, nor the caller between two blocks.
        table: table with an integer primary key.
        columns: SQL expression of each wanted column; it must never be NULL and always be a whole number.
        block_rows: width of a block in rowids.
        rows: the first rowid and the first behind the last; None = all.
    """
    joined = ", ".join(f"group_concat(CAST({expression} AS INTEGER))" for expression in columns.values())
    query = f'SELECT count(*), {joined} FROM "{table}" WHERE rowid > ? AND rowid <= ?'

    def fetch(start: int) -> tuple[Any, ...]:
        row: tuple[Any, ...] = connection.execute(query, (start, min(start + block_rows, last))).fetchone()
        return row

    first, last = rowid_span(connection, table)
    if rows is not None:
        first, last = max(first, rows[0]), min(last, rows[1] - 1)
    with ThreadPoolExecutor(
        1, "column reader"
    ) as reader:  # SQLite joins the next block while this one is parsed and used
        ahead: Future[tuple[Any, ...]] | None = None
        for start in range(first - 1, last, block_rows):
            ready, ahead = ahead, reader.submit(fetch, start)
            if ready is not None:
                yield from _block(columns, ready.result())
        if ahead is not None:
            yield from _block(columns, ahead.result())


def rowid_span(connection: sqlite3.Connection, table: str) -> tuple[int, int]:
    """Return the first and the last rowid of a table, (1, 0) when it is empty; asked one by one, since both at once would be a scan."""
    ends = connection.execute(
        f'SELECT (SELECT min(rowid) FROM "{table}"), (SELECT max(rowid) FROM "{table}")'
    ).fetchone()
    return (1, 0) if ends[0] is None else (int(ends[0]), int(ends[1]))


def _block(columns: Mapping[str, str], row: tuple[Any, ...]) -> Iterator[dict[str, IntArray]]:
    count, *texts = row
    if count:
        yield {name: _parsed(text, count) for name, text in zip(columns, texts, strict=True)}


def _parsed(text: str, count: int) -> IntArray:
    values = np.fromstring(text, dtype=np.int64, sep=",")
    if len(values) != count:
        raise ValueError(f"{count} rows, but {len(values)} numbers")
    return values
