from __future__ import annotations

import numpy as np

from docops_desktop.ui.charts.band_plot import bin_at, nearest


def test_bins_are_half_open():
    edges = np.array([0, 10, 20])
    assert [bin_at(edges, x) for x in (-1, 0, 9.9, 10, 19.9, 20)] == [None, 0, 0, 1, 1, None]
    assert bin_at(np.array([]), 3) is None
    assert nearest(edges, 14.0) == 10.0
    assert nearest(np.array([]), 14.0) == 14.0
