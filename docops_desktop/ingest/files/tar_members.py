"""Files inside a tar archive, read as streams in one direction; nothing is ever unpacked to a path that the archive names.

The stream that comes in is already guarded against bombs. Links and devices are no data and are passed over.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from docops_desktop.model.errors import ExportError

HEAD_BYTES = 512
_MAGIC = slice(257, 262)


def is_tar(head: bytes) -> bool:
    """Whether unpacked bytes begin a tar archive."""
    return len(head) >= HEAD_BYTES and head[_MAGIC] == b"ustar"


def tar_members(stream: BinaryIO, where: str, most: int) -> tuple[tuple[str, bytes], ...]:
    """Return names and first four bytes of the files that hold something, in order.

    Raises:
        ExportError: damaged, more than ``most`` files, or a name that points outside the archive.
    """
    found: list[tuple[str, bytes]] = []
    with _reading(where), tarfile.open(fileobj=stream, mode="r|") as archive:
        for info in archive:
            place = PurePosixPath(info.name.replace("\\", "/"))
            if place.is_absolute() or ".." in place.parts or (place.parts and ":" in place.parts[0]):
                raise ExportError(
                    f"the archive names a file outside itself ({info.name!r})",
                    where,
                    "Such an archive is refused; unpack it with care and import the files",
                )
            if not info.isfile() or info.size == 0:
                continue
            if len(found) >= most:
                raise ExportError(f"the archive holds more than {most:,} files", where, "Unpack and import a folder")
            content = archive.extractfile(info)
            found.append((info.name, content.read(4) if content is not None else b""))
    return tuple(found)


def open_tar_member(stream: BinaryIO, name: str, where: str) -> BinaryIO:
    """Return one file as a stream; closing it closes the archive's stream too.

    Raises:
        ExportError: the archive is damaged, or the file is not in it any more.
    """
    with _reading(where):
        archive = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115 - lives as long as the member's stream
        for info in archive:
            if info.name == name and info.isfile():
                content = archive.extractfile(info)
                if content is not None:
                    return cast(BinaryIO, content)
    raise ExportError("the file vanished from the archive", where, "Nothing was imported; try again")


@contextmanager
def _reading(where: str) -> Iterator[None]:
    try:
        yield
    except tarfile.TarError as error:
        raise ExportError(
            f"the packed file is damaged or cut off ({error})",
            where,
            "Nothing was imported; fetch or export the file again",
        ) from error
