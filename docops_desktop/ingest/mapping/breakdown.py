"""By what a report breaks its figures down: two reports with other dimensions say in two ways where the same money went.

Known by what the columns are mapped to, and, of those that nothing is made of, by their captions (English ones; of others nothing is known).
"""

from __future__ import annotations

import hashlib
import re

from docops_desktop.ingest.values.values import Cells
from docops_desktop.store.superseded import BY_HEADER

_DIMENSIONS = frozenset(
    {
        *("source", "medium", "campaign", "ad_group", "account", "device_type", "os", "browser", "country", "region"),
        *("page_group", "page_url", "landing_page"),
    }
)
_DIMENSION = re.compile(
    r"\b(ads?|age|audience|city|country|creative|device|gender|hour|keyword|match|network|placement|platform|product|publisher|region|term)\b"
)
_NO_DIMENSION = re.compile(
    r"\b(budget|clicks|comparable|conv|conversions|cost|delivery|impr|impressions|rate|roas|score|spend|status|strategy|strength|text|title|headline|url|value|views)\b"
)
"""Captions of how something is set, and of figures."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def report_of(adapter: str, cells: Cells) -> str:
    """Return the dimensions of a block's columns as one text; of tables that nobody knows, a digest of all captions, which may hold anything."""
    if adapter == BY_HEADER:
        return "table " + hashlib.sha256("\x1f".join(sorted(cells.columns)).encode()).hexdigest()[:12]
    found = {name for name in _DIMENSIONS if cells.has(name)}
    mapped = {source.source.column for name in cells.targets for source in cells.sources(name)}
    found |= {column.strip().lower() for column in cells.columns if column not in mapped and _is_dimension(column)}
    return ", ".join(sorted(found))


def _is_dimension(caption: str) -> bool:
    words = " ".join(_WORD.findall(caption)).lower()
    return bool(_DIMENSION.search(words)) and not _NO_DIMENSION.search(words)
