"""Findings as a plain table, for copy, CSV and "show as table"."""

from __future__ import annotations

from docops_desktop.analysis.results.cause import ExplainResult, Finding
from docops_desktop.ui import format as fmt
from docops_desktop.ui.models.cause_change import notes, parts
from docops_desktop.ui.models.cause_model import amount, where_text
from docops_desktop.ui.models.sheet import Cell, Sheet

_HEADERS = (
    "combination", "sessions", "expected", "observed", "effect", "effect_low", "effect_high",
    "lost_conversions", "lost_conversions_low", "lost_conversions_high", "lost_revenue", "lost_revenue_low", "lost_revenue_high",
    "share_of_change", "load_p75_ms", "load_p75_baseline_ms", "slowdown", "p_value", "q_value", "since_ms", "until_ms", "why",
)  # fmt: skip


def sheet_of(result: ExplainResult, title: str) -> Sheet:
    """Return one row per finding; the answer and the split of the change are notes."""
    wording = amount(result.measure, result.currency)
    split = tuple(f"{label}: {fmt.signed(value, wording)}" for label, value, _ in parts(result))
    rows = tuple(_cells(finding) for finding in result.findings)
    people = tuple(finding.sessions for finding in result.findings)
    return Sheet(title, _HEADERS, rows, people, notes=(result.answer, *notes(result), *split, *result.warnings))


def _cells(f: Finding) -> tuple[Cell, ...]:
    conversions, revenue = f.lost_conversions, f.lost_revenue
    return (
        where_text(f.where), f.sessions, f.expected, f.observed, f.effect.value, f.effect.low, f.effect.high,
        conversions.value, conversions.low, conversions.high, revenue.value, revenue.low, revenue.high,
        f.share_of_change, f.load_p75, f.load_p75_baseline, f.slowdown.value, f.p_value, f.q_value, f.since_ms, f.until_ms, f.why,
    )  # fmt: skip
