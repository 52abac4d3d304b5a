"""Parquet: row groups in small batches, every cell as text, nested structures as dotted columns, lists and maps as JSON text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from docops_desktop.ingest.blocks import Block, unique_names
from docops_desktop.model.errors import ExportError

BATCH_ROWS = 16_384


def read_parquet(
    file: BinaryIO, where: str, check: Callable[[], None], keep: Callable[[str], bool] | None = None
) -> Iterator[Block]:
    """Yield the rows of a Parquet file; the "line" of a row is its number, from 1.

    Args:
        file: a stream that can seek.
        where: the file's name, for errors.
        check: called before each batch; may raise to stop.
        keep: tells by its dotted name whether a column is wanted (None = all).

    Raises:
        ExportError: it is no readable Parquet file.
    """
    import pyarrow.parquet as pq

    row = 1
    try:
        source = pq.ParquetFile(file, pre_buffer=False)
        for batch in source.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
            check()
            names: list[str] = []
            columns: list[Any] = []
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                _unfold(name, column, names, columns)
            wanted = [i for i, name in enumerate(names) if keep is None or keep(name)]
            table = pa.table(
                [_as_text(columns[i]) for i in wanted], names=list(unique_names([names[i] for i in wanted]))
            )
            if not wanted:
                table = pa.table({"(empty)": pa.nulls(batch.num_rows, pa.string())})
            table.validate(full=True)  # text that is no UTF-8 shows the file to be damaged
            yield Block(table, np.arange(row, row + batch.num_rows, dtype=np.int64))
            row += batch.num_rows
    except (
        pa.ArrowException,
        OSError,
        ValueError,
        OverflowError,
        RecursionError,
    ) as error:  # damage shows in any of these
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise ExportError(
            f"the Parquet file can't be read ({error})", where, "Nothing was imported; export it again"
        ) from error


def _unfold(name: str, column: Any, names: list[str], columns: list[Any]) -> None:
    if pa.types.is_struct(column.type):
        for field, child in zip(column.type, column.flatten(), strict=True):
            _unfold(f"{name}.{field.name}", child, names, columns)
        return
    names.append(name)
    columns.append(column)


def _as_text(column: Any) -> Any:
    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_dictionary(kind):
        return _as_text(column.dictionary_decode())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_nested(kind):
        return pa.array([_json(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return pc.cast(column.cast(pa.timestamp(kind.unit, "UTC")), pa.string())
    return pc.cast(column, pa.string())


def _json(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))
