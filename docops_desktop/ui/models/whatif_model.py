"""The parts of a what-if answer as a table: adjusted delta with interval, the raw figure beside it, n/a with the reason."""

from __future__ import annotations

from collections.abc import Callable

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.whatif import WhatIfPart, WhatIfResult
from docops_desktop.model.dimensions import dimension
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.columns import Column, IntervalBar
from docops_desktop.ui.models.pages_model import axis


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
        _delta(
            "conversions", tr("Conversions"), result, lambda p: p.conversions, lambda p: p.raw_conversions, fmt.count
        ),
        _delta(
            "revenue",
            tr("Revenue"),
            result,
            lambda p: p.revenue,
            lambda p: p.raw_revenue,
            lambda value: fmt.money(value, result.currency),
        ),
    )


def _delta(
    name: str,
    label: str,
    result: WhatIfResult,
    adjusted: Callable[[WhatIfPart], Estimate],
    raw: Callable[[WhatIfPart], float | None],
    wording: Callable[[float], str],
) -> Column[WhatIfPart]:
    minimum, maximum = axis(adjusted(part) for part in result.parts)

    def graphic(part: WhatIfPart) -> IntervalBar | None:
        e = adjusted(part)
        if e.value is None or e.low is None or e.high is None:
            return None
        return IntervalBar(e.value, e.low, e.high, minimum, maximum)

    def note(part: WhatIfPart) -> str:
        figure = raw(part)
        return "" if figure is None else tr("raw {figure}").format(figure=fmt.signed(figure, wording))

    def text(part: WhatIfPart) -> str:
        return fmt.interval(adjusted(part), wording)

    return Column(
        name,
        label,
        tr(
            "Change of this figure under the scenario: adjusted, with the 95 % interval; raw: the same without adjustment."
        ),
        text,
        lambda part: adjusted(part).value,
        graphic=graphic,
        note=note,
        tooltip=lambda part: (
            f"{part.key}, {label}: {fmt.with_reason(text(part), adjusted(part).reason or part.reason)}\n{note(part)}".strip()
        ),
    )
