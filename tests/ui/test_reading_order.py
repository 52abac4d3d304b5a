from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget

from docops_desktop.ui.reading_order import by_corner, next_stop, reading_order, tab_stops

BOXES = st.lists(
    st.builds(QRect, st.integers(0, 900), st.integers(0, 900), st.integers(1, 300), st.integers(1, 60)), max_size=12
)


def test_lines_come_from_top_to_bottom_and_each_from_left_to_right():
    right_and_lower, left, beneath = QRect(300, 14, 80, 18), QRect(10, 10, 80, 26), QRect(10, 60, 80, 26)
    assert reading_order([beneath, right_and_lower, left]) == [2, 1, 0]


@given(BOXES)
def test_every_box_has_one_place_whatever_the_order_of_making(boxes):
    order = reading_order(boxes)
    assert sorted(order) == list(range(len(boxes)))
    if len({(box.center().y(), box.left()) for box in boxes}) == len(boxes):
        turned = boxes[::-1]
        assert [turned[i] for i in reading_order(turned)] == [boxes[i] for i in order]


@pytest.fixture
def window(qapp):
    window = QWidget()
    window.resize(600, 400)
    yield window
    window.close()
    window.deleteLater()
    QApplication.processEvents()


def button(parent, x, y, name):
    made = QPushButton(name, parent)
    made.setGeometry(x, y, 80, 24)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return made


def test_areas_come_one_after_the_other_and_what_cannot_be_used_is_passed_over(window):
    tall, upper, lower = (QWidget(window) for _ in range(3))
    for area, box in ((tall, (0, 0, 200, 400)), (upper, (210, 0, 200, 190)), (lower, (210, 200, 200, 190))):
        area.setGeometry(*box)
    last = button(lower, 5, 5, "last")
    second, first = button(tall, 5, 200, "second"), button(tall, 5, 5, "first")
    third = button(upper, 5, 5, "third")
    for name, unable in (("disabled", "setEnabled"), ("hidden", "setVisible")):
        getattr(button(tall, 5, 100, name), unable)(False)
    outside = QLineEdit(window)
    outside.setGeometry(420, 0, 80, 24)
    window.show()
    regions = by_corner([lower, upper, tall], window)
    assert regions == [tall, upper, lower]
    stops = tab_stops(window, regions)
    assert stops == [first, second, third, last, outside]
    assert next_stop(stops, first, forward=True) is second
    assert next_stop(stops, outside, forward=True) is first
    assert next_stop(stops, first, forward=False) is outside
    assert next_stop(stops, None, forward=True) is first
    assert next_stop([], None, forward=True) is None
