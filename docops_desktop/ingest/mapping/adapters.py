"""Adapters: one system's export described as data (TOML), read into frozen values, and how sure each is that a file is its own.

Shipped ones lie in ``resources/adapters``; a user's own in the user's data folder, and they win over shipped ones of the same name. No code per
system here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from docops_desktop.ingest.mapping.targets import target
from docops_desktop.ingest.recognise.encoding import named
from docops_desktop.model.errors import RequestError
from docops_desktop.model.resources import resource_path

GRAINS = (
    "any",
    "page_view",
    "session",
    "order",
    "campaign_day",
    "email_event",
    "resource",
    "exposure",
    "lead",
    "opportunity",
    "aggregate",
    "cell",
)
EVIDENCE = ("seen", "documented", "parser", "inferred", "unknown", "own")
FORMATS = ("delimited", "json", "query_strings", "log", "parquet", "report", "feed", "spreadsheet")
VIEW_CLASSES = ("page_view", "spa", "bfcache", "hidden", "xhr", "bot", "synthetic", "error_page", "unload")
UNITS = {
    "duration": ("", "s", "ms", "us", "ns"),
    "money": ("", "major", "minor", "micros"),
    "time": ("", "s", "ms", "us", "ns"),
}


class ColumnRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a column becomes: target, unit of its cells, markers of a missing value, decimal sign, time format (strptime), currency."""

    to: str
    unit: str = ""
    nulls: tuple[str, ...] = ()
    decimal: Literal["", ".", ","] = ""
    format: str = ""
    currency: str = ""


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Columns that betray a system.

    ``required``: each must be there (``a|b`` = one of them, ``a*`` = one that begins so). ``typical``: likewise, each makes it surer than ``confidence``.
    """

    required: tuple[str, ...] = ()
    typical: tuple[str, ...] = ()
    confidence: float = 0.6


class ClassRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows whose cell in ``column`` is there and matches ``pattern`` (searched, case-insensitive) are of ``view_class``; the first rule wins."""

    column: str
    view_class: str
    pattern: str = ""


class FilterRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows that are left out on purpose: the cell matches ``pattern``, or is empty when ``blank``.

    ``empty`` = such a row says that the export holds no data: a file of nothing else is valid, and empty.
    """

    column: str
    reason: str
    pattern: str = ""
    blank: bool = False
    empty: bool = False


class PartRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Records whose cell in ``column`` matches ``pattern`` are of another grain than the export's main one."""

    column: str
    pattern: str
    grain: str


class AdapterSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One system's export.

    Attributes:
        name, system: short name for commands; the system's name on screen.
        grain: what one row is; ``any`` = judged by the columns that are there.
        evidence: how sure we are of the layout: ``seen`` in real files, ``documented``, ``parser``, ``inferred``, ``unknown`` = nothing public, only likely
            names: check the mapping; ``own`` = the user's.
        time_zone: IANA zone of times without an offset; "" = the workspace's.
        encoding: of the text of such exports, where they neither say it nor let it be judged; "" = find out.
        formats: physical formats that it comes in; empty = any.
        columns: column name -> target; where several columns have one target, the first that is filled counts.
        synonyms: target -> names, compared without case, blanks and punctuation; the first that is there counts.
        view_keys, beacon_keys: columns that together name one view of a page / one beacon; the first set that is filled counts.
        aliases: pairs of columns with two identities of one person.
        classes, filters: rules on rows.
        parts: records of another grain in the same export.
        unfold: columns whose cells are JSON objects in a text, and the keys to take out as ``COLUMN.KEY``.
        currency: ISO 4217 code of all amounts, when the export has no column for it.
        derive: name of the rule in ``ingest.derive`` that makes further columns of a record; ``needs``: the columns that it looks at.
    """

    name: str
    system: str
    grain: str = "any"
    evidence: str = "own"
    time_zone: str = ""
    encoding: str = ""
    formats: tuple[str, ...] = ()
    signature: Signature = Signature()
    columns: dict[str, str | ColumnRule] = {}
    synonyms: dict[str, tuple[str, ...]] = {}
    nulls: tuple[str, ...] = ()
    view_keys: tuple[tuple[str, ...], ...] = ()
    beacon_keys: tuple[tuple[str, ...], ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    classes: tuple[ClassRule, ...] = ()
    filters: tuple[FilterRule, ...] = ()
    parts: tuple[PartRule, ...] = ()
    unfold: dict[str, tuple[str, ...]] = {}
    currency: str = ""
    derive: str = ""
    needs: tuple[str, ...] = ()
    note: str = ""


class UserMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping file: what differs from the recognised (or named) adapter. A column with the target "" is ignored."""

    adapter: str = ""
    grain: str = ""
    time_zone: str = ""
    encoding: str = ""
    currency: str = ""
    nulls: tuple[str, ...] = ()
    columns: dict[str, str | ColumnRule] = {}


