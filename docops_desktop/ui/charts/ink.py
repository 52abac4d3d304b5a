"""Colours, pens and fonts for painters, made once: making them anew for every cell costs more than the painting. What is handed out must not be changed."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPaintEngine, QPainter, QPen
from PySide6.QtWidgets import QApplication

from docops_desktop.ui.theme import current_theme

_LINES = (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf, QPaintEngine.Type.Picture)


class Face:
    """A font and its measures.

    Attributes:
        width_of: text -> its width in pixels; remembered.
    """

    def __init__(self, pixels: int, *, bold: bool) -> None:
        self.font = QFont(QApplication.font())
        self.font.setPixelSize(pixels)
        self.font.setBold(bold)
        self.metrics = QFontMetricsF(self.font)
        self.height, self.ascent = self.metrics.height(), self.metrics.ascent()
        self.width_of = lru_cache(maxsize=4096)(self.metrics.horizontalAdvance)

    def baseline(self, top: float, height: float) -> float:
        """Return where to put a text so that it stands in the middle of a box."""
        return top + (height - self.height) / 2 + self.ascent

    def elided(self, text: str, room: float) -> tuple[str, float]:
        """Return the text, cut with an ellipsis where it is wider than ``room``, and its width."""
        width = self.width_of(text)
        if width <= room:
            return text, width
        cut = self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        return cut, self.width_of(cut)


def face(pixels: int, *, bold: bool = False) -> Face:
    """Return the application's font in a size."""
    return _faces(current_theme().font_families, pixels, bold)


@lru_cache(maxsize=64)
def _faces(_families: tuple[str, ...], pixels: int, bold: bool) -> Face:
    return Face(pixels, bold=bold)


@lru_cache(maxsize=256)
def colour(text: str) -> QColor:
    """Return the colour that a text like ``#rrggbb`` names."""
    return QColor(text)


@lru_cache(maxsize=256)
def pen(text: str, width: float = 1) -> QPen:
    """Return a solid pen of a colour."""
    return QPen(colour(text), width)


def keeps_lines(painter: QPainter) -> bool:
    """Tell whether what is painted on keeps text as text: nothing may reach it as pixels."""
    return painter.paintEngine().type() in _LINES


def pixel_ratio(painter: QPainter) -> float:
    """Return the device's pixels per unit; while a widget is drawn into a picture, those of the picture."""
    return float(painter.paintEngine().paintDevice().devicePixelRatio())
