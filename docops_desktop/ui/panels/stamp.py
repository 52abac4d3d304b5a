"""The stamp on everything that leaves the application: what it shows, under which filters, for which time, made when."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import docops_desktop
from docops_desktop.model.selection import Selection
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


def stamp_lines(desk: Desk, title: str, author: str) -> tuple[str, ...]:
    """Return the lines; the filters are those that the panel really applies (its own clause is not among them)."""
    info, selection = desk.workspace_info, desk.selection.without_author(author)
    zone = info.time_zone if info else "UTC"
    filters = Selection(selection.clauses).text() if selection.clauses else tr("none")
    lines = [
        f"{title} · {info.name}" if info else title,
        tr("Filters: {filters}").format(filters=filters),
        tr("Time: {span} ({zone})").format(span=_time(desk, author, zone), zone=zone),
    ]
    if desk.baseline:
        spans = ", ".join(fmt.span(span, zone) for span in desk.baseline[:2])
        more = tr(" and {n} more").format(n=len(desk.baseline) - 2) if len(desk.baseline) > 2 else ""
        lines.append(tr("Baseline: {spans}").format(spans=spans + more))
    made = tr("Made {when} with DocOps Desktop {version}")
    lines.append(made.format(when=fmt.moment(time.time() * 1000, zone), version=docops_desktop.__version__))
    return tuple(lines)


def _time(desk: Desk, author: str, zone: str) -> str:
    window = None if author == "timeline" else desk.selection.span
    whole = desk.workspace_info.span if desk.workspace_info else None
    if window is not None:
        return fmt.span(window, zone)
    return fmt.span(whole, zone) if whole is not None else tr("all")
