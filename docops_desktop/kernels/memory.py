"""Memory of passes, kept between them.

Fresh memory costs a page fault per 4 KB, which took longer than the counting. A pass' accumulators are taken from here zeroed; those that hold a
result come back by themselves when nobody looks at the result any more (no array refers to them), and are cleared when they are next taken.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.kernels.layout import (
    AMOUNT_FIELDS,
    F64,
    I64,
    SUM_FIELDS,
    U8,
    U16,
    U32,
    ScanPlan,
)

Sums = tuple[U32, I64, F64, U32]
"""Counts, amounts and squares of the groups, and histograms."""
Clear = Callable[[I64, I64, U32, I64, F64, U32], None]
_ROW_BYTES = 4 * SUM_FIELDS + 8 * AMOUNT_FIELDS + 8
_KEPT = 6
_LARGEST_KEPT = 64 << 20
_SPARE = 1.25
LINE = 64
"""Bytes of a cache line."""


class _Leased(np.ndarray[Any, Any]):
    """The view by which it is known that somebody still refers to the memory (plain arrays don't take weak references)."""


def aligned(raw: U8) -> U8:
    """Return the part of an array that begins with a cache line, at most ``LINE`` bytes less: a row of sums is one line then, not halves of two."""
    start = -raw.ctypes.data % LINE
    return raw[start : start + len(raw) - LINE]


class Accumulators:
    """Sums, sums of squares and histograms in one piece of memory."""

    def __init__(self, plan: ScanPlan) -> None:
        self._rows = int(plan.acc_rows * _SPARE) + 8
        self._rows += -self._rows % LINE  # so that each array begins with a cache line
        self._hist = int(plan.hist_size * _SPARE) + 16
        self._raw: U8 = aligned(np.zeros(self._rows * _ROW_BYTES + self._hist * 4 + LINE, dtype=np.uint8))
        self._dirty: ScanPlan | None = None

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return self._raw.nbytes

    def fits(self, plan: ScanPlan) -> bool:
        """Tell whether the plan's sums have room."""
        return plan.acc_rows <= self._rows and plan.hist_size <= self._hist

    def arrays(self, plan: ScanPlan) -> Sums:
        """Return the arrays to add to; from now on they count as used by this plan."""
        self._dirty = plan
        return self._split(self._raw, plan)

    def clean(self, clear: Clear) -> None:
        """Set to zero what the last plan may have added."""
        if self._dirty is not None:
            clear(self._dirty.panels, self._dirty.hists, *self._split(self._raw, self._dirty))
            self._dirty = None

    def cleaned(self) -> None:
        """Take note that all is zero again."""
        self._dirty = None

    def lease(self, plan: ScanPlan) -> Sums:
        """Return the arrays of a result; when the last reference to them is gone, the memory comes back."""
        leased = self._raw.view(_Leased)
        weakref.finalize(leased, give_back, self).atexit = False
        return self._split(leased, plan)

    def _split(self, raw: Any, plan: ScanPlan) -> Sums:
        def part(at: int, size: int, dtype: Any) -> Any:
            return np.asarray(raw[at : at + size * np.dtype(dtype).itemsize]).view(dtype)

        amounts_at = self._rows * 4 * SUM_FIELDS
        squares_at = amounts_at + self._rows * 8 * AMOUNT_FIELDS
        return (
            part(0, plan.acc_rows * SUM_FIELDS, np.uint32),
            part(amounts_at, plan.acc_rows * AMOUNT_FIELDS, np.int64),
            part(squares_at, plan.acc_rows, np.float64),
            part(squares_at + self._rows * 8, plan.hist_size, np.uint32),
        )


class Masks:
    """One byte per session."""

    def __init__(self, n: int) -> None:
        self._raw: U8 = np.zeros(n, dtype=np.uint8)
        self._dirty = (0, 0)

    def fits(self, n: int) -> bool:
        """Tell whether it is for as many sessions."""
        return len(self._raw) == n

    def lease(self, first: int, end: int) -> npt.NDArray[np.uint8]:
        """Return the mask, all zero, of which the rows ``first .. end - 1`` are going to be written."""
        self._raw[slice(*self._dirty)] = 0
        self._dirty = (first, end)
        leased = self._raw.view(_Leased)
        weakref.finalize(leased, _free_masks.append, self).atexit = False
        return np.asarray(leased)


class Listing:
    """Room for the sessions that a pass lists, and their page views."""

    def __init__(self, fields: int, sessions: int, views: int) -> None:
        self._size = fields, sessions, views
        self._raw: U32 = np.zeros(fields * sessions + (views + 1) // 2, dtype=np.uint32)

    def fits(self, fields: int, sessions: int, views: int) -> bool:
        """Tell whether it is for as many."""
        return self._size == (fields, sessions, views)

    def lease(self) -> tuple[U32, U16]:
        """Return the room, whatever it holds: (fields, sessions) and (views,)."""
        leased = self._raw.view(_Leased)
        weakref.finalize(leased, _free_listings.append, self).atexit = False
        fields, sessions, views = self._size
        whole = np.asarray(leased)
        table = whole[: fields * sessions].reshape(fields, sessions)
        return table, whole[fields * sessions :].view(np.uint16)[:views]


_own = threading.local()
_free: deque[Accumulators] = deque(maxlen=_KEPT)
_free_masks: deque[Masks] = deque(maxlen=1)
_free_listings: deque[Listing] = deque(maxlen=1)


def take(plan: ScanPlan) -> Accumulators:
    """Return accumulators for a plan; they are still to be cleaned."""
    for _ in range(len(_free)):
        try:
            found = _free.pop()  # the last one that was used: some of it is still in the processor's cache
        except IndexError:
            break
        if found.fits(plan):
            return found
        if not found.nbytes < plan.acc_rows * _ROW_BYTES + plan.hist_size * 4:  # the smaller ones are dropped
            _free.appendleft(found)
    return Accumulators(plan)


def give_back(used: Accumulators) -> None:
    """Keep accumulators for the next pass, the largest excepted. May be called at any moment by any thread: no lock is taken."""
    if used.nbytes <= _LARGEST_KEPT:
        _free.append(used)


def scratch(words: int) -> I64:
    """Return the calling thread's own memory of at least so many int64, whatever it holds; kept for its next pass unless it is very large."""
    found: I64 | None = getattr(_own, "scratch", None)
    if found is None or len(found) < words:
        found = aligned(np.empty(8 * int(words * _SPARE) + LINE, dtype=np.uint8)).view(np.int64)
        if found.nbytes <= _LARGEST_KEPT:
            _own.scratch = found
    return found


def take_mask(n: int, first: int, end: int) -> npt.NDArray[np.uint8]:
    """Return a mask of ``n`` sessions, all zero, of which the rows ``first .. end - 1`` are going to be written."""
    try:
        found = _free_masks.popleft()
    except IndexError:
        found = Masks(n)
    return (found if found.fits(n) else Masks(n)).lease(first, end)


def take_kept(fields: int, sessions: int, views: int) -> tuple[U32, U16]:
    """Return room for so many kept sessions (of so many fields) and page views, see ``layout.Kept``; nobody else uses it as long as somebody refers to it."""
    try:
        found = _free_listings.popleft()
    except IndexError:
        found = Listing(fields, sessions, views)
    return (found if found.fits(fields, sessions, views) else Listing(fields, sessions, views)).lease()
