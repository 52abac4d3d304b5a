"""What-if scenarios: named sets of changes to the speed of page groups, for everybody or for one segment of the sessions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from docops_desktop.model.dimensions import dimension
from docops_desktop.model.errors import RequestError
from docops_desktop.model.wording import as_set

ChangeKind = Literal["ms", "percent", "to_ms", "to_percentile", "to_rest"]
KINDS: tuple[ChangeKind, ...] = ("ms", "percent", "to_ms", "to_percentile", "to_rest")
ALL_PAGES = "*"
BEST_QUARTILE = 25.0
_DEFAULTS: dict[str, float] = {"to_percentile": BEST_QUARTILE, "to_rest": 100.0}
"""Kinds whose value may be left out."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Sessions with one of these values of a dimension of the session, for example carrier "Rheinfunk DE"."""

    dimension: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        found = dimension(self.dimension)
        if found.level != "session":
            raise RequestError(
                f"{found.label} can't make a segment: it belongs to the page view, not to the session",
                fix="Name page groups in the change, and a dimension of the session (carrier, country, ...) in the segment",
            )
        if not self.values or not all(isinstance(value, str) for value in self.values):
            raise RequestError(f"the segment of {self.dimension} has no value", fix=f"Write {self.dimension}=VALUE")
        object.__setattr__(self, "values", tuple(dict.fromkeys(self.values)))

    def text(self) -> str:
        """The segment as a person reads it."""
        return f"{dimension(self.dimension).label} {', '.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of load times.

    Attributes:
        page_groups: which pages; ``("*",)`` = all.
        kind: ``ms``: ``value`` ms are added (negative is faster); ``percent``: so many percent; ``to_ms``: the median becomes ``value`` ms, all others
            in proportion; ``to_percentile``: no view is slower than the page group's own ``value``-th percentile (25 = its best quartile);
            ``to_rest``: the segment's median moves ``value`` percent of the way (100 = all of it) to the median of everybody else on the same page
            group, where the segment is slower.
        segment: whose sessions change; None = everybody's.
    """

    page_groups: tuple[str, ...]
    kind: ChangeKind
    value: float
    segment: Segment | None = None

    def __post_init__(self) -> None:
        if not self.page_groups:
            raise RequestError("the change names no page group", fix="Name a page group, or all pages")
        if self.kind not in KINDS:
            raise RequestError(f"there is no kind of change {self.kind!r}", fix=f"Use one of: {', '.join(KINDS)}")
        if not math.isfinite(self.value):
            raise RequestError(f"a change can't be {self.value}", fix="Use a number, for example -500")
        if self.kind == "percent" and self.value <= -100:
            raise RequestError("a page can't be 100 % faster", fix="Use a percentage above -100")
        if self.kind == "to_ms" and self.value <= 0:
            raise RequestError("the target time must be above 0 ms", fix="Use for example 2000")
        if self.kind == "to_percentile" and not 0 < self.value < 100:
            raise RequestError("a percentile lies between 0 and 100", fix="Use 25 for the best quartile")
        if self.kind == "to_rest" and not 0 < self.value <= 100:
            raise RequestError(
                "the way to the others' median is above 0 and at most 100 %", fix="Use 100 for all of it"
            )
        if self.kind == "to_rest" and self.segment is None:
            raise RequestError(
                "bringing a segment to the median of the others needs a segment",
                fix='Name one, for example carrier="Rheinfunk DE"',
            )

    def text(self) -> str:
        """The change as a person reads it."""
        pages = "all pages" if self.page_groups == (ALL_PAGES,) else ", ".join(self.page_groups)
        who = f"{self.segment.text()}, {pages}" if self.segment else pages
        return f"{who}: {self._what()}"

    def _what(self) -> str:
        if self.kind == "ms":
            return as_set(self.value, "ms", sign=True)
        if self.kind == "percent":
            return as_set(self.value, "%", sign=True)
        if self.kind == "to_ms":
            return f"to {as_set(self.value, 'ms')}"
        if self.kind == "to_percentile":
            best = self.value == BEST_QUARTILE
            return "to its best quartile" if best else f"to its fastest {as_set(self.value, '%')}"
        way = "" if self.value == 100 else f"{as_set(self.value, '%')} of the way "
        return f"{way}to the median of the others"

    def to_json(self) -> dict[str, Any]:
        """Plain data for storing."""
        found: dict[str, Any] = {"page_groups": list(self.page_groups), "kind": self.kind, "value": self.value}
        if self.segment is not None:
            found["segment"] = {self.segment.dimension: list(self.segment.values)}
        return found

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Change:
        """Read what ``to_json`` wrote; ``value`` may be absent where the kind has a usual one.

        Raises:
            RequestError: the change is impossible. KeyError, TypeError, ValueError: the data is no change.
        """
        kind, segment = data["kind"], data.get("segment")
        value = data.get("value", _DEFAULTS.get(kind))
        who = None
        if segment is not None:
            ((name, values),) = segment.items()
            who = Segment(str(name), (values,) if isinstance(values, str) else tuple(values))
        groups = data["page_groups"]
        if isinstance(groups, str):
            raise TypeError("page_groups is a list")
        return cls(tuple(groups), kind, float(value), who)  # type: ignore[arg-type]  # None is told as every wrong value


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of changes: a page view takes the last change that is about its page group and its session.

    A session that several segments hold belongs to the last one named.
    """

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
            return cls(str(data["name"]), tuple(Change.from_json(item) for item in data["changes"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RequestError(
                "the scenario can't be read",
                fix='Expected {"name": "A", "changes": [{"page_groups": ["Product"], "kind": "ms", "value": -500}]}; '
                f'kind is one of {", ".join(KINDS)}; for a segment add "segment": {{"carrier": ["Rheinfunk DE"]}}',
            ) from error


def segments_of(changes: tuple[Change, ...]) -> tuple[Segment, ...]:
    """Return the segments that the changes name, in the order of their last naming."""
    named = [change.segment for change in changes if change.segment is not None]
    return tuple(dict.fromkeys(reversed(named)))[::-1]
