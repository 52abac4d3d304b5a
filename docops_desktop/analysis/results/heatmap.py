"""Result behind the heatmap panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docops_desktop.model.timespan import TimeSpan

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class HeatmapResult:
    """One measure over two dimensions, top rows x top columns plus "(other)".

    Attributes:
        row_labels, column_labels: texts, biggest first; the last one is OTHER where a remainder exists.
        sessions: int64 (rows, columns), the n of each cell.
        values: float64 (rows, columns), the measure; NaN where the cell has too few sessions or nothing measured.
        baseline_sessions, baseline_values: the same over the baseline spans; empty (0, 0) arrays when there is no baseline.
        change: float64 (rows, columns): relative change for load times and counts ((window - baseline) / baseline; counts scaled by the spans' lengths),
            difference for rates; NaN where either side is missing.
        z: float64 (rows, columns): ``change`` in standard errors (two-sample), for showing only what stands out; NaN likewise.
        min_sessions: cells below this n are not shown as values.
    """

    row_dimension: str
    column_dimension: str
    measure: str
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    sessions: Ints
    values: Floats
    baseline_sessions: Ints
    baseline_values: Floats
    change: Floats
    z: Floats
    min_sessions: int
    baseline: tuple[TimeSpan, ...]
