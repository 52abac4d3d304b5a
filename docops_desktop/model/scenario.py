"""What-if scenarios: named sets of changes to the speed of page groups."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from docops_desktop.model.errors import RequestError

ChangeKind = Literal["ms", "percent", "to_ms"]
ALL_PAGES = "*"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: page groups (``("*",)`` = all) get ``value`` ms faster (negative), percent faster (negative), or a typical time of ``value`` ms."""

    page_groups: tuple[str, ...]
    kind: ChangeKind
    value: float

    def __post_init__(self) -> None:
        if not self.page_groups:
            raise RequestError("the change names no page group", fix="Name a page group, or all pages")
        if self.kind not in ("ms", "percent", "to_ms"):
            raise RequestError(f"there is no kind of change {self.kind!r}", fix="Use ms, percent or to_ms")
        if not math.isfinite(self.value):
            raise RequestError(f"a change can't be {self.value}", fix="Use a number, for example -500")
        if self.kind == "percent" and self.value <= -100:
            raise RequestError("a page can't be 100 % faster", fix="Use a percentage above -100")
        if self.kind == "to_ms" and self.value <= 0:
            raise RequestError("the target time must be above 0 ms", fix="Use for example 2000")

    def text(self) -> str:
        """The change as a person reads it."""
        pages = "all pages" if self.page_groups == (ALL_PAGES,) else ", ".join(self.page_groups)
        if self.kind == "ms":
            return f"{pages}: {self.value:+g} ms"
        if self.kind == "percent":
            return f"{pages}: {self.value:+g} %"
        return f"{pages}: to {self.value:g} ms"

    def to_json(self) -> dict[str, Any]:
        """Plain data for storing."""
        return {"page_groups": list(self.page_groups), "kind": self.kind, "value": self.value}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of changes; at most one per page group counts, the later one."""

    name: str
    changes: tuple[Change, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data for storing."""
        return {"name": self.name, "changes": [change.to_json() for change in self.changes]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Scenario:
        """Read what ``to_json`` wrote.

        Raises:
            RequestError: the data is not a scenario.
        """
        try:
            changes = tuple(Change(tuple(c["page_groups"]), c["kind"], float(c["value"])) for c in data["changes"])
            return cls(str(data["name"]), changes)
        except (KeyError, TypeError, ValueError) as error:
            raise RequestError(
                "the scenario can't be read",
                fix='Expected {"name": "A", "changes": [{"page_groups": ["Product"], "kind": "ms", "value": -500}]}; '
                "kind is ms, percent or to_ms",
            ) from error
