"""Investigate: timeline on top, page ranking and heatmap beneath, then segments and distribution. All linked.

While the cause is looked for or looked at, its panel takes the place of the lowest row, and more room: findings are read beside heatmap and ranking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from docops_desktop.ui.perspectives.perspective import Perspective
from docops_desktop.ui.perspectives.shelf import PanelShelf

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

_CAUSE_SHARES = (23, 31, 46)


class InvestigatePerspective(Perspective):
    """Who is hurt, where, since when."""

    ident = "investigate"

    def __init__(self, desk: Desk, shelf: PanelShelf, parent: QWidget | None = None) -> None:
        super().__init__(desk, shelf, parent)
        beside, above = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        # Two splitters side by side in one vertical one would let rows drift apart; one splitter per row keeps columns free.
        upper = self.splitter(
            "ranking", beside, {self.slot("pages", (320, 170)): 41, self.slot("heatmap", (320, 170)): 42}
        )
        lower = self.splitter(
            "segments", beside, {self.slot("segments", (320, 130)): 12, self.slot("distribution", (280, 130)): 9}
        )
        self._cause = self.slot("cause", (560, 240), stacked=640)
        self.lowest = QStackedWidget()
        for part in (lower, self._cause):
            self.lowest.addWidget(part)
        rows: dict[QWidget, int] = {self.slot("timeline", (400, 130)): 26, upper: 42, self.lowest: 32}
        self._rows = self.splitter("rows", above, rows)
        self._sizes: list[int] = []
        self.body.addWidget(self._rows)
        end = desk.subscribe("cause", lambda state: self._show_cause(state.open))
        self.destroyed.connect(end)
        self._show_cause(desk.cause.state.open)

    def _show_cause(self, wanted: bool) -> None:
        if wanted == self.shows_cause:
            return
        if wanted:
            self._sizes = self._rows.sizes()
            self.lowest.setCurrentWidget(self._cause)
            room = sum(self._sizes) or sum(_CAUSE_SHARES)
            self._rows.setSizes([room * share // sum(_CAUSE_SHARES) for share in _CAUSE_SHARES])
            QTimer.singleShot(0, self, self._scroll_to_cause)
        else:
            self.lowest.setCurrentIndex(0)
            self._rows.setSizes(self._sizes)

    def _scroll_to_cause(self) -> None:
        """Where the perspective scrolls, have the panel begin at the top."""
        top = self.lowest.mapTo(self.page, QPoint()).y()
        self.scroller.verticalScrollBar().setValue(top - self.body.spacing())

    @property
    def shows_cause(self) -> bool:
        """The cause panel stands in the lowest row."""
        return self.lowest.currentWidget() is self._cause

    def save_layout(self) -> dict[str, str]:
        """Return where the splitters stand when the cause is put away."""
        shown = self.shows_cause
        self._show_cause(False)
        saved = super().save_layout()
        self._show_cause(shown)
        return saved
