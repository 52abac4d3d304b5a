"""Percentiles from histograms: within the stated error of the exact ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docops_desktop.analysis.figures.percentiles import measured, quantile, quantile_error
from docops_desktop.model.load_bins import MAX_VALUE, N_CODES, RELATIVE_ERROR
from tests.support.synthetic_facts import load_codes


def histogram(values):
    return np.bincount(load_codes(np.asarray(values)), minlength=N_CODES)


@given(
    st.lists(st.integers(0, MAX_VALUE - 1), min_size=1, max_size=300), st.sampled_from([0.01, 0.5, 0.75, 0.95, 0.99])
)
def test_within_one_percent_of_the_exact_quantile(values, q):
    exact = np.quantile(values, q, method="inverted_cdf")
    assert quantile(histogram(values), q) == pytest.approx(exact, rel=RELATIVE_ERROR, abs=0)


def test_unmeasured_values_do_not_count():
    hist = histogram([-1, -1, -1, 40])
    assert measured(hist) == 1
    assert quantile(hist, 0.5) == 40
    assert np.isnan(quantile(histogram([-1]), 0.5))


def test_histograms_merge_by_addition():
    rng = np.random.default_rng(3)
    a, b = rng.lognormal(7, 1, 500).astype(int), rng.lognormal(8, 1, 900).astype(int)
    both = histogram(np.concatenate([a, b]))
    assert (histogram(a) + histogram(b) == both).all()


def test_standard_error_covers_repeated_samples():
    rng = np.random.default_rng(5)
    samples = rng.lognormal(7.4, 0.75, (400, 800)).astype(int)
    hists = np.stack([histogram(row) for row in samples])
    spread = quantile(hists, 0.75).std()
    assert np.median(quantile_error(hists, 0.75)) == pytest.approx(spread, rel=0.15)


def test_views_of_one_session_tell_as_much_as_one():
    rng = np.random.default_rng(6)
    samples = rng.lognormal(7.4, 0.75, (400, 200)).astype(int)
    alike = np.stack([histogram(np.repeat(row, 4)) for row in samples])  # four equal views per session
    spread = quantile(alike, 0.75).std()
    told = quantile_error(alike, 0.75, sessions=np.full(400, 200))
    assert np.median(told) == pytest.approx(spread, rel=0.15)
    assert np.median(quantile_error(alike, 0.75)) < 0.6 * spread
