"""The small parts: dispatcher, watchdog, fault hook, job indicator, filter editor, tiles, page rules, definitions, data tables."""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QPushButton, QTableWidget, QWidget

from docops_desktop.analysis.results.common import MeasureRow, Totals
from docops_desktop.engine.state import JobView
from docops_desktop.model.definitions import ConversionRule, Definitions, PageRule
from docops_desktop.model.errors import RequestError
from docops_desktop.model.selection import RangeClause, ValueClause
from docops_desktop.store.records import QuarantinedRow
from docops_desktop.ui import faults
from docops_desktop.ui.bridge.kpi import kpi_text
from docops_desktop.ui.bridge.status_list import StatusList
from docops_desktop.ui.bridge.tile import signs
from docops_desktop.ui.chrome.job_indicator import JobIndicator
from docops_desktop.ui.dataview.columns import ledger_columns, quarantine_columns
from docops_desktop.ui.dataview.definitions import DefinitionsView
from docops_desktop.ui.dataview.page_rules import PageRulesEditor
from docops_desktop.ui.dataview.section import FittedTable, Section, table_view
from docops_desktop.ui.dataview.traffic import TrafficView, traffic_rows
from docops_desktop.ui.dialogs.filter_editor import FilterEditor
from docops_desktop.ui.dialogs.reading import glossary_html
from docops_desktop.ui.dispatch import QtDispatcher
from docops_desktop.ui.faults import FaultHook, system_report
from docops_desktop.ui.flow_layout import FlowLayout, WrappedArea
from docops_desktop.ui.icons import icon
from docops_desktop.ui.models.columns import Column
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.theme import CONTRAST, DARK, set_theme, type_factor
from docops_desktop.ui.theme.room import GLANCE
from docops_desktop.ui.watchdog import Watchdog
from docops_desktop.ui.widgets import push_button
from tests.support import panel_desk
from tests.support.sample_results import totals
from tests.ui.shell.conftest import RECORD

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def test_the_dispatcher_runs_in_its_own_thread_and_in_order(qtbot) -> None:
    dispatcher, seen = QtDispatcher(), []
    workers = threading.Thread(
        target=lambda: [dispatcher(lambda n=n: seen.append((n, threading.get_ident()))) for n in range(500)]
    )
    workers.start()
    workers.join()
    assert seen == []
    qtbot.waitUntil(lambda: len(seen) == 500, timeout=60_000)
    assert [n for n, _ in seen] == list(range(500))
    assert {ident for _, ident in seen} == {threading.get_ident()}


def test_a_stopped_dispatcher_drops_what_still_comes(qtbot) -> None:
    dispatcher, seen = QtDispatcher(), []
    dispatcher(lambda: seen.append("late"))
    dispatcher.stop()
    dispatcher(lambda: seen.append("later"))
    qtbot.wait(20)
    assert seen == []


def test_the_watchdog_finds_a_stall_and_names_its_author(qtbot) -> None:
    watchdog = Watchdog(limit_ms=60)
    watchdog.start()
    qtbot.wait(30)
    block_the_window(watchdog)
    qtbot.wait(20)
    watchdog.stop()
    (stall,) = [stall for stall in watchdog.stalls if "block_the_window" in stall.stack]
    assert stall.gap_ms >= 200


def block_the_window(watchdog: Watchdog) -> None:
    """Longer than the limit, and until it was seen, which takes its time on a busy machine."""
    end = time.perf_counter() + 0.2
    while time.perf_counter() < end or watchdog._sampled[0] != watchdog._last:
        math.sqrt(2)


def test_a_quiet_loop_has_no_stall(qtbot) -> None:
    watchdog = Watchdog(limit_ms=5_000)
    watchdog.start()
    qtbot.wait(50)
    assert watchdog.stop().stack == ""
    assert watchdog.stalls == []


def test_what_nobody_caught_is_logged_and_shown(monkeypatch, caplog) -> None:
    shown: list[str] = []
    monkeypatch.setattr("sys.excepthook", lambda *_: None)
    hook = FaultHook(shown.append)
    hook.install()
    try:
        with caplog.at_level(logging.ERROR, logger="docops_desktop"):
            thread = threading.Thread(target=lambda: ().index(1))
            thread.start()
            thread.join()
    finally:
        hook.remove()
    assert "ValueError" in shown[0]
    assert "ValueError" in caplog.text


