"""The cause panel: findings, evidence, the change, filtering by a click, what it says while it searches and when it has nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem

from docops_desktop.analysis.cause.request import ExplainRequest
from docops_desktop.engine.cause_jobs import CauseState
from docops_desktop.model.scenario import Change
from docops_desktop.model.selection import Selection
from docops_desktop.model.timespan import TimeSpan
from docops_desktop.ui.models.columns import NOTE_ROLE
from docops_desktop.ui.panels import panel_menu
from docops_desktop.ui.panels.cause import CausePanel
from docops_desktop.ui.theme import current_theme, set_theme
from tests.support.sample_causes import CHANGE, WINDOW, explained, finding, nothing

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
WHERE = {"device_model": "Halden H7 Lite", "carrier": "Rheinfunk DE"}


@pytest.fixture
def panel(show, desk):
    return show(CausePanel, size=(1180, 300))


def answer(desk, result, selection=None, **state):
    """Give an answer to what is selected now, as the search does."""
    asked = desk.selection if selection is None else selection
    asked = replace(asked, clauses=tuple(replace(clause, author="") for clause in asked.clauses))
    request = ExplainRequest(asked, asked.span is not None, desk.baseline)
    desk.cause.show(CauseState(True, request=request, data_version="1", result=result, **state))
    QApplication.processEvents()


def shown(label):
    return label.text().replace("\u00a0", " ")


def row_texts(panel, row):
    texts = [panel.model.index(row, column).data() for column in range(panel.model.columnCount())]
    return [text.replace("\u00a0", " ") for text in texts]


def test_before_a_question_it_says_how_to_ask(panel):
    assert "Choose a window" in panel.nothing.text()
    assert panel.sheet() is None
    assert not panel.save_button.isEnabled()
    assert panel.status.isHidden()


def test_findings_are_listed_with_interval_share_load_and_reason(panel, desk):
    answer(desk, explained())
    names = [column.name for column in panel.model.columns]
    assert names == ["where", "sessions", "lost_conversions", "lost_revenue", "share_of_change", "load_p75"]
    texts = ["1  Halden H7 Lite × Rheinfunk DE", "2,400", "120", "€9,600", "80 %", "7.80 s"]
    assert row_texts(panel, 0) == texts
    notes = [panel.model.index(0, column).data(NOTE_ROLE).replace("\u00a0", " ") for column in range(6)]
    assert notes == ["Device model × Carrier", "q < 0.001", "90 to 150", "€7,000 to €12.0k", "", "was 2.60 s"]
    assert row_texts(panel, 1)[2:] == ["20", "n/a", "n/a", "n/a"]
    tip = panel.model.index(1, 3).data(Qt.ItemDataRole.ToolTipRole)
    assert "no revenue was recorded" in tip
    assert panel.why.text().startswith("Halden H7 Lite")
    assert panel.n_label.text() == "n = 28.0k sessions · 12.3k combinations"
    assert "Baseline:" in panel.n_label.toolTip()


def test_the_cursor_chooses_the_evidence_and_filters_nothing(panel, desk):
    answer(desk, explained())
    texts = [row.text for row in panel.detail.model.rows]
    assert texts == [
        "This combination",
        "Other Carrier, Halden H7 Lite",
        "Other Device model, Rheinfunk DE",
        "Product pages",
        "Home pages",
    ]
    assert [row.word for row in panel.detail.model.rows] == ["hurt", "not affected", "not affected", "slower", "n/a"]
    assert panel.detail.since.text().startswith("Since ")
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    assert panel.why.text().startswith("Tern 12")
    assert [row.text for row in panel.detail.model.rows] == ["This combination"]
    assert "no beginning" in panel.detail.since.text()
    assert desk.selection.is_empty
    assert not panel.repair_button.isEnabled()


def test_return_filters_everything_by_the_finding_in_one_step_and_the_heatmap_keeps_its_cell(panel, desk):
    answer(desk, explained())
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert {c.dimension: c.values for c in desk.selection.clauses} == {k: (v,) for k, v in WHERE.items()}
    assert {c.author for c in desk.selection.clauses} == {"heatmap"}
    assert panel.model.is_marked(panel.model.rows[0])
    assert panel.status.isHidden()
    desk.undo()
    assert desk.selection.is_empty


def test_a_click_takes_the_place_of_the_other_finding_and_a_second_one_takes_it_back(panel, desk):
    desk.set_window(WINDOW)
    desk.keep("country", ("DE",), "segments")
    answer(desk, explained())
    for _ in range(2):
        panel._clicked(panel.model.index(0, 1))
        panel._clicked(panel.model.index(1, 1))
        assert [c.text() for c in desk.selection.clauses] == ["Country = DE", "Browser = Tern 12"]
        assert desk.selection.clauses[1].author == "cause"
        assert desk.selection.span == WINDOW
        assert not desk.cause.is_stale
        panel._clicked(panel.model.index(1, 1))
        assert [c.text() for c in desk.selection.clauses] == ["Country = DE"]


def test_a_pair_that_the_heatmap_shows_only_in_part_is_the_panels_own_filter(panel, desk):
    desk.set_view(heatmap_columns="country")
    answer(desk, explained())
    panel.current_mark().keep()
    assert {c.author for c in desk.selection.clauses} == {"cause"}
    from docops_desktop.ui.panels import cause_acts

    assert cause_acts.can_show_in_heatmap(desk, WHERE)
    cause_acts.show_in_heatmap(desk, WHERE)
    assert (desk.view.heatmap_rows, desk.view.heatmap_columns) == ("device_model", "carrier")
    assert not cause_acts.can_show_in_heatmap(desk, WHERE)


def test_one_dimension_can_be_excluded_a_pair_cannot(panel, desk):
    answer(desk, explained())
    assert panel.current_mark().exclude is None
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert [c.text() for c in desk.selection.clauses] == ["Browser ≠ Tern 12"]


def test_another_selection_makes_the_answer_old_and_undo_makes_it_new(panel, desk):
    answer(desk, explained())
    desk.keep("country", ("DE",), "segments")
    assert panel.status.isVisible()
    assert panel.status.text.text().startswith("◆ Old")
    assert panel.status.again_button.isVisible()
    desk.undo()
    assert panel.status.isHidden()
    desk.set_window(WINDOW)
    assert panel.status.isVisible()


def test_new_data_make_the_answer_old(panel, desk):
    answer(desk, explained())
    desk.given_info = replace(desk.given_info, data_version="2")
    desk.topics.publish("workspace", desk.given_info)
    assert panel.status.text.text().startswith("◆ Old")


def test_while_it_searches_the_answer_before_stays_and_cancel_is_there(panel, desk):
    answer(desk, explained(), job_id=7)
    assert panel.status.bar.isVisible()
    assert panel.status.cancel_button.isVisible()
    assert not panel.status.again_button.isVisible()
    assert "answer before" in panel.status.text.text()
    assert panel.model.rowCount() == 2
    assert not panel.again_button.isEnabled()
    answer(desk, explained(), cancelled=True)
    assert "cancelled" in panel.status.text.text()
    assert panel.status.again_button.isVisible()


def test_an_error_is_said_with_a_sign(panel, desk):
    desk.cause.show(CauseState(True, error="the window holds no sessions. Choose a larger one"))
    assert panel.status.text.text() == "▲ the window holds no sessions. Choose a larger one"
    assert panel.status.again_button.isVisible()


def test_nothing_stands_out_with_what_could_have_been_missed(panel, desk):
    answer(desk, nothing())
    text = shown(panel.nothing)
    assert panel.nothing.isVisible()
    assert "Nothing stands out." in text
    assert "could have been missed: 40 conversions, 30 % of what was to be expected there" in text
    assert "12.3k combinations of 3 dimensions in 28.0k sessions" in text
    assert panel.accessibleDescription() == panel.nothing.text()
    assert panel.detail.tabs.currentWidget() is panel.detail.change_page
    assert panel.sheet().rows == ()
    answer(desk, explained())
    assert panel.table.isVisible()


def test_without_a_baseline_the_change_says_why_it_does_not_split(panel, desk):
    none = replace(CHANGE, before=None, difference=None, volume=None, mix=None, rate=None, value=None, findings=None)
    answer(
        desk,
        explained(
            findings=(finding(share_of_change=None),), window=None, baseline=(), change=replace(none, site_wide=None)
        ),
    )
    assert panel.detail.waterfall.steps == ()
    assert "Without a window" in panel.detail.change_notes.text()
    assert "share_of_change" not in [column.name for column in panel.model.columns]
    assert panel.model.index(0, 4).data(NOTE_ROLE).startswith("others ")


def test_a_finding_is_handed_to_the_what_if_as_its_repair(panel, desk):
    told = []
    desk.subscribe("message", told.append)
    answer(desk, explained())
    panel.repair_button.click()
    assert "brings back 120 (90 to 150) conversions, €9,600" in told[0].text
    assert desk.selection.span == TimeSpan(WINDOW.start_ms, desk.workspace_info.span.end_ms)
    assert desk.scenario.changes == (Change(("Product",), "percent", -84.0),)
    assert desk.view.perspective == "whatif"
    assert {c.dimension for c in desk.selection.clauses} == set(WHERE)


def test_the_table_goes_out_whole_and_small_groups_do_not(panel, desk):
    answer(desk, explained(findings=(finding(), finding(sessions=3, where={"browser": "Rare"}))))
    sheet = panel.sheet()
    assert sheet.rows[0][0] == "Device model Halden H7 Lite, Carrier Rheinfunk DE"
    assert any(note.startswith("Volume: +20") for note in sheet.notes)
    panel_menu.copy_text(panel)
    copied = QApplication.clipboard().text()
    assert "Rheinfunk DE" in copied
    assert "Rare" not in copied.split("combination")[-1].split("\n", 1)[1]


def test_the_stamp_tells_the_answers_own_window_and_filters(panel, desk):
    desk.set_window(WINDOW)
    desk.keep("country", ("DE",))
    answer(desk, explained())
    desk.clear()
    lines = panel.stamp()
    assert any("Country = DE" in line for line in lines)
    assert any(line.startswith("Baseline:") and "80.0k" in line for line in lines)


def test_it_is_no_panel_that_the_refresh_computes(panel, desk):
    assert "cause" not in desk.shown
    panel.hide()


def test_choosing_a_measure_asks_again(panel, desk, monkeypatch):
    asked = []
    monkeypatch.setattr(desk.cause, "ask", asked.append)
    panel.measure_box.setCurrentIndex(panel.measure_box.findData("revenue"))
    panel.measure_box.activated.emit(panel.measure_box.currentIndex())
    assert asked == ["revenue"]


def test_a_finding_of_the_asked_filters_is_not_taken_from_them(panel, desk):
    desk.keep("browser", ("Tern 12",), "segments")
    answer(desk, explained(), Selection().keep("browser", ("Tern 12",)))
    assert not desk.cause.is_stale
    assert [c.text() for c in desk.cause.base_selection().clauses] == ["Browser = Tern 12"]


@pytest.mark.parametrize("scale", [1.0, 1.6])
def test_names_are_read_in_full_at_any_type_size(show, desk, scale):
    panel = show(CausePanel, size=(1110, 1000))
    set_theme("dark", scale)
    answer(desk, explained())
    for table in (panel.table, panel.detail.table):
        delegate, model, option = table.itemDelegate(), table.model(), QStyleOptionViewItem()
        wanted = max(delegate.sizeHint(option, model.index(row, 0)).width() for row in range(model.rowCount()))
        assert table.columnWidth(0) >= min(wanted, current_theme().px(210))
        needed = sum(table.columnWidth(column) for column in range(model.columnCount()))
        if scale > 1:  # the evidence stands beneath, so that everything has room
            assert table.columnWidth(0) >= wanted
            assert needed <= table.viewport().width() or table is panel.table
    assert "Carrier Rheinfunk DE" in panel.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
