"""``whatif``: what faster pages would bring, for one change or for many scenarios at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docops_desktop.analysis.requests import PageCellsRequest
from docops_desktop.cli import figures
from docops_desktop.cli.options import WORKSPACE, Filters, filter_options, finite, output_options
from docops_desktop.cli.output import Reporter, print_facts, print_json, print_table, with_reason
from docops_desktop.cli.reading import page_group_of, reading, selection_of, value_of
from docops_desktop.engine.queries import WHATIF, Question, answer, strata_by, whatif_model
from docops_desktop.model import wording
from docops_desktop.model.dimensions import dimension
from docops_desktop.model.errors import RequestError
from docops_desktop.model.presets import EVIDENCE, HUNDRED_MS, Preset, preset_of, published
from docops_desktop.model.scenario import ALL_PAGES, BEST_QUARTILE, KINDS, Change, ChangeKind, Scenario, Segment
from docops_desktop.model.selection import ValueClause, parse_condition

if TYPE_CHECKING:
    from docops_desktop.analysis.results.common import Estimate
    from docops_desktop.analysis.results.whatif import Rung, WhatIfPart, WhatIfResult
    from docops_desktop.engine.workspace_session import Loaded

NOTHING = "the data can't support it"


@click.command("whatif")
@WORKSPACE
@click.option("--page", "pages", multiple=True, metavar="GROUP", help="Page group to change; repeatable.")
@click.option("--all-pages", is_flag=True, help="Change all page groups.")
@click.option("--ms", type=float, callback=finite, metavar="N", help="Milliseconds to add; negative is faster.")
@click.option("--percent", type=float, callback=finite, metavar="N", help="Percent to add; negative is faster.")
@click.option("--to-ms", type=float, callback=finite, metavar="N", help="Median load time to come to.")
@click.option("--to-best-quartile", is_flag=True, help="No view slower than the page group's own best quartile.")
@click.option(
    "--to-rest",
    type=click.FloatRange(0, 100, min_open=True),
    is_flag=False,
    flag_value=100.0,
    metavar="[PERCENT]",
    help="Bring the segment's median to that of everybody else on the same pages (or so many percent of the way).",
)
@click.option(
    "--segment",
    metavar="DIM=VALUE[,VALUE...]",
    help='Only sessions of this segment change, for example carrier="Rheinfunk DE".',
)
@click.option(
    "--scenarios",
    type=click.Path(path_type=Path),
    metavar="FILE.json",
    help='Answer many scenarios at once: [{"name": "A", "changes": [{"page_groups": ["Product"], "kind": "ms", "value": -500}]}]; '
    f'kind is one of {", ".join(KINDS)}; the page group "*" is all pages; "segment": {{"carrier": ["Rheinfunk DE"]}} limits a change.',
)
@click.option(
    "--preset",
    "presets",
    multiple=True,
    metavar="NAME",
    help="Show a published figure per 100 ms beside what these data say for 100 ms (repeatable; all = all of them). It changes no estimate.",
)
@click.option("--by", default="page_group", show_default=True, metavar="DIM", help="Break the answer down.")
@filter_options
@output_options
def whatif_command(
    workspace: Path,
    pages: tuple[str, ...],
    all_pages: bool,
    ms: float | None,
    percent: float | None,
    to_ms: float | None,
    to_best_quartile: bool,
    to_rest: float | None,
    segment: str | None,
    scenarios: Path | None,
    presets: tuple[str, ...],
    by: str,
    *,
    filters: Filters,
    as_json: bool,
    quiet: bool,
) -> None:
    """Tell what a change of speed would do to conversions and revenue of WORKSPACE."""
    dimension(by)
    amounts: dict[ChangeKind, float | None] = {
        "ms": ms,
        "percent": percent,
        "to_ms": to_ms,
        "to_percentile": BEST_QUARTILE if to_best_quartile else None,
        "to_rest": to_rest,
    }
    asked = _scenarios(scenarios, pages, segment, all_pages=all_pages, amounts=amounts)
    others = published() if "all" in presets else tuple(preset_of(name) for name in presets)
    reporter = Reporter(quiet=quiet)
    with reading(workspace, reporter) as loaded:
        _check_names(loaded, asked)
        request = PageCellsRequest(WHATIF, strata_by(by))
        question = Question(selection_of(loaded, filters, reporter), requests=(request,))
        reporter.update("fitting the curves")
        *results, own = _answers(loaded, question, (*asked, Scenario("", HUNDRED_MS)), by)
        reporter.clear()
    documents = [{"name": s.name or None, **document(r)} for s, r in zip(asked, results, strict=True)]
    if as_json:
        found = documents[0] if scenarios is None else {"scenarios": documents}
        print_json({**found, "reference": _reference(own, others)} if others else found)
        return
    for scenario, result in zip(asked, results, strict=True):
        _print(scenario, result)
    if len(asked) > 1:
        _print_comparison(asked, results)
    if others:
        _print_reference(own, others)


def _scenarios(
    file: Path | None,
    pages: tuple[str, ...],
    segment: str | None,
    *,
    all_pages: bool,
    amounts: dict[ChangeKind, float | None],
) -> tuple[Scenario, ...]:
    given = [(kind, value) for kind, value in amounts.items() if value is not None]
    if file is not None:
        if pages or all_pages or given or segment:
            raise RequestError("--scenarios can't be used with a change on the command line", fix="Use one of the two")
        return read_scenarios(file)
    if bool(pages) == all_pages:
        raise RequestError("say which pages change", fix="Use --page GROUP (repeatable) or --all-pages")
    if len(given) != 1:
        fix = "Use one of --ms -500, --percent -20, --to-ms 2000, --to-best-quartile, --to-rest"
        raise RequestError("say how much the pages change", fix=fix)
    kind, value = given[0]
    who = None if segment is None else _segment(segment)
    return (Scenario("", (Change((ALL_PAGES,) if all_pages else pages, kind, value, who),)),)


def _segment(text: str) -> Segment:
    clause = parse_condition(text)
    if not isinstance(clause, ValueClause) or clause.negated:
        raise RequestError(f"{text!r} is no segment", "--segment", "Write DIM=VALUE[,VALUE...]")
    return Segment(clause.dimension, clause.values)


def read_scenarios(file: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of a JSON file: a list of them, ``{"scenarios": [...]}``, or one.

    Raises:
        RequestError: the file isn't there, isn't JSON, or holds something else.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise RequestError(f"the scenarios can't be read ({error.strerror})", str(file), "Check the path") from error
    except ValueError as error:
        raise RequestError(f"the file is not JSON ({error})", str(file), "Correct it") from error
    if isinstance(data, dict):
        data = data.get("scenarios", [data])
    if not isinstance(data, list) or not data:
        raise RequestError("there are no scenarios in the file", str(file), 'Expected [{"name", "changes": [...]}]')
    return tuple(_scenario(item, number, file) for number, item in enumerate(data, 1))


def _scenario(item: Any, number: int, file: Path) -> Scenario:
    try:
        return Scenario.from_json(item)
    except RequestError as error:
        raise RequestError(f"scenario {number}: {error.what}", error.where or str(file), error.fix) from error


def _check_names(loaded: Loaded, asked: Sequence[Scenario]) -> None:
    """Refuse page groups and segments that these data don't have."""
    for scenario in asked:
        for change in scenario.changes:
            for name in change.page_groups:
                if name != ALL_PAGES:
                    page_group_of(loaded, name)
            if change.segment is not None:
                for value in change.segment.values:
                    value_of(loaded, change.segment.dimension, value, "--segment")


