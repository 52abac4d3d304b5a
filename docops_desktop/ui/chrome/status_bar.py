"""The status bar: what is loaded, how old it is, which rows were rejected, what runs. A click on it leads to where the data came from."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStatusBar, QWidget

from docops_desktop.engine.state import FollowState, WorkspaceInfo
from docops_desktop.ui import format as fmt
from docops_desktop.ui.chrome.job_indicator import JobIndicator
from docops_desktop.ui.chrome.subscriptions import Subscriptions
from docops_desktop.ui.count_words import beside_sessions, page_views, rows, sessions
from docops_desktop.ui.dataview.follow_line import follow_text, follow_tip
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.theme import set_role
from docops_desktop.ui.widgets import ElidedButton, label

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


_GAP = 8
"""Pixels that the bar leaves beside each of its parts."""


class StatusBar(QStatusBar):
    """Shows the desk's state in one line.

    Args:
        show_data: leads to the data perspective.
    """

    def __init__(self, desk: Desk, show_data: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setAccessibleName(tr("Status"))
        self._desk = desk
        self._loaded, self._rejected, self.followed = ElidedButton(), ElidedButton(), ElidedButton()
        for part in (self._loaded, self._rejected, self.followed):
            set_role(part, "quiet")
            part.clicked.connect(lambda _checked=False: show_data())
        self._speed = label("", "small")
        self._speed.setContentsMargins(0, 0, 12, 0)
        self._speed.setToolTip(tr("Time of the last linked refresh and the rows that it read"))
        self.jobs = JobIndicator(desk.cancel)
        self.jobs.changed.connect(self._share_room)
        for part in (self._loaded, self._rejected, self.followed):
            self.addWidget(part)
        self.addPermanentWidget(self.jobs)
        self.addPermanentWidget(self._speed)
        self._subscriptions = Subscriptions(self, desk)
        self._subscriptions.on("workspace", lambda _: self.show_workspace())
        self._subscriptions.on("jobs", self.jobs.set_jobs)
        self._subscriptions.on("busy", self.jobs.set_busy)
        # a step of a brush leaves the desk's last results as they are
        self._subscriptions.on("results", lambda results: None if results.preview else self._show_speed())
        self._subscriptions.on("follow", self._show_followed)
        self._show_followed(desk.follow.state)
        self.show_workspace()

    def show_workspace(self) -> None:
        """Say what is loaded."""
        info = self._desk.workspace_info
        self._rejected.setVisible(info is not None and info.freshness.rows_quarantined > 0)
        if info is None:
            self._loaded.setText(tr("No workspace is open"))
            self._loaded.setEnabled(False)
            self._speed.clear()
            return
        self._loaded.setEnabled(True)
        self._loaded.setText(_loaded_text(info))
        self._loaded.setAccessibleName(self._loaded.text())
        self._loaded.setToolTip(_loaded_tip(info))
        number = info.freshness.rows_quarantined
        self._rejected.setText("⚠ " + tr_n(number, "%n row rejected", "%n rows rejected"))
        self._rejected.setAccessibleName(self._rejected.text())
        self._rejected.setToolTip(tr("Rows that could not be read; a click shows them with their reasons"))
        set_role(self._rejected, "quiet")
        self._share_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What is loaded and how old it is comes before how long the last refresh took."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        parts = [part for part in (self._loaded, self._rejected, self.followed) if not part.isHidden()]
        needed = sum(part.sizeHint().width() for part in (*parts, self._speed)) + _GAP * (len(parts) + 1)
        self._speed.setVisible(not self.jobs.shows and needed <= self.width())

    def _show_speed(self) -> None:
        results = self._desk.results
        if results is None:
            return
        if not results.rows_scanned:  # everything asked for was known already
            self._speed.setText(tr("answered from memory"))
            self._share_room()
            return
        text = tr("{time} for {rows}").format(
            time=fmt.duration(results.seconds * 1000), rows=rows(results.rows_scanned)
        )
        self._speed.setText(text if results.compiled else tr("{text} (before the warm-up)").format(text=text))
        self._share_room()

    def _show_followed(self, state: FollowState) -> None:
        info = self._desk.workspace_info
        self.followed.setVisible(state.active)
        self.followed.setText(follow_text(state, info.time_zone if info is not None else "UTC"))
        self.followed.setAccessibleName(self.followed.text())
        self.followed.setToolTip(follow_tip(state))
        self._share_room()


def _loaded_text(info: WorkspaceInfo) -> str:
    parts = [info.name]
    if info.sessions or info.page_views:
        parts.append(
            tr("{sessions}, {views}").format(sessions=sessions(info.sessions), views=page_views(info.page_views))
        )
    else:
        parts.append(beside_sessions(info) or tr("empty"))
    until = info.freshness.data_until_ms
    if until is not None:
        parts.append(tr("data until {time}").format(time=fmt.moment(until, info.time_zone)))
        age = info.freshness.age_ms(int(time.time() * 1000))
        if age is not None and age >= 60_000:
            parts.append(tr("{age} old").format(age=fmt.length(age)))
    if info.read_only:
        parts.append(tr("read-only"))
    return "  ·  ".join(parts)


def _loaded_tip(info: WorkspaceInfo) -> str:
    fresh = info.freshness
    lines = [info.path, tr_n(fresh.files, "%n file imported", "%n files imported")]
    if fresh.imported_at_ms is not None:
        lines.append(tr("newest import {time}").format(time=fmt.moment(fresh.imported_at_ms, info.time_zone)))
    lines.append(tr("Times are shown in {zone}").format(zone=info.time_zone))
    return "\n".join(lines)
