"""The brush follows the hand, stays on its axis, and tells only what holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QObject

from docops_desktop.ui.charts.brush import Brush

REACH = 0.5


@pytest.fixture
def brush(qapp):
    found = Brush(qapp)
    found.set_limits(0, 100)
    yield found
    found.setParent(None)


def told(brush):
    seen = []
    brush.moving.connect(lambda low, high: seen.append(("moving", low, high)))
    brush.committed.connect(lambda low, high: seen.append(("committed", low, high)))
    brush.cleared.connect(lambda: seen.append(("cleared",)))
    return seen


def drag(brush, *places):
    brush.press(places[0], REACH)
    for place in places[1:]:
        brush.drag(place, REACH)
    brush.release()


def test_a_drag_makes_a_range_and_tells_it_on_release(brush):
    seen = told(brush)
    brush.press(20, REACH)
    brush.drag(20.2, REACH)
    assert not brush.held
    brush.drag(30, REACH)
    brush.drag(10, REACH)
    assert brush.held
    assert seen == [("moving", 20, 30), ("moving", 10, 20)]
    brush.release()
    assert seen[-1] == ("committed", 10, 20)
    assert not brush.held


def test_a_click_changes_nothing(brush):
    brush.show_range((20, 40))
    seen = told(brush)
    drag(brush, 30)
    drag(brush, 30, 30.1)
    assert (brush.range, seen) == ((20, 40), [])


def test_edges_can_cross(brush):
    brush.show_range((20, 40))
    drag(brush, 20.1, 60)
    assert brush.range == (40, 60)


def test_what_is_chosen_is_rounded(brush):
    brush.snap = lambda x: float(round(x / 10) * 10)
    drag(brush, 18, 43)
    assert brush.range == (20, 40)
    seen = told(brush)
    brush.clear()
    drag(brush, 21, 23)
    assert brush.range is None
    assert seen[-1] == ("cleared",)


def test_others_do_not_move_it_while_it_is_held(brush):
    brush.press(20, REACH)
    brush.drag(30, REACH)
    brush.show_range((50, 60))
    assert brush.range == (20, 30)
    brush.release()
    brush.show_range((50, 60))
    assert brush.range == (50, 60)


@given(
    low=st.floats(0, 90),
    width=st.floats(2, 10),
    start=st.floats(0, 1),
    places=st.lists(st.floats(-50, 150), min_size=1),
)
def test_a_range_that_is_moved_keeps_its_width_and_stays_on_the_axis(qapp, low, width, start, places):
    parent = QObject()
    brush = Brush(parent)
    brush.set_limits(0, 100)
    brush.show_range((low, low + width))
    drag(brush, low + REACH * 1.01 + start * (width - 2.02 * REACH), *places)
    assert brush.range is not None
    assert brush.range[1] - brush.range[0] == pytest.approx(width)
    assert brush.range[0] >= -1e-9
    assert brush.range[1] <= 100 + 1e-9
