"""Files of imports that ended without cleaning up: killed in the middle, or in the instant between commit and end."""

from __future__ import annotations

from pathlib import Path

from docops_desktop.model.errors import WorkspaceError
from docops_desktop.store.places import folder_beside
from docops_desktop.store.writer_lock import WriterLock

PREFIX = "import-"
SUFFIX = ".staging"
_PATTERN = f"{PREFIX}*{SUFFIX}*"


def remove_leftovers(folder: Path) -> None:
    """Remove them; only the holder of the writer lock may call it."""
    for path in folder.glob(_PATTERN):
        path.unlink(missing_ok=True)


def remove_abandoned(workspace: Path) -> None:
    """Remove those beside a workspace, unless an import is running or they can't be removed."""
    folder = folder_beside(workspace)
    try:
        if not any(folder.glob(_PATTERN)):
            return
        lock = WriterLock(workspace, folder, wait_s=0.0)
    except (OSError, WorkspaceError):
        return
    try:
        remove_leftovers(folder)
    except OSError:
        return
    finally:
        lock.release()
