"""The files behind what a user names: files, folders, patterns."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from pathlib import Path

from docops_desktop.ingest.files.source import beside_the_data
from docops_desktop.model.errors import RequestError

_OURS = (".docops", ".docops-wal", ".docops-shm", ".docops-journal")


def expand(paths: Iterable[Path | str]) -> tuple[Path, ...]:
    """Return the files behind files, folders (all below; hidden ones, workspaces, documents such as a readme left out) and patterns, each once.

    Raises:
        RequestError: nothing is there, or a folder can't be looked into.
    """
    found: dict[Path, None] = {}
    for given in paths:
        path = Path(given)
        try:
            is_there, files = path.exists(), _exports_below(path) if path.is_dir() else None
        except OSError as error:
            raise _unreadable(error) from error
        if files is not None:
            if not files:
                raise RequestError("the folder holds no exports", str(path), "Name a folder with exports")
            found.update(dict.fromkeys(files))
        elif is_there or not glob.has_magic(str(path)):
            if not is_there:
                raise RequestError("there is no such file", str(path), "Check the path")
            found[path] = None
        else:
            matches = glob.glob(str(path), recursive=True)  # noqa: PTH207 - the pattern may be absolute
            files = [Path(name) for name in sorted(matches) if Path(name).is_file()]
            if not files:
                raise RequestError("no file matches the pattern", str(path), "Check the pattern")
            found.update(dict.fromkeys(files))
    return tuple(found)


def _exports_below(folder: Path) -> list[Path]:
    """Return the exports in a folder and its folders; one that can't be looked into is told, so that no export is passed over."""

    def told(error: OSError) -> None:
        raise error

    found: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=told):
        folders[:] = [name for name in folders if not name.startswith(".") and not name.endswith(".docops-cache")]
        found += [Path(place, name) for name in names if _may_be_export(name)]
    return sorted(file for file in found if file.is_file())


def _may_be_export(name: str) -> bool:
    return not name.startswith(".") and not name.endswith(_OURS) and not beside_the_data(name)


def _unreadable(error: OSError) -> RequestError:
    return RequestError(f"this can't be looked into ({error.strerror})", str(error.filename), "Check its permissions")
