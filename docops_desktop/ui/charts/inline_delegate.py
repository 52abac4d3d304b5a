"""Draws a table cell: text, a muted note, and a small picture (bar, interval, status sign) beside or under it.

The figure is always there as text; the picture only helps the eye. Colours come from the theme at the moment of painting.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from docops_desktop.ui.charts.ink import Face, colour, face, pen
from docops_desktop.ui.models.columns import LOOK_ROLE, Bar, Graphic, IntervalBar, Look, StatusMark
from docops_desktop.ui.theme import Theme, current_theme

PADDING = 8
BAR_HEIGHT = 4.0
MIN_BAR_WIDTH = 40.0
GRAPHIC_SHARE = 0.52
_SIGN_WIDTH = 18.0
_LOW_BAR, _BAR_ABOVE = 3, 5
"""Below the text of a single line: how high a bar is, and how far its top lies above the cell's foot."""
_LEAST_GRAPHIC = 8
_SELECTED, _HOVERED, _FOCUSED = (
    flag.value
    for flag in (QStyle.StateFlag.State_Selected, QStyle.StateFlag.State_MouseOver, QStyle.StateFlag.State_HasFocus)
)
"""As numbers: the flags' own operators cost more than the test."""


class InlineDelegate(QStyledItemDelegate):
    """Paints cells of one or two lines; with two, the second holds picture and note.

    Args:
        lines: 1 or 2.

    Attributes:
        painted: how the cell at (row, column) looked when it was last painted.
    """

    def __init__(self, lines: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self.painted: dict[tuple[int, int], Look] = {}

    def row_height(self) -> int:
        """Return the height that rows need."""
        theme = current_theme()
        if self._lines == 1:
            return theme.spacing.row
        return round(face(theme.fonts.body).height + face(theme.fonts.small).height + 6)

    def sizeHint(self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size that shows text, note and picture in full."""
        theme = current_theme()
        look: Look = index.data(LOOK_ROLE)
        width = face(theme.fonts.body, bold=True).width_of(look.text)
        if isinstance(look.graphic, StatusMark):
            width += current_theme().px(_SIGN_WIDTH)
        note = look.note if self._lines == 2 else ""
        second = face(theme.fonts.small).width_of(note) if note else 0.0
        if isinstance(look.graphic, Bar | IntervalBar) and self._lines == 2:
            second = max((second + PADDING) / (1 - GRAPHIC_SHARE), MIN_BAR_WIDTH / GRAPHIC_SHARE)
        return QSize(round(max(width, second)) + 2 * PADDING + 2, self.row_height())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint the cell."""
        # initStyleOption would ask the model for eight roles that this delegate has no use for, and the style sheet's own item would cost more than the text
        look: Look | None = index.data(LOOK_ROLE)
        if look is not None:
            self.paint_look(painter, option.rect, look, index.row(), index.column(), option.state.value)

    def paint_look(self, painter: QPainter, rect: QRect, look: Look, row: int, column: int, state: int = 0) -> None:
        """Paint a cell that looks like this; ``state`` are the bits of ``QStyle.StateFlag``."""
        self.painted[row, column] = look
        graphic = look.graphic
        one_line = not look.note and graphic is None if self._lines > 1 else graphic is None or type(graphic) is Bar
        if one_line and not (state or look.pinned or look.marked):
            # nearly all cells of a table, forty in every frame of a brush: without a word too many
            theme = current_theme()
            left, right = rect.x() + PADDING, rect.x() + rect.width() - PADDING
            painter.setPen(colour(theme.text))
            write(painter, face(theme.fonts.body), look.text, (left, right), rect.y(), rect.height(), look.numeric)
            if type(graphic) is Bar and right - left >= _LEAST_GRAPHIC:
                draw_bar(painter, left, rect.y() + rect.height() - _BAR_ABOVE, right - left, _LOW_BAR, graphic, theme)
            return
        _Cell(painter, QRectF(rect), state, look, self._lines).draw(first=column == 0)


class _Cell:
    """One cell while it is painted."""

    def __init__(self, painter: QPainter, frame: QRectF, bits: int, look: Look, lines: int) -> None:
        self.painter, self.look, self.frame = painter, look, frame
        self.theme = current_theme()
        self.selected, self.hovered, self.focused = bool(bits & _SELECTED), bool(bits & _HOVERED), bool(bits & _FOCUSED)
        self.left, self.right = frame.left() + PADDING, frame.right() - PADDING
        self.note = look.note if lines == 2 else ""
        self.two_lines = lines == 2 and (bool(self.note) or isinstance(look.graphic, Bar | IntervalBar))

    def draw(self, *, first: bool) -> None:
        if self.selected or self.hovered:
            self.painter.fillRect(self.frame, colour(self.theme.selection if self.selected else self.theme.raised))
        if self.look.marked and first:
            mark = QRectF(self.frame.left(), self.frame.top() + 1, 3, self.frame.height() - 2)
            self.painter.fillRect(mark, colour(self.theme.accent))
        if self.two_lines:
            self.draw_two_lines()
        else:
            self.draw_text(self.frame.top(), self.frame.height())
            if isinstance(self.look.graphic, Bar):
                below = QRectF(self.left, self.frame.bottom() - _BAR_ABOVE, self.right - self.left, _LOW_BAR)
                self.draw_graphic(below, self.look.graphic)
        if self.look.pinned:
            self.painter.setPen(pen(self.theme.border))
            line = self.frame.bottom() - 0.5  # inside: the next row may be painted alone
            self.painter.drawLine(QPointF(self.frame.left(), line), QPointF(self.frame.right(), line))
        if self.focused:
            self.painter.setPen(pen(self.theme.accent))
            self.painter.setBrush(Qt.BrushStyle.NoBrush)
            self.painter.drawRect(self.frame.adjusted(0.5, 0.5, -0.5, -0.5))

    def draw_two_lines(self) -> None:
        if not self.look.text and self.look.graphic is None:
            self.draw_note(self.frame.top(), self.frame.height())
            return
        first = face(self.theme.fonts.body).height
        second = face(self.theme.fonts.small).height
        top = self.frame.top() + (self.frame.height() - first - second) / 2
        self.draw_text(top, first)
        if self.note:
            self.draw_note(top + first, second)
        if isinstance(self.look.graphic, Bar | IntervalBar):
            # the same share in every row, or lengths could not be compared from row to row
            middle = top + first + second / 2 - BAR_HEIGHT / 2
            width = (self.right - self.left) * GRAPHIC_SHARE
            self.draw_graphic(QRectF(self.left, middle, width, BAR_HEIGHT), self.look.graphic)

    def draw_text(self, top: float, height: float) -> None:
        body = face(self.theme.fonts.body, bold=self.look.pinned or self.look.marked)
        left = self.left
        if isinstance(self.look.graphic, StatusMark):
            self.draw_sign(self.look.graphic, top, height)
            left += self.theme.px(_SIGN_WIDTH)
        self.painter.setPen(self.ink(self.theme.text))
        self.write(body, self.look.text, left, top, height)

    def draw_note(self, top: float, height: float) -> None:
        self.painter.setPen(self.ink(self.theme.text_muted))
        # below a text, a note begins where the text begins, and ends where the cell ends
        indent = (
            self.theme.px(_SIGN_WIDTH) if isinstance(self.look.graphic, StatusMark) and not self.look.numeric else 0
        )
        self.write(face(self.theme.fonts.small), self.note, self.left + indent, top, height)

    def write(self, in_face: Face, text: str, left: float, top: float, height: float) -> None:
        write(self.painter, in_face, text, (left, self.right), top, height, self.look.numeric)

    def draw_sign(self, mark: StatusMark, top: float, height: float) -> None:
        style = self.theme.status[mark.status]  # type: ignore[index]
        body = face(self.theme.fonts.body)
        self.painter.setFont(body.font)
        self.painter.setPen(colour(style.colour))
        self.painter.drawText(QPointF(self.left, body.baseline(top, height)), style.glyph)

    def draw_graphic(self, box: QRectF, graphic: Graphic) -> None:
        if box.width() < _LEAST_GRAPHIC:
            return
        if isinstance(graphic, Bar):
            whole = box.toRect()
            draw_bar(self.painter, whole.x(), whole.y(), whole.width(), whole.height(), graphic, self.theme)
        elif isinstance(graphic, IntervalBar):
            self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_interval(self.painter, box, graphic, self.theme, self.ink(self.theme.text).name())
            self.painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def ink(self, usual: str) -> QColor:
        return colour(self.theme.on_selection if self.selected else usual)


def write(
    painter: QPainter, in_face: Face, text: str, ends: tuple[float, float], top: float, height: float, numeric: bool
) -> None:
    """Write a text between two ends, right-aligned for numbers, cut with an ellipsis where it has no room."""
    if not text:
        return
    left, right = ends
    shown, width = in_face.elided(text, right - left + 1)
    painter.setFont(in_face.font)
    painter.drawText(QPointF(right - width if numeric else left, in_face.baseline(top, height)), shown)


def draw_bar(painter: QPainter, left: int, top: int, width: int, height: int, bar: Bar, theme: Theme) -> None:
    """Draw a bar on its track. Plain rectangles: rounded ends of a bar three pixels high nobody sees, and they take ten times as long."""
    full = max(round(width * bar.fraction), 1) if bar.fraction > 0 else 0
    painter.fillRect(left + full, top, width - full, height, colour(theme.grid))
    painter.fillRect(left, top, full, height, colour(theme.series[0]))


def draw_interval(painter: QPainter, box: QRectF, bar: IntervalBar, theme: Theme, ink: str) -> None:
    """Draw the interval as a band, the point as a tick, and where zero is; the band is hollow when it holds zero."""

    def x(figure: float) -> float:
        return box.left() + box.width() * bar.position(figure)

    zero, holds_zero = x(0.0), bar.low <= 0 <= bar.high
    painter.setPen(pen(theme.control_border))
    painter.drawLine(QPointF(zero, box.top() - 2), QPointF(zero, box.bottom() + 2))
    band = QRectF(x(bar.low), box.top(), max(x(bar.high) - x(bar.low), 1.5), box.height())
    painter.setPen(pen(theme.series[0]))
    painter.setBrush(Qt.BrushStyle.NoBrush if holds_zero else colour(theme.series[0]))
    painter.drawRect(band)
    painter.setPen(pen(ink, 2))
    painter.drawLine(QPointF(x(bar.value), box.top() - 2.5), QPointF(x(bar.value), box.bottom() + 2.5))
