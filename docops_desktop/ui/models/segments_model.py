"""The segment table: one row per group, the total pinned on top, a bar behind every additive measure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import overload

from docops_desktop.analysis.results.common import MeasureRow
from docops_desktop.analysis.results.measure_rows import MeasureRows
from docops_desktop.analysis.results.segments import SegmentsResult
from docops_desktop.model.dimensions import dimension
from docops_desktop.model.measures import Measure, measure
from docops_desktop.ui import format as fmt
from docops_desktop.ui.count_words import sessions
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.columns import Bar, Column, share_of

SHORT_LABELS = {
    "conversion_rate": "Conv. rate",
    "revenue_per_session": "Rev. / session",
    "load_p50": "Load p50",
    "load_p75": "Load p75",
    "load_p95": "Load p95",
}


def short_label(name: str) -> str:
    """Return a measure's label for a narrow column."""
    return tr(SHORT_LABELS.get(name, measure(name).label))


def columns(result: SegmentsResult, measures: Sequence[str], currency: str) -> tuple[Column[MeasureRow], ...]:
    """Return one column per dimension, then one per measure that the result has and the user chose."""
    shown = [name for name in measures if name in result.measures]
    return (
        *(_dimension_column(name, position) for position, name in enumerate(result.by)),
        *(_measure_column(measure(name), result, currency) for name in shown),
    )


def rows(result: SegmentsResult) -> Sequence[MeasureRow]:
    """Return the total, then the groups."""
    return _TotalFirst(result.total, result.rows)


def groups_of(result: SegmentsResult) -> Hashable:
    """Return a value that is the same again when the groups are the same, in the same order."""
    keys = result.rows.keys if isinstance(result.rows, MeasureRows) else tuple(row.keys for row in result.rows)
    return keys if isinstance(keys, Hashable) else tuple(keys)


class _TotalFirst(Sequence[MeasureRow]):
    """The total before the groups; a group becomes a row when somebody looks at it."""

    def __init__(self, total: MeasureRow, groups: Sequence[MeasureRow]) -> None:
        self._total, self._groups = total, groups

    def __len__(self) -> int:
        return 1 + len(self._groups)

    @overload
    def __getitem__(self, at: int) -> MeasureRow: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[MeasureRow]: ...
    def __getitem__(self, at: int | slice) -> MeasureRow | Sequence[MeasureRow]:
        if isinstance(at, slice):
            return tuple(self)[at]
        place = range(len(self))[at]
        return self._groups[place - 1] if place else self._total


def is_total(row: MeasureRow) -> bool:
    """Tell the total: it has no keys."""
    return not row.keys


def _dimension_column(name: str, position: int) -> Column[MeasureRow]:
    found = dimension(name)

    def text(row: MeasureRow) -> str:
        if is_total(row):
            return tr("Total") if position == 0 else ""
        return row.keys[position]

    return Column(
        name,
        tr(found.label),
        tr(found.definition),
        text,
        lambda row: text(row).casefold(),
        numeric=False,
        tooltip=lambda row: " · ".join(row.keys) or tr("Total over all groups, listed or not"),
    )


def _measure_column(found: Measure, result: SegmentsResult, currency: str) -> Column[MeasureRow]:
    largest = _largest(result.rows, found.name)

    def graphic(row: MeasureRow) -> Bar | None:
        return None if is_total(row) or found.kind == "ratio" else share_of(row.values.get(found.name), largest)

    def text(row: MeasureRow) -> str:
        return fmt.measure_value(found, row.values.get(found.name), currency)

    return Column(
        found.name,
        short_label(found.name),
        tr(found.definition),
        text,
        lambda row: row.values.get(found.name),
        graphic=graphic,
        tooltip=lambda row: _tooltip(found, row, text(row), currency),
    )


def _largest(groups: Sequence[MeasureRow], name: str) -> float:
    if isinstance(groups, MeasureRows):
        return groups.largest(name)
    values = [row.values.get(name) for row in groups]
    return max((abs(v) for v in values if v is not None), default=0.0)


def _tooltip(found: Measure, row: MeasureRow, text: str, currency: str) -> str:
    value = row.values.get(found.name)
    if value is None:
        return f"{found.label}: {fmt.with_reason(text, row.reasons.get(found.name, tr('not measured')))}"
    full = {"": fmt.exact(value), "money": fmt.money(value, currency, short=False)}.get(found.unit, text)
    n = row.values.get("sessions")
    return f"{found.label}: {full}" + (f"\n{tr('n = {n}').format(n=sessions(n, fmt.exact))}" if n is not None else "")
