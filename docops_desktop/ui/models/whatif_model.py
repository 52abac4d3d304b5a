"""The parts of a what-if answer as a table: adjusted delta with interval, the raw figure beside it, n/a with the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.whatif import WhatIfPart, WhatIfResult
from docops_desktop.model.dimensions import dimension
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.columns import Column, IntervalBar
from docops_desktop.ui.models.pages_model import axis

Row = TypeVar("Row")


def columns(result: WhatIfResult) -> tuple[Column[WhatIfPart], ...]:
    """Return the columns, worded for this answer."""
    by = dimension(result.by)
    return (
        Column(
            "key",
            by.label,
            by.definition,
            lambda part: part.key,
            lambda part: part.key.casefold(),
            numeric=False,
            tooltip=lambda part: part.key if part.supported else f"{part.key}\n{fmt.missing()}: {part.reason}",
        ),
        Column(
            "sessions",
            tr("Sessions"),
            tr("Sessions behind the figure."),
            lambda p: fmt.count(p.sessions),
            lambda p: float(p.sessions),
        ),
        delta(
            "conversions",
            tr("Conversions"),
            result.parts,
            lambda p: p.conversions,
            lambda p: raw_of(p.raw_conversions, p.raw_conversions_estimate),
            fmt.count,
            lambda p: (p.key, p.reason),
        ),
        delta(
            "revenue",
            tr("Revenue"),
            result.parts,
            lambda p: p.revenue,
            lambda p: raw_of(p.raw_revenue, p.raw_revenue_estimate),
            lambda value: fmt.money(value, result.currency),
            lambda p: (p.key, p.reason),
        ),
    )


def raw_of(figure: float | None, estimate: Estimate) -> Estimate:
    """Return the raw figure, with its interval where it has one."""
    return Estimate(figure) if estimate.value is None else estimate


def delta(
    name: str,
    label: str,
    rows: Sequence[Row],
    adjusted: Callable[[Row], Estimate],
    raw: Callable[[Row], Estimate],
    wording: Callable[[float], str],
    who: Callable[[Row], tuple[str, str]],
) -> Column[Row]:
    """Return a column of changes: the adjusted one with its interval as text and picture, the raw one below.

    Args:
        who: what a row is called, and why it has no figure.
    """
    minimum, maximum = axis(adjusted(row) for row in rows)

    def graphic(row: Row) -> IntervalBar | None:
        e = adjusted(row)
        if e.value is None or e.low is None or e.high is None:
            return None
        return IntervalBar(e.value, e.low, e.high, minimum, maximum)

    def note(row: Row) -> str:
        figure = raw(row).value
        return "" if figure is None else tr("raw {figure}").format(figure=fmt.signed(figure, wording))

    def tooltip(row: Row) -> str:
        called, reason = who(row)
        told = fmt.with_reason(fmt.interval(adjusted(row), wording), adjusted(row).reason or reason)
        below = "" if raw(row).value is None else tr("raw {figure}").format(figure=fmt.interval(raw(row), wording))
        return f"{called}, {label}: {told}\n{below}".strip()

    return Column(
        name,
        label,
        tr(
            "Change of this figure under the scenario: adjusted, with the 95 % interval; raw: the same without adjustment."
        ),
        lambda row: fmt.interval(adjusted(row), wording),
        lambda row: adjusted(row).value,
        graphic=graphic,
        note=note,
        tooltip=tooltip,
    )
