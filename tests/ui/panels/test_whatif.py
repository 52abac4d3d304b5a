from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from docops_desktop.analysis.results.support import Support, WhatIfReady
from docops_desktop.model.scenario import ALL_PAGES, Change, Scenario, Segment
from docops_desktop.ui.dialogs.evidence import EvidenceDialog
from docops_desktop.ui.panels.whatif import WhatIfPanel
from tests.support import sample_results

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

FASTER = Change((ALL_PAGES,), "ms", -500.0)


@pytest.fixture
def panel(show, desk):
    groups = {"page_group": ("Product", "Category", "Checkout"), "country": ("FR",)}
    desk.given_info = replace(desk.given_info, dictionaries=groups)
    return show(WhatIfPanel, size=(640, 700))


def row(panel, group):
    return next(r for r in panel.rows if r.page_group == group)


def text(label):
    return text_of(label.text())


def text_of(words):
    return words.replace("\u00a0", " ")


def test_there_is_a_slider_for_all_pages_and_for_each_page_group(panel):
    assert [r.page_group for r in panel.rows] == [ALL_PAGES, "Product", "Category", "Checkout"]
    assert row(panel, "Product").slider.accessibleName() == "Change for Product"
    assert text(row(panel, "Product").value_label) == "unchanged"


def test_moving_asks_live_and_releasing_sets_the_scenario(panel, desk):
    slider = row(panel, ALL_PAGES).slider
    slider.setSliderDown(True)
    for value in (100, 300, 503):
        slider.setValue(value)
    assert desk.asked[-1] == (FASTER,)
    assert len(desk.asked) == 3
    assert desk.scenario.changes == ()
    assert text(row(panel, ALL_PAGES).value_label) == "−500 ms"
    slider.setSliderDown(False)
    assert desk.scenario.changes == (FASTER,)
    assert desk.history.undo_text == "what if all pages: -500 ms"


def test_the_keyboard_moves_a_slider(panel, desk):
    slider = row(panel, "Product").slider
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert desk.scenario.changes == (Change(("Product",), "ms", -50.0),)


def test_percent_and_target_are_other_kinds(panel, desk):
    product = row(panel, "Product")
    product.kind_box.choose("percent")
    product.kind_box.activated.emit(product.kind_box.currentIndex())
    product.slider.setValue(20)
    assert desk.scenario.changes == (Change(("Product",), "percent", -20.0),)
    assert text(product.value_label) == "−20 %"
    product.kind_box.choose("to_ms")
    product.kind_box.activated.emit(product.kind_box.currentIndex())
    assert desk.scenario.changes == ()
    product.slider.setValue(3000)
    assert desk.scenario.changes == (Change(("Product",), "to_ms", 2000.0),)
    assert text(product.value_label) == "→ 2.00 s"


def test_undo_and_reset_bring_the_sliders_back(panel, desk):
    row(panel, ALL_PAGES).slider.setValue(500)
    row(panel, "Category").slider.setValue(250)
    assert len(desk.scenario.changes) == 2
    desk.undo()
    assert row(panel, "Category").slider.value() == 0
    assert row(panel, ALL_PAGES).slider.value() == 500
    QTest.mouseClick(panel.reset_button, Qt.MouseButton.LeftButton)
    assert desk.scenario.changes == ()
    assert row(panel, ALL_PAGES).slider.value() == 0
    desk.undo()
    assert desk.scenario.changes == (FASTER,)


def test_a_scenario_from_elsewhere_is_shown_exactly(panel, desk):
    desk.set_scenario(Scenario("x", (Change(("Help",), "ms", -3217.0), Change(("Product",), "ms", 40.0))))
    assert text(row(panel, "Help").value_label) == "−3.22 s"
    assert text(row(panel, "Product").value_label) == "+40 ms"
    assert panel.changes() == (Change(("Product",), "ms", 40.0), Change(("Help",), "ms", -3217.0))


