"""The words beside a panel's title: they change at every step of a brush, and must then neither move what stands beside them nor have the panel painted."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from docops_desktop.ui.charts.ink import Face, colour, face
from docops_desktop.ui.theme import Theme, current_theme, on_theme_changed

_FEWEST_WORDS = 3
_STEP = 24
"""Widths that are asked for are multiples of this: figures of about the same length take the same room."""


class WordsLabel(QWidget):
    """One muted line that leaves out whole words from the right where the room ends, down to its first three ("n = 9,082"), then everything."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = current_theme()
        self._room = self._rooms()
        on_theme_changed(self, self.dress)

    def text(self) -> str:
        """Return the whole text."""
        return self._text

    def setText(self, text: str) -> None:
        """Show another text."""
        if text == self._text:
            return
        self._text = text
        self.setAccessibleName(text)
        before, self._room = self._room, self._rooms()
        if self._room != before:
            self.updateGeometry()
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.setText("")

    def sizeHint(self) -> QSize:
        """Room for all words."""
        return self._room[0]

    def minimumSizeHint(self) -> QSize:
        """Room for the first words."""
        return self._room[1]

    def _rooms(self) -> tuple[QSize, QSize]:
        return self._room_for(self._text), self._room_for(" ".join(self._text.split(" ")[:_FEWEST_WORDS]))

    def _room_for(self, text: str) -> QSize:
        letters = self._letters()
        return QSize(-int(-(letters.width_of(text) + 2) // _STEP) * _STEP, round(letters.height) + 2)

    def shown_text(self) -> str:
        """Return the words that fit."""
        letters, words = self._letters(), self._text.split(" ")
        for count in range(len(words), min(len(words), _FEWEST_WORDS) - 1, -1):
            text = " ".join(words[:count])
            if letters.width_of(text) <= self.width():
                return text.rstrip(" ·")
        return ""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the words that fit, on the panel's ground."""
        theme, letters, painter = self._theme, self._letters(), QPainter(self)
        painter.fillRect(self.rect(), colour(theme.surface))
        painter.setFont(letters.font)
        painter.setPen(colour(theme.text_muted))
        painter.drawText(QPointF(0, letters.baseline(0, self.height())), self.shown_text())
        painter.end()

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours and type size."""
        self._theme = theme
        self._room = self._rooms()
        self.updateGeometry()
        self.update()

    def _letters(self) -> Face:
        return face(self._theme.fonts.small)
