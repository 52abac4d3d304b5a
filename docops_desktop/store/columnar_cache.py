"""The columnar cache: maps the facts of a workspace, or builds them when they are missing, stale, damaged or of another format.

The cache is derived from the SQLite tables alone; deleting it loses nothing.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from docops_desktop.store.places import cache_folders

CACHE_PATTERN = "facts-*"


def remove_caches(workspace: Path) -> None:
    """Remove the cached columns of a workspace; a file that is still mapped by a window goes with the next build."""
    beside, in_user_cache = cache_folders(workspace)
    for path in beside.glob(CACHE_PATTERN):
        path.unlink(missing_ok=True)
    shutil.rmtree(in_user_cache, ignore_errors=True)
