"""A panel on a real desk, on screen (offscreen platform), in English and in the dark theme; every panel is disposed of after its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from docops_desktop.ui.panels.panel import Panel
from docops_desktop.ui.theme import set_theme
from tests.support.panel_desk import PanelDesk


@pytest.fixture
def desk(tmp_path) -> Iterator[PanelDesk]:
    desk = PanelDesk(tmp_path)
    yield desk
    desk.shut_down()


@pytest.fixture(autouse=True)
def every_move_counts() -> Iterator[None]:
    """pyqtgraph drops moves that come faster than 100 a second; a test's hand is faster."""
    before = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", 0)
    yield
    pg.setConfigOption("mouseRateLimit", before)


@pytest.fixture(autouse=True)
def english_and_dark(qapp: QApplication) -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    set_theme("dark")
    yield
    QLocale.setDefault(before)
    set_theme("dark")


@pytest.fixture
def show(qapp, desk: PanelDesk) -> Iterator[Callable[..., Any]]:
    panels: list[Panel] = []

    def make(panel_class: type[Panel], size: tuple[int, int] = (700, 360), **results: Any) -> Any:
        panel = panel_class(desk, None)
        panels.append(panel)
        panel.resize(*size)
        panel.show()
        if results:
            desk.give(**results)
        QApplication.processEvents()
        return panel

    yield make
    for panel in filter(isValid, panels):
        panel.close()
        panel.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()
