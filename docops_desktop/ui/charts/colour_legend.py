"""The legend of a colour scale: the ramp with its ends and middle in the measure's unit, and the signs that are not colour."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from docops_desktop.ui.charts.colour_scale import ColourScale
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
        on_theme_changed(self, lambda _: self.update())

    def set_scale(
        self, scale: ColourScale, title: str, wording: Callable[[float], str], signs: tuple[tuple[str, str], ...]
    ) -> None:
        """Show a scale; ``signs`` are (shape, text) with shape "hatch", "outline" or "" for a mere text."""
        self._scale, self._title, self._signs = scale, title, signs
        middle = (scale.low + scale.high) / 2
        self._ends = (wording(scale.low), wording(middle), wording(scale.high))
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
        """Paint ramp, numbers and signs."""
        if self._scale is None:
            return
        theme, painter = current_theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(QApplication.font())
        font.setPixelSize(theme.fonts.small)
        painter.setFont(font)
        x = self._text(painter, 0.0, self._title) + 8
        x = self._text(painter, x, self._ends[0]) + 4
        x = self._ramp(painter, x)
        x = self._text(painter, x + 4, self._ends[2]) + 14
        for shape, text in self._signs:
            width, indent = painter.fontMetrics().horizontalAdvance(text), 17 if shape else 0
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
        width = painter.fontMetrics().horizontalAdvance(text)
        painter.setPen(QColor(current_theme().text_muted))
        painter.drawText(QRectF(x, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
        return x + width

    def _sign(self, painter: QPainter, box: QRectF, shape: str) -> None:
        theme = current_theme()
        if shape == "hatch":
            painter.fillRect(box, QBrush(QColor(theme.control_border), Qt.BrushStyle.BDiagPattern))
            painter.setPen(QPen(QColor(theme.border), 1))
        else:
            painter.setPen(QPen(QColor(theme.text), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
