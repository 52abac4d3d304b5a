"""What all perspectives have in common: an id, slots for panels, and splitters that remember where they were put.

Where there is little room for the type in use, what stands side by side goes one above the other, and the perspective scrolls: nothing is cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from docops_desktop.ui.perspectives.shelf import PanelShelf, PanelSlot
from docops_desktop.ui.reading_order import by_corner
from docops_desktop.ui.splitter import Splitter
from docops_desktop.ui.theme import Theme, current_theme, on_theme_changed

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


NARROW = 1000
"""Below this width, in pixels at the usual type size, panels stand one above the other."""
STACKED_HEIGHT = 250
"""Least height of a panel then."""


class Perspective(QWidget):
    """One arrangement. Subclasses set ``ident`` and fill ``self.body``."""

    ident = ""

    def __init__(self, desk: Desk, shelf: PanelShelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self._shelf = desk, shelf
        self._slots: list[PanelSlot] = []
        self._least: dict[QWidget, tuple[int, int, int]] = {}
        self._splitters: dict[str, Splitter] = {}
        self._beside: list[Splitter] = []
        self._kept: dict[str, str] = {}
        self._stacked = False
        self.page = QWidget()
        self.body = QVBoxLayout(self.page)
        gap = current_theme().spacing.s
        self.body.setContentsMargins(gap, gap, gap, gap)
        self.body.setSpacing(gap)
        self.scroller = QScrollArea()
        self.scroller.setWidgetResizable(True)
        self.scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setWidget(self.page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.scroller)
        on_theme_changed(self, self._fit)

    def slot(self, panel_id: str, minimum: tuple[int, int] = (200, 120), stacked: int = STACKED_HEIGHT) -> PanelSlot:
        """Return a place for a panel; the least size, and the height where panels stand one above the other, are for the usual type size."""
        place = PanelSlot(panel_id, self._shelf, self)
        self.keep_room(place, minimum, stacked)
        self._slots.append(place)
        return place

    def keep_room(self, part: QWidget, minimum: tuple[int, int], stacked: int = STACKED_HEIGHT) -> None:
        """Let the part never become smaller than this, given for the usual type size."""
        self._least[part] = (*minimum, stacked)
        part.setMinimumSize(*map(current_theme().px, minimum))

    def regions(self) -> list[QWidget]:
        """Return the parts that are shown, in the order in which one reads them."""
        return by_corner([part for part in self._least if part.isVisible()], self)

    def splitter(self, name: str, orientation: Qt.Orientation, parts: dict[QWidget, int]) -> Splitter:
        """Return a splitter over the parts with these stretches."""
        result = Splitter(orientation)
        for index, (part, stretch) in enumerate(parts.items()):
            result.addWidget(part)
            result.setStretchFactor(index, stretch)
        result.setSizes([stretch * 100 for stretch in parts.values()])
        result.setAccessibleName(name)
        self._splitters[name] = result
        if orientation == Qt.Orientation.Horizontal:
            self._beside.append(result)
        return result

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window what stands side by side goes one above the other."""
        super().resizeEvent(event)
        self._fit(current_theme())

    def _fit(self, theme: Theme) -> None:
        if not self._splitters:
            return  # nothing is placed yet
        stacked = self.width() < theme.px(NARROW)
        if stacked and not self._stacked:
            self._kept = self.save_layout()
        changed, self._stacked = stacked != self._stacked, stacked
        bar = self.scroller.verticalScrollBar().sizeHint().width()
        widest = self.width() - 2 * theme.spacing.s - bar  # what stands in one column is never wider than that
        for part, (width, height, tall) in self._least.items():
            least = min(theme.px(width), max(widest, 0)) if stacked else theme.px(width)
            part.setMinimumSize(least, theme.px(max(height, tall) if stacked else height))
        if changed:
            for splitter in self._beside:
                splitter.setOrientation(Qt.Orientation.Vertical if stacked else Qt.Orientation.Horizontal)
            if not stacked:
                self.restore_layout(self._kept)

    def enter(self) -> None:
        """Called when it is about to be shown: borrow the panels."""
        for place in self._slots:
            place.borrow()

    def leave(self) -> None:
        """Called after it was hidden."""

    def save_layout(self) -> dict[str, str]:
        """Return where the splitters stand; of a narrow window, where they stood when it was wide."""
        if self._stacked:
            return self._kept
        return {name: bytes(part.saveState().toBase64().data()).decode() for name, part in self._splitters.items()}

    def restore_layout(self, saved: dict[str, str]) -> None:
        """Put the splitters back; unknown ones are left as they are."""
        if self._stacked:
            self._kept = saved
            return
        for name, state in saved.items():
            if name in self._splitters:
                self._splitters[name].restoreState(QByteArray.fromBase64(str(state).encode()))
