"""What lies on a heatmap's cells: labels, hatching of thin cells, outlines of what stands out, the kept part, cursor, and the rectangle being dragged."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QPixmap

from docops_desktop.ui.charts.cell_grid import CellGrid, labels_that_fit
from docops_desktop.ui.charts.heatmap_picture import Bools, HeatmapPicture
from docops_desktop.ui.charts.ink import colour, face, keeps_lines, pixel_ratio
from docops_desktop.ui.theme import Theme, contrast_ratio, current_theme

GAP = 6.0
_TEXT_ROOM = 5.0


class HeatmapOverlay:
    """Draws over the image, in the view's pixels."""

    def __init__(self) -> None:
        self.grid: CellGrid | None = None
        self.picture: HeatmapPicture | None = None
        self.cursor_cell: tuple[int, int] | None = None
        self.dragged: tuple[int, int, int, int] | None = None
        self._ground, self._hatched = QPixmap(), QPixmap()
        self._ground_for: tuple[object, ...] = ()
        self._hatched_for: tuple[object, ...] = ()

    def paint(self, painter: QPainter) -> None:
        """Paint what lies over the cells' colours."""
        drawing = self._drawing(painter)
        if drawing is not None:
            drawing.marks(self.cursor_cell, self.dragged)

    def paint_lines(self, painter: QPainter) -> None:
        """Paint labels and hatching as text and lines."""
        drawing = self._drawing(painter)
        if drawing is not None:
            drawing.hatch(drawing.picture.thin)
            drawing.row_labels()
            drawing.column_labels()

    def ground(self, size: QSize, ratio: float) -> QPixmap:
        """Return all labels and, where cells are, hatching in rows; each kept until it changes: letters and patterns are slow to draw.

        Cells' colours go over it, and the ground's own where nothing is: what stays transparent is hatched.
        """
        picture, hatched = self.picture, self._hatched_rows(size, ratio)
        wanted: tuple[object, ...] = self._hatched_for
        if picture is not None:
            labels = picture.row_labels, picture.column_labels, picture.kept_rows, picture.kept_columns
            wanted += (*labels, *(picture.outlined.any(axis=axis).tobytes() for axis in (0, 1)))
        if wanted != self._ground_for:
            self._ground_for = wanted
            self._ground = QPixmap(hatched)
            painter = QPainter(self._ground)
            drawing = self._drawing(painter)
            if drawing is not None:
                drawing.ratio = 0.0 if keeps_lines(painter) else pixel_ratio(painter)
                drawing.row_labels()
                drawing.column_labels()
            painter.end()
        return self._ground

    def _hatched_rows(self, size: QSize, ratio: float) -> QPixmap:
        theme = current_theme()
        wanted = (size.toTuple(), ratio, theme.name, theme.fonts, self.grid)
        if wanted != self._hatched_for:
            self._hatched_for = wanted
            self._hatched = QPixmap((size.toSizeF() * ratio).toSize())
            self._hatched.setDevicePixelRatio(ratio)
            self._hatched.fill(colour(theme.surface))
            painter = QPainter(self._hatched)
            drawing = self._drawing(painter)
            if drawing is not None:
                drawing.hatch_rows()
            painter.end()
        return self._hatched

    def _drawing(self, painter: QPainter) -> _Drawing | None:
        if self.grid is None or self.picture is None:
            return None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        return _Drawing(painter, self.grid, self.picture, current_theme())


