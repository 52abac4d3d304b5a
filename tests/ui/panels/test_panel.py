from __future__ import annotations

import csv
import io
from dataclasses import replace
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTableView, QWidget

from docops_desktop.engine.state import Results
from docops_desktop.ui.i18n import PseudoTranslator
from docops_desktop.ui.panels import panel_menu, turns, veil
from docops_desktop.ui.panels.distribution import DistributionPanel
from docops_desktop.ui.panels.heatmap import HeatmapPanel
from docops_desktop.ui.panels.pages import PagesPanel
from docops_desktop.ui.panels.segments import SegmentsPanel
from docops_desktop.ui.panels.sheet_dialog import SheetDialog
from docops_desktop.ui.panels.timeline import TimelinePanel
from docops_desktop.ui.theme import LIGHT, set_theme
from tests.support import sample_results

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

ALL = [
    (TimelinePanel, {"timeline": sample_results.timeline}),
    (PagesPanel, {"pages": sample_results.pages}),
    (HeatmapPanel, {"heatmap": sample_results.heatmap}),
    (SegmentsPanel, {"segments": sample_results.segments}),
    (DistributionPanel, {"distribution": sample_results.distribution}),
]


@pytest.fixture(params=ALL, ids=lambda entry: entry[0].panel_id)
def panel(request, show):
    panel_class, results = request.param
    return show(panel_class, **{name: make() for name, make in results.items()})


def menu_texts(menu):
    return [action.text().split("\t")[0] for action in menu.actions() if action.text()]


def test_a_panel_is_computed_as_long_as_it_is_on_screen(panel, desk):
    assert desk.shown == [panel.panel_id]
    panel.hide()
    assert desk.shown == []
    panel.show()
    assert desk.shown == [panel.panel_id]


def test_two_copies_are_one_request(show, desk):
    first, second = show(PagesPanel), show(PagesPanel)
    first.hide()
    assert "pages" in desk.shown
    second.hide()
    assert desk.shown.count("pages") <= 1


def test_it_tells_in_words_what_it_shows(panel):
    assert panel.accessibleName() == panel.title
    assert len(panel.accessibleDescription()) > 40
    assert any(c.isdigit() for c in panel.accessibleDescription())
    assert panel.view.accessibleDescription() == panel.accessibleDescription()
    assert panel.n_label.text().startswith("n = ")


def test_the_last_picture_stays_and_is_dimmed_only_after_a_while(panel, desk, qtbot):
    desk.set_busy(True)
    assert not panel.veil.isVisible()
    qtbot.waitUntil(panel.veil.isVisible, timeout=60_000)
    assert panel.result is not None
    assert panel.view.isVisible()
    desk.set_busy(False)
    assert not panel.veil.isVisible()


def test_veils_fall_one_after_the_other(qtbot, monkeypatch):
    now_s = 100.0
    monkeypatch.setattr(veil, "time", SimpleNamespace(monotonic=lambda: now_s))
    monkeypatch.setattr(veil.Veil, "_last_fell_s", 0.0)
    ground = QWidget()
    qtbot.addWidget(ground)
    first, second = veil.Veil(ground), veil.Veil(ground)
    assert first.cover(QRect(0, 0, 50, 50))
    now_s += (veil.APART_MS - 1) / 1000
    assert not second.cover(QRect(50, 0, 50, 50))
    assert second.isHidden()
    now_s += 2 / 1000
    assert second.cover(QRect(50, 0, 50, 50))
    assert not second.isHidden()


def test_a_quick_refresh_never_dims(panel, desk, qtbot):
    desk.set_busy(True)
    desk.set_busy(False)
    qtbot.wait(350)
    assert not panel.veil.isVisible()


def test_an_old_result_is_not_shown_again(panel, desk):
    shown = panel.result
    desk.topics.publish("results", desk.given_results)
    assert panel.result is shown


def test_the_menu_exports_in_every_way(panel):
    menu = panel_menu.build_menu(panel, None)
    texts = menu_texts(menu)
    assert texts[-5:] == ["Copy as text", "Copy as picture", "Save as picture", "Save as CSV…", "Show as table"]
    pictures = next(action.menu() for action in menu.actions() if action.text() == "Save as picture")
    assert menu_texts(pictures) == ["PNG, 1x", "PNG, 2x", "PNG, 4x", "SVG (vectors)"]
    menu.deleteLater()


