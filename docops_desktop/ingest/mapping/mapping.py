"""From the columns of one export to targets: which column feeds what, in which unit, and what counts as missing.

An adapter's own columns come first; several columns may feed one target (the first filled cell counts). Synonyms feed a target only when nothing
else does, and then only one column does. Columns that hold consent are found by their names whatever the adapter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from docops_desktop.ingest.mapping.adapters import AdapterSpec, ColumnRule, plain
from docops_desktop.ingest.mapping.targets import target
from docops_desktop.ingest.privacy.consent import says_consent

NULLS = frozenset(
    {"", "null", "NULL", "Null", "None", "NaN", "nan", "N/A", "n/a", "#N/A", "-", "--", "(not set)", "undefined", "\\N"}
)
"""Markers of a missing value in every export; adapters add their own."""

_UNIT_WORDS = {
    "ms": "ms", "msec": "ms", "millis": "ms", "milliseconds": "ms", "s": "s", "sec": "s", "secs": "s", "seconds": "s",
    "us": "us", "µs": "us", "micros": "us", "ns": "ns", "nanos": "ns", "cents": "minor", "minor": "minor",
}  # fmt: skip
_UNIT_SUFFIX = re.compile(r"^(.*?)[\s_.]*[(\[_\s]\s*(" + "|".join(_UNIT_WORDS) + r")\s*[)\]]?$", re.IGNORECASE)
_CURRENCY_SUFFIX = re.compile(r"^(.*?)[\s_]*[(\[]\s*([A-Z]{3})\s*[)\]]$")


@dataclass(frozen=True, slots=True)
class Source:
    """One column that feeds a target."""

    column: str
    target: str
    unit: str = ""
    nulls: frozenset[str] = NULLS
    decimal: str = ""
    format: str = ""
    currency: str = ""


@dataclass(frozen=True)
class Mapping:
    """The columns of an export by target, in the order in which they are tried."""

    sources: dict[str, tuple[Source, ...]] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Whether any of these targets is fed."""
        return any(name in self.sources for name in names)

    @property
    def columns(self) -> dict[str, str]:
        """Column -> target."""
        return {source.column: source.target for group in self.sources.values() for source in group}

    def to_json(self) -> dict[str, Any]:
        """Column -> target and unit, for the ledger."""
        return {
            source.column: f"{source.target} [{source.unit}]" if source.unit else source.target
            for group in self.sources.values()
            for source in group
        }


def resolve(spec: AdapterSpec, columns: Sequence[str]) -> Mapping:
    """Return what the adapter makes of these columns."""
    exact = {name.lower(): name for name in reversed(columns)}
    loose = {plain(name): name for name in reversed(columns)}
    sources: dict[str, list[Source]] = {}
    used: set[str] = set()
    ignored: set[str] = set()
    for name, rule in spec.columns.items():
        for column in _matching(name, columns, exact, loose):
            if column in used or column in ignored:
                continue
            aim = rule if isinstance(rule, str) else rule.to
            if not aim:
                ignored.add(column)
                continue
            if aim == "custom.*":
                aim = "consent" if says_consent(column) else _custom_name(column, name)
            used.add(column)
            sources.setdefault(aim, []).append(_source(spec, column, aim, rule))
    asked = [column for column in columns if column not in used | ignored and says_consent(column)]
    if asked:
        sources.setdefault("consent", []).extend(_source(spec, column, "consent", "consent") for column in asked)
    if spec.synonyms:
        _by_synonyms(spec, columns, sources, used | ignored | set(asked))
    return Mapping({aim: tuple(group) for aim, group in sources.items()})


def _matching(name: str, columns: Sequence[str], exact: dict[str, str], loose: dict[str, str]) -> list[str]:
    if name.endswith("*"):
        return [column for column in columns if column.lower().startswith(name[:-1].lower())]
    column = exact.get(name.lower()) or loose.get(plain(name))
    return [column] if column else []


def _custom_name(column: str, pattern: str) -> str:
    tail = re.sub(r"\W+", "_", column[len(pattern) - 1 :]).strip("_")[:40]
    return f"custom.{tail or 'value'}"


def _source(spec: AdapterSpec, column: str, aim: str, rule: str | ColumnRule) -> Source:
    nulls = NULLS | frozenset(spec.nulls)
    if isinstance(rule, str):
        return Source(column, aim, nulls=nulls, currency=_currency_of(column, aim))
    return Source(
        column,
        aim,
        rule.unit,
        nulls | frozenset(rule.nulls),
        rule.decimal,
        rule.format,
        rule.currency or _currency_of(column, aim),
    )


def _currency_of(column: str, aim: str) -> str:
    found = target(aim)
    suffix = _CURRENCY_SUFFIX.match(column)
    return suffix.group(2) if suffix and found is not None and found.kind == "money" else ""


def _by_synonyms(spec: AdapterSpec, columns: Sequence[str], sources: dict[str, list[Source]], used: set[str]) -> None:
    names: dict[str, tuple[str, str, str]] = {}
    for column in columns:
        if column in used:
            continue
        names.setdefault(plain(column), (column, "", ""))
        unit = _UNIT_SUFFIX.match(column)
        if unit:
            names.setdefault(plain(unit.group(1)), (column, _UNIT_WORDS[unit.group(2).lower()], ""))
        currency = _CURRENCY_SUFFIX.match(column)
        if currency:
            names.setdefault(plain(currency.group(1)), (column, "", currency.group(2)))
        if "." in column:  # a nested object's last name
            names.setdefault(plain(column.rsplit(".", 1)[1]), (column, "", ""))
    nulls = NULLS | frozenset(spec.nulls)
    taken: set[str] = set()
    for aim, synonyms in spec.synonyms.items():
        if aim in sources:
            continue
        for synonym in synonyms:
            found = names.get(plain(synonym))
            if found is None or found[0] in taken:
                continue
            column, unit_name, currency_code = found
            kind = target(aim)
            if unit_name and kind is not None and kind.kind not in ("duration", "money", "time"):
                continue
            if not unit_name and kind is not None and kind.kind == "duration":
                unit_name = _unit_in_name(column)
            taken.add(column)
            sources[aim] = [Source(column, aim, unit_name, nulls, currency=currency_code)]
            break


def _unit_in_name(column: str) -> str:
    suffix = _UNIT_SUFFIX.match(column)
    return _UNIT_WORDS[suffix.group(2).lower()] if suffix else ""


def judge_grain(mapping: Mapping) -> str:
    """Return the grain that the mapped targets suggest ("" when none fits)."""
    has = mapping.has
    measured = has("load_ms", "ttfb_ms", "lcp_ms", "fcp_ms", "inp_ms", "cls")
    if has("impressions", "clicks", "cost") and has("campaign", "source", "medium", "channel", "ad_group"):
        return "campaign_day"
    if has("opportunity_id") and has("stage", "probability", "revenue"):
        return "opportunity"
    if has("lead_id"):
        return "lead"
    if has("order_id") and has("revenue") and not (measured or has("page_url", "page_group")):
        return "order"
    if has("experiment", "variant") and has("user", "session") and not (measured or has("page_url", "page_group")):
        return "exposure" if has("experiment") else "session"
    if has("views", "session_duration") and not measured:
        return "session"
    if measured or has("page_url", "page_group"):
        return "page_view"
    if has("session"):
        return "session"
    return ""
