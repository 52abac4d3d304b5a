"""The table of an export's columns with its lists; one click or F2 opens them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from docops_desktop.engine.mapping_draft import Choices
from docops_desktop.ui.dialogs.mapping.choice_delegate import ChoiceDelegate
from docops_desktop.ui.dialogs.mapping.columns_model import NAME, PERSONAL, TARGET, UNIT, ColumnsModel
from docops_desktop.ui.dialogs.mapping.words import Choice, target_choices, unit_choices
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import current_theme

_WIDTHS = {NAME: 210, TARGET: 170, UNIT: 80, PERSONAL: 290}
_VALUES = 140
"""What the first values keep where another column wants more, in pixels at the usual type size."""


class ColumnsView(QTableView):
    """Shows a ColumnsModel."""

    def __init__(self, model: ColumnsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = model
        self._choices: Choices | None = None
        self.setModel(model)
        self.setAccessibleName(tr("Columns"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked)
        self.clicked.connect(self._clicked)
        model.modelReset.connect(self._fit)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(current_theme().spacing.row)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, current_theme().px(width))
        self._targets = ChoiceDelegate(tr("Becomes"), self._target_choices, self)
        self._units = ChoiceDelegate(tr("Unit"), self._unit_choices, self)
        self.setItemDelegateForColumn(TARGET, self._targets)
        self.setItemDelegateForColumn(UNIT, self._units)

    def offer(self, choices: Choices) -> None:
        """Offer these targets and units."""
        self._choices = choices

    def _fit(self) -> None:
        """Give names what they need, and what becomes of personal data what is left, when other columns come."""
        if not self._columns.rows:
            return
        px, room = current_theme().px, self.viewport().width()
        name = min(max(self._needs(NAME), px(120)), px(_WIDTHS[NAME]))
        rest = room - name - self.columnWidth(TARGET) - self.columnWidth(UNIT) - px(_VALUES)
        self.setColumnWidth(NAME, name)
        self.setColumnWidth(PERSONAL, min(self._needs(PERSONAL), max(rest, px(_WIDTHS[PERSONAL]))))

    def _needs(self, column: int) -> int:
        return max(
            self.sizeHintForColumn(column), self.horizontalHeader().sectionSizeHint(column)
        ) + current_theme().px(12)

    def _clicked(self, index: object) -> None:
        if index.column() in (TARGET, UNIT) and index.flags() & Qt.ItemFlag.ItemIsEditable:  # type: ignore[attr-defined]
            self.edit(index)  # type: ignore[call-overload]

    def _target_choices(self, row: int) -> Sequence[Choice]:
        targets = self._choices.targets if self._choices is not None else ()
        return target_choices(targets, self._columns.rows[row].name)

    def _unit_choices(self, row: int) -> Sequence[Choice]:
        targets = {aim.name: aim for aim in self._choices.targets} if self._choices is not None else {}
        aim = targets.get(self._columns.rows[row].target)
        return unit_choices(aim.units if aim is not None and aim.units else ("",))
