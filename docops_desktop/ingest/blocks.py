"""What a reader hands on: a block of text cells with line numbers, and the lines that it could not read.

Cells are the export's own text, untouched; nothing here is trimmed, parsed or dropped. Every record of the export is either a row of ``table``, an
entry of ``broken``, or counted in ``filtered``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

MEMORY_POOL_BLOCK = 1 << 20
"""Bytes of text per block: small enough that a cancel is noticed within 100 ms, big enough for columnar parsing."""
EMPTY = "empty row"
"""Why a record is left out whose cells are all empty, as spreadsheets write them between and below tables."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that could not be read: its first line (from 1), why, and its text."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class Block:
    """Some records of an export.

    Attributes:
        table: string columns with unique names; a null is a cell that was not there (never an empty one).
        lines: line (or record) number of each row, from 1.
        broken: records that could not be read.
        filtered: records left out on purpose, by reason.
    """

    table: pa.Table
    lines: npt.NDArray[np.int64]
    broken: tuple[Broken, ...] = ()
    filtered: Mapping[str, int] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """Records that this block accounts for."""
        return int(self.table.num_rows) + len(self.broken) + sum(self.filtered.values())


class Reconsider(Exception):  # noqa: N818 - not a fault: evidence that asks for a second reading
    """Later rows contradict what the first rows suggested; the import starts again with this fact known.

    Args:
        topic: ``encoding``, or ``COLUMN`` names with a prefix, e.g. ``decimal:Revenue`` or ``date:Day``.
        value: what is now known.
    """

    def __init__(self, topic: str, value: str) -> None:
        super().__init__(f"{topic} = {value}")
        self.topic = topic
        self.value = value


def unique_names(names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return the names with repeats numbered ("Clicks", "Clicks #2") and blanks named by position ("column 3")."""
    seen: dict[str, int] = {}
    result: list[str] = []
    for position, name in enumerate(names, 1):
        base = name.strip() or f"column {position}"
        count = seen.get(base, 0) + 1
        seen[base] = count
        label = base if count == 1 else f"{base} #{count}"
        while label in result:
            count += 1
            label = f"{base} #{count}"
        result.append(label)
    return tuple(result)


def rows_table(rows: list[dict[str, str | None]], names: tuple[str, ...] | None = None) -> pa.Table:
    """Make a table of string columns from records with differing keys, in order of first appearance."""
    if names is None:
        order: dict[str, None] = {}
        for row in rows:
            if not row.keys() <= order.keys():
                order.update(dict.fromkeys(row))
        names = tuple(order)
    columns: list[Any] = [pa.array([row.get(name) for row in rows], pa.string()) for name in names]
    return pa.table(columns, names=list(names)) if names else _rows_without_columns(len(rows))


def _rows_without_columns(count: int) -> pa.Table:
    return pa.table({"(empty)": pa.nulls(count, pa.string())})
