from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from docops_desktop.model.timespan import MS_PER_HOUR, TimeSpan
from docops_desktop.ui.panels import panel_menu
from docops_desktop.ui.panels import timeline_words as words
from docops_desktop.ui.panels.timeline import TimelinePanel
from tests.support import mouse, sample_results
from tests.support.sample_results import INCIDENT, START_MS

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def panel(show):
    return show(TimelinePanel, size=(1200, 260), timeline=sample_results.timeline(window=None))


def pixel(panel, time_ms):
    y = int(panel.chart.box.sceneBoundingRect().center().y())
    return QPoint(round(panel.chart.to_pixels(time_ms)), y)


def drag(panel, start, end, *, release=True):
    mouse.drag(panel.chart.viewport(), start, end, release=release)


def test_a_drag_sets_the_window_on_release_and_on_bins(panel, desk):
    start, end = pixel(panel, INCIDENT.start_ms + 900_000), pixel(panel, INCIDENT.end_ms - 900_000)
    drag(panel, start, end, release=False)
    assert desk.selection.span is None
    assert panel.live.isVisible()
    assert "Length: 8" in panel.live.plain_text
    QTest.mouseRelease(panel.chart.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert desk.selection.span == INCIDENT
    assert not panel.live.isVisible()
    assert desk.history.undo_text.startswith("set window")
    assert panel.n_label.text().endswith(" sessions · 8\u00a0h")
    assert "16:00 – 24:00" in panel.n_label.toolTip()


def test_the_window_is_moved_and_resized_by_hand(panel, desk):
    desk.set_window(INCIDENT)
    QApplication.processEvents()
    middle = pixel(panel, (INCIDENT.start_ms + INCIDENT.end_ms) / 2)
    drag(panel, middle, pixel(panel, (INCIDENT.start_ms + INCIDENT.end_ms) / 2 - 24 * MS_PER_HOUR))
    assert desk.selection.span == INCIDENT.shifted(-24 * MS_PER_HOUR)
    span = desk.selection.span
    drag(panel, pixel(panel, span.end_ms), pixel(panel, span.end_ms + 6 * MS_PER_HOUR))
    assert desk.selection.span == TimeSpan(span.start_ms, span.end_ms + 6 * MS_PER_HOUR)


def test_a_double_click_clears_it(panel, desk):
    desk.set_window(INCIDENT)
    QApplication.processEvents()
    point = pixel(panel, START_MS + 30 * MS_PER_HOUR)
    view = panel.chart.viewport()
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    QApplication.processEvents()
    assert desk.selection.span is None
    assert panel.chart.brush.range is None


@pytest.mark.parametrize(
    ("keys", "start", "end"),
    [
        (Qt.KeyboardModifier.NoModifier, 1, 1),
        (Qt.KeyboardModifier.ShiftModifier, 0, 1),
        (Qt.KeyboardModifier.ControlModifier, 1, 0),
    ],
)
def test_arrows_nudge_the_window(panel, desk, keys, start, end):
    desk.set_window(INCIDENT)
    panel.chart.setFocus()
    QTest.keyClick(panel.chart, Qt.Key.Key_Right, keys)
    assert desk.selection.span == TimeSpan(INCIDENT.start_ms + start * MS_PER_HOUR, INCIDENT.end_ms + end * MS_PER_HOUR)
    QTest.keyClick(panel.chart, Qt.Key.Key_Escape)
    assert desk.selection.span is None


def test_escape_ends_a_drag_where_it_began(panel, desk):
    desk.set_window(INCIDENT)
    QApplication.processEvents()
    acts = len(desk.history.undo_text or "")
    panel.chart.setFocus()
    end = pixel(panel, INCIDENT.end_ms)
    away = pixel(panel, INCIDENT.end_ms - 4 * MS_PER_HOUR)
    drag(panel, end, away, release=False)
    assert panel.chart.brush.range[1] < INCIDENT.end_ms
    QTest.keyClick(panel.chart, Qt.Key.Key_Escape)
    assert panel.chart.brush.range == (INCIDENT.start_ms, INCIDENT.end_ms)
    assert not panel.live.isVisible()
    QTest.mouseRelease(panel.chart.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, away)
    assert desk.selection.span == INCIDENT
    assert len(desk.history.undo_text) == acts


def test_escape_takes_the_window_away_and_nothing_else(panel, desk):
    desk.keep("carrier", ("Vodafone DE",))
    desk.set_window(INCIDENT)
    panel.chart.setFocus()
    for _ in range(2):
        QTest.keyClick(panel.chart, Qt.Key.Key_Escape)
        assert desk.selection.span is None
        assert len(desk.selection.clauses) == 1


def test_the_keyboard_alone_can_begin_a_window(panel, desk):
    panel.chart.setFocus()
    QTest.keyClick(panel.chart, Qt.Key.Key_Right)
    assert desk.selection.span.duration_ms == MS_PER_HOUR


def test_the_window_never_leaves_the_data(panel, desk):
    last = START_MS + 14 * 24 * MS_PER_HOUR
    desk.set_window(TimeSpan(last - MS_PER_HOUR, last))
    panel.chart.setFocus()
    QTest.keyClick(panel.chart, Qt.Key.Key_Right)
    assert desk.selection.span == TimeSpan(last - MS_PER_HOUR, last)


def test_results_do_not_pull_the_brush_out_of_the_hand(panel, desk):
    start, end = pixel(panel, INCIDENT.start_ms), pixel(panel, INCIDENT.end_ms)
    drag(panel, start, end, release=False)
    held = panel.chart.brush.range
    desk.give(timeline=sample_results.timeline(window=None))
    assert panel.chart.brush.range == held
    QTest.mouseRelease(panel.chart.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert desk.selection.span == INCIDENT


def test_hover_tells_the_bin_at_once(panel):
    QTest.mouseMove(panel.chart.viewport(), pixel(panel, INCIDENT.start_ms + 1_800_000))
    QApplication.processEvents()
    assert panel.card.isVisible()
    assert panel.card.plain_text.startswith("Sat 15 Aug 2026, 16:00 – 17:00")
    assert "Load time p50 / p75" in panel.card.plain_text


def test_the_baseline_is_shaded_and_named(panel, desk):
    assert "baseline" not in panel.chart.legend.names
    desk.set_window(INCIDENT)
    assert len(panel.chart.baseline.spans) == len(desk.baseline) == 2
    assert "baseline" in panel.chart.legend.names
    desk.set_baseline(())
    assert panel.chart.baseline.spans == ()


def test_a_small_part_is_not_drowned_by_the_whole_and_it_says_so(panel, desk):
    desk.give(timeline=sample_results.timeline(share=0.02, window=None))
    assert any(name.startswith("everything, drawn ÷ ") for name in panel.chart.legend.names)
    tops = [item.values.max() for item in (panel.chart.part, panel.chart.whole)]
    assert tops[0] / 1.34 < tops[1] <= tops[0]  # the divisor is a round number


def test_the_line_can_be_another_measure(panel, desk):
    box = panel.line_box
    box.setCurrentIndex(box.findData("conversion_rate"))
    box.activated.emit(box.currentIndex())
    assert desk.view.timeline_measure == "conversion_rate"
    assert "Conversion rate (right)" in panel.chart.legend.names


def test_the_menu_sets_window_and_baseline(panel, desk):
    mark = panel.mark_at(panel.chart.mapTo(panel, pixel(panel, INCIDENT.start_ms + 1_800_000)))
    assert mark.text == "Sat 15 Aug 2026, 16:00 – 17:00"
    mark.keep()
    assert desk.selection.span == TimeSpan(INCIDENT.start_ms, INCIDENT.start_ms + MS_PER_HOUR)
    menu = panel_menu.build_menu(panel, mark)
    baseline = next(action.menu() for action in menu.actions() if action.text() == "Baseline")
    baseline.actions()[0].trigger()
    assert desk.baseline == (desk.selection.span,)
    next(action for action in menu.actions() if action.text() == "Clear the window").trigger()
    assert desk.selection.span is None
    menu.deleteLater()


def test_an_empty_workspace_says_what_to_do(panel, desk):
    empty = sample_results.timeline(days=0, window=None)
    desk.give(timeline=empty)
    assert panel.notice.isVisible()
    assert "Drop an export" in panel.notice.text()


def test_small_bins_leave_neither_as_table_nor_as_picture(panel):
    result = panel.result
    k = int(np.sort(result.sessions[result.sessions > 0])[2]) + 1
    small = (result.sessions > 0) & (result.sessions < k)
    sheet = panel.sheet().suppressed(k)
    assert len(sheet.rows) <= len(result.sessions) - small.sum()
    assert "left out" in sheet.notes[-1]
    drawn = panel.chart.part.values
    panel.suppress_below(k)
    assert (panel.chart.part.values[small] == 0).all()
    _, line = panel.chart.line.points
    assert np.isnan(line[small]).all()
    panel.suppress_below(0)
    assert (panel.chart.part.values == drawn).all()


def test_where_the_title_row_has_no_room_the_legend_has_a_line_of_its_own_with_all_names(show, desk):
    def fits(panel):
        legend = panel.chart.legend
        return legend.width() >= legend.sizeHint().width() - 24, legend.y() > panel.menu_button.geometry().bottom()

    narrow = show(TimelinePanel, size=(600, 400), timeline=sample_results.timeline(window=None))
    assert fits(narrow) == (True, True)
    assert narrow.veil.geometry().top() >= narrow.chart.legend.geometry().bottom()
    for width in (1200, 1000, 900, 840, 800, 760):  # at whatever width: no name is lost for the sake of n
        narrow.resize(width, 400)
        QApplication.processEvents()
        assert fits(narrow)[0], width
    narrow.resize(1200, 400)
    QApplication.processEvents()
    assert fits(narrow) == (True, False)
    narrow.resize(600, 400)
    QApplication.processEvents()
    assert fits(narrow) == (True, True)
    narrow.resize(600, 160)  # too low for a line of its own
    QApplication.processEvents()
    assert not fits(narrow)[1]


def test_n_is_that_of_the_window_where_it_was_counted_however_wide_the_bins_are():
    result = sample_results.timeline(window=None)
    inside_a_bin = TimeSpan(START_MS + 60_000, START_MS + 120_000)
    assert words.n_text(result, inside_a_bin).startswith("n ≈ 0 sessions")
    assert words.n_text(result, inside_a_bin, 22_613.0).startswith("n = 22.6k sessions")
    assert words.n_text(result, inside_a_bin, 1.0).startswith("n = 1 session ·")
