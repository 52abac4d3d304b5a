from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from docops_desktop.ui.charts.cell_grid import CellGrid, labels_that_fit

grids = st.builds(
    lambda rows, columns, first, shown: CellGrid(
        QRectF(100, 50, 400, 300), rows, columns, min(first, rows - 1), min(shown, rows)
    ),
    st.integers(1, 60),
    st.integers(1, 40),
    st.integers(0, 59),
    st.integers(1, 60),
)


@given(grids, st.data())
def test_the_middle_of_a_shown_cell_is_in_that_cell(grid, data):
    row = data.draw(st.integers(grid.first_row, grid.last_row - 1))
    column = data.draw(st.integers(0, grid.columns - 1))
    assert grid.cell_at(grid.rect(row, column).center()) == (row, column)


@given(grids)
def test_outside_is_no_cell(grid):
    for point in (QPointF(99, 60), QPointF(110, 49), QPointF(501, 60), QPointF(110, 351)):
        assert grid.cell_at(point) is None


@given(st.integers(0, 80), st.floats(1, 40), st.floats(8, 20), st.lists(st.integers(0, 79), max_size=5))
def test_labels_never_touch_and_the_wanted_one_is_there(count, size, height, first):
    fitting = labels_that_fit(count, size, height, tuple(first))
    assert all(0 <= i < count for i in fitting)
    assert all((b - a) * size >= height - size for a, b in pairwise(fitting))
    wanted = [i for i in first if i < count]
    if wanted:
        assert wanted[0] in fitting
    if size >= height:
        assert len(fitting) == count
