"""Compiled helpers that make the records of the kept sessions: each one's share of the sums of whatever group it is in, field by field as the sums lie.

Each panel then adds whole records, one instruction each, instead of a number at a time. Every session has counts; conversions and revenue are listed for
those few that have any. They are compiled into the fused pass (never called from Python).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from docops_desktop.kernels import layout
from docops_desktop.kernels.decode import gather
from docops_desktop.kernels.layout import AT_CONVERSIONS, AT_OUTCOMES_APART, AT_REVENUE, AT_WEIGHT
from docops_desktop.kernels.vector import add_record, count_bits

# Unsigned, because Numba checks signed indices for counting from the end.
SESSIONS = np.uint64(layout.SUM_SESSIONS)
VIEWS = np.uint64(layout.SUM_VIEWS)
BOUNCES = np.uint64(layout.SUM_BOUNCES)
TOUCHED = np.uint64(layout.SUM_TOUCHED)
FIELDS = np.uint64(layout.SUM_FIELDS)
CONVERTING = np.uint64(layout.AMOUNT_CONVERTING)
CONVERSIONS = np.uint64(layout.AMOUNT_CONVERSIONS)
REVENUE = np.uint64(layout.AMOUNT_REVENUE)
ERRORS = np.uint64(layout.AMOUNT_ERRORS)
AMOUNTS = np.uint64(layout.AMOUNT_FIELDS)
_ALL = np.uint64((1 << layout.AMOUNT_FIELDS) - 1)
_BITS = np.uint64(64)
_ONE = np.uint64(1)


@njit(nogil=True, _nrt=False, inline="always")
def outcome_place(has_outcome, before, row):  # type: ignore[no-untyped-def]
    """Return the place in ``outcomes`` of a session that has one."""
    word = row // _BITS
    below = has_outcome[word] & ((_ONE << (row % _BITS)) - _ONE)
    return np.uint64(before[word]) + count_bits(below)


@njit(nogil=True, _nrt=False)
def make_records(data, extra, columns, at, start, rows, m, views, figures, records):  # type: ignore[no-untyped-def]
    """Write the counts of m sessions with so many ``views``; ``figures`` is room for m items. Return the sessions, views and bounces of all."""
    sessions, seen, bounces = np.int64(m), np.int64(0), np.int64(0)
    for j in range(np.uint64(m)):
        seen += np.int64(views[j])
        bounces += np.int64(views[j] == 1)
    for j in range(np.uint64(m)):
        place = j * FIELDS
        records[place + SESSIONS] = 1
        records[place + VIEWS] = views[j]
        records[place + BOUNCES] = 1 if views[j] == 1 else 0
        records[place + TOUCHED] = 1
    if at[AT_WEIGHT] >= 0:  # cells don't say which sessions had one page view
        gather(data, extra, columns, at[AT_WEIGHT], start, rows, m, figures)
        sessions, bounces = np.int64(0), np.int64(0)
        for j in range(np.uint64(m)):
            sessions += figures[j]
            records[j * FIELDS + SESSIONS] = figures[j]
            records[j * FIELDS + BOUNCES] = 0
    return sessions, seen, bounces


@njit(nogil=True, _nrt=False)
def list_outcomes(  # type: ignore[no-untyped-def]
    data, extra, columns, at, has_outcome, before, outcomes, start, rows, m, records, figures, has, listed, amounts
):
    """List those of m sessions that have conversions or revenue, mark them in ``has``, and write their ``amounts``; return how many they are."""
    found = np.uint64(0)
    if at[AT_OUTCOMES_APART] != 0:
        for j in range(np.uint64(m)):
            row = np.uint64(start) + np.uint64(rows[j])
            has[j] = (has_outcome[row // _BITS] >> (row % _BITS)) & _ONE
            listed[found] = j
            found += np.uint64(has[j])
        for i in range(found):
            slot = np.uint64(listed[i])
            entry = outcome_place(has_outcome, before, np.uint64(start) + np.uint64(rows[slot]))
            _put(records, slot, outcomes[entry, 0], outcomes[entry, 1], amounts)
        return found
    gather(data, extra, columns, at[AT_CONVERSIONS], start, rows, m, figures)
    for j in range(np.uint64(m)):
        amounts[j * AMOUNTS + CONVERSIONS] = figures[j]
    gather(data, extra, columns, at[AT_REVENUE], start, rows, m, figures)
    for j in range(np.uint64(m)):
        conversions = amounts[j * AMOUNTS + CONVERSIONS]
        _put(records, j, conversions, figures[j], amounts)
        has[j] = (conversions != 0) | (figures[j] != 0)
        listed[found] = j
        found += np.uint64(has[j])
    return found


@njit(nogil=True, _nrt=False, inline="always")
def _put(records, slot, conversions, revenue, amounts):  # type: ignore[no-untyped-def]
    """A weighted row counts as many converting sessions as it has conversions, at most its weight."""
    place = slot * AMOUNTS
    amounts[place + CONVERTING] = min(conversions, np.int64(records[slot * FIELDS + SESSIONS]))
    amounts[place + CONVERSIONS] = conversions
    amounts[place + REVENUE] = revenue
    amounts[place + ERRORS] = 0


@njit(nogil=True, _nrt=False, inline="always")
def add_amounts(amounts, slot, to_amounts, squares, row):  # type: ignore[no-untyped-def]
    """Add the conversions and revenue of a listed session to a group."""
    add_record(amounts, slot * AMOUNTS, to_amounts, row * AMOUNTS, _ALL)
    revenue = float(amounts[slot * AMOUNTS + REVENUE])
    squares[row] += revenue * revenue
