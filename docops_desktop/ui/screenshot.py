"""Renders the real window of a workspace into a picture, without a display and without leaving a trace in the workspace or the user's settings."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QPoint, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from docops_desktop.engine.settings import SettingsFile
from docops_desktop.engine.state import PERSPECTIVES, Message
from docops_desktop.model.errors import RequestError, WorkspaceError
from docops_desktop.ui.i18n import tr

if TYPE_CHECKING:
    from docops_desktop.model.selection import Selection
    from docops_desktop.ui.application import Session
    from docops_desktop.ui.theme import ThemeChoice

TIMEOUT_S = 180.0
SETTLE_MS = 60
POLL_MS = 15
WIDEST_PIXELS = 16_384


def render(
    workspace: Path,
    out: Path,
    perspective: str = "Investigate",
    size: tuple[int, int] = (1600, 900),
    scale: float = 1,
    theme: ThemeChoice = "dark",
    selection: Selection | None = None,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Open the workspace, wait until every panel shows its result, and write the picture.

    Args:
        out: file to write; its ending says the format (.png).
        perspective: id or title of a perspective.
        size: of the window in device-independent pixels; the picture is ``scale`` times as large.
        selection: shown instead of the one saved with the workspace.

    Raises:
        RequestError: the perspective or the size is none, or the picture can't be written.
        WorkspaceError: the workspace can't be opened, or its panels are not ready within ``timeout_s``.
    """
    ident = perspective_id(perspective)
    pixels = [round(length * scale) for length in size]
    if not all(0 < length <= WIDEST_PIXELS for length in pixels):
        raise RequestError(
            f"a picture of {pixels[0]} x {pixels[1]} pixels can't be made", fix="Use for example 1600x900"
        )
    os.environ["QT_QPA_PLATFORM"] = os.environ.get("QT_QPA_PLATFORM") or "offscreen"
    with _window(theme) as session:
        end = time.monotonic() + timeout_s
        _load_kernels(timeout_s / 2)
        _open(session, workspace, end)
        session.window.resize(*size)
        session.desk.set_view(perspective=ident)
        if selection is not None:
            session.desk.set_selection(selection)
        session.window.show()
        wait_settled(session, end)
        if not picture(session.window, scale).save(str(out)):
            raise RequestError(
                "the picture can't be written", str(out), "Use a folder that you may write to, and the ending .png"
            )


def perspective_id(name: str) -> str:
    """Return the id of a perspective from its id or title.

    Raises:
        RequestError: there is none of that name.
    """
    wanted = name.casefold().replace("-", "").replace(" ", "")
    if wanted not in PERSPECTIVES:
        raise RequestError(f"there is no perspective {name!r}", fix=f"Use one of: {', '.join(PERSPECTIVES)}")
    return wanted


@contextlib.contextmanager
def _window(theme: ThemeChoice) -> Iterator[Session]:
    from docops_desktop.ui.application import Session, application

    app = application(theme)
    with tempfile.TemporaryDirectory(prefix="docops-screenshot-", ignore_cleanup_errors=True) as folder:
        session = Session(SettingsFile(Path(folder) / "settings.json"))
        try:
            yield session
        finally:
            session.end()
            app.processEvents()


def _load_kernels(timeout_s: float) -> None:
    """Load the compiled kernels first, as a window that has been open for a while has; where that takes too long the slower reference serves."""
    from docops_desktop.engine.warm_up import warm_up

    loading = warm_up()
    with contextlib.suppress(WorkspaceError):
        wait_until(lambda: not loading.is_alive(), time.monotonic() + timeout_s)


def _open(session: Session, workspace: Path, end: float) -> None:
    faults: list[Message] = []
    stop = session.desk.subscribe("message", lambda message: faults.append(message) if message.kind != "info" else None)
    try:
        session.desk.open(workspace, read_only=True)
        wait_until(lambda: session.desk.workspace_info is not None or bool(faults), end)
    finally:
        stop()
    if faults:
        raise WorkspaceError(faults[0].text)


def wait_until(condition: Callable[[], bool], end: float) -> None:
    """Run the event loop until the condition holds.

    Raises:
        WorkspaceError: it doesn't hold at ``end`` (``time.monotonic()``).
    """
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: loop.quit() if condition() or time.monotonic() > end else None)
    timer.start(POLL_MS)
    if not condition():
        loop.exec()
    timer.stop()
    if not condition():
        raise WorkspaceError(tr("the window was not ready in time"), fix=tr("Try again, or give it more time"))


def is_settled(session: Session) -> bool:
    """Tell whether nothing runs or waits, the last results are of the present selection, and every panel shows them."""
    from docops_desktop.ui.panels.turns import Turns
    from docops_desktop.ui.panels.whatif_prospects import Prospects

    desk = session.desk
    results = desk.results
    return (
        desk.workspace_info is not None
        and not desk.busy
        and not desk.jobs
        and results is not None
        and results.selection == desk.selection
        and not (results.pages is not None and results.pages.first_estimate)
        and Turns.of(desk).idle
        and not any(prospects.isVisible() and prospects.waiting for prospects in session.window.findChildren(Prospects))
    )


def wait_settled(session: Session, end: float) -> None:
    """Run the event loop until the window is settled and stays so for a moment (panels paint lazily).

    Raises:
        WorkspaceError: not so at ``end``.
    """
    since = [0.0]

    def calm() -> bool:
        now = time.monotonic()
        if not is_settled(session):
            since[0] = now
        since[0] = since[0] or now
        return now - since[0] >= SETTLE_MS / 1000

    wait_until(calm, end)


def picture(widget: QWidget, scale: float = 1) -> QImage:
    """Return the widget as a picture of ``scale`` times its size, drawn at that resolution (text stays sharp)."""
    image = QImage(round(widget.width() * scale), round(widget.height() * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    widget.render(painter, QPoint())
    painter.end()
    QApplication.processEvents()
    return image
