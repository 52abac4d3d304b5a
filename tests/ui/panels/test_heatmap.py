from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from docops_desktop.engine.state import Results
from docops_desktop.model.dimensions import OTHER
from docops_desktop.ui.panels import panel_menu
from docops_desktop.ui.panels.heatmap import HeatmapPanel
from docops_desktop.ui.theme import current_theme
from tests.support import sample_results

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

LEFT, NONE, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def panel(show):
    return show(HeatmapPanel, size=(900, 560), heatmap=sample_results.heatmap())


def centre(panel, row, column):
    return panel.chart.grid.rect(row, column).center().toPoint()


def click(panel, point, keys=NONE):
    QTest.mouseClick(panel.chart.viewport(), LEFT, keys, point)
    QApplication.processEvents()


def kept(desk):
    return {c.dimension: c.values for c in desk.selection.clauses}


def test_a_click_keeps_the_cell_in_one_step(panel, desk):
    click(panel, centre(panel, 4, 3))
    assert kept(desk) == {"device_model": ("Samsung SM-A546B",), "carrier": ("Orange S.A.",)}
    assert {c.author for c in desk.selection.clauses} == {"heatmap"}
    assert panel.chart.picture.is_kept(4, 3)
    assert not panel.chart.picture.is_kept(4, 4)
    desk.undo()
    assert desk.selection.clauses == ()


def test_a_second_click_takes_it_back(panel, desk):
    click(panel, centre(panel, 4, 3))
    click(panel, centre(panel, 4, 3))
    assert desk.selection.clauses == ()


def test_ctrl_click_adds_a_cell(panel, desk):
    click(panel, centre(panel, 4, 3))
    click(panel, centre(panel, 6, 3), CTRL)
    assert kept(desk) == {"device_model": ("Samsung SM-A546B", "Xiaomi 23021RAA2Y"), "carrier": ("Orange S.A.",)}


def test_a_drag_keeps_a_block(panel, desk):
    view, start, end = panel.chart.viewport(), centre(panel, 1, 1), centre(panel, 3, 2)
    QTest.mousePress(view, LEFT, NONE, start)
    QTest.mouseMove(view, end)
    assert desk.selection.clauses == ()
    QTest.mouseRelease(view, LEFT, NONE, end)
    assert kept(desk) == {
        "device_model": ("Windows PC", "Apple Mac", "Samsung SM-S918B"),
        "carrier": ("Vodafone GmbH", "Telefonica Germany"),
    }


def test_a_label_keeps_its_row_or_column(panel, desk):
    click(panel, QPoint(20, centre(panel, 2, 0).y()))
    assert kept(desk) == {"device_model": ("Apple Mac",)}
    desk.clear()
    click(panel, QPoint(centre(panel, 0, 5).x(), 8))
    assert kept(desk) == {"carrier": ("Comcast Cable",)}


def test_the_remainder_cannot_be_filtered_by_and_says_so(panel, desk):
    last = len(panel.result.row_labels) - 1
    assert panel.result.row_labels[last] == OTHER
    click(panel, centre(panel, last, 0))
    assert desk.selection.clauses == ()
    assert "left over" in panel.card.plain_text


def test_hover_shows_both_values_n_change_and_z(panel):
    QTest.mouseMove(panel.chart.viewport(), centre(panel, 4, 3))
    text = panel.card.plain_text.replace("\u00a0", " ")
    assert panel.card.isVisible()
    assert text.startswith("Samsung SM-A546B · Orange S.A.\nLoad time p75: 6.90 s\nn: ")
    for part in ("Baseline: ", "Baseline n: ", "Change: +", "z: +"):
        assert part in text


def test_hover_on_a_thin_cell_says_why_it_is_blank(panel):
    thin = next(zip(*panel.chart.picture.thin.nonzero(), strict=True))
    QTest.mouseMove(panel.chart.viewport(), centre(panel, int(thin[0]), int(thin[1])))
    assert "too few sessions to show a value" in panel.card.plain_text
    assert panel.chart.picture.colours[thin][3] == 0


