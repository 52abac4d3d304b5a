"""What is asked of the cause finder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from docops_desktop.model.errors import RequestError
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan

Measure = Literal["conversions", "conversion_rate", "revenue", "sessions", "load"]
MEASURES: dict[str, Measure] = {
    "conversions": "conversions",
    "conversion_rate": "conversion_rate",
    "revenue": "revenue",
    "sessions": "sessions",
    "load_p50": "load",
    "load_p75": "load",
    "load_p95": "load",
}
"""Measures that can be asked for, by name, and what is searched for."""
MAX_DEPTH = 3


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """One question.

    Attributes:
        selection: filters; its span is the window.
        compare: True: the window against a baseline ("what changed"); False: segments against the rest ("what stands out").
        baseline: spans to compare with; empty: the same hours of earlier days of the same kind.
        measure: what dropped (load: what rose); ``conversions`` and ``conversion_rate`` search alike.
        max_depth: dimensions per combination, 1 to 3.
        top: findings at most.
        dimensions: session dimensions to search; empty: all that the facts have.
        min_sessions: smallest combination looked at; None: what could show a loss at all at this conversion rate.
    """

    selection: Selection = field(default_factory=Selection)
    compare: bool = False
    baseline: tuple[TimeSpan, ...] = ()
    measure: str = "conversions"
    max_depth: int = 3
    top: int = 5
    dimensions: tuple[str, ...] = ()
    min_sessions: int | None = None

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise RequestError(f"{self.measure!r} can't be explained", fix=f"Use one of: {', '.join(MEASURES)}")
        if not 1 <= self.max_depth <= MAX_DEPTH:
            raise RequestError(f"a combination can't have {self.max_depth} dimensions", fix="Use 1, 2 or 3")
        if self.top < 1:
            raise RequestError(f"{self.top} findings can't be shown", fix="Ask for 1 or more")
        if self.min_sessions is not None and self.min_sessions < 1:
            raise RequestError("the smallest combination needs at least one session", fix="Give 1 or more")
        if self.measure == "sessions" and not self.compare:
            raise RequestError(
                "a number of sessions can only be explained against a baseline", fix="Give a window and a baseline"
            )

    @property
    def searched(self) -> Measure:
        """What is searched for."""
        return MEASURES[self.measure]
