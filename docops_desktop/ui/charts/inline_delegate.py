"""Draws a table cell: text, a muted note, and a small picture (bar, interval, status sign) beside or under it.

The figure is always there as text; the picture only helps the eye. Colours come from the theme at the moment of painting.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from docops_desktop.ui.models.columns import (
    GRAPHIC_ROLE,
    MARKED_ROLE,
    NOTE_ROLE,
    PINNED_ROLE,
    Bar,
    Graphic,
    IntervalBar,
    StatusMark,
)
from docops_desktop.ui.theme import Theme, current_theme

PADDING = 8
BAR_HEIGHT = 4.0
MIN_BAR_WIDTH = 40.0
GRAPHIC_SHARE = 0.52
_SIGN_WIDTH = 18.0


class InlineDelegate(QStyledItemDelegate):
    """Paints cells of one or two lines; with two, the second holds picture and note.

    Args:
        lines: 1 or 2.
    """

    def __init__(self, lines: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines

    def row_height(self) -> int:
        """Return the height that rows need."""
        theme = current_theme()
        if self._lines == 1:
            return theme.spacing.row
        return round(_metrics(theme.fonts.body).height() + _metrics(theme.fonts.small).height() + 6)

    def sizeHint(self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size that shows text, note and picture in full."""
        theme = current_theme()
        width = _metrics(theme.fonts.body, bold=True).horizontalAdvance(str(index.data() or ""))
        graphic, note = index.data(GRAPHIC_ROLE), index.data(NOTE_ROLE) if self._lines == 2 else ""
        if isinstance(graphic, StatusMark):
            width += _SIGN_WIDTH
        second = _metrics(theme.fonts.small).horizontalAdvance(note) if note else 0.0
        if isinstance(graphic, Bar | IntervalBar) and self._lines == 2:
            second = max((second + PADDING) / (1 - GRAPHIC_SHARE), MIN_BAR_WIDTH / GRAPHIC_SHARE)
        return QSize(round(max(width, second)) + 2 * PADDING + 2, self.row_height())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint the cell."""
        # initStyleOption would ask the model for eight roles that this delegate has no use for
        style = option.widget.style() if option.widget else QApplication.style()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        _Cell(painter, option, index, self._lines).draw()
        painter.restore()


class _Cell:
    """One cell while it is painted."""

    def __init__(
        self,
        painter: QPainter,
        options: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
        lines: int,
    ) -> None:
        self.painter, self.index = painter, index
        self.theme = current_theme()
        self.selected = bool(options.state & QStyle.StateFlag.State_Selected)
        self.focused = bool(options.state & QStyle.StateFlag.State_HasFocus)
        self.frame = QRectF(options.rect)
        self.box = self.frame.adjusted(PADDING, 0, -PADDING, 0)
        self.right = bool(index.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight)
        self.graphic: Graphic | None = index.data(GRAPHIC_ROLE)
        self.note: str = (index.data(NOTE_ROLE) or "") if lines == 2 else ""
        self.two_lines = lines == 2 and (bool(self.note) or isinstance(self.graphic, Bar | IntervalBar))

    def draw(self) -> None:
        marked = bool(self.index.data(MARKED_ROLE))
        if marked and self.index.column() == 0:
            self.painter.fillRect(
                QRectF(self.frame.left(), self.frame.top() + 1, 3, self.frame.height() - 2), self.colour("accent")
            )
        if self.two_lines:
            self.draw_two_lines()
        else:
            self.draw_text(self.box, str(self.index.data() or ""))
            if isinstance(self.graphic, Bar):
                self.draw_graphic(QRectF(self.box.left(), self.frame.bottom() - 5, self.box.width(), 3))
        if self.index.data(PINNED_ROLE):
            self.painter.setPen(QPen(self.colour("border"), 1))
            self.painter.drawLine(self.frame.bottomLeft(), self.frame.bottomRight())
        if self.focused:
            self.painter.setPen(QPen(self.colour("accent"), 1))
            self.painter.setBrush(Qt.BrushStyle.NoBrush)
            self.painter.drawRect(self.frame.adjusted(0.5, 0.5, -0.5, -0.5))

    def draw_two_lines(self) -> None:
        first = _metrics(self.theme.fonts.body).height()
        second = _metrics(self.theme.fonts.small).height()
        top = self.frame.top() + (self.frame.height() - first - second) / 2
        self.draw_text(QRectF(self.box.left(), top, self.box.width(), first), str(self.index.data() or ""))
        below = QRectF(self.box.left(), top + first, self.box.width(), second)
        if self.note:
            self.draw_note(below)
        if isinstance(self.graphic, Bar | IntervalBar):
            # the same share in every row, or lengths could not be compared from row to row
            middle = below.center().y() - BAR_HEIGHT / 2
            self.draw_graphic(QRectF(below.left(), middle, below.width() * GRAPHIC_SHARE, BAR_HEIGHT))

    def draw_text(self, box: QRectF, text: str) -> None:
        bold = _is_bold(self.index)
        if isinstance(self.graphic, StatusMark):
            self.draw_sign(box)
            box = box.adjusted(_SIGN_WIDTH, 0, 0, 0)
        self.painter.setFont(_font(self.theme.fonts.body, bold=bold))
        self.painter.setPen(self.text_colour("text"))
        shown = _metrics(self.theme.fonts.body, bold=bold).elidedText(
            text, Qt.TextElideMode.ElideRight, box.width() + 1
        )
        self.painter.drawText(box, self.alignment(), shown)

    def draw_note(self, box: QRectF) -> None:
        self.painter.setFont(_font(self.theme.fonts.small))
        self.painter.setPen(self.text_colour("text_muted"))
        if self.right:
            self.painter.drawText(box, self.alignment(), self.note)
            return
        # below a text, a note begins where the text begins, and ends where the cell ends
        box = box.adjusted(_SIGN_WIDTH if isinstance(self.graphic, StatusMark) else 0, 0, 0, 0)
        note = _metrics(self.theme.fonts.small).elidedText(self.note, Qt.TextElideMode.ElideRight, box.width() + 1)
        self.painter.drawText(box, self.alignment(), note)

    def draw_sign(self, box: QRectF) -> None:
        assert isinstance(self.graphic, StatusMark)
        style = self.theme.status[self.graphic.status]  # type: ignore[index]
        self.painter.setFont(_font(self.theme.fonts.body))
        self.painter.setPen(QColor(style.colour))
        self.painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, style.glyph)

    def draw_graphic(self, box: QRectF) -> None:
        if box.width() < 8:
            return
        if isinstance(self.graphic, Bar):
            draw_bar(self.painter, box, self.graphic, self.theme)
        elif isinstance(self.graphic, IntervalBar):
            draw_interval(self.painter, box, self.graphic, self.theme, str(self.text_colour("text").name()))

    def alignment(self) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if self.right else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def colour(self, role: str) -> QColor:
        return QColor(getattr(self.theme, role))

    def text_colour(self, role: str) -> QColor:
        return QColor(self.theme.on_selection if self.selected else getattr(self.theme, role))


def draw_bar(painter: QPainter, box: QRectF, bar: Bar, theme: Theme) -> None:
    """Draw a bar on its track."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.grid))
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    width = max(box.width() * bar.fraction, box.height() / 2 if bar.fraction > 0 else 0.0)
    painter.setBrush(QColor(theme.series[0]))
    painter.drawRoundedRect(QRectF(box.left(), box.top(), width, box.height()), box.height() / 2, box.height() / 2)