def test_the_log_goes_into_the_users_log_folder(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(faults, "log_file", lambda: tmp_path / "logs" / "docops.log")
    monkeypatch.setattr(faults.log, "handlers", [])
    faults.start_logging()
    faults.start_logging()
    assert len(faults.log.handlers) == 1
    faults.log.error("something")
    assert "something" in (tmp_path / "logs" / "docops.log").read_text()
    faults.log.handlers[0].close()


def test_the_system_report_names_versions(dressed) -> None:
    report = system_report("more")
    assert "PySide6-Essentials 6." in report
    assert report.rstrip().endswith("more")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_work_that_shows_up_moves_nothing_above_it(dressed) -> None:
    clock = Clock()
    indicator = JobIndicator(lambda _: None, clock)
    indicator.show()
    idle = indicator.sizeHint().expandedTo(indicator.minimumSize()).height()
    indicator.set_jobs((JobView(3, "Importing a.csv", 0.25, "400k rows/s, 9 s left"),))
    clock.now += 2
    indicator.show_now()
    assert not indicator._bar.isHidden()
    assert indicator.sizeHint().expandedTo(indicator.minimumSize()).height() == idle
    indicator.set_jobs(())
    indicator.hide()


def test_work_is_shown_after_300_ms_with_a_bar_after_600(dressed) -> None:
    clock, cancelled = Clock(), []
    indicator = JobIndicator(cancelled.append, clock)
    indicator.set_jobs((JobView(3, "Importing a.csv", 0.25, "400k rows/s, 9 s left"), JobView(4, "Next")))
    assert indicator._title.isHidden()
    clock.now += 0.35
    indicator.show_now()
    assert not indicator._title.isHidden()
    assert indicator._bar.isHidden()
    clock.now += 0.3
    indicator.show_now()
    assert not indicator._bar.isHidden()
    assert indicator._bar.value() == 250
    assert indicator._detail.text() == "400k rows/s, 9 s left  ·  1 more waits"
    indicator._cancel.click()
    assert cancelled == [3]
    indicator.set_jobs(())
    assert indicator._title.isHidden()
    indicator.set_busy(True)
    clock.now += 0.4
    indicator.show_now()
    assert indicator._title.text() == "Computing …"
    indicator.set_busy(False)
    assert indicator._title.isHidden()
    assert not indicator._timer.isActive()


def test_the_filter_editor_makes_clauses(dressed) -> None:
    editor = FilterEditor({"carrier": ("A", "B"), "country": ("DE",)})
    assert editor.clause() is None
    editor._values.item(1).setCheckState(Qt.CheckState.Checked)
    assert editor.clause() == ValueClause("carrier", ("B",))
    editor._sense.setCurrentIndex(1)
    assert editor.clause() == ValueClause("carrier", ("B",), negated=True)
    editor._field.setCurrentIndex(editor._field.findData("load_ms"))
    assert editor.clause() is None
    editor._low.setValue(2500)
    assert editor.clause() == RangeClause("load_ms", 2500)
    editor._high.setValue(2000)
    assert editor.clause() is None


def test_the_filter_editor_keeps_a_range(dressed) -> None:
    clause = RangeClause("lcp_ms", 100, 4000, author="distribution")
    assert FilterEditor({"carrier": ("A",)}, clause).clause() == clause


def _row(**values: float | None) -> MeasureRow:
    return MeasureRow((), values, {})


def test_a_tile_without_a_filter_has_no_comparison(dressed) -> None:
    text = kpi_text("conversion_rate", totals(), filtered=False)
    assert text.change == ""
    assert text.basis.startswith("n = ")


@pytest.mark.parametrize(("name", "now", "before", "direction"), [
    ("conversion_rate", 0.02, 0.03, "worse"), ("conversion_rate", 0.04, 0.03, "better"), ("load_p75", 3000.0, 2000.0, "worse"),
    ("load_p75", 2050.0, 2000.0, "same"),
])  # fmt: skip
def test_a_tile_says_whether_a_change_is_good(dressed, name, now, before, direction) -> None:
    given = Totals(_row(**{name: now, "sessions": 10}), _row(**{name: before, "sessions": 20}), "EUR", 1, 0.1)
    assert kpi_text(name, given, filtered=True).direction == direction


def test_a_missing_figure_gives_its_reason(dressed) -> None:
    row = MeasureRow((), {"load_p75": None, "page_views": 0}, {"load_p75": "no page view has a load time"})
    text = kpi_text("load_p75", Totals(row, row, "EUR", 1, 0.1), filtered=False)
    assert text.value == "n/a"
    assert "no page view has a load time" in text.tip


def test_page_rules_can_be_tried_moved_and_removed(dressed) -> None:
    editor = PageRulesEditor()
    editor.set_rules((PageRule("/product", "Product"), PageRule("/", "Home")))
    editor._trial.setText("/product/1?utm_source=x")
    assert editor._answer.text() == "/product/1?utm_source=x belongs to Product"
    editor._table.setCurrentCell(0, 0)
    editor.move_rule(1)
    assert [rule.page_group for rule in editor.rules()] == ["Home", "Product"]
    assert editor._answer.text().endswith("belongs to Home")
    editor.remove()
    assert [rule.page_group for rule in editor.rules()] == ["Home"]


def test_a_wrong_pattern_is_said(dressed) -> None:
    editor = PageRulesEditor()
    editor.set_rules(())
    editor._append("/(", "Broken")
    with pytest.raises(RequestError, match="regular expression"):
        editor.rules()
    editor._edited()
    assert "regular expression" in editor._answer.text()


def test_definitions_are_applied_together(dressed, desk, monkeypatch) -> None:
    saved: list[Definitions] = []
    monkeypatch.setattr(desk.data, "save_definitions", lambda definitions: saved.append(definitions) or 1)
    view = DefinitionsView(desk)
    view.show_workspace(desk.give_workspace())
    assert not view._apply.isEnabled()
    view._kind.setCurrentIndex(view._kind.findData("page_group"))
    assert not view._apply.isEnabled()
    view._group.setEditText("Product")
    view._zone.setCurrentText("Europe/Madrid")
    view._target.setValue(2500)
    view._apply.click()
    assert saved[0].conversion == ConversionRule("page_group", "Product")
    assert saved[0].time_zone == "Europe/Madrid"
    assert saved[0].target_ms == {"": 2500}
    view._zone.setCurrentText("Mars/Olympus")
    assert "Mars/Olympus" in view._state.text()
    assert not view._apply.isEnabled()
    view._revert.click()
    assert view.edited() == desk.workspace_info.definitions


def test_ledger_and_quarantine_are_worded(qtmodeltester, dressed) -> None:
    ledger: TableModel = TableModel(lambda record: (record.file_name,))
    QAbstractItemModelTester(ledger, QAbstractItemModelTester.FailureReportingMode.Fatal)
    ledger.set_table(ledger_columns("Europe/Berlin"), (RECORD,))
    texts = [ledger.index(0, column).data() for column in range(ledger.columnCount())]
    assert texts[:7] == ["beacons.json.gz", "3 Aug – 4 Aug 2026", "120", "100", "15", "5", "boomerang"]
    assert "15  bot" in ledger.index(0, 4).data(Qt.ItemDataRole.ToolTipRole)
    rejected: TableModel = TableModel(lambda row: (row.reason,))
    rejected.set_table(quarantine_columns({1: "beacons.json.gz"}), (QuarantinedRow(1, 0, "no time", "x,y\nz"),))
    assert [rejected.index(0, column).data() for column in range(4)] == ["beacons.json.gz", "", "no time", "x,y z"]


def test_traffic_lists_what_is_left_out(dressed, desk) -> None:
    info = desk.give_workspace(excluded={"hidden tab": 3, "bot": 40})
    rows = traffic_rows(info)
    assert [(row.what, row.rows, row.counted) for row in rows] == [
        ("human page views", 640_000, True),
        ("bot", 40, False),
        ("hidden tab", 3, False),
    ]
    view = TrafficView()
    view.show_workspace(info)
    assert view.model.rowCount() == 3


def test_chips_wrap_like_words(dressed) -> None:
    holder = QWidget()
    flow = FlowLayout(holder, gap=10)
    for _ in range(4):
        button = QPushButton("x")
        button.setFixedSize(QSize(100, 20))
        flow.addWidget(button)
    assert flow.heightForWidth(1000) == 20
    assert flow.heightForWidth(220) == 50
    assert flow.heightForWidth(50) == 110


def test_an_area_that_had_to_scroll_stops_when_all_of_it_fits(dressed) -> None:
    page = QWidget()
    flow = FlowLayout(page, gap=0)
    for _ in range(3):
        button = QPushButton("x")
        button.setFixedSize(QSize(100, 20))
        flow.addWidget(button)
    area = WrappedArea(page, share=1.0)
    area.resize(300, 10)
    area.show()
    QApplication.processEvents()
    assert area.verticalScrollBar().isVisible()
    area.resize(300, 20)  # enough for one row, but not beside a scroll bar
    QApplication.processEvents()
    assert not area.verticalScrollBar().isVisible()
    assert page.width() == 300
    area.close()
    area.deleteLater()


def test_icons_follow_the_theme(dressed) -> None:
    set_theme("dark")
    before = icon("undo").pixmap(24, 24).toImage()
    set_theme("contrast")
    after = icon("undo").pixmap(24, 24).toImage()
    set_theme("dark")
    colours = [
        {image.pixelColor(x, y).name() for x in range(24) for y in range(24) if image.pixelColor(x, y).alpha() > 250}
        for image in (before, after)
    ]
    assert DARK.text in colours[0]
    assert CONTRAST.text in colours[1]


def test_the_glossary_finds_words() -> None:
    assert "Conversion rate" in glossary_html("conversion rate")
    assert "Carrier" not in glossary_html("conversion rate")
    assert "Nothing found" in glossary_html("qqqq")


def test_a_page_group_of_two_words_stays_on_its_line(qtbot, dressed) -> None:
    """A word that wraps to a second line is hidden by the row's height: "Order ..." stood for "Order confirmation"."""
    status = StatusList(lambda _: None)
    qtbot.addWidget(status)
    assert not status.findChild(QTableWidget).wordWrap()


def test_a_tile_compares_with_the_baseline_per_time_and_says_both_n(dressed) -> None:
    now, before = _row(sessions=110, page_views=300), _row(sessions=1000, page_views=2900)
    given = Totals(now, now, "EUR", 1, 0.1, before, 0.1)
    text = kpi_text("sessions", given, filtered=True)
    assert text.change.replace("\u00a0", " ") == "+10.0 % vs baseline"
    assert "Baseline: 1,000, 2,900 page views" in text.tip
    assert "0.10 times as long" in text.tip
    assert signs(text.direction, text.change)[0] == "▲"
    fewer = kpi_text("sessions", replace(given, selected=_row(sessions=80, page_views=200)), filtered=True)
    assert signs(fewer.direction, fewer.change)[0] == "▼"
    assert signs("better", "-5 %") == ("▼", " · better")


@pytest.mark.parametrize(
    ("size", "factor"), [((1190, 690), 1.0), ((1515, 790), 1.0), ((3755, 2050), 2.5), ((3755, 700), 1.0)]
)
def test_type_on_the_bridge_grows_with_the_room(size, factor) -> None:
    assert type_factor(*size, GLANCE) == factor


def test_where_buttons_have_no_room_icons_stand_for_their_words(dressed) -> None:
    section = Section("Imports")
    with_icon = push_button("Import files …", lambda: None, "primary", "import")
    plain = push_button("Plain", lambda: None)
    for button in (with_icon, plain):
        section.add_button(button)
    section.resize(600, 100)
    section.show()
    QApplication.processEvents()
    assert with_icon.text().strip() == "Import files …"
    narrow = section.minimumSizeHint().width() - 20
    section.setMinimumWidth(50)  # as a place in a splitter has one
    section.resize(narrow, 100)
    QApplication.processEvents()
    assert with_icon.text() == ""
    assert with_icon.toolTip() == with_icon.accessibleName() == "Import files …"
    assert plain.text() == "Plain"
    section.resize(600, 100)
    QApplication.processEvents()
    assert with_icon.text().strip() == "Import files …"
    section.close()
    section.deleteLater()


def test_the_widest_column_gives_up_just_what_is_missing(dressed) -> None:
    model = TableModel(lambda row: row)
    model.set_table(
        [
            Column(name, name, "", lambda row, i=i: row[i], lambda row: row, numeric=False)
            for i, name in enumerate("ab")
        ],
        [("a long text that says a lot " * 3, "short")],
    )
    view = table_view(model, "Two columns", 100)
    view.resize(900, 100)
    view.show()
    QApplication.processEvents()
    needed = view.columnWidth(0)
    view.resize(needed + 20, 100)
    QApplication.processEvents()
    assert view.horizontalScrollBar().maximum() == 0
    assert 100 < view.columnWidth(0) < needed
    view.resize(80, 100)
    QApplication.processEvents()
    assert view.columnWidth(0) == 100, "the limit"
    view.close()
    view.deleteLater()


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_labels_of_columns_stand_over_their_texts(dressed, scale) -> None:
    set_theme("light", scale)
    try:
        model = TableModel(lambda row: row)
        model.set_table(
            [Column("a", "HHHH", "", lambda row: row[0], lambda row: row, numeric=False)], [("HHHH",), ("HHHH",)]
        )
        view = table_view(model, "One column")
        view.resize(300, 200)
        view.show()
        QApplication.processEvents()
        header, cells = view.horizontalHeader().grab().toImage(), view.viewport().grab().toImage()
        middle = view.verticalHeader().defaultSectionSize() // 2
        assert abs(_first_ink(header, header.height() // 2) - _first_ink(cells, middle)) <= 1
        view.close()
        view.deleteLater()
    finally:
        set_theme("dark", 1.0)


def _first_ink(image, line) -> int:
    ground = image.pixelColor(1, line)
    return next(x for x in range(image.width()) if image.pixelColor(x, line) != ground)


def test_a_last_column_that_had_room_to_spare_gives_it_back(dressed) -> None:
    view = TrafficView()
    view.resize(700, 200)
    view.show()
    view.show_workspace(
        replace(panel_desk.info(), page_views=577_352, excluded={"session without a counted page view": 4692})
    )
    QApplication.processEvents()
    table = view.findChild(FittedTable)
    assert table.horizontalScrollBar().maximum() == 0
    view.resize(440, 200)
    QApplication.processEvents()
    assert table.horizontalScrollBar().maximum() == 0
    assert table.columnWidth(3) < 130
    view.close()
    view.deleteLater()
