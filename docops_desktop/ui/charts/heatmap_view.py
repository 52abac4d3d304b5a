"""The heatmap widget: an image of cells with labels, made for 40 x 25 cells in half a window; hover, click, drag, wheel and keys.

It knows cells, not dimensions: what a cell means and what choosing it does is the panel's affair.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QScrollBar, QWidget

from docops_desktop.ui.charts.cell_grid import CellGrid
from docops_desktop.ui.charts.heatmap_overlay import GAP, HeatmapOverlay, lies_flat
from docops_desktop.ui.charts.heatmap_picture import HeatmapPicture
from docops_desktop.ui.charts.ink import colour, face, keeps_lines, pixel_ratio
from docops_desktop.ui.theme import Theme, current_theme, on_theme_changed

SMALLEST_CELL = 5.0
_LARGEST_CELL = 40.0
_MOST_LABEL_SHARE = 0.3
_MOST_LABEL_HEIGHT, _MOST_FREE_HEIGHT = 0.25, 0.45
_ROOMY_CELL = 14.0
"""Column labels may take more than their usual share of the height as long as cells keep this height."""
_RIGHT_EDGE, _BOTTOM_EDGE = 14.0, 3.0


class HeatmapView(QAbstractScrollArea):
    """Cells in rows and columns.

    Signals: ``hovered(row, column, point)``, ``left()``, ``chosen(rows, columns, more)`` after a click, a drag or a click on a label (the other side is
    then empty); ``more`` is Ctrl.
    """

    hovered = Signal(int, int, QPointF)
    label_hovered = Signal(str, QPointF)
    left = Signal()
    chosen = Signal(tuple, tuple, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: HeatmapPicture | None = None
        self.grid: CellGrid | None = None
        self.overlay = HeatmapOverlay()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.scroll_bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.scroll_bar.valueChanged.connect(lambda _: self._arrange())
        self.scroll_bar.hide()
        self._row_height = 0.0
        self._pressed: tuple[int, int] | None = None
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(140, 90)
        on_theme_changed(self, self._dress)

    @property
    def cursor_cell(self) -> tuple[int, int] | None:
        """The cell under the keyboard's cursor."""
        return self.overlay.cursor_cell

    def show_picture(self, picture: HeatmapPicture) -> None:
        """Draw this picture."""
        before = self.picture
        if before is None or picture.shape != before.shape:
            self.overlay.cursor_cell, self._row_height = None, 0.0
            self.scroll_bar.setValue(0)
        self.picture = self.overlay.picture = picture
        if self.grid is not None and picture.stands_as(before):
            self.viewport().update(self.grid.area.toAlignedRect().adjusted(-2, -2, 2, 2))
        else:
            self._arrange()

    def _arrange(self) -> None:
        """Lay out labels and cells for the size at hand."""
        if self.picture is None:
            return
        rows, columns = self.picture.shape
        bounds = QRectF(0, 0, self.width(), self.height())
        area = self._area(bounds)
        height = max(self._row_height, SMALLEST_CELL, area.height() / max(rows, 1))
        shown = max(1, min(rows, int(area.height() / height + 0.01)))
        self._arrange_scroll(rows, shown, area)
        first = min(self.scroll_bar.value(), max(rows - shown, 0)) if shown < rows else 0
        self.grid = CellGrid(area, rows, columns, first, shown) if rows and columns else None
        self.overlay.grid = self.grid
        self.viewport().update()

    def _area(self, bounds: QRectF) -> QRectF:
        letters = face(current_theme().fonts.small)
        metrics = letters.metrics
        assert self.picture is not None
        widest = max(map(letters.width_of, self.picture.row_labels), default=0.0)
        left = min(widest + 2, bounds.width() * _MOST_LABEL_SHARE) + GAP
        labels = [*map(letters.width_of, self.picture.column_labels)]
        longest = max(labels, default=0.0)
        flat = lies_flat(
            metrics, self.picture.column_labels, (bounds.width() - left - _RIGHT_EDGE) / max(len(labels), 1)
        )
        free = min(bounds.height() - len(self.picture.row_labels) * _ROOMY_CELL, bounds.height() * _MOST_FREE_HEIGHT)
        most = max(free, bounds.height() * _MOST_LABEL_HEIGHT)
        top = (metrics.height() if flat else min(longest + 2, most)) + GAP
        return QRectF(
            left, top, max(bounds.width() - left - _RIGHT_EDGE, 1), max(bounds.height() - top - _BOTTOM_EDGE, 1)
        )

    def _arrange_scroll(self, rows: int, shown: int, area: QRectF) -> None:
        self.scroll_bar.setVisible(shown < rows)
        self.scroll_bar.setGeometry(self.width() - 11, int(area.top()), 10, int(area.height()))
        self.scroll_bar.blockSignals(True)
        self.scroll_bar.setRange(0, max(rows - shown, 0))
        self.scroll_bar.setPageStep(shown)
        self.scroll_bar.blockSignals(False)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the cells' colours, and over them everything else."""
        painter = QPainter(self.viewport())
        if keeps_lines(painter):
            painter.fillRect(self.viewport().rect(), colour(current_theme().surface))
            self._paint_colours(painter)
            self.overlay.paint_lines(painter)
        else:
            ratio = pixel_ratio(painter)
            painter.drawPixmap(0, 0, self.overlay.ground(self.viewport().size(), ratio))
            self._paint_pixels(painter, ratio)
        self.overlay.paint(painter)
        painter.end()

    def _paint_colours(self, painter: QPainter) -> None:
        """Paint cells as a picture of a pixel each that is stretched; thin ones stay transparent."""
        if self.grid is not None and self.picture is not None:
            cells = self.picture.cells(self.grid.first_row, self.grid.last_row, colour(current_theme().surface).rgb())
            painter.drawImage(self.grid.area, _image(cells))

    def _paint_pixels(self, painter: QPainter, ratio: float) -> None:
        """Paint cells pixel by pixel, which takes a fraction of the time of stretching them."""
        if self.grid is None or self.picture is None:
            return
        area = self.grid.area
        cells = self.picture.cells(self.grid.first_row, self.grid.last_row, colour(current_theme().surface).rgb())
        across = np.round(np.linspace(area.left(), area.right(), cells.shape[1] + 1) * ratio).astype(np.int64)
        down = np.round(np.linspace(area.top(), area.bottom(), cells.shape[0] + 1) * ratio).astype(np.int64)
        image = _image(np.repeat(np.repeat(cells, np.diff(across), axis=1), np.diff(down), axis=0))
        image.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(across[0] / ratio, down[0] / ratio), image)

    def _dress(self, _theme: Theme) -> None:
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._arrange()

    # --- pointer

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hover, or stretch the dragged rectangle."""
        if self.grid is None:
            return
        found = self.grid.cell_at(event.position())
        if self._pressed is not None:
            if found is not None and found != self._pressed:
                self.overlay.dragged = (*self._pressed, *found)
                self.viewport().update()
            return
        if found is not None:
            self.hovered.emit(*found, event.position())
            return
        label = self._label_at(event.position())
        if label:
            self.label_hovered.emit(label, event.position())
        else:
            self.left.emit()

    def _label_at(self, point: QPointF) -> str:
        assert self.grid is not None
        assert self.picture is not None
        row, column = self.grid.row_at(point.y()), self.grid.column_at(point.x())
        if row is not None and point.x() < self.grid.area.left():
            return self.picture.row_labels[row]
        if column is not None and point.y() < self.grid.area.top():
            return self.picture.column_labels[column]
        return ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self.grid is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._pressed = self.grid.cell_at(event.position())
        if self._pressed is None:
            self._choose_label(event)

    def _choose_label(self, event: QMouseEvent) -> None:
        assert self.grid is not None
        point, more = event.position(), _more(event)
        row, column = self.grid.row_at(point.y()), self.grid.column_at(point.x())
        if row is not None and point.x() < self.grid.area.left():
            self.chosen.emit((row,), (), more)
        elif column is not None and point.y() < self.grid.area.top():
            self.chosen.emit((), (column,), more)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose what was clicked or dragged over."""
        if self._pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        row, column, other_row, other_column = self.overlay.dragged or (*self._pressed, *self._pressed)
        self._pressed, self.overlay.dragged = None, None
        self.overlay.cursor_cell = (row, column)
        self.viewport().update()
        self.chosen.emit(_run(row, other_row), _run(column, other_column), _more(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the second press as an ordinary one."""
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that the pointer left."""
        super().leaveEvent(event)
        self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl+wheel makes rows higher or lower; the wheel alone scrolls when not all rows are shown."""
        steps = event.angleDelta().y() / 120
        if self.grid is not None and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(steps)
        elif self.scroll_bar.isVisible():
            self.scroll_bar.setValue(self.scroll_bar.value() - round(steps * 3))
        else:
            event.ignore()

    def zoom(self, steps: float) -> None:
        """Make rows higher (positive) or lower."""
        if self.grid is not None:
            self._row_height = min(_LARGEST_CELL, max(0.0, self.grid.cell_height * 1.25**steps))
            self._arrange()

    # --- keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the cursor, + and - the row height; the rest is the panel's."""
        moves = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}
        move = moves.get(Qt.Key(event.key()))
        if move is not None and self.grid is not None:
            self.move_cursor(*move)
        elif event.text() in ("+", "-"):
            self.zoom(1 if event.text() == "+" else -1)
        else:
            event.ignore()

    def move_cursor(self, down: int, right: int) -> None:
        """Move the cursor and show its cell's details."""
        assert self.grid is not None
        row, column = self.overlay.cursor_cell or (-down if down > 0 else 0, -right if right > 0 else 0)
        row = min(max(row + down, 0), self.grid.rows - 1)
        column = min(max(column + right, 0), self.grid.columns - 1)
        self.overlay.cursor_cell = (row, column)
        if not self.grid.first_row <= row < self.grid.last_row:
            self.scroll_bar.setValue(row if row < self.grid.first_row else row - self.grid.shown + 1)
        self.viewport().update()
        self.hovered.emit(row, column, self.grid.rect(row, column).center())


def _image(pixels: npt.NDArray[np.uint32]) -> QImage:
    """Return the pixels (rows, columns) as a picture that is valid as long as they are."""
    rows, columns = pixels.shape
    return QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied)


def _run(one: int, other: int) -> tuple[int, ...]:
    return tuple(range(min(one, other), max(one, other) + 1))


def _more(event: QMouseEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
