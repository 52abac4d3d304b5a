"""Wilson intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from docops_desktop.analysis.figures.intervals import wilson


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 100), (50, 100), (10, 10), (1, 1)])
def test_agrees_with_scipy(k, n):
    low, high = wilson(k, n)
    expected = binomtest(k, n).proportion_ci(method="wilson")
    assert (float(low), float(high)) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_no_trials_no_interval():
    low, high = wilson([0, 1], [0, 2])
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert low[1] < 0.5 < high[1]
