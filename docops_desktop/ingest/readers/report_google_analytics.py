"""Google Analytics reports (Universal, GA4, explorations): sections of ``#`` lines, one or many tables, totals, days counted from the start date.

The total of a Universal report can be more than its rows add up to (the report lists only some); it is left out, never used to repair anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.mapping.adapters import plain
from docops_desktop.ingest.readers.report_ads import captions
from docops_desktop.ingest.readers.report_dates import parse_day, parse_span
from docops_desktop.ingest.readers.report_text import TOTAL, Gatherer, Record, words

_DASHES = re.compile(r"#\s*-{6,}\s*$")
_TAB = re.compile(r"-\s*(?:Tab|Onglet|Registerkarte|Pestaña|Scheda|Tabblad|Guia|Free ?form)\b", re.IGNORECASE)
_COUNTED = re.compile(r"nth ?(day|hour|week|month)|(?:day|hour|week|month) ?index", re.IGNORECASE)
_INDEX = re.compile(
    r"(?:day|hour|week|month|dag|tages?|jour|día|giorno).?index|index.*(?:jour|días?|giorn)", re.IGNORECASE
)
_CAMPAIGN = words(
    "campaign source sourcemedium medium sessioncampaign sessionsource sessionmedium sessionsourcemedium defaultchannelgrouping "
    "sessiondefaultchannelgroup sessionprimarychannelgroup sessionprimarychannelgroupdefaultchannelgroup firstusersourcemedium "
    "sessiondefaultchannelgrouping campagne kampagne campaña"
)
_DATE = frozenset({"date", "datum", "fecha", "data", "day"})


def is_google_analytics(records: list[Record]) -> bool:
    """Whether these records begin with the comment block of a Google Analytics report."""
    comments = [
        record.text.strip().strip(',"') for record in records[:14] if record.text.strip().strip('"').startswith("#")
    ]
    if len(comments) < 3 or not _DASHES.match(comments[0]):
        return False
    return any(re.match(r"#\s*(?:Start date:\s*)?\d{8}(?:-\d{8})?\s*$", line) for line in comments)


class _Section:
    """What the comment lines say of the tables below them."""

    def __init__(self) -> None:
        self.kind = "ga_universal"
        self.titles: list[str] = []
        self.first: date | None = None
        self.last: date | None = None
        self._property = ""

    def take(self, line: str) -> None:
        bare = line.strip().strip('",').lstrip("#").strip().strip('"')
        name, _, value = bare.partition(":")
        if not bare or set(bare) == {"-"}:
            return
        span = parse_span(bare) if re.fullmatch(r"\d{8}-\d{8}", bare) else None
        if span:
            self.first, self.last = span
        elif name == "Start date":
            self.kind, self.first = "ga4_report", parse_day(value)
        elif name == "End date":
            self.last = parse_day(value)
        elif name in ("Account", "Property"):
            self.kind = "ga4_report"
            self._property = value.strip() if name == "Property" else self._property
        else:
            self.titles.append(bare)
            if _TAB.search(bare):
                self.kind = "ga4_exploration"

    @property
    def title(self) -> str:
        return " / ".join(self.titles[:2])

    @property
    def account(self) -> str:
        """The property, which the other kinds than a GA4 report name in their first line."""
        return self._property or (self.titles[0] if self.titles and self.kind != "ga4_report" else "")


def read_google_analytics(records: Iterator[Record]) -> Iterator[Block]:
    """Yield the rows of all tables of a Google Analytics report."""
    section = _Section()
    out = Gatherer(section.kind)
    in_comments = in_table = False
    table = _Table((), section)
    for record in records:
        line = record.text.strip().strip('"')
        if line.startswith("#") and (len(record.cells) <= 1 or not in_table):
            if not in_comments and in_table:
                in_table = False
            in_comments = True
            section.take(record.text)
        elif record.blank and not record.text.strip(", \r\n"):
            if record.text.strip():
                out.skip("row without a value")
            else:
                in_table = False
        elif not in_table:
            yield from out.flush()
            in_comments, in_table = False, True
            out.kind, out.title, out.account = section.kind, section.title, section.account
            table = _Table(record.cells, section)
            yield from out.table(record.cells)
        else:
            yield from table.row(out, record)
    yield from out.finish()


class _Table:
    """One table: what a row covers."""

    def __init__(self, header: tuple[str, ...], section: _Section) -> None:
        self._section = section
        self._width = len(header)
        self._rows = 0
        self._day_first: bool | None = None
        names = captions(header)
        first = header[0].strip() if header else ""
        self._by = ""
        if plain(first) in ("nthday", "dayindex") or (
            _INDEX.fullmatch(first) and not re.search("hour|week|month", first, re.I)
        ):
            self._by = "day"
        elif _COUNTED.fullmatch(first):
            self._by = "other"
        self._date = next((i for i, cell in enumerate(header) if plain(cell) in _DATE), -1)
        has_campaign = bool(names & _CAMPAIGN)
        self._daily_grain = "campaign_day" if has_campaign else "aggregate"

    def row(self, out: Gatherer, record: Record) -> Iterator[Block]:
        """Take a row or leave it out."""
        cells = record.cells
        if len(cells) == self._width + 1 and cells[-1].strip().lower() in ("grand total", "total", "totals"):
            out.skip(TOTAL)
            return
        if self._is_total(out, cells):
            out.skip(TOTAL)
            return
        if len(cells) == self._width + 1 and not cells[-1].strip():
            record = Record(record.line, cells[:-1], record.text, record.fault)
        day = self._day(record.cells)
        self._rows += 1
        if day is not None:
            yield from out.row(record, day, day, self._daily_grain)
        else:
            yield from out.row(record, self._section.first, self._section.last, "aggregate")

    def _is_total(self, out: Gatherer, cells: tuple[str, ...]) -> bool:
        """A Universal report's total has no key; in GA4 an empty key is a value like others."""
        return out.kind == "ga_universal" and self._width > 1 and bool(cells) and not cells[0].strip()

    def _day(self, cells: tuple[str, ...]) -> date | None:
        if self._by == "day" and cells:
            return self._counted(cells[0].strip())
        if 0 <= self._date < len(cells):
            return self._dated(cells[self._date])
        return None

    def _counted(self, text: str) -> date | None:
        if text.isdecimal() and len(text) < 8:
            return _later(self._section.first, int(text))
        return self._dated(text)

    def _dated(self, text: str) -> date | None:
        """The order of day and month is that in which the span holds the day; it stays for the table."""
        orders = (False, True) if self._day_first is None else (self._day_first,)
        found = {order: day for order in orders if (day := parse_day(text, day_first=order)) is not None}
        first, last = self._section.first, self._section.last
        if first and last:
            inside = {order: day for order, day in found.items() if first <= day <= last}
            expected = _later(first, self._rows)
            if len(inside) == 2 and len(set(inside.values())) == 2:
                inside = {order: day for order, day in inside.items() if day == expected} or inside
            found = inside or found
        if not found:
            return None
        order, day = next(iter(found.items()))
        if len(found) == 1:
            self._day_first = order
        return day


def _later(first: date | None, days: int) -> date | None:
    """Return the day so many days later, None when there is none."""
    try:
        return first + timedelta(days=days) if first is not None else None
    except OverflowError:
        return None
