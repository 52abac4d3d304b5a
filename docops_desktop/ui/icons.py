"""The window's own icons: line drawings as SVG files, drawn in the theme's colours and sharp at any scale."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from docops_desktop.model.resources import resource_path
from docops_desktop.ui.theme import current_theme


class _LineIconEngine(QIconEngine):
    """Draws one SVG with ``currentColor`` replaced at the moment of painting, so that a theme change needs no new icon."""

    def __init__(self, name: str, role: str, checked_role: str) -> None:
        super().__init__()
        self._name, self._role, self._checked_role = name, role, checked_role

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Paint into the rectangle; disabled icons are muted."""
        role = self._checked_role if state == QIcon.State.On else self._role
        theme = current_theme()
        colour = theme.disabled_mark if mode == QIcon.Mode.Disabled else getattr(theme, role)
        painter.drawPixmap(
            rect, _drawn(self._name, colour, rect.width(), rect.height(), painter.device().devicePixelRatio())
        )

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return a transparent picture of that size in device pixels."""
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, picture.rect(), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        """Return a copy, as Qt asks for."""
        return _LineIconEngine(self._name, self._role, self._checked_role)


@lru_cache(maxsize=256)
def _drawn(name: str, colour: str, width: int, height: int, ratio: float) -> QPixmap:
    """Draw once per colour and size: buttons repaint often, and reading SVG costs a millisecond each time."""
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    svg = _drawing(name).replace("currentColor", colour).encode()
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(picture.rect()))
    painter.end()
    return picture


@lru_cache(maxsize=64)
def _drawing(name: str) -> str:
    return resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")


def icon(name: str, role: str = "text", checked_role: str = "accent") -> QIcon:
    """Return the icon of that name; ``role`` is the theme colour it is drawn in, ``checked_role`` that of a checked button."""
    return QIcon(_LineIconEngine(name, role, checked_role))


def pixmap(name: str, size: int, role: str = "text", ratio: float = 1.0) -> QPixmap:
    """Return the icon as a picture of ``size`` device-independent pixels, for a label."""
    device = round(size * ratio)
    picture = _LineIconEngine(name, role, role).pixmap(QSize(device, device), QIcon.Mode.Normal, QIcon.State.Off)
    picture.setDevicePixelRatio(ratio)
    return picture


def application_icon() -> QIcon:
    """Return the product's icon in the usual sizes."""
    result = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(pixmap("docops", size))
    return result
