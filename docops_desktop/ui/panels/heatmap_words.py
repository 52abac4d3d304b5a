"""What the heatmap says: modes, hover lines, legend, the text alternative, the table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from docops_desktop.analysis.results.heatmap import HeatmapResult
from docops_desktop.model.dimensions import OTHER, dimension
from docops_desktop.model.measures import MEASURES, Measure, measure
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.colour_scale import ColourScale, diverging, sequential
from docops_desktop.ui.charts.layers import Floats
from docops_desktop.ui.count_words import sessions
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.models.sheet import Sheet
from docops_desktop.ui.theme import Theme

OUTLINE_Z = 4.0
"""Cells whose change is at least this many standard errors are outlined: over 1,000 cells of pure chance hardly one is (p = 6e-5 each)."""
_BEYOND, _FILLED, _FEW = 0.1, 0.4, 10
_PALE_CHANGE = 0.10
_PALE_POINTS = 0.005


def definition() -> str:
    """Return the panel's tooltip."""
    return tr(
        "One measure over two dimensions, biggest groups first. Hover for details, click to keep a cell, Ctrl+click to add one, drag over several, click a "
        "label to keep a whole row or column. Ctrl+wheel makes rows higher. Outlined: changed by at least 4 standard errors against the baseline."
    )


def modes() -> dict[str, str]:
    """Return the ways of showing the measure."""
    return {"value": tr("Value"), "change": tr("Change"), "z": tr("Standard errors")}


def measures() -> dict[str, str]:
    """Return the measures that can be shown."""
    return {name: tr(found.label) for name, found in MEASURES.items()}


def with_values(
    result: HeatmapResult, least: int, wanted_rows: frozenset[int], wanted_columns: frozenset[int]
) -> HeatmapResult:
    """Return the result without rows and columns of thin cells: no cell but the remainder's has ``least`` sessions, and none stands out.

    Rows and columns that are wanted stay anyway. Long tails of thin groups would leave the cells that can be read a few pixels each.
    """
    readable = result.sessions >= least
    own = readable & ~_row_of(result.column_labels, OTHER) & ~_column_of(result.row_labels, OTHER)
    if not own.any():
        return result
    compared = has_baseline(result)
    telling = readable & (np.nan_to_num(np.abs(result.z)) >= OUTLINE_Z) if compared else np.zeros_like(readable)
    by_row = own | telling | (readable & _column_of(result.row_labels, OTHER))
    by_column = own | telling | (readable & _row_of(result.column_labels, OTHER))
    return part_of(result, _places(by_row, 1, wanted_rows), _places(by_column, 0, wanted_columns))


def part_of(result: HeatmapResult, rows: Sequence[int], columns: Sequence[int]) -> HeatmapResult:
    """Return the result with these rows and columns only."""
    if len(rows) == len(result.row_labels) and len(columns) == len(result.column_labels):
        return result
    cells, compared = np.ix_(rows, columns), has_baseline(result)
    return replace(
        result,
        row_labels=tuple(result.row_labels[i] for i in rows),
        column_labels=tuple(result.column_labels[i] for i in columns),
        sessions=result.sessions[cells],
        values=result.values[cells],
        baseline_sessions=result.baseline_sessions[cells] if compared else result.baseline_sessions,
        baseline_values=result.baseline_values[cells] if compared else result.baseline_values,
        change=result.change[cells] if compared else result.change,
        z=result.z[cells] if compared else result.z,
    )


def _places(telling: npt.NDArray[np.bool_], axis: int, wanted: frozenset[int]) -> list[int]:
    return sorted({*np.flatnonzero(telling.any(axis=axis)).tolist(), *wanted})


def _row_of(labels: tuple[str, ...], text: str) -> npt.NDArray[np.bool_]:
    return np.array([label == text for label in labels], dtype=bool)


def _column_of(labels: tuple[str, ...], text: str) -> npt.NDArray[np.bool_]:
    return _row_of(labels, text)[:, None]


def left_out_text(whole: HeatmapResult, shown: HeatmapResult, *, steady: bool = False) -> str:
    """Return how many rows and columns are not shown for want of sessions, "" for none.

    ``steady``: a brush moves, and what it hides are the rows and columns that were hidden before, whatever sessions they have now.
    """
    rows = len(whole.row_labels) - len(shown.row_labels)
    columns = len(whole.column_labels) - len(shown.column_labels)
    if not rows and not columns:
        return ""
    if steady and not columns:
        return tr_n(rows, "%n row stays hidden", "%n rows stay hidden")
    if steady:
        return tr("rows hidden: {rows}, columns: {columns}").format(rows=rows, columns=columns)
    if not columns:
        return tr_n(rows, "%n thin row hidden", "%n thin rows hidden")
    return tr("{rows}, {columns} hidden").format(
        rows=tr_n(rows, "%n thin row", "%n thin rows"), columns=tr_n(columns, "%n column", "%n columns")
    )


def has_baseline(result: HeatmapResult) -> bool:
    """Tell whether there is something to compare with."""
    return result.baseline_values.size > 0


def shown_values(result: HeatmapResult, mode: str) -> Floats:
    """Return what the colours stand for, (rows, columns)."""
    return {"change": result.change, "z": result.z}.get(mode, result.values)


