"""``explain``: the one combination behind a drop, or what stands out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docops_desktop.cli import figures
from docops_desktop.cli.options import Filters, filter_options, names, output_options
from docops_desktop.cli.output import Reporter, print_facts, print_json, print_table, time_text, with_reason
from docops_desktop.cli.reading import COMPILE_SECONDS, WORTH_COMPILING_ROWS, reading, selection_of
from docops_desktop.model import wording
from docops_desktop.model.dimensions import dimension
from docops_desktop.model.errors import RequestError
from docops_desktop.model.timespan import TimeSpan, parse_span

if TYPE_CHECKING:
    from docops_desktop.analysis.results.cause import Change, ExplainResult, Finding
    from docops_desktop.engine.workspace_session import Loaded

NOTHING = "the data can't support it"


@click.command("explain")
@click.argument("workspace", required=False, type=click.Path(path_type=Path))
@click.option(
    "--cube",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Explain aggregated cells in place of a workspace: a column per dimension, real and predict.",
)
@click.option(
    "--measure", default="conversions", show_default=True, metavar="M", help="What dropped (load: what rose)."
)
@click.option("--window", metavar="FROM/TO", help="The time to explain, against a baseline.")
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    metavar="FROM/TO",
    help="What to compare with; repeatable (default: the same hours of earlier days of the same kind).",
)
@click.option("--max-depth", type=click.IntRange(1, 3), default=3, show_default=True, help="Dimensions at most.")
@click.option("--top", type=click.IntRange(min=1), default=5, show_default=True, help="Findings at most.")
@click.option("--by", callback=names, metavar="DIM,...", help="Dimensions to search (default: all).")
@filter_options
@output_options
def explain_command(
    workspace: Path | None,
    cube: Path | None,
    measure: str,
    window: str | None,
    baselines: tuple[str, ...],
    max_depth: int,
    top: int,
    by: tuple[str, ...] | None,
    *,
    filters: Filters,
    as_json: bool,
    quiet: bool,
) -> None:
    """Name the combination behind a drop in WORKSPACE; without --window and --baseline: the segment that stands out."""
    from docops_desktop.analysis.cause.request import ExplainRequest

    # What is wrong in the request itself is said before anything is opened.
    if cube is not None:
        from docops_desktop.cli.explain_cube import explain_cube

        if workspace is not None or window is not None or baselines or filters != Filters():
            raise RequestError("--cube takes no workspace, times or filters: its cells are all there is", "--cube")
        explain_cube(cube, top, as_json=as_json)
        return
    if workspace is None:
        raise RequestError("there is nothing to explain", fix="Give a workspace, or --cube FILE.csv")
    compare = window is not None or bool(baselines)
    for text in (*baselines, *((window,) if window else ())):
        parse_span(text)
    for name in by or ():
        if dimension(name).level != "session" or dimension(name).coding != "dictionary":
            raise RequestError(f"{name} can't be searched", "--by", "Use dimensions of the session, e.g. landing_page")
    if window is not None and (filters.start is not None or filters.end is not None):
        raise RequestError("--window can't be used with --from or --to", fix="Use one of the two")
    ExplainRequest(compare=compare, measure=measure, max_depth=max_depth, top=top)
    reporter = Reporter(quiet=quiet)
    with reading(workspace, reporter) as loaded:
        zone = loaded.info.time_zone
        selection = selection_of(loaded, filters, reporter)
        if window is not None:
            selection = selection.with_span(_span(window, zone))
        request = ExplainRequest(
            selection, compare, tuple(_span(b, zone) for b in baselines), measure, max_depth, top, by or ()
        )
        result = _explained(loaded, request, reporter)
        reporter.clear()
    for warning in result.warnings:
        reporter.warn(warning)
    if as_json:
        print_json(document(result, zone))
    else:
        _print(result, zone)


def _span(text: str, zone: str) -> TimeSpan:
    return parse_span(text, zone)


def _explained(loaded: Loaded, request: Any, reporter: Reporter) -> ExplainResult:
    from docops_desktop.analysis.cause.explain import explain
    from docops_desktop.kernels import cause_runner

    if loaded.facts.n_sessions + loaded.facts.n_page_views > WORTH_COMPILING_ROWS:
        reporter.update("loading the compiled kernels")
        cause_runner.wait(COMPILE_SECONDS)
    return explain(loaded.facts, request, reporter.step)


def document(result: ExplainResult, zone: str = "UTC") -> dict[str, Any]:
    """An answer as JSON."""
    return {
        "measure": result.measure,
        "window": _span_document(result.window, zone),
        "baseline": [_span_document(span, zone) for span in result.baseline] or None,
        "change": _change_document(result.change),
        "findings": [_finding_document(finding, zone) for finding in result.findings],
        "answer": result.answer,
        "could_have_missed": with_reason(
            {"loss": result.missed, "effect": result.missed_effect},
            {},
            "something was found" if result.findings else "no combination is large enough to show a loss",
        ),
        "searched": {
            "dimensions": list(result.searched),
            "combinations": result.combinations,
            "min_sessions": result.min_sessions,
            "sessions": result.sessions,
            "baseline_sessions": result.baseline_sessions,
        },
        "currency": result.currency or None,
        "warnings": list(result.warnings),
        "seconds": result.seconds,
    }


def _span_document(span: TimeSpan | None, zone: str) -> dict[str, str | None] | None:
    return None if span is None else {"from": time_text(span.start_ms, zone), "to": time_text(span.end_ms, zone)}


def _change_document(change: Change) -> dict[str, Any]:
    names_ = (
        "before", "after", "difference", "volume", "mix", "rate", "value", "findings", "site_wide", "site_wide_load"
    )  # fmt: skip
    return with_reason({name: getattr(change, name) for name in names_}, {}, change.reason or NOTHING)


def _finding_document(finding: Finding, zone: str) -> dict[str, Any]:
    conversions, revenue = finding.lost_conversions, finding.lost_revenue
    numbers = {
        "where": dict(finding.where),
        "sessions": finding.sessions,
        "expected": finding.expected,
        "observed": finding.observed,
        "effect": finding.effect.value,
        "effect_lo": finding.effect.low,
        "effect_hi": finding.effect.high,
        "effect_shrunk": finding.effect_shrunk,
        "lost_conversions": conversions.value,
        "lost_conversions_lo": conversions.low,
        "lost_conversions_hi": conversions.high,
        "lost_revenue": revenue.value,
        "lost_revenue_lo": revenue.low,
        "lost_revenue_hi": revenue.high,
        "share_of_change": finding.share_of_change,
        "p_value": finding.p_value,
        "q_value": finding.q_value,
        "load_p75": finding.load_p75,
        "load_p75_baseline": finding.load_p75_baseline,
        "slowdown": finding.slowdown.value,
        "slowdown_lo": finding.slowdown.low,
        "slowdown_hi": finding.slowdown.high,
        "why": finding.why,
    }
    reasons = dict(finding.reasons)
    for name, estimate in (("lost_revenue", revenue), ("lost_conversions", conversions), ("effect", finding.effect)):
        for suffix in ("", "_lo", "_hi"):
            reasons.setdefault(name + suffix, estimate.reason)
    evidence = {
        "since": time_text(finding.since_ms, zone),
        "until": time_text(finding.until_ms, zone),
        "pages": [
            with_reason(
                {
                    "page_group": page.page_group,
                    "page_views": page.page_views,
                    "load_p75": page.load_p75,
                    "load_p75_baseline": page.load_p75_baseline,
                    "slowdown": page.shift,
                },
                {},
                "too few page views were measured",
            )
            for page in finding.pages
        ],
        "relatives": [
            with_reason(
                {
                    "other": relative.dimension,
                    "than": relative.value,
                    "sessions": relative.sessions,
                    "observed": relative.observed,
                    "expected": relative.expected,
                    "effect": relative.effect.value,
                    "effect_lo": relative.effect.low,
                    "effect_hi": relative.effect.high,
                    "slowdown": relative.slowdown,
                    "hurt": relative.hurt,
                },
                {},
                relative.effect.reason or NOTHING,
            )
            for relative in finding.relatives
        ],
    }
    return {**with_reason(numbers, reasons, NOTHING), "evidence": evidence}


def _print(result: ExplainResult, zone: str) -> None:
    change, currency = result.change, result.currency
    shown = {
        "window": "all data" if result.window is None else _range(result.window, zone),
        "baseline": ", ".join(_range(span, zone) for span in result.baseline) or "the rest of the sessions",
    }
    if change.difference is not None:
        for name in ("before", "after", "difference", "volume", "mix", "rate", "value", "findings"):
            number = getattr(change, name)
            if number is not None:
                amount = _amount if name in ("before", "after") else _difference
                shown[name] = amount(result.measure, number, currency)
        if change.site_wide is not None:
            shown["site-wide drift"] = (
                f"{_change(change.site_wide)} conversions, {_change(change.site_wide_load or 0.0)} load"
            )
    print_facts(f"What explains {result.measure}", shown)
    if not result.findings:
        click.echo(f"{result.answer[:1].upper()}{result.answer[1:]}".rstrip(".") + ".")
        return
    numbers = ("sessions", "expected", "observed", "conversions lost", "revenue lost", "of the change", "q")
    print_table(
        "",
        ("where", *numbers),
        [
            (
                ", ".join(f"{name}={value}" for name, value in finding.where.items()),
                wording.count(finding.sessions),
                _amount(result.measure, finding.expected, currency),
                _amount(result.measure, finding.observed, currency),
                figures.estimate(finding.lost_conversions),
                figures.estimate(finding.lost_revenue, currency),
                wording.percent(finding.share_of_change),
                f"{finding.q_value:.2g}",
            )
            for finding in result.findings
        ],
        numbers,
        note="\n".join(finding.why for finding in result.findings),
    )


def _difference(measure: str, value: float, currency: str) -> str:
    if measure == "conversion_rate":
        return wording.points(value)
    return wording.signed(value, lambda part: _amount(measure, part, currency))


def _change(relative: float) -> str:
    return wording.signed(relative, lambda value: wording.percent(value, 1))


def _range(span: TimeSpan, zone: str) -> str:
    return f"{time_text(span.start_ms, zone)} to {time_text(span.end_ms, zone)}"


def _amount(measure: str, value: float, currency: str) -> str:
    if measure == "revenue":
        return wording.money(value, currency)
    if measure == "conversion_rate":
        return wording.percent(value)
    return wording.duration(value) if measure.startswith("load") else wording.count(value)
