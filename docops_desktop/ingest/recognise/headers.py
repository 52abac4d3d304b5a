"""Whether a line is a table's header: names, not values. For tables whose header has another number of cells than their rows.

Judges single records only; which delimiter splits them, and how many cells most have, is ``dialect``'s matter. Where a text can be meant in two ways,
nothing is claimed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Cells = tuple[str, ...]
_COUNTS = re.compile(r"\W*(?:id|no|nr|num|number|row|line|index|idx|rank|pos|position)?\W*", re.IGNORECASE)
"""Names of a column that counts."""
_NEARLY = 0.8
_LOOKED_AT = 50
_VALUE = re.compile(r"[-+(]?\s*[$€£¥]?\s*[.,]?\d")
_MOST_UNNAMED = 2
"""So many columns of a table may lack a name; more, and the line above is a title."""


def names_columns(cells: Cells) -> bool:
    """Tell whether cells can be the names of columns: two or more, all filled, none a value, none twice."""
    if len(cells) < 2 or len(set(cells)) < len(cells):
        return False
    return all(cell and cell == cell.strip() and not _VALUE.match(cell) for cell in cells)


def is_padded_title(cells: Cells) -> bool:
    """Tell whether a record is a title of one cell that was filled up with empty ones to the width of a table."""
    return len(cells) > 2 and bool(cells[0].strip()) and not any(cell.strip() for cell in cells[1:])


def is_data(first: Cells, others: Sequence[Cells]) -> bool:
    """Tell whether a record is a row like those below it, and no header: where nearly all of them hold a value, so does it."""
    if not any(map(_is_value, first)):
        return False
    valued = [
        column for column in range(len(first)) if sum(_is_value(row[column]) for row in others) >= _NEARLY * len(others)
    ]
    return all(_is_value(first[column]) for column in valued)


def _is_value(cell: str) -> bool:
    """Whether a cell begins like a number, an amount or a date, or is empty."""
    return not cell.strip() or _VALUE.match(cell.strip()) is not None


def header_above(above: Cells, following: Sequence[Cells]) -> Cells | None:
    """Return the header when the record above the first row of usual width is it although its width is another, else None.

    A header with fewer cells is padded: unnamed columns come last, but first when they number the rows. One with more ends in empty
    cells, which a delimiter at its end left behind; these are dropped.

    Args:
        above: the record before the rows.
        following: the first rows, all of the same width.
    """
    width = len(following[0])
    named, rest = above[:width], above[width:]
    may_be = width - _MOST_UNNAMED <= len(above) and not any(rest) and names_columns(named)
    if len(above) == width or not may_be or not is_data(following[0], following[1:_LOOKED_AT]):
        return None
    missing = ("",) * (width - len(named))
    return (*missing, *named) if len(missing) == 1 and numbers_rows(named, following) else (*named, *missing)


def numbers_rows(header: Cells, rows: Sequence[Cells]) -> bool:
    """Tell whether the first cells count the rows, as programs write that name rows but not the column of these names."""
    if len(rows) < 2 or _COUNTS.fullmatch(header[0]) or not any(row[-1].strip() for row in rows):
        return False
    numbers = [row[0].strip() for row in rows]
    return any(numbers == [str(n) for n in range(start, start + len(numbers))] for start in (0, 1))


def is_spaced_table(header: Cells, rows: Sequence[Cells]) -> bool:
    """Tell whether records split at blanks are a table and not prose: three or more names, and a column that holds values throughout."""
    if len(header) < 3 or not rows or not names_columns(header):
        return False
    return any(all(_VALUE.match(row[column]) for row in rows) for column in range(len(header)))
