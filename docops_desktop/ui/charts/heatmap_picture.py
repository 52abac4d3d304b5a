"""What a heatmap view draws, as one frozen value: colours per cell, labels, what is hatched, outlined, kept and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Colours = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class HeatmapPicture:
    """A grid ready to be drawn.

    Attributes:
        colours: uint8 (rows, columns, 4); transparent where nothing is shown.
        thin: cells with too few sessions to show a value (hatched).
        outlined: cells that stand out.
        text: wording of a cell for cells that are large enough to hold it.
    """

    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    colours: Colours
    thin: Bools
    outlined: Bools
    text: Callable[[int, int], str]
    kept_rows: frozenset[int] = frozenset()
    kept_columns: frozenset[int] = frozenset()

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.row_labels), len(self.column_labels)

    def cells(self, first: int, last: int, ground: int) -> npt.NDArray[np.uint32]:
        """Return the colours of rows ``first .. last - 1`` as 0xAARRGGBB: ``ground`` where there is nothing, transparent where cells are thin."""
        red, green, blue, alpha = (self.colours[first:last, :, k].astype(np.uint32) for k in range(4))
        found: npt.NDArray[np.uint32] = ((alpha << 24) | (red << 16) | (green << 8) | blue).astype(np.uint32)
        found[(alpha == 0) & ~self.thin[first:last]] = ground
        return found

    def stands_as(self, other: HeatmapPicture | None) -> bool:
        """Tell whether the other one has the same labels, so that nothing but cells looks otherwise."""
        return other is not None and (self.row_labels, self.column_labels, self.kept_rows, self.kept_columns) == (
            other.row_labels,
            other.column_labels,
            other.kept_rows,
            other.kept_columns,
        )

    def is_kept(self, row: int, column: int) -> bool:
        """Tell whether the selection keeps a cell; a dimension that isn't filtered keeps all."""
        if not self.kept_rows and not self.kept_columns:
            return False
        return (not self.kept_rows or row in self.kept_rows) and (not self.kept_columns or column in self.kept_columns)
