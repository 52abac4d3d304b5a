"""Pictures of a panel for use outside: rendered anew at the chosen scale (sharp, not enlarged), with the stamp below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QWidget

from docops_desktop.model.errors import KnownError
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import current_theme

_MARGIN = 10


def to_image(widget: QWidget, stamp: Sequence[str], scale: int = 1) -> QImage:
    """Return the widget and its stamp, ``scale`` device pixels per pixel."""
    size = _size(widget, stamp)
    image = QImage(size * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    image.fill(QColor(current_theme().surface))
    _paint(image, widget, stamp)
    return image


def save_png(widget: QWidget, stamp: Sequence[str], path: Path, scale: int = 1) -> None:
    """Write a PNG.

    Raises:
        KnownError: it can't be written.
    """
    if not to_image(widget, stamp, scale).save(str(path), "PNG"):  # type: ignore[call-overload]
        raise _not_written(path)


def save_svg(widget: QWidget, stamp: Sequence[str], path: Path) -> None:
    """Write an SVG: lines and text stay vectors.

    Raises:
        KnownError: it can't be written.
    """
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    size = _size(widget, stamp)
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(0, 0), size))
    generator.setTitle(stamp[0] if stamp else "")
    generator.setDescription("\n".join(stamp))
    try:
        path.touch()
    except OSError as error:
        raise _not_written(path) from error
    _paint(generator, widget, stamp)


def _size(widget: QWidget, stamp: Sequence[str]) -> QSize:
    line = QFontMetrics(_font()).lineSpacing()
    return widget.size() + QSize(0, len(stamp) * line + 2 * _MARGIN if stamp else 0)


def _paint(device: QImage | QSvgGenerator, widget: QWidget, stamp: Sequence[str]) -> None:
    painter = QPainter(device)
    flags = QWidget.RenderFlag.DrawWindowBackground | QWidget.RenderFlag.DrawChildren
    painter.fillRect(QRect(QPoint(0, 0), _size(widget, stamp)), QColor(current_theme().surface))
    widget.render(painter, QPoint(0, 0), QRegion(), flags)
    painter.setFont(_font())
    painter.setPen(QColor(current_theme().text_muted))
    metrics = QFontMetrics(_font())
    top, width = widget.height() + _MARGIN, widget.width() - 2 * _MARGIN
    for i, line in enumerate(stamp):
        box = QRectF(_MARGIN, top + i * metrics.lineSpacing(), width, metrics.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, metrics.elidedText(line, Qt.TextElideMode.ElideRight, width))
    painter.end()


def _font() -> QFont:
    font = QFont(QApplication.font())
    font.setPixelSize(current_theme().fonts.small)
    return font


def _not_written(path: Path) -> KnownError:
    return KnownError(tr("the picture can't be written"), str(path), tr("Choose a folder that you may write to"))
