"""The panels, each made once and only when it is first needed; a perspective that is shown borrows those it places.

So a panel keeps its state (scroll position, zoom) from one perspective to the next, and only panels on screen are computed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

Maker = Callable[["Desk", QWidget | None], QWidget]


def _timeline(desk: Desk, parent: QWidget | None) -> QWidget:
    from docops_desktop.ui.panels.timeline import TimelinePanel

    return TimelinePanel(desk, parent)


def _pages(desk: Desk, parent: QWidget | None) -> QWidget:
    from docops_desktop.ui.panels.pages import PagesPanel

    return PagesPanel(desk, parent)


def _heatmap(desk: Desk, parent: QWidget | None) -> QWidget:
    from docops_desktop.ui.panels.heatmap import HeatmapPanel

    return HeatmapPanel(desk, parent)


def _segments(desk: Desk, parent: QWidget | None) -> QWidget:
    from docops_desktop.ui.panels.segments import SegmentsPanel

    return SegmentsPanel(desk, parent)


def _distribution(desk: Desk, parent: QWidget | None) -> QWidget:
    from docops_desktop.ui.panels.distribution import DistributionPanel

    return DistributionPanel(desk, parent)


def _whatif(desk: Desk, parent: QWidget | None) -> QWidget:
    from docops_desktop.ui.panels.whatif import WhatIfPanel

    return WhatIfPanel(desk, parent)


def _cause(desk: Desk, parent: QWidget | None) -> QWidget:
    from docops_desktop.ui.panels.cause import CausePanel

    return CausePanel(desk, parent)


PANELS: dict[str, Maker] = {
    "timeline": _timeline,
    "pages": _pages,
    "heatmap": _heatmap,
    "segments": _segments,
    "distribution": _distribution,
    "whatif": _whatif,
    "cause": _cause,
}
"""How each panel is made; loaded when it is first asked for, so that the first window doesn't wait for chart code."""


class PanelShelf:
    """Panels by id.

    Args:
        makers: tests hand in their own.
    """

    def __init__(self, desk: Desk, owner: QWidget, makers: dict[str, Maker] | None = None) -> None:
        self._desk, self._owner = desk, owner
        self._makers = PANELS if makers is None else makers
        self._panels: dict[str, QWidget] = {}

    def panel(self, panel_id: str) -> QWidget:
        """Return the panel, made now if need be."""
        if panel_id not in self._panels:
            self._panels[panel_id] = self._makers[panel_id](self._desk, self._owner)
            self._panels[panel_id].hide()
        return self._panels[panel_id]

    def make_next(self) -> bool:
        """Make one panel that doesn't exist yet; False when all do."""
        missing = next((name for name in self._makers if name not in self._panels), None)
        if missing is not None:
            self.panel(missing)
        return missing is not None

    @property
    def made(self) -> tuple[str, ...]:
        """Ids of the panels that exist."""
        return tuple(self._panels)


class PanelSlot(QWidget):
    """A place for one panel within a perspective."""

    def __init__(self, panel_id: str, shelf: PanelShelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel_id, self._shelf = panel_id, shelf
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def sizeHint(self) -> QSize:
        """What it is kept at least: a chart would ask for the size that it was drawn in last, and a window that became smaller would scroll."""
        return self.minimumSize()

    def borrow(self) -> None:
        """Take the panel from wherever it was shown last."""
        panel = self._shelf.panel(self._panel_id)
        if panel.parent() is not self:
            self._layout.addWidget(panel)
        panel.show()
