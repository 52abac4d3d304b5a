"""Odd questions in the cause panel: whatever the data lack, it says so in a sentence, and every part of it still works."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from docops_desktop.analysis.cause.explain import ExplainRequest, explain
from docops_desktop.engine.cause_jobs import CauseState
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import MS_PER_DAY, TimeSpan
from docops_desktop.ui.panels.cause import CausePanel
from tests.support.cause_worlds import make_world
from tests.support.synthetic_facts import synthetic_facts

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def one_cell():
    facts = synthetic_facts(3_000)
    for name in facts.session_dictionaries:
        facts.session(name)[:] = 1
    return explain(facts, ExplainRequest())


def all_missing():
    facts = synthetic_facts(3_000)
    for name in facts.session_dictionaries:
        facts.session(name)[:] = 0
    return explain(facts, ExplainRequest())


def empty_window():
    return explain(synthetic_facts(3_000), ExplainRequest(Selection(span=TimeSpan(0, 1_000)), compare=True))


def no_baseline():
    facts = synthetic_facts(3_000)
    first = TimeSpan(facts.header.first_ms, facts.header.first_ms + MS_PER_DAY // 2)
    return explain(facts, ExplainRequest(Selection(span=first), compare=True))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (one_cell, "nothing to compare"),
        (all_missing, "nothing to compare"),
        (empty_window, "no sessions in the window"),
        (no_baseline, "baseline is empty"),
    ],
)
def test_it_says_what_is_missing(show, desk, result, words):
    panel = show(CausePanel, size=(1180, 300))
    desk.cause.show(CauseState(True, request=ExplainRequest(), data_version="1", result=result()))
    QApplication.processEvents()
    text = panel.nothing.text()
    assert words in text
    assert "Nothing stands out" not in text
    assert panel.pages.currentWidget() is panel.nothing
    assert words in panel.description()
    assert not panel.save_button.isEnabled()
    assert not panel.repair_button.isEnabled()
    assert panel.sheet().rows == ()


def test_one_dimension_is_enough(show, desk):
    world = make_world(150_000, 4, strength=8.0, sizes={"carrier": 25}, decoys=False, depth=1)
    request = ExplainRequest(Selection(span=world.window), True, world.baseline)
    panel = show(CausePanel, size=(1180, 300))
    desk.cause.show(CauseState(True, request=request, data_version="1", result=explain(world.facts, request)))
    QApplication.processEvents()
    (finding,) = (row.finding for row in panel.model.rows)
    assert dict(finding.where) == world.causes[0]
    assert not panel.course.isHidden()
    assert "carrier" in panel.why.text().lower()
