"""The privacy log and the purge, in a window over a real workspace."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QDate, QEvent, QEventLoop
from PySide6.QtWidgets import QApplication

from docops_desktop.engine.settings import SettingsFile
from docops_desktop.engine.state import Message
from docops_desktop.ingest.importer import import_file
from docops_desktop.store.workspace import Workspace
from docops_desktop.ui.application import Session
from docops_desktop.ui.dataview.follow_line import FollowLine
from docops_desktop.ui.dataview.privacy import PrivacyView, privacy_text
from docops_desktop.ui.dialogs.purge import PurgeDialog

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
HEADER = "time,session id,email,page group,load time (ms)\n"
Spin = Callable[[Callable[[], bool]], bool]


def rows(day: int, count: int) -> str:
    return "".join(
        f"2026-09-{day:02d}T10:00:{n:02d}Z,s{day}-{n},anna@example.org,Cart,{900 + n}\n" for n in range(count)
    )


def spin(condition: Callable[[], bool], seconds: float = 120.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
    return True


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    path = tmp_path / "shop.docops"
    with Workspace.create(path) as made:
        for day in (1, 9):
            export = tmp_path / f"day{day}.csv"
            export.write_text(HEADER + rows(day, 7))
            import_file(made, export)
    return path


@pytest.fixture
def session(dressed: QApplication, tmp_path: Path) -> Iterator[Session]:
    made = Session(SettingsFile(tmp_path / "settings.json"))
    made.window.resize(1280, 800)
    made.window.show()
    yield made
    made.end()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def opened(session: Session, path: Path) -> None:
    session.desk.open(path)
    assert spin(lambda: session.desk.workspace_info is not None)
    session.desk.set_view(perspective="data")
    assert spin(lambda: session.desk.wait_idle(0) and not session.desk.busy)


def test_the_log_tells_and_a_purge_removes(session: Session, workspace: Path) -> None:
    opened(session, workspace)
    told: list[Message] = []
    session.desk.subscribe("message", told.append)
    view = session.window.findChild(PrivacyView)
    texts = [" ".join((row.file_name, row.column, row.done)) for row in view.model.rows]
    assert any("email" in text and "keyed hash" in text for text in texts), texts
    view.parentWidget().parentWidget().setCurrentWidget(view)
    view.ask_purge()
    dialog = session.window.findChild(PurgeDialog)
    dialog.day.setDate(QDate(2026, 8, 1))
    assert not dialog.go.isEnabled()
    dialog.day.setDate(QDate(2026, 9, 5))
    assert "all rows of 1 import" in dialog._reach.text()
    dialog.go.click()
    assert spin(lambda: bool(told))
    assert told[0].kind == "info"
    assert "Purged 14 rows" in told[0].text  # 7 sessions, 7 page views
    assert spin(lambda: session.desk.workspace_info.sessions == 7)
    assert spin(lambda: "14 rows of before" in privacy_text(session.desk.workspace_info, view._purges))
    assert spin(lambda: session.desk.wait_idle(0))


def test_a_followed_folder_is_named_and_can_be_left(session: Session, workspace: Path, tmp_path: Path) -> None:
    opened(session, workspace)
    folder = tmp_path / "incoming"
    folder.mkdir()
    window, desk = session.window, session.desk
    assert window.status.followed.isHidden()
    desk.follow.start(folder)
    assert spin(lambda: desk.follow.state.active)
    line = window.findChild(FollowLine)
    assert line.isVisible()
    assert "incoming" in line.accessibleName()
    assert "incoming" in window.status.followed.text()
    assert desk.commands["file.unfollow"].enabled()
    line.stop.click()
    assert line.isHidden()
    assert window.status.followed.isHidden()
    assert not desk.commands["file.unfollow"].enabled()
    assert spin(lambda: desk.wait_idle(0))
