"""How many of what: nouns with their number ("1 session", "195k page views"), and what a workspace holds that is no session. No widget."""

from __future__ import annotations

import math
from collections.abc import Callable

from docops_desktop.engine.state import WorkspaceInfo
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr, tr_n

Wording = Callable[[float | None], str]


def sessions(n: float | None, wording: Wording = fmt.count) -> str:
    """Return ``1 session``, ``195k sessions``."""
    return tr_n(_plural(n), "%n session", "%n sessions", wording(n))


def page_views(n: float | None, wording: Wording = fmt.count) -> str:
    """Return ``1 page view``, ``577k page views``."""
    return tr_n(_plural(n), "%n page view", "%n page views", wording(n))


def conversions(n: float | None, wording: Wording = fmt.count) -> str:
    """Return ``1 conversion``, ``711 conversions``."""
    return tr_n(_plural(n), "%n conversion", "%n conversions", wording(n))


def rows(n: float | None, wording: Wording = fmt.count) -> str:
    """Return ``1 row``, ``12k rows``."""
    return tr_n(_plural(n), "%n row", "%n rows", wording(n))


def _plural(n: float | None) -> int:
    """The number that decides about the form."""
    return 0 if n is None or math.isnan(n) else 1 if n == 1 else max(round(n), 2)


def no_sessions(info: WorkspaceInfo | None) -> str:
    """Say that there are no sessions, what else is loaded, and what to do."""
    besides = beside_sessions(info)
    if not besides:
        return tr("No sessions in this workspace yet. Drop an export here.")
    return tr("No page views or sessions yet, only {what}. Drop an export of page views or sessions here.").format(
        what=besides
    )


def beside_sessions(info: WorkspaceInfo | None) -> str:
    """Return what is loaded of other grains: ``orders (40), campaign days (16)``; "" when nothing is."""
    words = {
        "order": tr("orders"),
        "resource": tr("resources"),
        "campaign_day": tr("campaign days"),
        "email_event": tr("e-mail events"),
        "exposure": tr("exposures"),
        "lead": tr("leads"),
        "opportunity": tr("opportunities"),
        "aggregate": tr("figures of groups"),
    }
    rows: dict[str, int] = {}
    for record in () if info is None else info.imports:
        if record.grain in words and record.rows_loaded:
            rows[record.grain] = rows.get(record.grain, 0) + record.rows_loaded
    return ", ".join(f"{words[grain]} ({fmt.exact(n)})" for grain, n in rows.items())
