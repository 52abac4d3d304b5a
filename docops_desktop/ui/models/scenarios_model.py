"""Scenarios side by side: one row each with its answer, as table, CSV and JSON. Words figures, computes none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.whatif import WhatIfResult
from docops_desktop.model.scenario import Scenario
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.columns import Column
from docops_desktop.ui.models.sheet import Cell, Sheet
from docops_desktop.ui.models.whatif_model import delta, raw_of

_WAITING = Estimate(None)


@dataclass(frozen=True, slots=True)
class Compared:
    """A scenario and its answer.

    Attributes:
        answer: None while it is being computed, and where there can't be one: ``error`` says why.
        saved: it is one of the workspace's.
    """

    scenario: Scenario
    answer: WhatIfResult | None
    saved: bool = True
    error: str = ""

    @property
    def name(self) -> str:
        """What the row is called."""
        if self.saved:
            return self.scenario.name
        return tr("{name} (changed)").format(name=self.scenario.name) if self.scenario.name else tr("Not saved")

    @property
    def changes(self) -> str:
        """What it changes, in words."""
        return "; ".join(change.text() for change in self.scenario.changes)


def columns(rows: Sequence[Compared], currency: str) -> tuple[Column[Compared], ...]:
    """Return the columns, worded for these rows."""

    def wording(value: float) -> str:
        return fmt.money(value, currency)

    return (
        Column(
            "scenario",
            tr("Scenario"),
            tr("A named set of changes; below it what it changes."),
            lambda row: row.name,
            lambda row: row.name.casefold(),
            numeric=False,
            note=lambda row: fmt.prose(row.changes),
            tooltip=lambda row: f"{row.name}\n{fmt.prose(row.changes)}",
        ),
        delta(
            "conversions",
            tr("Conversions"),
            rows,
            lambda row: row.answer.conversions if row.answer else _WAITING,
            lambda row: (
                raw_of(row.answer.raw_conversions, row.answer.raw_conversions_estimate) if row.answer else _WAITING
            ),
            fmt.count,
            lambda row: (row.name, _reason(row)),
        ),
        delta(
            "revenue",
            tr("Revenue"),
            rows,
            lambda row: row.answer.revenue if row.answer else _WAITING,
            lambda row: raw_of(row.answer.raw_revenue, row.answer.raw_revenue_estimate) if row.answer else _WAITING,
            wording,
            lambda row: (row.name, _reason(row)),
        ),
        standing_column(lambda row: row.answer.statement if row.answer else _reason(row)),
    )


def _reason(row: Compared) -> str:
    return (row.error or tr("being computed")) if row.answer is None else ""


def standing_column(tooltip: Callable[[Any], str]) -> Column[Any]:
    """Return the column that says how far a row's ``answer`` may be relied on."""
    return Column(
        "standing",
        tr("Reliance"),
        tr("How far the change of conversions may be relied on: its interval, and the checks that it was put to."),
        lambda row: standing_word(row.answer, row.error),
        lambda row: standing_word(row.answer, row.error),
        numeric=False,
        tooltip=tooltip,
    )


def standing_word(answer: WhatIfResult | None, error: str = "") -> str:
    """Return the word for how an answer stands; of none, that it is being computed, or can't be."""
    if answer is None:
        return f"× {fmt.missing()}" if error else "…"
    words = {"shown": tr("✓ shown"), "doubtful": tr("⚠ doubtful"), "not shown": tr("○ not shown")}
    word = words.get(answer.standing, f"× {fmt.missing()}")
    return tr("{word}, first estimate").format(word=word) if answer.first_estimate else word


_HEADERS = (
    "scenario", "changes", "sessions", "conversions_now", "revenue_now",
    "conversions", "conversions_low", "conversions_high", "raw_conversions", "raw_conversions_low", "raw_conversions_high",
    "revenue", "revenue_low", "revenue_high", "raw_revenue", "raw_revenue_low", "raw_revenue_high", "standing", "statement",
)  # fmt: skip


def sheet(rows: Sequence[Compared]) -> Sheet:
    """Return the answered scenarios as a table of raw figures."""
    answered = [(row, row.answer) for row in rows if row.answer is not None]
    cells = tuple(_cells(row, answer) for row, answer in answered)
    notes = tuple(dict.fromkeys(f"{name}: {text}" for _, answer in answered for name, text in answer.method.items()))
    return Sheet(tr("Scenarios"), _HEADERS, cells, tuple(answer.sessions for _, answer in answered), notes=notes)


def _cells(row: Compared, answer: WhatIfResult) -> tuple[Cell, ...]:
    found: list[Cell] = [row.name, row.changes, answer.sessions, answer.observed_conversions, answer.observed_revenue]
    for estimate in (
        answer.conversions,
        raw_of(answer.raw_conversions, answer.raw_conversions_estimate),
        answer.revenue,
        raw_of(answer.raw_revenue, answer.raw_revenue_estimate),
    ):
        found += [estimate.value, estimate.low, estimate.high]
    return (*found, answer.standing, answer.statement)


def document(rows: Sequence[Compared], stamp: Sequence[str], currency: str, k: int) -> dict[str, Any]:
    """Return the scenarios with their answers as JSON data, in the form that ``whatif --scenarios`` reads; no answer about fewer than k sessions."""
    headers = _HEADERS[2:]

    def answer(row: Compared) -> dict[str, Cell] | None:
        if row.answer is None or 0 < row.answer.sessions < k:
            return None
        return dict(zip(headers, _cells(row, row.answer)[2:], strict=True))

    return {
        "stamp": list(stamp),
        "currency": currency or None,
        "scenarios": [
            {
                **Scenario(row.name, row.scenario.changes).to_json(),
                "answer": answer(row),
                **({"reason": row.error} if row.error else {}),
            }
            for row in rows
        ],
    }
