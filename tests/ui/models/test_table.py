from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QLocale, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from docops_desktop.ui.models import pages_model, segments_model, whatif_model
from docops_desktop.ui.models.columns import GRAPHIC_ROLE, KEY_ROLE, LOOK_ROLE, NOTE_ROLE, Bar, IntervalBar, StatusMark
from docops_desktop.ui.models.sheet import Sheet, sheet_model
from docops_desktop.ui.models.table import TableModel
from tests.support import sample_results

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


@pytest.fixture(autouse=True)
def english(qapp):
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)


def segment_table(result):
    model = TableModel(lambda row: row.keys, pinned=segments_model.is_total)
    model.set_table(segments_model.columns(result, result.measures, "EUR"), segments_model.rows(result))
    return model


def column(model, name):
    return [c.name for c in model.columns].index(name)


def texts(model, name):
    return [model.index(row, column(model, name)).data() for row in range(model.rowCount())]


def test_the_page_table_says_what_is_at_stake_with_interval_and_raw_figure():
    result = sample_results.pages()
    model = TableModel(lambda row: (row.page.page_group,))
    tester = QAbstractItemModelTester(model, FATAL)
    model.set_table(pages_model.columns(result, "EUR"), pages_model.ranked(result))
    cell = model.index(0, column(model, "revenue_at_stake"))
    assert cell.data() == "€48.2k (€30.1k to €66.9k)"
    assert cell.data(NOTE_ROLE) == "raw €131k"
    bar = cell.data(GRAPHIC_ROLE)
    assert isinstance(bar, IntervalBar)
    assert bar.minimum <= 0 <= bar.low < bar.value < bar.high <= bar.maximum
    assert model.index(0, column(model, "status")).data() == "act"
    assert model.index(0, column(model, "status")).data(GRAPHIC_ROLE) == StatusMark("red")
    assert "interval" in model.index(0, column(model, "page_group")).data(Qt.ItemDataRole.ToolTipRole)
    assert tester.model() is model


@pytest.mark.parametrize("ranked_by", ["revenue_at_stake", "conversions_at_stake"])
def test_what_ranks_stands_before_load_time_and_rate(ranked_by):
    result = replace(sample_results.pages(), ranked_by=ranked_by)
    names = [column.name for column in pages_model.columns(result, "EUR")]
    assert names[3:6] == [ranked_by, "load_p75", "conversion_rate"]
    assert {"revenue_at_stake", "conversions_at_stake"} <= set(names)


def test_what_cannot_be_answered_is_na_with_the_reason():
    result = sample_results.pages()
    model = TableModel(lambda row: (row.page.page_group,))
    model.set_table(pages_model.columns(result, "EUR"), pages_model.ranked(result))
    place = column(model, "revenue_at_stake")
    row = [r.page.page_group for r in model.rows].index("Order confirmation")
    cell = model.index(row, place)
    assert cell.data() == "n/a"
    assert cell.data(GRAPHIC_ROLE) is None
    assert "98 % of converters" in cell.data(Qt.ItemDataRole.ToolTipRole)