def test_what_changed_most_is_outlined_not_only_coloured(panel):
    assert panel.chart.picture.outlined[4, 3]
    assert ("outline", "|z| ≥ 4") in panel.legend._signs
    assert "Samsung SM-A546B · Orange S.A." in panel.accessibleDescription()


def test_keyboard_moves_a_cursor_and_keeps(panel, desk):
    panel.chart.setFocus()
    for key in [Qt.Key.Key_Down] * 5 + [Qt.Key.Key_Right] * 3:
        QTest.keyClick(panel.chart, key)
    assert panel.chart.cursor_cell == (4, 3)
    assert panel.card.plain_text.startswith("Samsung SM-A546B · Orange S.A.")
    QTest.keyClick(panel.chart, Qt.Key.Key_Return)
    assert kept(desk) == {"device_model": ("Samsung SM-A546B",), "carrier": ("Orange S.A.",)}


def test_the_menu_of_a_label_can_exclude(panel, desk):
    point = panel.chart.mapTo(panel, QPoint(20, centre(panel, 2, 0).y()))
    menu = panel_menu.build_menu(panel, panel.mark_at(point))
    assert menu.actions()[1].text().startswith("Exclude Apple Mac")
    menu.actions()[1].trigger()
    assert desk.selection.clauses[0].negated
    menu.deleteLater()


def test_change_needs_a_baseline_and_says_so(panel, desk):
    desk.set_view(heatmap_mode="change")
    assert not panel.notice.isVisible()
    assert panel.legend.texts[0] == "Load time p75, change"
    desk.give(heatmap=sample_results.heatmap(baseline=False))
    assert panel.notice.isVisible()
    assert "no baseline" in panel.notice.text()
    desk.set_view(heatmap_mode="value")
    assert not panel.notice.isVisible()


def test_worse_has_the_same_colour_whichever_way_the_measure_points(panel, desk):
    desk.set_view(heatmap_mode="change")
    worse = current_theme().diverging_stops[-1]
    slower = panel.legend._scale
    assert slower.hex_of(slower.high) == worse
    desk.give(heatmap=sample_results.heatmap(measure="conversion_rate"))
    fewer = panel.legend._scale
    assert fewer.hex_of(fewer.low) == worse


def test_choosing_the_other_sides_dimension_swaps_the_two(panel, desk):
    box = panel.rows_box
    box.setCurrentIndex(box.findData("carrier"))
    box.activated.emit(box.currentIndex())
    assert (desk.view.heatmap_rows, desk.view.heatmap_columns) == ("carrier", "device_model")
    assert panel.columns_box.currentData() == "device_model"


def test_a_low_panel_scrolls_and_still_reaches_every_row(panel):
    panel.resize(640, 260)
    QApplication.processEvents()
    chart = panel.chart
    assert chart.scroll_bar.isVisible()
    chart.scroll_bar.setValue(chart.scroll_bar.maximum())
    assert chart.grid.last_row == 40
    assert chart.grid.cell_at(QPointF(chart.grid.rect(39, 2).center())) == (39, 2)
    chart.overlay.cursor_cell = (1, 0)
    chart.move_cursor(-1, 0)
    assert chart.grid.first_row == 0


def test_small_cells_are_in_no_picture(panel):
    with panel.for_export():
        assert ("hatch", "n < 30") in panel.legend._signs
    panel.suppress_below(200)
    assert ("hatch", "n < 200") in panel.legend._signs
    shown = panel.chart.picture.colours[..., 3] > 0
    assert panel.shown.sessions[shown].min() >= 200
    panel.suppress_below(0)


def test_rows_of_thin_cells_make_room_for_those_that_can_be_read(panel, desk):
    result = sample_results.heatmap()
    thin = result.sessions.copy()
    thin[20:35, :-1] = 3  # a long tail: only its remainder can be read
    desk.give(heatmap=replace(result, sessions=thin, z=np.zeros_like(result.z)))
    assert len(panel.chart.picture.row_labels) <= 25
    assert panel.shown.row_labels[:20] == result.row_labels[:20]
    assert panel.shown.row_labels[-1] == OTHER
    assert any("thin rows hidden" in text for text in panel.legend.texts)
    assert len(panel.sheet().rows) == (thin > 0).sum()
    click(panel, centre(panel, 2, 1))
    assert kept(desk)["device_model"] == ("Apple Mac",)


