"""Shows running work in the status bar: a word after 0.3 s, a bar after 0.6 s, with what it does, how fast, how long still, and a cancel button."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from docops_desktop.engine.state import JobView
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.theme import Theme, on_theme_changed
from docops_desktop.ui.widgets import ElidedLabel, label, tool_button

SHOW_AFTER_S = 0.3
BAR_AFTER_S = 0.6
TICK_MS = 100


class JobIndicator(QWidget):
    """The oldest job that takes long enough to be mentioned, and how many wait behind it.

    Args:
        cancel: gets the job's id.
        clock: seconds; tests hand in their own.
    """

    changed = Signal()

    def __init__(
        self,
        cancel: Callable[[int], object],
        clock: Callable[[], float] = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._jobs: tuple[JobView, ...] = ()
        self._since: dict[int, float] = {}
        self._busy_since: float | None = None
        self._title = ElidedLabel(limit=320)
        self._bar = QProgressBar()
        self._bar.setAccessibleName(tr("Progress"))
        self._detail = label("", "small")
        self._cancel = tool_button("close", tr("Cancel"), lambda: self._jobs and cancel(self._jobs[0].id), size=14)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self._parts = (self._title, self._bar, self._detail, self._cancel)
        for part in self._parts:
            layout.addWidget(part)
        on_theme_changed(self, self._reserve)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.show_now)
        self.show_now()

    def _reserve(self, theme: Theme) -> None:
        """Be as high without work as with it: a status bar that grows moves, and paints, the whole window above it."""
        self._title.setMinimumWidth(theme.px(160))
        self._bar.setFixedWidth(theme.px(150))
        for part in self._parts:
            part.ensurePolished()
        self.setMinimumHeight(max(part.sizeHint().height() for part in self._parts))

    @property
    def shows(self) -> bool:
        """Something is shown."""
        return not self._title.isHidden()

    def set_jobs(self, jobs: tuple[JobView, ...]) -> None:
        """Take over the desk's jobs."""
        now = self._clock()
        self._jobs = jobs
        self._since = {job.id: self._since.get(job.id, now) for job in jobs}
        self._wake()

    def set_busy(self, busy: bool) -> None:
        """Say that a refresh is on its way, or has ended."""
        if busy and self._busy_since is None:
            self._busy_since = self._clock()
        elif not busy:
            self._busy_since = None
        self._wake()

    def _wake(self) -> None:
        if self._jobs or self._busy_since is not None:
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()
        self.show_now()

    def show_now(self) -> None:
        """Bring the widgets in line with the clock."""
        now = self._clock()
        if self._jobs and now - self._since[self._jobs[0].id] >= SHOW_AFTER_S:
            self._show_job(self._jobs[0], now - self._since[self._jobs[0].id] >= BAR_AFTER_S)
        elif self._busy_since is not None and now - self._busy_since >= SHOW_AFTER_S:
            self._show("", tr("Computing …"), bar=now - self._busy_since >= BAR_AFTER_S, fraction=None)
        else:
            for part in self._parts:
                part.hide()
        self.changed.emit()

    def _show_job(self, job: JobView, bar: bool) -> None:
        waiting = len(self._jobs) - 1
        more = tr_n(waiting, "%n more waits", "%n more wait") if waiting else ""
        detail = "  ·  ".join(part for part in (job.detail, more) if part)
        self._show(detail, job.title, bar=bar, fraction=job.fraction, cancellable=job.cancellable)

    def _show(self, detail: str, title: str, *, bar: bool, fraction: float | None, cancellable: bool = False) -> None:
        if title != self._title.text():
            self._title.setText(title)
            self._title.setToolTip(title)
            self._title.updateGeometry()
            self._cancel.setToolTip(tr("Cancel: {title}").format(title=title))
            self._cancel.setAccessibleName(self._cancel.toolTip())
        self._detail.setText(detail)
        self._bar.setRange(0, 0 if fraction is None else 1000)
        if fraction is not None:
            self._bar.setValue(round(fraction * 1000))
            self._bar.setFormat(fmt.percent(fraction, 0))
        self._title.show()
        self._detail.setVisible(bool(detail))
        self._bar.setVisible(bar)
        self._cancel.setVisible(cancellable)
