"""``segments``: measures by one to three dimensions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docops_desktop.analysis.requests import SegmentsRequest
from docops_desktop.cli import figures
from docops_desktop.cli.options import WORKSPACE, Filters, filter_options, names, output_options
from docops_desktop.cli.output import Reporter, print_json, print_table, with_reason
from docops_desktop.cli.reading import reading, selection_of
from docops_desktop.engine.queries import Question, answer
from docops_desktop.model.dimensions import dimension
from docops_desktop.model.measures import MEASURES

if TYPE_CHECKING:
    from docops_desktop.analysis.results.common import MeasureRow
    from docops_desktop.analysis.results.segments import SegmentsResult

NOTHING = "nothing was measured"


@click.command("segments")
@WORKSPACE
@click.option("--by", required=True, callback=names, metavar="DIM[,DIM...]", help="One to three dimensions.")
@click.option("--measures", callback=names, metavar="M,...", help="Measures to show (default: all).")
@click.option("--order", default="sessions", show_default=True, metavar="M", help="Measure to sort by.")
@click.option("--limit", type=click.IntRange(min=0), default=500, show_default=True, metavar="N", help="0 is all.")
@filter_options
@output_options
def segments_command(
    workspace: Path,
    by: tuple[str, ...],
    measures: tuple[str, ...] | None,
    order: str,
    limit: int,
    *,
    filters: Filters,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show measures of WORKSPACE by one to three dimensions; with two this is the heatmap."""
    shown = measures or tuple(MEASURES)
    request = SegmentsRequest("segments", by, shown, order, limit)
    reporter = Reporter(quiet=quiet)
    with reading(workspace, reporter) as loaded:
        question = Question(selection_of(loaded, filters, reporter), requests=(request,))
        result: SegmentsResult = answer(loaded.facts, question).panels["segments"]
    currency = loaded.info.currency
    if as_json:
        print_json(
            {
                "by": list(by),
                "rows": [row_document(by, row) for row in result.rows],
                "total": row_document((), result.total),
                "groups": result.groups,
                "order": result.order,
                "currency": currency or None,
                "note": result.note or None,
            }
        )
        return
    rows = [(*row.keys, *_values(shown, row, currency)) for row in result.rows]
    rows.append(("total", *("" for _ in by[1:]), *_values(shown, result.total, currency)))
    labels = [MEASURES[name].label for name in shown]
    title = f"{', '.join(dimension(name).label for name in by)}: {question.selection.text()}"
    print_table(title, (*by, *labels), rows, labels, note=result.note)


def row_document(by: tuple[str, ...], row: MeasureRow) -> dict[str, Any]:
    """One group as JSON: its values of the dimensions, then its measures."""
    keys = dict(zip(by, row.keys, strict=False))
    return {**keys, **with_reason(row.values, row.reasons, NOTHING)}


def _values(shown: tuple[str, ...], row: MeasureRow, currency: str) -> tuple[str, ...]:
    return tuple(figures.measure(name, row.values.get(name), currency) for name in shown)