def scale_of(result: HeatmapResult, mode: str, theme: Theme) -> ColourScale:
    """Return the colour scale: sequential for values, diverging round zero for changes, worse at the last stop."""
    found = measure(result.measure)
    values = shown_values(result, mode)
    if mode == "value":
        return sequential(values, theme.sequential_stops)
    pale = 3.0 if mode == "z" else _PALE_POINTS if found.unit == "%" else _PALE_CHANGE
    return diverging(values, theme.diverging_stops, higher_is_worse=found.better != "higher", at_least=pale)


def still_fits(scale: ColourScale, values: Floats) -> bool:
    """Tell whether a scale serves other values, too: hardly any lie beyond its ends, and they take up a good part of it."""
    known = values[np.isfinite(values)]
    if not known.size:
        return True
    inside = np.clip(known, scale.low, scale.high)
    beyond = np.count_nonzero(inside != known)
    spread = float(inside.max() - inside.min())
    return bool(beyond <= _BEYOND * known.size) and (known.size < _FEW or spread >= _FILLED * (scale.high - scale.low))


def word(result: HeatmapResult, mode: str, value: float, currency: str) -> str:
    """Return a value of the mode in words, "" for none."""
    if math.isnan(value):
        return ""
    found = measure(result.measure)
    if mode == "z":
        return fmt.signed(value, lambda v: fmt.number(v, 1))
    return fmt.measure_change(found, value) if mode == "change" else fmt.measure_value(found, value, currency)


def legend_title(result: HeatmapResult, mode: str) -> str:
    """Return what the colours stand for, in words."""
    label = tr(measure(result.measure).label)
    return {
        "change": tr("{measure}, change").format(measure=label),
        "z": tr("{measure}, change in standard errors").format(measure=label),
    }.get(mode, label)


def cell_lines(result: HeatmapResult, row: int, column: int, currency: str) -> tuple[str, list[tuple[str, str]], str]:
    """Return title, lines and foot of a cell's details."""
    found: Measure = measure(result.measure)
    title = f"{result.row_labels[row]} · {result.column_labels[column]}"
    n, value = int(result.sessions[row, column]), float(result.values[row, column])
    lines = [
        (tr(found.label), fmt.measure_value(found, value, currency)),
        ("n", sessions(n, fmt.exact)),
    ]
    if has_baseline(result):
        before = float(result.baseline_values[row, column])
        z = float(result.z[row, column])
        lines += [
            (tr("Baseline"), fmt.measure_value(found, before, currency)),
            (tr("Baseline n"), sessions(int(result.baseline_sessions[row, column]), fmt.exact)),
            (tr("Change"), fmt.measure_change(found, float(result.change[row, column]))),
            ("z", word(result, "z", z, currency) or fmt.missing()),
        ]
    return title, lines, _foot(result, n, value)


def _foot(result: HeatmapResult, n: int, value: float) -> str:
    if not math.isnan(value):
        return ""
    if n < result.min_sessions:
        return tr("too few sessions to show a value ({n} of {least})").format(n=n, least=result.min_sessions)
    return tr("nothing was measured")


def description(result: HeatmapResult, mode: str, currency: str) -> str:
    """Return the text alternative: the shape, and the cell that stands out most."""
    rows, columns = len(result.row_labels), len(result.column_labels)
    text = tr(
        "Heatmap of {measure}: {rows} values of {row_dimension} by {columns} values of {column_dimension}."
    ).format(
        measure=legend_title(result, mode),
        rows=rows,
        row_dimension=tr(dimension(result.row_dimension).label),
        columns=columns,
        column_dimension=tr(dimension(result.column_dimension).label),
    )
    ranking = np.abs(result.z) if has_baseline(result) and np.isfinite(result.z).any() else result.values
    if not ranking.size or not np.isfinite(ranking).any():
        return f"{text} {tr('No cell has enough sessions.')}"
    row, column = np.unravel_index(int(np.nanargmax(ranking)), ranking.shape)
    title, lines, _ = cell_lines(result, int(row), int(column), currency)
    details = ", ".join(f"{name} {value}" for name, value in lines)
    return f"{text} {tr('Stands out most: {cell}: {details}.').format(cell=title, details=details)}"


def sheet(result: HeatmapResult, title: str, currency: str) -> Sheet:
    """Return one row per cell with sessions."""
    unit = {"ms": "_ms", "money": f"_{currency}"}.get(measure(result.measure).unit, "")
    headers: tuple[str, ...] = (result.row_dimension, result.column_dimension, "sessions", f"{result.measure}{unit}")
    compared = has_baseline(result)
    if compared:
        headers += ("baseline_sessions", f"baseline_{result.measure}{unit}", "change", "z")
    cells = [(int(r), int(c)) for r, c in np.argwhere(result.sessions > 0)]
    rows = tuple(
        (
            result.row_labels[r],
            result.column_labels[c],
            int(result.sessions[r, c]),
            float(result.values[r, c]),
            *(
                (
                    int(result.baseline_sessions[r, c]),
                    float(result.baseline_values[r, c]),
                    float(result.change[r, c]),
                    float(result.z[r, c]),
                )
                if compared
                else ()
            ),
        )
        for r, c in cells
    )
    note = tr("Cells with fewer than {n} sessions have no value.").format(n=result.min_sessions)
    return Sheet(title, headers, rows, tuple(int(result.sessions[cell]) for cell in cells), notes=(note,))
