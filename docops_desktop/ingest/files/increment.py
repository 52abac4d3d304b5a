"""What of a followed file is to be loaded: the bytes that are new since the last time, read as if they stood right behind the file's header.

Only formats of whole lines are read in parts. Layout and system are judged from the file's own beginning, so that the parts of a file are read alike.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from docops_desktop.model.errors import ExportError
from docops_desktop.store.records import FollowedFile

if TYPE_CHECKING:
    from docops_desktop.store.workspace import Workspace

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Increment:
    """A stretch of a followed file.

    Attributes:
        start, end: byte offsets in the unpacked content.
        prefix: what stands before the records (mark, header lines), read again before each part.
        line_shift: to be added to a line number of prefix and part together to get the line's number in the file.
        sha256: digest of everything up to ``end``: that of the file, when there is no more of it.
        followed: what is to be kept with the import; before: what was known of its path.
        name: of the file, relative to the followed folder.
        decided: choices that earlier parts made.
    """

    start: int
    end: int
    prefix: bytes
    line_shift: int
    sha256: str
    followed: FollowedFile
    before: FollowedFile | None
    name: str
    decided: Mapping[str, str] = field(default_factory=dict)

    @property
    def continues(self) -> bool:
        """Whether this is not the file's beginning."""
        return self.start > 0

    def to_json(self) -> dict[str, Any]:
        """What the ledger tells."""
        return {"file": self.name, "path": self.followed.path, "bytes": [self.start, self.end]}


class _PartStream(io.RawIOBase):
    """The prefix, then the bytes from ``start`` to ``end`` of a stream."""

    def __init__(self, stream: BinaryIO, part: Increment) -> None:
        self._stream = stream
        self._prefix = part.prefix
        self._left = part.end - part.start
        if stream.seekable():
            stream.seek(part.start)
        else:
            _skip(stream, part.start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if self._prefix:
            data, self._prefix = self._prefix[: len(buffer)], self._prefix[len(buffer) :]
        else:
            data = self._stream.read(min(len(buffer), self._left))
            self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def part_of(stream: BinaryIO, part: Increment) -> BinaryIO:
    """Return the stream of one part; it owns ``stream``."""
    return cast(BinaryIO, io.BufferedReader(_PartStream(stream, part), 1 << 18))


def _skip(stream: BinaryIO, count: int) -> None:
    while count > 0:
        data = stream.read(min(count, _CHUNK))
        if not data:
            return
        count -= len(data)


def require_not_followed(ws: Workspace, path: Path, size: int) -> None:
    """Make sure that no part of a file is in the workspace already.

    Raises:
        ExportError: its beginning was loaded by following a folder.
    """
    known = [row for row in ws.followed_files() if row.appendable and 0 < row.loaded_bytes <= size]
    if not known:
        return
    loaded = {record.mapping.get("followed", {}).get("path") for record in ws.ledger()}
    for row in known:
        is_alike = row.path in loaded and digest_of(path, row.head_bytes) == row.head_sha256
        if is_alike and digest_of(path, row.loaded_bytes) == row.sha256:
            raise ExportError(
                f"the first {row.lines:,} lines of this file were loaded already, by following its folder",
                str(path),
                "Follow the folder to load the rest, or forget those imports first",
            )


def digest_of(path: Path, size: int) -> str:
    """Return the SHA-256 of a file's first ``size`` bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (chunk := file.read(min(size, _CHUNK))):
            digest.update(chunk)
            size -= len(chunk)
    return digest.hexdigest()
