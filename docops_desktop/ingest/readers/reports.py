"""Which report a text is, by its first lines, and its rows; and the decimal sign of the report as a whole.

A report is written in one language: ``1.234`` is 1234 in a Dutch one and a fraction in an English one. The sign is judged over all cells of the sample.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.readers import report_adobe, report_ads, report_google_analytics
from docops_desktop.ingest.readers.report_text import PREFIX, Record, read_records
from docops_desktop.ingest.recognise.dialect import Dialect

_KINDS: dict[str, tuple[Callable[[list[Record]], bool], Callable[[Iterator[Record]], Iterator[Block]]]] = {
    "no_data": (report_ads.is_without_data, report_ads.read_without_data),
    "google_analytics": (report_google_analytics.is_google_analytics, report_google_analytics.read_google_analytics),
    "adobe_workspace": (report_adobe.is_adobe_workspace, report_adobe.read_adobe_workspace),
    "microsoft_ads": (report_ads.is_microsoft_ads, report_ads.read_microsoft_ads),
    "linkedin_ads": (report_ads.is_linkedin, report_ads.read_linkedin),
    "google_ads": (report_ads.is_google_ads, report_ads.read_google_ads),
    "salesforce": (report_ads.is_salesforce_report, report_ads.read_salesforce_report),
}
_HEAD_RECORDS = 40
_SAMPLE_ROWS = 2_000
_COMMA = re.compile(r"\.\d{3}(?:\.\d{3})*,\d|^-?\d+,(?:\d{1,2}|\d{4,})$|^-?\d{1,3}(?:\.\d{3}){2,}$")
_POINT = re.compile(r",\d{3}(?:,\d{3})*\.\d|^-?\d+\.(?:\d{1,2}|\d{4,})$|^-?\d{1,3}(?:,\d{3}){2,}$")
_DIGITS = re.compile(r"[\d.,]*\d[\d.,]*")
_NUMBER = re.compile(r"^\D{0,5}[\d.,\s]+\D{0,4}$")


@dataclass(frozen=True, slots=True)
class Report:
    """A recognised report: its kind, its delimiter, and the decimal sign of its language ("" = nothing tells)."""

    kind: str
    delimiter: str
    decimal: str = ""


def detect_report(text: str) -> tuple[Report, Dialect | None] | None:
    """Return the report that begins with ``text`` and the dialect of its first table, or None when it is no known report."""
    data = text.encode("utf-8", "backslashreplace")
    head = text[:8_000]
    lines = head.split("\n")[:_HEAD_RECORDS]
    marks = sorted("\t,;", key=lambda mark: -max(line.count(mark) for line in lines))
    for delimiter in marks:
        records = [
            record for record, _ in zip(read_records(iter([data]), delimiter), range(_HEAD_RECORDS), strict=False)
        ]
        for kind, (is_kind, _) in _KINDS.items():
            if is_kind(records):
                return _judged(kind, delimiter, data)
    return None


def read_report(chunks: Iterator[bytes], report: Report) -> Iterator[Block]:
    """Yield the rows of a report, with what it says of them in columns named ``report.*``."""
    yield from _KINDS[report.kind][1](read_records(chunks, report.delimiter))


def _judged(kind: str, delimiter: str, data: bytes) -> tuple[Report, Dialect | None]:
    signs: Counter[str] = Counter()
    dialect: Dialect | None = None
    seen = 0
    for block in read_report(iter([data]), Report(kind, delimiter)):
        own = [name for name in block.table.column_names if not name.startswith(PREFIX)]
        if dialect is None and len(block.lines):
            dialect = Dialect(delimiter, '"', max(int(block.lines[0]) - 2, 0), tuple(own), 1, 1.0)
        for name in own:
            signs.update(filter(None, map(_sign, block.table.column(name).slice(0, _SAMPLE_ROWS).to_pylist())))
        seen += block.table.num_rows
        if seen >= _SAMPLE_ROWS:
            break
    decimal = "" if signs[","] == signs["."] else "," if signs[","] > signs["."] else "."
    return Report(kind, delimiter, decimal), dialect


def _sign(text: str | None) -> str:
    """The decimal sign that a number can only have, "" when it leaves that open or is none."""
    if not text or not _NUMBER.match(text) or not (found := _DIGITS.search(text)):
        return ""
    digits = found.group()
    comma, point = bool(_COMMA.search(digits)), bool(_POINT.search(digits))
    return "" if comma == point else "," if comma else "."
