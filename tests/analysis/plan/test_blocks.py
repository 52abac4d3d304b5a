"""Blocks: every row that somebody wants is in one of them, with its spans and whom it counts for."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.analysis.plan.blocks import ALWAYS, BASELINE, WINDOW, Condition, wanted_blocks
from docops_desktop.analysis.plan.calendar_runs import Runs
from docops_desktop.kernels import layout as lay

ROWS = 40
places = st.integers(0, ROWS)
ranges = st.tuples(places, places).map(lambda ends: (min(ends), max(ends)))
claims = st.lists(st.tuples(st.integers(1, 7), st.sampled_from([1, 2, 4])), min_size=1, max_size=4)


@st.composite
def conditions(draw):
    edges = np.array(sorted({0, *draw(st.lists(st.integers(0, ROWS - 1), max_size=6))}))
    codes = draw(st.lists(st.integers(0, 2), min_size=len(edges), max_size=len(edges)))
    masks = draw(st.lists(st.sampled_from([255, 0, 2]), min_size=3, max_size=3))
    return Condition(Runs(edges, np.array(codes, dtype=np.int32), ("a", "b", "c")), np.array(masks))


def spans_of(row, window, baseline):
    inside = [any(low <= row < high for low, high in some) for some in (window, baseline)]
    return ALWAYS + WINDOW * inside[0] + BASELINE * inside[1]


@given(
    ranges,
    st.lists(ranges, max_size=2),
    claims,
    st.lists(conditions(), max_size=2),
    st.lists(places, max_size=4),
    st.integers(1, 9),
)
def test_each_row_is_in_a_block_of_those_who_want_it(window, baseline, claims, conditions, cuts, size):
    block_rows, lay.BLOCK_ROWS = lay.BLOCK_ROWS, size
    try:
        found = wanted_blocks(ROWS, [window], baseline, claims, conditions, [np.array(cuts, dtype=np.int64)])
    finally:
        lay.BLOCK_ROWS = block_rows
    masks, spans = np.zeros(ROWS, dtype=int), np.zeros(ROWS, dtype=int)
    reached = 0
    for block in found:
        start, end = block[lay.BLOCK_START], block[lay.BLOCK_END]
        assert reached <= start < end <= start + size
        assert not any(start < cut < end for cut in cuts)
        masks[start:end], spans[start:end] = block[lay.BLOCK_MASK], block[lay.BLOCK_SPANS]
        reached = end
    for row in range(ROWS):
        of = spans_of(row, [window], baseline)
        wanted = 0
        for claimed, variant in claims:
            wanted |= variant if claimed & of else 0
        for one in conditions:
            wanted &= int(one.masks[one.runs.codes[np.flatnonzero(one.runs.edges <= row)[-1]]])
        assert masks[row] == wanted
        assert not wanted or spans[row] == of
    assert (found[:, lay.BLOCK_KEEP_AT] == lay.NOT_KEPT).all()


def test_no_rows_make_no_blocks():
    runs = Runs(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int32), ("a",))
    found = wanted_blocks(0, [(0, 0)], [], [(ALWAYS, 1)], [Condition(runs, np.array([255]))])
    assert found.shape == (0, lay.BLOCK_FIELDS)
