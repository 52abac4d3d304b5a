"""Delimited text out of rows, as a program would write it."""

from __future__ import annotations

import csv
import io


def text_of(*rows: list[str], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()
