"""Days and spans of days as reports write them in their preamble, in the languages of their user interfaces."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = (
    "january janvier januar enero gennaio januari janeiro jan janv ene gen",
    "february février fevrier februar febrero febbraio februari fevereiro feb févr fév fev",
    "march mars märz marz marzo maart março marco mar mär mrt",
    "april avril abril aprile apr avr abr",
    "may mai mayo maggio mei maio mag",
    "june juin juni junio giugno junho jun giu",
    "july juillet juli julio luglio julho jul juil lug",
    "august août aout agosto augustus aug ago",
    "september septembre septiembre settembre setembro sep sept set",
    "october octobre oktober octubre ottobre outubro oct okt ott out",
    "november novembre noviembre novembro nov",
    "december décembre decembre dezember diciembre dicembre dezembro dec déc dez dic",
)
_MONTH_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_YEARS = (1970, 3000)
"""What is no year of a report is no day of one."""
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMERIC = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:,?\s.*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.?(?:\s+de)?\s+([^\W\d]+)\.?(?:\s+de)?,?\s+(\d{4})(?:,?\s.*)?")
_MONTH_FIRST = re.compile(r"([^\W\d]+)\.?\s+(\d{1,2}),?\s+(\d{4})(?:,?\s.*)?")
_SPAN = re.compile(r"\s+(?:-|–|—|to|bis|au|al|tot|a)\s+|(?<=\d{8})-(?=\d{8})")


def parse_day(text: str, *, day_first: bool | None = None) -> date | None:
    """Return the day of a text, None when it is none.

    Args:
        text: ``2026-08-01``, ``20260801``, ``August 1, 2026``, ``1. August 2026``, ``8/1/2026``...; a clock behind it is ignored.
        day_first: order of ``8/1/2026``; None = month first with slashes, day first with dots and dashes.
    """
    text = text.strip().strip('"').strip()
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _day(*map(int, found.groups()))
    if found := _NUMERIC.fullmatch(text):
        first, sign, second, year = found.groups()
        is_day_first = sign != "/" if day_first is None else day_first
        day, month = (first, second) if is_day_first else (second, first)
        full_year = int(year) + (2000 if len(year) == 2 else 0)
        return _day(full_year, int(month), int(day))
    if found := _DAY_FIRST.fullmatch(text):
        return _day(int(found[3]), _MONTH_NUMBER.get(found[2].lower(), 0), int(found[1]))
    if found := _MONTH_FIRST.fullmatch(text):
        return _day(int(found[3]), _MONTH_NUMBER.get(found[1].lower(), 0), int(found[2]))
    return None


def parse_span(text: str) -> tuple[date, date] | None:
    """Return first and last day of a text with two days, or with one (then both are the same)."""
    text = text.strip().strip('"').strip()
    parts = _SPAN.split(text)
    if len(parts) not in (1, 2):
        return None
    days = [parse_day(part) for part in parts]
    first, last = days[0], days[-1]
    return (first, last) if first is not None and last is not None and first <= last else None


def _day(year: int, month: int, day: int) -> date | None:
    if not _YEARS[0] <= year < _YEARS[1]:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
