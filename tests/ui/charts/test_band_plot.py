from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF

from docops_desktop.ui.charts.band_plot import IntervalBand, bin_at, finite_runs, nearest


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
    path = band._path
    assert path.contains(QPointF(0.5, 1.5))
    assert not path.contains(QPointF(2.5, 1.8))
    assert path.contains(QPointF(4.5, 2.5))


def test_bins_are_half_open():
    edges = np.array([0, 10, 20])
    assert [bin_at(edges, x) for x in (-1, 0, 9.9, 10, 19.9, 20)] == [None, 0, 0, 1, 1, None]
    assert bin_at(np.array([]), 3) is None
    assert nearest(edges, 14.0) == 10.0
    assert nearest(np.array([]), 14.0) == 14.0
