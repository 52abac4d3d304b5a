"""Draws one line of the command palette: group, title, and the keys at the right."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeySequence, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from docops_desktop.ui.theme import current_theme

COMMAND_ROLE = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


class PaletteDelegate(QStyledItemDelegate):
    """Reads the command from COMMAND_ROLE."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        """One comfortable line."""
        return QSize(200, option.fontMetrics.height() + 14)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw it."""
        command, theme = index.data(COMMAND_ROLE), current_theme()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.fillRect(option.rect, QColor(theme.selection))
        area: QRect = option.rect.adjusted(12, 0, -12, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        muted = QColor(theme.on_selection if chosen else theme.text_muted)
        keys = QKeySequence(command.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        painter.setPen(muted)
        painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, keys)
        group = f"{command.group}  ›  "
        painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, group)
        left = option.fontMetrics.horizontalAdvance(group)
        room = area.adjusted(left, 0, -option.fontMetrics.horizontalAdvance(keys) - 16, 0)
        painter.setPen(QColor(theme.on_selection if chosen else theme.text))
        title = option.fontMetrics.elidedText(command.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, title)
        painter.restore()
