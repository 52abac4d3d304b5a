"""Bridge: is the ship healthy? Four figures, the page groups' status, and the course so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from docops_desktop.model.measures import measure
from docops_desktop.ui.bridge.kpi import KPIS, kpi_text
from docops_desktop.ui.bridge.status_list import StatusList
from docops_desktop.ui.bridge.tile import KpiTile
from docops_desktop.ui.bridge.tiles import Tiles
from docops_desktop.ui.chrome.subscriptions import Subscriptions
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.panels.visibility import VisiblePanels
from docops_desktop.ui.perspectives.perspective import Perspective
from docops_desktop.ui.perspectives.shelf import PanelShelf
from docops_desktop.ui.theme import Theme, build_qss, current_theme, on_theme_changed, room_factor, type_factor
from docops_desktop.ui.theme.room import GLANCE

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class BridgePerspective(Perspective):
    """Status at a glance; the totals that the tiles show are asked for by the window, the ranking by this perspective."""

    ident = "bridge"

    def __init__(self, desk: Desk, shelf: PanelShelf, parent: QWidget | None = None) -> None:
        super().__init__(desk, shelf, parent)
        self._tiles = {name: KpiTile(tr(measure(name).label)) for name in KPIS}
        self._board = Tiles(tuple(self._tiles.values()))
        self.body.addWidget(self._board)
        self._status = StatusList(self._keep)
        self.keep_room(self._status, (360, 220))
        lower: dict[QWidget, int] = {self.slot("timeline", (380, 220)): 12, self._status: 11}
        self.body.addWidget(self.splitter("course", Qt.Orientation.Horizontal, lower), 1)
        self._subscriptions = Subscriptions(self, desk)
        # A turn of its own: the panels draw in the turn in which the results arrive.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.show_results)
        # previews of a brush are not the desk's last results
        self._subscriptions.on("results", lambda results: None if results.preview else self._later.start())
        self._subscriptions.on("workspace", lambda _: self._later.start())
        self._factor = 1.0
        self._enlarged: list[Any] = []
        self._shown = False
        # In a turn of its own as well: the charts take the window's theme in the turn of the change.
        self._dresser = QTimer(self)
        self._dresser.setSingleShot(True)
        self._dresser.timeout.connect(self._enlarge)
        on_theme_changed(self, lambda _: self._dresser.start())
        self.show_results()

    def enter(self) -> None:
        """Have the ranking computed while this is on screen."""
        super().enter()
        self._shown = True
        self._enlarge()
        VisiblePanels.of(self.desk).show("pages")
        self.show_results()

    def leave(self) -> None:
        """The ranking is left to the perspective that comes next, and borrowed panels get their usual type back."""
        self._shown = False
        self._dress(current_theme())
        VisiblePanels.of(self.desk).hide("pages")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a wall monitor type grows with the room."""
        super().resizeEvent(event)
        if self._wanted() != self._factor:
            self._enlarge()

    def _wanted(self) -> float:
        """How many times larger than the window's own its type is: this perspective is read at a glance."""
        return max(type_factor(self.width(), self.height(), GLANCE) / room_factor(), 1.0)

    def _enlarge(self) -> None:
        """Take the type size that suits the room; charts paint by themselves, everything else follows the style sheet."""
        self._factor = self._wanted()
        theme = current_theme() if self._factor == 1 else current_theme().scaled(self._factor)
        sheet = "" if self._factor == 1 else f"QWidget {{ font-size: {theme.fonts.body}px; }}\n{build_qss(theme)}"
        if self.styleSheet() != sheet:
            self.setStyleSheet(sheet)
        if self._shown:
            self._dress(theme)

    def _dress(self, theme: Theme) -> None:
        if theme == current_theme() and not self._enlarged:
            return
        painted = self._enlarged or [part for part in self.findChildren(QWidget) if hasattr(part, "dress")]
        for part in painted:
            part.dress(theme)
        self._enlarged = painted if theme != current_theme() else []
        QTimer.singleShot(0, self, self._fit_panels)  # once the style sheet has reached the labels

    def _fit_panels(self) -> None:
        """Larger letters need another division of a panel's title row, and perhaps of the tiles."""
        self._board.arrange()
        for panel in self.findChildren(QWidget):
            if hasattr(panel, "fit_header"):
                panel.fit_header()

    def show_results(self) -> None:
        """Show the desk's last results."""
        results = self.desk.results
        totals = results.totals if results is not None else None
        for name, tile in self._tiles.items():
            if totals is None:
                tile.show_waiting()
            else:
                tile.show_text(kpi_text(name, totals, filtered=not self.desk.selection.is_empty))
        self._board.arrange()
        if results is not None and results.pages is not None:
            self._status.show_pages(results.pages, totals.currency if totals is not None else "")
        elif self.desk.workspace_info is None:
            self._status.show_pages(None, "")

    def _keep(self, page_group: str) -> None:
        self.desk.keep("page_group", (page_group,), author="pages")
        self.desk.set_view(perspective="investigate")