def load_adapter(path: Path) -> AdapterSpec:
    """Read one adapter file.

    Raises:
        RequestError: it is no TOML, or not an adapter; the message says which line or field.
    """
    spec: AdapterSpec = _read(path, AdapterSpec)
    faults = list(_faults(spec, spec.columns))
    if not re.fullmatch(r"[a-z0-9_]{1,40}", spec.name):
        faults.append(f"name {spec.name!r}: use small letters, digits and _")
    if spec.evidence not in EVIDENCE:
        faults.append(f"evidence {spec.evidence!r}: use one of {', '.join(EVIDENCE)}")
    faults += [f"format {name!r}: use {', '.join(FORMATS)}" for name in spec.formats if name not in FORMATS]
    faults += [f"target {name!r} is unknown" for name in spec.synonyms if target(name) is None]
    for rule in spec.classes:
        if rule.view_class not in VIEW_CLASSES:
            faults.append(f"view_class {rule.view_class!r}: use one of {', '.join(VIEW_CLASSES)}")
        faults += _bad_pattern(rule.pattern)
    for condition in spec.filters:
        faults += _bad_pattern(condition.pattern)
    for part in spec.parts:
        faults += _bad_pattern(part.pattern)
        if part.grain not in GRAINS:
            faults.append(f"grain {part.grain!r}: use one of {', '.join(GRAINS)}")
    _refuse(path, faults)
    return spec


def load_mapping(path: Path) -> UserMapping:
    """Read a mapping file.

    Raises:
        RequestError: there is none, it is no TOML, or not a mapping.
    """
    mapping: UserMapping = _read(path, UserMapping)
    _refuse(path, list(_faults(mapping, mapping.columns)))
    return mapping


def with_mapping(spec: AdapterSpec, mapping: UserMapping) -> AdapterSpec:
    """Return the adapter with a mapping's corrections on top."""
    taken = {plain(name) for name in mapping.columns}
    columns = dict(mapping.columns)
    columns |= {name: rule for name, rule in spec.columns.items() if plain(name) not in taken}
    return msgspec.structs.replace(
        spec,
        grain=mapping.grain or spec.grain,
        time_zone=mapping.time_zone or spec.time_zone,
        encoding=mapping.encoding or spec.encoding,
        currency=mapping.currency or spec.currency,
        nulls=(*spec.nulls, *mapping.nulls),
        columns=columns,
    )


@lru_cache(maxsize=4)
def _load_folder(folder: Path, stamp: float) -> tuple[AdapterSpec, ...]:  # noqa: ARG001 - the stamp is the cache's key
    return tuple(load_adapter(path) for path in sorted(folder.glob("*.toml")))


def user_adapter_folder() -> Path:
    """Where a user's own adapters lie."""
    from platformdirs import user_data_path

    return user_data_path("docops-desktop", appauthor=False) / "adapters"


def all_adapters() -> tuple[AdapterSpec, ...]:
    """Return all adapters, the user's own first.

    Raises:
        RequestError: one of the files is wrong.
    """
    found: dict[str, AdapterSpec] = {}
    for folder in (user_adapter_folder(), resource_path("adapters")):
        if folder.is_dir():
            stamp = max((path.stat().st_mtime for path in folder.glob("*.toml")), default=0.0)
            for spec in _load_folder(folder, stamp):
                found.setdefault(spec.name, spec)
    return tuple(found.values())


def adapter_named(name: str) -> AdapterSpec:
    """Return one adapter.

    Raises:
        RequestError: there is none of that name.
    """
    known = all_adapters()
    for spec in known:
        if spec.name == name:
            return spec
    names = ", ".join(sorted(spec.name for spec in known))
    raise RequestError(f"there is no adapter {name!r}", fix=f"Use one of: {names}")


