"""One line about the folder that is followed: what is loaded as it arrives, and the button that begins or ends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from docops_desktop.engine.state import FollowState
from docops_desktop.ui import format as fmt
from docops_desktop.ui.chrome.subscriptions import Subscriptions
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.theme import set_role
from docops_desktop.ui.widgets import ElidedLabel, push_button

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class FollowLine(QFrame):
    """Shown while a folder is followed.

    Args:
        run: runs a command by id.
    """

    def __init__(self, desk: Desk, run: Callable[[str], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        set_role(self, "chip")
        self._text = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.stop = push_button(tr("Stop following"), lambda: run("file.unfollow"), "link")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 2, 4, 2)
        layout.addWidget(self._text, 1)
        layout.addWidget(self.stop)
        self._subscriptions = Subscriptions(self, desk)
        self._subscriptions.on("follow", self.show_state)
        self.show_state(desk.follow.state)

    def show_state(self, state: FollowState) -> None:
        """Say what is followed, and what came of it."""
        info = self._desk.workspace_info
        self.setVisible(state.active)
        text = follow_text(state, info.time_zone if info is not None else "UTC", state.folder)
        self._text.setText(text)
        self._text.setToolTip(follow_tip(state))
        self.setAccessibleName(text)


def follow_text(state: FollowState, zone: str, folder: str = "") -> str:
    """Return the state in one line; ``folder`` names it in full (default: its own name)."""
    name = folder or Path(state.folder).name
    if state.trouble:
        return "▲ " + tr("Following {folder}: it can't be read now").format(folder=name)
    parts = [tr("Following {folder}").format(folder=name)]
    if state.imports:
        rows = tr_n(state.rows, "%n row", "+{rows} rows").format(rows=fmt.count(state.rows))
        at = fmt.clock(state.loaded_at_ms, zone) if state.loaded_at_ms is not None else ""
        parts.append(tr("{rows}, last at {time}").format(rows=rows, time=at))
    else:
        parts.append(tr_n(state.files, "%n file, nothing new yet", "%n files, nothing new yet"))
    return "● " + "  ·  ".join(parts)


def follow_tip(state: FollowState) -> str:
    """Return what following means, and the trouble if there is one."""
    lines = [state.folder, state.trouble] if state.trouble else [state.folder]
    lines.append(
        tr(
            "Exports that arrive in this folder are loaded as soon as they are complete; of logs and tables that grow, each new line once. "
            "Each part is an import of its own that can be forgotten. The workspace remembers the folder."
        )
    )
    return "\n".join(lines)
