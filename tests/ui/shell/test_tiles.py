"""The Bridge's tiles: whatever the type size and the room, every word of them can be read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from docops_desktop.ui.bridge.kpi import KPIS, KpiText
from docops_desktop.ui.bridge.tile import KpiTile
from docops_desktop.ui.bridge.tiles import Tiles
from docops_desktop.ui.theme import set_theme

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
LONG = KpiText("Conversion rate", "12.3 %", "−0.45 pp vs baseline", "worse", "n = 28.0k sessions", "what it is")


@pytest.fixture
def board(dressed: QApplication) -> Iterator[tuple[QWidget, Tiles]]:
    page = QWidget()
    tiles = Tiles([KpiTile(name) for name in KPIS])
    layout = QVBoxLayout(page)
    layout.addWidget(tiles)
    layout.addStretch(1)
    page.show()
    yield page, tiles
    page.close()
    page.deleteLater()
    set_theme("dark", 1.0)


def needed(label: QLabel) -> QRect:
    """The room that a label's words take where it stands."""
    flags = label.alignment() | (0x1000 if label.wordWrap() else 0)  # Qt.TextWordWrap
    return label.fontMetrics().boundingRect(label.contentsRect(), flags, label.text())


@pytest.mark.parametrize(("scale", "width", "columns"), [(1.0, 1170, 4), (1.6, 1110, 4), (1.6, 700, 2), (2.5, 480, 1)])
def test_nothing_is_cut(board: tuple[QWidget, Tiles], scale: float, width: int, columns: int) -> None:
    page, tiles = board
    set_theme("dark", scale)
    for tile in tiles.findChildren(KpiTile):
        tile.show_text(LONG)
    page.resize(width, 1400)
    for _ in range(5):
        QApplication.processEvents()
        tiles.arrange()
    assert tiles.columns == columns
    for tile in tiles.findChildren(KpiTile):
        for label in tile.findChildren(QLabel):
            room, words = label.contentsRect(), needed(label)
            assert words.width() <= room.width(), (label.text(), words, room)
            assert words.height() <= room.height() + 1, (label.text(), words, room)
            assert tile.rect().contains(label.geometry())
    tops = {tile._title.mapTo(page, tile._title.rect().topLeft()).y() for tile in tiles.findChildren(KpiTile)}
    assert len(tops) == len(KPIS) // columns


def test_titles_stand_in_one_line_though_only_one_tile_has_two_lines(board: tuple[QWidget, Tiles]) -> None:
    page, tiles = board
    page.resize(700, 600)
    one, *others = tiles.findChildren(KpiTile)
    one.show_text(LONG)
    for tile in others:
        tile.show_text(KpiText("Sessions", "195k", "", "neutral", "577k page views", ""))
    for _ in range(5):
        QApplication.processEvents()
    assert len({tile._title.y() for tile in (one, *others)}) == 1
    assert one._change.height() > others[0]._change.height()
