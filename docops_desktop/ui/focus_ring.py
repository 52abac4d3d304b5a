"""A ring round the chart that has the focus: charts paint every pixel themselves, so that the style sheet's ring can't show on them.

Only for a focus that came by the keyboard: a hand on the mouse knows where it is, and a ring must not be painted while it brushes.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QPlainTextEdit,
    QScrollArea,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from docops_desktop.ui.theme import current_theme

THICK = 2
_STYLED = (QAbstractItemView, QTextEdit, QPlainTextEdit, QScrollArea)
"""Scroll areas that the style sheet gives a ring, or that never have the focus; the others are charts."""
_MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)


class FocusRing(QWidget):
    """Lies over the edge of the chart that has the focus, and follows it among a window's charts."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.chart: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_moved)

    def _focus_moved(self, _before: QWidget | None, now: QWidget | None) -> None:
        if self.chart is not None and isValid(self.chart):
            self.chart.removeEventFilter(self)
        by_hand = bool(QApplication.mouseButtons())
        paints_itself = (
            isinstance(now, QAbstractScrollArea) and not isinstance(now, _STYLED) and now.window() is self._window
        )
        self.chart = now if paints_itself and not by_hand else None
        if self.chart is not None:
            self.chart.installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go where the chart goes."""
        if watched is self.chart and event.type() in _MOVES:
            self._place()
        return False

    def _place(self) -> None:
        chart = self.chart
        if chart is None or not chart.isVisible():
            self.hide()
            return
        self.setParent(chart.parentWidget())
        self.setGeometry(chart.geometry())
        inside = self.rect().adjusted(THICK, THICK, -THICK, -THICK)
        self.setMask(QRegion(self.rect()) - QRegion(inside))  # what the chart paints anew doesn't touch the ring
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ring."""
        painter = QPainter(self)
        painter.setPen(QPen(QColor(current_theme().accent), THICK))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()
