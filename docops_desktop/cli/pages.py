"""``pages``: page groups ranked by what they cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docops_desktop.cli import figures
from docops_desktop.cli.options import WORKSPACE, Filters, filter_options, finite, output_options
from docops_desktop.cli.output import Reporter, print_json, print_table, with_reason
from docops_desktop.cli.reading import reading, selection_of
from docops_desktop.engine.queries import PAGES, Question, answer, request_of, targets_of
from docops_desktop.engine.state import ViewSettings

if TYPE_CHECKING:
    from docops_desktop.analysis.results.pages import PageRow, PagesResult

NOTHING = "the data of this page group can't support it"


@click.command("pages")
@WORKSPACE
@click.option(
    "--target-ms",
    type=click.FloatRange(min=0, min_open=True),
    callback=finite,
    metavar="N",
    help="Load time to count what is at stake against (default: the workspace's targets, else each group's best quartile).",
)
@filter_options
@output_options
def pages_command(workspace: Path, target_ms: float | None, *, filters: Filters, as_json: bool, quiet: bool) -> None:
    """Rank the page groups of WORKSPACE, worst first by revenue (or conversions) at stake."""
    reporter = Reporter(quiet=quiet)
    with reading(workspace, reporter) as loaded:
        view = ViewSettings(target_ms=target_ms)
        question = Question(
            selection_of(loaded, filters, reporter),
            requests=(request_of(PAGES, view),),
            target_ms=targets_of(view, loaded.info.definitions.target_ms),
        )
        result: PagesResult = answer(loaded.facts, question).panels[PAGES]
    currency = loaded.info.currency
    if as_json:
        rows = [page_document(row) for row in result.rows]
        print_json(
            {
                "pages": rows,
                "ranked_by": result.ranked_by,
                "currency": currency or None,
                "warnings": list(result.warnings),
                "method": dict(result.method),
            }
        )
        return
    numbers = (
        "page views",
        "share",
        "conv. rate",
        "p50",
        "p75",
        "impact score",
        "conversions at stake",
        "revenue at stake",
    )
    print_table(
        f"Page groups by {result.ranked_by.replace('_', ' ')}: {question.selection.text()}",
        ("page group", "status", *numbers),
        [_cells(row, currency) for row in result.rows],
        numbers,
        note="\n".join((*result.warnings, *(f"{name}: {text}" for name, text in result.method.items()))),
    )


def page_document(row: PageRow) -> dict[str, Any]:
    """One page group as JSON."""
    conversions, revenue = row.conversions_at_stake, row.revenue_at_stake
    numbers = {
        "page_group": row.page_group,
        "page_views": row.page_views,
        "share": row.share,
        "sessions": row.sessions,
        "conversions": row.conversions,
        "conversion_rate": row.conversion_rate,
        "revenue": row.revenue,
        "load_p50": row.load_p50,
        "load_p75": row.load_p75,
        "load_p95": row.load_p95,
        "impact_score": row.impact_score,
        "impact_score_p": row.impact_score_p,
        "conversions_at_stake": conversions.value,
        "conversions_at_stake_lo": conversions.low,
        "conversions_at_stake_hi": conversions.high,
        "revenue_at_stake": revenue.value,
        "revenue_at_stake_lo": revenue.low,
        "revenue_at_stake_hi": revenue.high,
        "status": row.status,
        "target_ms": row.target_ms,
        "exposed_sessions": row.exposed,
        "conversions_at_stake_raw": row.raw_conversions_at_stake,
        "revenue_at_stake_raw": row.raw_revenue_at_stake,
        "conversions_at_stake_stratified": row.stratified_conversions_at_stake.value,
        "revenue_at_stake_stratified": row.stratified_revenue_at_stake.value,
        "adjustment": row.adjustment,
        "why": row.why,
    }
    reasons = dict(row.reasons)
    for name, estimate in (("conversions_at_stake", conversions), ("revenue_at_stake", revenue)):
        for suffix in ("", "_lo", "_hi", "_raw", "_stratified"):
            reasons.setdefault(name + suffix, estimate.reason or reasons.get(name, ""))
    return with_reason(numbers, reasons, NOTHING)


def _cells(row: PageRow, currency: str) -> tuple[str, ...]:
    return (
        row.page_group,
        row.status,
        figures.count(row.page_views),
        figures.rate(row.share),
        figures.rate(row.conversion_rate),
        figures.milliseconds(row.load_p50),
        figures.milliseconds(row.load_p75),
        figures.decimal(row.impact_score),
        figures.estimate(row.conversions_at_stake),
        figures.estimate(row.revenue_at_stake, currency, is_money=True),
    )