def _answers(loaded: Loaded, question: Question, asked: Sequence[Scenario], by: str) -> list[WhatIfResult]:
    cells = answer(loaded.facts, question).cells
    assert cells is not None, "the question asked for cells"
    model = whatif_model(loaded.facts, question, cells)
    return [model.answer(scenario.changes, by) for scenario in asked]


def document(result: WhatIfResult) -> dict[str, Any]:
    """An answer as JSON."""
    conversions, revenue = result.conversions, result.revenue
    changes = [change.to_json() for change in result.changes]
    reason = conversions.reason or revenue.reason
    why = {
        **dict.fromkeys(("delta_conversions", "lo", "hi"), conversions.reason or reason),
        **dict.fromkeys(("delta_revenue", "rev_lo", "rev_hi"), revenue.reason or reason),
    }
    adjusted = {
        "delta_conversions": conversions.value,
        "lo": conversions.low,
        "hi": conversions.high,
        "delta_revenue": revenue.value,
        "rev_lo": revenue.low,
        "rev_hi": revenue.high,
    }
    raw_conversions, raw_revenue = result.raw_conversions_estimate, result.raw_revenue_estimate
    raw = {
        "delta_conversions": raw_conversions.value,
        "lo": raw_conversions.low,
        "hi": raw_conversions.high,
        "delta_revenue": raw_revenue.value,
        "rev_lo": raw_revenue.low,
        "rev_hi": raw_revenue.high,
    }
    return {
        "change": changes[0] if len(changes) == 1 else {"changes": changes},
        "observed": with_reason(
            {
                "sessions": result.sessions,
                "conversions": result.observed_conversions,
                "revenue": result.observed_revenue,
            },
            {},
            reason or NOTHING,
        ),
        "raw": with_reason(raw, why, NOTHING),
        "adjusted": with_reason(adjusted, why, NOTHING),
        "by": [_part(result.by, part) for part in result.parts],
        "supported": result.supported,
        "standing": result.standing,
        "statement": result.statement,
        "warnings": list(result.warnings),
        "ladder": [_rung(rung) for rung in result.ladder],
        "checks": [
            with_reason({"name": c.name, "passed": c.passed, "figure": c.figure, "text": c.text}, {}, c.text)
            for c in result.checks
        ],
        "sensitivity": with_reason(
            {"e_value": result.e_value, "e_value_limit": result.e_value_limit},
            {},
            "the figures are adjusted within strata only",
        ),
        "adjusted_for": list(result.adjusted_for),
        "currency": result.currency or None,
        "method": dict(result.method),
    }


