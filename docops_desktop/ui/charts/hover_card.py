"""A small card beside the pointer with the details of the mark under it: at once, not after a tooltip's delay, and never in the pointer's way."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget

from docops_desktop.ui.theme import Theme, current_theme, on_theme_changed

_GAP = 14


class HoverCard(QLabel):
    """A title and lines of "name: value" over its parent widget."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setContentsMargins(8, 6, 8, 6)
        self.plain_text = ""
        self._over = parent
        self.hide()
        on_theme_changed(self, self._dress)

    def show_at(self, point: QPoint, title: str, lines: Sequence[tuple[str, str]], foot: str = "") -> None:
        """Show the card near ``point`` (in the parent's pixels), inside the parent."""
        self.plain_text = "\n".join([title, *(f"{name}: {value}" for name, value in lines), *([foot] if foot else [])])
        self.setText(_html(title, lines, foot))
        self.adjustSize()
        self.move(self._place(point))
        self.show()
        self.raise_()

    def _place(self, point: QPoint) -> QPoint:
        room = self._over.rect()
        x = point.x() + _GAP
        if x + self.width() > room.right():
            x = point.x() - _GAP - self.width()
        y = point.y() + _GAP
        if y + self.height() > room.bottom():
            y = point.y() - _GAP - self.height()
        return QPoint(max(2, x), max(2, y))

    def _dress(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"QLabel {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.control_border};"
            f" border-radius: 4px; font-size: {theme.fonts.small}px; }}"
        )


def _html(title: str, lines: Sequence[tuple[str, str]], foot: str) -> str:
    muted = current_theme().text_muted
    cells = "".join(
        f'<tr><td style="color:{muted}; padding-right:10px; white-space:nowrap">{escape(name)}</td>'
        f'<td align="right" style="white-space:nowrap">{escape(value)}</td></tr>'
        for name, value in lines
    )
    end = f'<div style="color:{muted}">{escape(foot)}</div>' if foot else ""
    return f"<b>{escape(title)}</b><table cellspacing='0' cellpadding='1'>{cells}</table>{end}"
