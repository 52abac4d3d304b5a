"""A splitter whose borders can be moved by keyboard: a command gives one the focus, it shows that, and follows the arrow keys.

Tab passes them by: they would stand between any two panels on every round through the window.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QSplitter, QSplitterHandle, QWidget
from shiboken6 import isValid

from docops_desktop.ui.i18n import tr
from docops_desktop.ui.reading_order import reading_order
from docops_desktop.ui.theme import current_theme

STEP, FAR = 16, 80
"""Pixels, at the usual type size, that an arrow key moves a border, and with Shift."""


class Splitter(QSplitter):
    """Parts side by side or one above the other; none can be closed by accident."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget | None = None) -> None:
        super().__init__(orientation, parent)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(current_theme().spacing.s)

    def createHandle(self) -> QSplitterHandle:
        """Return a border that takes the focus."""
        return Border(self.orientation(), self)


class Border(QSplitterHandle):
    """What lies between two parts. Arrow keys move it, Home and End as far as it goes, Escape goes back to where the focus was."""

    def __init__(self, orientation: Qt.Orientation, parent: QSplitter) -> None:
        super().__init__(orientation, parent)
        self.setAccessibleName(tr("Border between panels"))
        self.setAccessibleDescription(tr("Arrow keys move it; Home and End as far as it goes"))
        self._before: QWidget | None = None

    def take_focus(self) -> None:
        """Take the focus from where it is now; Escape brings it back."""
        before = QApplication.focusWidget()
        self._before = before._before if isinstance(before, Border) else before
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, or give the focus back."""
        beside = self.orientation() == Qt.Orientation.Horizontal
        back, on = (Qt.Key.Key_Left, Qt.Key.Key_Right) if beside else (Qt.Key.Key_Up, Qt.Key.Key_Down)
        step = current_theme().px(FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP)
        place = self.x() if beside else self.y()
        splitter = self.splitter()
        targets = {back: place - step, on: place + step, Qt.Key.Key_Home: 0}
        targets[Qt.Key.Key_End] = splitter.width() if beside else splitter.height()
        key = Qt.Key(event.key())
        if key in targets:
            self.moveSplitter(targets[key])
        elif key == Qt.Key.Key_Escape:
            self._give_back()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Let Tab go on from where the focus was before."""
        self._give_back()
        return super().focusNextPrevChild(forward)

    def _give_back(self) -> None:
        if self._before is not None and isValid(self._before):
            self._before.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show it."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it no more."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """With the focus it is a bar in the accent's colour."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.fillRect(self.rect(), QColor(current_theme().accent))
            painter.end()


def next_border(window: QWidget, focus: QWidget | None) -> Border | None:
    """Return the border that a key leads to: from a border the next one as one reads, else the first of the splitter that the focus is in."""
    borders = [one for one in window.findChildren(Border) if one.isVisible()]
    boxes = [QRect(one.mapTo(window, QPoint()), one.size()) for one in borders]
    ordered = [borders[i] for i in reading_order(boxes)]
    if not ordered:
        return None
    if focus in ordered:
        return ordered[(ordered.index(focus) + 1) % len(ordered)]
    around = [one for one in ordered if focus is not None and one.splitter().isAncestorOf(focus)]
    return max(around, key=lambda one: _depth(one.splitter()), default=ordered[0])


def _depth(widget: QWidget | None) -> int:
    depth = 0
    while widget is not None:
        widget, depth = widget.parentWidget(), depth + 1
    return depth
