"""Delimiter, preamble and header of delimited text, judged by consistency of a sample.

The first record whose number of cells the following records share is the header; what stands before it is preamble. Nothing is assumed from the
file's extension.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass

CANDIDATES = (",", "\t", ";", "|")
SAMPLE_RECORDS = 400
CELL_LIMIT = 1 << 24
csv.field_size_limit(CELL_LIMIT)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited text is written.

    Attributes:
        delimiter: one character; "" for a single column.
        quote: quoting character.
        preamble_lines: lines before the header.
        header: the header's cells as written.
        header_lines: physical lines that the header takes.
        consistency: share of the sample's records that have the header's number of cells.
    """

    delimiter: str
    quote: str
    preamble_lines: int
    header: tuple[str, ...]
    header_lines: int
    consistency: float


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    lines: int
    cells: tuple[str, ...]


def detect_dialect(text: str, *, complete: bool, prefer_tab: bool = False) -> Dialect:
    """Return the dialect of a table that begins with ``text``.

    Args:
        text: first part of the file.
        complete: whether that is all of it; otherwise the last line is not judged.
        prefer_tab: for UTF-16 files, which are tab separated in practice, when both fit equally well.
    """
    if not complete and "\n" in text:
        text = text[: text.rfind("\n") + 1]
    best: tuple[tuple[float, ...], Dialect] | None = None
    for delimiter in CANDIDATES:
        found = _judge(text, delimiter)
        if found is None:
            continue
        dialect, faults = found
        bonus = 0.05 if prefer_tab and delimiter == "\t" else 0.0
        rank = (round(dialect.consistency + bonus - min(faults, 0.5), 2), float(len(dialect.header)))
        if best is None or rank > best[0]:
            best = (rank, dialect)
    if best is not None and best[0][0] >= 0.3:
        return best[1]
    return _single_column(text)


def _judge(text: str, delimiter: str) -> tuple[Dialect, float] | None:
    records, faults = _records(text, delimiter)
    filled = [record for record in records if record.cells]
    if not filled:
        return None
    counts = Counter(len(record.cells) for record in filled if len(record.cells) > 1)
    if not counts:
        return None
    best: tuple[float, int, _Record] | None = None
    for width, _ in counts.most_common(3):
        place = next(i for i, record in enumerate(filled) if len(record.cells) == width)
        following = filled[place:]
        share = sum(len(record.cells) == width for record in following) / len(following)
        covered = share * len(following) / len(filled) if len(filled) > 3 else share
        if best is None or covered > best[0]:
            best = (covered, width, filled[place])
    assert best is not None
    consistency, _, header = best
    return (
        Dialect(delimiter, '"', header.line, header.cells, header.lines, consistency),
        faults / len(filled),
    )


def _records(text: str, delimiter: str) -> tuple[list[_Record], int]:
    lines = text.splitlines(keepends=True) if "\n" not in text else [line + "\n" for line in text.split("\n")]
    if lines and lines[-1] == "\n":
        lines.pop()
    records: list[_Record] = []
    faults = 0
    place = 0
    while place < len(lines) and len(records) < SAMPLE_RECORDS:
        cells, used, fault = read_record(lines, place, delimiter, '"')
        if fault:
            faults += 1
            cells, used = tuple(lines[place].rstrip("\r\n").split(delimiter)), 1
        records.append(_Record(place, used, cells))
        place += used
    return records, faults


def read_record(lines: list[str], place: int, delimiter: str, quote: str) -> tuple[tuple[str, ...], int, str]:
    """Read the record that begins at ``lines[place]``; return its cells, its number of lines, and a fault ("" when there is none).

    A blank line is a record without cells.
    """
    first = lines[place]
    if quote not in first and "\r" not in first[:-2]:
        bare = first.rstrip("\r\n")
        return (tuple(bare.split(delimiter)) if bare else ()), 1, ""
    reader = csv.reader(
        iter(lines[place : place + 2_000]), delimiter=delimiter, quotechar=quote, doublequote=True, strict=True
    )
    try:
        return tuple(next(reader)), reader.line_num, ""
    except csv.Error as error:
        return (), max(reader.line_num, 1), str(error)
    except StopIteration:
        return (), 1, ""


def _single_column(text: str) -> Dialect:
    for number, line in enumerate(text.split("\n")):
        bare = line.rstrip("\r")
        if bare:
            if bare.startswith('"') and bare.endswith('"') and len(bare) > 1:
                bare = bare[1:-1].replace('""', '"')
            return Dialect("", '"', number, (bare,), 1, 1.0)
    return Dialect("", '"', 0, (), 0, 0.0)
