"""One file's content for following: whether it may grow line by line, digests of its beginning, and where its last whole line ends.

A gzip file is looked into unpacked, so that a rotated and packed log is recognised. Nothing is parsed here beyond lines and quotes.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from docops_desktop.model.errors import ExportError

HEAD_BYTES = 1024
TAIL_BYTES = 4096
_CHUNK = 1 << 20
_LINES = ("json_lines", "query_strings", "access_log", "w3c_log")
_LOGS = _LINES[1:]
_OPEN_LINE_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
_FIELDS = b"#fields:"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file's bytes make records.

    Attributes:
        appendable: whole lines, behind an optional header; such a file can be loaded in parts.
        is_log: of a kind that is only ever appended to, so that other content under its name is other rows.
        is_json: each line is a JSON object; ends_lines: each line has an end, also the last one.
        quote: byte that quotes cells; "" when lines are never inside of cells.
        mark_bytes, header_lines: what stands before the records.
        has_fields: ``#Fields`` lines name the columns of what follows them.
    """

    appendable: bool = False
    is_log: bool = False
    is_json: bool = False
    ends_lines: bool = False
    packed: bool = False
    quote: bytes = b""
    mark_bytes: int = 0
    header_lines: int = 0
    has_fields: bool = False


def shape_of(path: Path) -> Shape:
    """Look into a file; one that can't be read as text is not appendable."""
    from docops_desktop.ingest.files.source import ExportSource
    from docops_desktop.ingest.recognise.sniff import sniff

    try:
        source = ExportSource(path)
        members = source.members()
        if len(members) != 1 or members[0].name:
            return Shape()
        layout = sniff(source, members[0])
    except ExportError:
        return Shape()  # the import says what is wrong with it
    encoding, packed = layout.encoding, bool(members[0].packed)
    if encoding.cr_lines or encoding.name.startswith(("utf-16", "utf-32")):
        return Shape(packed=packed)
    if layout.format in _LINES:
        return Shape(
            appendable=True,
            is_log=layout.format in _LOGS,
            is_json=layout.format == "json_lines",
            ends_lines=True,
            packed=packed,
            mark_bytes=encoding.mark_bytes,
            has_fields=layout.format == "w3c_log",
        )
    if layout.format != "delimited" or layout.dialect is None:
        return Shape(packed=packed)
    dialect = layout.dialect
    return Shape(
        appendable=True,
        packed=packed,
        quote=dialect.quote.encode(),
        mark_bytes=encoding.mark_bytes,
        header_lines=dialect.preamble_lines + dialect.header_lines,
    )


@dataclass(slots=True)
class Beginning:
    """A content's beginning up to an offset: running digest, lines, the last bytes, and the last ``#Fields`` line."""

    digest: hashlib._Hash
    offset: int = 0
    lines: int = 0
    tail: bytes = b""
    fields: bytes = b""

    @classmethod
    def empty(cls) -> Beginning:
        """Of nothing."""
        return cls(hashlib.sha256())

    @property
    def sha256(self) -> str:
        """Digest of everything up to the offset."""
        return self.digest.hexdigest()

    def copy(self) -> Beginning:
        """Return one that goes on by itself."""
        return Beginning(self.digest.copy(), self.offset, self.lines, self.tail, self.fields)

    def take(self, data: bytes, *, has_fields: bool = False) -> None:
        """Go on over the bytes that follow."""
        self.digest.update(data)
        self.offset += len(data)
        self.lines += data.count(b"\n")
        before, self.tail = self.tail, (self.tail + data)[-TAIL_BYTES:]
        if has_fields and _FIELDS in (whole := before + data).lower():
            self.fields = _last_fields(whole) or self.fields


