"""What a tile says: the figure, what it is compared with, whether the change is good. Words only, no widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from docops_desktop.model.measures import measure
from docops_desktop.ui import format as fmt
from docops_desktop.ui.count_words import conversions, page_views, sessions
from docops_desktop.ui.i18n import tr

if TYPE_CHECKING:
    from docops_desktop.analysis.results.common import MeasureRow, Totals

KPIS: tuple[str, ...] = ("sessions", "conversion_rate", "revenue", "load_p75")
Direction = Literal["better", "worse", "same", "neutral"]

NOTEWORTHY = 0.05
"""Relative changes below this are not called better or worse: a tile has no interval that could tell a small change from chance."""


@dataclass(frozen=True, slots=True)
class KpiText:
    """One tile.

    Attributes:
        value: the figure; ``change``: against what it is compared with, "" when there is nothing to compare with.
        direction: what the change means; ``basis``: n behind the figure, or why there is none; ``tip``: definition and reason.
    """

    label: str
    value: str
    change: str
    direction: Direction
    basis: str
    tip: str


def kpi_text(name: str, totals: Totals, *, filtered: bool) -> KpiText:
    """Word one measure of the totals, against the baseline where the totals have one, else (when filtered) against everything."""
    what = measure(name)
    row = totals.selected
    value = row.values.get(name)
    reason = row.reasons.get(name, "")
    change, direction = _change(name, totals, filtered=filtered)
    tip = "\n".join(part for part in (what.definition, reason, _baseline_tip(name, totals)) if part)
    basis = _in_short(reason) if value is None and reason else _basis(name, row)
    return KpiText(what.label, fmt.measure_value(what, value, totals.currency), change, direction, basis, tip)


def _in_short(reason: str) -> str:
    """Say why there is no figure as far as a tile has room; the tip has the rest."""
    first = reason.partition(":")[0]
    return first[:1].upper() + first[1:]


def _baseline_tip(name: str, totals: Totals) -> str:
    """Say what the baseline's own figure is, with its n, and how it was made comparable."""
    before, what = totals.baseline, measure(name)
    if before is None:
        return ""
    text = tr("Baseline: {value}, {basis}").format(
        value=fmt.measure_value(what, before.values.get(name), totals.currency), basis=_basis(name, before)
    )
    if what.kind == "additive" and totals.time_ratio:
        text += ". " + tr(
            "The window is {ratio} times as long as the baseline's spans together; the change is per time."
        ).format(ratio=fmt.number(totals.time_ratio, 2))
    return text


def _basis(name: str, row: MeasureRow) -> str:
    if name in ("load_p75", "load_p50", "load_p95"):
        return tr("n = {n}").format(n=page_views(row.values.get("page_views")))
    if name == "sessions":
        return page_views(row.values.get("page_views"))
    if name == "revenue":
        return conversions(row.values.get("conversions"))
    return tr("n = {n}").format(n=sessions(row.values.get("sessions")))


def _change(name: str, totals: Totals, *, filtered: bool) -> tuple[str, Direction]:
    what = measure(name)
    baseline = totals.baseline
    against = baseline if baseline is not None else totals.everything if filtered else None
    if against is None:
        return "", "neutral"
    if baseline is None and what.kind == "additive":
        return _share(totals.selected.values.get(name), against.values.get(name)), "neutral"
    now, before = totals.selected.values.get(name), against.values.get(name)
    if baseline is not None and what.kind == "additive" and before is not None:
        before = before * totals.time_ratio if totals.time_ratio else None
    if now is None or before is None or not before:
        return tr("no comparison"), "neutral"
    relative = (now - before) / before
    text = fmt.points(now - before) if what.unit == "%" else fmt.measure_change(what, relative)
    words = tr("{change} vs baseline") if baseline is not None else tr("{change} vs all sessions")
    return words.format(change=text), _direction(what.better, relative)


def _share(part: float | None, whole: float | None) -> str:
    if part is None or not whole:
        return ""
    return tr("{share} of all").format(share=fmt.percent(part / whole, 1))


def _direction(better: str, relative: float) -> Direction:
    if abs(relative) < NOTEWORTHY:
        return "same"
    if better == "neither":
        return "neutral"
    return "better" if (relative > 0) == (better == "higher") else "worse"