def test_a_kept_row_stays_however_thin(panel, desk):
    result = sample_results.heatmap()
    thin = result.sessions.copy()
    thin[22, :] = 3
    desk.keep("device_model", (result.row_labels[22],))
    desk.give(heatmap=replace(result, sessions=thin))
    assert result.row_labels[22] in panel.shown.row_labels


def test_a_workspace_without_sessions_has_no_cells_and_no_fault(show):
    full = sample_results.heatmap(baseline=False)
    none = np.empty((0, 0))
    empty = replace(
        full, row_labels=(), column_labels=(), sessions=none.astype(np.int64), values=none,
    )  # fmt: skip
    assert show(HeatmapPanel, size=(900, 560), heatmap=empty).shown.row_labels == ()


def preview(panel, desk, number, **changes):
    """Show a step of a moving brush."""
    before = desk.results.get("heatmap")
    step = replace(before, **changes)
    desk.topics.publish("results", Results(-number, desk.selection, (), {"heatmap": step}, preview=True))
    for _ in range(3):
        QApplication.processEvents()
    return step


def without_baseline(found):
    nothing, none = np.zeros((0, 0), dtype=np.int64), np.zeros((0, 0))
    return replace(found, baseline_sessions=nothing, baseline_values=none, change=none, z=none)


def test_while_a_brush_moves_rows_columns_and_colours_stand_still(panel, desk):
    found = without_baseline(sample_results.heatmap())
    thin = np.where(np.arange(40)[:, None] < 30, found.sessions, 1)
    desk.give(heatmap=replace(found, sessions=thin, values=np.where(thin < 30, np.nan, found.values)))
    shown, scale = panel.shown, panel.legend._scale
    assert "thin" in panel.legend.texts[-1]
    everywhere = np.full(panel.result.sessions.shape, 500)
    preview(panel, desk, 1, sessions=everywhere, values=np.full(everywhere.shape, 2500.0) + np.arange(25) * 70)
    assert (panel.shown.row_labels, panel.shown.column_labels) == (shown.row_labels, shown.column_labels)
    assert panel.legend._scale is scale
    assert panel.legend.texts[-1] == f"{40 - len(shown.row_labels)} rows stay hidden"
    preview(panel, desk, 2, sessions=everywhere, values=np.full(everywhere.shape, 95_000.0) + np.arange(25) * 900)
    assert panel.legend._scale.high > 95_000  # nothing of it could be told apart any more
    desk.give(heatmap=replace(desk.results.get("heatmap"), sessions=everywhere))
    assert len(panel.shown.row_labels) == 40


def test_cells_painted_alone_are_those_of_the_whole_picture(panel, desk):
    for number in (1, 2):
        values = panel.result.values * (1 + 0.01 * number)
        step = preview(panel, desk, number, values=values, sessions=panel.result.sessions // number)
        alone = panel.chart.grab().toImage()
        panel.chart.overlay._ground_for = ()
        panel.chart.viewport().repaint()
        assert panel.chart.grab().toImage() == alone
        assert panel.result is step


def test_every_cell_has_its_colour_to_its_edges(panel):
    image = panel.chart.viewport().grab().toImage()
    picture, grid = panel.chart.picture, panel.chart.grid
    for row in range(grid.first_row, grid.last_row):
        for column in range(grid.columns):
            if picture.colours[row, column, 3] and not picture.outlined[max(row - 1, 0) : row + 2].any():
                box = grid.rect(row, column)
                seen = image.pixelColor(int(box.left() + 1.5), int(box.center().y()))
                assert (seen.red(), seen.green(), seen.blue()) == tuple(picture.colours[row, column, :3].tolist())
