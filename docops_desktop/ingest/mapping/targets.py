"""The canonical fields that columns are mapped to, with their kind; what an adapter or a mapping may name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from docops_desktop.model.dimensions import SESSION_DICTIONARIES

Kind = Literal["time", "duration", "number", "count", "flag", "money", "text", "url", "key", "ignore"]


@dataclass(frozen=True, slots=True)
class Target:
    """One canonical field.

    Attributes:
        name: what mappings name.
        kind: how its cells are read: ``duration`` (to ms), ``key`` (an id, only ever hashed or compared), ...
        personal: whether it can identify a person.
    """

    name: str
    kind: Kind
    personal: bool = False


def _targets(kind: Kind, names: str, *, personal: bool = False) -> dict[str, Target]:
    return {name: Target(name, kind, personal) for name in names.split()}


TARGETS: dict[str, Target] = {
    **_targets("time", "time closed_time end_time"),
    **_targets("duration", "load_ms ttfb_ms lcp_ms fcp_ms inp_ms session_duration resource_start resource_ms"),
    **_targets("number", "cls probability score samples bytes"),
    **_targets("count", "errors views impressions clicks sessions items"),
    **_targets("flag", "conversions session_conversions bot synthetic hidden"),
    **_targets("money", "revenue session_revenue cost refund"),
    **_targets("url", "page_url referrer resource_url"),
    **_targets("key", "session user", personal=True),
    **_targets("text", "ip email phone person", personal=True),
    **_targets("text", "consent"),
    **_targets("text", "order_id lead_id opportunity_id mailing_id"),
    **_targets(
        "text", "page_group device_manufacturer user_agent currency status stage ad_group account coupon event subject"
    ),
    **_targets("text", "beacon_type visibility navigation_type http_status experiment platform resource_kind"),
    **_targets("text", " ".join(SESSION_DICTIONARIES)),
}
"""All targets by name; ``custom.NAME`` is one too."""

PERSON_DROPPED = frozenset({"ip", "email", "phone", "person"})
"""Personal targets that no table keeps."""

_CUSTOM = re.compile(r"custom\.[A-Za-z0-9_]{1,40}")


def target(name: str) -> Target | None:
    """Return the target of that name, or None."""
    found = TARGETS.get(name)
    if found is None and _CUSTOM.fullmatch(name):
        return Target(name, "text")
    return found
