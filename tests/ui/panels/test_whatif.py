from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from docops_desktop.model.scenario import ALL_PAGES, Change, Scenario
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
    return label.text().replace("\u00a0", " ")


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


def test_the_answer_has_interval_raw_figure_warning_and_adjustment(panel, desk):
    desk.topics.publish("whatif", sample_results.whatif())
    answer = panel.answer
    assert text(answer.conversions.point) == "+179"
    assert text(answer.conversions.interval) == "95 %: +84 to +274"
    assert text(answer.conversions.raw) == "raw +742 · now 2,127"
    assert text(answer.revenue.point) == "+€15.1k"
    assert answer.warnings.isVisible()
    assert "⚠ Raw and adjusted figures differ" in answer.warnings.text()
    assert "Adjusted for Device type, Country, Connection" in answer.method.text()
    assert panel.table.model().rowCount() == 4
    assert "conversions +179 (84 to 274)" in panel.accessibleDescription()


def test_what_the_data_cannot_support_is_na_with_the_reason(panel, desk):
    desk.topics.publish("whatif", sample_results.whatif(supported=False))
    assert panel.answer.conversions.point.text() == "n/a"
    assert panel.answer.conversions.interval.text() == "outside the observed range of load times"
    assert "Not supported by the data: outside the observed range" in panel.answer.warnings.text()


def test_no_change_asks_for_one(panel, desk):
    desk.topics.publish("whatif", sample_results.whatif())
    desk.topics.publish("whatif", None)
    assert panel.answer.conversions.point.text() == "–"
    assert "Move a slider" in panel.answer.method.text()
    assert panel.table.model().rowCount() == 0
    assert panel.sheet() is None


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
