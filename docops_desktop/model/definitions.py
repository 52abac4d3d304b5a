"""A workspace's own definitions: what converts, which URL belongs to which page group, time zone, smallest group shown.

They are saved in the workspace as JSON and travel with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from docops_desktop.model.errors import RequestError

ConversionKind = Literal["auto", "flag", "order", "page_group"]


@dataclass(frozen=True, slots=True)
class ConversionRule:
    """What makes a session converting.

    ``flag``: the export's own conversion flag, count or revenue; ``order``: an order of that session; ``page_group``: the session reached that
    page group; ``auto``: flags where any row has one, else orders, else nothing.
    """

    kind: ConversionKind = "auto"
    page_group: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ("auto", "flag", "order", "page_group"):
            raise RequestError(f"there is no conversion rule {self.kind!r}", fix="Use auto, flag, order or page_group")
        if self.kind == "page_group" and not self.page_group:
            raise RequestError(
                "the conversion rule names no page group", fix="Name the page group that is reached on conversion"
            )


@dataclass(frozen=True, slots=True)
class PageRule:
    """One URL rule: a path that matches the regular expression (searched, case-insensitive) belongs to ``page_group``."""

    pattern: str
    page_group: str

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise RequestError(
                f"the page rule {self.pattern!r} is not a regular expression: {error}", fix="Correct the pattern"
            ) from error


DEFAULT_PAGE_RULES: tuple[PageRule, ...] = (
    PageRule(r"/(order-?)?(confirmation|thank-?you|success)\b", "Order confirmation"),
    PageRule(r"/(checkout|payment|billing|shipping)\b", "Checkout"),
    PageRule(r"/(cart|basket|bag)\b", "Cart"),
    PageRule(r"/(search|find)\b", "Search"),
    PageRule(r"/(login|sign-?in|sign-?up|register|account|my-?account|profile)\b", "Account"),
    PageRule(r"/(p|product|products|item|dp|sku)/.+", "Product"),
    PageRule(r"/(c|category|categories|collections?|shop|catalog|department|browse)\b", "Category"),
    PageRule(r"/(blog|news|article|articles|stories)\b", "Article"),
    PageRule(r"/(help|faq|support|contact)\b", "Help"),
    PageRule(r"^/?(index\.\w+)?$", "Home"),
)
"""Rules for a new workspace; tried in order, the first match wins, no match is "Other pages"."""

UNMATCHED_PAGE_GROUP = "Other pages"


@dataclass(frozen=True, slots=True)
class Definitions:
    """Everything about a workspace that its users decide.

    Attributes:
        conversion: what makes a session converting.
        page_rules: ordered URL rules, for page views whose export names no page group.
        time_zone: IANA zone for hour, weekday and day, and for times on screen.
        k: groups smaller than this are suppressed in exports and reports.
        target_ms: load-time target of page groups, by name; ``""`` is the default for all (absent = own best quartile).
    """

    conversion: ConversionRule = ConversionRule()
    page_rules: tuple[PageRule, ...] = DEFAULT_PAGE_RULES
    time_zone: str = "UTC"
    k: int = 5
    target_ms: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data for storing."""
        return {
            "conversion": {"kind": self.conversion.kind, "page_group": self.conversion.page_group},
            "page_rules": [[rule.pattern, rule.page_group] for rule in self.page_rules],
            "time_zone": self.time_zone,
            "k": self.k,
            "target_ms": dict(self.target_ms),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Definitions:
        """Read what ``to_json`` wrote; absent keys take their default.

        Raises:
            RequestError: the data are not definitions.
        """
        try:
            default = cls()
            conversion = data.get("conversion", {})
            rules = data.get("page_rules")
            return cls(
                ConversionRule(conversion.get("kind", "auto"), conversion.get("page_group", "")),
                default.page_rules if rules is None else tuple(PageRule(str(p), str(g)) for p, g in rules),
                str(data.get("time_zone", default.time_zone)),
                int(data.get("k", default.k)),
                {str(name): float(ms) for name, ms in data.get("target_ms", {}).items()},
            )
        except (TypeError, ValueError, AttributeError) as error:
            raise RequestError(
                "the workspace's definitions can't be read", fix="Correct them in the Data perspective"
            ) from error


def page_group_of(path: str, rules: tuple[PageRule, ...]) -> str:
    """Return the page group of a URL path (no query string): the first rule that matches."""
    for rule in rules:
        if re.search(rule.pattern, path, re.IGNORECASE):
            return rule.page_group
    return UNMATCHED_PAGE_GROUP
