"""The files behind what a user names: files, folders, patterns."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from docops_desktop.ingest.source import beside_the_data
from docops_desktop.model.errors import RequestError

_OURS = (".docops", ".docops-wal", ".docops-shm", ".docops-journal")


def expand(paths: Iterable[Path | str]) -> tuple[Path, ...]:
    """Return the files behind files, folders (all below; hidden ones, workspaces, documents such as a readme left out) and patterns, each once.

    Raises:
        RequestError: nothing is there.
    """
    found: dict[Path, None] = {}
    for given in paths:
        path = Path(given)
        if path.is_dir():
            files = [file for file in sorted(path.rglob("*")) if _is_export(file, path)]
            if not files:
                raise RequestError("the folder holds no exports", str(path), "Name a folder with exports")
            found.update(dict.fromkeys(files))
        elif path.exists() or not glob.has_magic(str(path)):
            if not path.exists():
                raise RequestError("there is no such file", str(path), "Check the path")
            found[path] = None
        else:
            matches = glob.glob(str(path), recursive=True)  # noqa: PTH207 - the pattern may be absolute
            files = [Path(name) for name in sorted(matches) if Path(name).is_file()]
            if not files:
                raise RequestError("no file matches the pattern", str(path), "Check the pattern")
            found.update(dict.fromkeys(files))
    return tuple(found)


def _is_export(file: Path, root: Path) -> bool:
    parts = file.relative_to(root).parts
    hidden = any(part.startswith(".") or part.endswith(".docops-cache") for part in parts)
    return not hidden and not file.name.endswith(_OURS) and not beside_the_data(file.name) and file.is_file()
