"""What the user corrected, as files: a mapping (what differs from an adapter), and an adapter of the user's own, which is recognised next time.

Written here so that a correction made in a window and one written by hand are read by the same code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from docops_desktop.ingest.mapping.adapters import (
    AdapterSpec,
    ColumnRule,
    Signature,
    UserMapping,
    adapter_named,
    load_adapter,
    plain,
    user_adapter_folder,
    with_mapping,
)
from docops_desktop.model.errors import RequestError

_ADAPTER_SURE = 0.9


def mapping_toml(mapping: UserMapping) -> str:
    """Return a mapping as the text of its file."""
    return _toml(msgspec.to_builtins(mapping))


def own_adapter(
    name: str, system: str, mapping: UserMapping, seen: Sequence[str], loaded: Sequence[str]
) -> AdapterSpec:
    """Return an adapter for exports like the one that was corrected.

    Args:
        mapping: the corrections, and the name of the adapter that they are made to.
        seen: all columns of the export; the more of them another export has, the surer it is one of this kind.
        loaded: columns that an export must have to be recognised.

    Raises:
        RequestError: no such adapter.
    """
    required = tuple(column for column in loaded if "|" not in column)
    return msgspec.structs.replace(
        with_mapping(adapter_named(mapping.adapter), mapping),
        name=name,
        system=system,
        evidence="own",
        signature=Signature(required, tuple(seen), _ADAPTER_SURE),
        note=f"Made from {mapping.adapter}",
    )


def save_adapter(spec: AdapterSpec, folder: Path | None = None) -> Path:
    """Write an adapter to the user's folder, in place of an own one of that name, and return the file.

    Raises:
        RequestError: the name is taken by a shipped adapter or can't be used, or the folder can't be written.
    """
    if not re.fullmatch(r"[a-z0-9_]{1,40}", spec.name):
        raise RequestError(f"{spec.name!r} can't be the name of an adapter", fix="Use small letters, digits and _")
    target = (folder or user_adapter_folder()) / f"{spec.name}.toml"
    if not target.exists() and _is_taken(spec.name):
        raise RequestError(f"there is an adapter {spec.name} already", fix="Choose another name")
    unfinished = target.with_suffix(".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(_toml(msgspec.to_builtins(spec)), encoding="utf-8")
        load_adapter(unfinished)  # what can't be read again would hinder every import
        unfinished.replace(target)
    except OSError as error:
        raise RequestError(
            f"the adapter can't be saved ({error.strerror or error})", str(target), "Check the folder's permissions"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def name_of(system: str) -> str:
    """Return an adapter's name for commands from what the user calls the system."""
    return re.sub(r"[^a-z0-9]+", "_", system.lower()).strip("_")[:40] or "own"


def mapping_of(
    adapter: str,
    columns: Mapping[str, tuple[str, str]],
    grain: str = "",
    time_zone: str = "",
    encoding: str = "",
    currency: str = "",
) -> UserMapping:
    """Return the mapping of corrections; what the adapter says of a corrected column besides (null markers, formats) stays.

    Args:
        columns: corrected columns with target ("" = ignore) and unit.
    """
    base = {plain(name): rule for name, rule in adapter_named(adapter).columns.items()} if adapter else {}
    rules: dict[str, str | ColumnRule] = {}
    for name, (aim, unit) in columns.items():
        known = base.get(plain(name))
        if isinstance(known, ColumnRule) and known.to == aim:
            rules[name] = msgspec.structs.replace(known, unit=unit)
        else:
            rules[name] = ColumnRule(aim, unit) if unit else aim
    return UserMapping(adapter, grain, time_zone, encoding, currency, columns=rules)


def _is_taken(name: str) -> bool:
    try:
        adapter_named(name)
    except RequestError:
        return False
    return True


def _toml(data: Mapping[str, Any]) -> str:
    """Plain data as TOML: single values first, then tables; what is empty says nothing and is left out."""
    lines = [
        f"{_key(name)} = {_value(value)}" for name, value in data.items() if _is_single(value) and not _empty(value)
    ]
    for name, value in data.items():
        if isinstance(value, Mapping) and value:
            lines += ["", f"[{_key(name)}]"]
            lines += [f"{_key(key)} = {_value(item)}" for key, item in value.items()]
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            for entry in value:
                lines += ["", f"[[{_key(name)}]]"]
                lines += [f"{_key(key)} = {_value(item)}" for key, item in entry.items()]
    return "\n".join(lines) + "\n"


def _is_single(value: Any) -> bool:
    tables = isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)
    return not isinstance(value, Mapping) and not tables


def _empty(value: Any) -> bool:
    return value == "" or (isinstance(value, list | tuple) and not value)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = (f"{_key(key)} = {_value(item)}" for key, item in value.items() if not _empty(item))
        return "{ " + ", ".join(inside) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else repr(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(text: str) -> str:
    """JSON's escapes are TOML's, but for the one control character that JSON lets pass."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
