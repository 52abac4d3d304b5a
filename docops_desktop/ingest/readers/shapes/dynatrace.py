"""Dynatrace: exported user sessions with their user actions, the action lines of Elasticsearch bulk files, records of Grail queries.

Each user action of a session becomes a record with the session's own fields beside it. Where the export only says that the session met a goal,
its last page load carries the conversion; revenue properties go with the converting action.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docops_desktop.ingest.readers.shapes.items import Item, Left, State, as_dict, as_list, bad, number

BULK = "action line of a bulk file"
_LISTS = ("stringProperties", "longProperties", "doubleProperties", "dateProperties", "stringTags", "doubleTags", "longTags")  # fmt: skip
_REVENUE = frozenset({"revenue", "ordervalue", "ordertotal", "orderrevenue", "conversionvalue", "purchasevalue"})


def unfold_bulk_action(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return an Elasticsearch action line as something left out, None when it is none."""
    if len(record) != 1:
        return None
    (value,) = record.values()
    if not isinstance(value, dict) or not all(str(name).startswith("_") for name in value):
        return None
    return iter([Left(BULK)])


def unfold_grail(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return the records of a Grail query result, None when it is none."""
    outer = record.get("result") if isinstance(record.get("result"), dict) else record
    records = as_dict(outer).get("records")
    if not isinstance(records, list) or not ({"types", "metadata"} & set(as_dict(outer)) or "result" in record):
        return None
    return (row if isinstance(row, dict) else bad("not a record", row) for row in records)


def unfold_session(record: dict[str, Any], _: State) -> Iterator[Item] | None:
    """Return the user actions of an exported session, None when it is none."""
    if "userSessionId" not in record or "userActions" not in record:
        return None
    return _actions(record)


def _actions(record: dict[str, Any]) -> Iterator[Item]:
    session = {name: value for name, value in record.items() if not isinstance(value, list | dict)}
    properties = _properties(record)
    sound: list[dict[str, Any]] = []
    for action in as_list(record["userActions"]):
        if isinstance(action, dict):
            sound.append(action)
        else:
            yield bad("not a user action", action)
    if not sound:
        yield {
            "session": session,
            "action": {"startTime": record.get("startTime")},
            "dynatrace.empty": "no user actions",
        }
        return
    converting = [bool(as_list(action.get("matchingConversionGoals"))) for action in sound]
    goals = as_list(record.get("matchingConversionGoals")) or (number(record.get("matchingConversionGoalsCount")) or 0)
    if goals and not any(converting):
        converting[_last_load(sound)] = True
    seller = converting.index(True) if any(converting) else _last_load(sound)
    revenue = next((value for name, value in properties.items() if _plain(name) in _REVENUE), None)
    for position, action in enumerate(sound):
        yield {
            "session": session,
            "property": properties,
            "action": {name: value for name, value in action.items() if not isinstance(value, list | dict)},
            "dynatrace.page": _page(action),
            "dynatrace.load": _load(action),
            "dynatrace.conversions": "1" if converting[position] else "0",
            "dynatrace.revenue": revenue if position == seller else None,
        }


def _properties(record: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _LISTS:
        for pair in as_list(record.get(name)):
            if isinstance(pair, dict) and isinstance(pair.get("key"), str) and not isinstance(pair.get("value"), dict):
                found[pair["key"]] = pair.get("value")
    return found


def _last_load(actions: list[dict[str, Any]]) -> int:
    loads = [place for place, action in enumerate(actions) if str(action.get("type")).lower() == "load"]
    return loads[-1] if loads else len(actions) - 1


def _load(action: dict[str, Any]) -> Any:
    """Until the load event's end; single-page actions have only a duration."""
    found = action.get("loadEventEnd")
    return found if number(found) is not None and number(found) != 0 else action.get("duration")


def _page(action: dict[str, Any]) -> str | None:
    target = action.get("targetUrl")
    if isinstance(target, str) and target:
        return target
    name = str(action.get("name") or "")
    name = name.split("loading of page ", 1)[-1].strip()
    domain = action.get("domain")
    if name.startswith("/") and isinstance(domain, str) and domain:
        return f"https://{domain}{name}"
    return name or None


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace(" ", "").replace("-", "")
