"""Codes by group count alike however many are counted at once."""

from __future__ import annotations

import numpy as np
import pytest

from docops_desktop.analysis.figures import grouped_codes
from docops_desktop.analysis.figures.grouped_codes import GroupedCodes
from docops_desktop.model.load_bins import N_CODES


@pytest.mark.parametrize("piece", [1, 7, 50, 10_000])
def test_histograms_are_those_of_each_groups_codes(monkeypatch, piece: int) -> None:
    monkeypatch.setattr(grouped_codes, "PIECE", piece)
    rng = np.random.default_rng(2)
    sizes = np.array([0, 3, 120, 0, 9, 1, 40, 0])
    starts = np.append(0, np.cumsum(sizes))
    codes = rng.integers(0, N_CODES, starts[-1]).astype(np.uint16)
    groups = np.array([6, 2, 0, 7, 5, 4])
    found = GroupedCodes(codes, starts, groups).histograms()
    wanted = [np.bincount(codes[starts[g] : starts[g + 1]], minlength=N_CODES) for g in groups]
    assert (found == np.array(wanted)).all()


def test_no_groups_have_no_histograms() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    found = GroupedCodes(np.zeros(0, dtype=np.uint16), np.zeros(1, dtype=np.int64), nothing).histograms()
    assert found.shape == (0, N_CODES)