def test_the_answer_has_interval_ladder_and_a_sentence_that_follows_the_checks(panel, desk):
    desk.topics.publish("whatif", sample_results.whatif())
    answer = panel.answer
    assert text(answer.conversions.point) == "+179"
    assert text(answer.conversions.interval) == "95 %: +84 to +274"
    assert text(answer.conversions.now) == "now 2,127"
    assert answer.conversions.ladder.lines() == (
        "adjusted: +179 (+84 to +274)",
        "stratified: +290 (+180 to +400)",
        "raw: +742 (+600 to +884)",
    )
    assert text(answer.revenue.point) == "+€15.1k"
    assert text(answer.statement).startswith("⚠ Perhaps +179 conversions")
    assert text(answer.method) == "n = 81.2k sessions · adjusted for 3 attributes · 1 of 2 checks failed · 1 note"
    assert "Adjusted for Device type, Country, Connection" in answer.method.toolTip()
    assert answer.method.height() < 30, "one line, however much is held fixed"
    assert panel.table.model().rowCount() == 4
    assert "conversions +179 (+84 to +274)" in panel.accessibleDescription()


def test_an_answer_that_passes_says_so_plainly_and_a_first_estimate_says_that_it_is_one(panel, desk):
    good = replace(sample_results.whatif(), standing="shown", statement="+179 conversions.")
    desk.topics.publish("whatif", good)
    assert text(panel.answer.statement) == "✓ +179 conversions."
    desk.topics.publish("whatif", replace(good, first_estimate=True))
    assert text(panel.answer.statement) == "✓ First estimate, still being adjusted. +179 conversions."


def test_what_the_data_cannot_support_is_na_with_the_reason(panel, desk):
    desk.topics.publish("whatif", sample_results.whatif(supported=False))
    assert panel.answer.conversions.point.text() == "n/a"
    assert panel.answer.conversions.interval.text() == "outside the observed range of load times"
    assert text(panel.answer.statement) == "× No answer: outside the observed range of load times."


def test_no_change_asks_for_one(panel, desk):
    desk.topics.publish("whatif", sample_results.whatif())
    desk.topics.publish("whatif", None)
    assert panel.answer.conversions.point.text() == "–"
    assert "Move a slider" in panel.answer.statement.text()
    assert not panel.answer.evidence.isVisible()
    assert panel.explain() is None
    assert panel.table.model().rowCount() == 0
    assert panel.sheet() is None


def test_the_evidence_has_ladder_checks_hidden_cause_and_what_others_measured(panel, desk):
    desk.topics.publish("whatif", sample_results.whatif())
    QTest.mouseClick(panel.answer.evidence, Qt.MouseButton.LeftButton)
    dialog = panel.findChild(EvidenceDialog)
    told = dialog.browser.toPlainText().replace("\u00a0", " ")
    for part in (
        "+742 (+600 to +884)", "+290 (+180 to +400)", "+179 (+84 to +274)", "Perhaps +179",
        "✓", "⚠", "a cause that belongs to the whole visit", "too few page views after a conversion", "1.53", "1.42",
        "Device type, Country, Connection", "Raw and adjusted figures differ", "direct standardisation",
        "Zalando", "randomised experiment", "correlation", "no figure above uses them", "being computed",
    ):  # fmt: skip
        assert part in told, part
    dialog._take_own((sample_results.whatif(),))
    told = dialog.browser.toPlainText().replace("\u00a0", " ")
    assert "+8.42 % (+3.95 % to +12.88 %)" in told
    assert "being computed" not in told
    dialog.close()


def test_a_segment_is_brought_to_the_others_and_can_be_removed(panel, desk):
    dialog = panel.choose_segment()
    assert [dialog._field.itemData(i) for i in range(dialog._field.count())] == ["country", "hour", "weekday"]
    dialog._field.setCurrentIndex(0)
    dialog._values.item(0).setCheckState(Qt.CheckState.Checked)
    dialog.accept()
    france = Segment("country", ("FR",))
    to_rest = Change((ALL_PAGES,), "to_rest", 100.0, france)
    assert desk.scenario.changes == (to_rest,)
    segment = panel.rows[1]
    assert segment.label.text() == "FR"
    assert text(segment.value_label) == "→ median"
    segment.slider.setValue(50)
    row(panel, ALL_PAGES).slider.setValue(500)
    assert desk.scenario.changes == (FASTER, Change((ALL_PAGES,), "to_rest", 50.0, france))
    assert text(segment.value_label) == "50 % of it"
    segment.slider.setValue(0)
    assert desk.scenario.changes == (FASTER,)
    assert panel.rows[1].who.segment == france, "a slider pushed back to nothing keeps its row"
    panel.rows[1].slider.setValue(20)
    panel.rows[1].remove_button.click()
    assert desk.scenario.changes == (FASTER,)
    assert [r.who.segment for r in panel.rows] == [None] * 4
    desk.undo()
    assert panel.rows[1].slider.value() == 20
    QApplication.processEvents()


