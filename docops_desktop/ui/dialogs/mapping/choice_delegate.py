"""Edits a cell of the table of columns by a list that opens at the click, and shows by a mark that there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from docops_desktop.ui.dialogs.mapping.choice_box import ChoiceBox
from docops_desktop.ui.dialogs.mapping.words import Choice
from docops_desktop.ui.theme import current_theme

Index = QModelIndex | QPersistentModelIndex
_MARK = 16


class ChoiceDelegate(QStyledItemDelegate):
    """Offers what ``choices`` returns for a row.

    Args:
        name: of the list, for assistive technology.
    """

    def __init__(self, name: str, choices: Callable[[int], Sequence[Choice]], parent: QWidget) -> None:
        super().__init__(parent)
        self._name = name
        self._choices = choices

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Open the list."""
        box = ChoiceBox(self._name, parent)
        box.fill(self._choices(index.row()), str(index.data(Qt.ItemDataRole.EditRole) or ""))
        box.view().setMinimumWidth(260)
        box.activated.connect(lambda _: self._done(box))
        QTimer.singleShot(0, box, box.showPopup)
        return box

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Choose what the cell holds."""
        assert isinstance(editor, ChoiceBox)
        editor.choose(str(index.data(Qt.ItemDataRole.EditRole) or ""))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Take the choice over."""
        assert isinstance(editor, ChoiceBox)
        model.setData(index, editor.value, Qt.ItemDataRole.EditRole)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: Index) -> None:
        """Fill the cell."""
        editor.setGeometry(option.rect)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the text, and the mark at its right."""
        editable = bool(index.flags() & Qt.ItemFlag.ItemIsEditable)
        area = QRect(option.rect)
        if editable:
            option.rect = area.adjusted(0, 0, -_MARK, 0)
        super().paint(painter, option, index)
        if editable:
            painter.save()
            painter.setPen(QColor(current_theme().text_muted))
            mark = QRect(area.right() - _MARK, area.top(), _MARK, area.height())
            painter.drawText(mark, Qt.AlignmentFlag.AlignCenter, "▾")
            painter.restore()

    def _done(self, box: ChoiceBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)
