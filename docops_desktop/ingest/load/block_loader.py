"""The loop of the loaders that load each block as it comes and set nothing aside. What a row becomes is theirs."""

from __future__ import annotations

from collections.abc import Iterator

from docops_desktop.ingest.blocks import Block
from docops_desktop.ingest.context import Context
from docops_desktop.ingest.values.values import Cells, Rejects


class BlockLoader:
    """Takes the blocks of all members of one export."""

    def load(self, context: Context, blocks: Iterator[Block]) -> None:
        """Load the rows of some blocks."""
        for block in blocks:
            context.take_broken(block)
            cells = context.cells(block)
            if cells.rows:
                self._load(context, block, cells, Rejects(cells.rows))
            context.meter.rows(block.records)
            context.meter.check()

    def finish(self, context: Context) -> None:
        """Nothing was set aside."""

    def close(self) -> None:
        """Nothing was set aside."""

    def _load(self, context: Context, block: Block, cells: Cells, rejects: Rejects) -> None:
        """Load the rows of a block that has some; count those that are loaded."""
        raise NotImplementedError
