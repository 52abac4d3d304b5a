"""The tiles in one row, or in two or four where large type leaves too little room for one: no figure is ever cut."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from docops_desktop.ui.bridge.tile import KpiTile
from docops_desktop.ui.theme import current_theme


class Tiles(QWidget):
    """Tiles of equal width; as many columns as the widest figure leaves room for."""

    def __init__(self, tiles: Sequence[KpiTile], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles = tuple(tiles)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(current_theme().spacing.s)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.columns = 0
        self.arrange()

    def arrange(self) -> None:
        """Take as many columns as there is room for; to be asked whenever a tile's text or type size has changed."""
        columns = self._columns()
        if columns == self.columns:
            return
        for column in range(max(columns, self.columns)):
            self._grid.setColumnStretch(column, int(column < columns))
        for place, tile in enumerate(self._tiles):
            self._grid.addWidget(tile, place // columns, place % columns)
        self.columns = columns
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may have room for other columns."""
        super().resizeEvent(event)
        self.arrange()

    def _columns(self) -> int:
        need = max(tile.minimumSizeHint().width() for tile in self._tiles) + self._grid.spacing()
        columns = len(self._tiles)
        while columns > 1 and columns * need > self.width() + self._grid.spacing():
            columns //= 2
        return columns
