"""The application's state as frozen values: what the analyst set, what the workspace is, what was computed.

Front ends read these and never change them; every change is a new value made by the desk. Nothing here may import NumPy, Qt or SQL,
so that the window can be built before the heavy libraries are loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from docops_desktop.model.errors import KnownError, RequestError
from docops_desktop.model.scenario import Scenario
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan

if TYPE_CHECKING:
    from docops_desktop.analysis.results.common import Totals
    from docops_desktop.analysis.results.pages import PagesResult

PERSPECTIVES: tuple[str, ...] = ("bridge", "investigate", "whatif", "data")
NO_SCENARIO = Scenario("", ())
PANEL_IDS: tuple[str, ...] = ("timeline", "pages", "heatmap", "segments", "distribution", "totals", "whatif")


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """How the panels show the selection; saved with the workspace.

    Attributes:
        perspective: one of PERSPECTIVES; changing it is navigation and makes no undo step.
        heatmap_mode: ``value`` (the measure), ``change`` (against the baseline), ``z`` (change in standard errors).
        segments_by: one to three dimension names; segments_order: the measure that sorts.
        timeline_measure: the measure the timeline draws.
        target_ms: load time that "at stake" is counted against; None = the workspace's targets, else each group's own best quartile.
        whatif_by: dimension by which the what-if answer is broken down.
    """

    perspective: str = "bridge"
    heatmap_rows: str = "device_model"
    heatmap_columns: str = "carrier"
    heatmap_measure: str = "load_p75"
    heatmap_mode: str = "value"
    heatmap_top_rows: int = 40
    heatmap_top_columns: int = 25
    segments_by: tuple[str, ...] = ("page_group",)
    segments_measures: tuple[str, ...] = (
        "page_views",
        "sessions",
        "conversions",
        "conversion_rate",
        "revenue",
        "bounce_rate",
        "load_p50",
        "load_p75",
        "load_p95",
        "errors",
    )
    segments_order: str = "sessions"
    segments_limit: int = 500
    timeline_measure: str = "load_p75"
    timeline_bins: int = 200
    target_ms: float | None = None
    whatif_by: str = "page_group"

    def __post_init__(self) -> None:
        if self.perspective not in PERSPECTIVES:
            raise RequestError(
                f"there is no perspective {self.perspective!r}", fix=f"Use one of: {', '.join(PERSPECTIVES)}"
            )

    def to_json(self) -> dict[str, Any]:
        """Plain data for storing."""
        return {
            item.name: list(value) if isinstance(value := getattr(self, item.name), tuple) else value
            for item in fields(self)
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ViewSettings:
        """Read what ``to_json`` wrote; unknown keys (of a newer version) are left out, absent ones take their default."""
        known = {item.name for item in fields(cls)}
        plain: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in data.items() if key in known}
        return cls(**plain)


@dataclass(frozen=True, slots=True)
class AnalystState:
    """Everything that undo and redo move between.

    Attributes:
        baseline: spans set by hand; None = by default (``model.baseline``, whenever a window is set).
        scenario: what the what-if asks now; ``scenarios``: those that were saved, by unlike names.
    """

    selection: Selection = field(default_factory=Selection)
    baseline: tuple[TimeSpan, ...] | None = None
    scenario: Scenario = NO_SCENARIO
    view: ViewSettings = ViewSettings()
    scenarios: tuple[Scenario, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data for storing."""
        baseline = None if self.baseline is None else [[span.start_ms, span.end_ms] for span in self.baseline]
        return {
            "selection": self.selection.to_json(),
            "baseline": baseline,
            "scenario": self.scenario.to_json(),
            "scenarios": [scenario.to_json() for scenario in self.scenarios],
            "view": self.view.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> AnalystState:
        """Read what ``to_json`` wrote.

        Raises:
            RequestError: the data is no saved state.
        """
        try:
            baseline = data.get("baseline")
            scenario = data.get("scenario")
            return cls(
                Selection.from_json(data.get("selection", {})),
                None if baseline is None else tuple(TimeSpan(int(a), int(b)) for a, b in baseline),
                NO_SCENARIO if scenario is None else Scenario.from_json(scenario),
                ViewSettings.from_json(data.get("view", {})),
                tuple(Scenario.from_json(saved) for saved in data.get("scenarios", ())),
            )
        except (TypeError, ValueError, AttributeError) as error:
            raise RequestError("the saved view can't be read", fix="Set the filters again") from error

    def with_perspective_of(self, other: AnalystState) -> AnalystState:
        """Return this state shown in the perspective of the other one: undo never moves the analyst elsewhere."""
        return replace(self, view=replace(self.view, perspective=other.view.perspective))


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh the loaded data are.

    Attributes:
        data_until_ms: start of the newest session, UTC epoch ms; None when empty.
        imported_at_ms: when the newest import was made; None when nothing was imported.
        files, rows_loaded, rows_quarantined: over the imports that are in the workspace.
    """

    data_until_ms: int | None = None
    imported_at_ms: int | None = None
    files: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0

    def age_ms(self, now_ms: int) -> int | None:
        """Time since the newest session, None when there is none."""
        return None if self.data_until_ms is None else max(0, now_ms - self.data_until_ms)


@dataclass(frozen=True, slots=True)
class WorkspaceInfo:
    """What is in the open workspace.

    Attributes:
        span: from the first session's start to just after the last one's; None when empty.
        dictionaries: dimension -> its values, biggest first (sessions, or page views for page dimensions), without "(not set)".
        excluded: rows that the panels leave out, by readable reason.
        imports: the ledger (store's ImportRecord: import_id, file_name, adapter, grain, status, rows_read, ...).
        definitions: the workspace's Definitions.
        time_zone: IANA zone of the definitions.
    """

    name: str
    path: str
    read_only: bool
    sessions: int
    page_views: int
    span: TimeSpan | None
    currency: str
    time_zone: str
    conversion_kind: str
    data_version: str
    dictionaries: Mapping[str, tuple[str, ...]]
    excluded: Mapping[str, int]
    imports: tuple[Any, ...]
    definitions: Any
    freshness: Freshness = Freshness()


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to one generation of the selection.

    It may be published twice: first without the page ranking, then, with the same generation, with it.

    Attributes:
        panels: panel id -> its result (TimelineResult, PagesResult, HeatmapResult, SegmentsResult, DistributionResult, Totals).
        totals, pages: the same as ``panels["totals"]`` and ``panels["pages"]``, None when that panel isn't shown (pages: or not ready yet).
        compiled: False while the plain reference serves because the kernels are not warm yet.
        preview: what a brush covers while it moves; ``generation`` is negative then, another one each time, and panels that aren't in it wait.
        approximate: panel id -> in what way a preview isn't exactly what the refresh on release will show.
    """

    generation: int
    selection: Selection
    baseline: tuple[TimeSpan, ...]
    panels: Mapping[str, Any] = field(default_factory=dict)
    pages: PagesResult | None = None
    totals: Totals | None = None
    seconds: float = 0.0
    rows_scanned: int = 0
    compiled: bool = True
    preview: bool = False
    approximate: Mapping[str, str] = field(default_factory=dict)

    def get(self, panel_id: str) -> Any | None:
        """Return the result of a panel, or None when it wasn't asked for."""
        return self.panels.get(panel_id)


@dataclass(frozen=True, slots=True)
class JobView:
    """One running or queued job as the window shows it; ``fraction`` is None when the end is not known."""

    id: int
    title: str
    fraction: float | None = None
    detail: str = ""
    cancellable: bool = True
    running: bool = True


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became of one file: a ledger record (loaded or duplicate), or the error that rejected it.

    Attributes:
        is_news: whether it is to be told; what goes wrong with a followed file is told once.
        try_again: nothing was found out about a followed file (the workspace is being written to, the file is being replaced).
    """

    path: str
    record: Any | None = None
    error: KnownError | None = None
    is_news: bool = True
    try_again: bool = False

    @property
    def status(self) -> str:
        """``loaded``, ``duplicate`` or ``rejected``."""
        return "rejected" if self.record is None else str(self.record.status)


@dataclass(frozen=True, slots=True)
class FollowState:
    """The folder that is followed.

    Attributes:
        folder: "" when none is.
        files: files there now; imports, rows: loaded since following began; loaded_at_ms: when the last was (UTC epoch ms).
        trouble: why nothing can be seen now, "" when all is well.
    """

    folder: str = ""
    active: bool = False
    files: int = 0
    imports: int = 0
    rows: int = 0
    loaded_at_ms: int | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell the user.

    Attributes:
        kind: ``info``; ``error``: a KnownError with what, where and what to do; ``defect``: a fault of the program, ``details`` has the traceback.
    """

    kind: Literal["info", "error", "defect"]
    text: str
    details: str = ""
