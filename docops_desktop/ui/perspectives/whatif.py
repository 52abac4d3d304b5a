"""What-if: the sliders and their answer beside the curve and the ranking that they work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from docops_desktop.ui.perspectives.perspective import Perspective
from docops_desktop.ui.perspectives.shelf import PanelShelf

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class WhatIfPerspective(Perspective):
    """What would faster pages be worth."""

    ident = "whatif"

    def __init__(self, desk: Desk, shelf: PanelShelf, parent: QWidget | None = None) -> None:
        super().__init__(desk, shelf, parent)
        beside, above = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        right: dict[QWidget, int] = {self.slot("distribution", (320, 200)): 10, self.slot("pages", (320, 200)): 11}
        parts: dict[QWidget, int] = {self.slot("whatif", (420, 440)): 12, self.splitter("evidence", above, right): 11}
        self.body.addWidget(self.splitter("columns", beside, parts))