def _print_comparison(asked: Sequence[Scenario], results: Sequence[WhatIfResult]) -> None:
    """The scenarios side by side."""
    numbers = ("conversions", "raw", "revenue", "raw revenue")
    rows = [
        (
            scenario.name,
            figures.change(result.conversions),
            figures.change(result.raw_conversions_estimate),
            figures.change(result.revenue, result.currency),
            figures.change(result.raw_revenue_estimate, result.currency),
            result.standing,
        )
        for scenario, result in zip(asked, results, strict=True)
    ]
    print_table("Side by side", ("scenario", *numbers, "reliance"), rows, numbers)


def _reference(own: WhatIfResult, others: Sequence[Preset]) -> dict[str, Any]:
    """What others measured for 100 ms, and what these data say of 100 ms."""
    conversions, revenue = own.conversions_percent, own.revenue_percent
    numbers = {
        "conversions_percent": conversions.value,
        "conversions_percent_lo": conversions.low,
        "conversions_percent_hi": conversions.high,
        "revenue_percent": revenue.value,
        "revenue_percent_lo": revenue.low,
        "revenue_percent_hi": revenue.high,
    }
    reason = conversions.reason or revenue.reason
    return {
        "own_per_100_ms": with_reason(numbers, dict.fromkeys(numbers, reason), NOTHING),
        "published": [preset.to_json() for preset in others],
    }


def _print_reference(own: WhatIfResult, others: Sequence[Preset]) -> None:
    def percent(estimate: Estimate) -> str:
        if estimate.value is None or estimate.low is None or estimate.high is None:
            return wording.NA
        point, low, high = (wording.percent(end / 100, 2) for end in (estimate.value, estimate.low, estimate.high))
        return f"{point} ({low} to {high})"

    estimates = (("conversions", own.conversions_percent), ("revenue", own.revenue_percent))
    rows = [
        ("these data, all pages", what, percent(estimate), "adjusted, observational") for what, estimate in estimates
    ]
    rows += [(f"{p.source} ({p.year})", p.outcome, p.figure(), EVIDENCE[p.evidence]) for p in others]
    print_table(
        "Per 100 ms faster: what others measured",
        ("source", "of", "change", "evidence"),
        rows,
        (),
        note="\n".join(f"{p.source}: {p.note}" for p in others),
    )


def _rung(rung: Rung) -> dict[str, Any]:
    numbers = {
        "name": rung.name,
        "what": rung.what,
        "delta_conversions": rung.conversions.value,
        "lo": rung.conversions.low,
        "hi": rung.conversions.high,
        "delta_revenue": rung.revenue.value,
        "rev_lo": rung.revenue.low,
        "rev_hi": rung.revenue.high,
    }
    return with_reason(numbers, {}, NOTHING)


def _part(by: str, part: WhatIfPart) -> dict[str, Any]:
    numbers = {
        by: part.key,
        "sessions": part.sessions,
        "delta_conversions": part.conversions.value,
        "lo": part.conversions.low,
        "hi": part.conversions.high,
        "delta_revenue": part.revenue.value,
        "rev_lo": part.revenue.low,
        "rev_hi": part.revenue.high,
        "raw_delta_conversions": part.raw_conversions,
        "raw_lo": part.raw_conversions_estimate.low,
        "raw_hi": part.raw_conversions_estimate.high,
        "raw_delta_revenue": part.raw_revenue,
        "raw_rev_lo": part.raw_revenue_estimate.low,
        "raw_rev_hi": part.raw_revenue_estimate.high,
        "supported": part.supported,
    }
    reason = part.reason or part.conversions.reason or part.revenue.reason
    if part.conversions.value is not None and part.raw_conversions is None:
        reason = f"raw curves are not drawn by {by}"
    return with_reason(numbers, dict.fromkeys(numbers, reason), NOTHING)


def _print(scenario: Scenario, result: WhatIfResult) -> None:
    title = scenario.name or "; ".join(change.text() for change in scenario.changes)
    currency = result.currency
    print_facts(
        title,
        {
            "answer": result.statement,
            "sessions": wording.count(result.sessions),
            "conversions now": wording.count(result.observed_conversions),
            "revenue now": wording.money(result.observed_revenue, currency),
            "conversions, adjusted": figures.change(result.conversions),
            "revenue, adjusted": figures.change(result.revenue, currency),
            "conversions, raw": figures.change(result.raw_conversions_estimate),
            "revenue, raw": figures.change(result.raw_revenue_estimate, currency),
            "adjusted for": ", ".join(dimension(name).label for name in result.adjusted_for) or "nothing",
        },
    )
    numbers = ("sessions", "conversions", "revenue")
    print_table(
        "",
        (result.by, *numbers, ""),
        [
            (
                part.key,
                wording.count(part.sessions),
                figures.change(part.conversions),
                figures.change(part.revenue, currency),
                part.reason,
            )
            for part in result.parts
        ],
        numbers,
        note="\n".join(result.warnings),
    )
