"""One refresh: all requested panels from one fused pass over the facts.

This is the door to the kernels for engine and command line. It compiles a request into a plan, runs it and hands out frozen results; it keeps
no state besides figures of the unfiltered facts, which are computed once per Facts object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docops_desktop.analysis.requests import (
    DistributionRequest,
    HeatmapRequest,
    PageCellsRequest,
    PanelRequest,
    RefreshRequest,
    SegmentsRequest,
    TimelineRequest,
    TotalsRequest,
)
from docops_desktop.analysis.results.common import Totals
from docops_desktop.analysis.results.distribution import DistributionResult
from docops_desktop.analysis.results.heatmap import HeatmapResult
from docops_desktop.analysis.results.page_cells import PageCells
from docops_desktop.analysis.results.segments import SegmentsResult
from docops_desktop.analysis.results.timeline import TimelineResult
from docops_desktop.kernels.cancel import CancelFlag
from docops_desktop.model.selection import Selection
from docops_desktop.store.facts import Facts

__all__ = [
    "CancelFlag",
    "DistributionRequest",
    "HeatmapRequest",
    "PageCellsRequest",
    "PanelRequest",
    "PanelResult",
    "RefreshRequest",
    "RefreshResult",
    "SegmentsRequest",
    "TimelineRequest",
    "TotalsRequest",
    "refresh",
    "unknown_values",
]

PanelResult = TimelineResult | HeatmapResult | SegmentsResult | DistributionResult | Totals | PageCells


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """Results by panel id.

    Attributes:
        seconds: wall time of the whole refresh.
        rows_scanned: session rows and page-view rows that were read.
        compiled: False when the NumPy reference served because the compiled kernels were not ready yet.
    """

    results: Mapping[str, PanelResult]
    seconds: float
    rows_scanned: int
    compiled: bool


def refresh(facts: Facts, request: RefreshRequest, cancel: CancelFlag | None = None) -> RefreshResult:
    """Compute every panel of the request.

    Raises:
        Cancelled: ``cancel`` was set meanwhile.
        RequestError: the request names a dimension that these facts don't have, or a range that the columns can't answer exactly.
    """
    raise NotImplementedError


def unknown_values(facts: Facts, selection: Selection) -> tuple[tuple[str, str], ...]:
    """Return the (dimension, value) pairs of the selection that no row has; they match nothing."""
    raise NotImplementedError
