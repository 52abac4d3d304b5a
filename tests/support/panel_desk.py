"""A real desk for panel tests: gestures go through its real selection, history and topics; the workspace and the results are handed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication

from docops_desktop.engine.desk import Desk
from docops_desktop.engine.settings import SettingsFile
from docops_desktop.engine.state import Results, WorkspaceInfo
from docops_desktop.model.definitions import Definitions
from docops_desktop.model.timespan import MS_PER_DAY, TimeSpan
from docops_desktop.ui.panels.turns import Turns
from tests.support import sample_results


def info(currency: str = "EUR", k: int = 5) -> WorkspaceInfo:
    """A workspace of 14 days."""
    return WorkspaceInfo(
        name="shop.docops",
        path="shop.docops",
        read_only=False,
        sessions=203_000,
        page_views=640_000,
        span=TimeSpan(sample_results.START_MS, sample_results.START_MS + 14 * MS_PER_DAY),
        currency=currency,
        time_zone="Europe/Berlin",
        conversion_kind="flag",
        data_version="1",
        dictionaries=dict.fromkeys(("page_group", "device_model", "device_type", "carrier", "country", "browser"), ("a", "b")),
        excluded={},
        imports=(),
        definitions=Definitions(k=k),
    )  # fmt: skip


class PanelDesk(Desk):
    """A desk whose workspace and results come from the test."""

    def __init__(self, folder: Path, workspace: WorkspaceInfo | None = None) -> None:
        self.given_info: WorkspaceInfo | None = workspace or info()
        self.given_results: Results | None = None
        self.given_busy = False
        self.shown: list[str] = []
        self.asked: list[tuple[Any, ...]] = []
        super().__init__(settings=SettingsFile(folder / "settings.json"))

    @property
    def workspace_info(self) -> WorkspaceInfo | None:
        return self.given_info

    @property
    def results(self) -> Results | None:
        return self.given_results

    @property
    def busy(self) -> bool:
        return self.given_busy

    def show_panel(self, panel: Any) -> None:
        self.shown.append(panel)

    def hide_panel(self, panel_id: str) -> None:
        self.shown.remove(panel_id)

    def what_if(self, changes: Any) -> None:
        self.asked.append(tuple(changes))

    def give(self, **panels: Any) -> None:
        """Publish results, as the engine does after a refresh, and let every panel have its turn."""
        generation = (self.given_results.generation if self.given_results else 0) + 1
        self.given_results = Results(
            generation, self.selection, self.baseline, panels, panels.get("pages"), panels.get("totals")
        )
        self.topics.publish("results", self.given_results)
        for _ in panels:
            QCoreApplication.processEvents()
        while not Turns.of(self).idle:  # on a slow machine a turn has room for one panel only
            QCoreApplication.processEvents()

    def set_busy(self, busy: bool) -> None:
        """Publish that a refresh began or ended."""
        self.given_busy = busy
        self.topics.publish("busy", busy)
