"""``pages``: page groups ranked by what they cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docops_desktop.cli import figures
from docops_desktop.cli.options import WORKSPACE, Filters, filter_options, finite, output_options
from docops_desktop.cli.output import Reporter, print_json, print_table, with_reason
from docops_desktop.cli.reading import reading, selection_of, value_of
from docops_desktop.engine.queries import (
    PAGES,
    Question,
    adjusted_for_cells,
    rank,
    request_of,
    scan,
    story_of,
    targets_of,
)
from docops_desktop.engine.state import ViewSettings
from docops_desktop.model import wording

if TYPE_CHECKING:
    from docops_desktop.analysis.results.page_story import PageStory
    from docops_desktop.analysis.results.pages import PageRow, PagesResult

NOTHING = "the data of this page group can't support it"
NO_E_VALUE = "the figures are adjusted within strata only"


@click.command("pages")
@WORKSPACE
@click.option(
    "--target-ms",
    type=click.FloatRange(min=0, min_open=True),
    callback=finite,
    metavar="N",
    help="Load time to count what is at stake against (default: the workspace's targets, else each group's best quartile).",
)
@click.option("--explain", metavar="GROUP", help="Tell why this page group has its status, with its curve.")
@filter_options
@output_options
def pages_command(
    workspace: Path, target_ms: float | None, explain: str | None, *, filters: Filters, as_json: bool, quiet: bool
) -> None:
    """Rank the page groups of WORKSPACE, worst first by revenue (or conversions) at stake."""
    reporter = Reporter(quiet=quiet)
    story: PageStory | None = None
    with reading(workspace, reporter) as loaded:
        if explain is not None:
            value_of(loaded, "page_group", explain, "--explain")
        view = ViewSettings(target_ms=target_ms)
        question = Question(
            selection_of(loaded, filters, reporter),
            requests=(request_of(PAGES, view),),
            target_ms=targets_of(view, loaded.info.definitions.target_ms),
        )
        cells = scan(loaded.facts, question).to_rank
        assert cells is not None, "the question asked for the ranking"
        causal = adjusted_for_cells(loaded.facts, question.selection, PAGES)
        result: PagesResult = rank(cells, question.target_ms, causal)
        if explain is not None:
            story = story_of(result, cells, explain)
    currency = loaded.info.currency
    if as_json:
        rows = [page_document(row) for row in result.rows]
        print_json(
            {
                "pages": rows,
                "ranked_by": result.ranked_by,
                "currency": currency or None,
                "warnings": list(result.warnings),
                "checks": [
                    with_reason({"name": c.name, "passed": c.passed, "figure": c.figure, "text": c.text}, {}, c.text)
                    for c in result.checks
                ],
                "sensitivity": with_reason(
                    {"e_value": result.e_value, "e_value_limit": result.e_value_limit}, {}, NO_E_VALUE
                ),
                "method": dict(result.method),
                **({} if story is None else {"explain": story_document(story)}),
            }
        )
        return
    if story is not None:
        _print_story(story)
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
        "conversions_at_stake_raw_lo": row.raw_conversions_estimate.low,
        "conversions_at_stake_raw_hi": row.raw_conversions_estimate.high,
        "revenue_at_stake_raw": row.raw_revenue_at_stake,
        "revenue_at_stake_raw_lo": row.raw_revenue_estimate.low,
        "revenue_at_stake_raw_hi": row.raw_revenue_estimate.high,
        "conversions_at_stake_stratified": row.stratified_conversions_at_stake.value,
        "revenue_at_stake_stratified": row.stratified_revenue_at_stake.value,
        "adjustment": row.adjustment,
        "standing": row.standing,
        "e_value_limit": row.e_value_limit,
        "why": row.why,
    }
    reasons = dict(row.reasons)
    for name, estimate in (("conversions_at_stake", conversions), ("revenue_at_stake", revenue)):
        for suffix in ("", "_lo", "_hi", "_raw", "_raw_lo", "_raw_hi", "_stratified"):
            reasons.setdefault(name + suffix, estimate.reason or reasons.get(name, ""))
    reasons["e_value_limit"] = conversions.reason or NO_E_VALUE
    return with_reason(numbers, reasons, NOTHING)


def story_document(story: PageStory) -> dict[str, Any]:
    """An explanation as JSON: the sentences, and the points of the curve."""
    curve = story.curve
    points: list[dict[str, Any]] = []
    if curve is not None:
        names = ("load_ms", "sessions", "conversion_rate", "lo", "hi")
        columns = zip(curve.load_ms, curve.n, curve.rate, curve.low, curve.high, strict=True)
        points = [dict(zip(names, map(float, values), strict=True)) for values in columns]
        for point, rate in zip(points, curve.same_visitors, strict=False):
            point["conversion_rate_same_visitors"] = float(rate)
    return {
        "page_group": story.page_group,
        "status": story.status,
        "sections": [{"title": section.title, "lines": list(section.lines)} for section in story.sections],
        "curve": points,
        "observed_ms": None if curve is None else [curve.floor_ms, curve.ceiling_ms],
    }


def _print_story(story: PageStory) -> None:
    for section in story.sections:
        click.echo(f"{section.title}:")
        for line in section.lines:
            click.echo(f"  {line}")
    curve = story.curve
    if curve is None:
        return
    same = curve.same_visitors if len(curve.same_visitors) else [None] * len(curve.n)
    print_table(
        "Conversion by load time",
        ("load time", "sessions", "conv. rate", "95 %", "same mix of visitors"),
        [
            (
                wording.duration(load),
                wording.count(n),
                wording.percent(rate),
                f"{wording.percent(low)} to {wording.percent(high)}",
                wording.percent(standard),
            )
            for load, n, rate, low, high, standard in zip(
                curve.load_ms, curve.n, curve.rate, curve.low, curve.high, same, strict=True
            )
        ],
        ("load time", "sessions", "conv. rate", "95 %", "same mix of visitors"),
    )


def _cells(row: PageRow, currency: str) -> tuple[str, ...]:
    return (
        row.page_group,
        row.status,
        wording.count(row.page_views),
        wording.percent(row.share),
        wording.percent(row.conversion_rate),
        wording.duration(row.load_p50),
        wording.duration(row.load_p75),
        figures.decimal(row.impact_score),
        figures.estimate(row.conversions_at_stake),
        figures.estimate(row.revenue_at_stake, currency),
    )
