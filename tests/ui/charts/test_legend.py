"""The legend names what is drawn: entries move closer before one is left out."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from docops_desktop.ui.charts.legend import Key, Legend
from docops_desktop.ui.theme import current_theme

KEYS = tuple(Key(name, 0, "line") for name in ("sessions", "hardly observed", "everything"))


@pytest.fixture
def legend(qapp):
    legend = Legend()
    legend.set_keys(*KEYS)
    yield legend
    legend.deleteLater()
    QApplication.processEvents()


def swatches(legend, width):
    """Count the swatches that are painted."""
    legend.resize(width, legend.sizeHint().height())
    image = QImage(legend.size(), QImage.Format.Format_RGB32)
    image.fill(QColor(current_theme().surface))
    legend.render(image)
    colour, middle = QColor(current_theme().series[0]), image.height() // 2
    seen = [image.pixelColor(x, middle) == colour for x in range(image.width())]
    return sum(now and not before for before, now in zip([False, *seen], seen, strict=False))


def test_entries_move_closer_before_one_is_left_out(legend):
    wide = round(legend._width())
    assert swatches(legend, wide) == 3
    assert swatches(legend, wide - 14 - 12) == 3
    assert swatches(legend, wide - 100) == 2
    assert legend.toolTip() == "sessions, hardly observed, everything"
