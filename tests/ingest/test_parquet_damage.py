"""Parquet files that open and yet hold damage."""

from __future__ import annotations

import io
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from docops_desktop.ingest.readers.parquet import read_parquet
from docops_desktop.model.errors import ExportError


def packed(url: bytes) -> io.BytesIO:
    offsets = pa.py_buffer(pa.array([0, len(url)], pa.int32()).buffers()[1])
    texts = pa.StringArray.from_buffers(1, offsets, pa.py_buffer(url))
    file = io.BytesIO()
    pq.write_table(pa.table({"url": texts, "load_ms": [900]}), file)
    file.seek(0)
    return file


def test_a_column_s_name_that_is_no_utf8_is_told_as_damage() -> None:
    file = io.BytesIO(packed(b"/a").getvalue().replace(b"load_ms", b"\x80oad_ms"))
    with pytest.raises(ExportError, match="can't be read"):
        list(read_parquet(file, "bad.parquet", lambda: None))


def test_text_that_is_no_utf8_is_told_as_damage() -> None:
    check: Callable[[], None] = lambda: None  # noqa: E731
    (block,) = read_parquet(packed("https://shop.example/größe".encode()), "good.parquet", check)
    assert block.table["url"].to_pylist() == ["https://shop.example/größe"]
    with pytest.raises(ExportError, match="UTF8"):
        list(read_parquet(packed(b"https://shop.example/gr\xf6\xdfe"), "bad.parquet", check))
