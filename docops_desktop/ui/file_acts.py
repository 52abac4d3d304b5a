"""What the File menu does: demo, open, new, import, close. Asks for paths, hands them to the desk; dialogs never block the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from docops_desktop.engine.state import ImportOutcome, WorkspaceInfo
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.places import SUFFIX, demo_path, documents_folder, with_suffix

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

DEMO_SESSIONS = 200_000
FOLDER_SETTING = "last_folder"


class FileActs:
    """Acts on files.

    Args:
        offer: shows the import preview for these paths.
        tell: shows a notice (text, kind).
    """

    def __init__(
        self,
        desk: Desk,
        window: QWidget,
        offer: Callable[[Sequence[Path]], object],
        tell: Callable[[str, str], object],
    ) -> None:
        self._desk, self._window, self._offer, self._tell = desk, window, offer, tell

    def demo(self) -> None:
        """Open the demo, made now unless it was made before."""
        path = demo_path()
        if path.exists():
            self._desk.open(path)
        else:
            self._desk.make_demo(path, DEMO_SESSIONS)

    def open(self) -> None:
        """Ask for a workspace and open it."""
        dialog = self._dialog(tr("Open workspace"), QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Workspaces (*{suffix})").format(suffix=SUFFIX), tr("All files (*)")])
        dialog.fileSelected.connect(lambda name: self._desk.open(self._remember(name)))
        dialog.open()

    def new(self) -> None:
        """Ask where, and make an empty workspace there."""
        dialog = self._dialog(tr("New workspace"), QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("Workspaces (*{suffix})").format(suffix=SUFFIX)])
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        dialog.fileSelected.connect(lambda name: self.make(self._remember(name)))
        dialog.open()

    def make(self, path: Path) -> None:
        """Make an empty workspace; one that exists is never written over."""
        path = with_suffix(path)
        if path.exists():
            self._tell(tr("{file} exists already. Open it, or choose another name.").format(file=path.name), "error")
            return
        self._desk.new(path)

    def choose_imports(self) -> None:
        """Ask for exports and offer to import them."""
        dialog = self._dialog(tr("Import files"), QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self._offer([self._remember(name) for name in names]))
        dialog.open()

    def follow(self) -> None:
        """Ask for a folder and load what arrives there from now on."""
        dialog = self._dialog(tr("Follow a folder"), QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, tr("Follow"))
        dialog.fileSelected.connect(lambda name: self._desk.follow.start(Path(name)))
        dialog.open()

    def dropped(self, paths: Sequence[Path]) -> None:
        """A single workspace that was dropped is opened, everything else is offered for import."""
        if len(paths) == 1 and paths[0].suffix.lower() == SUFFIX:
            self._desk.open(paths[0])
        elif paths:
            self._offer(paths)

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self._window, title, self._folder())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        return dialog

    def _folder(self) -> str:
        last = self._desk.settings.get(FOLDER_SETTING)
        return str(last) if last and Path(str(last)).is_dir() else str(documents_folder())

    def _remember(self, name: str) -> Path:
        path = Path(name)
        self._desk.settings.set(**{FOLDER_SETTING: str(path.parent)})
        return path


def outcome_text(outcomes: Sequence[ImportOutcome]) -> tuple[str, str]:
    """Return what to say about an import job, and "info" or "error"."""
    loaded = [outcome.record for outcome in outcomes if outcome.record is not None and outcome.status == "loaded"]
    duplicates = [outcome for outcome in outcomes if outcome.status == "duplicate"]
    rejected = [outcome for outcome in outcomes if outcome.status == "rejected"]
    parts = []
    if loaded:
        rows, bad = (sum(getattr(record, name) for record in loaded) for name in ("rows_loaded", "rows_quarantined"))
        files = tr_n(len(loaded), "{file}", "%n files").format(file=loaded[0].file_name)
        text = tr("Loaded {rows} rows from {files}").format(rows=fmt.exact(rows), files=files)
        parts.append(f"{text}; " + tr_n(bad, "%n row rejected.", "%n rows rejected.") if bad else f"{text}.")
    if duplicates:
        names = ", ".join(Path(outcome.path).name for outcome in duplicates[:3])
        parts.append(tr("Already in the workspace, nothing changed: {files}.").format(files=names))
    parts += [f"{outcome.error}" for outcome in rejected[:3] if outcome.error is not None]
    if len(rejected) > 3:
        parts.append(tr_n(len(rejected) - 3, "%n more file was rejected.", "%n more files were rejected."))
    return "\n".join(parts), "error" if rejected else "info"


def window_title(info: WorkspaceInfo | None) -> str:
    """Return the window's title."""
    return "DocOps Desktop" if info is None else f"{info.name} — DocOps Desktop"
