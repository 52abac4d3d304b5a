"""A table header whose labels stand exactly over their columns, with the sort direction as a sign beside the label."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication, QHeaderView, QWidget

from docops_desktop.ui.charts.inline_delegate import PADDING
from docops_desktop.ui.theme import current_theme

_SIGN_ROOM = 12.0


class TableHeader(QHeaderView):
    """Horizontal header; clicking sorts.

    Args:
        padding: how far cells keep their texts from their edges, in pixels.
    """

    def __init__(self, parent: QWidget | None = None, padding: Callable[[], int] = lambda: PADDING) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._padding = padding
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(24)
        self.setMouseTracking(True)

    def sectionSizeFromContents(self, section: int) -> QSize:
        """Return label plus padding; the sign takes its room from the padding of the left side."""
        metrics = QFontMetricsF(_font())
        width = metrics.horizontalAdvance(self._label(section)) + 2 * self._padding() + _SIGN_ROOM
        return QSize(round(width), round(metrics.height()) + 8)

    def _label(self, section: int) -> str:
        return str(self.model().headerData(section, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole) or "")

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Paint label, sign and the line below."""
        theme = current_theme()
        painter.save()
        painter.fillRect(rect, QColor(theme.surface))
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        alignment = self.model().headerData(section, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole)
        right = bool(alignment & Qt.AlignmentFlag.AlignRight) if alignment is not None else False
        sorts = self.isSortIndicatorShown() and self.sortIndicatorSection() == section
        box = QRectF(rect).adjusted(self._padding(), 0, -self._padding(), 0)
        painter.setFont(_font())
        painter.setPen(QColor(theme.text if sorts else theme.text_muted))
        self._draw(painter, box, self._label(section), self._sign() if sorts else "", right=right)
        painter.restore()

    def _sign(self) -> str:
        return "▴" if self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder else "▾"

    def _draw(self, painter: QPainter, box: QRectF, label: str, sign: str, *, right: bool) -> None:
        metrics = QFontMetricsF(painter.font())
        spare = self._padding() / 2
        room = box.width() - (_SIGN_ROOM - spare if sign else 0)
        text = metrics.elidedText(label, Qt.TextElideMode.ElideRight, room + spare)
        shown = f"{sign} {text}" if right and sign else f"{text} {sign}".rstrip()
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
        painter.drawText(box, flags, shown)


def _font() -> QFont:
    font = QFont(QApplication.font())
    font.setPixelSize(current_theme().fonts.small)
    font.setWeight(QFont.Weight.DemiBold)
    return font
