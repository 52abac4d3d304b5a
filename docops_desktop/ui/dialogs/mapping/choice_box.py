"""A combo box with headings between its choices, for the lists of the import dialog and the cells of its table of columns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPaintEvent, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from docops_desktop.ui.dialogs.mapping.words import Choice


class ChoiceBox(QComboBox):
    """Shows (text, value) pairs; a value of None makes a heading. What it has no room for is in its tooltip."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMaxVisibleItems(18)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.currentTextChanged.connect(lambda text: self.setToolTip(text.strip()))

    def fill(self, choices: Sequence[Choice], value: str) -> None:
        """Show these choices with one of them chosen; says nothing to who listens."""
        blocked = self.blockSignals(True)
        self.clear()
        for text, data in choices:
            self.addItem(text if data is None or data == "" or not _indented(choices) else f"   {text}", data)
            if data is None:
                self._make_heading(self.count() - 1)
        self.choose(value)
        self.blockSignals(blocked)
        self.setToolTip(self.currentText().strip())

    def choose(self, value: str) -> None:
        """Show a value; one that is no choice is added."""
        position = self.findData(value)
        if position < 0:
            self.addItem(value, value)
            position = self.count() - 1
        blocked = self.blockSignals(True)
        self.setCurrentIndex(position)
        self.blockSignals(blocked)

    @property
    def value(self) -> str:
        """What is chosen."""
        return str(self.currentData() or "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the box with what fits of its text, an ellipsis at its end; Qt would cut it amid a letter."""
        option, painter = QStyleOptionComboBox(), QStylePainter(self)
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width()
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def _make_heading(self, position: int) -> None:
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        item = model.item(position)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = QFont(item.font())
        font.setBold(True)
        item.setFont(font)


def _indented(choices: Sequence[Choice]) -> bool:
    return any(value is None for _, value in choices)
