"""What plots draw: where figures stand, and that layers paint there and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from docops_desktop.ui.charts.layers import Area, Curve, Frame, IntervalBand, Layer, finite_runs


def painted(layer: Layer, frame: Frame) -> np.ndarray:
    """Return where a layer painted, (height, width)."""
    image = QImage(round(frame.box.right()) + 5, round(frame.box.bottom()) + 5, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    layer.paint(painter, frame)
    painter.end()
    data = np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return data[:, : image.width()] != 0xFF000000


@given(st.floats(-50, 50), st.floats(1, 100), st.floats(0, 1))
def test_pixels_and_places_on_the_axis_are_each_others_inverse(low, width, share):
    frame = Frame(QRectF(40, 10, 300, 90), low, low + width, 5)
    x = low + share * width
    assert frame.at(frame.x(x)) == pytest.approx(x, abs=1e-6 * width)
    assert (frame.x(low), frame.x(low + width)) == pytest.approx((40, 340))
    assert (frame.y(0), frame.y(5)) == pytest.approx((100, 10))


def test_an_area_fills_from_zero_to_its_values(qapp):
    area = Area()
    area.dress("#ff0000", 255)
    area.set_bins([0, 1, 2, 3], [1, np.nan, 4])
    seen = painted(area, Frame(QRectF(0, 0, 300, 100), 0, 3, 4))
    assert seen[80:99, 5:95].all()
    assert not seen[:70, 5:95].any()
    assert not seen[:98, 105:195].any()
    assert seen[5:99, 205:295].all()


def test_nothing_to_draw_paints_nothing(qapp):
    for layer in (Area(), Curve(), IntervalBand()):
        layer.dress("#ff0000", 255)
        assert not painted(layer, Frame(QRectF(0, 0, 300, 100), 0, 3, 4)).any()


def test_a_curve_breaks_where_there_is_nothing(qapp):
    curve = Curve()
    curve.dress("#ff0000")
    curve.set_points([0.5, 1.5, 2.5, 3.5, 4.5], [2, 2, np.nan, 2, np.nan])
    columns = painted(curve, Frame(QRectF(0, 0, 500, 100), 0, 5, 4)).any(axis=0)
    assert columns[60:140].all()
    assert not columns[160:340].any()
    assert columns[350], "a lonely point is a dot"
    assert not columns[360:].any()


@given(st.lists(st.one_of(st.just(float("nan")), st.floats(-5, 5)), max_size=30))
def test_runs_cover_every_neighbouring_pair_of_known_values(values):
    array = np.array(values, dtype=float)
    runs = finite_runs(array)
    covered = {i for run in runs for i in range(run.start, run.stop)}
    known = np.isfinite(array)
    for i in range(len(array) - 1):
        if known[i] and known[i + 1]:
            assert {i, i + 1} <= covered
    assert all(known[i] for i in covered)


def test_a_band_breaks_where_nothing_is_known(qapp):
    band = IntervalBand()
    x = np.arange(6.0)
    low = np.array([1, 1, np.nan, np.nan, 2, 2.0])
    band.set_band(x, low, low + 1)
    frame = Frame(QRectF(0, 0, 600, 400), 0, 6, 4)
    path = band.path(frame)
    assert path.contains(QPointF(50, 250))
    assert not path.contains(QPointF(250, 220))
    assert path.contains(QPointF(450, 150))
