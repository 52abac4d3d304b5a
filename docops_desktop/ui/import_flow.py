"""From dropped files to an import: preview first, then into the open workspace, or into one that is made for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from docops_desktop.engine.state import WorkspaceInfo
from docops_desktop.ui.dialogs.import_preview import ImportPreview
from docops_desktop.ui.i18n import tr

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk
    from docops_desktop.engine.mapping_draft import MappingDraft


class ImportFlow(QObject):
    """Offers files for import.

    Args:
        tell: shows a notice (text, kind).
    """

    def __init__(self, desk: Desk, window: QWidget, tell: Callable[[str, str], object]) -> None:
        super().__init__(window)
        self._desk, self._window, self._tell = desk, window, tell
        self._waiting: tuple[str, Sequence[Path], dict[str, Any]] | None = None
        end = desk.subscribe("workspace", self._workspace)
        self.destroyed.connect(lambda _=None: end())

    def offer(self, paths: Sequence[Path]) -> ImportPreview | None:
        """Show the preview of these files and folders; None when none of them is there."""
        there = [path for path in paths if path.exists()]
        gone = [path.name for path in paths if not path.exists()]
        if gone:
            self._tell(tr("Not found: {files}. Was it moved or deleted?").format(files=", ".join(gone)), "error")
        if not there:
            return None
        dialog = ImportPreview(self._desk, there, self._go, self._window)
        dialog.open()
        return dialog

    def _go(
        self, paths: Sequence[Path], privacy: str, target: Path | None, drafts: Mapping[Path, MappingDraft]
    ) -> None:
        options: dict[str, Any] = {"privacy": privacy}
        if drafts:
            options["drafts"] = dict(drafts)
        if target is None or self._desk.workspace_info is not None:
            self._desk.import_files(paths, **options)
            return
        self._waiting = (str(target), paths, options)
        self._desk.new(target)

    def _workspace(self, info: WorkspaceInfo | None) -> None:
        if self._waiting is None or info is None:
            return
        target, paths, options = self._waiting
        self._waiting = None
        if Path(info.path) == Path(target):
            self._desk.import_files(paths, **options)
