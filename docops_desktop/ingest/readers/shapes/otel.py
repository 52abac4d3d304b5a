"""OpenTelemetry spans of the document-load instrumentation: OTLP in JSON, and single spans as console exporters and Zipkin write them.

``documentLoad`` spans become page views, with the time to first byte of the ``documentFetch`` span of the same trace; ``resourceFetch`` spans
become resources; other spans are named, for the adapter to leave out. All durations are handed on in nanoseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docops_desktop.ingest.readers.shapes.items import Item, State, as_dict, as_list, bad, kind_of, number

_URLS = ("http.url", "url.full", "location.href", "http.target")
_MAX_TRACES = 100_000


@dataclass(frozen=True, slots=True)
class _Span:
    name: str
    trace: str
    start: int
    end: int
    attributes: dict[str, Any]
    events: dict[str, int]

    @property
    def begin(self) -> int:
        return self.events.get("fetchStart", self.start)

    def since_begin(self, event: str) -> str | None:
        moment = self.events.get(event)
        return str(moment - self.begin) if moment is not None and moment >= self.begin else None


def unfold_request(record: dict[str, Any], state: State) -> Iterator[Item] | None:
    """Return the spans of an OTLP export request, None when it is none."""
    if not isinstance(record["resourceSpans"], list):
        return None
    return _request(record["resourceSpans"], state)


def unfold_span(record: dict[str, Any], state: State) -> Iterator[Item] | None:
    """Return a single span (console exporter, Zipkin), None when it is none."""
    if "name" not in record or ("timestamp" not in record and "startTimeUnixNano" not in record):
        return None
    return _single(record, state)


def _request(resources: list[Any], state: State) -> Iterator[Item]:
    spans: list[_Span] = []
    for resource in resources:
        if not isinstance(resource, dict):
            yield bad("no resource spans", resource)
            continue
        common = _attributes(as_dict(resource.get("resource")).get("attributes"))
        scopes = as_list(resource.get("scopeSpans")) or as_list(resource.get("instrumentationLibrarySpans"))
        for scope in scopes:
            for raw in as_list(as_dict(scope).get("spans")):
                span = _span(raw, common)
                if span is None:
                    yield bad("a span without name or times", raw)
                else:
                    spans.append(span)
    for span in spans:
        _remember(span, state)
    for span in spans:
        yield _item(span, state)


def _single(record: dict[str, Any], state: State) -> Iterator[Item]:
    common = _attributes(as_dict(record.get("resource")).get("attributes"))
    span = _span(record, common)
    if span is None:
        yield bad("a span without name or times", record)
        return
    _remember(span, state)
    yield _item(span, state)


def _remember(span: _Span, state: State) -> None:
    if len(state.first_bytes) > _MAX_TRACES:
        state.first_bytes.clear()
        state.starts.clear()
        state.pages.clear()
    if span.name == "documentFetch" and span.events.get("responseStart", 0) >= span.begin:
        state.first_bytes[span.trace] = span.events["responseStart"] - span.begin
    if span.name in ("documentFetch", "documentLoad"):
        state.starts[span.trace] = min(span.begin, state.starts.get(span.trace, span.begin))
        page = span.attributes.get("location.href") or _url(span)
        if isinstance(page, str):
            state.pages.setdefault(span.trace, page)


def _item(span: _Span, state: State) -> Item:
    if span.name == "documentLoad":
        first_byte = state.first_bytes.get(span.trace)
        return {
            "otel.record": "page",
            "otel.time": str(span.begin),
            "otel.trace": span.trace,
            "otel.url": _url(span),
            "otel.load": span.since_begin("loadEventEnd"),
            "otel.ttfb": span.since_begin("responseStart") or (None if first_byte is None else str(first_byte)),
            "otel.fcp": span.since_begin("firstContentfulPaint"),
            "otel.attributes": span.attributes,
        }
    if span.name == "resourceFetch":
        start = state.starts.get(span.trace)
        url = _url(span)
        return {
            "otel.record": "resource",
            "otel.time": str(span.start),
            "otel.trace": span.trace,
            "otel.resource_url": url,
            "otel.url": state.pages.get(span.trace) or span.attributes.get("location.href"),
            "otel.kind": kind_of(None, url),
            "otel.resource_start": str(span.start - start) if start is not None and span.start >= start else None,
            "otel.duration": str(span.end - span.start),
            "otel.ttfb": span.since_begin("responseStart"),
            "otel.bytes": span.attributes.get("http.response_content_length"),
            "otel.attributes": span.attributes,
        }
    kinds = {"documentFetch": "part", "webvitals": "vitals", "web-vitals": "vitals"}
    return {
        "otel.record": kinds.get(span.name, "other"),
        "otel.time": str(span.start),
        "otel.trace": span.trace,
        "otel.name": span.name,
    }


def _url(span: _Span) -> Any:
    return next((span.attributes[name] for name in _URLS if span.attributes.get(name)), None)


def _span(raw: Any, common: dict[str, Any]) -> _Span | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
        return None
    start, end = _nanos(raw.get("startTimeUnixNano")), _nanos(raw.get("endTimeUnixNano"))
    if start is None:
        start = _nanos(raw.get("timestamp"), 1_000)
        length = _nanos(raw.get("duration"), 1_000)
        end = None if start is None or length is None else start + length
    if start is None or end is None or end < start:
        return None
    own = _attributes(raw.get("attributes")) | _attributes(raw.get("tags"))
    return _Span(raw["name"], str(raw.get("traceId")), start, end, common | own, _events(raw))


def _events(raw: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for event in as_list(raw.get("events")) + as_list(raw.get("annotations")):
        if not isinstance(event, dict):
            continue
        name = event.get("name") or event.get("value")
        moment = _nanos(event.get("timeUnixNano"))
        if moment is None and isinstance(event.get("time"), list) and len(event["time"]) == 2:
            seconds, rest = _nanos(event["time"][0], 1_000_000_000), _nanos(event["time"][1])
            moment = None if seconds is None or rest is None else seconds + rest
        if moment is None:
            moment = _nanos(event.get("timestamp"), 1_000)
        if isinstance(name, str) and moment is not None:
            found.setdefault(name, moment)
    return found


def _nanos(value: Any, factor: int = 1) -> int | None:
    """Whole nanoseconds; long integers stay exact, fractions are rounded."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= 20:
        return int(value) * factor
    found = number(value)
    return None if found is None or not 0 <= found < 1e19 else round(found * factor)


def _attributes(value: Any) -> dict[str, Any]:
    """Attributes as name -> text, from OTLP's list or a plain object."""
    if isinstance(value, dict):
        return {str(name): item for name, item in value.items() if isinstance(item, str | bool)}
    found: dict[str, Any] = {}
    for pair in as_list(value):
        if isinstance(pair, dict) and isinstance(pair.get("key"), str):
            for item in as_dict(pair.get("value")).values():
                if isinstance(item, str | bool):
                    found[pair["key"]] = item
    return found
