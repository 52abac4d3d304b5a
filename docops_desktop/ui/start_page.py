"""The first page: what this is, the demo in one click, and the ways to one's own data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from docops_desktop.engine.state import JobView
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.icons import pixmap
from docops_desktop.ui.theme import on_theme_changed
from docops_desktop.ui.widgets import ElidedLabel, frame, label, push_button, row

WIDTH = 640
RECENT_SHOWN = 6


class StartPage(QWidget):
    """Shown while no workspace is open.

    Args:
        run: runs a command by id.
        open_recent: opens a workspace by its path.
        cancel: cancels a job by its id.
    """

    def __init__(
        self,
        run: Callable[[str], object],
        open_recent: Callable[[str], object],
        cancel: Callable[[int], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("startPage")
        self.setAccessibleName(tr("Start"))
        self._run, self._open_recent, self._cancel = run, open_recent, cancel
        self._job: JobView | None = None
        body = QWidget()
        on_theme_changed(self, lambda theme: body.setFixedWidth(theme.px(WIDTH)))
        self._layout = QVBoxLayout(body)
        self._layout.setSpacing(14)
        self._layout.addLayout(self._title())
        self._layout.addWidget(label(_claim(), "muted", wrap=True))
        self._layout.addSpacing(6)
        self._demo = push_button(tr("Open the demo"), lambda: run("file.demo"), "hero", "play")
        self._demo.setToolTip(
            tr("Makes a realistic shop with one hidden incident; works offline and takes some seconds")
        )
        self._layout.addWidget(self._demo)
        self._layout.addWidget(self._progress_row())
        self._layout.addLayout(self._own_data())
        self._layout.addWidget(self._drop_hint())
        self._recent_box = QWidget()
        self._layout.addWidget(self._recent_box)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addLayout(row(None, body, None))
        outer.addStretch(3)
        self.set_jobs(())

    @property
    def demo_button(self) -> QWidget:
        """The button that everybody should find first."""
        return self._demo

    def _title(self) -> QHBoxLayout:
        picture = QLabel()
        on_theme_changed(
            picture, lambda theme: picture.setPixmap(pixmap("docops", theme.px(64), ratio=self.devicePixelRatioF()))
        )
        picture.setAccessibleName(tr("Product icon"))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label("DocOps Desktop", "hero"))
        words.addWidget(label(tr("Your Digital Operations Center, on this machine"), "title"))
        layout = row(picture, 10)
        layout.addLayout(words, 1)
        return layout

    def _own_data(self) -> QHBoxLayout:
        return row(
            push_button(tr("Open workspace …"), lambda: self._run("file.open"), "", "folder"),
            push_button(tr("Import files …"), lambda: self._run("file.import"), "", "import"),
            push_button(tr("New workspace …"), lambda: self._run("file.new"), "", "file"),
            None,
        )

    @staticmethod
    def _drop_hint() -> QWidget:
        box = frame("drop", tr("Drop target"))
        layout = QVBoxLayout(box)
        layout.setContentsMargins(18, 18, 18, 18)
        text = label(
            tr("Or drop exports here: CSV, JSON, Parquet, logs, zipped or not, or whole folders"), "muted", wrap=True
        )
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(text)
        return box

    def _progress_row(self) -> QWidget:
        self._progress = QWidget()
        self._bar = QProgressBar()
        self._bar.setAccessibleName(tr("Progress"))
        self._doing = ElidedLabel("", "small", limit=420)
        stop = push_button(tr("Cancel"), self._stop, "quiet")
        layout = QVBoxLayout(self._progress)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._bar)
        layout.addLayout(row(self._doing, None, stop))
        return self._progress

    def _stop(self) -> None:
        if self._job is not None:
            self._cancel(self._job.id)

    def set_jobs(self, jobs: Sequence[JobView]) -> None:
        """Show the work that leads to a workspace; meanwhile the demo can't be asked for twice."""
        self._job = jobs[0] if jobs else None
        self._progress.setVisible(self._job is not None)
        self._demo.setEnabled(self._job is None)
        if self._job is None:
            return
        fraction = self._job.fraction
        self._bar.setRange(0, 0 if fraction is None else 1000)
        if fraction is not None:
            self._bar.setValue(round(fraction * 1000))
            self._bar.setFormat(fmt.percent(fraction, 0))
        self._doing.setText("  ·  ".join(part for part in (self._job.title, self._job.detail) if part))
        self._doing.updateGeometry()

    def set_recent(self, paths: Sequence[str]) -> None:
        """List the workspaces that were open before; one that is gone says so and can't be clicked."""
        old = self._recent_box
        self._recent_box = QWidget()
        self._layout.replaceWidget(old, self._recent_box)
        old.setParent(None)
        old.deleteLater()
        layout = QVBoxLayout(self._recent_box)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(2)
        if paths:
            layout.addWidget(label(tr("Recent workspaces"), "title"))
        for path in paths[:RECENT_SHOWN]:
            layout.addLayout(self._recent(path))

    def _recent(self, path: str) -> QHBoxLayout:
        there = Path(path).exists()
        button = push_button(Path(path).stem, lambda: self._open_recent(path), "link")
        button.setEnabled(there)
        button.setToolTip(path)
        where = str(Path(path).parent) if there else tr("not found: {path}").format(path=path)
        return row(button, ElidedLabel(where, "small", 460, Qt.TextElideMode.ElideMiddle), None)


def _claim() -> str:
    return tr(
        "Which pages cost us most, who is hurt, why did it drop, and what if it were faster: load your systems' exports into one local "
        "workspace and find out in seconds. Nothing leaves this computer."
    )
