"""Parts of sessions become sessions: what several imports brought under one session key is one session.

Its span is the parts' whole span; a dimension is the first part's that has one (by start); figures of the parts add up; the weight is the largest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from docops_desktop.store.columns.read_sessions import SessionParts

IntArray = npt.NDArray[np.int64]


def merge_parts(parts: SessionParts) -> tuple[SessionParts, npt.NDArray[np.int32] | None]:
    """Return the sessions, and each part's session; None when every part is a session of its own.

    A part without a key (0) is a session of its own. The merged ``ids`` are those of each session's first part.
    """
    if not _has_repeats(parts.keys):
        return parts, None
    order = np.lexsort((parts.start_ms, parts.keys))
    keys = parts.keys[order]
    opens = np.ones(len(keys), dtype=bool)
    opens[1:] = (keys[1:] != keys[:-1]) | (keys[1:] == 0)
    firsts = np.flatnonzero(opens)
    session_of_part = np.empty(len(keys), dtype=np.int32)
    session_of_part[order] = np.cumsum(opens, dtype=np.int32) - 1
    merged = SessionParts(
        parts.ids[order[firsts]],
        keys[firsts],
        parts.start_ms[order[firsts]],
        {name: _first_set(codes[order], firsts) for name, codes in parts.codes.items()},
        end_ms=_reduced(np.maximum, parts.end_ms, order, firsts),
        users=None if parts.users is None else _first_set(parts.users[order], firsts),
        views=_reduced(np.add, parts.views, order, firsts),
        conversions=_reduced(np.add, parts.conversions, order, firsts),
        revenue=_reduced(np.add, parts.revenue, order, firsts),
        weight=_reduced(np.maximum, parts.weight, order, firsts),
        foreign=None if parts.foreign is None else np.logical_or.reduceat(parts.foreign[order], firsts),
        excluded=parts.excluded,
    )
    return merged, session_of_part


def _has_repeats(keys: IntArray) -> bool:
    ordered = np.sort(keys)
    return bool(((ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)).any())


def _first_set(values: npt.NDArray[Any], firsts: IntArray) -> npt.NDArray[Any]:
    """Return each group's first value that is not 0, or 0; groups are the runs that begin at ``firsts``."""
    positions = np.where(values != 0, np.arange(len(values)), len(values))
    found = np.minimum.reduceat(positions, firsts)
    return np.append(values, values.dtype.type(0))[found]


def _reduced(how: np.ufunc, values: IntArray | None, order: IntArray, firsts: IntArray) -> IntArray | None:
    return None if values is None else how.reduceat(values[order], firsts)
