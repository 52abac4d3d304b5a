"""The legend of a colour scale: the ramp with its ends and middle in the measure's unit, and the signs that are not colour."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from docops_desktop.ui.charts.colour_scale import ColourScale
from docops_desktop.ui.charts.ink import colour, face
from docops_desktop.ui.theme import current_theme, on_theme_changed

_RAMP = 120.0


class ColourLegend(QWidget):
    """Ramp and signs in one line."""

    def __init__(self) -> None:
        super().__init__()
        self._scale: ColourScale | None = None
        self._title, self._ends = "", ("", "", "")
        self._signs: tuple[tuple[str, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        on_theme_changed(self, lambda _: self.update())

    def set_scale(
        self, scale: ColourScale, title: str, wording: Callable[[float], str], signs: tuple[tuple[str, str], ...]
    ) -> None:
        """Show a scale; ``signs`` are (shape, text) with shape "hatch", "outline" or "" for a mere text."""
        before = self._scale, self._title, self._ends, self._signs
        middle = (scale.low + scale.high) / 2
        self._scale, self._title, self._signs = scale, title, signs
        self._ends = (wording(scale.low), wording(middle), wording(scale.high))
        if (scale, title, self._ends, signs) == before:
            return
        self.setAccessibleName(" ".join((title, *self._ends, *(text for _, text in signs))))
        self.setToolTip("\n".join((title, *(text for _, text in signs))))
        self.update()

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that is written on it."""
        return (self._title, *self._ends, *(text for _, text in self._signs))

    def sizeHint(self) -> QSize:
        """Return one line's height."""
        return QSize(300, current_theme().fonts.small + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ramp, numbers and signs, on the panel's ground."""
        theme, painter = current_theme(), QPainter(self)
        painter.fillRect(self.rect(), colour(theme.surface))
        if self._scale is None:
            painter.end()
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(face(theme.fonts.small).font)
        x = self._text(painter, 0.0, self._title) + 8
        x = self._text(painter, x, self._ends[0]) + 4
        x = self._ramp(painter, x)
        x = self._text(painter, x + 4, self._ends[2]) + 14
        for shape, text in self._signs:
            width, indent = face(theme.fonts.small).width_of(text), 17 if shape else 0
            if x + indent + width > self.width() + 1:
                break
            if shape:
                self._sign(painter, QRectF(x, self.height() / 2 - 5, 12, 10), shape)
            x = self._text(painter, x + indent, text) + 14
        painter.end()

    def _ramp(self, painter: QPainter, x: float) -> float:
        assert self._scale is not None
        box = QRectF(x, self.height() / 2 - 5, _RAMP, 10)
        ramp = QLinearGradient(box.topLeft(), box.topRight())
        for i, stop in enumerate(self._scale.stops):
            ramp.setColorAt(i / (len(self._scale.stops) - 1), QColor(stop))
        painter.fillRect(box, ramp)
        painter.setPen(QPen(QColor(current_theme().border), 1))
        painter.drawRect(box)
        return box.right()

    def _text(self, painter: QPainter, x: float, text: str) -> float:
        theme = current_theme()
        letters = face(theme.fonts.small)
        painter.setPen(colour(theme.text_muted))
        painter.drawText(QPointF(x, letters.baseline(0, self.height())), text)
        return x + letters.width_of(text)

    def _sign(self, painter: QPainter, box: QRectF, shape: str) -> None:
        theme = current_theme()
        if shape == "hatch":
            painter.fillRect(box, QBrush(QColor(theme.control_border), Qt.BrushStyle.BDiagPattern))
            painter.setPen(QPen(QColor(theme.border), 1))
        else:
            painter.setPen(QPen(QColor(theme.text), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