def test_every_header_explains_itself():
    model = segment_table(sample_results.segments())
    for place in range(1, model.columnCount()):
        tip = model.headerData(place, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        assert len(tip) > len(model.columns[place].label)


def test_sorting_keeps_the_total_on_top_and_missing_figures_last():
    model = segment_table(sample_results.segments(groups=6))
    tester = QAbstractItemModelTester(model, FATAL)
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        model.sort(column(model, "load_p75"), order)
        shown = texts(model, "load_p75")
        assert texts(model, "carrier")[0] == "Total"
        assert shown[-1] == "n/a"
        figures = [float(text.split(fmt_nbsp)[0]) for text in shown[1:-1]]
        assert figures == sorted(figures, reverse=order == Qt.SortOrder.DescendingOrder)
    assert tester.model() is model


fmt_nbsp = "\u00a0"


def test_search_keeps_the_total_and_what_matches():
    model = segment_table(sample_results.segments(groups=10))
    tester = QAbstractItemModelTester(model, FATAL)
    model.search("  TELE ")
    assert texts(model, "carrier") == ["Total", "Deutsche Telekom AG", "Telefonica Germany", "Telecom Italia"]
    model.search("")
    assert model.rowCount() == 11
    assert tester.model() is model


def test_a_selected_row_moves_with_its_group_when_sorted():
    model = segment_table(sample_results.segments(groups=6))
    kept = QPersistentModelIndex(model.index(2, 0))
    name = kept.data()
    model.sort(column(model, "load_p75"), Qt.SortOrder.DescendingOrder)
    assert kept.data() == name
    assert kept.row() != 2


def test_additive_measures_carry_a_bar_and_rates_do_not():
    model = segment_table(sample_results.segments())
    assert model.index(1, column(model, "sessions")).data(GRAPHIC_ROLE) == Bar(1.0)
    assert model.index(1, column(model, "conversion_rate")).data(GRAPHIC_ROLE) is None
    assert model.index(0, column(model, "sessions")).data(GRAPHIC_ROLE) is None


def test_new_rows_come_in_without_a_reset():
    model = segment_table(sample_results.segments(groups=10))
    tester = QAbstractItemModelTester(model, FATAL)
    resets = []
    model.modelReset.connect(lambda: resets.append(1))
    for groups in (20, 20, 4, 12):
        result = sample_results.segments(groups=groups)
        model.set_table(segments_model.columns(result, result.measures, "EUR"), segments_model.rows(result))
        assert model.rowCount() == groups + 1
        assert model.index(groups, 0).data(KEY_ROLE) == result.rows[-1].keys
    assert resets == []
    result = sample_results.segments(("carrier", "device_type"))
    model.set_table(segments_model.columns(result, result.measures, "EUR"), segments_model.rows(result))
    assert resets == [1]
    assert tester.model() is model


def test_screen_readers_hear_label_figure_and_note():
    result = sample_results.whatif()
    model = TableModel(lambda part: (part.key,))
    model.set_table(whatif_model.columns(result), result.parts)
    said = model.index(0, column(model, "conversions")).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Conversions: +118 (+62 to +176), raw +480"
    unsupported = model.index(3, column(model, "conversions"))
    assert unsupported.data() == "n/a"
    assert "outside the observed range" in unsupported.data(Qt.ItemDataRole.ToolTipRole)


def test_a_sheet_is_a_model_too():
    model = sheet_model(Sheet("t", ("carrier", "sessions"), (("A", 3), ("B", None)), (3, None), (("Total", 3),)))
    align = [model.index(1, column).data(Qt.ItemDataRole.TextAlignmentRole) for column in range(2)]
    assert bool(align[0] & Qt.AlignmentFlag.AlignLeft)
    assert bool(align[1] & Qt.AlignmentFlag.AlignRight)
    tester = QAbstractItemModelTester(model, FATAL)
    assert [model.index(r, 1).data() for r in range(3)] == ["3", "3", "n/a"]
    assert tester.model() is model


def test_new_figures_under_the_same_headers_change_cells_only():
    result = sample_results.segments()
    model = segment_table(result)
    told = []
    model.headerDataChanged.connect(lambda *_: told.append("headers"))
    model.modelReset.connect(lambda: told.append("reset"))
    model.dataChanged.connect(lambda *_: told.append("cells"))
    model.set_table(segments_model.columns(result, result.measures, "EUR"), segments_model.rows(result))
    assert told == ["cells"]


def test_a_look_holds_what_the_single_roles_say():
    model = segment_table(sample_results.segments())
    key = model.key_of(model.rows[1])
    model.set_marked(frozenset({key}))
    for row in range(2):
        for place in range(len(model.columns)):
            cell = model.index(row, place)
            look = cell.data(LOOK_ROLE)
            assert (look.text, look.graphic, look.note) == (cell.data(), cell.data(GRAPHIC_ROLE), cell.data(NOTE_ROLE))
            assert (look.pinned, look.marked) == (row == 0, row == 1)
            assert look.numeric == model.columns[place].numeric


def test_rows_keep_their_places_while_a_brush_moves_and_new_ones_come_last():
    model = segment_table(sample_results.segments(groups=6))
    model.sort(column(model, "sessions"), Qt.SortOrder.DescendingOrder)
    tester = QAbstractItemModelTester(model, FATAL)
    first = [model.index(row, 0).data(KEY_ROLE) for row in range(model.rowCount())]

    def step(result, steady):
        columns = segments_model.columns(result, result.measures, "EUR")
        model.set_table(columns, segments_model.rows(result), steady=steady)
        return [model.index(row, 0).data(KEY_ROLE) for row in range(model.rowCount())]

    grown = sample_results.segments(groups=9)
    turned = replace(grown, rows=tuple(reversed(grown.rows)))
    seen = step(turned, segments_model.groups_of(turned))
    assert seen[: len(first)] == first
    assert len(seen) == len(set(seen)) == 10
    by_keys = {row.keys: row.values["sessions"] for row in turned.rows}
    assert [model.rows[row].values["sessions"] for row in range(1, 10)] == [by_keys[keys] for keys in seen[1:]]
    assert step(turned, segments_model.groups_of(turned)) == seen
    model.search(first[2][0])
    assert {key for key in (model.index(r, 0).data(KEY_ROLE) for r in range(model.rowCount())) if key} == {first[2]}
    model.search("")
    assert step(turned, None) == [(), *(row.keys for row in grown.rows)]
    assert tester.model() is model


def test_while_a_brush_moves_ranks_are_those_from_before_and_marked_so():
    result = sample_results.pages()
    at_rest = pages_model.ranked(result)
    assert [row.rank for row in at_rest][:2] == [1, 2]
    before = {row.page.page_group: row.rank for row in at_rest[:-1]}
    moving = replace(result, method={"preview": "while the brush moves"}, rows=result.rows[::-1])
    model = TableModel(lambda row: (row.page.page_group,))
    model.set_table(pages_model.columns(moving, "EUR"), pages_model.ranked(moving, before))
    ranks = dict(zip(texts(model, "page_group"), texts(model, "rank"), strict=True))
    new = at_rest[-1].page.page_group
    assert ranks == {**{name: f"({rank})" for name, rank in before.items()}, new: "–"}
    tips = [model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole) for row in range(model.rowCount())]
    assert sum("before the brush moved; ranked anew on release" in tip for tip in tips) == len(before)


def test_while_a_brush_moves_nothing_is_called_missing_that_only_comes_later():
    moving = replace(sample_results.pages(), method={"preview": "while the brush moves"})
    model = TableModel(lambda row: (row.page.page_group,))
    model.set_table(pages_model.columns(moving, "EUR"), pages_model.ranked(moving))
    names = [column.name for column in model.columns]
    status = model.index(0, names.index("status"))
    assert (status.data(), status.data(NOTE_ROLE), status.data(GRAPHIC_ROLE)) == ("", "on release", None)
    assert status.data(Qt.ItemDataRole.AccessibleTextRole) == "Status: on release"
    assert model.index(0, names.index("load_p75")).data(NOTE_ROLE) == ""
