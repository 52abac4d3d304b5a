"""Compiled helpers that find the rows that count: sessions by their clauses, page views of those sessions, views by theirs.

They are compiled into the fused pass (never called from Python).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from docops_desktop.kernels.decode import (
    column_bytes,
    gather,
    gather_bounds,
    gather_ranges,
    mask_block,
    mask_views,
    number_ranges,
)
from docops_desktop.kernels.layout import (
    AT_VIEW_OFFSET,
    AT_VIEWS,
    AT_VIEWS_ARE_ROWS,
    BLOCK_END,
    BLOCK_FIRST_VIEW,
    BLOCK_KEEP_AT,
    BLOCK_KEPT,
    BLOCK_MASK,
    BLOCK_START,
    BLOCK_VIEWS_FROM,
    CLAUSE_A,
    CLAUSE_B,
    CLAUSE_BITS,
    CLAUSE_COLUMN,
    CLAUSE_FAIL,
    CLAUSE_KIND,
    COLUMN_SIZE,
    KEPT_FIELDS,
    KEPT_LOW,
    KEPT_MASK,
    KEPT_ROW,
    KEPT_VIEWS,
    KIND_EQUAL,
    NO_BITS,
    PANEL_FINAL_REMAP,
    PANEL_VARIANT,
)
from docops_desktop.kernels.vector import (
    GROUP,
    LANES,
    MANY,
    RANGES,
    compresses,
    compresses_words,
    count_bits,
    equal_to,
    lowest_bit,
    nonzero,
    prefetch,
    put_places,
    put_ranges,
    running_sums,
)

ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
FEWEST_IN = 24
"""Of so many sessions at least one must be kept for adding up all counts to pay."""
COUNTS_AHEAD = np.uint64(2048)
"""Counts that are asked for before they are added up."""
RANGE_BITS = np.uint64((1 << RANGES) - 1)
LANE_BITS = np.uint64((1 << LANES) - 1)


@njit(nogil=True, _nrt=False)
def select(data, extra, columns, value_bits, block, clauses, mask_lut, mask, bits, rows, smask):  # type: ignore[no-untyped-def]
    """Fill ``rows`` (relative to the block) and ``smask`` with the sessions that at least one variant keeps; return how many.

    ``bits`` tells the same, one bit per row of the block. ``mask`` and ``rows`` have ``MANY`` places more than the block has rows.
    """
    full = np.uint8(block[BLOCK_MASK])
    select_bits(data, extra, columns, value_bits, block, clauses, mask_lut, mask, bits)
    m = list_rows(bits, block[BLOCK_END] - block[BLOCK_START], rows)
    if full & (full - np.uint8(1)) == 0:
        for j in range(m):
            smask[j] = full
    else:
        for j in range(m):
            smask[j] = mask[rows[j]]
    return m


@njit(nogil=True, _nrt=False)
def select_bits(data, extra, columns, value_bits, block, clauses, mask_lut, mask, bits):  # type: ignore[no-untyped-def]
    """Tell by bits which rows of the block at least one variant keeps."""
    start = block[BLOCK_START]
    n = block[BLOCK_END] - start
    full = np.uint8(block[BLOCK_MASK])
    if full & (full - np.uint8(1)) == 0 and compares_bytes(columns, clauses):
        keep_equal(data, extra, columns, value_bits, clauses, start, n, full, bits)
        return
    for i in range(n):
        mask[i] = full
    for i in range(n, n + MANY):
        mask[i] = 0
    for c in range(clauses.shape[0]):
        mask_block(data, extra, columns, clauses[c], mask_lut, start, n, mask)
    for first in range(np.uint64(0), np.uint64(n), np.uint64(MANY)):
        bits[first // np.uint64(MANY)] = nonzero(mask, first)


@njit(nogil=True, _nrt=False)
def compares_bytes(columns, clauses):  # type: ignore[no-untyped-def]
    """Tell whether every clause is about one value, of a column of bytes or one of which there are bits."""
    others = 0
    for c in range(clauses.shape[0]):
        read = columns[clauses[c, CLAUSE_COLUMN], COLUMN_SIZE] != 1 and clauses[c, CLAUSE_BITS] == NO_BITS
        others += clauses[c, CLAUSE_KIND] != KIND_EQUAL or read
    return others == 0


@njit(nogil=True, _nrt=False)
def keep_equal(data, extra, columns, value_bits, clauses, start, n, full, bits):  # type: ignore[no-untyped-def]
    """Write the bits of the rows that such clauses keep for the one variant that the block is for."""
    groups = (np.uint64(n) + np.uint64(MANY - 1)) // np.uint64(MANY)
    for g in range(groups):
        bits[g] = ALL
    rest = np.uint64(n) % np.uint64(MANY)
    if rest != 0:
        bits[groups - np.uint64(1)] = (np.uint64(1) << rest) - np.uint64(1)
    for c in range(clauses.shape[0]):
        same = np.uint8(clauses[c, CLAUSE_B]) & full != 0
        other = np.uint8(clauses[c, CLAUSE_FAIL]) & full != 0
        flip = np.uint64(0) if same else ALL
        if same == other:
            for g in range(groups):
                bits[g] &= ~flip
            continue
        if clauses[c, CLAUSE_BITS] != NO_BITS:
            narrow(value_bits[clauses[c, CLAUSE_BITS]], np.uint64(start), groups, flip, bits)
            continue
        codes = column_bytes(data, extra, columns, clauses[c, CLAUSE_COLUMN], start)
        code = np.uint64(clauses[c, CLAUSE_A])
        for g in range(np.uint64(n) // np.uint64(MANY)):
            bits[g] &= equal_to(codes, g * np.uint64(MANY), code) ^ flip
        for i in range(np.uint64(n) - rest, np.uint64(n)):
            if (np.uint64(codes[i]) == code) != same:
                bits[i // np.uint64(MANY)] &= ~(np.uint64(1) << (i % np.uint64(MANY)))


@njit(nogil=True, _nrt=False)
def narrow(of_all, start, groups, flip, bits):  # type: ignore[no-untyped-def]
    """``bits &= of_all ^ flip`` for the bits from row ``start`` on."""
    word = start // np.uint64(MANY)
    shift = start % np.uint64(MANY)
    if shift == 0:
        for g in range(groups):
            bits[g] &= of_all[word + g] ^ flip
        return
    for g in range(groups):
        both = (of_all[word + g] >> shift) | (of_all[word + g + np.uint64(1)] << (np.uint64(MANY) - shift))
        bits[g] &= both ^ flip


@njit(nogil=True, _nrt=False)
def list_marked(marks, n, places):  # type: ignore[no-untyped-def]
    """Write the places of n marks (bytes) that aren't 0, and return how many; ``marks`` and ``places`` have ``MANY`` places more."""
    for i in range(np.uint64(n), np.uint64(n) + np.uint64(MANY)):
        marks[i] = 0
    m = np.uint64(0)
    for first in range(np.uint64(0), np.uint64(n), np.uint64(MANY)):
        m = list_bits(nonzero(marks, first), first, places, m)
    return m


