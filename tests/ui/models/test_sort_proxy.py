from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from docops_desktop.ui.models.columns import Column
from docops_desktop.ui.models.sort_proxy import SortProxy
from docops_desktop.ui.models.table import TableModel


def test_it_sorts_and_searches_while_row_numbers_of_the_source_keep_their_meaning(qapp):
    model = TableModel(lambda row: (row[0],))
    columns = (
        Column("name", "Name", "", lambda row: row[0], lambda row: row[0], numeric=False),
        Column("n", "n", "", lambda row: str(row[1]), lambda row: row[1]),
    )
    model.set_table(columns, (("b", 2.0), ("a", None), ("c", 1.0)))
    proxy = SortProxy()
    tester = QAbstractItemModelTester(proxy, QAbstractItemModelTester.FailureReportingMode.Fatal)
    proxy.setSourceModel(model)
    for order, expected in ((Qt.SortOrder.AscendingOrder, "cba"), (Qt.SortOrder.DescendingOrder, "bca")):
        proxy.sort(1, order)
        assert "".join(proxy.index(row, 0).data() for row in range(3)) == expected
        assert [model.rows[proxy.mapToSource(proxy.index(row, 0)).row()][0] for row in range(3)] == list(expected)
    proxy.search("C")
    assert proxy.rowCount() == 1
    assert tester.model() is proxy
