"""What can be done with a finding: filter everything by it, show it in the heatmap, ask what its repair would be worth. Each is told to the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from docops_desktop.analysis.ranking.exposure import MIN_CONVERSIONS
from docops_desktop.analysis.results.cause import Finding
from docops_desktop.engine.cause_jobs import is_of
from docops_desktop.engine.state import Message
from docops_desktop.model.scenario import Change, Scenario
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.cause_model import short_text, slow_from
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
    """Return the changes that bring the finding's slow page groups back to what they were; none when no page group slowed down.

    A page group that slowed down by less than half of the worst one is left alone: few views make such figures.
    """
    shifts = {page.page_group: page.shift for page in finding.pages if page.shift is not None}
    bar = slow_from(finding)
    slow = {group: shift for group, shift in shifts.items() if shift >= bar}
    return tuple(Change((group,), "percent", round(-100 * shift / (1 + shift))) for group, shift in slow.items())


def repair_text(finding: Finding, currency: str) -> str:
    """Return what the repair is, and what the finding itself says that it brings back."""
    conversions = fmt.interval(finding.lost_conversions, fmt.count, plus=False)
    text = tr("{changes}. By the finding itself its repair brings back {conversions} conversions").format(
        changes="; ".join(change.text() for change in repair_of(finding)), conversions=conversions
    )
    if finding.lost_revenue.value is None:
        return f"{text}."
    return tr("{text}, {revenue}.").format(text=text, revenue=fmt.money(finding.lost_revenue.value, currency))


def ask_repair(desk: Desk, finding: Finding) -> None:
    """Go to the what-if with the finding's sessions, from when it began, and the repair of its slow pages.

    The what-if answers from these sessions alone, which may be too few; what the finding itself estimates is told beside it.
    """
    changes, info = repair_of(finding), desk.workspace_info
    if not changes or info is None:
        return
    kept = desk.selection if is_kept(desk.selection, finding.where) else filtered(desk, finding.where)
    window = desk.selection.span or info.span
    if finding.since_ms is not None and window is not None:
        end = min(window.end_ms, finding.until_ms or window.end_ms)
        if finding.since_ms < end:
            kept = kept.with_span(TimeSpan(max(finding.since_ms, window.start_ms), end))
    apply(desk, kept)
    name = tr("{combination} repaired").format(combination=short_text(finding.where))
    desk.set_scenario(Scenario(name, changes))
    desk.set_view(perspective="whatif")
    said = repair_text(finding, info.currency)
    result = desk.cause.state.result
    if result is not None and result.measure == "conversions" and finding.observed < MIN_CONVERSIONS:
        why = tr(
            "The what-if learns from these sessions alone: {seen} of them converted, it needs {needed}, so it gives no figure of its own."
        )
        said += " " + why.format(seen=fmt.count(finding.observed), needed=fmt.count(MIN_CONVERSIONS))
    desk.topics.publish("message", Message("info", said))
