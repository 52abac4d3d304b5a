"""Data: what was imported and rejected, what is counted, and the workspace's definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from docops_desktop.ui.chrome.subscriptions import Subscriptions
from docops_desktop.ui.dataview.definitions import DefinitionsView
from docops_desktop.ui.dataview.imports import ImportsView
from docops_desktop.ui.dataview.traffic import TrafficView
from docops_desktop.ui.perspectives.perspective import Perspective
from docops_desktop.ui.perspectives.shelf import PanelShelf

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class DataPerspective(Perspective):
    """Where the numbers come from.

    Args:
        run: runs a command by id.
    """

    ident = "data"

    def __init__(
        self, desk: Desk, shelf: PanelShelf, run: Callable[[str], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(desk, shelf, parent)
        beside, above = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self.imports = ImportsView(desk, run)
        self.traffic = TrafficView()
        self.definitions = DefinitionsView(desk)
        for part, least in ((self.imports, (420, 320)), (self.traffic, (440, 120)), (self.definitions, (440, 430))):
            self.keep_room(part, least)
        right = self.splitter("rules", above, {self.traffic: 10, self.definitions: 15})
        self.body.addWidget(self.splitter("data", beside, {self.imports: 19, right: 10}))
        self._subscriptions = Subscriptions(self, desk)
        self._subscriptions.on("workspace", lambda _: self.show_workspace())
        self.show_workspace()

    def show_workspace(self) -> None:
        """Show the desk's workspace."""
        info = self.desk.workspace_info
        for part in (self.imports, self.traffic, self.definitions):
            part.show_workspace(info)
