"""The plan of a pass: everything that the compiled pass and its NumPy reference read, as plain arrays.

A plan says which rows to visit (blocks), which of them count for whom (clauses), how they are grouped (keys) and where the sums go (panels). It holds
no Python objects, so that one compiled function serves every request. Nothing here computes.

Variants. A panel ignores the clauses that it authored itself. Each author that owns a clause gets a bit ("variant"), bit 0 is the full selection. A
clause that holds leaves a row's mask as it is; one that fails leaves only its author's bit. Whoever's bit is left at the end counts the row. Clauses
on page views give a mask per view; a session keeps the bits that any single one of its views kept ("any view matches all of them at once").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
U16 = npt.NDArray[np.uint16]
U8 = npt.NDArray[np.uint8]
F64 = npt.NDArray[np.float64]

BLOCK_ROWS = 32768
"""Session rows per block: enough that the steps of a block cost little, few enough that a cancelled pass stops within some milliseconds."""

FULL_SELECTION = 1
"""Variant bit of the selection with no clause ignored."""

# columns: one row per column
COLUMN_BUFFER, COLUMN_OFFSET, COLUMN_SIZE, COLUMN_LENGTH = range(4)
COLUMN_FIELDS = 4
# blocks
(
    BLOCK_START,
    BLOCK_END,
    BLOCK_SPANS,
    BLOCK_MASK,
    BLOCK_VIEWS_FROM,
    BLOCK_KEEP_AT,
    BLOCK_CODES_AT,
    BLOCK_KEPT,
    BLOCK_FIRST_VIEW,
) = range(9)
BLOCK_FIELDS = 9
NOT_KEPT = -1
# BLOCK_VIEWS_FROM: the first page view of the block's first row
# BLOCK_KEEP_AT, BLOCK_CODES_AT: where the pass lists the block's kept sessions and the load codes of their page views (see ``Kept``), NOT_KEPT when nobody
# asked for them; the pass fills in BLOCK_KEPT, how many sessions they are, and BLOCK_FIRST_VIEW, the page view that their first ones are counted from
# clauses, of sessions and of page views
CLAUSE_COLUMN, CLAUSE_KIND, CLAUSE_A, CLAUSE_B, CLAUSE_FAIL, CLAUSE_BITS = range(6)
CLAUSE_FIELDS = 6
NO_BITS = -1
# CLAUSE_BITS: row of the plan's ``value_bits`` that tells whose code is A, NO_BITS where only the column does
KIND_LUT = 0
"""``mask &= mask_lut[A + code]``"""
KIND_RANGE = 1
"""passes when ``A <= value < B``, else leaves ``FAIL``"""
KIND_MASK = 2
"""the column is a mask itself"""
KIND_EQUAL = 3
"""leaves ``B`` where the code is ``A``, else ``FAIL``: one value kept or excluded, without a table, so that the processor compares many rows at once"""
# keys
KEY_SOURCE, KEY_COLUMN, KEY_LUT, KEY_STRIDE, KEY_RUNS, KEY_N_RUNS, KEY_LISTED = range(7)
KEY_FIELDS = 7
NOT_LISTED = 0
# KEY_LISTED: row of the list of kept sessions that holds the key's column (see ``Kept``), NOT_LISTED where only the column does
SOURCE_SESSION = 0
SOURCE_PAGE_VIEW = 1
SOURCE_RUNS = 2
"""the code depends on the row's place alone: ``run_edges`` are row numbers, ``run_codes`` the code of each run (time bins, calendar)"""
IDENTITY = -1
"""KEY_LUT of a key whose code is the bin"""
# panels
(
    PANEL_VARIANT,
    PANEL_SPANS,
    PANEL_BASELINE_SPANS,
    PANEL_FIRST_KEY,
    PANEL_N_KEYS,
    PANEL_PAGE_KEYED,
    PANEL_GROUPS,
    PANEL_ACC,
    PANEL_FIRST_HIST,
    PANEL_N_HISTS,
    PANEL_ERRORS,
    PANEL_SESSION_REMAP,
    PANEL_REMAP_STRIDE,
    PANEL_FINAL_REMAP,
    PANEL_STAMP,
    PANEL_EXPOSURE,
    PANEL_LOAD_BINS,
    PANEL_COUNT_VIEWS,
    PANEL_OUTCOMES,
    PANEL_SAME_KEYS,
    PANEL_BY_FLAG,
) = range(21)
PANEL_FIELDS = 21
# PANEL_SAME_KEYS: the session's part of the group number is that of the panel before; it needn't be found again
# PANEL_BY_FLAG: a view's flag FIRST_OF_GROUP tells that it is the session's first one of its group, when no clause leaves out views
# PANEL_LOAD_BINS: load bins per group of exposures, the fastest part of the group number; PANEL_OUTCOMES: bounces, conversions and revenue are added
EXPOSURE_NONE = 0
EXPOSURE_FIRST_OF_GROUP = 1
"""one exposure per session and page group: the view with FIRST_OF_GROUP"""
EXPOSURE_FIRST_MEASURED = 2
"""one per session: its first measured matching view"""
COUNT_NO_VIEWS = 0
COUNT_SESSION_VIEWS = 1
"""page views of a session come from its ``views`` column (rows of sessions may have no page-view rows)"""
COUNT_MATCHING_VIEWS = 2
"""page views are counted one by one, because a clause concerns them"""
# histograms
HIST_COLUMN, HIST_OFFSET, HIST_LUT, HIST_CODES = range(4)
HIST_FIELDS = 4
# HIST_LUT: place in key_lut of the bin of each code (IDENTITY: the code is the bin); HIST_CODES: bins per group
# special columns (-1 = absent)
(
    AT_VIEW_OFFSET,
    AT_VIEWS,
    AT_CONVERSIONS,
    AT_REVENUE,
    AT_WEIGHT,
    AT_VIEW_WEIGHT,
    AT_FLAGS,
    AT_ERRORS,
    AT_LOAD,
    AT_OUTCOMES_APART,
    AT_CAP,
    AT_WRITE_MASK,
    AT_FREE,
    AT_VIEWS_ARE_ROWS,
    AT_PLAIN,
) = range(15)
AT_FIELDS = 15
# AT_VIEWS_ARE_ROWS: each session has as many page-view rows as its views column says
# AT_OUTCOMES_APART: conversions and revenue are read from the plan's ``outcomes``, not from their columns
# AT_PLAIN: no clause on page views, no weights, views are rows, and outcomes apart: see ``plain``
# AT_CAP: places for the page views of a block, a multiple of SLACK; AT_WRITE_MASK: span bits of the blocks whose masks are written
# AT_FREE: variants that no clause on page views concerns; they keep sessions without page views too
# sums of a group, as a pass hands them out
ACC_SESSIONS, ACC_VIEWS, ACC_CONVERTING, ACC_CONVERSIONS, ACC_REVENUE, ACC_BOUNCES, ACC_ERRORS, ACC_TOUCHED = range(8)
ACC_FIELDS = 8
# ACC_TOUCHED: how many rows were added; where there are none, the group and its histograms needn't be looked at
# sums of a group, as one thread adds them up: counts, which every session has, are narrow and apart from amounts, which few have
SUM_SESSIONS, SUM_VIEWS, SUM_BOUNCES, SUM_TOUCHED = range(4)
SUM_FIELDS = 4
AMOUNT_CONVERTING, AMOUNT_CONVERSIONS, AMOUNT_REVENUE, AMOUNT_ERRORS = range(4)
AMOUNT_FIELDS = 4
RECORD_SESSIONS = 1 << SUM_SESSIONS | 1 << SUM_TOUCHED
RECORD_VIEWS = 1 << SUM_VIEWS
RECORD_BOUNCES = 1 << SUM_BOUNCES
"""Bits of the fields of a session's counts, which lie as those of a group do, so that one is added to the other at once."""

