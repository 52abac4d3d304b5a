"""Where workspaces go when the user doesn't say: the documents folder; and a name that is not taken yet."""

from __future__ import annotations

from pathlib import Path

DEMO_NAME = "DocOps demo"
SUFFIX = ".docops"


def documents_folder() -> Path:
    """Return the user's documents folder, or the data folder of the program where there is none to write to."""
    import platformdirs

    for folder in (platformdirs.user_documents_path(), platformdirs.user_data_path("docops-desktop", appauthor=False)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        return folder
    return Path.home()


def free_path(folder: Path, stem: str) -> Path:
    """Return ``STEM.docops`` in the folder, with a number when that is taken."""
    path, number = folder / f"{stem}{SUFFIX}", 2
    while path.exists():
        path, number = folder / f"{stem} {number}{SUFFIX}", number + 1
    return path


def demo_path() -> Path:
    """Return where the demo workspace is, or would be."""
    return documents_folder() / f"{DEMO_NAME}{SUFFIX}"


def with_suffix(path: Path) -> Path:
    """Return the path with the workspace suffix."""
    return path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX)
