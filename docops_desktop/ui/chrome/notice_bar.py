"""Tells what happened, floating over the foot of the perspective: never modal; errors stay until they are closed.

It takes no room from the layout: a notice that pushed the panels would have all of them arranged and painted anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import set_role
from docops_desktop.ui.widgets import label, push_button, tool_button

INFO_MS = 10_000
WIDEST, MARGIN = 760, 16
Kind = Literal["info", "error"]


class NoticeBar(QFrame):
    """One notice at a time; the newest replaces the one before, but an info never replaces an error.

    Args:
        over: the widget at whose foot it floats.
    """

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        over.installEventFilter(self)
        self._over = over
        set_role(self, "banner")
        self.setAccessibleName(tr("Notice"))
        self._sign = QLabel()
        self._text = label("", wrap=True)
        self._act: Callable[[], object] = self.hide
        self._button = push_button("", self._run_act, "link")
        self._close = tool_button("close", tr("Close this notice"), self.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 8, 8)
        layout.addWidget(self._sign)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._button)
        layout.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(INFO_MS)
        self._timer.timeout.connect(self.dismiss)
        self._kind: Kind = "info"
        self.hide()

    @property
    def text(self) -> str:
        """What it says, "" when it says nothing."""
        return "" if self.isHidden() else self._text.text()

    def tell(self, text: str, kind: Kind = "info", act_text: str = "", act: Callable[[], object] | None = None) -> None:
        """Show a notice, with a link that does something about it."""
        if kind == "info" and self._kind == "error" and not self.isHidden():
            return
        self._kind = kind
        self._sign.setText("▲" if kind == "error" else "●")
        self.setProperty("level", kind)
        set_role(self, "banner")
        set_role(self._sign, "error" if kind == "error" else "muted")
        self._text.setText(text)
        self._button.setText(act_text)
        self._button.setAccessibleName(act_text)
        self._button.setVisible(bool(act_text))
        self._act = act or self.hide
        self.setAccessibleName(text)
        self.show()
        self._float()
        if kind == "info":
            self._timer.start()
        else:
            self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the foot of what it floats over."""
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._float()
        return super().eventFilter(watched, event)

    def _float(self) -> None:
        ground = self._over.rect()
        width = min(WIDEST, ground.width() - 2 * MARGIN)
        self._text.ensurePolished()
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        self.setGeometry((ground.width() - width) // 2, ground.height() - height - MARGIN, width, height)
        self.raise_()

    def _run_act(self) -> None:
        self._act()

    def dismiss(self) -> None:
        """Close it."""
        self._timer.stop()
        self.hide()
