"""The line above the findings: what is searched and how far that is, or that the answer is old, or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QWidget

from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import current_theme, on_theme_changed
from docops_desktop.ui.widgets import label, push_button

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


class CauseStatus(QFrame):
    """Says the state in words; a shape stands before each."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.text = label("")
        self.bar = QProgressBar()
        self.bar.setFixedWidth(current_theme().px(180))
        self.bar.setAccessibleName(tr("Progress of the search"))
        self.cancel_button = push_button(tr("Cancel"), desk.cause.cancel)
        self.again_button = push_button(tr("Find again"), desk.cause.ask, "primary")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 3, 8, 3)
        layout.setSpacing(8)
        layout.addWidget(self.text)
        for part in (self.bar, self.cancel_button, self.again_button):
            layout.addWidget(part)
        layout.addStretch(1)
        on_theme_changed(self, lambda _: self._dress())
        self.update_state()

    def update_state(self) -> None:
        """Show the state as it is now."""
        cause = self._desk.cause
        state, job = cause.state, cause.job
        stale = cause.is_stale
        self.bar.setVisible(state.busy)
        self.cancel_button.setVisible(state.busy)
        self.again_button.setVisible(not state.busy and (stale or bool(state.error) or state.cancelled))
        if state.busy:
            fraction = None if job is None else job.fraction
            self.bar.setRange(0, 0 if fraction is None else 1000)
            self.bar.setValue(round((fraction or 0.0) * 1000))
            self.text.setText(_searching(job.detail if job is not None else "", old=state.result is not None))
        elif state.error:
            self.text.setText(f"▲ {state.error}")
        elif state.cancelled:
            self.text.setText(f"○ {tr('The search was cancelled.')} {_old(state.result is not None)}".rstrip())
        elif stale:
            self.text.setText(f"◆ {tr('Old: the filters, the window or the data have changed since.')}")
        else:
            self.text.clear()
        self.text.setAccessibleName(self.text.text())
        self.setVisible(bool(self.text.text()))

    def _dress(self) -> None:
        theme = current_theme()
        self.setStyleSheet(f"CauseStatus {{ background: {theme.raised}; border-radius: 4px; }}")


def _searching(detail: str, *, old: bool) -> str:
    text = tr("Searching: {what}").format(what=detail) if detail else tr("Searching …")
    return f"{text} · {_old(old)}" if old else text


def _old(old: bool) -> str:
    return tr("what is shown is the answer before.") if old else ""
