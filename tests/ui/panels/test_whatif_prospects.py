"""While no change is set, the what-if says what each slider would do, or why none can be answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.model.errors import RequestError
from docops_desktop.model.scenario import ALL_PAGES, Change, Scenario
from docops_desktop.ui.panels.whatif import WhatIfPanel
from tests.support import sample_results

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

GROUPS = ("Product", "Category", "Checkout")


class Asked:
    """Stands for the desk's comparison: keeps what was asked, answers when told to."""

    def __init__(self):
        self.scenarios, self.done = [], []

    def __call__(self, scenarios, done):
        self.scenarios.append(scenarios)
        self.done.append(done)
        return True

    def answer(self, wording=sample_results.whatif):
        self.done[-1](tuple(wording(scenario.changes) for scenario in self.scenarios[-1]))
        QApplication.processEvents()


@pytest.fixture
def asked(desk, monkeypatch):
    desk.given_info = replace(desk.given_info, dictionaries={"page_group": GROUPS})
    asked = Asked()
    monkeypatch.setattr(desk.scenarios, "compare", asked)
    return asked


def texts(panel, row):
    prospects = panel.prospects
    return [prospects.model.index(row, column).data().replace("\u00a0", " ") for column in range(4)]


def unanswered(changes):
    nothing = Estimate(None, reason="no conversion is known: no flag is set")
    return replace(sample_results.whatif(changes), conversions=nothing, revenue=nothing, observed_conversions=None)


def test_each_row_is_one_slider_100_ms_faster_with_its_answer(show, asked):
    panel = show(WhatIfPanel, size=(700, 1300))
    assert [change.page_groups for (s,) in [(x,) for x in asked.scenarios[-1]] for change in s.changes] == [
        (ALL_PAGES,), *((group,) for group in GROUPS)
    ]  # fmt: skip
    assert {(c.kind, c.value) for s in asked.scenarios[-1] for c in s.changes} == {("ms", -100.0)}
    assert panel.prospects.isVisible()
    assert panel.prospects.waiting
    assert texts(panel, 1)[3] == "…"
    asked.answer()
    assert not panel.prospects.waiting
    assert texts(panel, 0)[:2] == ["All pages", "+179 (+84 to +274)"]
    assert texts(panel, 1)[0] == "Product"
    assert panel.answer.conversions.now.text().startswith("now ")
    assert panel.checks.isVisible()
    assert "These data, all pages" in panel.checks.toPlainText()
    assert "Zalando" in panel.checks.toPlainText()


def test_figures_of_another_selection_are_not_left_standing(show, asked, desk):
    panel = show(WhatIfPanel, size=(700, 1300))
    asked.answer()
    desk.keep("country", ("FR",), "segments")
    assert panel.prospects.waiting
    assert texts(panel, 0)[1:] == ["n/a", "n/a", "…"]
    desk.topics.publish("whatif_model", None)
    asked.answer()
    assert texts(panel, 0)[1] == "+179 (+84 to +274)"


def test_return_sets_the_row_and_the_answer_takes_the_tables_place(show, asked, desk):
    panel = show(WhatIfPanel, size=(700, 1300))
    asked.answer()
    panel.prospects.table.setCurrentIndex(panel.prospects.model.index(2, 0))
    QTest.keyClick(panel.prospects.table, Qt.Key.Key_Return)
    assert desk.scenario.changes == (Change(("Category",), "ms", -100.0),)
    desk.topics.publish("whatif", sample_results.whatif())
    QApplication.processEvents()
    assert not panel.prospects.isVisible()
    assert panel.table.isVisible()


def test_where_there_is_width_what_others_measured_stands_beside_and_is_seen_whole(show, asked):
    panel = show(WhatIfPanel, size=(1300, 1500))
    asked.answer()
    QApplication.processEvents()
    assert panel.checks.isVisible()
    assert panel.checks.x() >= panel.prospects.geometry().right()
    assert panel.checks.verticalScrollBar().maximum() == 0
    assert panel.prospects.table.verticalScrollBar().maximum() == 0
    panel.resize(700, 1500)
    QApplication.processEvents()
    assert panel.checks.y() >= panel.prospects.geometry().bottom()


@pytest.mark.parametrize("size", [(700, 1000), (700, 1300), (1300, 1300)])
def test_the_prospects_take_only_what_the_sliders_leave(show, asked, size):
    panel = show(WhatIfPanel, size=size)
    asked.answer()
    QApplication.processEvents()
    assert panel.prospects.isVisible()
    assert panel.slider_box.verticalScrollBar().maximum() == 0


def test_where_there_is_no_room_the_sliders_keep_it(show, asked):
    panel = show(WhatIfPanel, size=(640, 420))
    asked.answer()
    assert not panel.prospects.isVisible()


def test_where_nobody_can_be_answered_the_reason_is_said_once(show, asked):
    panel = show(WhatIfPanel, size=(700, 1300))
    asked.answer(unanswered)
    assert panel.answer.statement.text() == "No slider can be answered: no conversion is known: no flag is set."
    assert not panel.prospects.isVisible()
    assert "no conversion is known" in panel.description()


def test_a_change_that_cannot_be_asked_is_na_with_the_reason(show, asked):
    panel = show(WhatIfPanel, size=(700, 1300))
    refuse = RequestError("there is no such page group")
    asked.answer(lambda changes: refuse if changes[0].page_groups == ("Product",) else sample_results.whatif(changes))
    assert texts(panel, 1)[1] == "n/a"
    tip = panel.prospects.model.index(1, 3).data(Qt.ItemDataRole.ToolTipRole)
    assert "there is no such page group" in tip


def test_nothing_is_asked_while_a_change_is_set_or_nobody_looks(show, asked, desk):
    desk.set_scenario(Scenario("", (Change(("Product",), "ms", -50.0),)))
    panel = show(WhatIfPanel, size=(700, 1300))
    assert not asked.scenarios
    panel.hide()
    desk.set_scenario(Scenario("", ()))
    desk.topics.publish("whatif_model", None)
    assert not asked.scenarios


def test_a_workspace_of_orders_alone_has_no_sliders_but_says_so(show, asked, desk):
    desk.given_info = replace(desk.given_info, sessions=0, page_views=0, imports=())
    panel = show(WhatIfPanel, size=(700, 900))
    assert panel.notice.isVisible()
    assert panel.notice.text().startswith("No sessions in this workspace yet")
