"""Findings as table rows, the change as steps: what is said, and that the steps add up."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from PySide6.QtTest import QAbstractItemModelTester

from docops_desktop.analysis.results.cause import PageEvidence
from docops_desktop.ui.charts.waterfall import Step, Waterfall
from docops_desktop.ui.models import cause_change, cause_model
from docops_desktop.ui.models.table import TableModel
from tests.support.sample_causes import CHANGE, explained, finding, nothing, second


def test_the_models_keep_qts_rules(qapp):
    findings = TableModel(lambda row: row.key)
    evidence = TableModel(lambda row: (row.kind, row.text))
    testers = [
        QAbstractItemModelTester(m, QAbstractItemModelTester.FailureReportingMode.Fatal) for m in (findings, evidence)
    ]
    for result in (explained(), nothing(), explained(findings=(second(),))):
        findings.set_table(cause_model.columns(result), cause_model.ranked(result))
        rows = cause_model.evidence(result.findings[0]) if result.findings else ()
        evidence.set_table(cause_model.evidence_columns(), rows)
        for column in range(findings.columnCount()):
            findings.sort(column)
    assert testers
    assert "lost_revenue" not in [column.name for column in findings.columns]


@pytest.mark.parametrize("measure", ["conversions", "revenue"])
def test_the_steps_lead_from_before_to_after(measure):
    steps = cause_change.steps(explained(measure=measure))
    assert (steps[0].end, steps[-1].end) == (CHANGE.before, CHANGE.after)
    assert steps[0].total
    assert steps[-1].total
    moves = steps[1:-1]
    assert moves[0].start == CHANGE.before
    assert all(a.end == b.start for a, b in itertools.pairwise(moves))
    assert moves[-1].end == pytest.approx(CHANGE.after)
    assert sum(cause_change.finding_parts(explained(measure=measure))) == pytest.approx(CHANGE.findings)


def test_the_rate_is_split_into_findings_and_the_rest():
    parts = {label: value for label, value, _ in cause_change.parts(explained(findings=(finding(),)))}
    assert parts == {"Volume": 20.0, "Mix": -10.0, "Rate, the rest": -30.0, "Value": -10.0,
                     "1  Halden H7 Lite × Rheinfunk DE": -120.0}  # fmt: skip


def test_what_the_parts_leave_over_is_shown():
    change = replace(CHANGE, difference=-200.0, after=800.0)
    assert cause_change.parts(explained(change=change))[-1][:2] == ("Other", pytest.approx(-50.0))


def test_a_load_time_has_no_parts_but_a_reason():
    change = replace(
        CHANGE, volume=None, mix=None, rate=None, value=None, findings=None, reason="a percentile does not split"
    )
    result = explained(measure="load_p75", change=change)
    assert [step.label for step in cause_change.steps(result)] == ["Before", "Window"]
    assert cause_change.notes(result)[0] == "A percentile does not split."


def test_an_axis_that_begins_above_zero_is_said(qapp):
    chart = Waterfall("change")
    chart.set_steps(
        [Step("Before", 0, 1000, "1,000", True), Step("Mix", 1000, 980, "−20"), Step("Window", 0, 980, "980", True)]
    )
    assert chart.is_cut
    assert 900 < chart.axis()[0] < 980
    chart.set_steps(
        [Step("Before", 0, 100, "100", True), Step("Mix", 100, 10, "−90"), Step("Window", 0, 10, "10", True)]
    )
    assert not chart.is_cut
    assert "Mix −90" in chart.accessibleDescription()
    assert not chart.grab().isNull()
    chart.set_steps([])
    assert not chart.is_cut


@pytest.mark.parametrize(("q", "text"), [(1e-9, "< 0.001"), (0.004, "0.004"), (0.04, "0.04")])
def test_q_values_are_short(q, text):
    assert cause_model.q_text(q) == text


def test_a_small_slowdown_beside_a_large_one_is_not_held_against_a_page():
    pages = tuple(PageEvidence(name, 50, 1.0, 1.0, shift) for name, shift in (("A", 5.0), ("B", 0.2), ("C", 0.1)))
    rows = cause_model.evidence(finding(pages=pages, relatives=()))[1:]
    assert [(row.hurt, row.word) for row in rows] == [
        (True, "slower"),
        (None, "a little slower"),
        (False, "not slower"),
    ]


def test_a_share_of_what_rose_is_said_to_be_none():
    rose = finding(share_of_change=None, reasons={"share_of_change": "it rose by 60; it would have risen by 72"})
    result = explained(findings=(rose,), change=replace(CHANGE, difference=60.0))
    share = next(column for column in cause_model.columns(result) if column.name == "share_of_change")
    row = cause_model.ranked(result)[0]
    assert share.text(row) == "rose"
    assert "would have risen" in share.tooltip(row)
    assert "share_of_change" not in [c.name for c in cause_model.columns(explained(measure="load_p75"))]
