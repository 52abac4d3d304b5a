"""Times of a column to UTC epoch milliseconds: epoch numbers (s, ms, us, ns by their size), ISO 8601, or one named format for the whole column.

The format is decided per column from its first cells. Month and day order that those cells leave open is that of the file's other columns, else
a guess until a cell settles it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.mapping.decisions import ORDER, Decisions
from docops_desktop.ingest.values.distinct import coded, decoded
from docops_desktop.ingest.values.values import Bools, Column, as_bools

FIRST_MS = 631_152_000_000
"""1990-01-01: earlier times are faults of the export."""
LAST_MS = 4_102_444_800_000
"""2100-01-01."""
_DATES = (
    "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y",
    "%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y", "%Y%m%d", "%Y.%m.%d",
)  # fmt: skip
_CLOCKS = (
    "", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p", ", %H:%M:%S", ", %H:%M", ", %I:%M:%S %p",
    ", %I:%M %p", "T%H:%M:%S", " %H:%M:%S %z", ":%H:%M:%S %z", "|%H", "%H",
)  # fmt: skip
_OTHERS = ("%d/%b/%Y:%H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
_TWINS = {"%m/%d": "%d/%m", "%d/%m": "%m/%d", "%d-%m-": "%m-%d-", "%m-%d-": "%d-%m-"}
_EPOCH_FACTORS = {"s": 1_000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6}
_SAMPLE = 300


def parse_times(
    values: Any, column: str, decisions: Decisions, *, zone: str = "UTC", unit: str = "", format_text: str = ""
) -> tuple[Any, Bools]:
    """Return UTC epoch milliseconds (int64 with nulls) and which filled cells could not be read.

    Args:
        values: trimmed texts, coded or not, null = missing.
        column: its name, for the decision.
        decisions: choices about columns.
        zone: IANA zone of times without an offset.
        unit: of epoch numbers, when the adapter states it.
        format_text: strptime format, when the adapter states it.

    Raises:
        Reconsider: a guess about the order of day and month was wrong.
    """
    topic = f"time:{column}"
    choice = decisions.get(topic)
    values = coded(values)
    if choice is None:
        sample = _sample(values)
        if not sample:
            return pa.nulls(len(values), pa.int64()), np.zeros(len(values), dtype=bool)
        choice, certain = (format_text, True) if format_text else _choose(sample, unit)
        twin = _twin(choice)
        if twin and certain:
            decisions.show(ORDER, choice[:2])
        elif twin and decisions.shown(ORDER) == twin[:2]:
            choice = twin
        choice = decisions.choose(topic, choice, certain=certain)
    texts = values.dictionary
    times = _parse(texts, choice, zone)
    twin = _twin(choice)
    if twin and not decisions.is_certain(topic):
        _settle(texts, times, topic, twin, zone, decisions)
    inside = pc.and_(pc.greater_equal(times, FIRST_MS), pc.less(times, LAST_MS))
    times = pc.if_else(pc.fill_null(inside, False), times, pa.scalar(None, pa.int64()))
    times = pc.take(times, values.indices)
    return times, as_bools(pc.and_(pc.is_valid(values.indices), pc.is_null(times)))


def times_at_once(column: Column, decisions: Decisions, zone: str) -> Any | None:
    """Return UTC epoch milliseconds of a column whose cells are all ISO 8601 or epoch numbers, once that is its known format; else None."""
    choice = decisions.get(f"time:{column.source.column}") or ""
    if choice == "iso":
        times = _iso_at_once(column.raw, zone)
    elif choice.startswith("epoch:") and column.whole is not None:
        times = _scaled(column.whole, choice.removeprefix("epoch:"))
    else:
        return None
    if times is None or times.null_count:
        return None
    ends = pc.min_max(times).as_py()
    return times if ends["min"] is not None and ends["min"] >= FIRST_MS and ends["max"] < LAST_MS else None


def _sample(values: Any) -> list[str]:
    texts = pc.unique(pc.drop_null(decoded(values[: 20 * _SAMPLE])))
    if len(texts) > _SAMPLE:
        texts = texts.take(np.linspace(0, len(texts) - 1, _SAMPLE).astype(np.int64))
    return [text for text in texts.to_pylist() if text]


def _choose(sample: list[str], unit: str) -> tuple[str, bool]:
    """Return the format that reads most of the sample, and whether day and month are certain in it."""
    numeric = [text for text in sample if text.replace(".", "", 1).isdigit()]
    if len(numeric) * 2 > len(sample):
        size = sorted(len(text.split(".", maxsplit=1)[0]) for text in numeric)[len(numeric) // 2]
        if size == 8 and not unit:
            return "%Y%m%d", True
        if (
            size == 10
            and not unit
            and all(text[:2] in ("19", "20") for text in numeric)
            and _reads(numeric, "%Y%m%d%H")
        ):
            years = {text[:4] for text in numeric}
            if all("1990" <= year < "2100" for year in years) and all(text[8:] < "24" for text in numeric):
                return "%Y%m%d%H", True
        if not unit:
            unit = "s" if size <= 11 else "ms" if size <= 14 else "us" if size <= 17 else "ns"
        return f"epoch:{unit}", True
    iso = _count(sample, "iso")
    if iso * 2 > len(sample):
        return "iso", True
    best, best_count = "iso", iso
    for pattern in (*_OTHERS, *(date + clock for date in _DATES for clock in _CLOCKS)):
        count = _count(sample, pattern)
        if count > best_count:
            best, best_count = pattern, count
            if count == len(sample):
                break
    twin = _twin(best)
    return best, not twin or _count(sample, twin) < best_count


def _reads(sample: list[str], choice: str) -> bool:
    return _count(sample, choice) == len(sample)


def _count(sample: list[str], choice: str) -> int:
    return len(sample) - int(_parse(pa.array(sample), choice, "UTC").null_count)


def _twin(choice: str) -> str:
    for part, other in _TWINS.items():
        if choice.startswith(part):
            return other + choice[len(part) :]
    return ""


def _settle(values: Any, times: Any, topic: str, twin: str, zone: str, decisions: Decisions) -> None:
    other = _parse(values, twin, zone)
    only_twin = pc.and_(pc.is_null(times), pc.is_valid(other))
    if pc.any(pc.and_(pc.is_valid(times), pc.is_null(other))).as_py():
        decisions.confirm(topic)
        decisions.show(ORDER, _twin(twin)[:2])
    elif pc.any(only_twin).as_py():
        decisions.contradict(topic, twin)


def _parse(values: Any, choice: str, zone: str) -> Any:
    if choice.startswith("epoch:"):
        return _epoch(values, choice.removeprefix("epoch:"))
    if choice == "iso":
        return _iso(values, zone)
    import pandas as pd

    moments = pd.to_datetime(
        pd.Series(values.to_pylist(), dtype="object"), format=choice, errors="coerce", utc="%z" in choice
    )
    return _to_ms(moments, zone)


def _epoch(values: Any, unit: str) -> Any:
    numbers = _cast(values, pa.int64())
    if numbers is not None:
        return _scaled(numbers, unit)
    plain = pc.match_substring_regex(values, r"^[0-9]{1,19}(?:\.[0-9]*)?$")
    floats = pc.cast(pc.if_else(plain, values, pa.scalar(None, pa.string())), pa.float64())
    scaled = pc.round(pc.multiply(floats, _EPOCH_FACTORS[unit]))
    fits = pc.less(pc.abs(scaled), 9e15)
    return pc.cast(pc.if_else(pc.fill_null(fits, False), scaled, pa.scalar(None, pa.float64())), pa.int64())


def _scaled(numbers: Any, unit: str) -> Any:
    if unit == "s":
        safe = pc.if_else(pc.less(pc.abs(numbers), 10**12), numbers, pa.scalar(None, pa.int64()))
        return pc.multiply(safe, 1_000)
    return numbers if unit == "ms" else pc.divide(numbers, {"us": 1_000, "ns": 1_000_000}[unit])


def _iso_at_once(values: Any, zone: str) -> Any | None:
    moments = _cast(values, pa.timestamp("us", "UTC"))
    if moments is None and zone == "UTC":
        moments = _cast(values, pa.timestamp("us"))
    return None if moments is None else pc.divide(pc.cast(moments, pa.int64()), 1_000)


def _iso(values: Any, zone: str) -> Any:
    found = _iso_at_once(values, zone)
    if found is not None:
        return found
    import pandas as pd

    texts = pc.replace_substring_regex(values, r"\s*(?:UTC|GMT)$", "Z")
    texts = pc.replace_substring_regex(texts, r"\s+([+-][0-9]{2}):?([0-9]{2})$", r"\1:\2")
    series = pd.Series(texts.to_pylist(), dtype="object")
    if zone == "UTC":
        return _to_ms(pd.to_datetime(series, format="ISO8601", errors="coerce", utc=True), zone)
    aware = as_bools(pc.match_substring_regex(texts, r"(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)$"))
    aware &= as_bools(pc.match_substring_regex(texts, r"[T ][0-9]"))
    with_offset = _to_ms(pd.to_datetime(series.where(aware), format="ISO8601", errors="coerce", utc=True), zone)
    local = _to_ms(pd.to_datetime(series.where(~aware), format="ISO8601", errors="coerce", utc=False), zone)
    return pc.coalesce(with_offset, local)


def _to_ms(moments: Any, zone: str) -> Any:
    if not hasattr(moments.dtype, "tz") or moments.dtype.tz is None:
        if moments.dtype == object:
            return pa.nulls(len(moments), pa.int64())
        moments = moments.dt.tz_localize(zone, ambiguous=np.ones(len(moments), dtype=bool), nonexistent="shift_forward")
    missing = moments.isna().to_numpy()
    numbers = moments.dt.tz_convert("UTC").dt.as_unit("ms").astype("int64").to_numpy()
    return pa.array(numbers, pa.int64(), mask=missing)


def _cast(values: Any, kind: Any) -> Any | None:
    try:
        return pc.cast(values, kind)
    except pa.ArrowInvalid:
        return None
