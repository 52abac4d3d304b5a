"""Investigate: timeline on top, page ranking and heatmap beneath, then segments and distribution. All linked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from docops_desktop.ui.perspectives.perspective import Perspective
from docops_desktop.ui.perspectives.shelf import PanelShelf

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class InvestigatePerspective(Perspective):
    """Who is hurt, where, since when."""

    ident = "investigate"

    def __init__(self, desk: Desk, shelf: PanelShelf, parent: QWidget | None = None) -> None:
        super().__init__(desk, shelf, parent)
        beside, above = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        # Two splitters side by side in one vertical one would let rows drift apart; one splitter per row keeps columns free.
        upper = self.splitter(
            "ranking", beside, {self.slot("pages", (320, 170)): 10, self.slot("heatmap", (320, 170)): 11}
        )
        lower = self.splitter(
            "segments", beside, {self.slot("segments", (320, 130)): 12, self.slot("distribution", (280, 130)): 9}
        )
        rows: dict[QWidget, int] = {self.slot("timeline", (400, 130)): 26, upper: 42, lower: 32}
        self.body.addWidget(self.splitter("rows", above, rows))
