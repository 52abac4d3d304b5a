"""A table that paints only what looks otherwise shows what a table painted from scratch shows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from docops_desktop.ui.charts.table_view import fit_columns, make_table
from docops_desktop.ui.models.columns import Bar, Column
from docops_desktop.ui.models.table import TableModel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
Row = tuple[str, int]


def columns(largest: int) -> tuple[Column[Row], ...]:
    return (
        Column("name", "Name", "", lambda r: r[0], lambda r: r[0], numeric=False),
        Column("n", "n", "", lambda r: str(r[1]), lambda r: r[1], graphic=lambda r: Bar(r[1] / largest)),
    )


def on_screen(table) -> np.ndarray:
    """Return what the window shows; unlike ``grab()`` this paints nothing anew."""
    image = table.screen().grabWindow(table.winId()).toImage()
    if image.isNull():
        pytest.skip("this platform can't tell what is on screen")
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return data[:, : image.width()].copy()


def settle() -> None:
    """Have everything painted that is to be painted: tables lay out rows one turn, and paint them another turn later."""
    for _ in range(4):
        QApplication.processEvents()


@pytest.fixture
def table(qtbot):
    model = TableModel(lambda row: (row[0],), pinned=lambda row: row[0] == "row 0")
    found = make_table(model, "numbers")
    found.kept = model
    qtbot.addWidget(found)
    found.resize(320, 200)
    found.show()
    QTest.qWaitForWindowExposed(found)
    return found


rows = st.lists(st.integers(0, 9), min_size=1, max_size=12).map(
    lambda ns: tuple((f"row {i}", n) for i, n in enumerate(ns))
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(rows, min_size=1, max_size=5), marked=st.integers(0, 9), sorts=st.booleans())
def test_what_is_painted_bit_by_bit_is_what_is_there(table, steps, marked, sorts):
    model = table.kept
    for step in steps:
        model.set_table(columns(max(n for _, n in step) or 1), step)
        settle()
    model.set_marked(frozenset({(f"row {marked}",)}))
    if sorts:
        table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    settle()
    shown = on_screen(table)
    table.viewport().repaint()
    settle()
    np.testing.assert_array_equal(shown, on_screen(table))


def test_only_cells_that_look_otherwise_are_painted(table):
    model, painted = table.kept, table.itemDelegate().painted
    model.set_table(columns(10), (("a", 1), ("b", 2), ("c", 10)))
    settle()
    before = dict(painted)
    seen: list[tuple[int, int]] = []
    paint = table.itemDelegate().paint_look
    table.itemDelegate().paint_look = lambda painter, rect, look, row, column, state=0: (
        seen.append((row, column)),
        paint(painter, rect, look, row, column, state),
    )
    model.set_table(columns(10), (("a", 1), ("b", 3), ("c", 10)))
    settle()
    assert (1, 1) in seen
    assert set(seen) <= {(1, 0), (1, 1)}
    assert painted[1, 1] != before[1, 1]


def test_a_scroll_bar_that_comes_leaves_every_column_in_sight(table) -> None:
    table.kept.set_table(columns(9), [("row 0", 1), ("row 1", 2)])
    table.resize(400, 300)
    table.show()
    settle()
    fit_columns(table, 0)
    assert table.horizontalHeader().length() == table.viewport().width()
    table.kept.set_table(columns(99), [(f"row {i}", i) for i in range(80)])
    settle()
    assert table.verticalScrollBar().isVisible()
    assert table.horizontalHeader().length() == table.viewport().width()
    assert table.horizontalScrollBar().maximum() == 0
    table.resize(120, 300)
    settle()
    assert table.columnWidth(0) > 20  # never less than the name, or its limit, needs


def test_room_to_spare_is_shared_with_columns_that_have_bars(table) -> None:
    name, bar = columns(9)
    plain = Column[Row]("plain", "Plain", "", lambda r: str(r[1]), lambda r: r[1])
    table.kept.set_table((name, bar, plain), [("row 0", 1), ("row 1", 2)])
    table.resize(900, 300)
    table.show()
    settle()
    fit_columns(table, 0)
    assert table.horizontalHeader().length() == table.viewport().width()
    needed = table.horizontalHeader().sectionSizeHint(2)
    assert table.columnWidth(2) == needed, "a figure alone has no use for more"
    assert table.columnWidth(1) > 300
    assert table.columnWidth(0) > 300
    table.resize(1100, 300)
    settle()
    assert table.horizontalHeader().length() == table.viewport().width()
    assert table.columnWidth(2) == needed
    assert table.columnWidth(1) > 400
    table.resize(130, 300)
    settle()
    assert table.columnWidth(1) < 60, "in a narrow table bars have what their figures need"
