"""What can be asked of one refresh: one frozen request per panel.

Light on purpose (no NumPy, no Numba): front ends and the engine build requests at start. Nothing is computed here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from docops_desktop.model.dimensions import dimension
from docops_desktop.model.errors import RequestError
from docops_desktop.model.measures import MEASURES, measure
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan

MAX_SEGMENT_DIMENSIONS = 3
STRATUM_DIMENSIONS: tuple[str, ...] = ("device_type", "country", "connection")


@dataclass(frozen=True, slots=True)
class TimelineRequest:
    """Measures per time bin over all the data, without the selection's window; about ``bins`` bins of a round width."""

    panel_id: str = "timeline"
    bins: int = 200

    def __post_init__(self) -> None:
        _positive(self.bins, "bins")


@dataclass(frozen=True, slots=True)
class HeatmapRequest:
    """One measure over two different dimensions: the ``top_rows`` x ``top_columns`` values with most sessions, the rest as "(other)".

    A cell with fewer than ``min_sessions`` sessions shows no value.
    """

    panel_id: str = "heatmap"
    rows: str = "device_model"
    columns: str = "carrier"
    measure: str = "load_p75"
    top_rows: int = 40
    top_columns: int = 25
    min_sessions: int = 20

    def __post_init__(self) -> None:
        dimension(self.rows)
        dimension(self.columns)
        measure(self.measure)
        _positive(self.top_rows, "top_rows")
        _positive(self.top_columns, "top_columns")
        if self.rows == self.columns:
            raise RequestError(f"rows and columns are both {self.rows}", fix="Choose two different dimensions")


@dataclass(frozen=True, slots=True)
class SegmentsRequest:
    """Measures by one to three dimensions, ordered by one of them (best first: most, or slowest), at most ``limit`` rows (0 = all)."""

    panel_id: str = "segments"
    by: tuple[str, ...] = ("device_type",)
    measures: tuple[str, ...] = tuple(MEASURES)
    order: str = "sessions"
    limit: int = 500

    def __post_init__(self) -> None:
        if not 1 <= len(self.by) <= MAX_SEGMENT_DIMENSIONS or len(set(self.by)) != len(self.by):
            raise RequestError(f"can't group by {', '.join(self.by) or 'nothing'}", fix="Name one to three dimensions")
        for name in self.by:
            dimension(name)
        for name in self.measures:
            measure(name)
        measure(self.order)
        if self.limit < 0:
            raise RequestError("the limit is negative", fix="Use 0 for all rows")


@dataclass(frozen=True, slots=True)
class DistributionRequest:
    """Exposed sessions and their conversion by load time, in about ``bins`` log-spaced bins."""

    panel_id: str = "distribution"
    bins: int = 48

    def __post_init__(self) -> None:
        _positive(self.bins, "bins")


@dataclass(frozen=True, slots=True)
class TotalsRequest:
    """Measures over the selection, beside the unfiltered workspace; each metric among them costs a column's reading."""

    panel_id: str = "totals"
    measures: tuple[str, ...] = tuple(MEASURES)

    def __post_init__(self) -> None:
        for name in self.measures:
            measure(name)


@dataclass(frozen=True, slots=True)
class PageCellsRequest:
    """Page group x stratum x load-bin cells of exposures, for ranking and what-if.

    ``strata`` are session dimensions; the ``top_strata`` combinations with most sessions stand alone, the rest is one stratum.
    """

    panel_id: str = "pages"
    strata: tuple[str, ...] = STRATUM_DIMENSIONS
    top_strata: int = 60

    def __post_init__(self) -> None:
        _positive(self.top_strata, "top_strata")
        for name in self.strata:
            if dimension(name).level != "session" or dimension(name).coding != "dictionary":
                raise RequestError(f"{name} can't be a stratum", fix="Use dimensions of the session")


PanelRequest = (
    TimelineRequest | HeatmapRequest | SegmentsRequest | DistributionRequest | TotalsRequest | PageCellsRequest
)


@dataclass(frozen=True, slots=True)
class RefreshRequest:
    """One refresh: a selection and the panels to fill.

    A panel ignores the clauses whose author is its ``panel_id``. ``baseline`` is what the heatmap is compared with; spans may overlap each other
    (counted once) and the window.
    """

    selection: Selection = field(default_factory=Selection)
    panels: tuple[PanelRequest, ...] = ()
    baseline: tuple[TimeSpan, ...] = ()

    def __post_init__(self) -> None:
        names = [panel.panel_id for panel in self.panels]
        if len(set(names)) != len(names):
            raise RequestError("two panels have the same id", ", ".join(names), "Give each panel its own id")


def _positive(value: int, name: str) -> None:
    if value < 1:
        raise RequestError(f"{name} must be at least 1", fix="Use a whole number from 1")
