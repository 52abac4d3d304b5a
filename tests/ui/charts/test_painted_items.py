"""What charts paint by themselves: hover card, upright marks, cached letters, round axis ends, heatmap labels."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from docops_desktop.ui.charts.axes import LoadAxis
from docops_desktop.ui.charts.band_plot import BandPlot, _round_up
from docops_desktop.ui.charts.heatmap_picture import HeatmapPicture
from docops_desktop.ui.charts.heatmap_view import HeatmapView
from docops_desktop.ui.charts.hover_card import HoverCard
from docops_desktop.ui.charts.ink import face
from docops_desktop.ui.charts.upright_marks import UprightMark, UprightMarks


def pixels(widget: QWidget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return data[:, : image.width()].copy()


def test_a_text_that_fits_stays_and_a_longer_one_is_cut(qapp):
    letters = face(12)
    assert letters.elided("short", 500) == ("short", letters.width_of("short"))
    cut, width = letters.elided("a text that is much too long", 60)
    assert cut.endswith("…")
    assert width <= 61


@pytest.mark.parametrize("point", [QPoint(0, 0), QPoint(290, 190), QPoint(150, 100)])
def test_the_card_stays_inside_and_holds_every_line(qtbot, point):
    parent = QWidget()
    parent.resize(300, 200)
    qtbot.addWidget(parent)
    parent.show()
    card = HoverCard(parent)
    card.show_at(point, "Title", [("Sessions", "1,234"), ("Rate", "3 %")], "too few")
    assert parent.rect().contains(card.geometry())
    assert card.plain_text == "Title\nSessions: 1,234\nRate: 3 %\ntoo few"
    before = card.height()
    card.show_at(point, "Title", [("Sessions", "1,234")])
    assert card.height() < before
    assert len(np.unique(pixels(card))) > 2


@pytest.fixture
def inside(qtbot):
    """Put a chart into a widget, as panels do: alone, pyqtgraph's scenes are torn down in the wrong order."""
    holder = QWidget()
    qtbot.addWidget(holder)

    def put(chart: QWidget, width: int, height: int) -> None:
        chart.setParent(holder)
        holder.resize(width, height)
        chart.resize(width, height)
        holder.show()

    return put


def test_marks_stand_where_they_belong(inside):
    plot = BandPlot(LoadAxis())
    inside(plot, 400, 200)
    marks = UprightMarks()
    plot.add(marks)
    plot.set_x_range(2.0, 4.0)
    plot.set_heights(10.0, 0.1)
    QApplication.processEvents()
    without = pixels(plot)
    marks.set_marks((UprightMark(3.0, "p50 1 s", 0.5),))
    QApplication.processEvents()
    changed = np.argwhere(pixels(plot) != without)
    middle = plot.mapFromScene(plot.box.sceneBoundingRect().center())
    assert len(changed)
    assert changed[:, 1].min() == pytest.approx(middle.x(), abs=2)
    assert changed[:, 1].max() <= middle.x() + 4 + face(14).width_of("p50 1 s") + 8
    assert np.ptp(changed[:, 0]) > 0.8 * plot.box.sceneBoundingRect().height()


@pytest.mark.parametrize(
    ("value", "end"), [(0.031, 0.04), (1.0, 1.0), (1.1, 1.2), (9.0, 10.0), (0.0081, 0.01), (260, 300)]
)
def test_axes_end_at_round_numbers(value, end):
    assert _round_up(value) == pytest.approx(end)


def test_other_labels_and_thin_cells_are_painted_anew(inside):
    view = HeatmapView()
    inside(view, 300, 200)

    def shown(columns: tuple[str, ...], thin: int) -> np.ndarray:
        colours = np.zeros((3, 3, 4), dtype=np.uint8)
        mask = np.arange(9).reshape(3, 3) < thin
        nothing = np.zeros((3, 3), dtype=bool)
        view.show_picture(HeatmapPicture(("a", "b", "c"), columns, colours, mask, nothing, lambda _r, _c: ""))
        QApplication.processEvents()
        return pixels(view)

    long = "a label that is far too long to lie flat"
    first = shown((f"1 {long}", f"2 {long}", f"3 {long}"), 0)
    assert (shown((f"1 {long}", f"2 {long}", f"3 {long}"), 0) == first).all()
    assert (shown((f"3 {long}", f"2 {long}", f"1 {long}"), 0) != first).any()
    hatched = [int((shown((f"1 {long}", f"2 {long}", f"3 {long}"), n) != first).sum()) for n in (1, 2, 5)]
    assert 0 < hatched[0] < hatched[1] < hatched[2]


def test_axes_stand_still_while_a_brush_moves_as_long_as_they_are_good_enough(inside):
    plot = BandPlot(LoadAxis())
    inside(plot, 400, 200)
    plot.set_heights(100.0, 0.1)
    first, second = plot.frame().top, plot.frame(second=True).top
    plot.set_heights(60.0, 0.08, steady=True)
    assert (plot.frame().top, plot.frame(second=True).top) == (first, second)
    plot.set_heights(130.0, 0.02, steady=True)
    assert plot.frame().top > 130
    assert 0.02 < plot.frame(second=True).top < second / 2
    plot.set_heights(100.0, 0.1)
    assert (plot.frame().top, plot.frame(second=True).top) == (first, second)


def test_a_plot_shows_its_brush_and_nothing_of_it_when_it_is_gone(inside):
    plot = BandPlot(LoadAxis())
    inside(plot, 400, 200)
    plot.set_x_range(2.0, 4.0)
    plot.set_heights(10.0, 0.1)
    QApplication.processEvents()
    without = pixels(plot)
    plot.brush.show_range((2.5, 3.0))
    changed = np.argwhere(pixels(plot) != without)
    assert changed[:, 1].min() == pytest.approx(plot.to_pixels(2.5), abs=4)
    assert changed[:, 1].max() == pytest.approx(plot.to_pixels(3.0), abs=4)
    plot.brush.show_range(None)
    assert (pixels(plot) == without).all()


def test_other_numbers_on_an_axis_are_painted(inside):
    plot = BandPlot(LoadAxis())
    inside(plot, 400, 200)
    plot.set_x_range(2.0, 4.0)
    plot.set_heights(10.0, 0.1)
    QApplication.processEvents()
    before = pixels(plot)
    plot.word_second(lambda _value: "x")
    assert (pixels(plot) != before).any()
    plot.set_x_range(1.0, 4.0)
    other = pixels(plot)
    QApplication.processEvents()
    assert (pixels(plot) == other).all(), "what is painted at once is what would be painted later"
