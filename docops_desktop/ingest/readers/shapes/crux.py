"""Chrome UX Report (API and History API) and PageSpeed Insights: figures of an origin or page over 28 days, and a Lighthouse run's figures.

Such figures are of whole groups; nothing here pretends that they are page views.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from docops_desktop.ingest.readers.shapes.items import Item, State, as_dict, as_list, bad, number, text

_UNITLESS = frozenset({"cumulative_layout_shift", "form_factors", "navigation_types", "largest_contentful_paint_resource_type"})  # fmt: skip


def unfold_error(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return the answer "no data for this page" as a record that says so, None for anything else."""
    error = as_dict(record["error"])
    message = str(error.get("message"))
    if "chrome ux report" not in message.lower():
        return None
    return iter([{"crux.error": f"{error.get('code')} {message}"}])


def unfold_record(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return the periods of an answer of the API, None when it is none."""
    inner = as_dict(record["record"])
    if not isinstance(inner.get("metrics"), dict) or not isinstance(inner.get("key"), dict):
        return None
    return _periods(inner)


def _periods(inner: dict[str, Any]) -> Iterator[Item]:
    key = inner["key"]
    common = {
        "crux.url": key.get("url"),
        "crux.origin": key.get("origin"),
        "crux.form_factor": key.get("formFactor"),
        "crux.connection": key.get("effectiveConnectionType"),
    }
    periods = as_list(inner.get("collectionPeriods"))
    if not periods:
        figures: dict[str, Any] = {}
        for name, metric in inner["metrics"].items():
            figures |= _figures(str(name), as_dict(metric))
        yield common | _span(as_dict(inner.get("collectionPeriod"))) | figures
    for place, period in enumerate(periods):
        if not isinstance(period, dict):
            yield bad("not a collection period", period)
            continue
        figures = {}
        for name, metric in inner["metrics"].items():
            figures |= _figures_at(str(name), as_dict(metric), place)
        yield common | _span(period) | figures


def _span(period: dict[str, Any]) -> dict[str, Any]:
    """First day and the day behind the last one."""
    first, last = _day(period.get("firstDate")), _day(period.get("lastDate"))
    end = last + timedelta(days=1) if last is not None else None
    return {
        "crux.start": first.isoformat() if first is not None else None,
        "crux.end": end.isoformat() if end is not None else None,
    }


def _day(value: Any) -> date | None:
    parts = [number(as_dict(value).get(name)) for name in ("year", "month", "day")]
    try:
        year, month, day = (int(part or 0) for part in parts)
        return date(year, month, day) if year < date.max.year else None
    except (ValueError, OverflowError):
        return None


def _unit(name: str) -> str:
    return "" if name in _UNITLESS else " (ms)"


def _figures(name: str, metric: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for percentile, value in as_dict(metric.get("percentiles")).items():
        found[f"{name} {percentile}{_unit(name)}"] = value
    for part in as_list(metric.get("histogram")):
        low, high = as_dict(part).get("start"), as_dict(part).get("end")
        found[f"{name} share {low} to {high or 'more'}"] = as_dict(part).get("density")
    for label, value in as_dict(metric.get("fractions")).items():
        found[f"{name} share {label}"] = value
    return found


def _figures_at(name: str, metric: dict[str, Any], place: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for percentile, values in as_dict(metric.get("percentilesTimeseries")).items():
        found[f"{name} {str(percentile).removesuffix('s')}{_unit(name)}"] = _at(values, place)
    for part in as_list(metric.get("histogramTimeseries")):
        low, high = as_dict(part).get("start"), as_dict(part).get("end")
        found[f"{name} share {low} to {high or 'more'}"] = _at(as_dict(part).get("densities"), place)
    for label, values in as_dict(metric.get("fractionTimeseries")).items():
        found[f"{name} share {label}"] = _at(as_dict(values).get("fractions", values), place)
    return found


def _at(values: Any, place: int) -> Any:
    found = as_list(values)
    value = found[place] if place < len(found) else None
    return None if value == "NaN" else value


def unfold_pagespeed(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return the field figures of page and origin and the lab run's figures, None when it is no PageSpeed answer."""
    if not isinstance(record.get("lighthouseResult", {}), dict) or not isinstance(
        record.get("loadingExperience", {}), dict
    ):
        return None
    return _pagespeed(record)


def _pagespeed(record: dict[str, Any]) -> Iterator[Item]:
    moment = record.get("analysisUTCTimestamp")
    for name, kind in (("loadingExperience", "crux.url"), ("originLoadingExperience", "crux.origin")):
        part = as_dict(record.get(name))
        figures: dict[str, Any] = {}
        for metric, found in as_dict(part.get("metrics")).items():
            figures |= _field(str(metric), as_dict(found))
        if figures:
            yield {kind: part.get("initial_url") or part.get("id"), "crux.end": moment, **figures}
    lab = as_dict(record.get("lighthouseResult"))
    figures = {}
    for name, audit in as_dict(lab.get("audits")).items():
        value, unit = as_dict(audit).get("numericValue"), as_dict(audit).get("numericUnit")
        if value is not None:
            figures[f"lab {name}{' (ms)' if unit == 'millisecond' else ''}"] = value
    if figures:
        url = lab.get("finalUrl") or lab.get("requestedUrl")
        form = as_dict(lab.get("configSettings")).get("formFactor")
        yield {"crux.url": url, "crux.form_factor": form, "crux.start": lab.get("fetchTime"), **figures}


def _field(metric: str, found: dict[str, Any]) -> dict[str, Any]:
    scale = 0.01 if metric == "CUMULATIVE_LAYOUT_SHIFT_SCORE" else 1  # PageSpeed gives layout shifts times 100
    unit = " (ms)" if metric.endswith("_MS") else ""
    value = number(found.get("percentile"))
    figures: dict[str, Any] = {f"{metric} p75{unit}": None if value is None else text(value * scale)}
    for part in as_list(found.get("distributions")):
        low, high = number(as_dict(part).get("min")), number(as_dict(part).get("max"))
        bounds = f"{text((low or 0) * scale)} to {'more' if high is None else text(high * scale)}"
        figures[f"{metric} share {bounds}"] = as_dict(part).get("proportion")
    return figures
