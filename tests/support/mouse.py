"""A hand on the mouse: moves with the button held down, which QTest's own mouseMove doesn't tell."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def drag(widget: QWidget, start: QPoint, end: QPoint, *, release: bool = True, steps: int = 8) -> None:
    """Press at ``start``, move to ``end`` in steps, and release there (unless told not to)."""
    QTest.mousePress(widget, LEFT, NONE, start)
    for step in range(1, steps + 1):
        point = QPointF(start + (end - start) * step / steps)
        move = QMouseEvent(
            QEvent.Type.MouseMove, point, QPointF(widget.mapToGlobal(point)), Qt.MouseButton.NoButton, LEFT, NONE
        )
        QApplication.sendEvent(widget, move)
        QApplication.processEvents()
    if release:
        QTest.mouseRelease(widget, LEFT, NONE, end)
        QApplication.processEvents()
