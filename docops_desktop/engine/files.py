"""What belongs to a workspace on disk, and how to take it away again when its making failed."""

from __future__ import annotations

import shutil
from pathlib import Path

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside the file."""


def remove_workspace(path: Path) -> None:
    """Delete a workspace that was never finished, with everything that was made beside it."""
    from docops_desktop.store.places import cache_folders

    for folder in cache_folders(path):
        shutil.rmtree(folder, ignore_errors=True)
    for suffix in (*BESIDE, ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
