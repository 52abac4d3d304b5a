"""Where the cause panel stands: in the lowest row of Investigate while it is open, and who asks for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

from docops_desktop.engine.cause_jobs import CauseState
from docops_desktop.ui.perspectives.investigate import InvestigatePerspective
from docops_desktop.ui.perspectives.shelf import PANELS, PanelShelf
from docops_desktop.ui.shell_commands import find_cause

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def perspective(qapp, desk):
    owner = QWidget()
    makers = {name: (lambda _desk, parent: QWidget(parent)) for name in PANELS}
    place = InvestigatePerspective(desk, PanelShelf(desk, owner, makers))
    place.resize(1200, 700)
    place.show()
    place.enter()
    QApplication.processEvents()
    yield place
    place.close()
    place.deleteLater()
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()


def test_it_takes_the_lowest_row_while_it_is_open_and_gives_it_back(perspective, desk):
    rows = perspective._rows
    before = rows.sizes()
    assert not perspective.shows_cause
    desk.cause.show(CauseState(True))
    assert perspective.shows_cause
    assert rows.sizes()[2] > before[2]
    desk.cause.close()
    assert not perspective.shows_cause
    assert rows.sizes() == before


def test_the_layout_that_is_kept_is_the_one_without_it(perspective, desk):
    perspective._rows.setSizes(perspective._rows.sizes())
    before = perspective.save_layout()
    desk.cause.show(CauseState(True))
    assert perspective.save_layout() == before
    assert perspective.shows_cause


def test_the_command_goes_where_the_answer_will_be(perspective, desk, monkeypatch):
    asked = []
    monkeypatch.setattr(desk.cause, "ask", lambda: asked.append(desk.view.perspective))
    desk.set_view(perspective="data")
    find_cause(desk)
    assert asked == ["investigate"]


def test_a_workspace_that_is_closed_takes_its_answer_along(perspective, desk):
    desk.cause.show(replace(desk.cause.state, open=True))
    desk.cause.reset()
    assert not perspective.shows_cause