def test_csv_holds_the_figures_under_filters_and_time(panel, desk, tmp_path):
    desk.keep("country", ("FR",))
    path = tmp_path / "out.csv"
    panel_menu.save(panel, path, "csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    stamp = [line for line in lines if line.startswith("# ")]
    assert stamp[0] == f"# {panel.title} · shop.docops"
    assert "# Filters: Country = FR" in stamp
    assert any(line.startswith("# Time: ") and "Europe/Berlin" in line for line in stamp)
    assert any(line.startswith("# Made ") for line in stamp)
    table = list(csv.reader(io.StringIO("\n".join(line for line in lines if not line.startswith("# ")))))
    assert len(table) > 5
    assert all(len(row) == len(table[0]) for row in table)


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_pictures_are_drawn_at_the_scale_and_stamped(panel, tmp_path, scale):
    path = tmp_path / "out.png"
    panel_menu.save(panel, path, "png", scale)
    image = QImage(str(path))
    assert image.width() == panel.width() * scale
    assert image.height() > panel.height() * scale


def test_svg_has_texts_as_texts(panel, tmp_path):
    path = tmp_path / "out.svg"
    panel_menu.save(panel, path, "svg")
    text = path.read_text(encoding="utf-8")
    assert panel.title in text
    assert "<text" in text


def test_a_place_that_cannot_be_written_is_told(panel, desk, tmp_path):
    told = []
    desk.subscribe("message", told.append)
    for kind in ("csv", "png", "svg"):
        panel_menu.save(panel, tmp_path / "missing" / f"x.{kind}", kind)
    assert [m.kind for m in told] == ["error"] * 3
    assert all("Choose a folder" in m.text for m in told)


def test_ctrl_c_copies_the_table(panel):
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    text = QGuiApplication.clipboard().text()
    assert text.startswith(panel.title)
    assert "\t" in text


def test_a_picture_can_be_copied(panel):
    panel_menu.copy_picture(panel, 2)
    assert QGuiApplication.clipboard().image().width() == panel.width() * 2


def test_show_as_table_opens_the_figures(panel, qtbot):
    panel_menu.show_table(panel)
    dialog = panel.findChild(SheetDialog)
    assert dialog.isVisible()
    assert dialog.findChild(QTableView).model().rowCount() > 5
    assert dialog.findChild(QTableView).height() > dialog.height() / 3  # however much there is to say about the figures
    dialog.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert panel.findChild(SheetDialog) is None


def test_another_theme_reaches_the_picture(panel):
    QApplication.processEvents()
    dark = panel.grab().toImage()
    set_theme("light")
    QApplication.processEvents()
    light = panel.grab().toImage()
    corner = QPoint(panel.width() - 4, panel.height() - 6)
    assert light.pixelColor(corner).name() == LIGHT.surface
    assert dark.pixelColor(corner) != light.pixelColor(corner)


def test_closing_the_workspace_empties_it(panel, desk):
    desk.given_info = None
    desk.topics.publish("workspace", None)
    assert panel.result is None
    assert panel.notice.isVisible()
    assert panel.notice.text() == "No workspace is open"


def test_a_panel_that_is_gone_is_not_called_any_more(show, desk):
    faults = []
    desk.subscribe("message", faults.append)
    panel = show(PagesPanel, pages=sample_results.pages())
    panel.close()
    panel.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    desk.give(pages=sample_results.pages())
    desk.keep("country", ("FR",))
    assert faults == []
    assert desk.shown == []


def test_small_groups_are_in_no_export(show, desk, tmp_path):
    panel = show(SegmentsPanel, segments=sample_results.segments())
    smallest = [row.keys[0] for row in panel.result.rows[-2:]]
    path = tmp_path / "out.csv"
    panel_menu.save(panel, path, "csv")
    text = path.read_text(encoding="utf-8")
    assert "2 groups with fewer than 5 sessions are left out" in text
    assert all(name not in text for name in smallest)
    with panel.for_export():
        hidden = [row for row in range(panel.model.rowCount()) if panel.table.isRowHidden(row)]
        names = {panel.model.index(row, 0).data() for row in hidden}
    assert names == set(smallest)
    assert not any(panel.table.isRowHidden(row) for row in range(panel.model.rowCount()))


def test_every_word_of_the_frame_can_be_translated(show, desk, qapp):
    translator = PseudoTranslator()
    qapp.installTranslator(translator)
    try:
        for panel_class, results in ALL:
            panel = show(panel_class, **{name: make() for name, make in results.items()})
            assert panel.title.startswith("⟦")
            assert panel.n_label.text().startswith("⟦")
            assert panel.accessibleDescription().startswith("⟦")
            menu = panel_menu.build_menu(panel, None)
            assert all(text.startswith("⟦") for text in menu_texts(menu))
            menu.deleteLater()
    finally:
        qapp.removeTranslator(translator)


@pytest.mark.parametrize(("slow", "together"), [(True, False), (False, True)])
def test_panels_share_a_turn_of_the_event_loop_while_that_is_quick(show, desk, qapp, monkeypatch, slow, together):
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0 if slow else 60.0)
    first, second = show(PagesPanel), show(SegmentsPanel)
    pages, segments = sample_results.pages(), sample_results.segments()
    results = Results(99, desk.selection, (), {"segments": segments}, pages)
    desk.topics.publish("results", results)
    assert (first.result, second.result) == (None, None)
    seen = []
    for _ in range(6):
        QApplication.processEvents()
        seen.append((first.result is pages, second.result is segments))
    assert seen[-1] == (True, True)
    assert ((True, False) not in seen) is together


def test_of_two_results_in_a_row_only_the_newer_one_is_drawn(show, desk):
    panel = show(SegmentsPanel)
    drawn = []
    panel.show_result = drawn.append
    older, newer = sample_results.segments(groups=3), sample_results.segments(groups=4)
    for generation, result in ((7, older), (8, newer)):
        desk.topics.publish("results", Results(generation, desk.selection, (), {"segments": result}))
    panel.take_turn()
    panel.take_turn()
    assert drawn == [newer]


def test_a_preview_says_what_is_approximate_and_dims_who_cannot_follow(show, desk, qtbot):
    panel = show(SegmentsPanel, segments=sample_results.segments())
    exact = desk.results
    preview = replace(exact, generation=-1, preview=True, approximate={"segments": "percentiles within 3%"})
    desk.topics.publish("results", preview)
    qtbot.waitUntil(lambda: panel.n_label.text().endswith("approximate"), timeout=60_000)
    assert "percentiles within 3%" in panel.n_label.toolTip()
    desk.topics.publish("results", exact)
    qtbot.waitUntil(lambda: not panel.n_label.text().endswith("approximate"), timeout=60_000)
    desk.topics.publish("results", replace(preview, generation=-2, panels={}))
    qtbot.waitUntil(panel.veil.isVisible, timeout=60_000)
    desk.topics.publish("results", exact)
    assert not panel.veil.isVisible()