def test_a_segment_of_one_page_group_from_elsewhere_has_a_row(panel, desk):
    change = Change(("Product",), "percent", -20.0, Segment("country", ("FR", "DE")))
    desk.set_scenario(Scenario("x", (Change(("Product",), "ms", -100.0), change)))
    segment = next(r for r in panel.rows if r.who.segment)
    assert segment.label.text() == "FR, DE · Product"
    assert panel.changes() == desk.scenario.changes


def test_to_best_quartile_is_set_at_once(panel, desk):
    product = row(panel, "Product")
    product.kind_box.choose("to_percentile")
    product.kind_box.activated.emit(product.kind_box.currentIndex())
    assert desk.scenario.changes == (Change(("Product",), "to_percentile", 25.0),)
    assert text(product.value_label) == "→ quartile"
    product.slider.setValue(50)
    assert desk.scenario.changes == (Change(("Product",), "to_percentile", 50.0),)


def test_sliders_end_where_the_observed_load_times_do(panel, desk):
    product = row(panel, "Product")
    support = Support(480.0, 9_000.0, 2_000.0, 723.0, 41.7, 1_180.0)
    desk.topics.publish("whatif_model", WhatIfReady(True, {"Product": support}))
    assert product.slider.maximum() == 720
    assert "480 ms to 9.00 s" in text_of(product.slider.toolTip())
    product.kind_box.choose("percent")
    product.kind_box.activated.emit(product.kind_box.currentIndex())
    assert product.slider.maximum() == 41
    product.kind_box.choose("to_ms")
    product.kind_box.activated.emit(product.kind_box.currentIndex())
    assert product.slider.maximum() == 3_800
    assert row(panel, "Category").slider.maximum() == 2_000
    desk.set_scenario(Scenario("x", (Change(("Product",), "ms", -1_500.0),)))
    assert product.slider.value() == product.slider.maximum() == 1_500, "what was set elsewhere is shown as it is"


def test_scenarios_are_saved_taken_up_and_named_on_the_button(panel, desk):
    button = panel.scenario_menu
    assert button.text() == "Scenarios ▾"
    row(panel, ALL_PAGES).slider.setValue(500)
    button.save("Plan")
    assert button.text() == "Plan ▾"
    row(panel, ALL_PAGES).slider.setValue(900)
    assert button.text() == "Plan (changed) ▾"
    button.fill(button.menu())
    acts = {action.text(): action for action in button.menu().actions() if action.text()}
    assert list(acts) == ["Save as…", "Save “Plan”", "Compare side by side…", "Plan"]
    acts["Plan"].trigger()
    assert desk.scenario == Scenario("Plan", (FASTER,))
    told = []
    desk.subscribe("message", told.append)
    button.save(" ")
    assert "no name" in told[0].text


def test_parts_by_another_dimension(panel, desk):
    box = panel.by_box
    box.setCurrentIndex(box.findData("country"))
    box.activated.emit(box.currentIndex())
    assert desk.view.whatif_by == "country"
    QApplication.processEvents()


def test_the_sheet_holds_total_and_parts(panel, desk):
    desk.topics.publish("whatif", sample_results.whatif())
    sheet = panel.sheet()
    assert sheet.totals[0][:4] == ("Total", 81_200, 179.0, 84.0)
    assert [row[0] for row in sheet.rows] == ["Product", "Category", "Home", "Checkout"]
    assert sheet.rows[3][-1] == "seen by 96 % of converters only"


def test_evidence_that_was_closed_hears_nothing_more(panel, desk, monkeypatch):
    asked = []
    monkeypatch.setattr(desk.scenarios, "compare", lambda scenarios, done: asked.append(done) or True)
    desk.topics.publish("whatif", sample_results.whatif())
    dialog = EvidenceDialog(desk, sample_results.whatif(), panel)
    deliver, before = asked[-1], len(asked)
    dialog.close()
    dialog.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    deliver((sample_results.whatif(),))
    panel.hide()
    desk.topics.publish("whatif_model", None)
    assert len(asked) == before
