"""Partition columns in a path: ``type=events/date=2026-08-01/part-0.parquet`` says what its rows do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import pyarrow as pa

from docops_desktop.ingest.blocks import Block

_PART = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,39})=(.{1,200})")


def partitions(path: Path, member: str) -> dict[str, str]:
    """Return the columns that the folders of a file name."""
    folders = (*path.parts[:-1], *PurePosixPath(member.replace("\\", "/")).parts[:-1])
    return {found[1]: unquote(found[2]) for folder in folders if (found := _PART.fullmatch(folder))}


def with_partitions(blocks: Iterator[Block], path: Path, member: str) -> Iterator[Block]:
    """Yield the blocks with the partition columns that they do not have themselves."""
    constant = partitions(path, member)
    for block in blocks:
        table = block.table
        for name, value in constant.items():
            if name not in table.column_names:
                table = table.append_column(name, pa.array([value] * table.num_rows, pa.string()))
        yield Block(table, block.lines, block.broken, block.filtered)
