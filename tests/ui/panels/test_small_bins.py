from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.ui.panels.small_bins import without_small
from tests.support import sample_results

K = 40


@pytest.mark.parametrize("make", [sample_results.timeline, sample_results.distribution])
def test_bins_below_k_say_nothing_and_the_others_what_they_said(make):
    result = make()
    small = ((result.sessions > 0) & (result.sessions < K)) | ((result.all_sessions > 0) & (result.all_sessions < K))
    assert small.any()
    assert not small.all()
    shown = without_small(result, K)
    assert (shown.edges_ms == result.edges_ms).all()
    for name in ("sessions", "conversions", "all_sessions"):
        assert not getattr(shown, name)[small].any()
        assert (getattr(shown, name)[~small] == getattr(result, name)[~small]).all()
    for name in {"revenue", "load_p75", "rate", "rate_low"} & set(dir(result)):
        assert np.isnan(getattr(shown, name)[small]).all()
        np.testing.assert_array_equal(getattr(shown, name)[~small], getattr(result, name)[~small])
