"""The range of load times that an answer may use: wide where many sessions tell of it, narrow where few do."""

from __future__ import annotations

import numpy as np

from docops_desktop.analysis.ranking.exposure import SUPPORT_SESSIONS, SUPPORT_SHARES, exposures
from tests.support.page_worlds import page_cells


def beyond(sessions: int) -> tuple[float, float, int]:
    """Sessions faster than the range, sessions slower than it, and all."""
    cells = page_cells(slope=-0.5, sessions=sessions)
    exposure = exposures(cells)[0]
    support = exposure.support_ms()
    assert support is not None
    count = exposure.n.sum(axis=0)
    low, high = exposure.edges_ms[:-1], exposure.edges_ms[1:]
    faster = count[high <= support[0]].sum(), count[low < support[0]].sum()
    slower = count[low >= support[1]].sum(), count[high > support[1]].sum()
    return float(np.mean(faster)), float(np.mean(slower)), int(count.sum())


def test_enough_sessions_lie_beyond_each_end() -> None:
    for sessions, wanted in ((2_000, 20), (20_000, SUPPORT_SESSIONS), (400_000, 400)):
        faster, slower, everyone = beyond(sessions)
        assert wanted / 3 < faster < 3 * wanted
        assert wanted / 3 < slower < 3 * wanted
        assert SUPPORT_SHARES[0] / 3 < faster / everyone < 3 * SUPPORT_SHARES[1]


def test_without_sessions_there_is_no_range() -> None:
    cells = page_cells(slope=-0.5, sessions=100)
    cells.n[:] = 0
    assert exposures(cells)[0].support_ms() is None
