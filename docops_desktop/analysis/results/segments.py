"""Result behind the segment table and the ``segments`` command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docops_desktop.analysis.results.common import MeasureRow


@dataclass(frozen=True, slots=True)
class SegmentsResult:
    """Measures by one to three dimensions.

    Attributes:
        by: dimension names.
        rows: best first by ``order`` (of a refresh ``MeasureRows``, which makes rows when they are looked at); at most ``limit`` of ``groups`` groups.
        total: over all groups, listed or not (distinct sessions where groups overlap).
        note: what a reader must know (overlapping groups, remainder cut), or "".
    """

    by: tuple[str, ...]
    measures: tuple[str, ...]
    order: str
    rows: Sequence[MeasureRow]
    total: MeasureRow
    groups: int
    note: str
