from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from docops_desktop.analysis.ranking.pages import rank_pages
from docops_desktop.analysis.ranking.story import page_story
from docops_desktop.model.selection import ValueClause
from docops_desktop.ui.dialogs.page_story import PageStoryDialog
from docops_desktop.ui.models.columns import MARKED_ROLE
from docops_desktop.ui.panels import panel_menu
from docops_desktop.ui.panels.pages import PagesPanel
from docops_desktop.ui.panels.segments import SegmentsPanel
from tests.support import sample_results
from tests.support.page_worlds import page_cells

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


def click(panel, text, keys=NONE):
    table = panel.table
    for row in range(panel.model.rowCount()):
        for column in range(panel.model.columnCount()):
            index = panel.model.index(row, column)
            if index.data() == text:
                table.scrollTo(index)
                QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, keys, table.visualRect(index).center())
                QApplication.processEvents()
                return
    raise AssertionError(f"no cell says {text}")


def marked(panel):
    model = panel.model
    return [model.key_of(model.rows[r]) for r in range(model.rowCount()) if model.index(r, 0).data(MARKED_ROLE)]


def test_a_click_keeps_the_page_group_and_a_second_one_takes_it_back(show, desk):
    panel = show(PagesPanel, pages=sample_results.pages())
    click(panel, "Category")
    assert desk.selection.clauses == (ValueClause("page_group", ("Category",), author="pages"),)
    assert marked(panel) == [("Category",)]
    assert desk.history.undo_text == "filter Page group = Category"
    click(panel, "Category")
    assert desk.selection.clauses == ()
    assert marked(panel) == []


def test_ctrl_click_adds_and_takes_away(show, desk):
    panel = show(PagesPanel, pages=sample_results.pages())
    click(panel, "Category")
    click(panel, "Home", CTRL)
    assert desk.selection.clauses[0].values == ("Category", "Home")
    click(panel, "Category", CTRL)
    assert desk.selection.clauses[0].values == ("Home",)
    click(panel, "Home", CTRL)
    assert desk.selection.clauses == ()


def test_keys_keep_and_exclude_the_current_row(show, desk):
    panel = show(PagesPanel, pages=sample_results.pages())
    panel.table.setFocus()
    panel.table.setCurrentIndex(panel.model.index(3, 1))
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert desk.selection.clauses == (ValueClause("page_group", ("Search",), author="pages"),)
    desk.clear()
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert desk.selection.clauses == (ValueClause("page_group", ("Home",), negated=True, author="pages"),)


def test_the_menu_is_about_the_row_under_the_pointer(show, desk):
    panel = show(PagesPanel, pages=sample_results.pages())
    box = panel.table.visualRect(panel.model.index(1, 1))
    mark = panel.mark_at(panel.table.viewport().mapTo(panel, box.center()))
    menu = panel_menu.build_menu(panel, mark)
    texts = [a.text() for a in menu.actions()]
    assert texts[:2] == ["Keep only Category\tReturn", "Exclude Category\tDel"]
    menu.actions()[1].trigger()
    assert desk.selection.clauses[0].negated
    assert panel.mark_at(QPoint(2, 2)) is None
    menu.deleteLater()


def test_headers_sort_the_ranking(show):
    panel = show(PagesPanel, pages=sample_results.pages())
    names = [c.name for c in panel.model.columns]
    place = names.index("load_p75")
    panel.table.sortByColumn(place, Qt.SortOrder.DescendingOrder)
    shown = [panel.model.index(r, names.index("page_group")).data() for r in range(3)]
    assert shown == ["Landing page for the very long autumn campaign", "Product", "Category"]


def test_without_revenue_the_column_goes_away(show):
    panel = show(PagesPanel, pages=sample_results.pages(revenue=False))
    names = [c.name for c in panel.model.columns]
    assert panel.table.isColumnHidden(names.index("revenue_at_stake"))
    assert not panel.table.isColumnHidden(names.index("conversions_at_stake"))


def test_the_ranking_in_words_names_what_to_act_on(show):
    panel = show(PagesPanel, pages=sample_results.pages())
    assert "Product: €48.2k (€30.1k to €66.9k) at stake (act)" in panel.accessibleDescription()
    assert "Act on: Product, Category." in panel.accessibleDescription()


def test_another_click_on_the_row_of_another_panels_filter_takes_it_back(show, desk):
    panel = show(PagesPanel, pages=sample_results.pages())
    desk.keep("page_group", ("Home",), "heatmap")
    assert marked(panel) == [("Home",)]
    click(panel, "Home")
    assert desk.selection.clauses == ()


def test_segments_over_two_dimensions_filter_both_in_one_step(show, desk):
    panel = show(SegmentsPanel, segments=sample_results.segments(("carrier", "device_type")))
    click(panel, "Vodafone GmbH")
    assert {c.dimension: c.values for c in desk.selection.clauses} == {
        "carrier": ("Vodafone GmbH",),
        "device_type": ("Mobile",),
    }
    assert len(marked(panel)) == 1
    desk.undo()
    assert desk.selection.clauses == ()


def test_the_total_is_no_group(show, desk):
    panel = show(SegmentsPanel, segments=sample_results.segments())
    click(panel, "Total")
    assert desk.selection.clauses == ()
    assert panel.model.index(0, 0).data() == "Total"


def test_search_narrows_and_says_how_many_are_left(show):
    panel = show(SegmentsPanel, segments=sample_results.segments(groups=10))
    QTest.keyClicks(panel.search, "tele")
    assert panel.model.rowCount() == 4
    assert "3 of 10 groups" in panel.n_label.text()