def recognise(columns: Sequence[str], layout_format: str, specs: Sequence[AdapterSpec]) -> tuple[AdapterSpec, float]:
    """Return the adapter that fits the columns best, and its confidence (0 to 1)."""
    ranked = sorted(((confidence(spec, columns, layout_format), spec) for spec in specs), key=lambda pair: -pair[0])
    sure, spec = ranked[0]
    return spec, sure


def confidence(spec: AdapterSpec, columns: Sequence[str], layout_format: str) -> float:
    """Return how sure an adapter is of a file with these columns (0 = not mine)."""
    if spec.formats and _family(layout_format) not in spec.formats:
        return 0.0
    have = {name.lower() for name in columns} | {plain(name) for name in columns if "." not in name}

    def present(name: str) -> bool:
        if name.endswith("*"):
            return any(column.startswith(name[:-1].lower()) for column in have)
        return name.lower() in have or ("." not in name and plain(name) in have)

    if not all(any(present(name) for name in group.split("|")) for group in spec.signature.required):
        return 0.0
    typical = spec.signature.typical
    share = sum(any(present(name) for name in group.split("|")) for group in typical) / len(typical) if typical else 0.0
    top = 0.6 if spec.evidence == "unknown" else 0.99
    return round(spec.signature.confidence + (top - spec.signature.confidence) * share, 3)


def wanted_columns(spec: AdapterSpec) -> frozenset[str]:
    """Return the columns that an adapter's rules look at, beside the mapped ones."""
    names = {rule.column for rule in spec.classes} | {rule.column for rule in spec.filters} | set(spec.unfold)
    names |= {rule.column for rule in spec.parts}
    names.update(spec.needs)
    for groups in (spec.view_keys, spec.beacon_keys, spec.aliases):
        names.update(name for group in groups for name in group)
    return frozenset(names)


def plain(name: str) -> str:
    """Return a column name without case, blanks and punctuation, for comparing."""
    return re.sub(r"[\W_]+", "", name.lower())


def _family(layout_format: str) -> str:
    if layout_format.startswith("json"):
        return "json"
    return "log" if layout_format.endswith("_log") else layout_format


def _read(path: Path, kind: type[Any]) -> Any:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except FileNotFoundError as error:
        raise RequestError("there is no such file", str(path), "Check the path") from error
    except OSError as error:
        raise RequestError(f"the file can't be read ({error.strerror})", str(path)) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise RequestError(f"this is not a valid adapter or mapping: {error}", str(path), "Correct the file") from error


def _faults(spec: AdapterSpec | UserMapping, columns: Mapping[str, str | ColumnRule]) -> list[str]:
    faults: list[str] = []
    if spec.grain and spec.grain not in GRAINS:
        faults.append(f"grain {spec.grain!r}: use one of {', '.join(GRAINS)}")
    if spec.time_zone:
        faults += _bad_zone(spec.time_zone)
    faults += _bad_encoding(spec.encoding)
    for name, rule in columns.items():
        aim = rule if isinstance(rule, str) else rule.to
        found = target(aim.replace("custom.*", "custom.x"))
        if found is None and aim:
            faults.append(f"column {name!r}: target {aim!r} is unknown")
        if found is not None and isinstance(rule, ColumnRule) and rule.unit not in UNITS.get(found.kind, ("",)):
            faults.append(f"column {name!r}: unit {rule.unit!r} does not fit a {found.kind}")
    return faults


def _bad_zone(name: str) -> list[str]:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return [f"time zone {name!r} is unknown: use an IANA name such as Europe/Berlin"]
    return []


def _bad_encoding(name: str) -> list[str]:
    try:
        named(name)
    except RequestError:
        return [f"encoding {name!r} is unknown: use a name such as cp1250 or shift_jis"]
    return []


def check_zone(name: str) -> str:
    """Return the name of a time zone that exists.

    Raises:
        RequestError: it does not.
    """
    for fault in _bad_zone(name):
        raise RequestError(fault)
    return name


def _bad_pattern(pattern: str) -> list[str]:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        return [f"pattern {pattern!r}: {error}"]
    return []


def _refuse(path: Path, faults: list[str]) -> None:
    if faults:
        raise RequestError("; ".join(faults), str(path), "Correct the file")