class _Drawing:
    """One pass of painting."""

    def __init__(self, painter: QPainter, grid: CellGrid, picture: HeatmapPicture, theme: Theme) -> None:
        self.painter, self.grid, self.picture, self.theme = painter, grid, picture, theme
        self.letters = face(theme.fonts.small)
        self.metrics = self.letters.metrics
        self.rows = range(grid.first_row, grid.last_row)
        self.ratio = 0.0

    def marks(self, cursor: tuple[int, int] | None, dragged: tuple[int, int, int, int] | None) -> None:
        self.painter.save()
        self.painter.setClipRect(self.grid.area.adjusted(-2, -2, 2, 2))
        self.texts()
        self.fade_rest()
        self.outlines()
        if dragged is not None:
            self.frame(self.block(*dragged), "accent", 2.0, Qt.PenStyle.DashLine)
        elif cursor is not None:
            self.frame(self.grid.rect(*cursor).adjusted(-1, -1, 1, 1), "accent", 2.0)
        self.painter.restore()

    def row_labels(self) -> None:
        first = (*self.standing_out(axis=1), *sorted(self.picture.kept_rows))
        shift, size = self.grid.first_row, self.grid.cell_height
        fitting = labels_that_fit(len(self.rows), size, self.metrics.height() - 2, tuple(i - shift for i in first))
        room = self.grid.area.left() - GAP
        for i in fitting:
            row = i + shift
            text, strong = self.picture.row_labels[row], row in self.picture.kept_rows
            middle = self.grid.rect(row, 0).center().y()
            box = QRectF(0, middle - self.metrics.height() / 2, room, self.metrics.height())
            self.write(box, text, Qt.AlignmentFlag.AlignRight, strong=strong)

    def column_labels(self) -> None:
        width, room = self.grid.cell_width, self.grid.area.top() - GAP
        flat = lies_flat(self.metrics, self.picture.column_labels, width)
        first = (*self.standing_out(axis=0), *sorted(self.picture.kept_columns))
        fitting = (
            range(self.grid.columns)
            if flat
            else labels_that_fit(self.grid.columns, width, self.metrics.height() - 2, first)
        )
        for column in fitting:
            strong = column in self.picture.kept_columns
            middle = self.grid.rect(self.grid.first_row, column).center().x()
            if flat:
                box = QRectF(middle - width / 2 + 2, room - self.metrics.height(), width - 4, self.metrics.height())
                self.write(box, self.picture.column_labels[column], Qt.AlignmentFlag.AlignHCenter, strong=strong)
                continue
            self.write_upwards(QPointF(middle, room), room, self.picture.column_labels[column], strong=strong)

    def standing_out(self, axis: int) -> tuple[int, ...]:
        return tuple(int(i) for i in np.flatnonzero(self.picture.outlined.any(axis=axis)))

    def write(self, box: QRectF, text: str, side: Qt.AlignmentFlag, *, strong: bool) -> None:
        letters = face(self.theme.fonts.small, bold=strong)
        shown, width = letters.elided(text, box.width() + 1)
        spare = {Qt.AlignmentFlag.AlignRight: 1.0, Qt.AlignmentFlag.AlignHCenter: 0.5}.get(side, 0.0)
        self.painter.setFont(letters.font)
        self.painter.setPen(colour(self.theme.text if strong else self.theme.text_muted))
        x = box.left() + (box.width() - width) * spare
        self.painter.drawText(QPointF(x, letters.baseline(box.top(), box.height())), shown)

    def write_upwards(self, foot: QPointF, room: float, text: str, *, strong: bool) -> None:
        """Write a text on its side, from a point upwards; as pixels from a picture that was made once, because turned letters are slow to draw."""
        ink = self.theme.text if strong else self.theme.text_muted
        size, height = self.theme.fonts.small, math.ceil(self.letters.height)
        if self.ratio:
            picture = _upwards(text, math.floor(room), size, ink, strong, self.ratio)
            self.painter.drawPixmap(QPointF(round(foot.x() - height / 2), round(foot.y() - room)), picture)
            return
        self.painter.save()
        self.painter.translate(foot)
        self.painter.rotate(-90)
        box = QRectF(0, -self.letters.height / 2, room, self.letters.height)
        self.write(box, text, Qt.AlignmentFlag.AlignLeft, strong=strong)
        self.painter.restore()

    def hatch_rows(self) -> None:
        """Hatch every row from end to end."""
        for row in self.rows:
            box = self.grid.rect(row, 0)
            box.setWidth(self.grid.area.width())
            self.painter.fillRect(box.adjusted(0.5, 0.5, -0.5, -0.5).toRect(), _hatch(self.theme))

    def hatch(self, thin: Bools) -> None:
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(_hatch(self.theme))
        for row, column in np.argwhere(thin).tolist():
            if row in self.rows:
                self.painter.drawRect(self.grid.rect(row, column).adjusted(0.5, 0.5, -0.5, -0.5))

    def texts(self) -> None:
        if self.grid.cell_height < self.letters.height + 1:
            return
        widest = self.grid.cell_width - _TEXT_ROOM
        words: dict[tuple[int, int], str] = {}
        for row in self.rows:
            for column in range(self.grid.columns):
                text = words[row, column] = self.picture.text(row, column)
                if self.letters.width_of(text) > widest:
                    return
        self.painter.setFont(self.letters.font)
        for (row, column), text in words.items():
            if text:
                self.painter.setPen(self.ink_on(row, column))
                self.painter.drawText(self.grid.rect(row, column), Qt.AlignmentFlag.AlignCenter, text)

    def ink_on(self, row: int, column: int) -> QColor:
        red, green, blue, alpha = (int(v) for v in self.picture.colours[row, column])
        if not alpha:
            return QColor(self.theme.text_muted)
        ground = f"#{red:02x}{green:02x}{blue:02x}"
        return colour(_ink_on(ground))

    def fade_rest(self) -> None:
        if not self.picture.kept_rows and not self.picture.kept_columns:
            return
        veil = QColor(self.theme.surface)
        veil.setAlpha(120)
        for row in self.rows:
            for column in range(self.grid.columns):
                if not self.picture.is_kept(row, column):
                    self.painter.fillRect(self.grid.rect(row, column), veil)
        for row in self.rows:
            for column in range(self.grid.columns):
                if self.picture.is_kept(row, column):
                    self.frame(self.grid.rect(row, column).adjusted(0.5, 0.5, -0.5, -0.5), "accent", 1.5)

    def outlines(self) -> None:
        for row, column in np.argwhere(self.picture.outlined):
            if row in self.rows:
                box = self.grid.rect(int(row), int(column))
                if box.height() > 9:
                    self.frame(box.adjusted(1, 1, -1, -1), "surface", 1.5)
                self.frame(box.adjusted(-0.5, -0.5, 0.5, 0.5), "text", 2.0)

    def block(self, row: int, column: int, other_row: int, other_column: int) -> QRectF:
        rows, columns = sorted((row, other_row)), sorted((column, other_column))
        return self.grid.rect(rows[0], columns[0]).united(self.grid.rect(rows[1], columns[1]))

    def frame(self, box: QRectF, role: str, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> None:
        pen = QPen(QColor(getattr(self.theme, role)), width, style)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        self.painter.setPen(pen)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRect(box)


@lru_cache(maxsize=512)
def _upwards(text: str, room: int, size: int, ink: str, strong: bool, ratio: float) -> QPixmap:
    """Return a text on its side, as high as ``room``, cut with an ellipsis where it is longer."""
    letters = face(size, bold=strong)
    height = math.ceil(letters.height)
    picture = QPixmap(round(height * ratio), round(room * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(0, room)
    painter.rotate(-90)
    painter.setFont(letters.font)
    painter.setPen(colour(ink))
    painter.drawText(QPointF(0, letters.baseline(0, height)), letters.elided(text, room + 1)[0])
    painter.end()
    return picture


@lru_cache(maxsize=1024)
def _ink_on(ground: str) -> str:
    """Return black or white, whichever reads better."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast_ratio(ink, ground))


def _hatch(theme: Theme) -> QBrush:
    return QBrush(colour(theme.grid), Qt.BrushStyle.BDiagPattern)


def lies_flat(metrics: QFontMetricsF, labels: tuple[str, ...], width: float) -> bool:
    """Tell whether column labels can be written horizontally over columns of that width: in full, or with an ellipsis where there is decent room."""
    return width >= 84 or all(metrics.horizontalAdvance(label) <= width - 4 for label in labels)