def test_dimensions_are_chosen_by_box(show, desk):
    panel = show(SegmentsPanel, segments=sample_results.segments())
    first, second, third = panel.dimension_boxes
    assert [second.isVisible(), third.isVisible()] == [True, False]
    second.setCurrentIndex(second.findData("country"))
    second.activated.emit(second.currentIndex())
    assert desk.view.segments_by == ("page_group", "country")
    assert third.isVisible()
    first.setCurrentIndex(first.findData("carrier"))
    first.activated.emit(first.currentIndex())
    assert desk.view.segments_by == ("carrier", "country")
    second.setCurrentIndex(0)
    second.activated.emit(0)
    assert desk.view.segments_by == ("carrier",)


def test_columns_are_chosen_in_the_menu(show, desk):
    panel = show(SegmentsPanel, segments=sample_results.segments())
    menu = panel.columns_button.menu()
    menu.aboutToShow.emit()
    chosen = {a.text(): a for a in menu.actions()}
    assert chosen["Conversions"].isChecked()
    chosen["Conversions"].setChecked(False)
    assert "conversions" not in desk.view.segments_measures
    assert "conversions" not in [c.name for c in panel.model.columns]


@pytest.mark.parametrize(("filtered", "words"), [(True, "Remove one"), (False, "Drop an export here")])
def test_no_sessions_say_what_to_do(show, desk, filtered, words):
    if filtered:
        desk.keep("carrier", ("Orange S.A.",))
    panel = show(SegmentsPanel, segments=sample_results.segments(groups=0))
    assert panel.notice.isVisible()
    assert words in panel.notice.text()


def test_the_adjusted_ranking_takes_the_first_estimates_place_and_the_cursor_stays_on_its_group(show, desk):
    adjusted = sample_results.pages()
    first = replace(adjusted, rows=adjusted.rows[3::-1] + adjusted.rows[4:], first_estimate=True, warnings=("Early.",))
    panel = show(PagesPanel, pages=first)
    assert panel.n_label.text().endswith("· first estimate")
    assert "Early." in panel.n_label.toolTip()
    assert "Early." in panel.sheet().notes
    panel.table.setCurrentIndex(panel.model.index(3, 2))
    name = panel.model.rows[3].page.page_group
    scrolled = panel.table.verticalScrollBar().value()
    desk.given_results = replace(desk.given_results, pages=adjusted, panels={"pages": adjusted})
    desk.topics.publish("results", desk.given_results)  # the same generation again
    QApplication.processEvents()
    assert "first estimate" not in panel.n_label.text()
    place = panel.table.currentIndex()
    assert (place.row(), place.column()) == (0, 2)
    assert panel.model.rows[place.row()].page.page_group == name
    assert panel.table.verticalScrollBar().value() == scrolled


@pytest.fixture
def ranked(show, desk, monkeypatch):
    cells = page_cells(slope=-0.5, groups=("Home", "Product"), sessions=20_000)
    pages = rank_pages(cells)
    monkeypatch.setattr(desk, "page_story", lambda group: page_story(pages, group, cells))
    return show(PagesPanel, pages=pages)


def test_why_is_this_red_by_button_key_and_menu(ranked):
    second = ranked.model.rows[1].page.page_group
    ranked.table.setFocus()
    ranked.table.setCurrentIndex(ranked.model.index(1, 1))
    QTest.keyClick(ranked.table, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    (dialog,) = ranked.findChildren(PageStoryDialog)
    assert second in dialog.windowTitle()
    assert ranked.model.rows[1].page.why.split(".")[0] in dialog.text()
    assert "Held fixed" in dialog.text()
    assert dialog.chart.legend.names[-1] == "hardly observed"
    dialog.close()
    menu = panel_menu.build_menu(ranked, ranked.current_mark())
    act = next(action for action in menu.actions() if action.text().endswith("\tAlt+Return"))
    assert act.text() == f"{dialog.windowTitle()}\tAlt+Return"
    menu.deleteLater()
    ranked.table.setCurrentIndex(ranked.model.index(0, 1))
    QTest.mouseClick(ranked.why_button, Qt.MouseButton.LeftButton)
    assert any(ranked.model.rows[0].page.page_group in d.windowTitle() for d in ranked.findChildren(PageStoryDialog))
    for open_one in ranked.findChildren(PageStoryDialog):
        open_one.close()
    QApplication.processEvents()


def test_without_a_ranking_there_is_nothing_to_explain(show, desk):
    panel = show(PagesPanel)
    assert not panel.why_button.isEnabled()
    assert panel.explain() is None


def test_the_menu_sorts_as_a_click_on_a_header_does(show, desk):
    panel = show(PagesPanel, pages=sample_results.pages())

    def choose(title):
        menu = panel_menu.build_menu(panel, None)
        sorting = next(action.menu() for action in menu.actions() if action.text() == "Sort by")
        action = next(action for action in sorting.actions() if action.text() == title)
        was = action.isChecked()
        action.trigger()
        menu.deleteLater()
        return was

    header, names = panel.table.horizontalHeader(), [column.label for column in panel.model.columns]
    assert not choose("Page views")
    views = [row.page.page_views for row in panel.model.rows]
    assert views == sorted(views, reverse=True)
    assert header.sortIndicatorSection() == names.index("Page views")
    assert choose("Page views")
    views = [row.page.page_views for row in panel.model.rows]
    assert views == sorted(views)
    assert not choose("Page group")
    groups = [row.page.page_group for row in panel.model.rows]
    assert groups == sorted(groups, key=str.casefold)
