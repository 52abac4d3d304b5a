"""What can be done with a finding: filter everything by it, show it in the heatmap, ask what its repair would be worth. Each is told to the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from docops_desktop.analysis.results.cause import Finding
from docops_desktop.engine.cause_jobs import is_of
from docops_desktop.model.scenario import Change, Scenario
from docops_desktop.model.selection import Selection
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.cause_model import SLOWER, short_text
from docops_desktop.ui.panels.marks import Mark, apply

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

AUTHOR = "cause"
HEATMAP = "heatmap"
_PAIR = 2


def is_kept(selection: Selection, where: Mapping[str, str]) -> bool:
    """Tell whether the selection keeps just this combination."""
    return sum(is_of(where, clause) for clause in selection.clauses) == len(where)


def filtered(desk: Desk, where: Mapping[str, str]) -> Selection:
    """Return the selection with this combination in place of another finding's; without it when it is kept already.

    Dimensions that the heatmap shows are kept in the heatmap's name: it goes on showing all of them and outlines the cell.
    """
    selection = desk.cause.base_selection()
    if is_kept(desk.selection, where):
        if is_kept(selection, where):
            for clause in [clause for clause in selection.clauses if is_of(where, clause)]:
                selection = selection.without(clause)
        return selection
    shown = {desk.view.heatmap_rows, desk.view.heatmap_columns}
    own = HEATMAP if len(shown & set(where)) == _PAIR else AUTHOR
    for name, value in where.items():
        selection = selection.keep(name, (value,), own if name in shown else AUTHOR)
    return selection


def filter_by(desk: Desk, where: Mapping[str, str]) -> None:
    """Filter all panels by a combination, or take that back; one undo step."""
    apply(desk, filtered(desk, where))


def mark_of(desk: Desk, where: Mapping[str, str]) -> Mark:
    """Return the mark of a finding."""

    def exclude() -> None:
        ((name, value),) = where.items()
        desk.exclude(name, (value,), AUTHOR)

    # excluding several dimensions at once would also exclude each alone: a combination can only be kept
    return Mark(short_text(where), lambda: filter_by(desk, where), exclude if len(where) == 1 else None)


def show_in_heatmap(desk: Desk, where: Mapping[str, str]) -> None:
    """Have the heatmap show the combination's first two dimensions; one undo step."""
    rows, columns = tuple(where)[:_PAIR]
    desk.set_view(tr("show the finding in the heatmap"), heatmap_rows=rows, heatmap_columns=columns)


def can_show_in_heatmap(desk: Desk, where: Mapping[str, str]) -> bool:
    """Tell whether the heatmap could show the combination and doesn't yet."""
    return len(where) >= _PAIR and {desk.view.heatmap_rows, desk.view.heatmap_columns} != set(tuple(where)[:_PAIR])


def repair_of(finding: Finding) -> tuple[Change, ...]:
    """Return the changes that bring the finding's slow page groups back to what they were; none when no page group slowed down."""
    slow = [(page.page_group, page.shift) for page in finding.pages if page.shift is not None and page.shift >= SLOWER]
    return tuple(Change((group,), "percent", round(-100 * shift / (1 + shift))) for group, shift in slow)


def ask_repair(desk: Desk, finding: Finding) -> None:
    """Filter by the finding and ask the what-if what its repair would be worth."""
    changes = repair_of(finding)
    if not changes:
        return
    if not is_kept(desk.selection, finding.where):
        filter_by(desk, finding.where)
    name = tr("{combination} repaired").format(combination=short_text(finding.where))
    desk.set_scenario(Scenario(name, changes))
    desk.set_view(perspective="whatif")
