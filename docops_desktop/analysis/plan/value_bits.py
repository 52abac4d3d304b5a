"""A bit per session for values that were filtered: an eighth of the reading, and for columns of two bytes a sixteenth.

The refresh that first filters a value reads its column, as it would without; the bits are made beside, once it is answered. They are part of one piece of
memory, which is put aside as a whole when it is full: plans that were made with it go on using it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from docops_desktop.kernels.layout import NO_BITS
from docops_desktop.kernels.priority import BACKGROUND, stand_back
from docops_desktop.store.facts import Facts

_CHUNK = 1 << 20
_MOST_BYTES = 64 << 20
_MOST_VALUES = 64
Value = tuple[str, int]


@dataclass
class _Table:
    """Bits by row (values, words), and whose they are; rows are only ever added."""

    bits: npt.NDArray[np.uint64]
    rows: dict[Value, int] = field(default_factory=dict)


class Snapshot:
    """The bits that a plan may use."""

    def __init__(self, owner: ValueBits, table: _Table) -> None:
        self._owner, self._table = owner, table

    @property
    def bits(self) -> npt.NDArray[np.uint64]:
        """All of them, (values, words)."""
        return self._table.bits

    def place(self, column: str, code: int) -> int:
        """Return the row of this value's bits, NO_BITS where there are none yet; then they will be made."""
        found = self._table.rows.get((column, code))
        if found is None:
            self._owner.want(column, code)
            return NO_BITS
        return found


class ValueBits:
    """The bits of one Facts object, for session columns of codes.

    Args:
        n: sessions; a value takes a bit of each, and all of them together at most 64 MB (of very many sessions one value may take more; then there are none).
    """

    def __init__(self, n: int) -> None:
        self._words = n // 64 + 2
        self._most = min(_MOST_BYTES // (8 * self._words), _MOST_VALUES)
        self._table = _Table(np.zeros((0, self._words), dtype=np.uint64))
        self._wanted: dict[Value, None] = {}
        self._lock = threading.Lock()
        self._making = False

    def now(self) -> Snapshot:
        """Return what there is at this moment."""
        return Snapshot(self, self._table)

    def want(self, column: str, code: int) -> None:
        """Have a value's bits made by the next ``make_beside``."""
        if self._most:
            with self._lock:
                self._wanted[column, code] = None

    def make_beside(self, facts: Facts) -> threading.Thread | None:
        """Begin to make what is wanted, in a thread of its own that stands back; return it, None when there is nothing to do or one is at it."""
        with self._lock:
            if self._making or not self._wanted:
                return None
            self._making = True
        thread = threading.Thread(target=self._work, args=(facts,), name="value bits", daemon=True)
        thread.start()
        return thread

    def _work(self, facts: Facts) -> None:
        stand_back(BACKGROUND)
        try:
            self.make(facts)
        finally:
            self._making = False

    def make(self, facts: Facts) -> None:
        """Make what is wanted."""
        while self._wanted:
            with self._lock:
                value = self._wanted.popitem()[0]
            self._add(facts, value)

    def _add(self, facts: Facts, value: Value) -> None:
        table = self._table
        if value in table.rows:
            return
        row = len(table.rows)
        if row == len(table.bits):  # untouched memory costs nothing
            table, row = _Table(np.empty((self._most, self._words), dtype=np.uint64)), 0
        name, code = value
        codes = facts.session(name)
        octets = table.bits[row].view(np.uint8)
        for low in range(0, len(codes), _CHUNK):
            packed = np.packbits(codes[low : low + _CHUNK] == code, bitorder="little")
            octets[low // 8 : low // 8 + len(packed)] = packed
        octets[-(-len(codes) // 8) :] = 0
        table.rows[value] = row
        self._table = table
