"""Marks: what is under the pointer or the keyboard's cursor, and what keeping or excluding it does to the selection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docops_desktop.engine.descriptions import shorten
from docops_desktop.model.dimensions import OTHER
from docops_desktop.model.selection import Selection, ValueClause

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Mark:
    """Something on a panel that can be filtered by.

    Attributes:
        text: what it is, for the menu; keep: filters to it, or takes that filter back; exclude: None where there is nothing to exclude by.
    """

    text: str
    keep: Callable[[], None]
    exclude: Callable[[], None] | None = None


def kept(selection: Selection, dimension: str) -> tuple[str, ...]:
    """Return the values of a dimension that the selection keeps; () when it doesn't filter by it."""
    return next((c.values for c in _clauses(selection, dimension)), ())


def _clauses(selection: Selection, dimension: str) -> tuple[ValueClause, ...]:
    return tuple(
        c for c in selection.clauses if isinstance(c, ValueClause) and c.dimension == dimension and not c.negated
    )


def toggled(selection: Selection, values: Values, author: str) -> Selection:
    """Keep exactly these values of each dimension; take the filters back when they are just these already."""
    if all(set(kept(selection, name)) == set(wanted) for name, wanted in values.items()):
        return _without(selection, values)
    for name, wanted in values.items():
        selection = selection.keep(name, wanted, author)
    return selection


def extended(selection: Selection, values: Values, author: str) -> Selection:
    """Add these values to those kept; values that are all kept already are taken away again."""
    before = selection
    present = all(set(wanted) <= set(kept(before, name)) for name, wanted in values.items())
    for name, wanted in values.items():
        now = kept(before, name)
        if present:
            # over two dimensions a cell can only leave by the dimension in which more than one value is kept
            rest = tuple(v for v in now if v not in wanted)
            if rest:
                selection = selection.keep(name, rest, author)
            elif len(values) == 1:
                selection = _without(selection, values)
        else:
            selection = selection.keep(name, (*now, *wanted), author)
    return _without(selection, values) if present and selection == before else selection


def _without(selection: Selection, values: Values) -> Selection:
    for name in values:
        for clause in _clauses(selection, name):
            selection = selection.without(clause)
    return selection


def excluded(selection: Selection, values: Values, author: str) -> Selection:
    """Exclude values of one dimension; a filter that keeps just some of them is narrowed instead."""
    for name, unwanted in values.items():
        now = kept(selection, name)
        rest = tuple(v for v in now if v not in unwanted)
        narrowed = bool(rest) and rest != now
        selection = selection.keep(name, rest, author) if narrowed else selection.exclude(name, unwanted, author)
    return selection


def can_filter(values: Values) -> bool:
    """Tell whether these values can be filtered by: the remainder "(other)" can't."""
    return all(wanted and OTHER not in wanted for wanted in values.values())


def apply(desk: Desk, selection: Selection) -> None:
    """Hand a selection to the desk as one undo step that says what was done."""
    if selection == desk.selection:
        return
    before = desk.selection.clauses
    added = [clause.text() for clause in selection.clauses if clause not in before]
    removed = [clause.text() for clause in before if clause not in selection.clauses]
    act = f"filter {'; '.join(added)}" if added else f"remove filter {'; '.join(removed)}"
    desk.set_selection(selection, shorten(act))


def values_mark(desk: Desk, values: Values, author: str) -> Mark | None:
    """Return the mark of some values, None when they can't be filtered by."""
    if not can_filter(values):
        return None

    def exclude() -> None:
        apply(desk, excluded(desk.selection, values, author))

    return Mark(
        " · ".join(", ".join(wanted) for wanted in values.values()),
        lambda: apply(desk, toggled(desk.selection, values, author)),
        # excluding two dimensions at once would also exclude each alone: a cell can only be kept
        exclude if len(values) == 1 else None,
    )
