"""Where the files beside a workspace live: its cache folder, or the user's cache folder when the workspace's own can't be written."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from docops_desktop.model.errors import WorkspaceError

APP_NAME = "docops-desktop"
CACHE_PATTERN = "facts-*"


def folder_beside(workspace: Path) -> Path:
    """Return the cache folder ``NAME.docops-cache`` beside the workspace; it need not exist."""
    return workspace.with_name(f"{workspace.stem}.docops-cache")


def writing_folder(workspace: Path) -> Path:
    """Return the cache folder beside the workspace, made when absent, for the files of an import in progress.

    Raises:
        WorkspaceError: it can't be made.
    """
    folder = folder_beside(workspace)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"the workspace's folder can't be written ({error.strerror or error})",
            str(workspace),
            "Copy the workspace to a folder of your own",
        ) from error
    return folder


def cache_folders(workspace: Path) -> tuple[Path, Path]:
    """Return the folders in which a columnar cache may lie: beside the workspace, then in the user's cache folder."""
    import platformdirs

    name = hashlib.sha256(str(workspace.resolve()).encode()).hexdigest()[:16]
    return folder_beside(workspace), Path(platformdirs.user_cache_dir(APP_NAME)) / "facts" / f"{workspace.stem}-{name}"


def usable_cache_folder(workspace: Path) -> Path:
    """Return the first cache folder that can be written, made when absent.

    Raises:
        WorkspaceError: neither can.
    """
    for folder in cache_folders(workspace):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise WorkspaceError(
        "there is no folder for the cache",
        str(workspace),
        "Make the workspace's folder or the user's cache folder writable",
    )


def remove_caches(workspace: Path) -> None:
    """Remove the cached columns of a workspace; a file that a window still maps may stay until the next build (on Windows)."""
    beside, in_user_cache = cache_folders(workspace)
    remove_columns(beside)
    shutil.rmtree(in_user_cache, ignore_errors=True)


def remove_columns(folder: Path, but: str = "") -> None:
    """Remove the cached columns in a folder, except the file named ``but``."""
    for path in folder.glob(CACHE_PATTERN):
        if path.name != but and not path.name.endswith(".part"):
            try:
                path.unlink()
            except OSError:
                continue  # mapped by a window on Windows; the next build tries again