@njit(nogil=True, _nrt=False)
def list_rows(bits, n, rows):  # type: ignore[no-untyped-def]
    """Write the places of the bits that are set for n rows, and return how many."""
    m = np.uint64(0)
    for first in range(np.uint64(0), np.uint64(n), np.uint64(MANY)):
        m = list_bits(bits[first // np.uint64(MANY)], first, rows, m)
    return np.int64(m)


@njit(nogil=True, _nrt=False, inline="always")
def list_bits(kept, first, places, m):  # type: ignore[no-untyped-def]
    """Write ``first`` and the place of each bit that is set behind the m places that are written already; return how many there are now."""
    if kept != 0:
        if compresses():
            for k in range(np.uint64(0), np.uint64(MANY), np.uint64(LANES)):
                put_places(kept >> k, first + k, places, m)
                m += count_bits((kept >> k) & LANE_BITS)
        elif kept == ALL:
            for k in range(np.uint64(MANY)):
                places[m + k] = first + k
            m += np.uint64(MANY)
        else:
            while kept != 0:
                places[m] = first + lowest_bit(kept)
                kept &= kept - np.uint64(1)
                m += np.uint64(1)
    return m


@njit(nogil=True, _nrt=False)
def expand(data, extra, columns, at, block, rows, m, scratch, low, counts):  # type: ignore[no-untyped-def]
    """Find the page views of the kept sessions: ``low`` after the block's first one and ``counts``. Return that first view and how many there are."""
    start = block[BLOCK_START]
    n = block[BLOCK_END] - start
    c = at[AT_VIEWS]
    total = 0
    if at[AT_VIEWS_ARE_ROWS] != 0 and columns[c, COLUMN_SIZE] == 1 and m * FEWEST_IN > n:
        # Most lines of the offsets would be read anyhow: adding up the counts reads a fourth of that.
        first = block[BLOCK_VIEWS_FROM]
        views = column_bytes(data, extra, columns, c, start)
        add_up(views, n, scratch)
        for j in range(m):
            low[j] = scratch[rows[j]]
            counts[j] = views[rows[j]]
            total += counts[j]
        return first, total
    gather_bounds(data, extra, columns, at[AT_VIEW_OFFSET], start, rows, m, low, counts)
    first = low[0]
    for j in range(m):
        low[j] -= first
        total += counts[j]
    return first, total


@njit(nogil=True, _nrt=False)
def keep(data, extra, columns, keep_columns, block, first_view, rows, low, counts, smask, m, kept):  # type: ignore[no-untyped-def]
    """List the m kept sessions of a block, see ``layout.Kept``."""
    place = np.uint64(block[BLOCK_KEEP_AT])
    for j in range(np.uint64(m)):
        kept[KEPT_ROW, place + j] = rows[j]
        kept[KEPT_LOW, place + j] = low[j]
        kept[KEPT_VIEWS, place + j] = counts[j]
        kept[KEPT_MASK, place + j] = smask[j]
    for c in range(len(keep_columns)):
        codes = kept[KEPT_FIELDS + c, block[BLOCK_KEEP_AT] : block[BLOCK_KEEP_AT] + m]
        gather(data, extra, columns, keep_columns[c], block[BLOCK_START], rows, m, codes)
    block[BLOCK_KEPT] = m
    block[BLOCK_FIRST_VIEW] = first_view


@njit(nogil=True, _nrt=False)
def list_ranges(bits, counts, n, low, lengths):  # type: ignore[no-untyped-def]
    """Of n ranges side by side, of ``counts`` (bytes) items each, list where the kept ones begin and how long they are; return how many.

    ``low`` and ``lengths`` have ``MANY`` places more than there are ranges.
    """
    m = np.uint64(0)
    total = np.uint64(0)
    whole = np.uint64(n) // np.uint64(MANY) if compresses_words() else np.uint64(0)
    for g in range(whole):
        first = g * np.uint64(MANY)
        prefetch(counts, first + COUNTS_AHEAD)
        for k in range(np.uint64(0), np.uint64(MANY), np.uint64(RANGES)):
            kept = (bits[g] >> k) & RANGE_BITS
            total = put_ranges(kept, counts, first + k, total, low, lengths, m)
            m += count_bits(kept)
    for i in range(whole * np.uint64(MANY), np.uint64(n)):
        low[m] = total
        lengths[m] = counts[i]
        m += (bits[i // np.uint64(MANY)] >> (i % np.uint64(MANY))) & np.uint64(1)
        total += np.uint64(counts[i])
    return np.int64(m)


@njit(nogil=True, _nrt=False)
def add_up(counts, n, out):  # type: ignore[no-untyped-def]
    """``out[i] = sum(counts[:i])`` for n counts."""
    whole = np.uint64(n) // np.uint64(GROUP) * np.uint64(GROUP)
    total = np.uint64(0)
    for i in range(np.uint64(0), whole, np.uint64(GROUP)):
        total = running_sums(counts, i, total, out, i)
    for i in range(whole, np.uint64(n)):
        out[i] = total
        total += np.uint64(counts[i])


@njit(nogil=True, _nrt=False)
def list_views(low, counts, m, vrow, vslot):  # type: ignore[no-untyped-def]
    """Write each page view's row after the block's first view, and the slot of its session."""
    number_ranges(counts, m, vslot)
    t = np.uint64(0)
    for j in range(m):
        for q in range(np.uint64(counts[j])):
            vrow[t] = np.uint64(low[j]) + q
            t += np.uint64(1)


@njit(nogil=True, _nrt=False)
def view_column(data, extra, columns, c, first_view, by_view, vrow, t, low, counts, m, out):  # type: ignore[no-untyped-def]
    """Read a column of the kept page views: of all views of the kept sessions, or (``by_view``) of those that are listed."""
    if by_view:
        gather(data, extra, columns, c, first_view, vrow, t, out)
    else:
        gather_ranges(data, extra, columns, c, first_view, low, counts, m, out)


@njit(nogil=True, _nrt=False)
def match_views(  # type: ignore[no-untyped-def]
    data, extra, columns, clauses, mask_lut, first, vrow, vslot, vmask, t, low, counts, scratch, m, rows, smask, free
):
    """Apply the page-view clauses: drop views and then sessions that nobody keeps; return the new counts of both."""
    for v in range(t):
        vmask[v] = smask[vslot[v]]
    for c in range(clauses.shape[0]):
        gather_ranges(data, extra, columns, clauses[c, CLAUSE_COLUMN], first, low, counts, m, scratch)
        mask_views(clauses[c], mask_lut, scratch, t, vmask)
    for j in range(m):
        smask[j] &= free
    for v in range(t):
        smask[vslot[v]] |= vmask[v]
    kept = np.uint64(0)
    for j in range(m):  # scratch: old slot -> new slot
        scratch[j] = kept
        rows[kept] = rows[j]
        smask[kept] = smask[j]
        kept += np.uint64(smask[j] != 0)
    views = np.uint64(0)
    for v in range(t):
        vrow[views] = vrow[v]
        vslot[views] = scratch[vslot[v]]
        vmask[views] = vmask[v]
        views += np.uint64(vmask[v] != 0)
    return np.int64(kept), np.int64(views)


@njit(nogil=True, _nrt=False)
def view_groups(panel, key_lut, base, whole, part, vslot, vmask, t, page_keyed, by_view, group):  # type: ignore[no-untyped-def]
    """Write the group of each page view, -1 where it doesn't count for this panel; ``whole`` is the ``base`` of all sessions, -1 where they have several."""
    bit = panel[PANEL_VARIANT]
    if by_view:
        for v in range(t):
            group[v] = base[vslot[v]] if vmask[v] & bit else -1
    elif whole >= 0:  # all sessions are of one group
        for v in range(t):
            group[v] = whole
    else:  # the session's mask has decided already
        for v in range(t):
            group[v] = base[vslot[v]]
    if page_keyed:
        for v in range(t):
            group[v] = group[v] + part[v] if group[v] >= 0 and part[v] >= 0 else -1
    remap = panel[PANEL_FINAL_REMAP]
    if remap >= 0:
        for v in range(t):
            if group[v] >= 0:
                group[v] = key_lut[remap + group[v]]
