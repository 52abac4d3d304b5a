"""Flags of page views: the exposures that conversion curves, ranking and what-if count. Defined in ``docops_desktop.store.facts``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.store.facts import BEFORE_CONVERSION, FIRST_MEASURED, FIRST_OF_GROUP

IntArray = npt.NDArray[np.int64]
_BLOCK_VIEWS = 1 << 20


def view_flags(
    offsets: IntArray,
    page_group: npt.NDArray[Any],
    load: npt.NDArray[np.uint16],
    time_ms: IntArray,
    converted_ms: IntArray | None,
) -> npt.NDArray[np.uint8]:
    """Return the flags of all page views.

    Args:
        offsets: first page view of each session, length sessions + 1.
        page_group: code of each view; views are sorted by session, then time.
        load: bin code of the load time, 0 = not measured.
        time_ms: time of each view.
        converted_ms: instant of each session's first conversion (int64 maximum: none or unknown); None when no session has one.
    """
    flags = np.zeros(len(page_group), np.uint8)
    for sessions, views in _blocks(offsets):
        counts = np.diff(offsets[sessions.start : sessions.stop + 1])
        session = np.repeat(np.arange(len(counts)), counts)
        block = flags[views]
        block[_first_of_each(session, page_group[views].astype(np.int64))] |= FIRST_OF_GROUP
        measured = np.flatnonzero(load[views])
        block[measured[_opens(session[measured])]] |= FIRST_MEASURED
        if converted_ms is None:
            block |= BEFORE_CONVERSION
        else:
            before = time_ms[views] < converted_ms[sessions][session]
            block |= before.astype(np.uint8) * np.uint8(BEFORE_CONVERSION)
    return flags


def _blocks(offsets: IntArray) -> Iterator[tuple[slice, slice]]:
    """Yield (sessions, views) slices of about ``_BLOCK_VIEWS`` views each, cut between sessions."""
    first, count = 0, len(offsets) - 1
    while first < count:
        last = int(np.searchsorted(offsets, offsets[first] + _BLOCK_VIEWS, side="right")) - 1
        last = min(max(last, first + 1), count)
        yield slice(first, last), slice(int(offsets[first]), int(offsets[last]))
        first = last


def _first_of_each(session: IntArray, group: IntArray) -> IntArray:
    """Return the position of the first view of each (session, group).

    The position is packed into the sort key's low part, so that one plain sort of integers does it.
    """
    size = max(len(session), 1)
    groups = int(group.max(initial=0)) + 1
    keys = np.sort((session * groups + group) * size + np.arange(len(session)))
    pairs = keys // size
    opens = _opens(pairs)
    positions: IntArray = keys[opens] - pairs[opens] * size
    return positions


def _opens(values: IntArray) -> npt.NDArray[np.bool_]:
    """Tell for each entry of a sorted array whether it differs from the one before."""
    opens = np.ones(len(values), dtype=bool)
    opens[1:] = values[1:] != values[:-1]
    return opens
