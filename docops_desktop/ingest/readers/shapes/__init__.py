"""JSON documents that hold many records in a shape of their own: which shapes are known, and what records they unfold to.

A shape is told by the keys of the document, never by a file's name. It hands on records with plain column names; what they mean is said by an
adapter. Numbers arrive as the text that the export wrote. Nothing here may drop a record in silence: what is left out is handed on with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from docops_desktop.ingest.readers.shapes import (
    catchpoint,
    crux,
    dynatrace,
    har,
    newrelic,
    otel,
    tables,
    wrapped,
)
from docops_desktop.ingest.readers.shapes.items import Bad, Item, Left, State

Unfold = Callable[[dict[str, Any], State], "Iterator[Item] | None"]

_BY_KEY: dict[str, Unfold] = {
    "log": har.unfold,
    "resourceSpans": otel.unfold_request,
    "traceId": otel.unfold_span,
    "userActions": dynatrace.unfold_session,
    "userSessionId": dynatrace.unfold_session,
    "index": dynatrace.unfold_bulk_action,
    "create": dynatrace.unfold_bulk_action,
    "records": dynatrace.unfold_grail,
    "result": dynatrace.unfold_grail,
    "data": newrelic.unfold_nerdgraph,
    "results": newrelic.unfold_insights,
    "facets": newrelic.unfold_insights,
    "columnNames": tables.unfold,
    "PLTHISTOGRAM": tables.unfold_histograms,
    "summary": catchpoint.unfold,
    "detail": catchpoint.unfold,
    "TestDetails": catchpoint.unfold_webhook,
    "record": crux.unfold_record,
    "error": crux.unfold_error,
    "loadingExperience": crux.unfold_pagespeed,
    "lighthouseResult": crux.unfold_pagespeed,
}
"""Key of a document -> what may know it; a shape returns None when it is none of its own after all."""


_KEYS = wrapped.LISTS.union(_BY_KEY)


class Shapes:
    """Unfolds the documents of one export; some shapes remember what earlier documents said."""

    def __init__(self) -> None:
        self._state = State()

    def unfold(self, record: dict[str, Any]) -> Iterator[Item] | None:
        """Return the records of a document, None when it is an ordinary record itself."""
        if _KEYS.isdisjoint(record):
            return None
        for key, unfold in _BY_KEY.items():
            if key in record:
                found = unfold(record, self._state)
                if found is not None:
                    return found
        return wrapped.unfold(record)


__all__ = ["Bad", "Item", "Left", "Shapes"]
