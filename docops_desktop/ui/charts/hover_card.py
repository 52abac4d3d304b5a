"""A small card beside the pointer with the details of the mark under it: at once, not after a tooltip's delay, and never in the pointer's way.

Painted by itself: a label with rich text would take longer to lay out than a chart to draw, at every move of the mouse.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from docops_desktop.ui.charts.ink import Face, colour, face, pen
from docops_desktop.ui.theme import Theme, current_theme, on_theme_changed

_GAP = 14
_SIDE, _TOP, _BETWEEN = 9.0, 7.0, 12.0
_LEADING = 3.0


class HoverCard(QWidget):
    """A title and lines of "name: value" over its parent widget."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.plain_text = ""
        self._title, self._foot = "", ""
        self._lines: tuple[tuple[str, str], ...] = ()
        self._over = parent
        self.hide()
        on_theme_changed(self, self._dress)

    def show_at(self, point: QPoint, title: str, lines: Sequence[tuple[str, str]], foot: str = "") -> None:
        """Show the card near ``point`` (in the parent's pixels), inside the parent."""
        self.plain_text = "\n".join([title, *(f"{name}: {value}" for name, value in lines), *([foot] if foot else [])])
        self._title, self._lines, self._foot = title, tuple(lines), foot
        self.resize(self.sizeHint())
        self.move(self._place(point))
        self.show()
        self.raise_()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room that title, lines and foot need."""
        small, bold = _faces()
        rows = 1 + len(self._lines) + bool(self._foot)
        lines = self._names_width(small) + max((small.width_of(value) for _, value in self._lines), default=0.0)
        width = max(bold.width_of(self._title), lines, small.width_of(self._foot))
        return QSize(round(width + 2 * _SIDE), round(rows * (small.height + _LEADING) + 2 * _TOP - _LEADING))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground, title and lines: names to the left, values to the right."""
        theme, painter = current_theme(), QPainter(self)
        small, bold = _faces()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen(theme.control_border))
        painter.setBrush(colour(theme.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        y = _TOP + small.ascent
        _write(painter, bold, theme.text, _SIDE, y, self._title)
        right = _SIDE + self._names_width(small) + max((small.width_of(value) for _, value in self._lines), default=0.0)
        for name, value in self._lines:
            y += small.height + _LEADING
            _write(painter, small, theme.text_muted, _SIDE, y, name)
            _write(painter, small, theme.text, right - small.width_of(value), y, value)
        if self._foot:
            _write(painter, small, theme.text_muted, _SIDE, y + small.height + _LEADING, self._foot)
        painter.end()

    def _names_width(self, small: Face) -> float:
        return max((small.width_of(name) for name, _ in self._lines), default=0.0) + _BETWEEN

    def _place(self, point: QPoint) -> QPoint:
        room = self._over.rect()
        x = point.x() + _GAP
        if x + self.width() > room.right():
            x = point.x() - _GAP - self.width()
        y = point.y() + _GAP
        if y + self.height() > room.bottom():
            y = point.y() - _GAP - self.height()
        return QPoint(max(2, x), max(2, y))

    def _dress(self, _theme: Theme) -> None:
        self.resize(self.sizeHint())
        self.update()


def _faces() -> tuple[Face, Face]:
    small = current_theme().fonts.small
    return face(small), face(small, bold=True)


def _write(painter: QPainter, letters: Face, ink: str, x: float, y: float, text: str) -> None:
    painter.setFont(letters.font)
    painter.setPen(colour(ink))
    painter.drawText(QPointF(x, y), text)
