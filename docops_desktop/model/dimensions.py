"""The dimensions that data can be grouped and filtered by, with the definitions that every front end shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from docops_desktop.model.errors import RequestError

NOT_SET = "(not set)"
"""Text of the missing value; dictionary code 0 in every dimension."""

OTHER = "(other)"
"""Text of the remainder behind a top-N cut."""

Level = Literal["session", "page_view"]
Coding = Literal["dictionary", "calendar"]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One attribute to group or filter by.

    Attributes:
        name: the name in commands, files and JSON.
        label: the name on screen.
        level: the fact that carries it; a page-view clause filters sessions by "any page view matches".
        coding: ``dictionary`` (dictionary-coded text) or ``calendar`` (derived from the session's start in the workspace's time zone).
        definition: one sentence for tooltip, help and report.
    """

    name: str
    label: str
    level: Level
    coding: Coding
    definition: str


def _session(name: str, label: str, definition: str) -> Dimension:
    return Dimension(name, label, "session", "dictionary", definition)


_ALL = (
    Dimension(
        "page_group",
        "Page group",
        "page_view",
        "dictionary",
        "Pages that share a template, from the export or by the workspace's ordered URL rules.",
    ),
    Dimension(
        "page_url", "Page URL", "page_view", "dictionary", "Address of the page without query string and fragment."
    ),
    _session(
        "device_model",
        "Device model",
        "Device model as the user agent or the export names it; Android models are often generic since 2023.",
    ),
    _session("device_type", "Device type", "Desktop, Mobile, Tablet, ... of the session."),
    _session("os", "Operating system", "Operating system family."),
    _session("browser", "Browser", "Browser family."),
    _session(
        "carrier",
        "Carrier",
        "Network operator or provider, looked up from the address by the collector; never known to the browser.",
    ),
    _session("connection", "Connection", "Connection type as measured or reported: 4g, 3g, wifi, cable, ..."),
    _session("country", "Country", "ISO 3166 country code of the visitor."),
    _session("region", "Region", "Region or state within the country."),
    _session("channel", "Channel", "Marketing channel: Direct, Organic Search, Paid Search, Email, ..."),
    _session("source", "Source", "Campaign source (utm_source) or referring site."),
    _session("medium", "Medium", "Campaign medium (utm_medium)."),
    _session("campaign", "Campaign", "Campaign name (utm_campaign)."),
    _session("landing_page", "Landing page", "Page group of the session's first page view."),
    _session("variant", "Experiment variant", "Experiment or A/B test variant of the session."),
    Dimension(
        "hour",
        "Hour of day",
        "session",
        "calendar",
        "Hour of the session's start, 00 to 23, in the workspace's time zone.",
    ),
    Dimension(
        "weekday",
        "Weekday",
        "session",
        "calendar",
        "Day of week of the session's start, Mon to Sun, in the workspace's time zone.",
    ),
    Dimension(
        "day",
        "Day",
        "session",
        "calendar",
        "Calendar day of the session's start (YYYY-MM-DD) in the workspace's time zone.",
    ),
)

DIMENSIONS: dict[str, Dimension] = {dimension.name: dimension for dimension in _ALL}
"""Built-in dimensions by name, in display order."""

SESSION_DICTIONARIES: tuple[str, ...] = tuple(d.name for d in _ALL if d.level == "session" and d.coding == "dictionary")
PAGE_VIEW_DICTIONARIES: tuple[str, ...] = tuple(d.name for d in _ALL if d.level == "page_view")

_CUSTOM = re.compile(r"custom\.[A-Za-z0-9_]{1,40}")


def dimension(name: str) -> Dimension:
    """Return the dimension of that name; ``custom.NAME`` makes a session dimension that the workspace may hold.

    Raises:
        RequestError: the name is no dimension.
    """
    found = DIMENSIONS.get(name)
    if found is not None:
        return found
    if _CUSTOM.fullmatch(name):
        return _session(name, name.removeprefix("custom.").replace("_", " "), "Custom dimension of this workspace.")
    raise RequestError(f"there is no dimension {name!r}", fix=f"Use one of: {', '.join(DIMENSIONS)}, or custom.NAME")