def draw_interval(painter: QPainter, box: QRectF, bar: IntervalBar, theme: Theme, ink: str) -> None:
    """Draw the interval as a band, the point as a tick, and where zero is; the band is hollow when it holds zero."""

    def x(figure: float) -> float:
        return box.left() + box.width() * bar.position(figure)

    zero, holds_zero = x(0.0), bar.low <= 0 <= bar.high
    painter.setPen(QPen(QColor(theme.control_border), 1))
    painter.drawLine(QPointF(zero, box.top() - 2), QPointF(zero, box.bottom() + 2))
    band = QRectF(x(bar.low), box.top(), max(x(bar.high) - x(bar.low), 1.5), box.height())
    colour = QColor(theme.series[0])
    painter.setPen(QPen(colour, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush if holds_zero else colour)
    painter.drawRect(band)
    painter.setPen(QPen(QColor(ink), 2))
    painter.drawLine(QPointF(x(bar.value), box.top() - 2.5), QPointF(x(bar.value), box.bottom() + 2.5))


def _is_bold(index: QModelIndex | QPersistentModelIndex) -> bool:
    return bool(index.data(PINNED_ROLE) or index.data(MARKED_ROLE))


def _font(pixels: int, *, bold: bool = False) -> QFont:
    return _fonts(QApplication.font().key(), pixels, bold)[0]


def _metrics(pixels: int, *, bold: bool = False) -> QFontMetricsF:
    return _fonts(QApplication.font().key(), pixels, bold)[1]


@lru_cache(maxsize=32)
def _fonts(_application_font: str, pixels: int, bold: bool) -> tuple[QFont, QFontMetricsF]:
    """Return font and metrics; making them anew for every cell would cost more than the painting."""
    font = QFont(QApplication.font())
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font, QFontMetricsF(font)
