"""Which loader takes the records of a grain, and the loader of exports whose records are of two grains (pages and their resources).

The grains themselves are loaded by the ``load_*`` modules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.context import Context
from docops_desktop.ingest.load.aggregates import AggregateLoader
from docops_desktop.ingest.load.cells import CellLoader
from docops_desktop.ingest.load.page_views import PageViewLoader
from docops_desktop.ingest.load.plain import TABLES, PlainLoader
from docops_desktop.ingest.load.sessionize import Salt
from docops_desktop.ingest.mapping.adapters import AdapterSpec, PartRule
from docops_desktop.ingest.values.values import Bools, as_bools

UNTIMED = frozenset({"aggregate"})
"""Grains whose records need no time of their own."""
WIDE = frozenset({"aggregate", "cell"})
"""Grains that use columns which no target names."""
_OWN = {"aggregate", "cell", "page_view"}


class Loader(Protocol):
    """Loads the blocks of all members of one export."""

    def load(self, context: Context, blocks: Iterator[Block]) -> None:
        """Load or set aside the rows of some blocks."""

    def finish(self, context: Context) -> None:
        """Load what was set aside."""

    def close(self) -> None:
        """Release what was set aside."""


def is_loadable(grain: str) -> bool:
    """Tell whether records of this grain can be loaded."""
    return grain in _OWN or grain in TABLES


def make_loader(spec: AdapterSpec, grain: str, salt: Salt) -> Loader:
    """Return the loader of an export.

    Args:
        grain: of its records; those that a part of the adapter names have their own.
        salt: returns a number that differs between exports.
    """
    main = _loader(grain, salt)
    if not spec.parts:
        return main
    return PartedLoader(main, spec.parts, {part.grain: _loader(part.grain, salt) for part in spec.parts})


def _loader(grain: str, salt: Salt) -> Loader:
    if grain == "page_view":
        return PageViewLoader(salt)
    if grain == "cell":
        return CellLoader()
    return AggregateLoader() if grain == "aggregate" else PlainLoader(grain, salt)


class PartedLoader:
    """Hands each record to the loader of its grain; records that are nobody's part go to the main one."""

    def __init__(self, main: Loader, parts: tuple[PartRule, ...], loaders: dict[str, Loader]) -> None:
        self._main = main
        self._parts = parts
        self._loaders = loaders

    def load(self, context: Context, blocks: Iterator[Block]) -> None:
        """Load or set aside the rows of some blocks."""
        for block in blocks:
            rest = np.ones(block.table.num_rows, dtype=bool)
            for part in self._parts:
                mask = _matching(block, part) & rest
                rest &= ~mask
                if mask.any():
                    self._loaders[part.grain].load(context, iter([_rows(block, mask)]))
            kept = Block(block.table.filter(pa.array(rest)), block.lines[rest], block.broken, block.filtered)
            if kept.records:
                self._main.load(context, iter([kept]))

    def finish(self, context: Context) -> None:
        """Load what was set aside."""
        for loader in (self._main, *self._loaders.values()):
            loader.finish(context)

    def close(self) -> None:
        """Release what was set aside."""
        for loader in (self._main, *self._loaders.values()):
            loader.close()


def _matching(block: Block, part: PartRule) -> Bools:
    if part.column not in block.table.column_names:
        return np.zeros(block.table.num_rows, dtype=bool)
    column = block.table.column(part.column)
    return as_bools(pc.match_substring_regex(column, part.pattern, ignore_case=True))


def _rows(block: Block, mask: Bools) -> Block:
    return Block(block.table.filter(pa.array(mask)), block.lines[mask])
