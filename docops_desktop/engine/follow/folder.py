"""The files of a followed folder as they are now: names, sizes, times. Nothing is opened here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docops_desktop.model.errors import RequestError

UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".filepart", ".lock")
"""Names under which programs write files that are not complete; they rename them when they are."""
OURS = (".docops", ".docops-wal", ".docops-shm", ".docops-journal")


@dataclass(frozen=True, slots=True)
class FileStat:
    """A file's size, time and identity."""

    size_bytes: int
    mtime_ns: int
    inode: int


def list_files(folder: Path) -> dict[Path, FileStat]:
    """Return the files below a folder that may be exports; hidden ones, documents, unfinished ones and workspaces are left out.

    Raises:
        RequestError: the folder can't be read now.
    """
    try:
        return dict(_walk(folder))
    except OSError as error:
        raise RequestError(
            f"the followed folder can't be read ({error.strerror or error})",
            str(folder),
            "It is looked for again; connect the drive, or stop following",
        ) from error


def _walk(folder: Path) -> Iterator[tuple[Path, FileStat]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.startswith(".") or entry.name.endswith((".docops-cache", "~")):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path))
            elif not _is_left_out(entry.name):
                yield from _stat(entry)


def _is_left_out(name: str) -> bool:
    from docops_desktop.ingest.files.source import beside_the_data

    lower = name.lower()
    return (
        beside_the_data(name) or lower.endswith((*UNFINISHED, *OURS)) or (".docops.v" in lower and ".backup" in lower)
    )


def _stat(entry: os.DirEntry[str]) -> Iterator[tuple[Path, FileStat]]:
    try:
        stat = Path(entry.path).stat()  # not the entry's own: on Windows that lags behind a file that is being written
    except OSError:
        return  # it went away between listing and looking
    if Path(entry.path).is_file() and stat.st_size:
        yield Path(entry.path), FileStat(stat.st_size, stat.st_mtime_ns, stat.st_ino)
