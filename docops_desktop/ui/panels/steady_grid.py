"""Which rows and columns of a heatmap are left out while a brush moves: those that were left out before, so that no cell moves under the eye."""

from __future__ import annotations

from docops_desktop.analysis.results.heatmap import HeatmapResult
from docops_desktop.ui.panels import heatmap_words as words

_Labels = tuple[str, ...]


class SteadyGrid:
    """Remembers what is left out of ``whole`` where ``shown`` is what is shown of it."""

    def __init__(self, whole: HeatmapResult, shown: HeatmapResult) -> None:
        self._hidden_rows = frozenset(whole.row_labels) - frozenset(shown.row_labels)
        self._hidden_columns = frozenset(whole.column_labels) - frozenset(shown.column_labels)
        self._dimensions = whole.row_dimension, whole.column_dimension
        self._labels: tuple[_Labels, _Labels] | None = None
        self._places: tuple[list[int], list[int]] = ([], [])

    def part_of(self, result: HeatmapResult) -> HeatmapResult:
        """Return the result without what was left out before; what is new is shown."""
        if (result.row_dimension, result.column_dimension) != self._dimensions:
            return result
        labels = result.row_labels, result.column_labels
        if labels != self._labels:
            self._labels = labels
            self._places = _others(labels[0], self._hidden_rows), _others(labels[1], self._hidden_columns)
        return words.part_of(result, *self._places)


def _others(labels: _Labels, hidden: frozenset[str]) -> list[int]:
    return [i for i, label in enumerate(labels) if label not in hidden]
