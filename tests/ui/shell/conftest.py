"""A window over a desk whose workspace and results the test hands in; nothing may be left behind when it closes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication, QLabel

from docops_desktop.engine.state import WorkspaceInfo
from docops_desktop.store.records import ImportRecord
from docops_desktop.ui.application import application
from docops_desktop.ui.main_window import MainWindow
from docops_desktop.ui.perspectives.shelf import PANELS
from tests.support import panel_desk
from tests.support.panel_desk import PanelDesk

DICTIONARIES = {
    "page_group": ("Product", "Category", "Home"),
    "carrier": ("Vodafone DE", "Telekom DE", "O2 DE"),
    "country": ("DE", "FR", "US"),
    "device_model": ("Pixel 9", "Galaxy A16"),
}


RECORD = ImportRecord(
    1, "beacons.json.gz", "ab" * 32, 12_345, "boomerang", "page_view", rows_read=120, rows_loaded=100, rows_filtered=15,
    rows_quarantined=5, filtered={"bot": 15}, first_time_ms=1_785_715_200_000, last_time_ms=1_785_801_600_000,
    imported_at_ms=1_785_900_000_000, mapping={"t_done": "load_ms [ms]"}, privacy={"ip": "cut"},
)  # fmt: skip


class ShellDesk(PanelDesk):
    """A desk that may begin without a workspace and answers previews from the test."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.given_info = None
        self.preview_answer: Any = None
        self.calls: list[tuple[Any, ...]] = []

    def give_workspace(self, **changes: Any) -> WorkspaceInfo:
        """Open a workspace, as the engine does."""
        self.given_info = replace(
            panel_desk.info(), name="shop", dictionaries=DICTIONARIES, imports=(RECORD,), **changes
        )
        self.topics.publish("workspace", self.given_info)
        return self.given_info

    def take_workspace(self) -> None:
        self.given_info = None
        self.topics.publish("workspace", None)

    def preview(self, path: Any, callback: Any, failed: Any = None, **options: Any) -> int:
        if isinstance(self.preview_answer, BaseException):
            failed(self.preview_answer)
        else:
            callback(self.preview_answer)
        return 1

    def open(self, path: Any, *, read_only: bool = False) -> int:
        self.calls.append(("open", Path(path)))
        return 1

    def new(self, path: Any) -> int:
        self.calls.append(("new", Path(path)))
        return 1

    def make_demo(self, path: Any, sessions: int = 0, seed: int = 1) -> int:
        self.calls.append(("demo", Path(path), sessions))
        return 1

    def import_files(self, paths: Any, **options: Any) -> int:
        self.calls.append(("import", tuple(Path(path) for path in paths), options))
        return 1

    def close(self) -> None:
        self.take_workspace()


def plain_panels() -> dict[str, Any]:
    """Stand-ins for the panels: the shell only places them."""

    def maker(name: str) -> Any:
        def make(_desk: Any, parent: Any) -> QLabel:
            label = QLabel(f"panel {name}", parent)
            label.setAccessibleName(name)
            return label

        return make

    return {name: maker(name) for name in PANELS}


@pytest.fixture
def dressed(qapp: QApplication) -> QApplication:
    """The application in the dark theme, as the program dresses it."""
    application("dark")
    return qapp


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ShellDesk]:
    """A desk without a workspace."""
    made = ShellDesk(tmp_path)
    yield made
    made.shut_down()


@pytest.fixture
def window(desk: ShellDesk, dressed: QApplication) -> Iterator[MainWindow]:
    """The main window on the start page; afterwards no window and no timer of it may be left."""
    before = set(QApplication.topLevelWidgets())
    made = MainWindow(desk, plain_panels())
    made.resize(1280, 800)
    made.show()
    made.activateWindow()
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    del made
    gc.collect()
    left = {widget for widget in QApplication.topLevelWidgets() if widget not in before and widget.isVisible()}
    assert not left, f"windows left behind: {left}"
    assert not [timer for timer in dressed.findChildren(QTimer) if timer.isActive()]


@pytest.fixture
def loaded(window: MainWindow, desk: ShellDesk) -> MainWindow:
    """The main window with a workspace."""
    desk.give_workspace()
    QCoreApplication.processEvents()
    return window
