"""Whether a line is a table's header: names, not values. For tables whose header has another number of cells than their rows.

Judges single records only; which delimiter splits them, and how many cells most have, is ``dialect``'s matter. Where a text can be meant in two ways,
nothing is claimed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Cells = tuple[str, ...]
_VALUE = re.compile(r"[-+(]?\s*[$€£¥]?\s*[.,]?\d")
_MOST_UNNAMED = 2
"""So many columns of a table may lack a name; more, and the line above is a title."""


def names_columns(cells: Cells) -> bool:
    """Tell whether cells can be the names of columns: two or more, all filled, none a value, none twice."""
    if len(cells) < 2 or len(set(cells)) < len(cells):
        return False
    return all(cell and cell == cell.strip() and not _VALUE.match(cell) for cell in cells)


def holds_values(cells: Cells) -> bool:
    """Tell whether a record is data for sure: a cell begins like a number, an amount or a date, or is empty."""
    return any(not cell.strip() or _VALUE.match(cell.strip()) for cell in cells)


def header_above(above: Cells, following: Sequence[Cells]) -> Cells | None:
    """Return the header when the record above the first row of usual width is it although its width is another, else None.

    A header with fewer cells is padded: unnamed columns come last, but first when they number the rows. One with more ends in empty
    cells, which a delimiter at its end left behind; these are dropped.

    Args:
        above: the record before the rows.
        following: the first rows, all of the same width.
    """
    width = len(following[0])
    if len(above) > width:
        named = above[:width]
        return named if not any(above[width:]) and names_columns(named) and holds_values(following[0]) else None
    if not width - _MOST_UNNAMED <= len(above) < width or not names_columns(above) or not holds_values(following[0]):
        return None
    missing = ("",) * (width - len(above))
    return (*missing, *above) if len(missing) == 1 and numbers_rows(following) else (*above, *missing)


def numbers_rows(rows: Sequence[Cells]) -> bool:
    """Tell whether the first cells count the rows, as programs write that name rows but not the column of these names."""
    numbers = [row[0].strip() for row in rows]
    return any(numbers == [str(n) for n in range(start, start + len(numbers))] for start in (0, 1)) and len(rows) > 1


def is_spaced_table(header: Cells, rows: Sequence[Cells]) -> bool:
    """Tell whether records split at blanks are a table and not prose: three or more names, and a column that holds values throughout."""
    if len(header) < 3 or not rows or not names_columns(header):
        return False
    return any(all(_VALUE.match(row[column]) for row in rows) for column in range(len(header)))
