"""Compiled helpers that make one record per kept session: its share of the sums of whatever group it is in, field by field as the sums lie.

Each panel then adds whole records, one instruction each, instead of a number at a time. They are compiled into the fused pass (never called from Python).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from docops_desktop.kernels import layout
from docops_desktop.kernels.decode import gather
from docops_desktop.kernels.layout import AT_CONVERSIONS, AT_OUTCOMES_APART, AT_REVENUE, AT_WEIGHT
from docops_desktop.kernels.vector import count_bits

# Unsigned, because Numba checks signed indices for counting from the end.
SESSIONS = np.uint64(layout.ACC_SESSIONS)
VIEWS = np.uint64(layout.ACC_VIEWS)
CONVERTING = np.uint64(layout.ACC_CONVERTING)
CONVERSIONS = np.uint64(layout.ACC_CONVERSIONS)
REVENUE = np.uint64(layout.ACC_REVENUE)
BOUNCES = np.uint64(layout.ACC_BOUNCES)
ERRORS = np.uint64(layout.ACC_ERRORS)
TOUCHED = np.uint64(layout.ACC_TOUCHED)
FIELDS = np.uint64(layout.ACC_FIELDS)
_BITS = np.uint64(64)
_ONE = np.uint64(1)


@njit(nogil=True, _nrt=False, inline="always")
def outcome_place(has_outcome, before, row):  # type: ignore[no-untyped-def]
    """Return the place in ``outcomes`` of a session that has one."""
    word = row // _BITS
    below = has_outcome[word] & ((_ONE << (row % _BITS)) - _ONE)
    return np.uint64(before[word]) + count_bits(below)


@njit(nogil=True, _nrt=False)
def make_records(  # type: ignore[no-untyped-def]
    data,
    extra,
    columns,
    at,
    has_outcome,
    before,
    outcomes,
    start,
    rows,
    m,
    views,
    with_outcomes,
    figures,
    listed,
    records,
):
    """Write the records of m sessions with so many ``views``; ``figures`` and ``listed`` are room for m items. Without outcomes those fields are 0."""
    for j in range(np.uint64(m)):
        place = j * FIELDS
        records[place + SESSIONS] = 1
        records[place + VIEWS] = views[j]
        records[place + CONVERTING] = 0
        records[place + CONVERSIONS] = 0
        records[place + REVENUE] = 0
        records[place + BOUNCES] = 1 if views[j] == 1 else 0
        records[place + ERRORS] = 0
        records[place + TOUCHED] = 1
    if at[AT_WEIGHT] >= 0:  # cells don't say which sessions had one page view
        gather(data, extra, columns, at[AT_WEIGHT], start, rows, m, figures)
        for j in range(np.uint64(m)):
            records[j * FIELDS + SESSIONS] = figures[j]
            records[j * FIELDS + BOUNCES] = 0
    if not with_outcomes:
        return
    if at[AT_OUTCOMES_APART] != 0:
        found = np.uint64(0)
        for j in range(np.uint64(m)):
            row = np.uint64(start) + np.uint64(rows[j])
            listed[found] = j
            found += (has_outcome[row // _BITS] >> (row % _BITS)) & _ONE
        for i in range(found):
            slot = np.uint64(listed[i])
            entry = outcome_place(has_outcome, before, np.uint64(start) + np.uint64(rows[slot]))
            _put_outcome(records, slot * FIELDS, outcomes[entry, 0], outcomes[entry, 1])
        return
    gather(data, extra, columns, at[AT_CONVERSIONS], start, rows, m, figures)
    for j in range(np.uint64(m)):
        _put_outcome(records, j * FIELDS, figures[j], 0)
    gather(data, extra, columns, at[AT_REVENUE], start, rows, m, figures)
    for j in range(np.uint64(m)):
        records[j * FIELDS + REVENUE] = figures[j]


@njit(nogil=True, _nrt=False, inline="always")
def _put_outcome(records, place, conversions, revenue):  # type: ignore[no-untyped-def]
    """A weighted row counts as many converting sessions as it has conversions, at most its weight."""
    records[place + CONVERTING] = min(conversions, records[place + SESSIONS])
    records[place + CONVERSIONS] = conversions
    records[place + REVENUE] = revenue