class Content:
    """A file's unpacked bytes.

    Raises:
        OSError: the file can't be read (any method); EOFError for a packed one that is cut off.
    """

    def __init__(self, path: Path, shape: Shape) -> None:
        self.path = path
        self.shape = shape

    def beginnings(self, start: Beginning, offsets: Iterable[int]) -> dict[int, Beginning]:
        """Return the content's beginnings up to each offset, in one pass from ``start``; offsets behind the end are left out."""
        found: dict[int, Beginning] = {}
        here = start.copy()
        with self._open(here.offset) as stream:
            for goal in sorted(offsets):
                for data in _pieces(stream, goal - here.offset):
                    here.take(data, has_fields=self.shape.has_fields)
                if here.offset == goal:
                    found[goal] = here.copy()
        return found

    def ends(self, start: int) -> tuple[int, int]:
        """Return (end of the last whole record, end of all bytes), seen from a record that begins at ``start``."""
        quote, whole, here, is_quoted = self.shape.quote, start, start, False
        with self._open(start) as stream:
            for data in _pieces(stream):
                place = _last_line_end(data, quote, is_quoted=is_quoted)
                whole = here + place if place else whole
                is_quoted ^= bool(quote) and data.count(quote) % 2 == 1
                here += len(data)
        return whole, here

    def is_whole_json(self, start: int, end: int) -> bool:
        """Tell whether these bytes are one whole JSON object."""
        if not self.shape.is_json or not 0 < end - start < _OPEN_LINE_BYTES:
            return False
        with self._open(start) as stream:
            data = b"".join(_pieces(stream, end - start))
        try:
            return isinstance(json.loads(data), dict)
        except (ValueError, RecursionError):
            return False

    def prefix(self, beginning: Beginning) -> bytes:
        """Return what has to stand before the records that follow ``beginning``: byte-order mark, header or ``#Fields`` line."""
        shape = self.shape
        with self._open(0) as stream:
            if shape.header_lines:
                return b"".join(stream.readline() for _ in range(shape.header_lines))
            mark = stream.read(shape.mark_bytes)
        return mark + beginning.fields

    def head(self, size: int) -> bytes:
        """Return the first bytes."""
        with self._open(0) as stream:
            return b"".join(_pieces(stream, size))

    def bytes_before(self, offset: int, count: int) -> bytes:
        """Return the bytes before an offset."""
        with self._open(max(0, offset - count)) as stream:
            return b"".join(_pieces(stream, min(count, offset)))

    def _open(self, offset: int) -> BinaryIO:
        if not self.shape.packed:
            plain = self.path.open("rb")
            plain.seek(offset)
            return plain
        from docops_desktop.ingest.files.source import ExportSource, Member

        limited = ExportSource(self.path).open(Member("", "gzip"))  # refuses decompression bombs
        stream = cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, limited), _CHUNK))
        for _ in _pieces(stream, offset):
            pass
        return stream


def head_sha256(data: bytes) -> str:
    """Return the digest by which a content's first bytes are recognised."""
    return hashlib.sha256(data).hexdigest()


def unpacked_head(path: Path, size: int) -> bytes:
    """Return the first bytes of a file, unpacked when it is a gzip file."""
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return Content(path, Shape(packed=packed)).head(size)


def file_sha256(path: Path) -> str:
    """Return the digest of a whole file as it lies on the disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pieces(stream: BinaryIO, size: int | None = None) -> Iterator[bytes]:
    left = size
    while left is None or left > 0:
        data = stream.read(_CHUNK if left is None else min(left, _CHUNK))
        if not data:
            return
        if left is not None:
            left -= len(data)
        yield data


def _last_line_end(data: bytes, quote: bytes, *, is_quoted: bool) -> int:
    """Return the place behind the last newline that is outside of quotes, 0 when there is none."""
    place = data.rfind(b"\n")
    while place >= 0 and quote:
        if (data.count(quote, 0, place) % 2 == 1) == is_quoted:
            break
        opening = data.rfind(quote, 0, place)  # the newlines behind it are all inside
        place = data.rfind(b"\n", 0, opening) if opening >= 0 else -1
    return place + 1


def _last_fields(data: bytes) -> bytes:
    """Return the last whole ``#Fields`` line."""
    lower = data.lower()
    place = lower.rfind(_FIELDS)
    while place >= 0:
        end = data.find(b"\n", place)
        if end >= 0 and (place == 0 or data[place - 1 : place] == b"\n"):
            return data[place : end + 1]
        place = lower.rfind(_FIELDS, 0, place)
    return b""
