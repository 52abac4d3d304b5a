"""The file format of the columnar cache: a fixed preamble, aligned columns, then a JSON header with each column's checksum.

The file is written beside its final name and moved there when complete, so that a reader never sees half a file. Bump ``FORMAT_VERSION`` with
every change of the layout or of what a column means; a file of another version is rebuilt, never converted.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from docops_desktop.store.facts import ALIGNMENT, Column, Facts, FactsHeader
from docops_desktop.store.mapped_file import map_file

FORMAT_VERSION = 2
MAGIC = b"DOCPFACT"
DATA_START = 64
FULL_CHECK_BYTES = 512 << 20
"""Up to this size every byte is verified when the file is opened; beyond, the ends of every column."""

_PREAMBLE = struct.Struct("<8sIIQQ")  # magic, format version, checksum of the header, its offset, its length
_EDGE_BYTES = 1 << 16


class CacheUnusable(Exception):  # noqa: N818 - not shown to anybody: the cache is rebuilt
    """The file is missing, of another version, or damaged."""


@dataclass(frozen=True)
class CacheFile:
    """A mapped cache: the facts, and each column's checksums (of all bytes, of its two ends)."""

    path: Path
    facts: Facts
    checksums: Mapping[str, tuple[int, int]]

    def damaged_columns(self, *, everything: bool) -> list[str]:
        """Return the columns whose bytes are not those that were written."""
        bad = []
        for key, column in _places(self.facts):
            size = np.dtype(column.dtype).itemsize * column.length
            data = self.facts.buffer[column.offset : column.offset + size]
            whole, ends = self.checksums[key]
            if (zlib.crc32(data.data) != whole) if everything else (_crc_of_ends(data) != ends):
                bad.append(key)
        return bad


def write_cache(
    path: Path,
    header: FactsHeader,
    sessions: Iterator[tuple[str, npt.NDArray[Any]]],
    page_views: Iterator[tuple[str, npt.NDArray[Any]]],
) -> None:
    """Write a cache file; ``path`` appears, or is replaced, only when it is complete.

    Raises:
        OSError: the file can't be written; what was at ``path`` is still there.
    """
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(bytes(DATA_START))
            tables = {}
            for table, columns in (("sessions", sessions), ("page_views", page_views)):
                tables[table] = [_write_column(file, name, values) for name, values in columns]
            size = max(file.tell() - DATA_START, ALIGNMENT)
            file.seek(DATA_START + size)
            text = json.dumps({"header": asdict(header), "data_bytes": size, **tables}, ensure_ascii=False).encode(
                "utf-8", "surrogatepass"
            )
            file.write(text)
            file.seek(0)
            file.write(_PREAMBLE.pack(MAGIC, FORMAT_VERSION, zlib.crc32(text), DATA_START + size, len(text)))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def map_cache(path: Path) -> CacheFile:
    """Map a cache file after checking sizes and header, and its columns' checksums (see ``FULL_CHECK_BYTES``).

    Raises:
        CacheUnusable: it is missing, of another version, or damaged.
    """
    try:
        content, size = _read_header(path)
        buffer = map_file(path, DATA_START, size)
        tables = [
            {row["name"]: Column(row["name"], row["dtype"], row["offset"], row["length"]) for row in content[table]}
            for table in ("sessions", "page_views")
        ]
        values = content["header"]
        values["dictionaries"] = {name: tuple(texts) for name, texts in values["dictionaries"].items()}
        facts = Facts(FactsHeader(**values), buffer, *tables)
        sums = {
            f"{table}.{row['name']}": (row["crc"], row["crc_ends"])
            for table in ("sessions", "page_views")
            for row in content[table]
        }
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise CacheUnusable(str(error)) from error
    cache = CacheFile(path, facts, sums)
    bad = cache.damaged_columns(everything=size <= FULL_CHECK_BYTES)
    if bad:
        raise CacheUnusable(f"damaged columns: {', '.join(bad)}")
    return cache


def _read_header(path: Path) -> tuple[dict[str, Any], int]:
    with path.open("rb") as file:
        magic, version, crc, offset, length = _PREAMBLE.unpack(file.read(_PREAMBLE.size))
        if magic != MAGIC or version != FORMAT_VERSION:
            raise CacheUnusable("another format")
        if offset + length != os.fstat(file.fileno()).st_size:
            raise CacheUnusable("cut short")
        file.seek(offset)
        text = file.read(length)
    if zlib.crc32(text) != crc:
        raise CacheUnusable("damaged header")
    content: dict[str, Any] = json.loads(text.decode("utf-8", "surrogatepass"))
    if content["data_bytes"] != offset - DATA_START:
        raise CacheUnusable("damaged header")
    return content, int(content["data_bytes"])


def _write_column(file: IO[bytes], name: str, values: npt.NDArray[Any]) -> dict[str, Any]:
    values = np.ascontiguousarray(values)
    data = values.view(np.uint8)
    place = {"name": name, "dtype": values.dtype.str, "offset": file.tell() - DATA_START, "length": len(values)}
    file.write(data.data)
    file.write(bytes(-data.nbytes % ALIGNMENT))
    return {**place, "crc": zlib.crc32(data.data), "crc_ends": _crc_of_ends(data)}


def _crc_of_ends(data: npt.NDArray[np.uint8]) -> int:
    return zlib.crc32(data[-_EDGE_BYTES:].data, zlib.crc32(data[:_EDGE_BYTES].data))


def _places(facts: Facts) -> Iterator[tuple[str, Column]]:
    for table, columns in (("sessions", facts.sessions), ("page_views", facts.page_views)):
        for name, column in columns.items():
            yield f"{table}.{name}", column
