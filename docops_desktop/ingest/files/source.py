"""An export as it lies on the disk: its bytes, its members when it is packed, its fingerprint, and whether it stayed the same.

Nothing is ever unpacked to a path that an archive names; members are read as streams. Limits are stated here and refused with a clear message.
"""

from __future__ import annotations

import errno
import gzip
import io
import lzma
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from docops_desktop.ingest.files.digest import FileDigest
from docops_desktop.ingest.files.increment import Increment, part_of
from docops_desktop.ingest.files.tar_members import HEAD_BYTES, is_tar, open_tar_member, tar_members
from docops_desktop.ingest.progress import Meter
from docops_desktop.model.errors import ExportError, RequestError

MAX_MEMBERS = 1_000
MAX_UNPACKED_BYTES = 64 << 30
MAX_RATIO = 400
"""Unpacked bytes per packed byte, once more than ``RATIO_FREE_BYTES`` were unpacked."""
RATIO_FREE_BYTES = 64 << 20
HASH_CHUNK = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
PARQUET_MAGIC = b"PAR1"
WORKBOOKS = frozenset({"xl/workbook.xml", "xl/workbook.bin", "META-INF/manifest.xml"})
"""Files in the zip archives that spreadsheet programs write (Excel, OpenDocument)."""
DOCUMENT_STEMS = ("readme", "license", "licence", "changelog")
DOCUMENT_SUFFIXES = (".md", ".rst", ".pdf", ".doc", ".docx", ".rtf", ".png", ".jpg", ".jpeg", ".gif", ".svg")
"""Files that lie beside the data in an archive or a folder and explain them; no system writes an export under such a name."""


@dataclass(frozen=True, slots=True)
class Member:
    """One stream of records: the file itself (``name`` empty) or a file inside an archive."""

    name: str
    packed: str = ""


def beside_the_data(name: str) -> bool:
    """Whether a file of this name in an archive or a folder is hidden, or a document and no export."""
    place = PurePosixPath(name.lower())
    told = place.stem in DOCUMENT_STEMS and place.suffix in ("", ".txt")
    return place.name.startswith(".") or told or place.suffix in DOCUMENT_SUFFIXES


class _Counting(io.RawIOBase):
    """The raw file; tells the meter where it is, and the digest what passes."""

    def __init__(self, raw: io.FileIO, meter: Meter, digest: FileDigest) -> None:
        self._raw = raw
        self._meter = meter
        self._digest = digest

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        count = self._raw.readinto(buffer)
        position = self._raw.tell()
        self._digest.passed(position - count, memoryview(buffer)[:count])
        self._meter.read(position)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Limited(io.RawIOBase):
    """An unpacking stream that refuses bombs."""

    def __init__(self, stream: BinaryIO, packed_bytes: int, where: str, owner: io.IOBase | None = None) -> None:
        self._stream = stream
        self._packed = max(packed_bytes, 1)
        self._where = where
        self._owner = owner
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._count += len(data)
        ratio_broken = self._count > RATIO_FREE_BYTES and self._count > MAX_RATIO * self._packed
        if ratio_broken or self._count > MAX_UNPACKED_BYTES:
            raise ExportError(
                f"the packed file unpacks to more than {MAX_RATIO} times its size or {MAX_UNPACKED_BYTES >> 30} GiB",
                self._where,
                "This looks like a decompression bomb; unpack it yourself if you trust it, and import the result",
            )
        return len(data)

    def close(self) -> None:
        self._stream.close()
        if self._owner is not None:
            self._owner.close()
        super().close()


