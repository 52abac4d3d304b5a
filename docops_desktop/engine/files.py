"""What belongs to a workspace on disk, and how to take it away again when its making failed."""

from __future__ import annotations

import shutil
from pathlib import Path

BESIDE = ("-wal", "-shm", "-journal", "-cache")
"""What SQLite and the columnar cache keep beside ``NAME.docops``."""


def remove_workspace(path: Path) -> None:
    """Delete a workspace that was never finished, with everything that was made beside it."""
    for suffix in BESIDE:
        beside = path.with_name(path.name + suffix)
        if beside.is_dir():
            shutil.rmtree(beside, ignore_errors=True)
        else:
            beside.unlink(missing_ok=True)
    path.unlink(missing_ok=True)