FLAG_FIRST_OF_GROUP = 1
FLAG_BEFORE_CONVERSION = 2
FLAG_FIRST_MEASURED = 4


SLACK = 128
"""Places behind the rows of a block and their page views that a pass may write to, but never reads."""
SCRATCH_WORDS, SCRATCH_HALVES, SCRATCH_BYTES = 4, 13, 5
"""Arrays of 8, 4 and 1 byte per item that a pass needs for one block, the sessions' own counts and amounts, and tallies, apart."""
TALLIES, TALLY = 4, 512
"""Counters of groups below ``TALLY``: views one after the other are mostly of the same group, and count in different ones."""


def scratch_size(cap: int) -> int:
    """Return how many int64 one thread needs to work on blocks whose page views have ``cap`` places."""
    fixed = (SCRATCH_WORDS + SUM_FIELDS + AMOUNT_FIELDS) * BLOCK_ROWS + TALLIES * TALLY
    return fixed + cap + (SCRATCH_HALVES * cap + 1) // 2 + (SCRATCH_BYTES * cap + 7) // 8 + SLACK


@dataclass(kw_only=True)
class Grouping:
    """How rows are grouped (tables as above): what every plan has."""

    data: U8
    columns: I64
    keys: I64
    key_lut: I32
    run_edges: I64
    run_codes: I32
    panels: I64
    hists: I64


