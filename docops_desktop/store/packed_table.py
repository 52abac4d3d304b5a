"""A private SQLite file with one table, written page by page: what millions of rows are kept in until they enter the workspace.

The pages that name the table are made by SQLite itself; the tree of the rows is appended to them as sqlite.org/fileformat2.html has it. The file is
read by SQLite when it is complete, never changed, and thrown away.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from docops_desktop.store.packed_cells import Cells, Ints, Value, cells, varint

PAGE_BYTES = 65_536
_RESERVED_PAGES = 8
"""For the pages that name the table: half a megabyte of its columns' names."""
_NEVER_USED_PAGE = (1 << 30) // PAGE_BYTES + 1
"""SQLite locks its files at the byte that begins this page, and keeps nothing there."""
_LEAF, _INNER = 13, 5
_LEAF_HEAD, _INNER_HEAD = 8, 12
_CHILDREN = (PAGE_BYTES - _INNER_HEAD) // (2 + 4 + 9)
"""Children of an inner page at most: each has a pointer, a page number and a rowid."""
_PAGE_COUNT_AT = 28


class PackedTable:
    """The file of one table's rows while they come, in ascending order of their rowids."""

    def __init__(self, name: str, path: Path) -> None:
        """Begin; the file is made. ``name`` is the table's."""
        self.name = name
        self.path = path
        self.rows = 0
        self._file: BinaryIO = path.open("w+b")
        self._next = _RESERVED_PAGES + 1
        self._leaves: list[tuple[int, int]] = []
        self._last_rowid = 0

    def append(self, rowids: Ints, columns: Sequence[Value]) -> None:
        """Add rows; see ``packed_cells.cells`` for the columns.

        Raises:
            ValueError: the rowids do not ascend (a defect of the importer).
            OSError: the disk is full or the file can't be written.
        """
        if int(rowids[0]) <= self._last_rowid or bool((rowids[1:] <= rowids[:-1]).any()):
            raise ValueError("rows of a packed table must come in order of their ids")
        self._last_rowid = int(rowids[-1])
        self.rows += len(rowids)
        for part, found in cells(rowids, columns):
            self._write_leaves(part, found)

    def finish(self, statements: Sequence[str]) -> None:
        """Complete the file, whose table is made by these statements (columns at its end that rows lack have their default)."""
        head, root = _empty_database(statements)
        level = self._leaves
        while len(level) > 1:
            groups = np.array_split(np.array(level, dtype=np.int64), -(-len(level) // _CHILDREN))
            level = [self._write_inner(group, root if len(groups) == 1 else self._new_page()) for group in groups]
        if len(self._leaves) == 1:
            self._file.seek((self._leaves[0][0] - 1) * PAGE_BYTES)
            head[(root - 1) * PAGE_BYTES : root * PAGE_BYTES] = self._file.read(PAGE_BYTES)
        elif self._leaves:
            self._file.seek((root - 1) * PAGE_BYTES)
            head[(root - 1) * PAGE_BYTES : root * PAGE_BYTES] = self._file.read(PAGE_BYTES)
        pages = max(self._next - 1, len(head) // PAGE_BYTES)
        head[_PAGE_COUNT_AT : _PAGE_COUNT_AT + 4] = pages.to_bytes(4, "big")
        self._file.seek(0)
        self._file.write(head)
        self._file.truncate(pages * PAGE_BYTES)
        self._file.close()

    def close(self) -> None:
        """Close the file, complete or not; more than once does no harm, nor does a full disk."""
        with suppress(OSError):
            self._file.close()

    def _new_page(self) -> int:
        page = self._next
        self._next += 2 if page + 1 == _NEVER_USED_PAGE else 1
        return page

    def _write_leaves(self, rowids: Ints, found: Cells) -> None:
        taken = found.ends + 2 * np.arange(1, len(rowids) + 1)  # each cell has a pointer of two bytes
        first, before = 0, 0
        while first < len(rowids):
            last = int(np.searchsorted(taken, before + PAGE_BYTES - _LEAF_HEAD, side="right"))
            start = int(found.ends[first - 1]) if first else 0
            end = int(found.ends[last - 1])
            places = np.concatenate((np.zeros(1, np.int64), found.ends[first : last - 1] - start))
            content_at = PAGE_BYTES - (end - start)
            page = np.zeros(PAGE_BYTES, dtype=np.uint8)
            page[:_LEAF_HEAD] = np.frombuffer(_page_head(_LEAF, last - first, content_at), np.uint8)
            page[_LEAF_HEAD : _LEAF_HEAD + 2 * (last - first)] = (places + content_at).astype(">u2").view(np.uint8)
            page[content_at:] = found.data[start:end]
            number = self._new_page()
            self._file.seek((number - 1) * PAGE_BYTES)
            self._file.write(page.tobytes())
            self._leaves.append((number, int(rowids[last - 1])))
            first, before = last, int(taken[last - 1])

    def _write_inner(self, children: Ints, page_number: int) -> tuple[int, int]:
        """Write the page above some pages, given as (page, highest rowid); return the same of itself."""
        *left, (right_page, right_rowid) = children.tolist()
        parts = [page.to_bytes(4, "big") + varint(rowid) for page, rowid in left]
        content = b"".join(parts)
        content_at = PAGE_BYTES - len(content)
        ends = np.cumsum([len(part) for part in parts])
        places = np.concatenate((np.zeros(1, np.int64), ends[:-1])) + content_at
        head = _page_head(_INNER, len(parts), content_at) + right_page.to_bytes(4, "big")
        pointers = places.astype(">u2").tobytes()
        self._file.seek((page_number - 1) * PAGE_BYTES)
        self._file.write((head + pointers).ljust(content_at, b"\0") + content)
        return page_number, right_rowid


def _page_head(kind: int, count: int, content_at: int) -> bytes:
    """A page's first bytes: kind, no free block, cells, where they begin, no fragments."""
    return bytes([kind, 0, 0, *count.to_bytes(2, "big"), *content_at.to_bytes(2, "big"), 0])


def _empty_database(statements: Sequence[str]) -> tuple[bytearray, int]:
    """Return the pages of a database that holds the one table that these statements make, and the table's root page."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum=0")
        for sql in statements:
            connection.execute(sql)
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master").fetchone()
        pages = bytearray(connection.serialize())
    finally:
        connection.close()
    if len(pages) > _RESERVED_PAGES * PAGE_BYTES:
        raise ValueError("the table has too many columns")
    return pages, int(root)
