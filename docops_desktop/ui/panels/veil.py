"""What may lie over a panel's picture: a veil while a newer one is computed, and a notice where there is nothing to show."""

from __future__ import annotations

import time
from typing import ClassVar

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import Theme, current_theme, on_theme_changed

_DIM_ALPHA = 150
APART_MS = 20


class Veil(QWidget):
    """Dims the last good picture and says that a newer one is on its way; lets the pointer through.

    What lies under a veil is painted again when it falls. So that the veils of all panels don't cost one long repaint, they fall one after the other.
    """

    _last_fell_s: ClassVar[float] = 0.0

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(tr("Updating…"))
        self.hide()

    def cover(self, area: QRect) -> bool:
        """Lie over this area of the parent; False, and nothing done, when another veil fell just now: try again ``APART_MS`` later."""
        now = time.monotonic()
        if now - Veil._last_fell_s < APART_MS / 1000:
            return False
        Veil._last_fell_s = now
        self.setGeometry(area)
        self.show()
        self.raise_()
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the veil and its badge."""
        theme = current_theme()
        ground = QColor(theme.surface)
        ground.setAlpha(_DIM_ALPHA)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), ground)
        text = tr("Updating…")
        width = painter.fontMetrics().horizontalAdvance(text) + 24
        badge = QRect((self.width() - width) // 2, 8, width, painter.fontMetrics().height() + 10)
        painter.setPen(QColor(theme.control_border))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(badge, 6, 6)
        painter.setPen(QColor(theme.text))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


class Notice(QLabel):
    """Stands in place of a picture that can't be drawn and says why, and what to do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setMargin(16)
        on_theme_changed(self, self._dress)

    def say(self, text: str) -> None:
        """Show the text over the body, or go away when it is empty."""
        if text == self.text() and bool(text) != self.isHidden():
            return  # as in every step of a brush
        self.setText(text)
        self.setVisible(bool(text))
        if text:
            self.raise_()

    def _dress(self, theme: Theme) -> None:
        self.setStyleSheet(f"QLabel {{ background: {theme.surface}; color: {theme.text_muted}; border: none; }}")
