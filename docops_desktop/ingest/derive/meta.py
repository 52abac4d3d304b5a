"""Meta Ads: the day of a row (its own, or start and end that are the same), its span otherwise, and results that are purchases.

``Results`` means whatever ``Result indicator`` says; only purchases are conversions here, and results of different kinds are never added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from docops_desktop.ingest.derive.columns import Columns, texts
from docops_desktop.ingest.readers.report_dates import parse_day

_DAY = ("Day", "Jour", "Día", "Tag", "Giorno", "Dag", "Dia")
_START = (
    "Reporting starts",
    "Début des rapports",
    "Inicio del informe",
    "Berichtsstart",
    "Inizio dei report",
    "Rapportage begint",
)
_END = (
    "Reporting ends",
    "Fin des rapports",
    "Fin del informe",
    "Berichtsende",
    "Fine dei report",
    "Rapportage eindigt",
)
_PURCHASES = (
    "Purchases",
    "Website purchases",
    "Achats",
    "Achats sur le site web",
    "Compras",
    "Compras en el sitio web",
    "Käufe",
)
_RESULTS = ("Results", "Résultats", "Resultados", "Ergebnisse")
_INDICATOR = (
    "Result indicator",
    "Indicateur de résultats",
    "Indicador de resultado",
    "Ergebnisindikator",
    "Result type",
)
_ENGLISH = frozenset({"Day", "Reporting starts", "Reporting ends"})


def derive(columns: Columns) -> Mapping[str, Any]:
    """Return ``report.start``, ``report.end`` (the day after), ``report.grain`` and ``meta.conversions``."""
    own = _days(columns, _DAY)
    starts, ends = _days(columns, _START), _days(columns, _END)
    first: list[str | None] = []
    after: list[str | None] = []
    grains: list[str | None] = []
    for day, start, end in zip(own, starts, ends, strict=True):
        daily = day or (start if start == end else None)
        begin, last = (daily, daily) if daily else (start, end)
        first.append(begin.isoformat() if begin else None)
        after.append((last + timedelta(days=1)).isoformat() if last else None)
        grains.append("aggregate" if begin and last and begin != last else "campaign_day")
    return {
        "report.start": texts(first),
        "report.end": texts(after),
        "report.grain": texts(grains),
        "meta.conversions": texts(_purchases(columns)),
    }


def _days(columns: Columns, captions: tuple[str, ...]) -> list[date | None]:
    cells = columns.cells(*captions)
    if cells is None:
        return [None] * columns.rows
    day_first = columns.name(*captions) not in _ENGLISH
    known: dict[str | None, date | None] = {None: None}
    for cell in cells:
        if cell not in known and cell is not None:
            known[cell] = parse_day(cell, day_first=day_first)
    return [known[cell] for cell in cells]


def _purchases(columns: Columns) -> list[str | None]:
    bought = columns.cells(*_PURCHASES)
    if bought is not None:
        return bought
    results, indicators = columns.cells(*_RESULTS), columns.cells(*_INDICATOR)
    if results is None or indicators is None:
        return [None] * columns.rows
    return [
        result if indicator and "purchase" in indicator.lower() else None
        for result, indicator in zip(results, indicators, strict=True)
    ]
