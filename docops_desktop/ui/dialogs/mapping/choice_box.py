"""A combo box with headings between its choices, for the system, the grain and the cells of the table of columns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QWidget

from docops_desktop.ui.dialogs.mapping.words import Choice


class ChoiceBox(QComboBox):
    """Shows (text, value) pairs; a value of None makes a heading."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMaxVisibleItems(18)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

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
