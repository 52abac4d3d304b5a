"""What one sees of the window: start page, perspectives, chips, keys, menus, notices."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QCoreApplication, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QSplitter,
    QTextBrowser,
    QToolButton,
    QWidget,
)

from docops_desktop.engine.cause_jobs import CauseState
from docops_desktop.engine.state import ImportOutcome, JobView, Message
from docops_desktop.model.selection import RangeClause
from docops_desktop.model.timespan import MS_PER_HOUR, TimeSpan
from docops_desktop.store.records import ImportRecord
from docops_desktop.ui.chrome.chips import Chip
from docops_desktop.ui.dialogs.filter_editor import FilterEditor
from docops_desktop.ui.dialogs.palette import Palette
from docops_desktop.ui.flow_layout import WrappedArea
from docops_desktop.ui.i18n import PseudoTranslator
from docops_desktop.ui.main_window import MainWindow
from docops_desktop.ui.perspectives.shelf import PANELS, PanelSlot
from docops_desktop.ui.start_page import StartPage
from docops_desktop.ui.theme import set_theme
from tests.support import sample_results

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def test_without_a_workspace_the_start_page_offers_the_demo(window, desk, qtbot, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("docops_desktop.ui.file_acts.demo_path", lambda: tmp_path / "DocOps demo.docops")
    page = window.findChild(StartPage)
    assert page.isVisible()
    qtbot.mouseClick(page.demo_button, Qt.MouseButton.LeftButton)
    assert desk.calls == [("demo", tmp_path / "DocOps demo.docops", 200_000)]


def test_a_demo_that_exists_is_opened_not_made_again(window, desk, monkeypatch, tmp_path) -> None:
    path = tmp_path / "DocOps demo.docops"
    path.touch()
    monkeypatch.setattr("docops_desktop.ui.file_acts.demo_path", lambda: path)
    desk.commands.run("file.demo")
    assert desk.calls == [("open", path)]


def test_the_start_page_shows_progress_and_cancels(window, desk, monkeypatch) -> None:
    cancelled = []
    monkeypatch.setattr(window.start_page, "_cancel", cancelled.append)
    desk.topics.publish("jobs", (JobView(7, "Making the demo", 0.4, "120k sessions"),))
    page = window.start_page
    assert not page.demo_button.isEnabled()
    stop = next(b for b in page.findChildren(QAbstractButton) if b.text() == "Cancel" and b.isVisible())
    stop.click()
    assert cancelled == [7]
    desk.topics.publish("jobs", ())
    assert page.demo_button.isEnabled()


def test_a_recent_workspace_that_is_gone_says_so(window, tmp_path) -> None:
    there = tmp_path / "here.docops"
    there.touch()
    window.start_page.set_recent([str(there), str(tmp_path / "gone.docops")])
    links = {b.text(): b for b in window.start_page.findChildren(QAbstractButton) if b.text() in ("here", "gone")}
    assert links["here"].isEnabled()
    assert not links["gone"].isEnabled()


def test_opening_shows_the_perspective_and_closing_the_start_page(loaded: MainWindow, desk) -> None:
    assert loaded.windowTitle().startswith("shop")
    assert loaded.perspectives.isVisible()
    assert loaded.perspectives.shown.ident == "bridge"
    desk.commands.run("file.close")
    assert loaded.findChild(StartPage).isVisible()
    assert not loaded.filters.isVisible()


@pytest.mark.parametrize(
    ("key", "ident"),
    [(Qt.Key.Key_2, "investigate"), (Qt.Key.Key_3, "whatif"), (Qt.Key.Key_4, "data"), (Qt.Key.Key_1, "bridge")],
)
def test_ctrl_digit_changes_the_perspective(loaded: MainWindow, desk, qtbot, key, ident) -> None:
    desk.set_view(perspective="whatif" if ident != "whatif" else "data")
    qtbot.keyClick(loaded, key, Qt.KeyboardModifier.ControlModifier)
    assert loaded.perspectives.shown.ident == ident
    assert loaded.perspectives.shown.isVisible()


def test_panels_move_along_and_only_one_copy_exists(loaded: MainWindow, desk) -> None:
    desk.set_view(perspective="investigate")
    pages = next(
        label for label in loaded.findChildren(QWidget) if label.accessibleName() == "pages" and label.isVisible()
    )
    desk.set_view(perspective="whatif")
    assert pages.isVisible()
    desk.set_view(perspective="investigate")
    assert pages.isVisible()


def test_chips_show_and_remove_conditions(loaded: MainWindow, desk, qtbot) -> None:
    desk.keep("carrier", ("Vodafone DE",))
    desk.exclude("country", ("US", "FR", "DE"))
    desk.add(RangeClause("load_ms", 4000))
    assert loaded.filters.chip_texts == ("Carrier = Vodafone DE", "Country ≠ US and 2 more", "load ≥ 4,000 ms")
    chip = next(c for c in loaded.filters.findChildren(Chip) if c.text.startswith("Carrier"))
    qtbot.mouseClick(chip.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert loaded.filters.chip_texts == ("Country ≠ US and 2 more", "load ≥ 4,000 ms")
    chip = next(c for c in loaded.filters.findChildren(Chip) if c.text.startswith("Country"))
    qtbot.keyClick(chip, Qt.Key.Key_Delete)
    assert [clause.field for clause in desk.selection.clauses] == ["load_ms"]


def test_window_and_baseline_are_chips(loaded: MainWindow, desk, qtbot) -> None:
    start = sample_results.START_MS + 80 * MS_PER_HOUR
    desk.set_window(TimeSpan(start, start + 4 * MS_PER_HOUR))
    window_chip, baseline = loaded.filters.chip_texts
    assert window_chip.startswith("Window")
    assert baseline == "vs same hours, 3 work days before"
    desk.set_baseline(())
    assert loaded.filters.chip_texts[1] == "vs none"
    qtbot.keyClick(loaded.filters.findChildren(Chip)[-2], Qt.Key.Key_Delete)
    assert loaded.filters.chip_texts == ()


def test_a_chip_opens_its_editor_and_one_step_of_undo_takes_the_edit_back(loaded: MainWindow, desk, qtbot) -> None:
    desk.keep("carrier", ("Vodafone DE",), author="heatmap")
    qtbot.mouseClick(loaded.filters.findChild(Chip), Qt.MouseButton.LeftButton)
    editor = loaded.findChild(FilterEditor)
    assert editor.checked_values() == ("Vodafone DE",)
    for row in range(editor._values.rowCount()):
        item = editor._values.item(row)
        item.setCheckState(Qt.CheckState.Checked if item.text() == "O2 DE" else Qt.CheckState.Unchecked)
    editor.accept()
    (clause,) = desk.selection.clauses
    assert clause.values == ("O2 DE",)
    assert clause.author == "heatmap"
    desk.undo()
    assert desk.selection.clauses[0].values == ("Vodafone DE",)


def test_one_key_clears_all_and_ctrl_z_brings_back(loaded: MainWindow, desk, qtbot) -> None:
    desk.keep("carrier", ("Vodafone DE",))
    desk.keep("country", ("DE",))
    qtbot.keyClick(loaded, Qt.Key.Key_Escape)
    assert len(desk.selection.clauses) == 2, "Escape alone clears nothing behind one's back"
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(loaded, Qt.Key.Key_Backspace, both)
    assert desk.selection.is_empty
    assert loaded.actions_["edit.undo"].text() == "Undo clear all filters"
    qtbot.keyClick(loaded, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(loaded.filters.chip_texts) == 2
    assert loaded.actions_["edit.undo"].text() == "Undo filter Country = DE"
    qtbot.keyClick(loaded, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(loaded, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert len(loaded.filters.chip_texts) == 2


def test_how_much_is_kept_stands_beside_the_chips(loaded: MainWindow, desk) -> None:
    desk.keep("carrier", ("Vodafone DE",))
    desk.give(totals=sample_results.totals())
    loaded.resize(1500, 800)
    QCoreApplication.processEvents()
    text = loaded.filters._kept.text()
    assert " of " in text
    assert "%" in text


def test_the_palette_finds_and_runs_a_command(loaded: MainWindow, desk, qtbot) -> None:
    qtbot.keyClick(loaded, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    palette = loaded.findChild(Palette)
    assert palette.isVisible()
    qtbot.keyClicks(palette.field, "whatf")
    assert palette.titles()[0] == "What-if"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert desk.view.perspective == "whatif"
    assert not palette.isVisible()


def test_the_palette_leaves_out_what_cannot_run(window: MainWindow, desk) -> None:
    window.show_palette()
    palette = window.findChild(Palette)
    assert "Close workspace" not in palette.titles()
    assert "Open the demo" in palette.titles()
    palette.close()


def test_every_command_is_in_a_menu_once(window: MainWindow, desk) -> None:
    shown = [action.text() for menu in window.menus.values() for action in menu.actions() if action.text()]
    assert sorted(shown) == sorted(command.text() for command in desk.commands)


def test_an_error_stays_and_an_info_does_not_cover_it(window: MainWindow, desk) -> None:
    desk.topics.publish("message", Message("error", "shop.docops: the workspace is locked. Close the other window"))
    desk.topics.publish("message", Message("info", "Import cancelled."))
    assert "locked" in window.notices.text
    window.notices.dismiss()
    assert window.notices.text == ""


def test_a_defect_shows_a_report_to_copy(window: MainWindow, desk) -> None:
    desk.topics.publish("message", Message("defect", "refresh: ZeroDivisionError", "Traceback ... line 7"))
    dialog = next(d for d in window.children() if getattr(d, "windowTitle", str)() == "Something went wrong")
    text = dialog.findChild(QWidget, "").parent().findChildren(QWidget)
    assert any("line 7" in getattr(widget, "toPlainText", str)() for widget in text)
    dialog.close()


def test_an_import_tells_its_outcome(loaded: MainWindow, desk) -> None:
    record = ImportRecord(
        1, "beacons.json", "ab", 10, "boomerang", "page_view", rows_read=12, rows_loaded=10, rows_quarantined=2
    )
    desk.topics.publish("imports", (ImportOutcome("beacons.json", record),))
    assert loaded.notices.text == "Loaded 10 rows from beacons.json; 2 rows rejected."


def test_how_old_the_data_is_comes_before_the_time_of_the_last_refresh(loaded: MainWindow) -> None:
    bar = loaded.status
    bar._speed.setText("12 ms for 253k rows")
    for width, shown in ((2400, True), (960, False)):
        loaded.resize(width, 700)
        bar._loaded.setText(
            "a workspace with a rather long name of its own  ·  195k sessions, 577k page views  ·  data until Tue 4 Aug 2026, 23:59:59  ·  110 days old"
        )
        bar._share_room()
        QCoreApplication.processEvents()
        assert bar._speed.isVisible() is shown


def test_the_status_bar_says_what_is_loaded(loaded: MainWindow) -> None:
    text = loaded.status._loaded.text()
    assert "shop" in text
    assert "203k sessions" in text


def test_f11_fills_the_screen_and_back(window: MainWindow, qtbot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert not window.isFullScreen()


def test_where_no_window_manager_sizes_it_the_window_fills_the_screen_itself(window, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(window, "showFullScreen", lambda: None)  # without a manager nothing comes of it
    monkeypatch.setattr(window, "showNormal", lambda: None)
    screen = QRect(0, 0, 1600, 1000)
    monkeypatch.setattr(window, "screen", lambda: SimpleNamespace(geometry=lambda: screen))
    window.resize(1100, 700)
    before = window.geometry()
    for wanted in (screen, before, screen, before):
        qtbot.keyClick(window, Qt.Key.Key_F11)
        qtbot.waitUntil(lambda wanted=wanted: window.geometry().size() == wanted.size(), timeout=60_000)


def test_the_theme_is_chosen_and_remembered(window: MainWindow, desk) -> None:
    desk.commands.run("view.light")
    assert desk.settings.theme == "light"
    desk.commands.run("view.dark")
    assert desk.settings.theme == "dark"


def test_splitters_are_remembered(loaded: MainWindow, desk, dressed) -> None:
    desk.set_view(perspective="investigate")
    saved = loaded.perspectives.save_layout()
    assert set(saved["investigate"]) == {"ranking", "segments", "rows"}
    loaded.close()
    assert desk.settings.get("window")["layout"]["investigate"] == saved["investigate"]


def test_with_large_type_in_a_small_window_panels_stand_one_above_the_other(loaded: MainWindow, desk) -> None:
    desk.set_view(perspective="investigate")
    view = loaded.perspectives.shown
    ranking = next(part for part in view.findChildren(QSplitter) if part.accessibleName() == "ranking")
    wide = view.save_layout()
    assert ranking.orientation() == Qt.Orientation.Horizontal
    try:
        set_theme("dark", 1.6)
        QCoreApplication.processEvents()
        assert ranking.orientation() == Qt.Orientation.Vertical
        assert view.scroller.verticalScrollBar().maximum() > 0
        assert view.save_layout() == wide
        desk.topics.publish("cause", CauseState(open=True))
        QCoreApplication.processEvents()
        assert view.scroller.verticalScrollBar().value() > 0
        desk.topics.publish("cause", CauseState())
    finally:
        set_theme("dark")
    assert ranking.orientation() == Qt.Orientation.Horizontal


CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, QAbstractItemView, Chip)


@pytest.mark.parametrize("perspective", ["bridge", "investigate", "whatif", "data"])
def test_every_control_has_a_name_and_a_role(loaded: MainWindow, desk, perspective: str) -> None:
    desk.keep("carrier", ("Vodafone DE",))
    desk.set_view(perspective=perspective)
    nameless = [f"{type(control).__name__} in {_path(control)}" for control in _controls(loaded) if not _name(control)]
    assert not nameless
    for control in _controls(loaded):
        assert QAccessible.queryAccessibleInterface(control).role() != QAccessible.Role.NoRole


def test_the_map_of_keys_has_every_shortcut_and_the_keys_within_panels(loaded: MainWindow, desk) -> None:
    desk.commands.run("help.keys")
    text = loaded.findChild(QTextBrowser).toPlainText()
    keys = [command.shortcut for command in desk.commands if command.shortcut]
    assert len(keys) > 15
    assert not [key for key in keys if key not in text]
    for line in ("Shift+Tab", "Arrow keys in the heatmap", "Alt+Return in the page ranking", "Drag on the timeline"):
        assert line in text


def test_alt_and_a_letter_of_its_own_open_each_menu(loaded: MainWindow) -> None:
    titles = [action.text() for action in loaded.menuBar().actions()]
    assert all(title.startswith("&") for title in titles)
    assert len({title[1].casefold() for title in titles}) == len(titles)


def test_dialogs_name_their_controls(loaded: MainWindow, desk) -> None:
    for ident in ("help.keys", "help.glossary", "help.about", "filter.add"):
        desk.commands.run(ident)
    assert not [f"{type(c).__name__} in {_path(c)}" for c in _controls(loaded) if not _name(c)]
    for dialog in (child for child in loaded.children() if isinstance(child, QWidget) and child.isWindow()):
        dialog.close()


def test_every_text_of_the_shell_is_translated(desk, dressed, tmp_path: Path) -> None:
    translator = PseudoTranslator()
    dressed.installTranslator(translator)
    try:
        from tests.ui.shell.conftest import plain_panels

        window = MainWindow(desk, plain_panels())
        desk.give_workspace()
        desk.set_view(perspective="data")
        plain = [
            b.text()
            for b in window.findChildren(QAbstractButton)
            if any(c.isalpha() for c in b.text()) and "⟦" not in b.text()
        ]
        data = {"shop", "demo"}
        assert not [text for text in plain if text not in data and not text.startswith("shop")]
        window.close()
        window.deleteLater()
    finally:
        dressed.removeTranslator(translator)


def _controls(window: MainWindow) -> list[QWidget]:
    return [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, CONTROLS) and widget.isVisible() and not widget.objectName().startswith("qt_")
        and not isinstance(widget.parent(), QAbstractItemView | QAbstractSpinBox | QComboBox)
        and type(widget).__name__ != "QTableCornerButton"
    ]  # fmt: skip


def _name(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip()


def _path(widget: QWidget) -> str:
    names = []
    while widget is not None:
        names.append(type(widget).__name__)
        widget = widget.parentWidget()
    return " < ".join(names)


def test_everything_is_made_ahead_of_need(window: MainWindow, qtbot) -> None:
    stack = window.perspectives
    assert stack._shelf.made == ()
    stack.prepare()
    qtbot.waitUntil(lambda: len(stack._made) == 4, timeout=60_000)
    assert set(stack._shelf.made) == set(PANELS)
    assert stack.shown is None
    assert not any(child.isVisible() for child in stack.children() if isinstance(child, QWidget))


def test_tab_reaches_the_chips_where_they_stand(loaded: MainWindow, desk) -> None:
    desk.set_window(TimeSpan(sample_results.START_MS, sample_results.START_MS + MS_PER_HOUR))
    desk.keep("carrier", ("Vodafone DE",))
    loaded.activateWindow()
    QApplication.processEvents()
    loaded.rail._buttons[desk.view.perspective].setFocus()
    reached = []
    for _ in range(4):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget())
    assert [getattr(one, "text", None) for one in reached[:-1]] == list(loaded.filters.chip_texts)
    assert reached[-1].accessibleName() == "Add a filter"


def test_a_narrow_window_keeps_the_chips_in_one_line(loaded: MainWindow, desk) -> None:
    desk.set_window(TimeSpan(sample_results.START_MS, sample_results.START_MS + MS_PER_HOUR))
    desk.give(totals=sample_results.totals())
    loaded.resize(1280, 800)
    QCoreApplication.processEvents()
    tops = [chip.y() for chip in loaded.filters._flow.widgets()]
    assert max(tops) - min(tops) < 10  # one line
    assert " of " in loaded.filters._kept.toolTip()


def test_arrow_keys_in_the_rail_lead_from_perspective_to_perspective(loaded: MainWindow, desk) -> None:
    desk.set_view(perspective="bridge")
    QApplication.processEvents()
    loaded.activateWindow()
    loaded.rail._buttons["bridge"].setFocus()
    for wanted in ("investigate", "whatif"):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
        QApplication.processEvents()
        assert desk.view.perspective == wanted
        assert QApplication.focusWidget() is loaded.rail._buttons[wanted]


@pytest.mark.parametrize(("size", "scale"), [((960, 600), 2.5), ((1280, 800), 2.0), ((1280, 800), 1.0)])
def test_with_the_largest_type_every_control_of_bar_and_rail_can_be_reached(loaded, desk, size, scale) -> None:
    window = loaded
    window.resize(*size)
    set_theme("dark", scale)
    try:
        desk.keep("country", ("FR", "DE"))
        desk.keep("browser", ("Chrome",))
        for _ in range(5):
            QCoreApplication.processEvents()
        for part in (window.rail, window.filters):
            for button in part.findChildren(QAbstractButton):
                if not button.isVisible() or isinstance(button.parent(), Chip):
                    continue
                name = button.accessibleName()
                assert button.height() >= button.sizeHint().height(), name
                assert button.width() >= min(button.sizeHint().width(), part.width() // 2), name
                page = button.parentWidget()
                assert page.rect().contains(button.geometry()), name
        area = window.filters.findChild(WrappedArea)
        assert area.widget().width() <= area.viewport().width()
        assert area.height() <= 0.45 * window.height() + 1
        assert (area.verticalScrollBar().maximum() > 0) == (scale == 2.5)
        desk.clear()
        for _ in range(5):
            QCoreApplication.processEvents()
        assert not area.verticalScrollBar().isVisible(), "with fewer chips the bar goes again"
        words = window.rail.findChildren(QToolButton)[0].toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextUnderIcon
        assert words == (scale < 2.5)
    finally:
        set_theme("dark", 1.0)


def test_a_window_that_becomes_smaller_does_not_scroll_for_what_it_was(loaded, desk) -> None:
    desk.set_view(perspective="bridge")
    for size in ((3000, 2000), (1280, 800)):
        loaded.resize(*size)
        for _ in range(5):
            QCoreApplication.processEvents()
    bridge = loaded.perspectives.perspective("bridge")
    assert bridge.scroller.verticalScrollBar().maximum() == 0
    for slot in bridge.findChildren(PanelSlot):
        assert slot.sizeHint() == slot.minimumSize()
