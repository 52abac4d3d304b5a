"""Takes files and folders that are dropped anywhere on the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QWidget

from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import current_theme


class DropTarget(QObject):
    """Watches a window; while files hover, it says what a drop does.

    Args:
        dropped: gets the paths.
    """

    def __init__(self, window: QWidget, dropped: Callable[[Sequence[Path]], object]) -> None:
        super().__init__(window)
        self._window, self._dropped = window, dropped
        self._hint = QLabel(tr("Drop to preview and import"), window)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hint.hide()
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Accept what holds local files; everything else goes its way."""
        kind = event.type()
        if kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove) and isinstance(event, QDragEnterEvent | QDropEvent):
            if local_paths(event.mimeData()):
                event.acceptProposedAction()
                self._show_hint()
                return True
        elif kind == QEvent.Type.DragLeave:
            self._hint.hide()
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self._hint.hide()
            paths = local_paths(event.mimeData())
            if paths:
                event.acceptProposedAction()
                self._dropped(paths)
                return True
        return super().eventFilter(watched, event)

    def _show_hint(self) -> None:
        theme = current_theme()
        self._hint.setStyleSheet(
            f"background: {theme.raised}; color: {theme.text}; border: 3px dashed {theme.accent}; border-radius: 12px;"
            f" font-size: {theme.fonts.heading}px;"
        )
        self._hint.setGeometry(self._window.rect().adjusted(40, 40, -40, -40))
        self._hint.raise_()
        self._hint.show()


def local_paths(data: QMimeData) -> list[Path]:
    """Return the local files and folders of a drag."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []
