"""A compact combo box over named choices that tells only what a person chose, not what the program set."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter

from docops_desktop.ui.theme import set_role

ROOM = 2.5
"""What a box has beside its text (padding, arrow, frame), in lines' heights."""
WIDEST = 24
"""Letters of a box at its widest."""


class Chooser(QComboBox):
    """Choices by name, shown by label.

    Args:
        name: what is chosen, for assistive technology and the tooltip.
        chosen: called with the name of what the user picked.
    """

    def __init__(self, name: str, choices: Mapping[str, str], chosen: Callable[[str], None]) -> None:
        super().__init__()
        set_role(self, "compact")
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_choices(choices)
        self.activated.connect(lambda _index: chosen(str(self.currentData())))

    def set_choices(self, choices: Mapping[str, str]) -> None:
        """Offer other choices, keeping what is chosen where it is still among them."""
        if [(self.itemData(i), self.itemText(i)) for i in range(self.count())] == list(choices.items()):
            return
        now = self.currentData()
        self.clear()
        for name, label in choices.items():
            self.addItem(label, name)
        self.choose(now)

    def choose(self, name: str | None) -> None:
        """Show this choice, without telling it."""
        self.setCurrentIndex(max(self.findData(name), 0) if self.count() else -1)
        self.updateGeometry()
        widest = max((self.fontMetrics().horizontalAdvance(self.itemText(i)) for i in range(self.count())), default=0)
        self.view().setMinimumWidth(widest + 40)

    def changeEvent(self, event: QEvent) -> None:
        """Be wider with larger type."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.setMaximumWidth(self._room() + WIDEST * self.fontMetrics().averageCharWidth())
            self.updateGeometry()

    def _room(self) -> int:
        return round(ROOM * self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        """Return the room that the choice shown now needs."""
        width = self.fontMetrics().horizontalAdvance(self.currentText()) + self._room()
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return the same, within reason."""
        least = self._room() + 11 * self.fontMetrics().averageCharWidth()
        return QSize(min(self.sizeHint().width(), least), super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the box with its text ending in an ellipsis where the room ends."""
        option, painter = QStyleOptionComboBox(), QStylePainter(self)
        self.initStyleOption(option)
        area = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, area.width() - 4
        )
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
