"""The filter editor: one dimension, keep or exclude, and the values, found by typing. Also for a range of a page-view number.

It makes a clause; whoever opened it hands that to the desk.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QListView,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from docops_desktop.model.dimensions import DIMENSIONS, NOT_SET, dimension
from docops_desktop.model.errors import KnownError
from docops_desktop.model.selection import NUMERIC_FIELDS, Clause, RangeClause, ValueClause
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.widgets import indent_number, label, size_dialog

MOST_LISTED = 5_000
_CALENDAR: dict[str, tuple[str, ...]] = {
    "hour": tuple(f"{hour:02d}" for hour in range(24)),
    "weekday": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


class FilterEditor(QDialog):
    """Edits one condition.

    Args:
        dictionaries: dimension -> its values, biggest first.
        clause: the condition to edit; None = a new one.
    """

    def __init__(
        self,
        dictionaries: Mapping[str, Sequence[str]],
        clause: Clause | None = None,
        parent: QWidget | None = None,
        field: str = "",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Filter") if clause is None else tr("Edit filter"))
        size_dialog(self, 420, 520)
        self._dictionaries = dictionaries
        self._author = clause.author if clause is not None else ""
        self._field = _combo(tr("Dimension"), _fields(dictionaries))
        self._sense = _combo(tr("Condition"), ((tr("keep only"), False), (tr("exclude"), True)))
        self._search = QLineEdit()
        self._search.setPlaceholderText(tr("Find values"))
        self._search.setAccessibleName(tr("Find values"))
        self._search.setClearButtonEnabled(True)
        self._values = QStandardItemModel(self)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._values)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._search.textChanged.connect(self._found.setFilterFixedString)
        self._list = QListView()
        self._list.setModel(self._found)
        self._list.setUniformItemSizes(True)
        self._list.setAccessibleName(tr("Values"))
        self._count = label("", "small")
        self._low, self._high = _number(tr("At least")), _number(tr("Below"))
        self._pages = QStackedWidget()
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._build()
        self._field.currentIndexChanged.connect(lambda _: self._show_field(()))
        self._values.itemChanged.connect(lambda _: self._check())
        for box in (self._low, self._high):
            box.valueChanged.connect(lambda _: self._check())
        self._load(clause, field)
        self._search.setFocus()

    def _build(self) -> None:
        form = QFormLayout()
        form.addRow(tr("Dimension"), self._field)
        self._definition = label("", "small", wrap=True)
        form.addRow("", self._definition)
        values, numbers = QWidget(), QWidget()
        inner = QVBoxLayout(values)
        inner.setContentsMargins(0, 0, 0, 0)
        for part in (self._sense, self._search, self._list, self._count):
            inner.addWidget(part)
        numeric = QFormLayout(numbers)
        numeric.setContentsMargins(0, 0, 0, 0)
        numeric.addRow(tr("At least"), self._low)
        numeric.addRow(tr("Below"), self._high)
        for page in (values, numbers):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._buttons)

    def _load(self, clause: Clause | None, field: str) -> None:
        wanted = clause.field if clause is not None else field
        index = self._field.findData(wanted)
        if index < 0 and wanted:
            self._field.addItem(dimension(wanted).label, wanted)
            index = self._field.count() - 1
        self._field.setCurrentIndex(max(index, 0))
        if isinstance(clause, ValueClause):
            self._sense.setCurrentIndex(1 if clause.negated else 0)
            self._show_field(clause.values)
        elif isinstance(clause, RangeClause):
            self._show_field(())
            self._low.setValue(0 if math.isinf(clause.low) else clause.low)
            self._high.setValue(0 if math.isinf(clause.high) else clause.high)
        else:
            self._show_field(())

    def _show_field(self, chosen: Sequence[str]) -> None:
        field = str(self._field.currentData())
        numeric = field in NUMERIC_FIELDS
        self._pages.setCurrentIndex(1 if numeric else 0)
        self._definition.setText(
            tr("Sessions with a page view in this range; 0 leaves that end open.")
            if numeric
            else dimension(field).definition
        )
        decimals, top = (3, 100.0) if field == "cls" else (0, 600_000.0)
        for box in (self._low, self._high):
            box.setDecimals(decimals)
            box.setMaximum(top)
            box.setSuffix("" if field == "cls" else " ms")
        self._values.blockSignals(True)
        self._values.clear()
        known = _CALENDAR.get(field) or tuple(self._dictionaries.get(field, ()))
        offered = (*chosen, *(value for value in known[:MOST_LISTED] if value not in set(chosen)))
        if not numeric and NOT_SET not in offered and field not in _CALENDAR:
            offered = (*offered, NOT_SET)
        for value in offered if not numeric else ():
            item = QStandardItem(value)
            item.setEditable(False)
            item.setCheckable(True)
            item.setCheckState(Qt.CheckState.Checked if value in chosen else Qt.CheckState.Unchecked)
            self._values.appendRow(item)
        self._values.blockSignals(False)
        self._found.invalidate()
        self._check()

    def checked_values(self) -> tuple[str, ...]:
        """Return the values that are ticked, in the list's order."""
        items = (self._values.item(row) for row in range(self._values.rowCount()))
        return tuple(item.text() for item in items if item.checkState() == Qt.CheckState.Checked)

    def clause(self) -> Clause | None:
        """Return the condition as it is set now; None when it is not complete."""
        field = str(self._field.currentData())
        try:
            if field in NUMERIC_FIELDS:
                low, high = self._low.value() or -math.inf, self._high.value() or math.inf
                return None if math.isinf(low) and math.isinf(high) else RangeClause(field, low, high, self._author)
            return ValueClause(field, self.checked_values(), bool(self._sense.currentData()), self._author)
        except KnownError:
            return None

    def _check(self) -> None:
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(self.clause() is not None)
        field = str(self._field.currentData())
        total = len(self._dictionaries.get(field, ()))
        text = (
            tr_n(len(self.checked_values()), "%n value chosen", "%n values chosen")
            if field not in NUMERIC_FIELDS
            else ""
        )
        if total > MOST_LISTED:
            text += tr("; the biggest {n} are listed").format(n=MOST_LISTED)
        self._count.setText(text)


def edit_clause(
    parent: QWidget,
    dictionaries: Mapping[str, Sequence[str]],
    clause: Clause | None,
    apply: Callable[[Clause | None, Clause], None],
) -> FilterEditor:
    """Open the editor without blocking; ``apply(before, after)`` is called when the user accepts. Returns the open dialog."""
    editor = FilterEditor(dictionaries, clause, parent)
    editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def accepted() -> None:
        after = editor.clause()
        if after is not None:
            apply(clause, after)

    editor.accepted.connect(accepted)
    editor.open()
    return editor


def _fields(dictionaries: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    names = [name for name in DIMENSIONS if dictionaries.get(name) or name in _CALENDAR]
    custom = [name for name in dictionaries if name not in DIMENSIONS]
    fields = [(dimension(name).label, name) for name in (*names, *custom)]
    return [*fields, *((_number_label(name), name) for name in NUMERIC_FIELDS)]


def _number_label(name: str) -> str:
    words = {"load_ms": tr("Load time"), "cls": "CLS"}
    return words.get(name, name.removesuffix("_ms").upper())


def _combo(name: str, items: Sequence[tuple[str, object]]) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    for text, data in items:
        combo.addItem(text, data)
    return combo


def _number(name: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setAccessibleName(name)
    box.setRange(0, 600_000)
    box.setSingleStep(100)
    indent_number(box)
    return box
