"""What all perspectives have in common: an id, a title, slots for panels, and splitters that remember where they were put."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from docops_desktop.ui.perspectives.shelf import PanelShelf, PanelSlot
from docops_desktop.ui.theme import current_theme

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class Perspective(QWidget):
    """One arrangement. Subclasses set ``ident`` and fill ``self.body``."""

    ident = ""

    def __init__(self, desk: Desk, shelf: PanelShelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self._shelf = desk, shelf
        self._slots: list[PanelSlot] = []
        self._splitters: dict[str, QSplitter] = {}
        self.body = QVBoxLayout(self)
        gap = current_theme().spacing.s
        self.body.setContentsMargins(gap, gap, gap, gap)
        self.body.setSpacing(gap)

    def slot(self, panel_id: str, minimum: tuple[int, int] = (200, 120)) -> PanelSlot:
        """Return a place for a panel."""
        place = PanelSlot(panel_id, self._shelf, self)
        place.setMinimumSize(*minimum)
        self._slots.append(place)
        return place

    def splitter(self, name: str, orientation: Qt.Orientation, parts: dict[QWidget, int]) -> QSplitter:
        """Return a splitter over the parts with these stretches; its handle can be moved by keyboard once focused."""
        result = QSplitter(orientation)
        result.setChildrenCollapsible(False)
        result.setHandleWidth(current_theme().spacing.s)
        for index, (part, stretch) in enumerate(parts.items()):
            result.addWidget(part)
            result.setStretchFactor(index, stretch)
        result.setSizes([stretch * 100 for stretch in parts.values()])
        result.setAccessibleName(name)
        self._splitters[name] = result
        return result

    def enter(self) -> None:
        """Called when it is about to be shown: borrow the panels."""
        for place in self._slots:
            place.borrow()

    def leave(self) -> None:
        """Called after it was hidden."""

    def save_layout(self) -> dict[str, str]:
        """Return where the splitters stand."""
        return {name: bytes(part.saveState().toBase64().data()).decode() for name, part in self._splitters.items()}

    def restore_layout(self, saved: dict[str, str]) -> None:
        """Put the splitters back; unknown ones are left as they are."""
        for name, state in saved.items():
            if name in self._splitters:
                self._splitters[name].restoreState(QByteArray.fromBase64(str(state).encode()))
