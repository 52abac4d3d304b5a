"""Adobe Analytics data feeds: hits without a header, whose column names and lookup tables lie beside them as files of their own.

Cells are escaped with a backslash (tab, newline, backslash), never quoted. A lookup that can't be read costs its names, not the feed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa

from docops_desktop.ingest.blocks import MEMORY_POOL_BLOCK, Block, Broken, unique_names
from docops_desktop.ingest.files.source import ExportSource, Member
from docops_desktop.ingest.readers.json_records import Keep

HEADERS = "column_headers.tsv"
LOOKUPS = (
    "browser", "browser_type", "color_depth", "connection_type", "country", "event", "javascript_version", "languages",
    "operating_systems", "plugins", "referrer_type", "resolution", "search_engines",
)  # fmt: skip
_NAMED = {
    "browser": "browser",
    "os": "operating_systems",
    "connection_type": "connection_type",
    "country": "country",
    "ref_type": "referrer_type",
    "post_search_engine": "search_engines",
}
"""Column with ids -> its lookup; the names are handed on as ``feed.COLUMN``."""
NO_HIT = "names for a data feed, read together with its hits"
_LOOKUP_BYTES = 64 << 20


@dataclass(frozen=True)
class Feed:
    """What lies beside the hits: column names, and names by id for the columns that have a lookup.

    ``companion`` = the stream is itself one of those tables and holds no hits.
    """

    columns: tuple[str, ...]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    companion: bool = False


def is_companion(name: str) -> bool:
    """Whether a file of this name belongs to a feed without holding hits."""
    stem = PurePosixPath(name.replace("\\", "/")).name.lower()
    return stem == HEADERS or (stem.removesuffix(".tsv") in LOOKUPS and stem.endswith(".tsv"))


def find_feed(source: ExportSource, member: Member, first_line: str) -> Feed | None:
    """Return the feed that a stream of hits (or one of the tables beside them) belongs to, None when it is none."""
    own = member.name or source.path.name
    around = _around(source, member)
    if HEADERS not in around:
        return None
    header = _read(source, around[HEADERS], HEADERS).split("\n", 1)[0].rstrip("\r")
    columns = tuple(header.split("\t"))
    if len(columns) < 2:
        return None
    if is_companion(own):
        return Feed(unique_names(columns), companion=True)
    if len(_cells(first_line)) != len(columns):
        return None
    names: dict[str, dict[str, str]] = {}
    for column, lookup in _NAMED.items():
        if column in columns and f"{lookup}.tsv" in around:
            names[column] = _lookup(_read(source, around[f"{lookup}.tsv"], f"{lookup}.tsv"))
    return Feed(unique_names(columns), names)


def _around(source: ExportSource, member: Member) -> dict[str, Member | None]:
    """Files beside the hits by their small name: members of the same archive, or files of the same folder (None)."""
    if member.name:
        return {PurePosixPath(other.name).name.lower(): other for other in source.members()}
    folder = source.path.parent
    wanted = (HEADERS, *(f"{lookup}.tsv" for lookup in LOOKUPS))
    return {name: None for name in wanted if (folder / name).is_file()} if (folder / HEADERS).is_file() else {}


def _read(source: ExportSource, place: Member | None, name: str) -> str:
    """The text of a companion; each is in an encoding of its own, and not always the one that it should be in."""
    if place is not None:
        with source.open(place) as stream:
            data = stream.read(_LOOKUP_BYTES)
    else:
        with (source.path.parent / name).open("rb") as stream:
            data = stream.read(_LOOKUP_BYTES)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _lookup(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.split("\n"):
        cells = line.rstrip("\r").split("\t")
        if len(cells) >= 2 and cells[0]:
            found[cells[0]] = cells[1]
    return found


def read_feed(pieces: Iterator[bytes], feed: Feed, keep: Keep | None = None) -> Iterator[Block]:
    """Yield hits.

    Args:
        pieces: UTF-8 bytes of the hits.
        feed: what lies beside them.
        keep: tells by its name whether a column is wanted (None = all); named columns are always handed on.
    """
    if feed.companion:
        count = sum(1 for _ in _records(pieces))
        nothing = pa.table({name: pa.array([], pa.string()) for name in feed.columns})
        yield Block(nothing, np.empty(0, dtype=np.int64), filtered={NO_HIT: count})
        return
    wanted = [place for place, name in enumerate(feed.columns) if keep is None or keep(name)]
    rows: list[list[str]] = []
    lines: list[int] = []
    broken: list[Broken] = []
    size = 0
    for line, text in _records(pieces):
        size += len(text)
        cells = _cells(text)
        if "\ufffe" in text:
            broken.append(Broken(line, "bytes that are no text in this encoding", text.replace("\ufffe", "")))
        elif len(cells) != len(feed.columns):
            broken.append(Broken(line, f"{len(cells)} cells instead of {len(feed.columns)}", text))
        else:
            rows.append(cells)
            lines.append(line)
        if size >= MEMORY_POOL_BLOCK:
            yield _block(rows, lines, broken, wanted, feed)
            rows, lines, broken, size = [], [], [], 0
    if rows or broken:
        yield _block(rows, lines, broken, wanted, feed)


def _block(rows: list[list[str]], lines: list[int], broken: list[Broken], wanted: list[int], feed: Feed) -> Block:
    columns = {feed.columns[place]: pa.array([row[place] for row in rows], pa.string()) for place in wanted}
    for column, names in feed.names.items():
        place = feed.columns.index(column)
        columns[f"feed.{column}"] = pa.array([names.get(row[place]) for row in rows], pa.string())
    return Block(pa.table(columns), np.array(lines, dtype=np.int64), tuple(broken))


def _records(pieces: Iterator[bytes]) -> Iterator[tuple[int, str]]:
    """Records with their first line; a newline behind an odd number of backslashes belongs to a cell."""
    rest = b""
    line = 1
    held: list[bytes] = []
    for piece in _closed(pieces):
        *whole, rest = (rest + piece).split(b"\n")
        for part in whole:
            held.append(part)
            if (len(part) - len(part.rstrip(b"\\"))) % 2:
                continue
            if len(held) > 1 or part.strip(b"\r"):
                yield line, _decoded(b"\n".join(held).removesuffix(b"\r"))
            line += len(held)
            held = []
    if held:
        yield line, _decoded(b"\n".join(held))


def _closed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    last = b"\n"
    for piece in pieces:
        last = piece or last
        yield piece
    if not last.endswith(b"\n"):
        yield b"\n"


def _decoded(part: bytes) -> str:
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError:
        return part.decode("utf-8", "backslashreplace") + "\ufffe"


def _cells(text: str) -> list[str]:
    if "\\" not in text:
        return text.split("\t")
    cells: list[str] = []
    cell: list[str] = []
    escaped = False
    for character in text:
        if escaped:
            cell.append(character)
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == "\t":
            cells.append("".join(cell))
            cell = []
        else:
            cell.append(character)
    cells.append("".join(cell))
    return cells