class ExportSource:
    """A file to import.

    Args:
        part: only this stretch of it; its layout is still judged from the file's beginning.

    Raises:
        RequestError: there is no such file, or it can't be opened.
        ExportError: the file is empty.
    """

    def __init__(self, path: Path, part: Increment | None = None) -> None:
        self.path = path
        self.part = part if part is not None and part.followed.appendable else None
        self._digest = FileDigest()
        self._stat = self._stat_now()
        if self._stat.st_size == 0:
            raise ExportError("the file is empty", str(path), "Export it again; it holds no data")

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self._stat.st_size

    def _stat_now(self) -> os.stat_result:
        try:
            stat = self.path.stat()
        except FileNotFoundError as error:
            raise RequestError("there is no such file", str(self.path), "Check the path") from error
        except OSError as error:
            raise RequestError(f"the file can't be opened ({error.strerror})", str(self.path)) from error
        if not self.path.is_file():
            raise RequestError("this is not a file", str(self.path), "Name a file, a folder of files, or a pattern")
        return stat

    def sha256(self, meter: Meter) -> str:
        """Return the SHA-256 of the file's bytes, of which only those are read here that did not pass by; of a part, that of everything up to its end."""
        if self.part is not None:
            return self.part.sha256
        room = memoryview(bytearray(HASH_CHUNK))  # one for all pieces: fresh memory costs more than the reading
        with self.reading(), self.path.open("rb", buffering=0) as file:
            file.seek(self._digest.position)
            while count := file.readinto(room):
                self._digest.passed(file.tell() - count, room[:count])
                meter.share(file.tell() / self.size)
        return self._digest.hexdigest()

    def verify_unchanged(self) -> None:
        """Make sure that the file is still the one that was opened.

        Raises:
            ExportError: it vanished, grew or was replaced while it was read.
        """
        try:
            now = self.path.stat()
        except OSError as error:
            raise self._vanished() from error
        before = self._stat
        if self.part is not None and now.st_ino == before.st_ino and now.st_size > before.st_size:
            return  # it goes on growing behind the part
        if (now.st_size, now.st_mtime_ns, now.st_ino) != (before.st_size, before.st_mtime_ns, before.st_ino):
            raise ExportError(
                "the file changed while it was read",
                str(self.path),
                "Nothing was imported; import it again when it is complete",
            )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what may go wrong while bytes are read into errors that say what to do."""
        try:
            yield
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile, struct.error) as error:
            raise ExportError(
                f"the packed file is damaged or cut off ({error})",
                str(self.path),
                "Nothing was imported; fetch or export the file again",
            ) from error
        except FileNotFoundError as error:
            raise self._vanished() from error
        except ExportError as error:
            error.where = error.where or str(self.path)
            raise
        except NotImplementedError as error:
            raise ExportError(
                f"the archive is packed in a way that can't be read ({error})", str(self.path), "Unpack it first"
            ) from error
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise
            raise ExportError(
                f"the file can't be read ({error.strerror or error})", str(self.path), "Check it and try again"
            ) from error

    def _vanished(self) -> ExportError:
        return ExportError(
            "the file vanished while it was read", str(self.path), "Nothing was imported; put it back and try again"
        )

    def members(self) -> tuple[Member, ...]:
        """Return the streams of this file: itself, unpacked, or the files inside an archive.

        Raises:
            ExportError: damaged, encrypted, too many members, or a name that points outside the archive.
        """
        with self.reading(), self.path.open("rb") as file:
            head = file.read(4)
            if head in ZIP_MAGIC:
                return self._zip_members(file)
            whole = Member("", "gzip" if head[:2] == GZIP_MAGIC else "")
        if self.part is not None:
            return (whole,)
        with self.reading(), self.open(whole) as stream:
            if not is_tar(stream.read(HEAD_BYTES)):
                return (whole,)
        return self._tar_members(whole)

    def _tar_members(self, whole: Member) -> tuple[Member, ...]:
        where = str(self.path)
        with self.reading(), self.open(whole) as stream:
            listed = tar_members(stream, where, MAX_MEMBERS)
        found: list[Member] = []
        for name, head in listed:
            if beside_the_data(PurePosixPath(name).name):
                continue
            if head in ZIP_MAGIC:
                raise ExportError(f"the archive holds another archive ({name})", where, "Unpack it once")
            found.append(Member(name, "tar gzip" if head[:2] == GZIP_MAGIC else "tar"))
        if not found:
            raise ExportError("the archive holds no data", where, "Export it again")
        return tuple(found)

    def _zip_members(self, file: BinaryIO) -> tuple[Member, ...]:
        where = str(self.path)
        with zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > MAX_MEMBERS:
                raise ExportError(
                    f"the archive holds more than {MAX_MEMBERS:,} files", where, "Unpack and import a folder"
                )
            if WORKBOOKS & {info.filename for info in infos}:
                raise ExportError(
                    "this is a spreadsheet's own file", where, "Save its sheet as CSV (UTF-8) and import that"
                )
            found: list[Member] = []
            for info in infos:
                place = PurePosixPath(info.filename.replace("\\", "/"))
                if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
                    raise ExportError(
                        f"the archive names a file outside itself ({info.filename!r})",
                        where,
                        "Such an archive is refused; unpack it with care and import the files",
                    )
                if info.flag_bits & 1:
                    raise ExportError("the archive is encrypted", where, "Unpack it with its password first")
                if place.parts[0] == "__MACOSX" or info.file_size == 0 or beside_the_data(place.name):
                    continue
                with archive.open(info) as stream:
                    head = stream.read(4)
                if head in ZIP_MAGIC:
                    raise ExportError(f"the archive holds another archive ({info.filename})", where, "Unpack it once")
                found.append(Member(info.filename, "gzip" if head[:2] == GZIP_MAGIC else ""))
        if not found:
            raise ExportError("the archive holds no data", where, "Export it again")
        return tuple(found)

    def open(self, member: Member, meter: Meter | None = None) -> BinaryIO:
        """Return a member's unpacked bytes (of a part: its header and its own) as a stream; the caller closes it."""
        stream = self._open_whole(member, meter)
        return stream if self.part is None else part_of(stream, self.part)

    def _open_whole(self, member: Member, meter: Meter | None = None) -> BinaryIO:
        if member.packed.startswith("tar"):
            return self._open_in_tar(member, meter)
        raw = _Counting(io.FileIO(str(self.path)), meter or Meter(), self._digest)
        where = f"{self.path}" + (f" ({member.name})" if member.name else "")
        stream: BinaryIO = cast(BinaryIO, io.BufferedReader(raw, 1 << 18))
        if member.name:
            archive = zipfile.ZipFile(stream)
            packed = archive.getinfo(member.name).compress_size
            stream = cast(BinaryIO, _Limited(cast(BinaryIO, archive.open(member.name)), packed, where, archive))  # type: ignore[arg-type]
            if member.packed == "gzip":
                inner = cast(BinaryIO, gzip.GzipFile(fileobj=stream))
                stream = cast(BinaryIO, _Limited(inner, packed, where, stream))  # type: ignore[arg-type]
        elif member.packed == "gzip":
            stream = cast(BinaryIO, _Limited(cast(BinaryIO, gzip.GzipFile(fileobj=stream)), self.size, where, raw))
        return stream

    def _open_in_tar(self, member: Member, meter: Meter | None) -> BinaryIO:
        where = f"{self.path} ({member.name})"
        with self.path.open("rb") as file:
            packed = "gzip" if file.read(2) == GZIP_MAGIC else ""
        outer = self.open(Member("", packed), meter)
        stream = cast(BinaryIO, _Limited(open_tar_member(outer, member.name, where), self.size, where, outer))  # type: ignore[arg-type]
        if member.packed == "tar gzip":
            inner = cast(BinaryIO, gzip.GzipFile(fileobj=stream))
            stream = cast(BinaryIO, _Limited(inner, self.size, where, stream))  # type: ignore[arg-type]
        return stream

    def open_seekable(self, member: Member, meter: Meter | None = None) -> BinaryIO:
        """Return a member as a stream that can seek; a packed one is unpacked to an unnamed temporary file."""
        if not member.name and not member.packed:
            return self.open(member, meter)
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller
        with self.open(member, meter) as stream:
            while chunk := stream.read(HASH_CHUNK):
                spool.write(chunk)
        spool.seek(0)
        return cast(BinaryIO, spool)

    def head(self, member: Member, size: int) -> tuple[bytes, bool]:
        """Return the first ``size`` bytes of a member, and whether that is all of it."""
        end = self.part.end if self.part is not None else None
        size = size if end is None else min(size, end)
        with self.reading(), self._open_whole(member) as stream:
            data = b""
            while len(data) <= size and (chunk := stream.read(size + 1 - len(data))):
                data += chunk
        return data[:size], len(data) <= size or size == end