@dataclass(kw_only=True)
class ScanPlan(Grouping):
    """All inputs of a pass, and the sizes of its outputs.

    ``n_page_views`` are those of the blocks' rows. ``has_outcome`` has a bit per session, lowest first, that tells whether it has conversions or revenue,
    and a word to spare; ``outcomes_before`` is how many before each word have; ``outcomes`` (n, 2) are the conversions and the revenue of those that
    have. ``value_bits``: for some values a bit per session in the same way, a row each. ``keep_size``: places for sessions and page views that may be listed;
    ``keep_columns``: session columns that are listed with them.
    """

    extra: U8
    at: I64
    blocks: I64
    session_clauses: I64
    view_clauses: I64
    mask_lut: U8
    acc_rows: int
    hist_size: int
    stamp_size: int
    n_sessions: int
    n_page_views: int
    has_outcome: U64
    outcomes_before: U32
    outcomes: I64
    value_bits: U64
    keep_size: tuple[int, int] = (0, 0)
    keep_columns: I64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def rows(self) -> int:
        """Session rows that the pass visits."""
        return int((self.blocks[:, BLOCK_END] - self.blocks[:, BLOCK_START]).sum())


@dataclass(kw_only=True)
class LookPlan(Grouping):
    """What a second look at kept sessions reads.

    Its panels have keys of the session and histograms, nothing else; ``load`` is the number of the column of load codes, or -1.
    """

    load: int


KEPT_ROW, KEPT_LOW, KEPT_VIEWS, KEPT_MASK = range(4)
KEPT_FIELDS = 4


@dataclass(frozen=True)
class Kept:
    """The sessions that a pass kept, so that nobody has to look for them again.

    Attributes:
        blocks: int64 (blocks, BLOCK_FIELDS), in order of their rows; each has BLOCK_KEPT sessions from the place BLOCK_KEEP_AT on.
        sessions: uint32 (KEPT_FIELDS + columns, places): row after BLOCK_START, first page view after BLOCK_FIRST_VIEW, how many they are, variant bits; then
            the columns that the plan asked for.
        codes: uint16 (places,), load codes of the page views of a block's sessions, one after the other from BLOCK_CODES_AT on.
    """

    blocks: I64
    sessions: U32
    codes: U16

    @property
    def n(self) -> int:
        """How many sessions they are."""
        return int(self.blocks[:, BLOCK_KEPT].sum())


def nothing_kept(columns: int) -> Kept:
    """Return an empty list, with so many columns."""
    no_sessions = np.zeros((KEPT_FIELDS + columns, 0), dtype=np.uint32)
    return Kept(np.zeros((0, BLOCK_FIELDS), dtype=np.int64), no_sessions, np.zeros(0, dtype=np.uint16))


@dataclass
class ScanOutput:
    """Sums of a pass.

    Attributes:
        acc: int64 (acc_rows, ACC_FIELDS), or what reads like it, see ``group_sums``.
        revenue_squared: float64 (acc_rows,).
        hist: int64 or uint32 (hist_size,).
        mask: uint8 (n_sessions,), variant bits of the sessions in the blocks that the plan asked for, 0 elsewhere; empty when it asked for none.
        kept: the kept sessions of the blocks that the plan asked for.
    """

    acc: Any
    revenue_squared: F64
    hist: npt.NDArray[np.unsignedinteger | np.signedinteger]
    mask: U8 = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))
    kept: Kept | None = None
    compiled: bool = False
