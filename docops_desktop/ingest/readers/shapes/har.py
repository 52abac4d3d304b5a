"""HTTP Archive: pages become page views of a synthetic test, entries become resources.

Headers, cookies and bodies are never handed on. A file without pages has only resources: no load time is invented for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from docops_desktop.ingest.readers.shapes.items import Item, State, as_dict, as_list, bad, kind_of, positive, text

_BEFORE_FIRST_BYTE = ("blocked", "dns", "connect", "send", "wait")  # "ssl" is part of "connect"
_LCP = ("_largestContentfulPaint", "_chromeUserTiming.LargestContentfulPaint", "_LargestContentfulPaint")
_FCP = ("_firstContentfulPaint", "_chromeUserTiming.firstContentfulPaint")
_CLS = ("_cumulativeLayoutShift", "_chromeUserTiming.CumulativeLayoutShift")


def unfold(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return pages and entries of a HAR, None when it is none."""
    log = record["log"]
    if not isinstance(log, dict) or not isinstance(log.get("entries"), list):
        return None
    return _records(log)


def _records(log: dict[str, Any]) -> Iterator[Item]:
    agent = as_dict(log.get("browser")).get("name") or as_dict(log.get("creator")).get("browser")
    entries = log["entries"]
    pages: dict[str, dict[str, Any]] = {}
    by_page: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        if isinstance(entry, dict):
            by_page.setdefault(str(entry.get("pageref")), []).append(entry)
    for page in as_list(log.get("pages")):
        if not isinstance(page, dict) or not page.get("startedDateTime"):
            yield bad("a page without a start time", page)
            continue
        name = str(page.get("id"))
        found = _page(page, by_page.get(name, []), agent)
        pages[name] = found
        yield found
    for entry in entries:
        if not isinstance(entry, dict) or not as_dict(entry.get("request")).get("url"):
            yield bad("an entry without a request", entry)
            continue
        yield _resource(entry, pages.get(str(entry.get("pageref")), {}), agent)


def _page(page: dict[str, Any], entries: list[dict[str, Any]], agent: Any) -> dict[str, Any]:
    timings = as_dict(page.get("pageTimings"))
    document = _document(entries)
    url = as_dict(document.get("request")).get("url")
    started = page["startedDateTime"]
    first_byte = None
    if document:
        own = _first_byte(document)
        redirected = _offset(started, document.get("startedDateTime")) or 0.0
        first_byte = None if own is None else redirected + own
    if first_byte is None:
        first_byte = positive(page.get("_TTFB"))
    return {
        "har.record": "page",
        "har.time": started,
        "har.session": f"{started} {page.get('id')} {url}",
        "har.url": url,
        "har.title": page.get("title"),
        "har.load": text(positive(timings.get("onLoad"))),
        "har.ttfb": text(first_byte),
        "har.lcp": text(_first_of(_LCP, timings, page)),
        "har.fcp": text(_first_of(_FCP, timings, page)),
        "har.cls": text(_first_of(_CLS, timings, page)),
        "har.status": as_dict(document.get("response")).get("status"),
        "har.browser": agent,
    }


def _document(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The page's own request: the first one that was not sent elsewhere, else the first."""
    for entry in entries:
        status = positive(as_dict(entry.get("response")).get("status")) or 0
        if not 300 <= status < 400:
            return entry
    return entries[0] if entries else {}


def _resource(entry: dict[str, Any], page: dict[str, Any], agent: Any) -> dict[str, Any]:
    request, response = as_dict(entry.get("request")), as_dict(entry.get("response"))
    content = as_dict(response.get("content"))
    size = positive(response.get("_transferSize"))
    if size is None:
        body, headers = positive(response.get("bodySize")), positive(response.get("headersSize"))
        size = None if body is None else body + (headers or 0)
    kind = entry.get("_resourceType")
    return {
        "har.record": "resource",
        "har.time": entry.get("startedDateTime"),
        "har.session": page.get("har.session"),
        "har.url": page.get("har.url"),
        "har.resource_url": request.get("url"),
        "har.kind": kind if isinstance(kind, str) else kind_of(content.get("mimeType"), request.get("url")),
        "har.resource_start": text(_offset(page.get("har.time"), entry.get("startedDateTime"))),
        "har.duration": text(positive(entry.get("time"))),
        "har.ttfb": text(_first_byte(entry)),
        "har.bytes": text(size),
        "har.status": response.get("status"),
        "har.browser": agent,
    }


def _first_byte(entry: dict[str, Any]) -> float | None:
    timings = as_dict(entry.get("timings"))
    if positive(timings.get("wait")) is None:
        return None
    return sum(positive(timings.get(name)) or 0.0 for name in _BEFORE_FIRST_BYTE)


def _offset(start: Any, moment: Any) -> float | None:
    """Milliseconds from one ISO time to another, None when either can't be read or they run backwards."""
    try:
        seconds = (datetime.fromisoformat(moment) - datetime.fromisoformat(start)).total_seconds()
    except (TypeError, ValueError):
        return None
    return seconds * 1_000 if seconds >= 0 else None


def _first_of(names: tuple[str, ...], *places: dict[str, Any]) -> float | None:
    for place in places:
        for name in names:
            found = positive(place.get(name))
            if found is not None:
                return found
    return None
