"""Clauses and selections: immutable, serialisable descriptions of what is looked at.

A selection is a conjunction. Each clause may carry an author (the panel that set it), so that this panel can ignore it (crossfilter).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from docops_desktop.model.dimensions import dimension
from docops_desktop.model.errors import RequestError
from docops_desktop.model.measures import METRICS
from docops_desktop.model.timespan import TimeSpan, iso
from docops_desktop.model.wording import as_set

NUMERIC_FIELDS: tuple[str, ...] = (*(f"{metric}_ms" for metric in METRICS if metric != "cls"), "cls")
"""Page-view numbers that a range clause can test; ``cls`` is the score itself (0.1), the others milliseconds."""


@dataclass(frozen=True, slots=True)
class ValueClause:
    """``dimension in values`` or, negated, ``dimension not in values``."""

    dimension: str
    values: tuple[str, ...]
    negated: bool = False
    author: str = ""

    def __post_init__(self) -> None:
        dimension(self.dimension)
        if not self.values:
            raise RequestError(f"the condition on {self.dimension} has no value", fix=f"Write {self.dimension}=VALUE")
        object.__setattr__(self, "values", tuple(dict.fromkeys(self.values)))

    @property
    def field(self) -> str:
        """What the clause is about."""
        return self.dimension

    def text(self) -> str:
        """The clause as a person reads it on a chip."""
        return f"{dimension(self.dimension).label} {'≠' if self.negated else '='} {', '.join(self.values)}"

    def to_json(self) -> dict[str, Any]:
        """Plain data for storing."""
        return {
            "dimension": self.dimension,
            "values": list(self.values),
            "negated": self.negated,
            "author": self.author,
        }


@dataclass(frozen=True, slots=True)
class RangeClause:
    """``low <= number < high`` on a page-view number; an open end is minus or plus infinity. Unmeasured views never match."""

    number: str
    low: float = -math.inf
    high: float = math.inf
    author: str = ""

    def __post_init__(self) -> None:
        if self.number not in NUMERIC_FIELDS:
            raise RequestError(
                f"there is no number {self.number!r} to compare", fix=f"Use one of: {', '.join(NUMERIC_FIELDS)}"
            )
        if not self.low < self.high:
            raise RequestError(f"the range on {self.number} is empty", fix="The lower end must be below the upper end")

    @property
    def field(self) -> str:
        """What the clause is about."""
        return self.number

    def text(self) -> str:
        """The clause as a person reads it on a chip."""
        name = self.number.removesuffix("_ms")
        unit = "ms" if self.number.endswith("_ms") else ""
        low, high = (as_set(end, unit).strip() for end in (self.low, self.high))
        if math.isinf(self.low):
            return f"{name} < {high}"
        if math.isinf(self.high):
            return f"{name} ≥ {low}"
        return f"{low} ≤ {name} < {high}"

    def to_json(self) -> dict[str, Any]:
        """Plain data for storing; open ends are None."""
        ends = (None if math.isinf(end) else end for end in (self.low, self.high))
        return {"number": self.number, "range": list(ends), "author": self.author}


Clause = ValueClause | RangeClause
Operator = Literal["keep", "exclude"]


@dataclass(frozen=True, slots=True)
class Selection:
    """All clauses that hold now, and the window.

    ``span`` applies to a session's start; page views follow their session. There is at most one clause per (field, kind of clause, negated).
    """

    clauses: tuple[Clause, ...] = ()
    span: TimeSpan | None = None

    def with_clause(self, clause: Clause) -> Selection:
        """Return the selection with the clause added, in place of one on the same field and of the same sense."""
        kept = tuple(c for c in self.clauses if _slot(c) != _slot(clause))
        return replace(self, clauses=(*kept, clause))

    def keep(self, name: str, values: Iterable[str], author: str = "") -> Selection:
        """Keep only these values of a dimension."""
        return self.with_clause(ValueClause(name, tuple(values), author=author))

    def exclude(self, name: str, values: Iterable[str], author: str = "") -> Selection:
        """Exclude these values of a dimension, beside those already excluded."""
        before = next(
            (c.values for c in self.clauses if isinstance(c, ValueClause) and c.dimension == name and c.negated), ()
        )
        return self.with_clause(ValueClause(name, (*before, *values), negated=True, author=author))

    def without(self, clause: Clause) -> Selection:
        """Return the selection without this clause."""
        return replace(self, clauses=tuple(c for c in self.clauses if c != clause))

    def without_author(self, author: str) -> Selection:
        """Return what a panel with this name is filtered by: every clause but its own."""
        return replace(self, clauses=tuple(c for c in self.clauses if not author or c.author != author))

    def with_span(self, span: TimeSpan | None) -> Selection:
        """Return the selection with another window."""
        return replace(self, span=span)

    @property
    def is_empty(self) -> bool:
        """Nothing is filtered."""
        return not self.clauses and self.span is None

    def text(self) -> str:
        """One line for a stamp or a title."""
        parts = [clause.text() for clause in self.clauses]
        if self.span is not None:
            parts.append(f"{iso(self.span.start_ms)} to {iso(self.span.end_ms)}")
        return "; ".join(parts) or "everything"

    def to_json(self) -> dict[str, Any]:
        """Plain data for storing."""
        span = None if self.span is None else [self.span.start_ms, self.span.end_ms]
        return {"clauses": [clause.to_json() for clause in self.clauses], "span": span}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Selection:
        """Read what ``to_json`` wrote.

        Raises:
            RequestError: the data is not a selection.
        """
        try:
            clauses = tuple(_clause_from_json(item) for item in data.get("clauses", ()))
            span = data.get("span")
            return cls(clauses, None if span is None else TimeSpan(int(span[0]), int(span[1])))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise RequestError("the saved selection can't be read", fix="Clear it and set the filters again") from error


def _slot(clause: Clause) -> tuple[str, bool]:
    return clause.field, isinstance(clause, ValueClause) and clause.negated


def _clause_from_json(item: dict[str, Any]) -> Clause:
    author = str(item.get("author", ""))
    if "number" in item:
        low, high = item["range"]
        return RangeClause(
            str(item["number"]),
            -math.inf if low is None else float(low),
            math.inf if high is None else float(high),
            author,
        )
    return ValueClause(
        str(item["dimension"]), tuple(str(v) for v in item["values"]), bool(item.get("negated", False)), author
    )


_CONDITION = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.]*)\s*(!=|>=|<=|=|<|>)\s*(.*)", re.DOTALL)


def parse_condition(text: str) -> Clause:
    r"""Return the clause written as on the command line: ``DIM=A,B``, ``DIM!=A``, ``load_ms>=4000``; ``\,`` is a comma within a value.

    Raises:
        RequestError: it is no condition, or names no dimension.
    """
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise RequestError(
            f"{text!r} is not a condition", fix="Write DIM=VALUE[,VALUE...], DIM!=VALUE or load_ms>=4000"
        )
    field, operator, right = match.groups()
    if operator in ("=", "!=") and field not in NUMERIC_FIELDS:
        values = tuple(part.replace("\0", ",").strip() for part in right.replace("\\,", "\0").split(","))
        return ValueClause(field, values, negated=operator == "!=")
    try:
        number = float(right)
    except ValueError as error:
        raise RequestError(
            f"{right!r} is not a number", f"--where {text}", "Write for example load_ms>=4000"
        ) from error
    after = math.nextafter(number, math.inf)
    ranges = {
        ">=": (number, math.inf),
        ">": (after, math.inf),
        "<": (-math.inf, number),
        "<=": (-math.inf, after),
        "=": (number, after),
    }
    if operator not in ranges:
        raise RequestError(f"{operator} can't be used with {field}", f"--where {text}", "Use >=, >, <, <= or =")
    return RangeClause(field, *ranges[operator])
