"""Prepared rows set aside on the disk until the whole export is known, so that memory stays bounded whatever the file's size.

The file has no name where the system allows it, so that even a killed process leaves nothing behind.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import pyarrow as pa


class Spool:
    """Record batches, each with a schema of its own, in the order in which they came."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="docops-import-")  # noqa: SIM115 - closed in __exit__
        self._sizes: list[int] = []
        self._options = pa.ipc.IpcWriteOptions(compression="lz4")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, batch: pa.RecordBatch) -> None:
        """Set a batch aside."""
        buffer = pa.BufferOutputStream()
        with pa.ipc.new_stream(buffer, batch.schema, options=self._options) as writer:
            writer.write_batch(batch)
        data = buffer.getvalue()
        self._file.write(data)
        self._sizes.append(data.size)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches again."""
        self._file.seek(0)
        for size in self._sizes:
            with pa.ipc.open_stream(pa.BufferReader(self._file.read(size))) as reader:
                yield reader.read_next_batch()
