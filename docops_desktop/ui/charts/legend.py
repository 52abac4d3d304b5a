"""A one-line legend: a swatch in the shape of its mark, then its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from docops_desktop.ui.charts.ink import colour, face
from docops_desktop.ui.theme import Theme, current_theme, on_theme_changed

_SWATCH, _GAP, _BETWEEN = 14, 5, 14
_STEP = 24


@dataclass(frozen=True, slots=True)
class Key:
    """One entry: a name, a role or series index of the theme for its colour, and the shape of its mark."""

    name: str
    colour: str | int
    shape: Literal["area", "line", "hatch", "band"]

    def rgb(self, theme: Theme) -> QColor:
        """Return its colour in a theme."""
        return QColor(theme.series[self.colour] if isinstance(self.colour, int) else getattr(theme, self.colour))


class Legend(QWidget):
    """Keys side by side, closer where room is scarce; entries that find no room are left out from the right and said in the tooltip.

    Args:
        on_panel: it paints a panel's ground by itself, so that Qt doesn't paint all that lies beneath, up to the window, whenever an entry changes.
    """

    def __init__(self, *, on_panel: bool = False) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()
        self._on_panel = on_panel
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, on_panel)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(20)
        self._theme = current_theme()
        on_theme_changed(self, self.dress)

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours and type size."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    @property
    def names(self) -> tuple[str, ...]:
        """The entries' names."""
        return tuple(key.name for key in self._keys)

    def set_keys(self, *keys: Key) -> None:
        """Show these entries."""
        if keys != self._keys:
            before = self.sizeHint()
            self._keys = keys
            text = ", ".join(self.names)
            self.setToolTip(text)
            self.setAccessibleName(text)
            if self.sizeHint() != before:
                self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Return the room that all entries need, in steps: an entry that names a figure doesn't move its neighbours whenever the figure changes."""
        return QSize(-(-round(self._width()) // _STEP) * _STEP, round(face(self._theme.fonts.small).height) + 2)

    def _width(self) -> float:
        letters = face(self._theme.fonts.small)
        beside = sum(map(self._theme.px, (_SWATCH, _GAP, _BETWEEN)))
        return sum(beside + letters.width_of(key.name) for key in self._keys)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the entries that fit."""
        theme, painter = self._theme, QPainter(self)
        if self._on_panel:
            painter.fillRect(self.rect(), colour(theme.surface))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        letters = face(theme.fonts.small)
        painter.setFont(letters.font)
        swatch, gap, between = map(theme.px, (_SWATCH, _GAP, _BETWEEN))
        lacking = self._width() - between - self.width()
        if lacking > 0 and len(self._keys) > 1:
            between = max(round(between - lacking / (len(self._keys) - 1)), gap)
        x = max(0.0, -lacking)
        for key in self._keys:
            width = letters.width_of(key.name)
            if x + swatch + gap + width > self.width() + 1:
                break
            high = theme.px(10)
            _paint_swatch(painter, QRectF(x, (self.height() - high) / 2, swatch, high), key, theme)
            x += swatch + gap
            painter.setPen(QColor(theme.text_muted))
            painter.drawText(QRectF(x, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, key.name)
            x += width + between
        painter.end()


def _paint_swatch(painter: QPainter, box: QRectF, key: Key, theme: Theme) -> None:
    ink = key.rgb(theme)
    if key.shape == "line":
        painter.setPen(QPen(ink, max(theme.px(2), 2)))
        painter.drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()))
        return
    faint = QColor(ink)
    faint.setAlpha(90)
    if key.shape == "hatch":
        painter.fillRect(box, hatch(ink))
    else:
        painter.fillRect(box, faint)
    painter.setPen(QPen(ink, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if key.shape != "band":
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))


def hatch(ink: QColor) -> QBrush:
    """Return diagonal hatching in a colour."""
    return QBrush(ink, Qt.BrushStyle.BDiagPattern)
