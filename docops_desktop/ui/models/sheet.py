"""What a panel shows, as a plain table: the one source of copy-as-text, CSV and "show as table".

Groups below the workspace's k leave with none of their figures: in everything that goes out of the application they are dropped and counted.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr_n
from docops_desktop.ui.models.columns import Column
from docops_desktop.ui.models.table import TableModel

Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of raw figures (full precision, units in the headers).

    Attributes:
        people: sessions behind each row; None = the row is no group of people (always shown).
        totals: rows that a lone suppressed group could be subtracted from; dropped when exactly one group is suppressed.
        notes: sentences that a reader must know; stamped on the export.
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    people: tuple[int | None, ...]
    totals: tuple[tuple[Cell, ...], ...] = ()
    notes: tuple[str, ...] = ()

    def suppressed(self, k: int) -> Sheet:
        """Return the sheet without groups of 1 to k - 1 sessions, and a note that says how many were left out."""
        hidden = [n is not None and 0 < n < k for n in self.people]
        count = sum(hidden)
        if not count:
            return self
        note = tr_n(
            count,
            "%n group with fewer than {k} sessions is left out.",
            "%n groups with fewer than {k} sessions are left out.",
        ).format(k=k)
        return replace(
            self,
            rows=tuple(row for row, hide in zip(self.rows, hidden, strict=True) if not hide),
            people=tuple(n for n, hide in zip(self.people, hidden, strict=True) if not hide),
            totals=() if count == 1 else self.totals,
            notes=(*self.notes, note),
        )

    def to_csv(self, stamp: Sequence[str] = ()) -> str:
        """Return CSV text with a header line, after the stamp and notes as lines that begin with #."""
        out = io.StringIO()
        for line in (*stamp, *self.notes):
            out.write(f"# {' '.join(line.splitlines())}\n")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.headers)
        writer.writerows([_csv_cell(cell) for cell in row] for row in (*self.totals, *self.rows))
        return out.getvalue()

    def to_text(self, stamp: Sequence[str] = ()) -> str:
        """Return tab-separated text for the clipboard: spreadsheets take it as cells."""
        lines = ["\t".join(self.headers)]
        lines += [
            "\t".join(str(_csv_cell(cell)).replace("\t", " ") for cell in row) for row in (*self.totals, *self.rows)
        ]
        return "\n".join([self.title, *stamp, *self.notes, "", *lines])


def smallest(*counts: Iterable[int]) -> tuple[int | None, ...]:
    """Return for each row the smallest group that its figures tell of: the smallest of the counts that isn't zero."""
    return tuple(min((int(n) for n in row if n > 0), default=0) for row in zip(*counts, strict=True))


def _csv_cell(cell: Cell) -> str | int | float:
    """Return a cell as CSV holds it: empty for missing; a text that a spreadsheet would run as a formula gets an apostrophe."""
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
    return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15 else cell


def sheet_columns(headers: Sequence[str], rows: Sequence[tuple[Cell, ...]]) -> tuple[Column[tuple[Cell, ...]], ...]:
    """Return columns that show a sheet's rows in a table view."""
    texts = [any(isinstance(row[position], str) for row in rows) for position in range(len(headers))]
    return tuple(_sheet_column(position, header, texts[position]) for position, header in enumerate(headers))


def _sheet_column(position: int, header: str, of_texts: bool) -> Column[tuple[Cell, ...]]:
    def text(row: tuple[Cell, ...]) -> str:
        cell = row[position]
        if isinstance(cell, str):
            return cell
        if cell is None or not math.isfinite(cell):
            return fmt.missing()
        return fmt.number(cell, 0 if float(cell).is_integer() else 4)

    def sort_key(row: tuple[Cell, ...]) -> float | str | None:
        cell = row[position]
        if isinstance(cell, str):
            return cell.casefold()
        return None if cell is None or not math.isfinite(cell) else float(cell)

    # a column of texts is left-aligned; numbers align right. A column never mixes the two.
    return Column(f"{position}:{header}", header, "", text, sort_key, numeric=not of_texts)


def sheet_model(sheet: Sheet) -> TableModel[tuple[Cell, ...]]:
    """Return a model over a sheet, its totals first."""
    model: TableModel[tuple[Cell, ...]] = TableModel(lambda row: tuple(c for c in row if isinstance(c, str)))
    rows = (*sheet.totals, *sheet.rows)
    model.set_table(sheet_columns(sheet.headers, rows), rows)
    return model
